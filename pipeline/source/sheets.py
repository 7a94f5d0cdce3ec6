"""Which sheets of a workbook hold a resource: by their columns, and by their names; the others are passed over, named.

A sheet that looks like a resource and cannot be used is never passed over: its error stops the call.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.errors import ConfigError, InputError
from pipeline.formats import Shape
from pipeline.language.say import say
from pipeline.model import label_table
from pipeline.source.columns.heading_text import fold_heading
from pipeline.source.columns.headings import match_headings
from pipeline.source.columns.layouts import Mappings
from pipeline.source.columns.meanings import is_known_heading
from pipeline.source.columns.missing import MissingFields
from pipeline.source.detect import detect_resource
from schemas import declared_resources

__all__ = ["choose_sheets", "name_resource"]


def name_resource(sheet: str | None) -> str | None:
    """The one resource a sheet's name speaks of: "Pagos junio" is of payments, "Pagos por cliente" of none."""
    words = {fold_heading(word) for word in (sheet or "").split()}
    named = [name for name, declared in declared_resources().items() if words & declared.sheet_words]
    return named[0] if len(named) == 1 else None


def choose_sheets(
    shapes: Sequence[Shape], name: str, as_resource: str | None, mappings: Mappings
) -> list[tuple[Shape, str | None]]:
    """The tables to read, each with the resource it is taken for; None where its columns are to tell.

    Notes of sheets that are passed over are told with the first that is read. Where none is recognised the first whose
    headings are known, or the first of all, is kept: its error says why.
    """
    if len(shapes) == 1:
        return [(shapes[0], as_resource)]
    held = {n: _recognise(shape, name, as_resource, mappings) for n, shape in enumerate(shapes)}
    kept = [n for n, (is_held, _) in held.items() if is_held]
    if not kept:
        kept = [n for n, shape in enumerate(shapes) if any(map(is_known_heading, shape.headings))][:1] or [0]
    over = [str(shape.sheet) for n, shape in enumerate(shapes) if n not in kept]
    notes = [note for note in shapes[0].notes if 0 not in kept]
    if over:
        notes.append(
            say("sheets not read, because no resource is known by their headings: {names}", names=", ".join(over))
        )
    chosen = [(shapes[n], held[n][1]) for n in kept]
    first, taken_for = chosen[0]
    return [(replace(first, notes=(*notes, *first.notes)), taken_for), *chosen[1:]]


def _recognise(shape: Shape, name: str, as_resource: str | None, mappings: Mappings) -> tuple[bool, str | None]:
    """Whether a sheet is to be read, and for what. One that a person must settle is to be read: she is asked."""
    label, named = label_table(name, shape.sheet), name_resource(shape.sheet)
    mapping = mappings.find(shape.headings)
    try:
        taken_for = as_resource or detect_resource(shape.headings, label, mapping.columns)
    except ConfigError:  # fits more than one: the name settles it
        return named is not None, named
    except InputError:
        return named is not None, as_resource
    here = mapping.of(taken_for)
    try:
        match_headings(shape.headings, taken_for, label, here.columns, here.constants)
    except MissingFields:
        return named == taken_for or (named is not None and as_resource is None), as_resource
    except (ConfigError, InputError):
        return True, as_resource
    return True, taken_for
