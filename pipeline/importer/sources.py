"""Files taken in: each looked at as a whole, in dependency order, and what is told of it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pipeline.edge import Edge, is_utf8
from pipeline.errors import InputError
from pipeline.events import Events, Meter, Stage, Stop, format_count
from pipeline.importer.context import end_if_wished
from pipeline.importer.mappings import read_mappings, refuse_idle_mappings, tell_matched
from pipeline.importer.request import ImportRequest
from pipeline.importer.result_files import refuse_rejects_files, refuse_result_files, refuse_unlike_names
from pipeline.language.names import name_word
from pipeline.language.say import join_said, say, say_both
from pipeline.model import Source
from pipeline.settings import Settings
from pipeline.source.columns.headings import find_near_fields
from pipeline.source.read import STDIN, inspect_file, spill_stdin
from schemas import resource
from schemas.cleaning.cell_formats import DateOrder, Decimal, SaidFormats
from schemas.dialects import dialect
from schemas.dialects.spec import Drop, Endpoint

__all__ = ["describe_source", "inspect_files"]


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
    refuse_unlike_names(request)
    _refuse_odd_names(request.files, edge)
    files = _each_once(request.files, events, edge)
    refuse_result_files(request, files, edge)
    mappings = read_mappings(request, settings)
    sources = []
    for name in files:
        path = spill_stdin(edge.stdin(), folder) if name == STDIN else _existing(name, edge)
        told = _tell_until(stop or Stop(), Meter(events, edge.ticks, Stage.READING, file=name))
        for source in inspect_file(path, name, request.as_resource, said, told, mappings):
            _tell_source(source, request, events, dialect(settings.dialect).endpoints[source.resource])
            tell_matched(source, mappings, events)
            sources.append(source)
    refuse_rejects_files(sources, request, edge)
    refuse_idle_mappings(sources, mappings)
    return sorted(sources, key=lambda s: resource(s.resource).level)


def _tell_until(stop: Stop, meter: Meter) -> Callable[[int, int | None], None]:
    """Tells what is read so far, and ends the reading when that is wished."""
    end_if_wished(stop)

    def told(done: int, total: int | None) -> None:
        end_if_wished(stop)
        meter.tell_of(done, total)

    return told


def _tell_source(source: Source, request: ImportRequest, events: Events, endpoint: Endpoint) -> None:
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
    kept = _kept_here(source, endpoint)
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


def _refuse_odd_names(names: tuple[str, ...], edge: Edge) -> None:
    """Names that are no text, whether the user's own or those a link leads to: no journal or result could hold them."""
    for name in names:
        if name != STDIN and not (is_utf8(name) and is_utf8(edge.locate(name).resolve())):
            raise InputError(
                say("The path of {name!a} is not UTF-8.", name=name),
                say("Rename the file or its folder, or read it as -."),
            )


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


def _kept_here(source: Source, endpoint: Endpoint) -> list[str]:
    """Headings of columns that are checked or referred to but not sent in this dialect, what is ours by name apart."""
    declared = resource(source.resource)
    named = {reference.column for reference in (*declared.references, *declared.line_references)}
    ours = named | {"metadata", "client.metadata"}
    ours |= {f for c in declared.columns if c.derived is not None for f in c.derived.of}
    said = {name for create in endpoint.creates for name, word in create.fields.items() if not isinstance(word, Drop)}
    silent = {c.field for c in declared.columns if not c.sent} - ours - said
    return [heading for heading, field in source.fields.items() if field in silent]


def describe_source(source: Source) -> list[str]:
    """How a file was read: its encoding and separator, its dates and numbers."""
    return [*source.shape.notes, *(say_both(note.en, note.es) for note in source.notes)]
