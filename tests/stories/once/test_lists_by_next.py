"""Nothing is lost and nothing sent twice with a server whose lists go on by `next` alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from stage import KILLED, Desk, Recorder, client, payment

from pipeline.sandbox import EmbeddedSandbox, Options
from tests.stories.once.conftest import Importing

pytestmark = pytest.mark.usefixtures("disarmed")


@pytest.fixture
def sandbox() -> Iterator[EmbeddedSandbox]:
    """An account whose lists have several pages already."""
    options = Options(rows={"payments": 250, "clients": 250}, faults={"page_by_next": 1})
    with EmbeddedSandbox(options) as running:
        yield running


def ours(server: Recorder) -> dict[str, int]:
    """How often each payment of the file is stored."""
    return {name: count for name, count in server.ids().items() if name.startswith("p")}


def test_a_lost_answer_is_found_in_the_list(importing: Importing, desk: Desk, server: Recorder) -> None:
    server.misbehave(page_by_next=1, drop_after_commit=1, duplicate_ignore=1)
    result = importing(desk.csv("payments.csv", [payment(1), payment(2)]), match=False)
    counts = result.resources["payments"]
    assert (counts.created, counts.in_doubt, result.exit_code) == (2, 0, 0)
    assert ours(server) == {"p1": 1, "p2": 1}


def test_a_lost_request_is_proven_absent_and_sent_again(importing: Importing, desk: Desk, server: Recorder) -> None:
    server.misbehave(page_by_next=1, read_error_500=1, drop_before_commit=1, duplicate_ignore=1)
    assert importing(desk.csv("payments.csv", [payment(1)]), match=False).exit_code == 6

    server.misbehave(page_by_next=1, duplicate_ignore=1)
    resumed = importing.resume()

    assert (resumed.resources["payments"].created, resumed.exit_code) == (1, 0)
    assert ours(server) == {"p1": 1}


def test_a_killed_run_is_resumed_and_each_payment_is_there_once(desk: Desk, server: Recorder) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(6)])
    assert desk.gigbulk("import", payments, death="answered:3").code == KILLED

    resumed = desk.gigbulk("runs", "resume")

    assert (resumed.code, resumed.counts()) == (0, {"read": 6, "created": 6})
    assert ours(server) == {f"p{n}": 1 for n in range(6)}


def test_the_whole_list_is_learnt_once_so_a_lost_journal_pays_nothing_twice(
    importing: Importing, desk: Desk, server: Recorder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(3)])
    assert importing(payments).exit_code == 0
    elsewhere = Importing(desk, importing.console)
    elsewhere.settings = replace(elsewhere.settings, state_dir=tmp_path_factory.mktemp("new"))

    result = elsewhere(payments)

    assert result.resources["payments"].existing == 3
    assert ours(server) == {f"p{n}": 1 for n in range(3)}


def test_clients_the_account_holds_on_a_later_page_are_not_created_again(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    stored = server.stored("clients")[220]
    row = client(1) | {"internalId": stored["metadata"]["internalId"]}
    many = [client(n) for n in range(2, 8)]

    result = importing(desk.csv("clients.csv", [row, *many]))

    counts = result.resources["clients"]
    assert (counts.existing + counts.rejected, counts.created) == (1, 6)
    assert result.resources["clients"].balanced


def test_it_is_said_once_in_a_run(importing: Importing, desk: Desk) -> None:
    importing(desk.csv("payments.csv", [payment(1)]))
    said = [text for text in importing.console.warnings if "whatever the offset" in text]
    assert said == ["The API gives the same payments whatever the offset: their list is read on by its `next`."]
