"""What a check counts in a block: the switches that want a yes, and the records that take others with them."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.importer.check import count_switched, find_rejected_ids

WRITTEN = [
    ([], True, 0),
    ([None, None], True, 0),
    (["true", "false", None], True, 1),
    (["TRUE", "Sí", "x", "1"], True, 4),
    (["false", "NO", "0", "true"], False, 3),
    (["perhaps"], True, 0),
    (["perhaps"], False, 0),
]


@pytest.mark.parametrize(("cells", "value", "count"), WRITTEN)
def test_a_record_asks_for_a_switch_only_by_a_word_that_says_so(
    cells: list[str | None], value: bool, count: int
) -> None:
    records = pl.DataFrame({"avoidEmail": pl.Series(cells, dtype=pl.String)})
    assert count_switched(records, "avoidEmail", value) == count


def test_only_errors_reject_and_each_record_is_named_once() -> None:
    found = pl.DataFrame(
        {
            "severity": ["error", "error", "warning", "fix", "error"],
            "key": ["c1", "c1", "c2", "c3", None],
        }
    )
    assert find_rejected_ids(found) == ["c1"]
