"""What is in doubt, settled on the page by who has looked at the account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from page import Reader, open_page

from tests.support.stage import KILLED, Desk, Recorder, payment, sandbox_process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with sandbox_process(tmp_path_factory.mktemp("api"), "--dialect", "2026") as running:
        yield running


@pytest.mark.parametrize(
    ("fate", "state", "said"),
    [
        ("done", "done", "settled by hand"),
        ("created", "sending", "created says nothing of the second"),
        ("absent", "planned", "settled by hand"),
    ],
)
def test_a_payment_of_two_requests_is_settled_as_what_was_seen(
    fate: str, state: str, said: str, server: Recorder, tmp_path: Path
) -> None:
    server.reset()
    desk = Desk(tmp_path / "desk", f"{server.origin}/v2", timeout_s=1.0, settle_s=0.1, dialect="2026")
    rows = desk.csv("payments.csv", [payment(0, date="2026-03-01T12:00:00-06:00")])
    assert desk.gigbulk("import", rows, "--two-step", death="intent_durable:2").code == KILLED
    run = desk.gigbulk("runs", "list").result["runs"][0]["run"]
    known = {"GIGSTACK_API_KEY": "sk_test_x", "GIGSTACK_BASE_URL": desk.base_url, "GIGSTACK_DIALECT": "2026"}
    with open_page(desk.state_dir, **known) as page:
        user = Reader(page).go(f"/runs/{run}")
        assert "It is there and marked as paid" in user.text
        user.send(f"/runs/{run}/settle", fate=fate, key="", sure="1")
        assert fate != "created" or said in user.text
    assert desk.states() == {"p0": state}
    assert [request["path"].rpartition("/")[2] for request in server.received()] == ["request"]
