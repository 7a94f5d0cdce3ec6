"""What a check knows of a dialect's words."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.delivery.bodies.writable import find_unwritable
from pipeline.delivery.payload import Sending
from pipeline.formats import LINE
from pipeline.model import RECORD, Account
from schemas import resource
from schemas.dialects.spec import Choose, Create, Word

SERVICES = resource("services")
SENDING = Sending(Account("acme", livemode=False))


def found(fields: dict[str, Word], *rows: dict[str, str | None]) -> list[int]:
    records = pl.DataFrame(
        [{LINE: n, RECORD: n, "metadata.internalId": f"s{n}", "name": "Corte"} | row for n, row in enumerate(rows)]
    )
    create = Create(path="/services", fields={"metadata.internalId": "metadata.internalId", "name": "name"} | fields)
    return [line for line, _ in find_unwritable(records, pl.DataFrame(), SERVICES, (create,), SENDING)]


@pytest.mark.parametrize(
    ("fields", "rows", "lines"),
    [
        ({"name": "name"}, [{"name": "Corte"}], []),
        ({"unit": Choose("unit", {"H87": "piece"})}, [{"unit": "H87"}, {"unit": "E48"}, {"unit": None}], [1]),
        (
            {"metadata.*": "metadata.*"},
            [{"metadata": '{"a": "x"}'}, {"metadata": None}, {"metadata": '{"a": "x", "a.b": "y"}'}],
            [2],
        ),
    ],
    ids=["plain", "no word for a value", "two values in one place"],
)
def test_only_records_that_the_dialect_cannot_say_are_named(
    fields: dict[str, Word], rows: list[dict[str, str | None]], lines: list[int]
) -> None:
    assert found(fields, *rows) == lines
