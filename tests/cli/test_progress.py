"""How far a run is: bars on a terminal, a line now and then in a log, nothing where a script listens."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from screen import HIDDEN, SHOWN, on_a_terminal, seen
from stage import Desk, Recorder, payment

from pipeline.cli.progress import describe_progress
from pipeline.events import Progress, Stage
from pipeline.sandbox import EmbeddedSandbox, Options

STYLED = re.compile(rb"\x1b\[[0-9;]*m")


@pytest.fixture
def sandbox() -> Iterator[EmbeddedSandbox]:
    """A server slow enough for a bar to be seen, that holds some payments."""
    with EmbeddedSandbox(Options(latency_ms=40, rows={"payments": 250})) as running:
        yield running


@pytest.fixture
def desk(sandbox: EmbeddedSandbox, tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "desk", sandbox.base_url)
    desk.csv("payments.csv", [payment(n) for n in range(12)])
    desk.csv("mailed.csv", [payment(n, prefix="m", avoidEmail="false") for n in range(2)])
    return desk


def environment(desk: Desk, **more: str) -> dict[str, str]:
    own = {"GIGSTACK_API_KEY": "any", "GIGSTACK_BASE_URL": desk.base_url, "GIGBULK_STATE_DIR": str(desk.state_dir)}
    return {**own, "HOME": str(desk.folder), "LANG": "C.UTF-8", **more}


def left_as_it_was(written: bytes) -> bool:
    """The cursor is back, and nothing was drawn after that."""
    return written.count(SHOWN) >= 1 and written.rfind(SHOWN) > written.rfind(HIDDEN)


# --- on a terminal ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [40, 100])
def test_a_terminal_shows_each_stage_and_is_left_as_it_was(desk: Desk, columns: int) -> None:
    code, written = on_a_terminal(
        "import", "payments.csv", columns=columns, cwd=desk.folder, environment=environment(desk)
    )
    assert code == 0
    for drawn in ("reading payments.csv", "checking payments.csv", "looking up payments", "sending"):
        assert drawn.encode() in written
    assert b"12 of 12 (100 %)" in written
    assert left_as_it_was(written)
    lines = seen(written)
    assert lines[0] == "payments.csv: 12 rows of payments (told by its columns)"
    assert lines[1] == "Looking which payments the account holds already."
    assert lines[-2].split() == ["payments", "12", "12", "0", "0", "0", "0", "0"]
    assert re.fullmatch(r"Run \S+: ok, .*", lines[-1])
    assert not any(drawn in line for line in lines for drawn in ("reading", "checking", "sending", "━"))


def test_an_export_has_a_bar_too(desk: Desk) -> None:
    code, written = on_a_terminal("export", "payments", "-o", "out", cwd=desk.folder, environment=environment(desk))
    assert code == 0
    assert b"exporting payments" in written and b"of 250 (" in written and b"250 of 250 (100 %)" in written
    assert left_as_it_was(written)
    assert seen(written)[-1].startswith("Exported to out in ")


def test_an_export_to_one_file_says_where_it_stands(desk: Desk) -> None:
    code, written = on_a_terminal("export", "clients", "-o", "c.xlsx", cwd=desk.folder, environment=environment(desk))
    assert code == 0 and (desk.folder / "c.xlsx").is_file()
    assert seen(written)[-1].startswith("Exported to this folder in ")


def test_no_color_takes_the_colours_and_leaves_the_bar(desk: Desk) -> None:
    _, written = on_a_terminal("import", "payments.csv", cwd=desk.folder, environment=environment(desk, NO_COLOR="1"))
    assert b"sending" in written and not STYLED.search(written)
    assert left_as_it_was(written)


@pytest.mark.parametrize(
    ("flag", "terminal"), [("--json", "xterm"), ("--quiet", "xterm"), ("--log-json", "xterm"), ("-q", "dumb")]
)
def test_there_is_no_bar_for_scripts_nor_on_a_terminal_that_cannot_draw(desk: Desk, flag: str, terminal: str) -> None:
    flags = () if terminal == "dumb" else (flag,)
    code, written = on_a_terminal(
        "import", "payments.csv", *flags, cwd=desk.folder, environment=environment(desk, TERM=terminal)
    )
    assert code == 0
    assert HIDDEN not in written and b"\x1b[2K" not in written and "━".encode() not in written


def test_a_question_is_asked_where_the_bar_was_and_ctrl_c_answers_it(desk: Desk) -> None:
    answered = False

    def answer(written: bytes, process: subprocess.Popen[bytes]) -> None:
        nonlocal answered
        if b"Send them? [y/N]:" in written and not answered:
            answered = True
            threading.Timer(1, process.send_signal, [signal.SIGINT]).start()  # once it waits for the answer

    code, written = on_a_terminal(
        "import", "mailed.csv", cwd=desk.folder, environment=environment(desk), on_output=answer
    )
    assert answered and code == 130
    assert left_as_it_was(written)
    assert "There is no undo. Switched on: avoidEmail: 2 records. Send them?" in "".join(seen(written))
    assert b"Interrupted" in written and Recorder(desk.base_url.removesuffix("/v2")).received() == []


def test_an_interrupt_while_the_bar_is_drawn_leaves_the_terminal_as_it_was(desk: Desk) -> None:
    pressed = False

    def press(written: bytes, process: subprocess.Popen[bytes]) -> None:
        nonlocal pressed
        if re.search(rb"sending[^\r]* [2-9] of 12", written) and not pressed:
            pressed = True
            process.send_signal(signal.SIGINT)

    code, written = on_a_terminal(
        "import", "payments.csv", "--concurrency", "1", cwd=desk.folder, environment=environment(desk), on_output=press
    )
    assert pressed and code == 130
    assert left_as_it_was(written)
    lines = seen(written)
    assert "Stopping: requests in flight are being settled; a second interrupt ends at once." in lines
    assert lines[-1] == "Interrupted: finish it with  gigbulk runs resume --concurrency 1"


# --- where there is none ----------------------------------------------------------------------------------------------


def test_a_pipe_gets_no_control_characters_and_no_progress_of_short_work(desk: Desk) -> None:
    with desk.running("import", "payments.csv") as process:
        out, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", out + said)
    assert "of 12 (" not in said


SAID = [
    (Progress(Stage.LOOKING_UP, None, "clients", 0, None), "looking up clients"),
    (Progress(Stage.READING, "a.csv", None, 1200, None), "reading a.csv: 1,200"),
    (Progress(Stage.READING, "a: b.csv", None, 1200, None, 410.4), "reading a: b.csv: 1,200, 410/s"),
    (Progress(Stage.SENDING, None, None, 0, 3000), "sending: 0 of 3,000 (0 %)"),
    (Progress(Stage.SENDING, None, None, 2999, 3000, 0.5, 2), "sending: 2,999 of 3,000 (99 %), 0.5/s, 2 s left"),
    (Progress(Stage.SENDING, None, None, 1, 3000, 20, 0.2), "sending: 1 of 3,000 (0 %), 20/s, 1 s left"),
    (Progress(Stage.SENDING, None, None, 1, 3000, 20, 100), "sending: 1 of 3,000 (0 %), 20/s, 1 min 40 s left"),
    (Progress(Stage.SENDING, None, None, 1, 3000, 20, 9000), "sending: 1 of 3,000 (0 %), 20/s, 2 h 30 min left"),
    (Progress(Stage.SENDING, None, None, 3000, 3000, 20, 0), "sending: 3,000 of 3,000 (100 %), 20/s"),
]


@pytest.mark.parametrize(("progress", "said"), SAID)
def test_progress_is_told_as_far_as_it_is_known(progress: Progress, said: str) -> None:
    assert describe_progress(progress) == said
