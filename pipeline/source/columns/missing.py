"""Fields that every record needs and no column says: one question names them all, with the flags that answer it."""

from collections.abc import Collection, Sequence

from pipeline.errors import InputError
from pipeline.language.say import Said, join_said, say
from pipeline.source.columns.heading_text import fold_heading, repair_heading
from pipeline.source.columns.meanings import ITEMS, SERVICE, is_of_items
from schemas.spec import INTERNAL_ID, Column, Resource

__all__ = ["MissingFields", "list_missing", "refuse_missing", "refuse_missing_of_lines"]

_PUBLIC = "XAXX010101000"
"""SAT's RFC for those who give none (Anexo 20, Receptor)."""


class MissingFields(InputError):
    """Fields that every record needs, for which there is no column."""

    def __init__(self, message: str, hint: str, fields: Sequence[str]):
        super().__init__(message, hint)
        self.fields = tuple(fields)


def list_missing(declared: Resource, fields: Collection[str]) -> list[str]:
    """The fields of a record that are required and not said."""
    return _list_unsaid(declared.record.columns, fields)


def refuse_missing(
    declared: Resource, columns: Collection[str], constants: Collection[str], headings: Sequence[str], file: str
) -> None:
    """MissingFields where a record needs what neither a column nor a constant says, or has no column of lines."""
    if declared.lines and ITEMS in columns and any(f.startswith("items.") for f in columns):
        raise InputError(
            say("{file} has both a column 'items' and columns 'items.…'.", file=file),
            say("Keep one of the two ways to write items."),
        )
    missing = list_missing(declared, {*columns, *(f for f in constants if not is_of_items(f))})
    if declared.lines and not any(map(is_of_items, columns)):
        lines = say("items.name, items.quantity, items.total … (or one column 'items')")
        raise _compose(declared, missing, [lines], headings, file)
    if missing:
        raise _compose(declared, missing, _list_missing_of_lines(declared, columns, constants), headings, file)


def refuse_missing_of_lines(
    declared: Resource, columns: Collection[str], constants: Collection[str], headings: Sequence[str], file: str
) -> None:
    """MissingFields where every line would lack the same."""
    missing = _list_missing_of_lines(declared, columns, constants)
    if missing:
        raise _compose(declared, [], missing, headings, file)


def _list_missing_of_lines(declared: Resource, columns: Collection[str], constants: Collection[str]) -> list[str]:
    """A line's service says what the line does not."""
    said = {*columns, *constants}
    return [] if declared.lines is None or {ITEMS, SERVICE} & said else _list_unsaid(declared.lines.columns, said)


def _compose(
    declared: Resource, of_record: list[str], of_lines: Sequence[str], headings: Sequence[str], file: str
) -> MissingFields:
    missing = [f for f in (*of_record, *of_lines) if declared.column(f) is not None]
    message = say(
        "{file} has no column for {missing}, which {declared} need.",
        file=file,
        missing=join_said(", ", [*of_record, *of_lines]),
        declared=declared.name,
    )
    return MissingFields(message, _advise(declared, missing, headings), missing)


def _list_unsaid(columns: Sequence[Column], said: Collection[str]) -> list[str]:
    """Without those that are derived from what is said, and those for which another would do that is not said."""
    unsaid = [
        c
        for c in columns
        if c.required
        and not {c.field, c.else_from} & {*said}
        and not (c.derived is not None and {*c.derived.of} <= {*said})
    ]
    lacking = [c.field for c in unsaid]
    return [c.field for n, c in enumerate(unsaid) if c.else_from not in lacking[:n]]


def _advise(declared: Resource, missing: Sequence[str], headings: Sequence[str]) -> Said:
    """Which column of the file may be meant, and which fields may be the same in all rows."""
    perhaps = [(h, c.field) for c in declared.columns if c.field in missing for h in _find_proposed(c, headings)]
    flags = " ".join(f'--set "{f}=…"' for f in missing if f not in (INTERNAL_ID, "rfc"))
    parts = [
        *(say("Is it '{heading}'? Then add --map \"{heading}={field}\".", heading=h, field=f) for h, f in perhaps[:1]),
        *([say("If it is the same in all rows, add {flags}.", flags=flags)] if flags else []),
        *(
            say('Who gives no RFC is the general public: --set "rfc={rfc}".', rfc=_PUBLIC)
            for f in missing
            if f == "rfc"
        ),
        say(
            "Else add the column, or say with --as what the file holds if it is not {declared}.", declared=declared.name
        ),
    ]
    return join_said(" ", parts)


def _find_proposed(column: Column, headings: Sequence[str]) -> list[str]:
    there = {fold_heading(repair_heading(heading)): heading for heading in reversed(headings)}
    return [there[word] for word in map(fold_heading, column.proposed) if word in there]
