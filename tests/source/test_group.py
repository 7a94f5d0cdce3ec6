"""All lines of a record come together in one block, wherever in the file they stand, in memory or over the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats import LINE
from pipeline.model import RECORD
from pipeline.source import group as gather
from pipeline.source.group import group_lines, number_records

# One entry a line of the file: the record's key, or None for a row without one.
key_columns = st.lists(st.none() | st.integers(0, 6), min_size=1, max_size=40)


def hashes(keys: list[int | None]) -> pl.Series:
    return pl.Series(keys, dtype=pl.UInt64)


def expected_numbers(keys: list[int | None]) -> list[int]:
    """By first appearance; a row without a key is a record of its own."""
    seen: dict[int, int] = {}
    numbers: list[int] = []
    following = 0
    for key in keys:
        if key is None or key not in seen:
            number, following = following, following + 1
            if key is not None:
                seen[key] = number
        else:
            number = seen[key]
        numbers.append(number)
    return numbers


def frames(keys: list[int | None], size: int) -> Iterator[pl.DataFrame]:
    lines = pl.DataFrame({LINE: range(2, len(keys) + 2), "key": keys}, schema={LINE: pl.UInt32, "key": pl.Int64})
    yield from lines.iter_slices(size)


@given(keys=key_columns)
def test_records_are_numbered_by_first_appearance(keys: list[int | None]) -> None:
    assert number_records(hashes(keys), lines_make_records=True).to_list() == expected_numbers(keys)


@given(keys=key_columns)
def test_where_lines_do_not_make_records_every_row_is_one(keys: list[int | None]) -> None:
    assert number_records(hashes(keys), lines_make_records=False).to_list() == list(range(len(keys)))


@pytest.mark.parametrize("held_rows", [0, 3, 1000])
@given(keys=key_columns, batch=st.integers(1, 9), block=st.integers(1, 5))
def test_every_line_comes_once_with_its_whole_record_in_order(
    keys: list[int | None], batch: int, block: int, held_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For any interleaving, with what waits kept in memory (1000), partly on disk (3), and all of it on disk (0)."""
    monkeypatch.setattr(gather, "HELD_ROWS", held_rows)
    records = number_records(hashes(keys), lines_make_records=True)
    blocks = list(group_lines(frames(keys, batch), records, block, tmp_path))
    together = pl.concat(blocks)
    assert sorted(together[LINE]) == list(range(2, len(keys) + 2)), "no line lost, none twice"
    by_line = dict(zip(range(2, len(keys) + 2), expected_numbers(keys), strict=True))
    assert together[RECORD].to_list() == [by_line[line] for line in together[LINE]]
    assert together.select(RECORD, LINE).equals(together.select(RECORD, LINE).sort(RECORD, LINE))
    assert [set(b[RECORD]) for b in blocks] == [
        set(range(first, min(first + block, records.max() + 1))) for first in range(0, records.max() + 1, block)
    ]
    assert list(tmp_path.iterdir()) == [], "nothing is left on disk"


def test_a_block_is_handed_on_as_soon_as_its_last_line_is_read(tmp_path: Path) -> None:
    """In a file whose lines stand together nothing waits: memory holds one block."""
    keys = [1, 1, 2, 2, 3, 3, 4, 4]
    read = 0

    def counted() -> Iterator[pl.DataFrame]:
        nonlocal read
        for frame in frames(keys, 2):
            read += frame.height
            yield frame

    records = number_records(hashes(keys), lines_make_records=True)
    seen = [(block.height, read) for block in group_lines(counted(), records, 1, tmp_path)]
    assert seen == [(2, 2), (2, 4), (2, 6), (2, 8)]


def test_rows_of_nested_types_survive_the_way_over_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "HELD_ROWS", 0)
    rows = pl.DataFrame(
        {LINE: [2, 3, 4], "@raw": [{"a": [{"b": None}], "t": None}, {"a": [{"b": 1}], "t": "x"}, {"a": [], "t": None}]},
        schema_overrides={LINE: pl.UInt32},
    )
    records = pl.Series([0, 1, 0], dtype=pl.UInt32)
    blocks = list(group_lines(rows.iter_slices(1), records, 1, tmp_path))
    assert pl.concat(blocks)["@raw"].to_list() == [rows["@raw"][0], rows["@raw"][2], rows["@raw"][1]]
