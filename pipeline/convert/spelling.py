"""The fields of clean rows as columns under the names of one dialect, by its words. Pure; column by column.

What the names of that dialect cannot say without changing its meaning is refused, cell by cell, and never guessed.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import polars as pl

from pipeline.language.say import Said, say
from schemas.dialects.spec import (
    Choose,
    Create,
    Divide,
    Drop,
    InAddress,
    Lead,
    Listed,
    Not,
    Percent,
    Same,
    Word,
)
from schemas.rules.declared import decimal, says
from schemas.rules.tax.lines import respell
from schemas.spec import Kind, Resource

__all__ = ["Spelled", "Unsayable", "rename_cells"]

_MILLION = 1_000_000


class Unsayable(NamedTuple):
    """Cells of a field that cannot be said: which rows, and why."""

    field: str
    rows: pl.Series
    why: Said


class Spelled(NamedTuple):
    """The columns under their new names, and what cannot be said."""

    frame: pl.DataFrame
    refused: list[Unsayable]


class _Column(NamedTuple):
    """One column of the result; `fits` is true where the cell can be said."""

    heading: str
    value: pl.Expr
    field: str
    fits: pl.Expr | None = None
    why: Said = say("it cannot be said")


def rename_cells(rows: pl.DataFrame, fields: Collection[str], declared: Resource, create: Create) -> Spelled:
    """`rows` have every declared field as clean text; `fields` are those the file speaks of, in its order."""
    columns = [*_columns(fields, declared, create), *_chosen(fields, create)]
    columns = _with_leads(columns, fields, create)
    frame = rows.select(_without_doubt(c, declared).alias(c.heading) for c in columns if c.heading)
    refused = []
    for column in columns:
        if column.fits is not None:
            wrong = rows.select((~column.fits).fill_null(False).alias("wrong"))["wrong"]
            if wrong.any():
                refused.append(Unsayable(column.field, wrong, column.why))
    return Spelled(frame, refused)


def _without_doubt(column: _Column, declared: Resource) -> pl.Expr:
    """`1.075` may be read as a thousand and more: a number of three decimals is written with a fourth."""
    field = declared.column(column.field)
    if field is None or field.kind not in (Kind.MONEY, Kind.NUMBER):
        return column.value
    return column.value.str.replace(r"^(-?[0-9]{1,3}\.[0-9]{3})$", "${1}0")


def _columns(fields: Collection[str], declared: Resource, create: Create) -> Iterator[_Column]:
    consumed = {f for c in declared.columns if c.derived is not None for f in c.derived.of}
    for field in fields:
        word = _word_of(create.fields, field)
        column = declared.column(field)
        if word is None and field in consumed:
            continue
        if column is not None and column.kind is Kind.TAXES:
            yield _taxes(field, create)
        elif column is not None and column.derived is not None and isinstance(word, str):
            fits, why = _fits_kind(field, column.kind)
            yield _Column(word, pl.col(field), field, fits, why)
        else:
            yield from _spell(field, word)


def _word_of(words: Mapping[str, Word], field: str) -> Word | None:
    """The word of a field; of free metadata below its whole, the place it goes to."""
    if field in words:
        return words[field]
    for name, word in words.items():
        start = name.removesuffix("*")
        if name.endswith(".*") and f"{field}.".startswith(start):
            return word if not isinstance(word, str) else word.removesuffix(".*") + field.removeprefix(start[:-1])
    return None


def _spell(field: str, word: Word | None) -> Iterator[_Column]:
    cell = pl.col(field)
    match word:
        case str():
            yield _Column(word, cell, field)
        case Not(to):
            value = pl.when(says(field, True)).then(pl.lit("false")).when(says(field, False)).then(pl.lit("true"))
            yield _Column(to, value, field, *_fits_kind(field, Kind.BOOLEAN))
        case Divide(to, by, decimals):
            yield _divided(field, to, by, decimals)
        case Percent(to, _, beside):
            rate = (decimal(field) / 100).cast(pl.Decimal(38, 8)).cast(pl.String).str.replace(r"\.?0+$", "")
            shorthand = pl.when(rate.is_not_null()).then(pl.format("{} {}", pl.lit(str(beside["type"])), rate))
            yield _Column(to, shorthand, field, *_fits_kind(field, Kind.NUMBER))
        case Same(other, default):
            fits = cell == pl.coalesce(other, pl.lit(str(default)))
            yield _Column(
                "", cell, field, fits, say("it differs from {other}, and there is one place for both", other=other)
            )
        case Listed(to) | InAddress(to):
            yield _Column(to, cell, field)
        case Choose() | Lead():  # these come together, below
            return
        case Drop(warn) if warn is not None:
            return
        case _:  # ours, or said by what this tool does: it keeps its name
            yield _Column(field, cell, field)


def _divided(field: str, to: str, by: str, decimals: int) -> _Column:
    """In whole millionths, exactly: 10^12 of them times a million is within 128 bits."""
    scale = 10**decimals
    total, quantity = ((decimal(name) * _MILLION).cast(pl.Int128) for name in (field, by))
    there = quantity.is_not_null() & (quantity != 0) & (total.abs() < 10**24)
    scaled = pl.when(there).then(total.abs() * scale)
    whole = scaled // quantity
    sign = pl.when(total < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    digits = pl.format("{}{}.{}", sign, whole // scale, (whole % scale).cast(pl.String).str.zfill(decimals))
    fits = pl.col(field).is_null() | (there & (quantity > 0) & (whole * quantity == scaled)).fill_null(False)
    why = say("divided by {by} it has more than {decimals} decimals", by=by, decimals=decimals)
    return _Column(to, digits.str.replace(r"\.?0+$", ""), field, fits, why)


def _taxes(field: str, create: Create) -> _Column:
    """Taxes in words are the same everywhere; those in JSON call what is withheld by the name of the dialect."""
    place = create.fields.get(f"{field}.retained", "retained")
    withheld = place.rpartition(".")[2] if isinstance(place, str) else "retained"
    value = pl.col(field).map_elements(lambda text: respell(text, withheld), return_dtype=pl.String)
    in_json = pl.col(field).str.starts_with("[")
    return _Column(field, pl.when(in_json).then(value).otherwise(field), field)


def _fits_kind(field: str, kind: Kind) -> tuple[pl.Expr, Said]:
    if kind is Kind.BOOLEAN:
        return pl.col(field).is_null() | says(field, True) | says(field, False), say("it is neither true nor false")
    return pl.col(field).is_null() | decimal(field).is_not_null(), say("it is no number")


# --- fields that come together ----------------------------------------------------------------------------------------


def _chosen(fields: Collection[str], create: Create) -> Iterator[_Column]:
    """Fields that choose a word for one place: the one that is chosen."""
    places: dict[str, list[tuple[str, Choose]]] = {}
    for field in fields:
        word = create.fields.get(field)
        if isinstance(word, Choose):
            places.setdefault(word.to, []).append((field, word))
    for place, words in places.items():
        picked = [_pick(field, word) for field, word in words]
        first = pl.coalesce(picked)
        for (field, word), one in zip(words, picked, strict=True):
            known = pl.any_horizontal(says(field, key) for key in word.table)
            yield _Column("", pl.lit(None), field, pl.col(field).is_null() | known, say("there is no word for it"))
            yield _Column("", pl.lit(None), field, one == first, say("it contradicts another column"))
        if any(chosen is not None for _, word in words for chosen in word.table.values()):
            yield _Column(place, first, words[0][0])  # an empty cell says what the dialect says where none is chosen


def _pick(field: str, word: Choose) -> pl.Expr:
    picked: pl.Expr = pl.lit(None, dtype=pl.String)
    for key, chosen in word.table.items():
        picked = pl.when(says(field, key)).then(pl.lit(chosen, dtype=pl.String)).otherwise(picked)
    return picked


def _with_leads(columns: list[_Column], fields: Collection[str], create: Create) -> list[_Column]:
    """Texts that stand before another field's, unless they are repeated there."""
    for field in fields:
        word = create.fields.get(field)
        if not isinstance(word, Lead):
            continue
        there = next((c for c in columns if c.heading == word.to), None)
        text, lead = (pl.col(field) if there is None else there.value), pl.col(field)
        repeated = text.str.to_lowercase().str.starts_with(lead.str.to_lowercase())
        both = pl.when(repeated).then(text).otherwise(pl.format("{}: {}", lead, text))
        column = _Column(word.to, pl.coalesce(both, text, lead), field)
        columns = [column if c is there else c for c in columns] if there is not None else [*columns, column]
    return columns
