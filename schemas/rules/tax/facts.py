"""Tax lines against SAT's types, factors and rates (c_TasaOCuota), judged once per distinct text of a column."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

import polars as pl

from schemas.rule_options import RuleOptions
from schemas.rules.tax.lines import TaxLine, parse
from schemas.sat.small import FACTORS, TAXES, rates

__all__ = ["tax_facts"]

_TYPES = frozenset(TAXES.values())
_HIGHEST_RATE = Decimal("1.6")  # IEPS; every other rate is below 1
_BORDER = Decimal("0.08")


def _broken(line: TaxLine) -> Iterator[str]:
    """The names of the facts one tax line offends; the first that explains it stands for those it implies."""
    side = "withheld" if line.retained else "charged"
    if line.type not in _TYPES:
        yield f"type.{side}"
        return
    if line.factor not in FACTORS:
        yield f"factor.{side}"
        return
    if line.factor == "Exento":
        if line.retained:
            yield "exempt.withheld"
        elif line.rate is not None:
            yield "exempt.charged"
        elif line.type != "IVA":
            yield "rate.charged"
        return
    if line.type == "ISR" and not line.retained:
        yield "isr"
        return
    if line.rate is None:
        yield "required"
        return
    yield from _broken_rate(line, side)


def _broken_rate(line: TaxLine, side: str) -> Iterator[str]:
    rate = line.rate or Decimal(0)
    listed = rates(line.type, line.factor, withholding=line.retained)
    fits = [r for r in listed if r.low <= rate <= r.high]
    if line.factor == "Cuota" and listed and rate > max(r.high for r in listed):
        yield "quota"
    elif line.factor == "Tasa" and rate > 1 and not (line.type == "IEPS" and rate == _HIGHEST_RATE):
        yield "percent"
    elif not fits or -rate.as_tuple().exponent > 6:  # type: ignore[operator]  # the rate is finite: taxes.parse saw to it
        yield f"rate.{side}"
    elif line.type == "IVA" and rate == _BORDER and not line.retained:
        yield "border"


@lru_cache(maxsize=4096)
def broken_tax_rules(text: str) -> frozenset[str]:
    """Names of the facts the tax cell offends; empty when SAT would accept it."""
    try:
        lines = parse(text)
    except ValueError:
        return frozenset({"syntax"})
    broken = {name for line in lines for name in _broken(line)}
    if len({(t.type, t.factor, t.rate, t.retained) for t in lines}) < len(lines):
        broken.add("twice")
    return frozenset(broken)


_FACTS = (
    "syntax", "type.charged", "type.withheld", "factor.charged", "factor.withheld", "exempt.charged", "exempt.withheld",
    "isr", "required", "rate.charged", "rate.withheld", "percent", "quota", "border", "twice",
)  # fmt: skip


def _charges_iva(text: str) -> bool:
    try:
        return any(line.type == "IVA" and not line.retained for line in parse(text))
    except ValueError:
        return True


def tax_facts(frame: pl.DataFrame, _: RuleOptions) -> pl.DataFrame:
    """`~tax.<fact>` for each fact, and `~tax.iva`: whether IVA is transferred. Joined on the distinct texts."""
    texts = frame["items.taxes"].drop_nulls().unique().to_list()
    broken = [broken_tax_rules(text) for text in texts]
    judged = pl.DataFrame(
        {
            "items.taxes": texts,
            **{f"~tax.{name}": [name not in b for b in broken] for name in _FACTS},
            "~tax.iva": [_charges_iva(text) for text in texts],
        },
        schema={"items.taxes": pl.String, **{f"~tax.{name}": pl.Boolean for name in (*_FACTS, "iva")}},
    )
    return frame.join(judged, on="items.taxes", how="left", maintain_order="left")
