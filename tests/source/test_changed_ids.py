"""Ids as tools change them: repaired, refused or equal, never new."""

from __future__ import annotations

import polars as pl
import pytest
from builders import Files, a_line, inspect_table
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.source.changed_ids import find_changed_twins
from schemas.cleaning.damage import damage_rules
from schemas.cleaning.normalise import normalise_cells
from schemas.cleaning.wrappers import changed_spellings, id_root
from schemas.spec import INTERNAL_ID, Column

CHANGES = (
    lambda text: text + ".0",
    lambda text: text + ".00",
    lambda text: text + ",0",
    lambda text: f'="{text}"',
    lambda text: f"'{text}",
    lambda text: f" {text}\u00a0",
    lambda text: f"\ufeff{text}",
    lambda text: str(int(text)),
    lambda text: f"{int(text)}.0",
    lambda text: f"{int(text):,}",
    lambda text: f"{int(text):,}".replace(",", "."),
    lambda text: f"{int(text):E}",
    lambda text: str(float(text)),
    lambda text: f"={text}",
)
"""What Excel, LibreOffice, pandas and R make of an id of digits."""


def as_read(text: str) -> str:
    return str(normalise_cells(pl.DataFrame({INTERNAL_ID: [text]}), [INTERNAL_ID])[INTERNAL_ID][0])


def root(text: str) -> str:
    return str(pl.DataFrame({"id": [text]}).select(id_root(pl.col("id"))).item())


def refused(text: str) -> bool:
    frame = pl.DataFrame({INTERNAL_ID: [text]})
    rules = damage_rules([Column(INTERNAL_ID)], [INTERNAL_ID])
    return not all(frame.select(r.passes).item() for r in rules if r.passes is not None)


@given(st.from_regex(r"[0-9]{1,10}", fullmatch=True), st.sampled_from(CHANGES))
@example("1000", CHANGES[10])
@example("1000", CHANGES[9])
def test_any_text_a_tool_makes_of_an_id_is_repaired_refused_or_of_the_same_root(text: str, change: object) -> None:
    made = as_read(change(text))  # type: ignore[operator]
    assert made == text or refused(made) or root(made) == root(text)


@given(st.from_regex(r"[0-9]{1,10}", fullmatch=True), st.integers(0, 8))
def test_an_id_with_zeros_more_or_less_is_looked_for_from_either_side(text: str, zeros: int) -> None:
    other = text.lstrip("0").zfill(min(10, len(text.lstrip("0")) + zeros)) or "0"
    if other != text:
        assert other in changed_spellings(text)
        assert text in changed_spellings(other)


@given(st.text("AbZ-_09", min_size=1, max_size=12).filter(lambda text: not text.isdigit()))
def test_an_id_with_a_letter_in_it_is_its_own_root(text: str) -> None:
    assert root(text) == text


def test_ids_of_one_root_in_different_spellings_are_told_with_the_other_and_its_place(files: Files) -> None:
    one = inspect_table(files.csv([a_line(internalId=i) for i in ("0012", "7", "A-1", "007")], "one.csv"), "one.csv")
    two = inspect_table(files.csv([a_line(internalId=i) for i in ("12", "8", "0012")], "two.csv"), "two.csv")
    told = [frame.sort("@line").select("@line", "proposal").rows() for frame in find_changed_twins([one, two])]
    assert told == [
        [(2, "12 (two.csv 2)"), (3, "007 (one.csv 5)"), (5, "7 (one.csv 3)")],
        [(2, "0012 (one.csv 2), 0012 (two.csv 4)"), (4, "12 (two.csv 2)")],
    ]


@pytest.mark.parametrize("ids", [["0012", "0013"], ["12", "13"], ["A-01", "A-1"], ["0012", "0012"]])
def test_ids_of_different_roots_or_one_spelling_are_no_twins(ids: list[str], files: Files) -> None:
    source = inspect_table(files.csv([a_line(internalId=i) for i in ids]), "a.csv")
    assert [frame.height for frame in find_changed_twins([source])] == [0]
