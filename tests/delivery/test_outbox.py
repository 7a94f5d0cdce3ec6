"""Actions wait in a file that nobody can find: each comes back once, in order, byte by byte."""

from __future__ import annotations

from pathlib import Path

from builders import an_action
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.outbox import Spool
from pipeline.model import Action

actions = st.builds(
    Action,
    resource=st.sampled_from(["clients", "services", "payments"]),
    key=st.text(max_size=9),
    livemode=st.booleans(),
    line=st.integers(1, 2**32),
    body=st.binary(max_size=99),
    references=st.dictionaries(st.text(max_size=5), st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=2),
    local=st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    expected=st.none() | st.tuples(st.just("MXN"), *[st.integers(-(2**60), 2**60)] * 3),
)


@given(queued=st.lists(st.tuples(st.integers(1, 2**60), actions), max_size=8))
def test_actions_come_back_in_the_order_they_went_in(queued: list[tuple[int, Action]], tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for record_id, action in queued:
        spool.add(record_id, action)
    assert spool.count == len(queued)
    assert list(spool) == queued
    assert list(spool) == queued, "reading again gives the same"
    spool.close()


def test_the_file_of_full_bodies_has_no_name_in_the_folder(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(1, an_action())
    assert list(tmp_path.iterdir()) == []
    spool.close()
