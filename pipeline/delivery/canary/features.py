"""What a record asks of the API beyond the plainest one: its features.

Computed a block at a time. A feature is one word: `quantity`, `discount`, `tax:IVA:Tasa`, `currency:USD`. It is there
only where misreading it would show in the answer: an exchange rate of 1 or a tax below a cent proves nothing, so it is
no feature of the record (docs/api.md Q2, Q3, Q12; ADR 0022).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

import polars as pl

from pipeline.language.say import Said, say
from pipeline.model import RECORD
from schemas.dialects.spec import Create, Read
from schemas.rules.declared import decimal, true
from schemas.rules.tax.lines import parse
from schemas.spec import Kind, Resource

__all__ = [
    "AMOUNT",
    "SECOND",
    "describe_feature",
    "find_features",
    "is_tax",
    "name_client_by_id",
    "name_mode",
    "name_opposite",
    "name_second",
    "name_tax",
    "read_features",
    "read_taxes",
]

AMOUNT = frozenset({"amount", "quantity", "items", "discount"})
"""The features that the answer's amount proves; taxes besides, where it is answered with them."""

SECOND = "second"
"""The feature of a record that takes two requests: the answer to the second proves it."""

_SAID: Mapping[str, Callable[..., Said]] = {
    "amount": lambda: say("an amount"),
    "quantity": lambda: say("a quantity other than 1"),
    "items": lambda: say("several items"),
    "discount": lambda: say("a discount"),
    "mode": lambda mode: say("test mode") if mode == "test" else say("live mode"),
    "currency": lambda *of: say("the currency {currency}", currency=of[0]) if of else say("a currency"),
    "exchange": lambda rate: say("an exchange rate of {rate}", rate=rate),
    "client.rfc": lambda: say("a client described in the payment"),
    "clientId": lambda: say("a client by its id"),
    "paymentMethod": lambda: say("a payment form"),
    "team": lambda: say("a team"),
    "date": lambda: say("a date"),
    "paid": lambda: say("a paid payment"),
    SECOND: lambda: say("a payment marked as paid"),
    "rfc": lambda: say("an RFC"),
    "email": lambda: say("an e-mail"),
    "tax_system": lambda: say("a tax regime"),
    "address.zip": lambda: say("a postal code"),
    "price": lambda: say("a price"),
    "taxRate": lambda: say("a tax rate"),
    "product_key": lambda: say("a product key"),
    "unit_key": lambda: say("a unit key"),
    "items.product_key": lambda: say("a product key"),
    "items.unit_key": lambda: say("a unit key"),
}
_DEFAULT_CURRENCY = "MXN"
_SEPARATOR = " "
_RETAINED = ":retained"


@lru_cache(maxsize=4096)
def read_features(features: str) -> frozenset[str]:
    """The features as an action carries them, in one text."""
    return frozenset(features.split())


@lru_cache(maxsize=4096)
def read_taxes(features: str) -> frozenset[str]:
    """Those of its features that are taxes."""
    return frozenset(filter(is_tax, read_features(features)))


def describe_feature(feature: str) -> str:
    """A feature in words: `IVA (Tasa), withheld`."""
    name, *details = feature.split(":")
    if name == "tax":
        kind, factor, *withheld = details
        if withheld:
            return say("the tax {kind} ({factor}), withheld", kind=kind, factor=factor)
        return say("the tax {kind} ({factor})", kind=kind, factor=factor)
    if name in _SAID:
        return _SAID[name](*details)
    return f"{name} {details[0]}" if details else name


def name_client_by_id(features: str) -> str:
    """The same record, its client named by an id instead of described."""
    return _SEPARATOR.join("clientId" if feature == "client.rfc" else feature for feature in features.split(_SEPARATOR))


def name_second(features: str, create: Create) -> str:
    """The same record, what its second request says proven by the answer to that."""
    said = {*create.then.fields, *create.then.when} if create.then else set()
    return _SEPARATOR.join([*(f for f in features.split(_SEPARATOR) if f.partition(":")[0] not in said), SECOND])


def is_tax(feature: str) -> bool:
    return feature.startswith("tax:")


def name_tax(kind: str, factor: str, retained: bool) -> str:
    """The feature of a tax line."""
    return f"tax:{kind}:{factor}" + (_RETAINED if retained else "")


def name_mode(livemode: bool) -> str:
    """The feature of a record of live or of test mode."""
    return f"mode:{'live' if livemode else 'test'}"


def name_opposite(feature: str) -> str:
    """The same tax, withheld instead of added or added instead of withheld."""
    return feature.removesuffix(_RETAINED) if feature.endswith(_RETAINED) else feature + _RETAINED


def find_features(
    records: pl.DataFrame, lines: pl.DataFrame, declared: Resource, creates: Sequence[Create], livemode: bool
) -> list[str]:
    """The features of each record as one text, in order. `livemode` counts where a record does not say."""
    shown = {
        field: read for create in creates for field, read in create.shows.items() if not field.startswith("items.")
    }
    own = pl.concat_str(
        list(_own_features(records, declared, shown, livemode)), separator=_SEPARATOR, ignore_nulls=True
    )
    asked = records.select(RECORD, own.alias("own"))
    if declared.lines is None or lines.is_empty():
        return asked["own"].to_list()
    whole = asked.join(_line_features(lines), on=RECORD, how="left", maintain_order="left")
    words = pl.concat_str("own", *_LINE_FEATURES, "taxes", separator=_SEPARATOR, ignore_nulls=True)
    return whole.select(words.alias("features"))["features"].to_list()


def _own_features(
    records: pl.DataFrame, declared: Resource, shown: Mapping[str, Read], livemode: bool
) -> Iterator[pl.Expr]:
    live = true("livemode").fill_null(livemode) if "livemode" in records.columns else pl.lit(livemode)
    yield pl.when(live).then(pl.lit("mode:live")).otherwise(pl.lit("mode:test"))
    currency = _cell(records, "currency").fill_null(_DEFAULT_CURRENCY)
    if declared.lines is not None:
        yield "currency:" + currency
    kinds = {column.field: column for column in declared.record.columns}
    filled = {reference.fills: reference.column for reference in declared.references}
    for field, read in sorted(shown.items(), key=itemgetter(0)):
        cell = _cell(records, field)
        if field == "exchange":
            rate = decimal(field) if field in records.columns else pl.lit(None)
            yield pl.when(rate != 1).then("exchange:" + currency)
        elif field in kinds and kinds[field].kind is Kind.BOOLEAN:
            said = true(field) if field in records.columns else pl.lit(None, pl.Boolean)
            default = kinds[field].default
            said = said if default is None else said.fill_null(bool(default))
            if read.means:  # words tell that it is on; off they may tell for other reasons
                yield pl.when(said).then(pl.lit(field))
                continue
            yield pl.when(said).then(pl.lit(f"{field}:true")).when(~said).then(pl.lit(f"{field}:false"))
        else:
            there = cell.is_not_null() | _cell(records, filled.get(field, field)).is_not_null()
            yield pl.when(there).then(pl.lit(field))


def _cell(frame: pl.DataFrame, field: str) -> pl.Expr:
    return pl.col(field) if field in frame.columns else pl.lit(None, pl.String)


# Whether a misreading can be seen is asked in cents as floats: it decides about no money, only about who goes first.
_total, _discount, _quantity, _base, _tax, _slack = (
    pl.col(f"@{name}") for name in ("total", "discount", "quantity", "base", "tax", "slack")
)
_LINE_FEATURES: Mapping[str, pl.Expr] = {
    "amount": (_base.sum() > 1),
    "quantity": ((_total * (_quantity - 1)).sum().abs() > _slack.first() + 1),
    "items": ((_base > _slack + 1).sum() > 1),
    "discount": (_discount.sum() > _slack.first() + 1),
}


def _line_features(lines: pl.DataFrame) -> pl.DataFrame:
    """Per record the features of its items: a column each, null where it is not there, and its `taxes` in one."""
    cents = lines.select(
        RECORD,
        _cell(lines, "items.taxes").alias("text"),
        **{
            "@total": _number(lines, "items.total") * 100,
            "@discount": _number(lines, "items.discount").fill_null(0) * 100,
            "@quantity": _number(lines, "items.quantity"),
        },
    ).with_columns((_total - _discount).alias("@base"))
    taxes = cents.join(_tax_lines(cents["text"]), on="text", how="inner")
    slack = taxes.group_by(RECORD).agg(pl.len().cast(pl.Float64).alias("@slack"))
    measured = cents.join(slack, on=RECORD, how="left").with_columns(_slack.fill_null(0.0))
    found = measured.group_by(RECORD).agg(
        pl.when(there).then(pl.lit(name)).alias(name) for name, there in _LINE_FEATURES.items()
    )
    return found.join(_tax_features(taxes, slack), on=RECORD, how="left")


def _number(lines: pl.DataFrame, field: str) -> pl.Expr:
    return (decimal(field) if field in lines.columns else pl.lit(None)).cast(pl.Float64)


def _tax_lines(texts: pl.Series) -> pl.DataFrame:
    """The tax lines of each distinct cell."""
    rows = [
        (text, name_tax(tax.type, tax.factor, tax.retained), tax.factor == "Cuota", float(tax.rate or 0))
        for text in texts.drop_nulls().unique().to_list()
        for tax in parse(text)
    ]
    schema = {"text": pl.String, "tax": pl.String, "quota": pl.Boolean, "rate": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _tax_features(taxes: pl.DataFrame, slack: pl.DataFrame) -> pl.DataFrame:
    amount = pl.when("quota").then(_quantity * 100 * pl.col("rate")).otherwise(_base * pl.col("rate"))
    by_kind = taxes.group_by(RECORD, "tax").agg(amount.sum().alias("@tax")).join(slack, on=RECORD)
    exempt = pl.col("tax").str.contains(":Exento", literal=True)
    seen = by_kind.filter((_tax.abs() > _slack) | exempt)
    return seen.group_by(RECORD).agg(pl.col("tax").sort().str.join(_SEPARATOR).alias("taxes"))
