"""Currencies that amount cells say: held against the record's own, or taken where it has none."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from pipeline.formats import LINE
from pipeline.model import RECORD
from schemas.cleaning.currency_words import AMOUNTS, IN_PESOS, NO_AMOUNTS, PESO_OR_DOLLAR, currency_in

__all__ = ["SaidCurrencies", "fill_currencies", "fill_item_currencies"]

_OF_LINE = "items.currency"
_SCHEMA = {LINE: pl.UInt32, RECORD: pl.UInt32} | dict.fromkeys(("field", "value", "word", "line", "cell"), pl.String())


@dataclass(frozen=True, slots=True)
class SaidCurrencies:
    """Amount cells that say a currency: LINE, RECORD, `field`, `value` as written and `proposal`.

    `differing` contradict the record, whose currency is the proposal; `agreeing` do not, and are read as the proposal;
    `taken` gave the record its currency, the proposal. `strange` stand in columns that hold no amounts of it.
    """

    differing: pl.DataFrame
    agreeing: pl.DataFrame
    taken: pl.DataFrame
    strange: pl.DataFrame


def fill_currencies(
    before: pl.DataFrame, after: pl.DataFrame, unfit: pl.Series, fields: Iterable[str]
) -> tuple[pl.DataFrame, SaidCurrencies | None]:
    """`after` with the currencies its amounts say filled in, and what is to be told; None where no cell says one.

    `before` is the block as written, `after` repaired; only `unfit` rows can say a currency.
    """
    there = set(fields)
    written, repaired = before.filter(unfit), after.filter(unfit)
    cells = _said(written, repaired, [f for f in AMOUNTS if f in there])
    others = _said(written, repaired, [f for f in (*NO_AMOUNTS, IN_PESOS) if f in there])
    strange = _told(
        others.filter((pl.col("field") != IN_PESOS) | ~pl.col("word").is_in(["MXN", PESO_OR_DOLLAR])), "cell"
    )
    if cells.is_empty() and strange.is_empty():
        return after, None
    own = after.drop_nulls("currency").group_by(RECORD).agg(record=pl.col("currency").first())
    words = cells.filter(pl.col("word") != PESO_OR_DOLLAR).join(own, on=RECORD, how="anti", maintain_order="left")
    first = words.unique(LINE, keep="first", maintain_order=True)
    filled = after.join(first.select(LINE, "word"), on=LINE, how="left", maintain_order="left")
    filled = filled.with_columns(pl.coalesce("currency", "word").alias("currency")).drop("word")
    return filled, _judged(cells, filled, first, strange)


def fill_item_currencies(
    records: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, unfit: pl.Series
) -> tuple[pl.DataFrame, SaidCurrencies | None]:
    """`fill_currencies` for items that stand apart from their `records`, several of them on one line."""
    if not unfit.any():
        return records, None
    own = records.select(RECORD, "currency")
    filled, said = fill_currencies(
        before, after.join(own, on=RECORD, how="left", maintain_order="left"), unfit, after.columns
    )
    if said is None:
        return records, None
    taken = filled.select(RECORD, taken="currency").drop_nulls().unique(RECORD, keep="first", maintain_order=True)
    records = records.join(taken, on=RECORD, how="left", maintain_order="left")
    return records.with_columns(pl.coalesce("currency", "taken").alias("currency")).drop("taken"), said


def _said(before: pl.DataFrame, after: pl.DataFrame, amounts: list[str]) -> pl.DataFrame:
    """`line` is the currency of the item alone, where it has one."""
    line = after[_OF_LINE] if _OF_LINE in after.columns else pl.lit(None, dtype=pl.String)
    pieces = [
        before.select(LINE, RECORD, field=pl.lit(f), value=f, word=currency_in(pl.col(f)))
        .with_columns(line.alias("line"), after[f].alias("cell"))
        .drop_nulls(["word", "cell"])
        for f in amounts
    ]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *pieces])


def _judged(cells: pl.DataFrame, filled: pl.DataFrame, taken: pl.DataFrame, strange: pl.DataFrame) -> SaidCurrencies:
    of_record = filled.drop_nulls("currency").group_by(RECORD).agg(currency=pl.col("currency").first())
    known = cells.join(of_record, on=RECORD, how="left", maintain_order="left")
    word, currency = pl.col("word"), pl.coalesce("line", "currency").fill_null("MXN")
    sign = (word == PESO_OR_DOLLAR) & (currency != "EUR")
    told = known.with_columns(agrees=(word == currency) | sign, currency=currency)
    agreeing = told.filter(pl.col("agrees") & (word != PESO_OR_DOLLAR)).join(
        taken.select(LINE, "field"), on=[LINE, "field"], how="anti", maintain_order="left"
    )
    return SaidCurrencies(
        _told(told.filter(~pl.col("agrees")), "currency"),
        _told(agreeing, "cell"),
        _told(taken, "word"),
        strange,
    )


def _told(cells: pl.DataFrame, proposal: str) -> pl.DataFrame:
    return cells.select(LINE, RECORD, "field", "value", pl.col(proposal).alias("proposal"))
