"""Headings of a user's file to field names of the API, and from there to the resource the file holds.

Case, accents, spaces, underscores and points do not matter: `Código Postal`, `codigo_postal` and `C.P.` are understood.
Headings that nobody declared are told to the user and not sent.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from pipeline.errors import ConfigError, InputError
from pipeline.language.say import Said, say
from pipeline.model import JoinedColumn
from pipeline.source.heading_text import fold_heading, repair_heading
from pipeline.source.joined import find_joined
from schemas import RESOURCE_NAMES, resource
from schemas.spec import Resource
from schemas.tables import EXTRA, TABLES

__all__ = [
    "ITEMS",
    "METADATA",
    "MatchedHeadings",
    "MissingFields",
    "TwoHeadings",
    "detect_resource",
    "find_field",
    "find_near_fields",
    "find_taxed",
    "fold_heading",
    "is_known_heading",
    "list_fields",
    "match_fields",
    "match_headings",
]

ITEMS = "items"
"""The one column that may hold all lines of a record: a JSON array, or a Parquet list of structs."""

STRING_ITEMS = "metadata.stringitems"
"""Items as JSON text among the metadata: the API's other way to say them, read as ITEMS where nothing else does."""

METADATA = ("metadata", "client.metadata")
"""Columns that may hold a JSON object: its members stand beside the `metadata.…` columns."""

_SLIP = 0.84
"""How alike a heading and a known one must be to be taken for a slip of the pen (difflib's own ratio)."""
_ITEM_FIELDS = 2
"""From so many item columns on, columns of a client beside them are those of a payment's client."""
_METADATA = re.compile(r"^((?:client\.)?metadata)\.(.+)$", re.IGNORECASE)


class _Meaning(NamedTuple):
    """A field a heading may mean. Of several headings for one field the lowest rank is taken."""

    field: str
    rank: int


_SAID, _OWN, _WITH_TAX = -1, 0, 1_000
"""Ranks: what the user says; a field's own name or alias; its spare headings, in order; last the amounts with tax."""
_NOTHING_SAID: Mapping[str, str] = {}


@cache
def _dictionary(name: str) -> dict[str, tuple[_Meaning, ...]]:
    declared = resource(name)
    words: dict[str, list[_Meaning]] = {}
    for c in declared.columns:
        ranked = [(_OWN, h) for h in (c.field, *c.aliases)]
        ranked += [(rank, h) for rank, h in enumerate(c.spare, _OWN + 1)]
        ranked += [(_WITH_TAX, h) for h in c.with_tax]
        for rank, heading in ranked:
            words.setdefault(fold_heading(heading), []).append(_Meaning(c.field, rank))
    if declared.lines:
        words[fold_heading(ITEMS)] = [_Meaning(ITEMS, _OWN)]
    return {word: tuple(sorted(meanings, key=lambda m: m.rank)) for word, meanings in words.items()}


@cache
def _exported(name: str) -> dict[str, str | None]:
    """The headings of our own export of a resource: the field each is read as, None for what is not sent."""
    declared = resource(name)
    again = {c.exported or c.field: c.field for c in declared.columns} | ({ITEMS: ITEMS} if declared.lines else {})
    return {column: again.get(column) for column in TABLES[name].columns}


def _find_meanings(heading: str, name: str, *, exported: bool) -> tuple[_Meaning, ...]:
    """What a heading may mean, the best first. Exact names go before squeezed ones: `client.id` is not `clientId`."""
    exact = heading.strip()
    columns = _exported(name)
    if exported and exact in columns:
        field = columns[exact]
        return (_Meaning(field, _OWN),) if field else ()
    if exact in columns and ("." in exact or exact == "id") and resource(name).column(exact) is None:
        return ()
    known = _dictionary(name).get(fold_heading(repair_heading(heading)))
    free = _METADATA.match(exact)
    if known or free is None:
        return known or ()
    place = free.group(1).lower()
    if resource(name).column(place) is None:
        return ()
    return (_Meaning(f"{place}.{free.group(2)}", _OWN),)


class TwoHeadings(InputError):
    """Two headings mean one field, and nobody but the user knows which of them is meant. `cells` are examples."""

    def __init__(self, file: str, headings: tuple[str, str], field: str, cells: Mapping[str, str] = _NOTHING_SAID):
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
        )
        self.file, self.headings, self.field = file, headings, field


class MissingFields(InputError):
    """Fields that every record needs, for which there is no column."""

    def __init__(self, message: str, hint: str, fields: Sequence[str]):
        super().__init__(message, hint)
        self.fields = tuple(fields)


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


def find_field(word: str, name: str) -> str | None:
    """The field of a resource that a person names by its own name or alias; None where it has none such."""
    found = next((m for m in _dictionary(name).get(fold_heading(word), ()) if m.rank == _OWN), None)
    if found is not None:
        return found.field
    free = _find_meanings(word, name, exported=False) if _METADATA.match(word.strip()) else ()
    return free[0].field if free else None


def list_fields(*names: str) -> list[str]:
    """The fields of these resources, of all when none is named, each once."""
    return list(dict.fromkeys(c.field for name in names or RESOURCE_NAMES for c in resource(name).columns))


def match_headings(
    headings: Iterable[str],
    name: str,
    file: str,
    said: Mapping[str, str] = _NOTHING_SAID,
    constants: Collection[str] = (),
) -> MatchedHeadings:
    """InputError when two headings mean one field, or a field every record needs has none.

    `said` maps headings to fields, over what they would mean; `constants` are fields that need no column;
    lines of a record are columns all the same.
    """
    readable = [h for h in headings if not h.startswith("_")]
    at = next((h for h in readable if h.startswith("@")), None)
    if at is not None:
        raise InputError(
            say("{file}: a column may not be named '{at}'.", file=file, at=at),
            say("Rename it so that it has no @ in front."),
        )
    exported = EXTRA in headings
    meanings = {h: _find_meanings(h, name, exported=exported) for h in readable} | _find_said(readable, said)
    if resource(name).lines and not any(_of_items(m[0].field) for m in meanings.values() if m):
        meanings |= {h: (_Meaning(ITEMS, _OWN),) for h in readable if h.strip() == STRING_ITEMS}
    chosen = _choose(meanings, file)
    joined = find_joined(
        readable, chosen, resource(name), [h for h, ms in meanings.items() if ms and ms[0].rank == _SAID]
    )
    parts = {h for each in joined for h in (*each.instead, *(piece for piece, _ in each.pieces))}
    fields = {h: chosen[h] for h in readable if h in chosen and h not in parts} | {j.heading: j.field for j in joined}
    _refuse_value_and_parent({**{f: f for f in constants if f not in fields.values()}, **fields}, file)
    _refuse_missing(resource(name), {*fields.values(), *(f for f in constants if not _of_items(f))}, file)
    ignored = {fold_heading(h) for h in resource(name).passed_over}
    rest = [h for h in readable if h not in chosen and h not in parts]
    over = tuple(h for h in rest if meanings[h] or h in _exported(name) or fold_heading(repair_heading(h)) in ignored)
    return MatchedHeadings(fields, tuple(h for h in rest if h not in over), over, joined)


def _find_said(headings: Iterable[str], said: Mapping[str, str]) -> dict[str, tuple[_Meaning, ...]]:
    """The headings of which the user speaks: that spelling, else any that differs in case, accents or punctuation."""
    folded = {fold_heading(heading): field for heading, field in said.items()}
    named = {h: said.get(h.strip(), folded.get(fold_heading(h))) for h in headings}
    return {h: (_Meaning(field, _SAID),) for h, field in named.items() if field is not None}


def _of_items(field: str) -> bool:
    return field == ITEMS or field.startswith(f"{ITEMS}.")


def _choose(meanings: Mapping[str, tuple[_Meaning, ...]], file: str) -> dict[str, str]:
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
            settled |= {field} if rank == _SAID else set()
        elif rank == _SAID or (rank == _OWN and field not in settled):
            raise TwoHeadings(file, (taken[field], heading), field)
    return chosen


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
    known = {word: ms[0].field for word, ms in _dictionary(name).items() if ms[0].rank != _WITH_TAX}
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


def _refuse_missing(declared: Resource, fields: set[str], file: str) -> None:
    missing = _missing(declared, fields)
    if declared.lines and not any(f == ITEMS or f.startswith("items.") for f in fields):
        missing.append(say("items.name, items.quantity, items.total … (or one column 'items')"))
    if declared.lines and ITEMS in fields and any(f.startswith("items.") for f in fields):
        raise InputError(
            say("{file} has both a column 'items' and columns 'items.…'.", file=file),
            say("Keep one of the two ways to write items."),
        )
    if missing:
        raise MissingFields(
            say(
                "{file} has no column for {missing}, which {declared} need.",
                file=file,
                missing=", ".join(missing),
                declared=declared.name,
            ),
            say("Add the column, or say with --as what the file holds if it is not ") + declared.name + ".",
            missing,
        )


def _missing(declared: Resource, fields: set[str]) -> list[str]:
    return [c.field for c in declared.record.columns if c.required and not fields & {c.field, c.else_from}]


def is_known_heading(text: str) -> bool:
    """Whether a text heads a column of some resource."""
    return any(_find_meanings(text, name, exported=False) for name in RESOURCE_NAMES)


def detect_resource(headings: tuple[str, ...], file: str, said: Mapping[str, str] = _NOTHING_SAID) -> str:
    """The resource most headings belong to. ConfigError when no resource, or more than one, fits best.

    `said` maps headings to fields by the names a person gives them.
    """
    scores = {name: _score(headings, name, said) for name in RESOURCE_NAMES}
    best = max(scores.values())
    fitting = [name for name, score in scores.items() if score == best]
    whole = [name for name in fitting if not _missing(resource(name), _meant(headings, name, said))]
    if best == 0:
        shown = ", ".join(f"'{h[:40]}'" for h in headings[:5])
        raise InputError(
            say("{file}: none of its headings ({shown}…) is known.", file=file, shown=shown),
            say("The first line must hold column names such as internalId, name, rfc: see docs/columns.md."),
        )
    if len(whole) == 1:
        return whole[0]
    if len(fitting) > 1:
        raise ConfigError(
            say("{file} could hold {fitting}: its headings do not tell.", file=file, fitting=" or ".join(fitting)),
            say("Add --as {fitting} (or another).", fitting=fitting[0]),
        )
    return fitting[0]


def _meant(headings: tuple[str, ...], name: str, said: Mapping[str, str]) -> set[str]:
    exported = EXTRA in headings
    here = {h: field for h, word in said.items() if (field := find_field(word, name)) is not None}
    meanings = {h: _find_meanings(h, name, exported=exported) for h in headings} | _find_said(headings, here)
    return {m[0].field for m in meanings.values() if m}


def _score(headings: tuple[str, ...], name: str, said: Mapping[str, str]) -> int:
    """How many fields the headings may mean; none where a resource of several lines would have no line to speak of."""
    meant = _meant(headings, name, said)
    items = sum(map(_of_items, meant))
    alone = resource(name).lines is not None and items < _ITEM_FIELDS and ITEMS not in meant
    return len({f for f in meant if not f.startswith("client.")}) if alone else len(meant)
