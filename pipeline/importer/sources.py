"""Files taken in: each looked at as a whole, in dependency order, and by which rules they will be judged."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.edge import Edge, is_utf8
from pipeline.errors import ConfigError, InputError, OutputError
from pipeline.events import Events, Meter, Stage, Stop, format_count
from pipeline.findings.problems import problems_format
from pipeline.findings.rejects import rejects_path
from pipeline.formats import contradicts_suffix
from pipeline.importer.context import end_if_wished
from pipeline.importer.mappings import read_mappings, refuse_idle_mappings, tell_matched
from pipeline.importer.request import ImportRequest
from pipeline.language.names import name_word
from pipeline.language.say import join_said, say, say_both
from pipeline.model import Source
from pipeline.settings import Settings
from pipeline.source.columns.headings import find_near_fields
from pipeline.source.read import STDIN, inspect_file, spill_stdin
from pipeline.storage.atomic import may_hold_file
from schemas import resource
from schemas.cleaning.cell_formats import DateOrder, Decimal, SaidFormats
from schemas.cleaning.dates import ZONE
from schemas.rule_options import RuleOptions
from schemas.rulebook import unknown_rules

__all__ = ["build_rule_options", "describe_source", "inspect_files"]


def inspect_files(
    request: ImportRequest, folder: Path, events: Events, settings: Settings, edge: Edge, stop: Stop | None = None
) -> list[Source]:
    """Every file looked at as a whole, in dependency order. Nothing is kept of it.

    Interrupted when it is wished while a file is read.
    """
    said = SaidFormats(
        DateOrder(request.dates) if request.dates else None,
        Decimal(request.decimal) if request.decimal else None,
        None if request.total_with_tax is None else request.total_with_tax == "yes",
        request.encoding,
        request.sheet,
    )
    if request.problems is not None:
        problems_format(request.problems)
    if request.created is not None:
        problems_format(request.created, "--created")
    elif request.with_links:
        raise ConfigError(say("--with-links has no file to write to."), say("Add --created FILE."))
    _refuse_odd_names(request, edge)
    files = _each_once(request.files, events, edge)
    if request.rejects is not None and len(files) > 1:
        raise ConfigError(
            say("--rejects names one file, but there are several inputs."), say("Import them one by one.")
        )
    _refuse_outputs(request, edge)
    mappings = read_mappings(request, settings)
    sources = []
    for name in files:
        path = spill_stdin(edge.stdin(), folder) if name == STDIN else _existing(name, edge)
        told = _tell_until(stop or Stop(), Meter(events, edge.ticks, Stage.READING, file=name))
        for source in inspect_file(path, name, request.as_resource, said, told, mappings):
            _tell_source(source, request, events)
            tell_matched(source, mappings, events)
            sources.append(source)
    _refuse_rejects(sources, request, edge)
    refuse_idle_mappings(sources, mappings)
    return sorted(sources, key=lambda s: resource(s.resource).level)


def _tell_until(stop: Stop, meter: Meter) -> Callable[[int, int | None], None]:
    """Tells what is read so far, and ends the reading when that is wished."""
    end_if_wished(stop)

    def told(done: int, total: int | None) -> None:
        end_if_wished(stop)
        meter.tell_of(done, total)

    return told


def _tell_source(source: Source, request: ImportRequest, events: Events) -> None:
    how = join_said("", ["; " + note for note in describe_source(source)])
    told = "" if request.as_resource else say(" (told by its columns)")
    events.note(
        say(
            "{label}: {rows} of {resource}{told}{how}",
            label=source.label,
            rows=format_count(source.rows, "rows"),
            resource=name_word(source.resource),
            told=told,
            how=how,
        )
    )
    kept = _kept_here(source)
    if kept:
        events.note(
            say(
                "{label}: used here, not sent (the API has no place for them): {kept}",
                label=source.label,
                kept=", ".join(kept),
            )
        )
    if source.passed_over:
        events.note(
            say(
                "{label}: not sent, for want of a place or said better: {passed_over}",
                label=source.label,
                passed_over=", ".join(source.passed_over),
            )
        )
    if source.unknown:
        events.warn(
            say(
                "{label}: not sent, because not known: {unknown}",
                label=source.label,
                unknown=join_said(", ", _describe_unknown(source)),
            )
        )


def _describe_unknown(source: Source) -> list[str]:
    """The headings nobody knows, those that look like a slip of the pen with the flag that says so."""
    near = find_near_fields(source.unknown, source.resource, [*source.fields.values()])
    return [
        say('{heading} (is it {field}? --map "{heading}={field}")', heading=heading, field=near[heading])
        if heading in near
        else heading
        for heading in source.unknown
    ]


def _existing(name: str, edge: Edge) -> Path:
    """The path of a named file. What is wrong with one that is there is the business of `inspect_file`."""
    path = edge.locate(name)
    with suppress(PermissionError):
        if not path.exists():
            where = edge.folder().name
            raise InputError(
                say("{name} does not exist.", name=name),
                say("Check the path; this command runs in {where}/.", where=where),
            )
    return path


def _refuse_odd_names(request: ImportRequest, edge: Edge) -> None:
    """Names that are no text, whether the user's own or those a link leads to: no journal or result could hold them."""
    for name in request.files:
        if name != STDIN and not (is_utf8(name) and is_utf8(edge.locate(name).resolve())):
            raise InputError(
                say("The path of {name!a} is not UTF-8.", name=name),
                say("Rename the file or its folder, or read it as -."),
            )
    for flag, path in _list_outputs(request).items():
        if not is_utf8(path):
            raise ConfigError(
                say("{flag} {path!a} is not UTF-8.", flag=flag, path=str(path)), say("Name another file.")
            )


def _list_outputs(request: ImportRequest) -> dict[str, Path]:
    """The result files that the user named, by flag."""
    named = {
        "--problems": request.problems,
        "--rejects": request.rejects,
        "--report": request.report,
        "--created": request.created,
    }
    return {flag: path for flag, path in named.items() if path is not None}


def _each_once(names: tuple[str, ...], events: Events, edge: Edge) -> list[str]:
    """The names without those of a file that was named before: nobody means to import a file against itself."""
    known: dict[object, str] = {}
    for name in names:
        place = name if name == STDIN else edge.locate(name).resolve()
        if place in known:
            events.warn(
                say("{name} is the same as {known}, named before: it is read once.", name=name, known=known[place])
            )
        known.setdefault(place, name)
    return list(known.values())


def _refuse_outputs(request: ImportRequest, edge: Edge) -> None:
    """Result files that would take the place of an input or of one another, or that cannot be written at all."""
    taken: dict[Path, str] = {
        edge.locate(name).resolve(): say("the input {name}", name=name) for name in request.files if name != STDIN
    }
    for flag, path in _list_outputs(request).items():
        there = edge.locate(path)
        if there.resolve() in taken:
            raise ConfigError(
                say("{flag} {path} is also {taken}.", flag=flag, path=path, taken=taken[there.resolve()]),
                say("Name another file."),
            )
        taken[there.resolve()] = flag
        if not may_hold_file(there):
            raise OutputError(
                say("{flag} {path} cannot be written there.", flag=flag, path=path),
                say("Name a file in a folder that exists."),
            )


def _refuse_rejects(sources: list[Source], request: ImportRequest, edge: Edge) -> None:
    """Rejects files that would take the place of an input or of one another, or whose name would not tell what is in
    them: they are in the input's own format, never compressed. Sources of one file share theirs."""
    taken: dict[Path, str] = {s.path.resolve(): say("the input {name}", name=s.name) for s in sources}
    for source in {s.path: s for s in sources}.values():
        path = rejects_path(source, request.rejects)
        there = edge.locate(path).resolve()
        if there in taken:
            raise ConfigError(
                say(
                    "The rejects of {source} would go to {path}, which is also {taken}.",
                    source=source.name,
                    path=path,
                    taken=taken[there],
                ),
                say("Import them one by one, or rename one."),
            )
        taken[there] = say("the place for the rejects of {source}", source=source.name)
        if contradicts_suffix(path, source.format):
            raise ConfigError(
                say(
                    "--rejects {path} does not say what would be in it: rejects are {format}, not compressed.",
                    path=path,
                    format=source.format,
                ),
                say("Name a file that ends in .{format}.", format=source.format),
            )


def _kept_here(source: Source) -> list[str]:
    """Headings of columns that are checked or referred to but never sent, what is ours by name apart."""
    declared = resource(source.resource)
    ours = {reference.column for reference in declared.references} | {
        "items.service_ref",
        "metadata",
        "client.metadata",
    }
    silent = {c.field for c in declared.columns if not c.sent} - ours
    return [heading for heading, field in source.fields.items() if field in silent]


def describe_source(source: Source) -> list[str]:
    """How a file was read: its encoding and separator, its dates and numbers."""
    return [*source.shape.notes, *(say_both(note.en, note.es) for note in source.notes)]


def build_rule_options(request: ImportRequest, settings: Settings, now: datetime) -> RuleOptions:
    """The rules of one run; dates are judged by the day in Mexico. ConfigError for a rule that does not exist."""
    strange = unknown_rules({*request.only, *request.ignore})
    if strange:
        raise ConfigError(
            say("There is no rule {strange}.", strange=strange[0]),
            say("Rules are listed in docs/rules.md and in every finding."),
        )
    return RuleOptions(
        strict=request.strict,
        no_fix=request.no_fix,
        only=frozenset(request.only),
        ignore=frozenset(request.ignore),
        today=now.astimezone(ZoneInfo(ZONE)).date(),
        issuer_rfc=settings.issuer_rfc,
        issuer_zip=settings.issuer_zip,
    )
