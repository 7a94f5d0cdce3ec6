"""The result of a run: counts that balance, and the exit code of the contract that follows from them."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import fates as fates_of_records
from pipeline.fates import COUNTED, PLANNED_ONLY
from pipeline.journal import Fates
from pipeline.model import Counts
from pipeline.result import Result

FATES = ("created", "existing", "rejected", "refused", "in_doubt", "unsent")
fates = st.fixed_dictionaries({fate: st.integers(0, 3) for fate in FATES})


def a_result(*counts: dict[str, int], **members: object) -> Result:
    resources = {f"r{n}": Counts(read=sum(c.values()), **c) for n, c in enumerate(counts)}
    return Result("import", "run", resources, **members)  # type: ignore[arg-type]


@given(counts=st.lists(fates, min_size=1, max_size=3))
def test_the_exit_code_is_6_for_doubt_then_1_for_rows_that_failed_else_0(counts: list[dict[str, int]]) -> None:
    expected = 6 if any(c["in_doubt"] for c in counts) else int(any(c["rejected"] or c["refused"] for c in counts))
    assert a_result(*counts).exit_code == expected


@given(counts=fates, lost=st.sampled_from([-1, 1]))
def test_counts_that_do_not_balance_are_exit_code_6(counts: dict[str, int], lost: int) -> None:
    unbalanced = Counts(read=sum(counts.values()) + lost, **counts)
    assert not unbalanced.balanced
    assert Result("import", "run", {"clients": unbalanced}).exit_code == 6


def test_an_interrupted_run_is_130_unless_rows_are_in_doubt() -> None:
    assert a_result({"created": 1, "unsent": 2}, interrupted=True).exit_code == 130
    assert a_result({"created": 1, "in_doubt": 2}, interrupted=True).exit_code == 6
    assert a_result({"created": 1}, interrupted=True).status == "interrupted"


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ({"created": 2}, "ok"),
        ({"existing": 2}, "ok"),
        ({"unsent": 2}, "ok"),
        ({}, "ok"),
        ({"created": 1, "rejected": 1}, "partial"),
        ({"existing": 1, "refused": 1}, "partial"),
        ({"rejected": 2}, "failed"),
        ({"refused": 2}, "failed"),
    ],
)
def test_the_status_is_one_word_of_the_contract(counts: dict[str, int], status: str) -> None:
    assert a_result(counts).status == status


def test_who_counts_and_who_tells_speak_of_the_same_fates() -> None:
    """The words of the contract, the journal's counts and those of a result; tables and metrics read them."""
    assert FATES == fates_of_records.FATES == Fates._fields
    assert tuple(field.name for field in fields(Counts)) == (*COUNTED, PLANNED_ONLY)


def test_the_final_line_is_json_and_has_the_members_of_the_contract() -> None:
    result = a_result({"created": 1, "rejected": 2}, outputs={"rejects": "a.csv", "report": None}, seconds=1.23456)
    line = json.loads(json.dumps(result.as_dict()))
    assert line["event"] == "result"
    assert (line["command"], line["run"], line["status"], line["seconds"]) == ("import", "run", "partial", 1.235)
    assert line["outputs"] == {"rejects": "a.csv", "report": None}
    counts = line["resources"]["r0"]
    assert counts.keys() == {"read", *FATES}
    assert counts["read"] == sum(counts[fate] for fate in FATES) == 3


def test_a_dry_run_adds_what_it_would_create() -> None:
    result = Result("import", "run", {"clients": Counts(read=3, unsent=3, would_create=3)})
    assert result.as_dict()["resources"]["clients"]["would_create"] == 3
