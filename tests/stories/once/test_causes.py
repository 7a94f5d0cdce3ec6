"""What made a record doubtful or kept it from being created is told wherever somebody looks for it."""

from __future__ import annotations

import pytest
from builders import RecordingEvents
from stage import KILLED, Desk, Recorder, payment

from pipeline.edge import PROCESS
from pipeline.errors import ApiStop
from pipeline.runs import show_run
from tests.stories.once.conftest import Importing

DOUBTFUL: dict[str, tuple[str, str]] = {
    "html_413": ("proxy", "413 from a proxy: a web page titled “413 Request Entity Too Large”"),
    "login_page": ("web_page", "a web page titled “Sign in” instead of JSON (200)"),
    "stall": ("no_answer", "no answer within 2 s"),
    "drop_after_commit": (
        "connection_lost",
        "the server closed the connection without a whole answer, after the request was sent",
    ),
    "truncated_reply": (
        "connection_lost",
        "the server closed the connection without a whole answer, after the request was sent",
    ),
    "bad_json": ("not_json", "200, and the answer is not valid JSON"),
}


@pytest.mark.parametrize(("fault", "cause"), DOUBTFUL.items(), ids=DOUBTFUL)
def test_the_cause_of_a_doubt_is_in_the_journal_the_run_the_report_and_the_log(
    fault: str, cause: tuple[str, str], importing: Importing, desk: Desk, server: Recorder, console: RecordingEvents
) -> None:
    """The list cannot be read, so nobody can tell; the look-up's own trouble does not take the cause's place."""
    server.misbehave(**{fault: 1, "read_error_500": 1})
    report = desk.folder / "report.html"
    result = importing(desk.csv("payments.csv", [payment(1)]), report=report, match=False)
    kind, text = cause
    assert (result.exit_code, result.resources["payments"].in_doubt) == (6, 1)
    assert desk.journal("SELECT state, cause, cause_text FROM records") == [("in_doubt", kind, text)]
    (record,) = show_run(importing.settings, str(result.run), PROCESS)["notable"]
    assert record["cause"] == {"kind": kind, "text": text}
    assert text in record["why"]
    assert text in report.read_text("utf-8")
    assert any(text in said for said in console.warnings)
    assert f"Looking up what became of 1 payment: {text} (1)." in console.notes


@pytest.mark.usefixtures("witness")
def test_what_was_being_sent_when_the_process_was_killed_says_so_once_it_is_looked_up(
    desk: Desk, server: Recorder
) -> None:
    payments = desk.csv("payments.csv", [payment(1)])
    assert desk.gigbulk("import", payments, death="intent_durable:1").code == KILLED
    server.misbehave(read_error_500=1)
    ended = desk.gigbulk("runs", "resume")
    assert ended.code == 6
    assert "the process ended while it was being sent" in ended.said
    assert desk.journal("SELECT cause FROM records") == [("process_ended",)]
    server.misbehave()
    assert desk.gigbulk("runs", "resume").counts() == {"read": 1, "created": 1}
    assert desk.journal("SELECT state, cause FROM records") == [("done", None)], "created by its own answer"


def test_a_record_that_was_found_keeps_the_cause_of_its_doubt(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(drop_after_commit=1)
    importing(desk.csv("payments.csv", [payment(1)]))
    assert desk.journal("SELECT state, cause, message FROM records") == [
        ("done", "connection_lost", "found in the account")
    ]


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        ("rate_429_later", r"not before .*\d\d:\d\d \(Mexico City time\)", "when it is back"),
        ("redirect", "redirects to login.example", "GIGSTACK_BASE_URL"),
    ],
)
def test_a_long_pause_says_when_to_come_back_and_a_redirect_to_check_the_address(
    fault: str, message: str, hint: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(**{fault: 1})
    with pytest.raises(ApiStop, match=message) as stopped:
        importing(desk.csv("payments.csv", [payment(n) for n in range(3)]), match=False)
    assert hint in stopped.value.hint
    run = show_run(importing.settings, str(stopped.value.result and stopped.value.result["run"]), PROCESS)
    assert {record["cause"]["kind"] for record in run["notable"] if record["cause"]} <= {"rate_limited", "redirect"}
    assert run["notable"]
    assert server.stored() == []
