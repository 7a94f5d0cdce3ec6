"""gigbulk from Python: `from pipeline import run_export, run_import`.

For schedulers and notebooks (Airflow, Dagster, Prefect: see `examples/`). Both return the result object that `--json`
prints, a plain dict that can be stored as JSON, with its `exit_code`. Nothing is printed, nobody is asked, nothing
ends the process. A run that cannot go on raises a PipelineError with `message`, `hint` and `exit_code`; rows that were
rejected or an export that is not proven complete raise nothing: look at `exit_code`.

Settings come from the keyword arguments, else from the environment and gigbulk.toml, as on the command line.
"""

import asyncio
import contextvars
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, TypeVar, Unpack

from pipeline.edge import PROCESS, Edge, is_utf8
from pipeline.errors import ConfigError
from pipeline.events import SILENT, Events
from pipeline.exporter.flow import export_resources
from pipeline.exporter.ids import check_ids
from pipeline.exporter.request import ExportRequest, list_exportable
from pipeline.importer.flow import Caller, ImportRequest, import_files
from pipeline.language.say import say
from pipeline.result import build_result
from pipeline.settings import Settings, TransportName, resolve_settings
from pipeline.signals import watch_interrupts
from pipeline.sink.open import STDOUT
from schemas.dialects import dialect

__all__ = [
    "ExportOptions",
    "ExportOutcome",
    "ImportOptions",
    "ImportOutcome",
    "SettingsGiven",
    "run_export",
    "run_import",
]

Answer = TypeVar("Answer")

StrPath = str | os.PathLike[str]


class SettingsGiven(TypedDict, total=False):
    """Settings by keyword; what is left out is looked for where the command line looks (pipeline.settings)."""

    api_key: str
    api_key_command: str
    base_url: str
    dialect: str
    state_dir: StrPath
    journal: str
    account: str
    concurrency: int
    rate: float
    timeout_s: float
    settle_s: float
    transport: TransportName
    lang: Literal["es", "en"]
    issuer_rfc: str
    issuer_zip: str
    profile: str


class ExportOptions(SettingsGiven, total=False):
    """The options of `gigbulk export` by their names, and settings."""

    format: str | None
    since: str | None
    until: str | None
    filters: Mapping[str, str] | None
    raw: bool
    full: bool
    append: bool
    keep: int | None
    ids: Iterable[str] | None
    excel: bool
    with_links: bool


class ImportOptions(SettingsGiven, total=False):
    """The options of `gigbulk import` by their names (pipeline.importer.request), and settings."""

    as_resource: str | None
    dry_run: bool
    limit: int | None
    problems: StrPath | None
    rejects: StrPath | None
    report: StrPath | None
    created: StrPath | None
    with_links: bool
    live: bool
    yes: bool
    match: bool
    two_step: bool
    on_existing: Literal["skip", "error", "update"]
    generation: int
    strict: bool
    no_fix: bool
    only: Iterable[str]
    ignore: Iterable[str]
    dates: Literal["dmy", "mdy", "iso"] | None
    decimal: Literal[".", ","] | None
    total_with_tax: Literal["yes", "no"] | None
    encoding: str | None
    map: Mapping[str, str]
    set: Mapping[str, str]
    save_mapping: bool
    sheet: str | None
    max_create: int | None
    max_reject_pct: float | None
    max_amount: Mapping[str, str]


class ExportOutcome(TypedDict):
    """The result of an export. `resources` maps a name to {"rows", "pages", "complete"} and, if incomplete, "why"."""

    event: Literal["result"]
    command: Literal["export"]
    run: str
    status: Literal["ok", "partial"]
    resources: dict[str, dict[str, Any]]
    outputs: dict[str, Any]
    seconds: float
    exit_code: int


class ImportOutcome(TypedDict):
    """The result of an import. `resources` maps a name to its records by fate, which balance with "read"."""

    event: Literal["result"]
    command: Literal["import"]
    run: str
    status: Literal["ok", "partial", "failed", "interrupted"]
    resources: dict[str, dict[str, int]]
    outputs: dict[str, Any]
    fixed: int
    warnings: int
    seconds: float
    exit_code: int
    sums: NotRequired[dict[str, dict[str, int]]]
    error: NotRequired[str]


def run_export(
    resources: str | Iterable[str] | None,
    output: StrPath = ".",
    *,
    events: Events = SILENT,
    edge: Edge = PROCESS,
    **options: Unpack[ExportOptions],
) -> ExportOutcome:
    """Export lists of the API to files, as `gigbulk export` does.

    `resources` is a name, several, or None for every list. `output` is a folder, a file for one resource, or the
    address of an object store, with {date}, {resource} and {run} in it if wanted; standard output is not offered.
    `events` hears notes and progress (`pipeline.events.Events`); the default is silence. Works inside a running event
    loop too, which it then blocks: `await asyncio.to_thread(run_export, ...)` does not.

    Options, as of `gigbulk export`: format, since (an ISO date or "last"), until, filters, raw, full, append, keep,
    ids (records to read one by one, in that order, in place of a list).
    Any setting besides: api_key, base_url, state_dir, profile and the others of `SettingsGiven`.

    Exit codes: 0; 4 the key was refused for some of the lists; 6 something is not proven complete. Raises ConfigError,
    ApiStop, JournalError, OutputError.
    """
    asked, used = _parted(options, ExportOptions, edge)
    if resources is None:
        resources = list_exportable(dialect(used.dialect))
    wanted = [resources] if isinstance(resources, str) else resources
    if not is_utf8(os.path.realpath(edge.locate(os.fspath(output)))):
        raise ConfigError(
            say("The path of {output!a} is not UTF-8.", output=os.fspath(output)), say("Name another folder or file.")
        )
    if os.fspath(output) == STDOUT:
        raise ConfigError(say("A library call does not write to standard output."), say("Name a folder or a file."))
    if (ids := asked.get("ids")) is not None:
        asked["ids"] = check_ids(ids)
    asked["filters"] = dict(asked.get("filters") or {})
    request = ExportRequest(tuple(dict.fromkeys(wanted)), os.fspath(output), **asked)
    result = _outside_event_loops(lambda: export_resources(request, used, events, edge))
    outcome: Any = build_result(result)
    return outcome  # type: ignore[no-any-return]


def run_import(
    files: StrPath | Iterable[StrPath],
    *,
    events: Events = SILENT,
    edge: Edge = PROCESS,
    **options: Unpack[ImportOptions],
) -> ImportOutcome:
    """Validate files and create their records, each effectively once, as `gigbulk import` does.

    A second call with the same files sends nothing, so a scheduler may retry it. Mail, automations and live mode need
    `yes=True` (and `live=True`): nobody can be asked. `events` and event loops are as for `run_export`.

    Options, as of `gigbulk import`: as_resource, dry_run, limit, problems, rejects, report, created, with_links,
    live, yes, match, two_step, on_existing, generation, strict, no_fix, only, ignore, dates, decimal, encoding,
    sheet, total_with_tax, map, set, save_mapping, max_create, max_reject_pct, max_amount.
    Any setting besides, as for `run_export`.

    Exit codes: 0; 1 rows were rejected or refused; 6 rows are in doubt; 130 interrupted. Raises BrakeError,
    ConfigError, InputError, ApiStop (whose `result` tells what was done), JournalError, OutputError, DoubtError.
    """
    asked, used = _parted(options, ImportOptions, edge)
    names = [files] if isinstance(files, str | os.PathLike) else list(files)
    if not names:
        raise ConfigError(say("There is nothing to import."), say("Name a file."))
    asked |= {name: _path(asked[name]) for name in ("problems", "rejects", "report", "created") if name in asked}
    asked |= {name: tuple(asked[name]) for name in ("only", "ignore") if name in asked}
    request = ImportRequest(tuple(os.fspath(name) for name in names), **asked)
    caller = Caller(events, watch=watch_interrupts, edge=edge)
    result = _outside_event_loops(lambda: import_files(request, used, caller))
    outcome: Any = build_result(result)
    return outcome  # type: ignore[no-any-return]


def _parted(options: ExportOptions | ImportOptions, kind: type, edge: Edge) -> tuple[dict[str, Any], Settings]:
    """The command's own options, as its `kind` names them, and the settings. ConfigError for a name that is neither."""
    settings = SettingsGiven.__annotations__
    given: dict[str, Any] = dict(options)
    unknown = sorted(given.keys() - kind.__annotations__.keys())
    if unknown:  # a settings error here, since a name misspelt would otherwise be silently left out
        raise ConfigError(
            say("'{unknown}' is no setting.", unknown=unknown[0]),
            say("Settings: {settings}.", settings=", ".join(settings)),
        )
    flags = {name: given.pop(name) for name in list(given) if name in settings}
    profile = flags.pop("profile", None)
    if "state_dir" in flags:
        flags["state_dir"] = Path(flags["state_dir"])
    return given, resolve_settings(flags, os.environ, edge.folder(), profile)


def _path(path: StrPath | None) -> Path | None:
    return None if path is None else Path(path)


def _outside_event_loops(call: Callable[[], Answer]) -> Answer:
    """Call it here, or in a thread where an event loop runs already: asyncio has one a thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return call()
    with ThreadPoolExecutor(1, thread_name_prefix="gigbulk") as thread:
        return thread.submit(contextvars.copy_context().run, call).result()
