"""Ids as tools change them: repaired, refused or equal, never new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest
from builders import Files, a_line, inspect_table
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.source.changed_ids import (
    find_case_twins,
    find_changed_twins,
    keep_cased,
    keep_changeable,
    tell_equal_doubles,
)
from schemas.cleaning.damage import damage_rules
from schemas.cleaning.ids import changed_spellings, find_roots
from schemas.cleaning.repair.normalise import normalise_cells
from schemas.spec import INTERNAL_ID, Column

CHANGES: dict[str, Callable[[str], str]] = {
    "a point and a nought": lambda text: text + ".0",
    "two decimals": lambda text: text + ".00",
    "a decimal comma": lambda text: text + ",0",
    "a formula with a text": lambda text: f'="{text}"',
    "an apostrophe": lambda text: f"'{text}",
    "a typographic apostrophe": lambda text: f"’{text}",
    "quotes": lambda text: f'"{text}"',
    "blanks": lambda text: f" {text}\u00a0",
    "a mark of byte order": lambda text: f"\ufeff{text}",
    "no zeros in front": lambda text: str(int(text)),
    "a float": lambda text: f"{int(text)}.0",
    "commas of thousands": lambda text: f"{int(text):,}",
    "commas of thousands and cents": lambda text: f"{int(text):,.2f}",
    "points of thousands": lambda text: f"{int(text):,}".replace(",", "."),
    "blanks of thousands": lambda text: f"{int(text):,}".replace(",", "\u202f"),
    "marks of Switzerland": lambda text: f"{int(text):,}".replace(",", "’"),
    "a currency": lambda text: f"${int(text):,.2f}",
    "a percentage": lambda text: f"{int(text) * 100}%",
    "powers of ten": lambda text: f"{int(text):E}",
    "powers of ten, general": lambda text: f"{float(text):G}",
    "a float's own text": lambda text: str(float(text)),
    "a formula": lambda text: f"={text}",
    "a formula with a sign": lambda text: f"=+{text}",
    "a sign": lambda text: f"+{text}",
    "full width": lambda text: text.translate({ord("0") + n: ord("０") + n for n in range(10)}),
    "a float that polars writes": lambda text: str(pl.Series([float(text)]).cast(pl.String)[0]),
    "fifteen digits": lambda text: text[:15] + "0" * len(text[15:]),
}
"""What Excel, LibreOffice, pandas, polars and R make of an id of digits."""
DATED: dict[str, Callable[[date], str]] = {
    "an instant": lambda day: f"{day} 00:00:00",
    "an instant of JSON": lambda day: f"{day}T00:00:00Z",
    "day first": lambda day: f"{day:%d/%m/%Y}",
    "a day and a month": lambda day: f"{day:%d-%b}",
    "a month and a year": lambda day: f"{day:%b-%y}",
    "a number of days": lambda day: str((day - date(1899, 12, 30)).days),
}
"""What they make of an id that looks like a day."""


def as_read(text: str) -> str:
    return str(normalise_cells(pl.DataFrame({INTERNAL_ID: [text]}), [INTERNAL_ID])[INTERNAL_ID][0])


def root(text: str) -> str:
    return str(find_roots(pl.Series([text]))[0])


def spellings(text: str) -> list[str]:
    return changed_spellings(pl.Series([text]))["other"].to_list()


def refused(text: str) -> bool:
    frame = pl.DataFrame({INTERNAL_ID: [text]})
    rules = damage_rules([Column(INTERNAL_ID)], [INTERNAL_ID])
    return not all(frame.select(r.passes).item() for r in rules if r.passes is not None)


@given(st.from_regex(r"[0-9]{1,10}", fullmatch=True), st.sampled_from(sorted(CHANGES)))
@example("1000", "points of thousands")
@example("1000", "commas of thousands")
def test_any_text_a_tool_makes_of_an_id_is_repaired_refused_or_of_the_same_root(text: str, change: str) -> None:
    made = as_read(CHANGES[change](text))
    assert made == text or refused(made) or root(made) == root(text)


@given(st.from_regex(r"[1-9][0-9]{16,19}", fullmatch=True), st.sampled_from(sorted(CHANGES)))
def test_of_an_id_of_many_digits_none_is_lost_untold(text: str, change: str) -> None:
    """But where a program took it for a binary number and wrote that as a whole one: it looks like any other id."""
    made = as_read(CHANGES[change](text))
    assert made == text or refused(made) or root(made) == root(text)


@given(st.from_regex(r"[A-Z]{0,3}[0-9]{1,4}(?:-[A-Z0-9]{1,4}){1,3}", fullmatch=True), st.sampled_from("–—−‑‐"))
def test_a_hyphen_that_became_another_dash_is_put_back(text: str, dash: str) -> None:
    assert as_read(text.replace("-", dash)) == text
    assert text.replace("-", dash) in spellings(text)


@given(st.dates(date(1985, 1, 1), date(2080, 1, 1)), st.sampled_from(sorted(DATED)))
def test_an_id_that_a_tool_took_for_a_day_is_refused_or_of_the_same_root(day: date, change: str) -> None:
    made = as_read(DATED[change](day))
    assert refused(made) or root(made) == root(str(day))


@pytest.mark.parametrize(
    ("text", "day"), [("2-3", date(2026, 3, 2)), ("3/2", date(2026, 3, 2)), ("5-26", date(2026, 5, 1))]
)
def test_the_number_of_a_day_is_looked_for_as_the_two_numbers_it_may_have_been(text: str, day: date) -> None:
    assert text in spellings(str((day - date(1899, 12, 30)).days))


@given(st.integers(1, 999), st.integers(1, 9), st.sampled_from("Ee"))
def test_an_id_with_an_e_in_it_is_known_by_the_number_a_tool_makes_of_it(digits: int, zeros: int, power: str) -> None:
    text, number = f"{digits}{power}{zeros}", str(digits * 10**zeros)
    assert root(text) == root(number) == number
    assert number in spellings(text)
    if digits % 10:
        assert text in spellings(number)


@given(st.from_regex(r"[0-9]{1,10}", fullmatch=True), st.integers(0, 8))
def test_an_id_with_zeros_more_or_less_is_looked_for_from_either_side(text: str, zeros: int) -> None:
    other = text.lstrip("0").zfill(min(10, len(text.lstrip("0")) + zeros)) or "0"
    if other != text:
        assert other in spellings(text)
        assert text in spellings(other)


@given(st.from_regex("[AbZ_][AbZ_09-]{0,10}[AbZ09]", fullmatch=True))
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


@pytest.mark.parametrize(
    "around",
    ["#{}", "{}#", "({})", "[{}]", "«{}»", "<{}>", "{}.", "{};", "N° {}", "#{}.", "“{}”", "* {}", "{}/", "¿{}?"],
)
@pytest.mark.parametrize("text", ["A-0012", "PAG7b"])
def test_what_stands_around_an_id_is_not_of_its_root(around: str, text: str) -> None:
    assert root(around.format(text)) == text


@pytest.mark.parametrize(("text", "number"), [("#0012", "12"), ("#1,000", "1000"), ("[0012]", "12"), ("N° 0012", "12")])
def test_a_number_keeps_its_root_with_signs_around_it(text: str, number: str) -> None:
    assert root(text) == number


@pytest.mark.parametrize(("text", "plain"), [("А-1", "A-1"), ("①", "1"), ("A²", "A2"), ("РAG-7", "PAG-7")])
def test_a_letter_that_looks_like_another_is_no_other_id(text: str, plain: str) -> None:
    assert root(text) == plain


@pytest.mark.parametrize("text", ["#", "***", "¿?"])
def test_an_id_of_nothing_but_signs_is_its_own_root(text: str) -> None:
    assert root(text) == text


@pytest.mark.parametrize(
    ("text", "other"),
    [("PAG-1", "pag-1"), ("pag-1", "PAG-1"), ("PAG-1", "Pag-1"), ("0012", "#0012"), ("0012", "#12"), ("#0012", "0012")],
)
def test_letters_and_signs_that_people_change_are_looked_for(text: str, other: str) -> None:
    assert other in spellings(text)


@pytest.mark.parametrize("text", ["1234567890123456", "12345678901234567", "20261126160512347"])
def test_an_id_of_sixteen_or_seventeen_digits_is_looked_for_as_a_library_rounds_it_from_either_side(text: str) -> None:
    rounded = str(int(float(text)))
    if rounded != text:
        assert rounded in spellings(text)
        assert text in spellings(rounded)
    assert text[:15] + "0" * len(text[15:]) in [*spellings(text), text]


def test_two_ids_that_are_one_number_to_a_spreadsheet_are_noted_with_both(files: Files) -> None:
    ids = ["12345678901234567", "7", "12345678901234568", "12345678901234599"]
    source = inspect_table(files.csv([a_line(internalId=i) for i in ids]), "a.csv")
    told = [note.en for note in source.notes if "one number" in note.en]
    assert told == [
        "'internalId' has ids that are one number to a spreadsheet: 12345678901234567 (line 2) and 12345678901234568 "
        "(line 4); check against the original that neither was changed"
    ]
    assert [frame.height for frame in find_changed_twins([source])] == [0]


@pytest.mark.parametrize("ids", [["12345678901234567"] * 2, ["12345678901234567", "12345678901234599"], ["1", "2"]])
def test_ids_that_a_spreadsheet_tells_apart_are_not_noted(ids: list[str]) -> None:
    kept = keep_changeable(pl.DataFrame({"@line": [2, 3], INTERNAL_ID: ids}))
    assert tell_equal_doubles(kept, "id") is None


def test_ids_that_differ_in_large_and_small_letters_are_told_with_the_place_of_the_other(files: Files) -> None:
    one = inspect_table(files.csv([a_line(internalId=i) for i in ("PAG-1", "pag-2", "X")], "one.csv"), "one.csv")
    two = inspect_table(files.csv([a_line(internalId=i) for i in ("Pag-1", "pag-1", "X")], "two.csv"), "two.csv")
    told = [frame.sort("@line").select("@line", "rule", "proposal").rows() for frame in find_case_twins([one, two])]
    assert told == [
        [(2, "X-ID-CASE", "two.csv 2, two.csv 3")],
        [(2, "X-ID-CASE", "one.csv 2, two.csv 3"), (3, "X-ID-CASE", "one.csv 2, two.csv 2")],
    ]


def test_ids_without_a_large_letter_cost_nothing() -> None:
    assert keep_cased(pl.DataFrame({"@line": [2, 3], INTERNAL_ID: ["pag-1", "2"]})).is_empty()


@pytest.mark.parametrize("ids", [["0012", "0013"], ["12", "13"], ["A-01", "A-1"], ["0012", "0012"]])
def test_ids_of_different_roots_or_one_spelling_are_no_twins(ids: list[str], files: Files) -> None:
    source = inspect_table(files.csv([a_line(internalId=i) for i in ids]), "a.csv")
    assert [frame.height for frame in find_changed_twins([source])] == [0]
