"""Headings of a user's file to field names of the API, and from there to the resource the file holds.

Case, accents, spaces, underscores and points do not matter: `Código Postal`, `codigo_postal` and `C.P.` are understood.
Headings that nobody declared are told to the user and not sent.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.errors import Choice, InputError
from pipeline.language.say import Said, say
from pipeline.model import JoinedColumn
from pipeline.source.columns.heading_text import fold_heading, repair_heading
from pipeline.source.columns.joined import find_joined
from pipeline.source.columns.meanings import (
    ITEMS,
    METADATA,
    OWN,
    SAID,
    STRING_ITEMS,
    UNMAPPED,
    WITH_TAX,
    Meaning,
    find_alone,
    find_meanings,
    find_said,
    is_of_items,
    list_exported,
    list_meanings,
)
from pipeline.source.columns.missing import refuse_missing
from schemas import resource
from schemas.tables import EXTRA

__all__ = [
    "MatchedHeadings",
    "TwoHeadings",
    "find_near_fields",
    "find_taxed",
    "match_fields",
    "match_headings",
]

_SLIP = 0.84
"""How alike a heading and a known one must be to be taken for a slip of the pen (difflib's own ratio)."""


class TwoHeadings(InputError):
    """Two headings mean one field, and nobody but the user knows which of them is meant. `cells` are examples."""

    def __init__(self, file: str, headings: tuple[str, str], field: str, cells: Mapping[str, str] = UNMAPPED):
        one, other = headings
        shown = [_show_heading(heading, cells.get(heading, "")) for heading in headings]
        super().__init__(
            say(
                "{file}: the columns {one} and {other} both mean {field}.",
                file=file,
                one=shown[0],
                other=shown[1],
                field=field,
            ),
            say(
                'Say which with --map "{one}={field}" or --map "{other}={field}", or keep one of the two columns.',
                one=one,
                other=other,
                field=field,
            ),
            [Choice("map", f"{heading}={field}", cells.get(heading, "")) for heading in headings],
        )
        self.file, self.headings, self.field = file, headings, field


def _show_heading(heading: str, cells: str) -> Said:
    if not cells:
        return say("'{heading}'", heading=heading)
    return say("'{heading}' ({cells} …)", heading=heading, cells=cells)


class MatchedHeadings(NamedTuple):
    """How the headings of a table are understood: heading → field, and those that are not sent.

    `unknown` are told as a mistake may be; `passed_over` are understood, but the API has no place for them, or another
    heading says the same field better. `joined` are columns read as one, whose headings are in `fields` too.
    """

    fields: dict[str, str]
    unknown: tuple[str, ...]
    passed_over: tuple[str, ...]
    joined: tuple[JoinedColumn, ...] = ()


def match_headings(
    headings: Iterable[str],
    name: str,
    file: str,
    said: Mapping[str, str] = UNMAPPED,
    constants: Collection[str] = (),
) -> MatchedHeadings:
    """InputError when two headings mean one field, or a field every record needs has none.

    `said` maps headings to fields, over what they would mean; `constants` are fields that need no column;
    lines of a record are columns all the same.
    """
    readable = [h for h in headings if not h.startswith("_")]
    _refuse_ours(readable, file)
    meanings = _gather_meanings(readable, name, said, exported=EXTRA in headings)
    chosen = _without_half_clients(_choose(meanings, file), meanings)
    said_here = [h for h, ms in meanings.items() if ms and ms[0].rank == SAID]
    joined = find_joined(readable, chosen, resource(name), said_here)
    parts = {h for each in joined for h in (*each.instead, *(piece for piece, _ in each.pieces))}
    fields = {h: chosen[h] for h in readable if h in chosen and h not in parts} | {j.heading: j.field for j in joined}
    _refuse_value_and_parent({**{f: f for f in constants if f not in fields.values()}, **fields}, file)
    refuse_missing(resource(name), {*fields.values()}, constants, readable, file)
    unknown, over = _part_unsent([h for h in readable if h not in chosen and h not in parts], meanings, name)
    return MatchedHeadings(fields, unknown, over, joined)


def _refuse_ours(headings: Sequence[str], file: str) -> None:
    """Headings that would look like columns of our own."""
    at = next((h for h in headings if h.startswith("@")), None)
    if at is not None:
        raise InputError(
            say("{file}: a column may not be named '{at}'.", file=file, at=at),
            say("Rename it so that it has no @ in front."),
        )


def _gather_meanings(
    headings: Sequence[str], name: str, said: Mapping[str, str], *, exported: bool
) -> dict[str, tuple[Meaning, ...]]:
    """Heading → what it may mean, by what is said and what is declared; none for a heading nobody knows.

    A cell may hold all lines of a record as text only where no column of its own speaks of lines.
    """
    meanings = {h: find_meanings(h, name, exported=exported) for h in headings} | find_said(headings, said)
    if not exported and not any(h.strip().startswith("client.") and meanings[h] for h in headings):
        meanings |= {h: known for h in headings if (known := find_alone(h, name)) and not meanings[h]}
    if resource(name).lines and not any(is_of_items(m[0].field) for m in meanings.values() if m):
        meanings |= {h: (Meaning(ITEMS, OWN),) for h in headings if h.strip() == STRING_ITEMS}
    return meanings


def _part_unsent(
    headings: Sequence[str], meanings: Mapping[str, tuple[Meaning, ...]], name: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Headings that no field is read from: those nobody knows, and those that are understood and passed over."""
    exported, ignored = list_exported(name), {fold_heading(h) for h in resource(name).passed_over}
    over = [h for h in headings if meanings[h] or h in exported or fold_heading(repair_heading(h)) in ignored]
    return tuple(h for h in headings if h not in over), tuple(over)


def _choose(meanings: Mapping[str, tuple[Meaning, ...]], file: str) -> dict[str, str]:
    """Heading → field, each field once: by rank, then in the order of the file."""
    ranked = sorted(((m.rank, h, m.field) for h, ms in meanings.items() for m in ms), key=lambda one: one[0])
    chosen: dict[str, str] = {}
    taken: dict[str, str] = {}
    settled: set[str] = set()
    for rank, heading, field in ranked:
        if heading in chosen:
            continue
        if field not in taken:
            chosen[heading], taken[field] = field, heading
            settled |= {field} if rank == SAID else set()
        elif rank == SAID or (rank == OWN and field not in settled):
            raise TwoHeadings(file, (taken[field], heading), field)
    return chosen


def _without_half_clients(chosen: dict[str, str], meanings: Mapping[str, tuple[Meaning, ...]]) -> dict[str, str]:
    """Beside a reference to a client, columns that may tell of one are passed over where they lack the RFC he needs."""
    fields = set(chosen.values())
    if not fields & {"clientId", "client_ref"} or "client.rfc" in fields:
        return chosen
    return {h: f for h, f in chosen.items() if not (f.startswith("client.") and _rank(meanings[h], f) > OWN)}


def _rank(meanings: tuple[Meaning, ...], field: str) -> int:
    return next(m.rank for m in meanings if m.field == field)


def match_fields(headings: Iterable[str], name: str, file: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """(heading → field, headings not understood) of `match_headings`."""
    matched = match_headings(tuple(headings), name, file)
    return matched.fields, matched.unknown


def find_taxed(fields: Mapping[str, str], name: str) -> dict[str, str]:
    """Field → heading, for amounts whose heading says, or may say, that their taxes are in them."""
    return {
        c.field: heading
        for c in resource(name).columns
        for heading, field in fields.items()
        if field == c.field and fold_heading(repair_heading(heading)) in {fold_heading(h) for h in c.with_tax}
    }


def find_near_fields(headings: Iterable[str], name: str, taken: Collection[str]) -> dict[str, str]:
    """Heading → field, for headings that are nearly known, as a slip of the pen is. Advice only: never applied."""
    known = {word: ms[0].field for word, ms in list_meanings(name).items() if ms[0].rank != WITH_TAX}
    proposed: dict[str, str] = {}
    for heading in headings:
        near = difflib.get_close_matches(fold_heading(repair_heading(heading)), known, 1, _SLIP)
        if near and known[near[0]] not in (*taken, *proposed.values()):
            proposed[heading] = known[near[0]]
    return proposed


def _refuse_value_and_parent(fields: Mapping[str, str], file: str) -> None:
    """`metadata.a` beside `metadata.a.b`: one place of the body cannot hold a value and other fields."""
    headings = {f: h for h, f in fields.items()}
    for field, heading in headings.items():
        parts = field.split(".")
        parent = next((p for i in range(1, len(parts)) if (p := ".".join(parts[:i])) in headings), None)
        if parent is not None and parent not in (ITEMS, *METADATA):
            raise InputError(
                say(
                    "{file}: the column '{headings}' cannot hold a value while '{heading}' stands inside it.",
                    file=file,
                    headings=headings[parent],
                    heading=heading,
                ),
                say("Rename one of the two columns."),
            )
