"""Log lines for machines: each one JSON, in UTC, without what must not be logged."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pipeline.events import Events, Progress, Stage
from pipeline.ops.json_log import MILESTONE_S, JsonLog

IN_MEXICO = datetime(2026, 5, 31, 6, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-6)))


class Log:
    """A log in memory, its clock in Mexico, its seconds as the test says."""

    def __init__(self, **options: Any) -> None:
        self.stream = io.StringIO()
        self.seconds = 0.0
        self.log = JsonLog(self.stream, now=lambda: IN_MEXICO, ticks=lambda: self.seconds, **options)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def messages(self) -> Iterator[str]:
        return (line["message"] for line in self.lines)


def test_every_line_is_one_object_with_time_in_utc_level_event_and_message() -> None:
    log = Log()
    console: Events = log.log
    console.note("payments.csv:\n220 rows")
    console.warn("año «2026»")
    log.log.error("No.", "Do this.")
    time = "2026-05-31T12:30:00.123+00:00"
    assert log.lines == [
        {"time": time, "level": "info", "event": "note", "message": "payments.csv:\n220 rows"},
        {"time": time, "level": "warning", "event": "warning", "message": "año «2026»"},
        {"time": time, "level": "error", "event": "error", "message": "No.", "hint": "Do this."},
    ]


def test_a_question_is_logged() -> None:
    log = Log()
    log.log.question("Send them?")
    assert [(line["level"], line["event"]) for line in log.lines] == [("warning", "question")]


def test_progress_is_told_at_the_beginning_now_and_then_and_at_the_end_once() -> None:
    log = Log()
    for done in range(101):
        log.seconds += MILESTONE_S / 40
        log.log.progress(Progress(Stage.EXPORTING, None, "payments", done, 100))
    log.log.progress(Progress(Stage.EXPORTING, None, "payments", 100, 100))
    assert [line["done"] for line in log.lines] == [0, 40, 80, 100]
    assert log.lines[1] | {"time": ""} == {
        "time": "", "level": "info", "event": "progress", "message": "exporting payments: 40 of 100",
        "what": "exporting payments", "done": 40, "total": 100,
    }  # fmt: skip


def test_progress_without_a_known_total_is_told_and_two_works_do_not_hide_each_other() -> None:
    log = Log()
    log.log.progress(Progress(Stage.EXPORTING, None, "clients", 5, None))
    log.log.progress(Progress(Stage.EXPORTING, None, "payments", 7, None))
    assert list(log.messages()) == ["exporting clients: 5", "exporting payments: 7"]


def test_keys_and_personal_data_are_masked_in_every_field() -> None:
    log = Log(secrets=["hunter-2", ""])
    log.log.warn("no client ana@empresa.example with EKU9003173C9 for hunter-2")
    log.log.error("Refused: sk_live_51HxyzABC.", "Ask luis@empresa.example.")
    text = log.stream.getvalue()
    for hidden in ("ana@", "luis@", "EKU9003173C9", "hunter-2", "51HxyzABC"):
        assert hidden not in text
    assert "a***@empresa.example with EKU*** for ***" in text


def test_quiet_leaves_warnings_and_errors() -> None:
    log = Log(quiet=True)
    log.log.note("n")
    log.log.progress(Progress(Stage.EXPORTING, None, "", 1, 1))
    log.log.warn("w")
    log.log.error("e")
    assert list(log.messages()) == ["w", "e"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-8"])
@pytest.mark.parametrize("errors", ["strict", "backslashreplace"])
def test_a_stream_of_any_encoding_gets_whole_json(encoding: str, errors: str) -> None:
    """A minus sign and an emoji, as a message may hold them."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=errors)
    JsonLog(stream).note("Añadido − 👍")
    assert json.loads(stream.buffer.getvalue().decode(encoding))["message"] == "Añadido − 👍"  # type: ignore[attr-defined]
