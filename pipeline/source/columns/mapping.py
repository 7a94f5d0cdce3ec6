"""What the user says of columns: which field a heading means, and what a field is in rows that say nothing of it.

Both are checked against what is declared before any file is opened; a heading nobody has, or a field its table does not
hold, is told once every file was looked at.
"""

import difflib
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from pipeline.errors import ConfigError, InputError
from pipeline.language.say import Said, say
from pipeline.source.columns.heading_text import fold_heading
from pipeline.source.columns.headings import MatchedHeadings, TwoHeadings, find_near_fields, match_headings
from pipeline.source.columns.meanings import ITEMS, find_field, list_fields
from pipeline.source.columns.missing import MissingFields, refuse_missing_of_lines
from pipeline.source.columns.statements import refuse_statement
from schemas import RESOURCE_NAMES
from schemas import resource as declared_resource
from schemas.cleaning.repair.normalise import NO_CELL_FORMATS, clean_block
from schemas.spec import INTERNAL_ID, Resource

__all__ = [
    "NOTHING_MAPPED",
    "ColumnMapping",
    "build_mapping",
    "hash_layout",
    "match_table",
    "parse_pairs",
    "refuse_unused",
]

_NEAR = 0.6
"""How alike two names must be for one to be offered in place of the other (difflib's own ratio)."""


class ColumnMapping(NamedTuple):
    """`columns`: heading → field. `constants`: field → cell, for records whose field is empty. As the user wrote it."""

    columns: Mapping[str, str]
    constants: Mapping[str, str]

    def of(self, resource: str) -> "ColumnMapping":
        """What of it speaks of one resource, under the declared names of its fields, its constants clean."""
        columns = {h: f for h, said in self.columns.items() if (f := find_field(said, resource)) is not None}
        constants = {f: c for said, c in self.constants.items() if (f := find_field(said, resource)) is not None}
        return ColumnMapping(columns, {f: _clean(f, cell) for f, cell in constants.items()})

    def within(self, headings: Sequence[str], resource: str) -> "ColumnMapping":
        """What of it a table with these headings of that resource takes up, as the user wrote it."""
        there = {fold_heading(h) for h in headings}
        return ColumnMapping(
            {h: f for h, f in self.columns.items() if fold_heading(h) in there and find_field(f, resource)},
            {f: c for f, c in self.constants.items() if find_field(f, resource)},
        )

    def over(self, other: "ColumnMapping") -> "ColumnMapping":
        """Both; where they speak of the same, this one."""
        said = {fold_heading(h) for h in self.columns}
        columns = {h: f for h, f in other.columns.items() if fold_heading(h) not in said}
        return ColumnMapping(columns | dict(self.columns), {**other.constants, **self.constants})


NOTHING_MAPPED = ColumnMapping({}, {})


def parse_pairs(pairs: Iterable[str], flag: str, *, last: bool) -> dict[str, str]:
    """`Mi columna=rfc` as a dict. ConfigError for what has no two sides. `last`: the left may hold a mark too."""
    found: dict[str, str] = {}
    for pair in pairs:
        left, mark, right = pair.rpartition("=") if last else pair.partition("=")
        left, right = left.strip(), right.strip()
        if not (mark and left and right):
            raise ConfigError(
                say("{flag} '{pair}' has no two sides.", flag=flag, pair=pair),
                say('Write --map "Heading=field", --set "field=value" and --max-amount "MXN=1500000".'),
            )
        if left in found and found[left] != right:
            raise ConfigError(say("{flag} says two things of '{left}'.", flag=flag, left=left), say("Say one of them."))
        found[left] = right
    return found


def build_mapping(columns: Mapping[str, str], constants: Mapping[str, str]) -> ColumnMapping:
    """ConfigError for a field that no resource has, a field said twice, or a key that all records would share."""
    for flag, field in (*(("--map", f) for f in columns.values()), *(("--set", f) for f in constants)):
        if not _resources_with(field):
            raise ConfigError(
                say("{flag}: there is no field '{field}'.", flag=flag, field=field), _offer_near(field, list_fields())
            )
    for field in constants:
        meant = {find_field(field, name) for name in RESOURCE_NAMES}
        if meant & {INTERNAL_ID, ITEMS}:
            raise ConfigError(
                say("--set cannot give every record the same {field}.", field=field),
                say("It is what tells records apart: it needs a column."),
            )
    fields = list(columns.values())
    twice = next((f for f in fields if fields.count(f) > 1), None)
    if twice is not None:
        headings = [h for h, f in columns.items() if f == twice]
        raise ConfigError(
            say("--map: '{one}' and '{other}' both mean {field}.", one=headings[0], other=headings[1], field=twice),
            say("Say one of them."),
        )
    return ColumnMapping(dict(columns), dict(constants))


def match_table(
    headings: Sequence[str],
    resource: str,
    label: str,
    mapping: ColumnMapping,
    show_cells: Callable[[str], str] = lambda heading: "",
) -> tuple[MatchedHeadings, dict[str, str]]:
    """How headings are understood under what is said of them, and the constants of this resource, clean.

    InputError as of `match_headings`; ConfigError where what is wrong may be that it speaks of a heading not there.
    `show_cells` gives examples of a column's cells.
    """
    here = mapping.of(resource)
    refuse_statement(headings, resource, label, here.columns)
    try:
        matched = match_headings(headings, resource, label, here.columns, here.constants)
        refuse_missing_of_lines(declared_resource(resource), matched.fields.values(), here.constants, headings, label)
        return matched, _with_stand_ins(here.constants, declared_resource(resource), {*matched.fields.values()})
    except TwoHeadings as two:
        _refuse_absent(mapping, headings, label, two)
        raise TwoHeadings(two.file, two.headings, two.field, {h: show_cells(h) for h in two.headings}) from two
    except MissingFields as lack:
        _refuse_absent(mapping, headings, label, lack)
        near = find_near_fields(headings, resource, ())
        meant = next(((h, f) for h, f in near.items() if f in lack.fields), None)
        if meant is None:
            raise
        heading, field = meant
        hint = say("Is it '{heading}'? Then add --map \"{heading}={field}\". ", heading=heading, field=field)
        raise MissingFields(lack.message, hint + lack.hint, lack.fields) from lack
    except InputError as error:
        _refuse_absent(mapping, headings, label, error)
        raise


def _with_stand_ins(constants: Mapping[str, str], declared: Resource, columns: set[str]) -> dict[str, str]:
    """A constant stands in where another field would that has no column either: a name is the description too."""
    stand_ins = {
        c.field: constants[c.else_from]
        for c in declared.columns
        if c.else_from in constants and not columns & {c.field, c.else_from}
    }
    return {**stand_ins, **constants}


def _refuse_absent(mapping: ColumnMapping, headings: Sequence[str], label: str, error: InputError) -> None:
    there = {fold_heading(h) for h in headings}
    absent = next((h for h in mapping.columns if fold_heading(h) not in there), None)
    if absent is not None:
        raise ConfigError(
            say("--map: {label} has no column '{heading}'. {error}", label=label, heading=absent, error=error.message),
            _offer_near(absent, headings),
        ) from error


def refuse_unused(mapping: ColumnMapping, tables: Sequence[tuple[str, str, Sequence[str]]]) -> None:
    """ConfigError for what no table of the call takes up; `tables` are (label, resource, headings)."""
    for heading, field in mapping.columns.items():
        having = [(label, name) for label, name, hs in tables if fold_heading(heading) in {fold_heading(h) for h in hs}]
        if not having:
            raise ConfigError(
                say("--map: no file has a column '{heading}'.", heading=heading),
                _offer_near(heading, [h for _, _, hs in tables for h in hs]),
            )
        if not any(find_field(field, name) for _, name in having):
            label, name = having[0]
            raise ConfigError(
                say("--map: {label} holds {name}, which have no field '{field}'.", label=label, name=name, field=field),
                _offer_near(field, list_fields(name)),
            )
    for field in mapping.constants:
        if not any(find_field(field, name) for _, name, _ in tables):
            label, name, _ = tables[0]
            raise ConfigError(
                say("--set: {label} holds {name}, which have no field '{field}'.", label=label, name=name, field=field),
                _offer_near(field, list_fields(name)),
            )


def hash_layout(headings: Iterable[str]) -> str:
    """What a layout is remembered by: its headings in order, without case, accents and punctuation."""
    folded = "\n".join(fold_heading(h) for h in headings if not h.startswith("_"))
    return hashlib.sha256(folded.encode()).hexdigest()[:32]


def _resources_with(field: str) -> list[str]:
    return [name for name in RESOURCE_NAMES if find_field(field, name) is not None]


def _offer_near(word: str, known: Sequence[str]) -> Said:
    """The known names most like the word; the first few where none is."""
    by_fold = {fold_heading(name): name for name in reversed(known)}
    near = difflib.get_close_matches(fold_heading(word), by_fold, 3, _NEAR)
    names = [by_fold[n] for n in near] or list(dict.fromkeys(known))[:8]
    if near:
        return say("Did you mean {names}?", names=", ".join(f"'{n}'" for n in names))
    return say("There are: {names} … (docs/columns.md)", names=", ".join(f"'{n}'" for n in names))


def _clean(field: str, cell: str) -> str:
    """The constant as a cell of that field is read. ConfigError where that is nothing."""
    clean, _ = clean_block(pl.DataFrame({field: [cell]}), [field], NO_CELL_FORMATS)
    value = clean[field][0]
    if value is None:
        raise ConfigError(
            say("--set {field}: '{cell}' says nothing.", field=field, cell=cell), say("Give a value, or leave it out.")
        )
    return str(value)
