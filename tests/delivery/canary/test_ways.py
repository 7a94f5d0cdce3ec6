"""Values at declared paths."""

from typing import Any

import pytest

from pipeline.delivery.canary.ways import find_first, find_values
from schemas.dialects.paths import split_path

ROW: dict[str, Any] = {
    "name": "Ana",
    "client": {"rfc": "XAXX010101000", "note": None},
    "items": [{"quantity": 1, "taxes": ["IVA"]}, {"quantity": 2}, "odd", {"quantity": None}],
    "nested": [{"rows": [{"n": 1}, {"n": 2}]}, {"rows": []}, {"rows": [{"n": 3}]}],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("name", ["Ana"]),
        ("client.rfc", ["XAXX010101000"]),
        ("client.note", []),
        ("client.rfc.deeper", []),
        ("nowhere", []),
        ("nowhere.at.all", []),
        ("items", [ROW["items"]]),
        ("items.quantity", [1, 2]),
        ("items.taxes", [["IVA"]]),
        ("nested.rows.n", [1, 2, 3]),
    ],
)
def test_every_value_at_a_path_is_found_within_lists_too(path: str, found: list[Any]) -> None:
    assert [*find_values(ROW, split_path(path))] == found
    assert find_first(ROW, split_path(path)) == (found or [None])[0]
