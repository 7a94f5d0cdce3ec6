"""SIGTERM, as systemd and containers send it, ends every command as Ctrl-C does: with a result and exit code 130."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Gigbulk
from stage import ROOT, Desk, Recorder, ended, payment, until

from pipeline.cli import COMMANDS
from pipeline.sandbox import EmbeddedSandbox

BOTH = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
def sandbox() -> Iterator[EmbeddedSandbox]:
    with EmbeddedSandbox() as running:
        yield running


@pytest.fixture
def desk(sandbox: EmbeddedSandbox, tmp_path: Path) -> Desk:
    return Desk(tmp_path, sandbox.base_url, timeout_s=60)


def read_until(process: subprocess.Popen[str], words: str) -> None:
    """Wait for words on stderr."""
    assert process.stderr is not None
    assert any(words in line for line in process.stderr)


@pytest.mark.parametrize("number", BOTH)
@pytest.mark.parametrize("command", ["import", "check"])
def test_while_a_file_is_judged_nothing_is_sent_and_the_result_is_told(
    command: str, number: signal.Signals, desk: Desk, sandbox: EmbeddedSandbox
) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(40_000)])
    with desk.running(command, payments) as process:
        read_until(process, "rows of payments")
        process.send_signal(number)
        cut = ended(process)
    assert (cut.code, cut.result["status"], cut.result["exit_code"]) == (130, "interrupted", 130)
    assert "Interrupted" in cut.said
    assert Recorder(sandbox.origin).received() == []


def test_before_a_run_has_begun_nothing_is_said_of_resuming_it(desk: Desk) -> None:
    with desk.running("import", "-", "--sandbox", stdin=subprocess.PIPE) as process:
        read_until(process, "sandbox: ")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        cut = ended(process)
    assert (cut.code, cut.result["run"]) == (130, None)
    assert "Run it again" in cut.said and "resume" not in cut.said


@pytest.mark.parametrize("number", BOTH)
def test_while_the_account_is_read_too(number: signal.Signals, desk: Desk) -> None:
    with desk.running("export", "payments", "-o", "out", "--rate", "0.2") as process:
        until(lambda: list(desk.state_dir.glob("exports/*")))
        process.send_signal(number)
        cut = ended(process)
    assert (cut.code, cut.result["status"]) == (130, "interrupted")


@pytest.mark.parametrize("numbers", [BOTH, BOTH[::-1], [signal.SIGTERM] * 2])
def test_a_second_signal_ends_at_once_whichever_of_the_two_it_is(
    numbers: list[signal.Signals], desk: Desk, sandbox: EmbeddedSandbox
) -> None:
    server = Recorder(sandbox.origin)
    server.misbehave(stall=1)
    payments = desk.csv("payments.csv", [payment(n) for n in range(3)])
    with desk.running("import", payments) as process:
        until(lambda: len(server.received()) == 1)
        process.send_signal(numbers[0])
        time.sleep(0.5)
        assert process.poll() is None
        begun = time.monotonic()
        process.send_signal(numbers[1])
        cut = ended(process)
    assert time.monotonic() - begun < 10
    assert (cut.code, cut.result["status"]) == (130, "interrupted")


def test_it_is_heard_where_a_shell_has_turned_ctrl_c_off(desk: Desk) -> None:
    """`gigbulk import FILE &` in a script starts with SIGINT ignored; SIGTERM must not be ignored with it."""
    payments = desk.csv("payments.csv", [payment(n) for n in range(40_000)])
    deaf = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    with desk.running("check", payments, **deaf) as process:
        read_until(process, "rows of payments")
        process.send_signal(signal.SIGTERM)
        cut = ended(process)
    assert (cut.code, cut.result["status"]) == (130, "interrupted")


def test_a_command_that_is_not_even_loaded_yet_still_ends_with_a_result(
    gigbulk: Gigbulk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "interrupted_while_loading.py").write_text("import signal; signal.raise_signal(signal.SIGTERM)")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(COMMANDS, "doctor", "interrupted_while_loading")
    ran = gigbulk("doctor", "--json")
    assert (ran.code, ran.result["status"], ran.result["exit_code"]) == (130, "interrupted", 130)
    assert ran.result["command"] == "doctor"


def test_the_handler_costs_no_start_up() -> None:
    """asyncio would cost more than all the rest of `--help`."""
    code = "import sys, pipeline.cli; print('asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
