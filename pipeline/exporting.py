"""An export from top to bottom: what is asked for, one resource after the other, one result."""

import asyncio
import hashlib
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.api.client import Client
from pipeline.api.throttle import SharedRate, Throttle
from pipeline.console import Console
from pipeline.errors import ConfigError
from pipeline.export_flow import Exported, run_export_resource
from pipeline.formats import FORMATS
from pipeline.keys import account_name
from pipeline.pull import IN_FLIGHT
from pipeline.settings import Settings
from pipeline.write import Destination
from schemas.dialects import dialect
from schemas.dialects.spec import Dialect

__all__ = ["STDOUT", "ExportRequest", "ExportResult", "export_resources", "exportable"]

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What the user asks of an export (CONTRACT, Commands). `output` is a folder, one file, or `-`."""

    resources: tuple[str, ...]
    output: str = "."
    format: str | None = None
    since: str | None = None
    until: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    raw: bool = False


@dataclass(slots=True)
class ExportResult:
    """Rows, pages and completeness per resource, and where the files lie."""

    resources: dict[str, Exported] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        return all(exported.complete for exported in self.resources.values())

    @property
    def exit_code(self) -> int:
        """0, or 6 when something is not proven complete."""
        return 0 if self.complete else 6

    def as_dict(self) -> dict[str, Any]:
        """The final JSON line."""
        return {
            "event": "result",
            "command": "export",
            "status": "ok" if self.complete else "partial",
            "resources": {
                name: {"rows": e.rows, "pages": e.pages, "complete": e.complete} | ({"why": e.why} if e.why else {})
                for name, e in self.resources.items()
            },
            "outputs": {
                "files": [str(path) for e in self.resources.values() for path in e.files.values()],
                "manifest": next((str(e.manifest) for e in self.resources.values() if e.manifest), None),
            },
            "seconds": round(self.seconds, 3),
        }


def exportable(spoken: Dialect) -> list[str]:
    """Every resource of the dialect that can be listed."""
    return [name for name, endpoint in spoken.endpoints.items() if endpoint.lists]


def export_resources(request: ExportRequest, settings: Settings, console: Console) -> ExportResult:
    """Export every resource asked for. PipelineError when one cannot be read at all or a file cannot be written."""
    spoken = dialect(settings.dialect)
    queries = {name: _query(spoken, name, request) for name in request.resources}
    destination, format_ = _destination(request)
    result = ExportResult()
    begun = time.monotonic()
    try:
        asyncio.run(_export(request, settings, console, spoken, queries, destination, format_, result))
    finally:
        result.seconds = time.monotonic() - begun
    return result


async def _export(
    request: ExportRequest,
    settings: Settings,
    console: Console,
    spoken: Dialect,
    queries: Mapping[str, Mapping[str, str | int]],
    destination: Destination | BinaryIO,
    format_: str,
    result: ExportResult,
) -> None:
    base_url = settings.base_url or spoken.base_url
    account = settings.account or account_name(settings.key(), base_url)
    spool = settings.state_dir / "exports" / _folder_name(account)
    in_flight = settings.concurrency or IN_FLIGHT
    client = Client(spoken, base_url=base_url, key=settings.key(), connections=in_flight, timeout_s=settings.timeout_s)
    shared = SharedRate.for_account(settings.state_dir, account)
    throttle = Throttle(concurrency=settings.concurrency, rate=settings.rate, shared=shared)
    async with client:
        for name, query in queries.items():

            def told(rows: int, total: int | None, name: str = name) -> None:
                console.progress(f"reading {name}", rows, total)

            exported = await run_export_resource(
                client, throttle, spoken, name, destination=destination, format=format_, spool=spool,
                query=query, raw=request.raw, concurrency=in_flight, on_rows=told,
            )  # fmt: skip
            result.resources[name] = exported
            for note in exported.notes:
                console.note(f"{name}: {note}")
            if exported.why:
                console.warn(f"{name} is not proven complete: {exported.why}")


def _query(spoken: Dialect, name: str, request: ExportRequest) -> dict[str, str | int]:
    endpoint = spoken.endpoints[name]
    query: dict[str, str | int] = {}
    for key, value in request.filters.items():
        if key not in endpoint.filters:
            known = ", ".join(endpoint.filters) or "none"
            raise ConfigError(f"{name} cannot be filtered by {key}.", f"Filters of {name}: {known}.")
        query[key] = value
    for given, parameter, flag in (
        (request.since, endpoint.since, "--since"),
        (request.until, endpoint.until, "--until"),
    ):
        if given is not None:
            if parameter is None:
                raise ConfigError(f"{name} cannot be limited by date ({flag}).", f"Export all {name}, or drop {flag}.")
            query[parameter] = given
    return query


def _destination(request: ExportRequest) -> tuple[Destination | BinaryIO, str]:
    """Where to, and the format: --format, else the file's suffix, else CSV."""
    if request.output == STDOUT:
        if len(request.resources) > 1:
            raise ConfigError("Only one resource can go to standard output.", "Name one, or a folder with -o.")
        return sys.stdout.buffer, request.format or "csv"
    path = Path(request.output)
    by_suffix = {suffix: name for name, f in FORMATS.items() for suffix in f.suffixes}
    suffix = path.suffix.lstrip(".").lower()
    if suffix in by_suffix and not path.is_dir():
        if len(request.resources) > 1:
            raise ConfigError(f"{path} is one file, but several resources were asked for.", "Name a folder with -o.")
        if request.format not in (None, by_suffix[suffix]):
            raise ConfigError(f"{path} says {suffix}, --format says {request.format}.", "Make the two agree.")
        return Destination(path.parent, path.name), by_suffix[suffix]
    return Destination(path), request.format or "csv"


def _folder_name(account: str) -> str:
    return hashlib.sha256(account.encode()).hexdigest()[:16]
