"""What is said of columns in one import, by flags, an earlier call of the same layout and settings; and its telling."""

from collections.abc import Sequence

from pipeline.events import Events
from pipeline.importer.request import ImportRequest
from pipeline.journal import hold
from pipeline.language.say import Said, join_said, say
from pipeline.model import Source
from pipeline.settings import Settings
from pipeline.source.columns.heading_text import fold_heading
from pipeline.source.columns.layouts import Mappings, read_layouts, write_layouts
from pipeline.source.columns.mapping import NOTHING_MAPPED, ColumnMapping, build_mapping, hash_layout, refuse_unused
from schemas.spec import INTERNAL_ID

__all__ = ["read_mappings", "refuse_idle_mappings", "remember_mappings", "tell_matched"]


def read_mappings(request: ImportRequest, settings: Settings) -> Mappings:
    """ConfigError for a field that no resource has. A call that saves its mapping says all that is to be kept."""
    layouts = {} if request.save_mapping else read_layouts(settings.state_dir)
    return Mappings(build_mapping(request.map, request.set), layouts, build_mapping(settings.map, settings.set))


def tell_matched(source: Source, mappings: Mappings, events: Events) -> None:
    """Before anything is sent: which heading is read as which field, and what stands in for empty cells."""
    remembered = mappings.find_remembered(source.shape.headings)
    if remembered != NOTHING_MAPPED:
        events.note(
            say(
                "{label}: as remembered for these headings: {said} (--save-mapping without --map and --set forgets it)",
                label=source.label,
                said=_describe(remembered),
            )
        )
    read = [f"{heading} → {field}" for heading, field in source.fields.items() if not _is_plain(heading, field)]
    if read:
        events.note(say("{label}: read as: {columns}", label=source.label, columns=", ".join(read)))
    constants = [f"{field}={cell}" for field, cell in source.cell_formats.constants.items()]
    if constants:
        events.note(
            say("{label}: where a record says nothing: {constants}", label=source.label, constants=", ".join(constants))
        )


def _is_plain(heading: str, field: str) -> bool:
    """Whether a heading is the field's own name, or the one that everybody calls a record's key by."""
    return fold_heading(heading) in {fold_heading(field)} | ({"internalid"} if field == INTERNAL_ID else set())


def refuse_idle_mappings(sources: Sequence[Source], mappings: Mappings) -> None:
    """ConfigError for flags that no file takes up."""
    refuse_unused(mappings.said, [(s.label, s.resource, s.shape.headings) for s in sources])


def remember_mappings(
    sources: Sequence[Source], request: ImportRequest, settings: Settings, run: str, events: Events
) -> None:
    """With `--save-mapping`, keep what this call says for the layouts of its files; else nothing is done.

    JournalError when another call is about to keep its own: one of the two would be lost.
    """
    if not request.save_mapping:
        return
    said = build_mapping(request.map, request.set)
    with hold(settings, "layouts", run, say("call with --save-mapping")):
        known = read_layouts(settings.state_dir)
        for source in sources:
            known[hash_layout(source.shape.headings)] = said.within(source.shape.headings, source.resource)
        write_layouts(settings.state_dir, known)
    if said == NOTHING_MAPPED:
        events.note(say("Forgotten: what was remembered of these headings."))
    else:
        events.note(say("Remembered for files with these headings: {said}", said=_describe(said)))


def _describe(mapping: ColumnMapping) -> Said:
    columns = [f"{heading} → {field}" for heading, field in mapping.columns.items()]
    return join_said(", ", [*columns, *(f"{field}={cell}" for field, cell in mapping.constants.items())])
