"""What everybody promises whom a flow tells what happens (`pipeline.events.Events`)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.cli.terminal import LoggingTerminal, Terminal
from pipeline.events import SILENT, Events, Progress, Stage, format_count
from pipeline.ops.json_log import JsonLog

EVENTS: dict[str, Callable[[], Events]] = {
    "terminal": Terminal,
    "terminal, quiet": lambda: Terminal(quiet=True),
    "terminal for a script": lambda: Terminal(as_json=True),
    "terminal of a machine": LoggingTerminal,
    "log": JsonLog,
    "nobody": lambda: SILENT,
}
HEARS_NO_NOTES = ("terminal, quiet", "nobody")
HEARS_NOTHING = ("nobody",)


@pytest.fixture(params=EVENTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_note_and_a_warning_are_whole_texts_beside_the_result(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is the result's alone. Who is quiet hears no notes, and every warning."""
    events = EVENTS[name]()
    events.note("220 filas de «año»: 3 % {no} %s")
    events.warn("Two are alike.")
    heard = capsys.readouterr()
    assert heard.out == ""
    assert ("220 filas de «año»: 3 % {no} %s" in heard.err) is (name not in HEARS_NO_NOTES)
    assert ("Two are alike." in heard.err) is (name not in HEARS_NOTHING)


@pytest.mark.parametrize(
    "progress",
    [
        Progress(Stage.READING, None, None, 0, None),
        Progress(Stage.SENDING, None, "payments", 0, 0),
        Progress(Stage.CHECKING, "a.csv", None, 7, 5, rate=1e-9, remaining_s=0.0),
        Progress(Stage.EXPORTING, None, "clients", 5, 10**9, rate=1e9, remaining_s=1e12),
    ],
)
def test_progress_of_any_kind_is_taken_in_any_order(
    name: str, progress: Progress, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing known, nothing to do, more than there were, never an end: none of it is anybody's error."""
    events = EVENTS[name]()
    events.progress(progress)
    events.warn("Between two.")
    events.progress(progress._replace(done=0))
    events.progress(progress)
    assert capsys.readouterr().out == ""


SPANISH: dict[str, tuple[Callable[[], Events], bool]] = {
    "terminal": (lambda: Terminal(lang="es"), True),
    "terminal for a script": (lambda: Terminal(as_json=True, lang="es"), True),
    "terminal of a machine": (lambda: LoggingTerminal(lang="es"), False),
    "log": (JsonLog, False),
}
"""Who shows it to a person, and therefore in her language; logs are English, so that one search finds all."""


@pytest.mark.parametrize("who", SPANISH)
def test_what_a_person_reads_is_in_her_language_and_what_a_log_keeps_is_english(
    who: str, capsys: pytest.CaptureFixture[str]
) -> None:
    opened, read_by_a_person = SPANISH[who]
    opened().warn(format_count(2, "payments"))
    assert ("2 pagos" in capsys.readouterr().err) is read_by_a_person
