"""A currency that stands in an amount's cell: agreed with, taken, or contradicting the record's own."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.formats import LINE
from pipeline.model import RECORD
from pipeline.validation.currency_words import fill_currencies

CASES: dict[str, tuple[str, str | None, str | None, str | None]] = {
    # written, the record's currency -> the currency after, what is told
    "the same": ("100 USD", "USD", "USD", "agreeing"),
    "taken where the record names none": ("100 USD", None, "USD", "taken"),
    "another one": ("100 USD", "MXN", "MXN", "differing"),
    "pesos of pesos": ("100 MXN", "MXN", "MXN", "agreeing"),
    "a sign that both write": ("$100", "USD", "USD", None),
    "a sign that the euro does not write": ("$100", "EUR", "EUR", "differing"),
}


@pytest.mark.parametrize(("written", "own", "after", "told"), CASES.values(), ids=CASES)
def test_a_currency_in_an_amount_is_held_against_the_records_own(
    written: str, own: str | None, after: str | None, told: str | None
) -> None:
    def block(amount: str) -> pl.DataFrame:
        cells = {LINE: [2], RECORD: [0], "currency": [own], "items.total": [amount]}
        return pl.DataFrame(cells, schema={LINE: pl.UInt32, RECORD: pl.UInt32, "currency": pl.String,
                                           "items.total": pl.String})  # fmt: skip

    filled, said = fill_currencies(block(written), block("100"), pl.Series([True]), ["currency", "items.total"])
    assert filled["currency"].to_list() == [after]
    heights = {name: getattr(said, name).height for name in ("differing", "agreeing", "taken")} if said else {}
    assert {name for name, height in heights.items() if height} == ({told} if told else set())


@pytest.mark.parametrize(
    ("rate", "strange"), [("18.50", 0), ("$18.50", 0), ("18.50 pesos", 0), ("USD 18.50", 1), ("18.50 MXN/USD", 1)]
)
def test_an_exchange_rate_is_in_pesos_and_says_no_other_currency(rate: str, strange: int) -> None:
    written = pl.DataFrame(
        {LINE: [2], RECORD: [0], "currency": ["USD"], "exchange": [rate]},
        schema={LINE: pl.UInt32, RECORD: pl.UInt32, "currency": pl.String, "exchange": pl.String},
    )
    _, said = fill_currencies(written, written, pl.Series([True]), ["currency", "exchange"])
    assert (0 if said is None else said.strange.height) == strange
