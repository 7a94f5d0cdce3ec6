"""Payments of a past day in dialect 2026: requested, then marked as paid, and killed between the two."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.stage import KILLED, Desk, Ended, Recorder, payment, sandbox_process, until
from tests.support.stage import ended as ended_of

PAYMENTS = 6
DAY = "2026-03-0{day}T12:00:00-06:00"
DEATHS = [
    *(f"{point}:{reach}" for point in ("intent_durable", "answered", "outcome_durable") for reach in (1, 2, 3, 4, 9)),
    *(f"intent_waiting:{reach}" for reach in (1, 2, 3, 5)),
    "planned",
    "pushed",
    "written",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with sandbox_process(tmp_path_factory.mktemp("api"), "--dialect", "2026", "--latency-ms", "2") as running:
        yield running


@pytest.fixture
def desk(server: Recorder, tmp_path: Path) -> Desk:
    server.reset()
    server.misbehave()
    return Desk(tmp_path / "desk", f"{server.origin}/v2", timeout_s=1.0, settle_s=0.1, dialect="2026")


def past(desk: Desk, count: int = PAYMENTS, **cells: str) -> Path:
    rows = [payment(n, date=DAY.format(day=1 + n % 9), **cells) for n in range(count)]
    return desk.csv("payments.csv", rows)


def requests(server: Recorder) -> Counter[str]:
    """How many writes of each kind arrived."""
    return Counter(request["path"].rpartition("/")[2] for request in server.received())


def dates(server: Recorder) -> dict[str, tuple[str, int | None]]:
    """Status and moment of payment of each payment the server holds."""
    return {row["metadata"]["internalId"]: (row["status"], row["succeeded_at"]) for row in server.stored()}


def meant(count: int = PAYMENTS) -> dict[str, tuple[str, int]]:
    return {
        f"p{n}": ("succeeded", int(datetime.fromisoformat(DAY.format(day=1 + n % 9)).timestamp())) for n in range(count)
    }


def test_a_past_payment_is_refused_without_the_flag_which_the_message_names(desk: Desk, server: Recorder) -> None:
    ended = desk.gigbulk("import", past(desk))
    assert (ended.code, ended.counts()) == (1, {"read": PAYMENTS, "rejected": PAYMENTS})
    assert "--two-step" in (desk.folder / "payments.rejects.csv").read_text("utf-8")
    assert not server.received()


def test_with_the_flag_it_is_requested_and_then_paid_on_its_day(desk: Desk, server: Recorder) -> None:
    file = past(desk)
    ended = desk.gigbulk("import", file, "--two-step")
    assert (ended.code, ended.counts()) == (0, {"read": PAYMENTS, "created": PAYMENTS}), ended.said
    assert dates(server) == meant()
    assert requests(server) == {"request": PAYMENTS, "paid": PAYMENTS}
    again = desk.gigbulk("import", file, "--two-step")
    assert again.counts() == {"read": PAYMENTS, "existing": PAYMENTS}
    assert sum(requests(server).values()) == 2 * PAYMENTS


def test_what_needs_no_second_request_gets_none(desk: Desk, server: Recorder) -> None:
    rows = [
        payment(0, date=""),
        payment(1, date=DAY.format(day=1)),
        payment(2, date="", paid="false", paymentMethod=""),
    ]
    ended = desk.gigbulk("import", desk.csv("payments.csv", rows), "--two-step")
    assert ended.counts() == {"read": 3, "created": 3}, ended.said
    assert requests(server) == {"register": 1, "request": 2, "paid": 1}


@pytest.mark.slow
@pytest.mark.parametrize("death", DEATHS)
def test_a_killed_run_goes_on_with_what_is_left_and_creates_nothing_twice(
    death: str, desk: Desk, server: Recorder
) -> None:
    killed = desk.gigbulk("import", past(desk), "--two-step", "--concurrency", "2", death=death)
    assert killed.code == KILLED, killed.said
    ended = desk.gigbulk("runs", "resume")
    assert (ended.code, ended.counts()) == (0, {"read": PAYMENTS, "created": PAYMENTS}), ended.said
    assert dates(server) == meant()
    assert requests(server)["request"] == PAYMENTS
    assert set(desk.states().values()) == {"done"}


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit", "error_500_after_commit", "bad_json"])
def test_lost_answers_of_either_request_are_looked_up_before_anything_is_repeated(
    fault: str, desk: Desk, server: Recorder
) -> None:
    server.misbehave(**{fault: 0.3})
    ended: Ended = desk.gigbulk("import", past(desk, 12), "--two-step")
    for _ in range(4):
        if ended.code == 0:
            break
        ended = desk.gigbulk("runs", "resume")
    server.misbehave()
    if ended.code != 0:
        ended = desk.gigbulk("runs", "resume")
    assert (ended.code, ended.counts()) == (0, {"read": 12, "created": 12}), ended.said
    assert dates(server) == meant(12)
    assert server.ids() == {f"p{n}": 1 for n in range(12)}


def test_an_answer_that_shows_another_day_stops_the_run_after_one(desk: Desk, server: Recorder) -> None:
    """Midnight in UTC is the day before in Mexico."""
    server.misbehave(date_as_utc_day=1)
    ended = desk.gigbulk("import", past(desk), "--two-step")
    assert ended.code == 4
    assert "was not understood as meant" in ended.said and "date is 2026-02-28T18:00:00-06:00" in ended.said
    assert ended.counts() == {"read": PAYMENTS, "created": 1, "unsent": PAYMENTS - 1}
    assert requests(server) == {"request": 1, "paid": 1}


@pytest.mark.slow
def test_an_interrupted_run_leaves_no_second_request_behind(desk: Desk, server: Recorder) -> None:
    """What the first Ctrl-C turns away is begun, counts as unsent, and is finished by the resume."""
    with desk.running("import", past(desk, 40), "--two-step", "--rate", "20") as process:
        until(lambda: len(server.received()) > 6)
        process.send_signal(signal.SIGINT)
        stopped = ended_of(process)
    assert stopped.code == 130, stopped.said
    assert stopped.balanced and stopped.counts()["unsent"]
    ended = desk.gigbulk("runs", "resume")
    assert (ended.code, ended.counts()) == (0, {"read": 40, "created": 40}), ended.said
    assert dates(server) == meant(40)
    assert requests(server) == {"request": 40, "paid": 40}


def begun(desk: Desk, file: Path, server: Recorder) -> list[dict[str, Any]]:
    """Payments that were requested and not marked, by a run that was killed."""
    killed = desk.gigbulk("import", file, "--two-step", "--concurrency", "1", death="outcome_durable:1")
    assert killed.code == KILLED
    assert requests(server) == {"request": 1}
    return server.stored()


def test_a_begun_payment_whose_date_is_corrected_gets_the_second_request_alone(desk: Desk, server: Recorder) -> None:
    begun(desk, past(desk, 1), server)
    ended = desk.gigbulk("import", desk.csv("b.csv", [payment(0, date=DAY.format(day=5))]), "--two-step")
    assert ended.counts() == {"read": 1, "created": 1}, ended.said
    assert requests(server) == {"request": 1, "paid": 1}
    assert dates(server)["p0"][1] == datetime.fromisoformat(DAY.format(day=5)).timestamp()


@pytest.mark.parametrize("cells", [{"items.total": "999.00"}, {"date": ""}, {"paid": "false", "paymentMethod": ""}])
def test_a_begun_payment_that_now_says_otherwise_contradicts_what_was_sent(
    cells: dict[str, str], desk: Desk, server: Recorder
) -> None:
    begun(desk, past(desk, 1), server)
    other = payment(0, date=DAY.format(day=1)) | cells
    ended = desk.gigbulk("import", desk.csv("b.csv", [other]), "--two-step")
    assert (ended.code, ended.counts()) == (1, {"read": 1, "rejected": 1}), ended.said
    assert requests(server) == {"request": 1}


def test_without_a_memory_a_payment_that_is_not_marked_is_said_and_not_taken_for_done(
    desk: Desk, server: Recorder
) -> None:
    file = past(desk, 1)
    begun(desk, file, server)
    elsewhere = Desk(desk.folder.parent / "other", desk.base_url, dialect="2026")
    ended = elsewhere.gigbulk("import", file, "--two-step")
    assert (ended.code, ended.counts()) == (1, {"read": 1, "rejected": 1}), ended.said
    assert "paid" in (desk.folder / "payments.rejects.csv").read_text("utf-8")
    assert requests(server) == {"request": 1}


def in_doubt(desk: Desk, server: Recorder, point: str, on: str) -> str:
    """A run that was killed while its payment's first or second request was under way: before it left, or after."""
    reach = {"request": 1, "paid": 2}[on]
    killed = desk.gigbulk("import", past(desk, 1), "--two-step", death=f"{point}:{reach}")
    assert killed.code == KILLED, killed.said
    return str(desk.gigbulk("runs", "list").result["runs"][0]["run"])


@pytest.mark.parametrize("on", ["request", "paid"])
@pytest.mark.parametrize("point", ["intent_durable", "answered"])
def test_a_payment_of_two_requests_that_is_settled_as_created_is_not_taken_for_paid(
    on: str, point: str, desk: Desk, server: Recorder
) -> None:
    """It stays in doubt; a resume looks, and sends what is missing."""
    desk.gigbulk("import", desk.csv("other.csv", [payment(9, date="")]))  # an empty list proves nothing
    run = in_doubt(desk, server, point, on)
    settled = desk.gigbulk("runs", "settle", run, "--as", "created", "--yes")
    assert (settled.code, settled.result["settled"], settled.result["left"]) == (0, 0, 1)
    assert "created says nothing of the second" in settled.said and f"runs resume {run}" in settled.said
    ended = desk.gigbulk("runs", "resume", run)
    assert (ended.code, ended.counts()) == (0, {"read": 1, "created": 1}), ended.said
    assert meant(1).items() <= dates(server).items()
    assert requests(server) == {"register": 1, "request": 1, "paid": 1}


@pytest.mark.parametrize("on", ["request", "paid"])
def test_a_payment_of_two_requests_that_is_settled_as_done_gets_none_any_more(
    on: str, desk: Desk, server: Recorder
) -> None:
    run = in_doubt(desk, server, "intent_durable", on)
    before = requests(server)
    settled = desk.gigbulk("runs", "settle", run, "--as", "done", "--yes")
    assert (settled.result["settled"], "left" in settled.result) == (1, False)
    assert desk.gigbulk("runs", "resume", run).counts() == {"read": 1, "created": 1}
    assert requests(server) == before


def test_a_payment_of_one_request_is_done_as_soon_as_it_is_created(desk: Desk, server: Recorder) -> None:
    rows = desk.csv("payments.csv", [payment(0, date="")])
    assert desk.gigbulk("import", rows, "--two-step", death="intent_durable:1").code == KILLED
    run = desk.gigbulk("runs", "list").result["runs"][0]["run"]
    assert desk.gigbulk("runs", "settle", run, "--as", "created", "--yes").result["settled"] == 1


def test_a_begun_payment_that_is_settled_as_absent_gets_its_second_request_alone(desk: Desk, server: Recorder) -> None:
    run = in_doubt(desk, server, "intent_durable", "paid")
    desk.gigbulk("runs", "settle", run, "--as", "absent", "--yes")
    ended = desk.gigbulk("runs", "resume", run)
    assert (ended.code, ended.counts()) == (0, {"read": 1, "created": 1}), ended.said
    assert requests(server) == {"request": 1, "paid": 1}
    assert dates(server) == meant(1)
