"""Amounts with tax turned into amounts before tax, for files whose user said that they are. In whole cents, exactly."""

from typing import NamedTuple

import polars as pl

from pipeline.formats import LINE
from pipeline.model import RECORD
from schemas.rules.declared import decimal
from schemas.rules.tax.totals import MILLIONTHS, NET_OF_TAXES, NO_TAXES, NOT_EXACT, TOO_MANY, net_factors
from schemas.spec import Rule

__all__ = ["NetAmounts", "take_off_taxes"]

_CENTS = 100


class NetAmounts(NamedTuple):
    """`lines` with their amounts before tax; and per rule the cells that have none: LINE, RECORD, `value`, `proposal`.

    A cell that is refused, or is no number of at most two decimals, stays as it was.
    """

    lines: pl.DataFrame
    refused: tuple[tuple[Rule, pl.DataFrame], ...]


def take_off_taxes(lines: pl.DataFrame) -> NetAmounts:
    """`lines` are items under field names, their amounts with the taxes of their own row."""
    factors = net_factors(lines["items.taxes"])
    known = lines.join(factors, left_on="items.taxes", right_on="text", how="left", maintain_order="left")
    exact = decimal(NET_OF_TAXES) * _CENTS
    known = known.with_columns(_gross=pl.when(exact == exact.floor()).then(exact.floor().cast(pl.Int128)))
    gross, factor = pl.col("_gross"), pl.col("factor").cast(pl.Int128)
    known = known.with_columns(_net=_rounded(gross * MILLIONTHS, factor))
    known = known.with_columns(_back=_rounded(pl.col("_net") * factor, pl.lit(MILLIONTHS, dtype=pl.Int128)))
    amount, taxes = gross.is_not_null(), pl.col("items.taxes").is_not_null()
    plain = pl.col("factor").is_not_null() & pl.col("items.discount").is_null()
    kinds = (
        (NO_TAXES, amount & ~taxes),
        (TOO_MANY, amount & taxes & ~plain),
        (NOT_EXACT, amount & taxes & plain & (pl.col("_back") != gross)),
    )
    both = pl.format("{} → {}", _money(pl.col("_net")), _money(pl.col("_back")))
    refused = tuple(
        (rule, known.filter(here).select(LINE, RECORD, value=NET_OF_TAXES, proposal=both)) for rule, here in kinds
    )
    fine = amount & taxes & plain & (pl.col("_back") == gross)
    net = pl.when(fine).then(_money(pl.col("_net"))).otherwise(NET_OF_TAXES)
    return NetAmounts(known.with_columns(net.alias(NET_OF_TAXES)).select(lines.columns), refused)


def _rounded(dividend: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    """A quotient rounded half up, in whole numbers."""
    return (dividend * 2 + divisor) // (divisor * 2)


def _money(cents: pl.Expr) -> pl.Expr:
    return pl.format("{}.{}", cents // _CENTS, (cents % _CENTS).cast(pl.String).str.zfill(2))
