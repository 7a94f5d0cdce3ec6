"""Which features a record has: those whose misreading would show in the answer."""

from __future__ import annotations

import polars as pl
import pytest
from builders import a_client, a_line

from pipeline.delivery.canary.features import describe_feature, find_features
from pipeline.formats import LINE
from pipeline.model import RECORD
from schemas import resource
from schemas.dialects import dialect

PLAIN = (
    "mode:test currency:MXN automateIncomeInvoiceAndComplement:false automateInvoiceOnComplete:false "
    "automaticInvoice:false avoidEmail:true clientId forceReceipt:false"
)


def features_of(
    name: str, rows: list[dict[str, str]], records: list[int] | None = None, live: bool = False
) -> list[str]:
    """The features of rows, each a record of its own unless `records` says whose items they are."""
    declared = resource(name)
    numbers = records or list(range(len(rows)))
    own = [next(row for row, n in zip(rows, numbers, strict=True) if n == number) for number in sorted(set(numbers))]
    parts = declared.lines.columns if declared.lines else ()
    return find_features(
        _frame(own, [c.field for c in declared.record.columns], sorted(set(numbers))),
        _frame(rows, [c.field for c in parts], numbers) if parts else pl.DataFrame(),
        declared,
        dialect("2025-06").endpoints[name].creates,
        live,
    )


def _frame(rows: list[dict[str, str]], columns: list[str], numbers: list[int]) -> pl.DataFrame:
    cells = {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in columns}
    return pl.DataFrame(
        {LINE: pl.Series(numbers, dtype=pl.UInt32), RECORD: pl.Series(numbers, dtype=pl.UInt32), **cells}
    )


@pytest.mark.parametrize(
    ("cells", "features"),
    [
        ({}, "amount"),
        ({"items_total": "0.00"}, ""),
        ({"items_quantity": "3"}, "amount quantity"),
        ({"items_quantity": "0.5"}, "amount quantity"),
        ({"items_quantity": "1.000"}, "amount"),
        ({"items_discount": "0.00"}, "amount"),
        ({"items_discount": "10"}, "amount discount"),
        ({"items_discount": "1500.00"}, "discount"),
        ({"items.taxes": "IVA 0.16"}, "amount tax:IVA:Tasa"),
        ({"items.taxes": "IVA 0"}, "amount"),
        ({"items.taxes": "IVA 0.16", "items_total": "0.05"}, "amount"),
        ({"items.taxes": "IVA exento"}, "amount tax:IVA:Exento"),
        ({"items.taxes": "IVA 16%; ISR ret 0.10"}, "amount tax:ISR:Tasa:retained tax:IVA:Tasa"),
        ({"items.taxes": "IEPS cuota 2.5"}, "amount tax:IEPS:Cuota"),
    ],
)
def test_the_items_of_a_payment_have_the_features_that_show_in_its_amount(cells: dict[str, str], features: str) -> None:
    assert features_of("payments", [a_line(**cells)]) == [f"{PLAIN} {features}".strip()]


@pytest.mark.parametrize(
    ("cells", "gone", "new"),
    [
        ({"avoidEmail": "No"}, {"avoidEmail:true"}, {"avoidEmail:false"}),
        ({"automaticInvoice": "sí"}, {"automaticInvoice:false"}, {"automaticInvoice:true"}),
        ({"currency": "USD"}, {"currency:MXN"}, {"currency:USD"}),
        ({"currency": "USD", "exchange": "17.5"}, {"currency:MXN"}, {"currency:USD", "exchange:USD"}),
        ({"exchange": "1.00"}, set(), set()),
        ({"livemode": "true"}, {"mode:test"}, {"mode:live"}),
        ({"clientId": "", "client_ref": "c1"}, set(), set()),
        ({"team": "t", "paymentMethod": "03"}, set(), {"team", "paymentMethod"}),
        ({"invoiceConfig.series": "A"}, set(), {"invoiceConfig.series"}),
    ],
)
def test_what_else_a_payment_says_is_a_feature_where_its_answer_shows_it(
    cells: dict[str, str], gone: set[str], new: set[str]
) -> None:
    (asked,) = features_of("payments", [a_line(**cells)])
    assert set(asked.split()) == {*PLAIN.split(), "amount"} - gone | new


def test_several_items_are_a_feature_when_more_than_one_is_worth_something() -> None:
    items = [a_line(), a_line(), a_line(), a_line(items_total="0")]
    assert ["items" in asked.split() for asked in features_of("payments", items, [0, 0, 1, 1])] == [True, False]


def test_items_belong_to_their_own_record_wherever_they_stand() -> None:
    items = [a_line(items_quantity="2"), a_line(), a_line(items_discount="10")]
    found = features_of("payments", items, [0, 1, 0])
    assert [set(asked.split()) - set(PLAIN.split()) for asked in found] == [
        {"amount", "quantity", "discount", "items"},
        {"amount"},
    ]


def test_a_client_proves_its_mode_and_what_its_answer_repeats_but_its_names() -> None:
    assert features_of("clients", [a_client()]) == ["mode:test email rfc"]
    assert features_of("clients", [a_client()], live=True) == ["mode:live email rfc"]


@pytest.mark.parametrize(("paid", "there"), [("true", True), ("false", False), ("", False)])
def test_a_paid_payment_is_a_feature_and_an_unpaid_one_is_none(paid: str, there: bool) -> None:
    assert ("paid" in features_of("payments", [a_line(paid=paid)])[0].split()) is there


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        ("tax:ISR:Tasa:retained", "the tax ISR (Tasa), withheld"),
        ("exchange:EUR", "an exchange rate of EUR"),
        ("avoidEmail:true", "avoidEmail true"),
        ("client.rfc", "a client described in the payment"),
        ("invoiceConfig.series", "invoiceConfig.series"),
    ],
)
def test_a_feature_can_be_said_in_words(feature: str, said: str) -> None:
    assert describe_feature(feature) == said
