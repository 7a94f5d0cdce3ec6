"""What identifies rows."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.source.keys import find_repeated

HASHES = st.lists(st.one_of(st.none(), st.integers(0, 6), st.integers(2**63, 2**64 - 1)))


@given(HASHES)
def test_the_hashes_that_stand_more_than_once_are_found_once_each(hashes: list[int | None]) -> None:
    found = find_repeated(pl.Series("hash", hashes, dtype=pl.UInt64))
    there = [value for value in hashes if value is not None]
    assert found.to_list() == sorted({value for value in there if there.count(value) > 1})
