"""Few records go first, and together they have every feature."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.canary.choose import choose_canaries


def test_one_rich_record_stands_for_many_plain_ones() -> None:
    assert choose_canaries({"a": 0, "a b": 1, "a c": 2, "a b c": 3}) == [3]


def test_of_equals_the_first_goes_and_those_chosen_go_in_the_order_of_the_file() -> None:
    assert choose_canaries({"a": 4, "b": 1, "b c": 2, "c b": 3}) == [2, 4]


def test_what_is_settled_needs_no_canary() -> None:
    assert choose_canaries({"a": 0, "a b": 1, "a c": 2}, {"a", "b"}) == [2]
    assert choose_canaries({"a": 0}, {"a"}) == []


@given(st.dictionaries(st.sets(st.sampled_from("abcdefgh")).map(lambda s: " ".join(sorted(s))), st.integers(0, 99)))
def test_those_chosen_have_every_feature_that_any_record_has(firsts: dict[str, int]) -> None:
    firsts = {asked: number for number, asked in enumerate(firsts)}
    sets = list(firsts)
    chosen = choose_canaries(firsts)
    assert {f for p in chosen for f in sets[p].split()} == {f for asked in sets for f in asked.split()}
    assert len(chosen) <= len({f for asked in sets for f in asked.split()})
