"""Actions wait in a file that nobody can find: each comes back once, in order, byte by byte."""

from __future__ import annotations

from pathlib import Path

from builders import an_action
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.outbox import Outbox
from pipeline.model import Action, Expected

actions = st.builds(
    Action,
    resource=st.sampled_from(["clients", "services", "payments"]),
    key=st.text(max_size=9),
    livemode=st.booleans(),
    line=st.integers(1, 2**32),
    body=st.binary(max_size=99),
    references=st.dictionaries(st.text(max_size=5), st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=2),
    local=st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    expected=st.none() | st.builds(Expected, st.just("MXN"), *[st.integers(-(2**60), 2**60)] * 3),
)


@given(queued=st.lists(st.tuples(st.integers(1, 2**60), actions), max_size=8))
def test_actions_come_back_in_the_order_they_went_in(queued: list[tuple[int, Action]], tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    for record_id, action in queued:
        outbox.add(record_id, action)
    assert outbox.count == len(queued)
    assert list(outbox) == queued
    assert list(outbox) == queued, "reading again gives the same"
    outbox.close()


def test_the_file_of_full_bodies_has_no_name_in_the_folder(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.add(1, an_action())
    assert list(tmp_path.iterdir()) == []
    outbox.close()


@given(
    firsts=st.lists(st.sets(st.sampled_from("abcd")).map(lambda s: " ".join(sorted(s))), max_size=12),
    limit=st.none() | st.integers(0, 14),
)
def test_canaries_go_first_and_every_action_within_the_limit_goes_once(
    firsts: list[str], limit: int | None, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path)
    queued = [(number, an_action(f"id:{number}", features=asked)) for number, asked in enumerate(firsts)]
    for row in queued:
        outbox.add(*row)
    sent = list(outbox.canaries_first(limit, ()))
    assert sorted(number for number, _ in sent) == [number for number, _ in queued[:limit]]
    assert all(action.key == f"id:{number}" for number, action in sent)
    features = {feature for asked in firsts[:limit] for feature in asked.split()}
    led = {feature for _, action in sent[: len(features)] for feature in action.features.split()}
    assert led == features
    outbox.close()
