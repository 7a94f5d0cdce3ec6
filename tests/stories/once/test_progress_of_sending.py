"""Progress of sending counts records, each once: what is sent again is not done yet, and is said to be sent again."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace

import pytest
from builders import RecordingEvents
from stage import Desk, Recorder, client, payment
from wire import a_request, an_answer, serving

from pipeline.errors import ApiStop
from pipeline.events import Progress, Stage
from pipeline.result import Result
from tests.stories.once.conftest import Importing


class WatchingEvents(RecordingEvents):
    """Events that keep the progress of sending too: done, and of how many."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, int | None]] = []

    def progress(self, progress: Progress) -> None:
        if progress.stage is Stage.SENDING:
            self.seen.append((progress.done, progress.total))


@pytest.fixture
def console() -> WatchingEvents:
    return WatchingEvents()


def never_too_many(console: WatchingEvents) -> bool:
    return all(total is not None and 0 <= done <= total for done, total in console.seen)


@pytest.mark.usefixtures("witness")
def test_what_is_sent_again_is_not_done_twice(
    importing: Importing, desk: Desk, server: Recorder, console: WatchingEvents
) -> None:
    server.misbehave(drop_before_commit=1, duplicate_ignore=1)
    with pytest.raises(ApiStop):
        importing(desk.csv("payments.csv", [payment(n) for n in range(1, 4)]))
    assert len(server.received()[1:]) > 3
    assert never_too_many(console)
    assert console.seen[-1] == (0, 3)
    assert "Sending again what the account does not hold: 3 payments." in console.notes


@pytest.mark.usefixtures("witness")
def test_what_an_earlier_call_left_in_doubt_is_among_what_a_resume_has_to_send(
    importing: Importing, desk: Desk, server: Recorder, console: WatchingEvents
) -> None:
    server.misbehave(drop_before_commit=1, read_error_500=1)
    importing(desk.csv("payments.csv", [payment(n) for n in range(1, 4)]), match=False)
    console.seen.clear()
    server.misbehave()
    assert importing.resume().resources["payments"].created == 3
    assert never_too_many(console)
    assert console.seen[-1] == (3, 3)


def test_what_the_account_holds_already_is_not_among_what_is_to_be_sent(
    importing: Importing, desk: Desk, console: WatchingEvents
) -> None:
    importing(desk.csv("one.csv", [payment(1)]))
    shutil.rmtree(desk.state_dir)
    console.seen.clear()
    result = importing(desk.csv("three.csv", [payment(n) for n in range(1, 4)])).resources["payments"]
    assert (result.existing, result.created) == (1, 2)
    assert never_too_many(console)
    assert console.seen[-1] == (2, 2)


def test_what_cannot_be_sent_is_no_longer_expected(importing: Importing, desk: Desk, console: WatchingEvents) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            is_write = (await a_request(reader)).startswith(b"POST")
            writer.write(an_answer({"message": "No."}, 400) if is_write else an_answer({"data": []}))

    async def main() -> Result:
        async with serving(refuse) as base_url:
            importing.settings = replace(importing.settings, base_url=base_url)
            clients = desk.csv("clients.csv", [client(1)])
            payments = desk.csv("payments.csv", [payment(1, "", "c1"), payment(2, "", "c1")])
            return await asyncio.to_thread(importing, clients, payments)

    assert asyncio.run(main()).resources["payments"].rejected == 2
    assert never_too_many(console)
    assert console.seen[-1] == (1, 1)
