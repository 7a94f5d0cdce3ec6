"""What a file lacks, taken from the field that stands in for it: not where a service of the line fills it in."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.formats import LINE
from pipeline.model import RECORD
from pipeline.source.columns.fields import fill_stand_ins, select_fields
from schemas import resource

PAYMENTS = resource("payments")


@pytest.mark.parametrize(
    ("headings", "names"),
    [
        (["items.description"], ["Corte", "Tinte"]),
        (["items.description", "items.service_ref"], [None, "Tinte"]),
        (["items.description", "items.service_ref", "items.name"], ["De pelo", None]),
    ],
    ids=["no services", "a service of one line", "a column of names"],
)
def test_a_line_without_a_service_takes_its_name_from_its_description(
    headings: list[str], names: list[str | None]
) -> None:
    cells = {
        "items.description": ["Corte", "Tinte"],
        "items.service_ref": ["S-1", None],
        "items.name": ["De pelo", None],
    }
    raw = pl.DataFrame({LINE: [2, 3], RECORD: [0, 1]} | {name: cells[name] for name in headings})
    fields = {name: name for name in headings}
    filled = fill_stand_ins(select_fields(raw, fields, PAYMENTS), fields, PAYMENTS)
    assert filled["items.name"].to_list() == names
