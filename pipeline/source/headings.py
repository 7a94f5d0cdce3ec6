"""Headings of a user's file to field names of the API, and from there to the resource the file holds.

Case, accents, spaces, underscores and points do not matter: `Código Postal`, `codigo_postal` and `C.P.` are understood.
Headings that nobody declared are told to the user and not sent.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

import polars as pl

from pipeline.errors import ConfigError, InputError
from pipeline.formats import LINE
from pipeline.model import RECORD, Source
from schemas import RESOURCE_NAMES, resource
from schemas.cleaning.normalise import normalise_cells
from schemas.spec import Resource

__all__ = [
    "ITEMS",
    "METADATA",
    "detect_resource",
    "fold_heading",
    "hash_keys",
    "lines_make_records",
    "match_fields",
    "rename_columns",
    "select_fields",
]

ITEMS = "items"
"""The one column that may hold all lines of a record: a JSON array, or a Parquet list of structs."""

METADATA = "metadata"
"""A column that may hold a JSON object: its members stand beside the `metadata.…` columns."""

_METADATA = re.compile(r"^metadata\.(.+)$", re.IGNORECASE)


def fold_heading(heading: str) -> str:
    """A heading without case, accents, spaces and punctuation; `ñ` counts as `n`."""
    letters = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(ch for ch in letters if ch.isalnum())


@cache
def _dictionary(name: str) -> dict[str, str]:
    declared = resource(name)
    words = {fold_heading(alias): c.field for c in declared.columns for alias in c.aliases}
    words.update({fold_heading(c.field): c.field for c in declared.columns})
    if declared.lines:
        words[fold_heading(ITEMS)] = ITEMS
    return words


def _field(heading: str, name: str) -> str | None:
    known = _dictionary(name).get(fold_heading(heading))
    free = _METADATA.match(heading.strip())
    return known or (f"metadata.{free.group(1)}" if free else None)


def match_fields(headings: Iterable[str], name: str, file: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """(heading → field, headings not understood). InputError when two headings mean one field."""
    fields: dict[str, str] = {}
    unknown: list[str] = []
    for heading in headings:
        if heading.startswith("_"):
            continue
        if heading.startswith("@"):
            raise InputError(
                f"{file}: a column may not be named '{heading}'.", "Rename it so that it has no @ in front."
            )
        field = _field(heading, name)
        if field is None:
            unknown.append(heading)
        elif field in fields.values():
            first = next(h for h, f in fields.items() if f == field)
            raise InputError(
                f"{file}: the columns '{first}' and '{heading}' both mean {field}.", "Keep one of the two columns."
            )
        else:
            fields[heading] = field
    _refuse_value_and_parent(fields, file)
    _refuse_missing(resource(name), set(fields.values()), file)
    return fields, tuple(unknown)


def _refuse_value_and_parent(fields: Mapping[str, str], file: str) -> None:
    """`metadata.a` beside `metadata.a.b`: one place of the body cannot hold a value and other fields."""
    headings = {f: h for h, f in fields.items()}
    for field, heading in headings.items():
        parts = field.split(".")
        parent = next((p for i in range(1, len(parts)) if (p := ".".join(parts[:i])) in headings), None)
        if parent is not None and parent not in (ITEMS, METADATA):
            raise InputError(
                f"{file}: the column '{headings[parent]}' cannot hold a value while '{heading}' stands inside it.",
                "Rename one of the two columns.",
            )


def _refuse_missing(declared: Resource, fields: set[str], file: str) -> None:
    missing = [c.field for c in declared.record.columns if c.required and c.field not in fields]
    if declared.lines and not any(f == ITEMS or f.startswith("items.") for f in fields):
        missing.append("items.name, items.quantity, items.total … (or one column 'items')")
    if declared.lines and ITEMS in fields and any(f.startswith("items.") for f in fields):
        raise InputError(
            f"{file} has both a column 'items' and columns 'items.…'.", "Keep one of the two ways to write items."
        )
    if missing:
        raise InputError(
            f"{file} has no column for {', '.join(missing)}, which {declared.name} need.",
            "Add the column, or say with --as what the file holds if it is not " + declared.name + ".",
        )


def detect_resource(headings: tuple[str, ...], file: str) -> str:
    """The resource most headings belong to. ConfigError when no resource, or more than one, fits best."""
    scores = {name: len({f for h in headings if (f := _field(h, name)) is not None}) for name in RESOURCE_NAMES}
    best = max(scores.values())
    fitting = [name for name, score in scores.items() if score == best]
    if best == 0:
        shown = ", ".join(f"'{h[:40]}'" for h in headings[:5])
        raise InputError(
            f"{file}: none of its headings ({shown}…) is known.",
            "The first line must hold column names such as internalId, name, rfc; see README, Columns.",
        )
    if len(fitting) > 1:
        raise ConfigError(
            f"{file} could hold {' or '.join(fitting)}: its headings do not tell.",
            f"Add --as {fitting[0]} (or another).",
        )
    return fitting[0]


def select_fields(raw: pl.DataFrame, fields: Mapping[str, str], declared: Resource) -> pl.DataFrame:
    """The user's columns under field names, as written, and a null column for every declared field the file lacks.

    LINE and RECORD are kept; headings that are not understood are dropped.
    """
    ours = [c for c in raw.columns if c in (LINE, RECORD)]
    named = raw.select(*ours, *(pl.col(h).alias(f) for h, f in fields.items()))
    lacking = [c.field for c in declared.columns if c.field not in named.columns]
    return named.with_columns(pl.lit(None, dtype=pl.String).alias(f) for f in lacking)


def rename_columns(raw: pl.DataFrame, fields: Mapping[str, str], declared: Resource) -> pl.DataFrame:
    """`select_fields` with its cells normalised."""
    named = select_fields(raw, fields, declared)
    return normalise_cells(named, [c for c in named.columns if c not in (LINE, RECORD)])


def hash_keys(frame: pl.DataFrame, declared: Resource) -> pl.Series:
    """A 64-bit hash of each row's key, null where the row has none; `frame` is canonical."""
    key = frame.select(key=declared.key())["key"]
    return key.hash().zip_with(key.is_not_null(), pl.Series([None], dtype=pl.UInt64))


def lines_make_records(source: Source) -> bool:
    """Whether several lines of the file may be one record: it has item columns instead of one `items` column."""
    return resource(source.resource).lines is not None and ITEMS not in source.fields.values()
