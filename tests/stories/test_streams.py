"""Standard streams that are closed, full or without a reader, and names that are not UTF-8: what a command does, and
the exit code it ends with, are those of its work; never a mistake of ours."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import Desk, Ended, Recorder, client, ended, payment, until

from pipeline.sandbox import EmbeddedSandbox, Options

ODD = os.fsdecode(b"caf\xe9")
"""A name in Latin-1, as old servers have them."""


@pytest.fixture(autouse=True)
def _hangups_are_heard() -> None:
    """Whatever started the tests (nohup, a service): what they start hears SIGHUP."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def sandbox() -> Iterator[EmbeddedSandbox]:
    with EmbeddedSandbox(Options(latency_ms=5, rows={"clients": 2})) as running:
        yield running


@pytest.fixture
def desk(sandbox: EmbeddedSandbox, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk", sandbox.base_url)


@pytest.fixture
def server(sandbox: EmbeddedSandbox) -> Recorder:
    return Recorder(sandbox.origin)


def in_shell(desk: Desk, words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a shell runs it; `gigbulk` begins the words."""
    environ = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "GIGSTACK_API_KEY": "any", "HOME": str(desk.folder)}
    environ |= {"GIGSTACK_BASE_URL": desk.base_url, "GIGBULK_STATE_DIR": str(desk.state_dir)}
    environ |= {"PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
    words = words.replace("gigbulk", f"{shlex.quote(sys.executable)} -m pipeline")
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {words}"], cwd=folder or desk.folder, env=environ, capture_output=True,
        text=True, errors="surrogateescape", timeout=120,
    )  # fmt: skip


STREAMS = [">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full", "2>&1 | head -c 0"]


@pytest.mark.parametrize("json_flag", ["", "--json"])
@pytest.mark.parametrize("streams", STREAMS)
def test_an_import_ends_with_the_code_of_its_work_whoever_listens(
    streams: str, json_flag: str, desk: Desk, server: Recorder
) -> None:
    desk.csv("clients.csv", [client(1), client(2, email="nobody")])
    done = in_shell(desk, f"gigbulk import clients.csv {json_flag} {streams}")
    assert done.returncode == 1, done.stderr
    assert [record["metadata"]["internalId"] for record in server.stored("clients")][-1:] == ["c1"]
    assert (desk.folder / "clients.rejects.csv").exists()


@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize(
    ("words", "code"),
    [("check clients.csv", 0), ("check none.csv", 3), ("--help", 0), ("no-such-command --json", 2), ("runs list", 0)],
)
def test_so_does_every_other_command(words: str, code: int, streams: str, desk: Desk) -> None:
    desk.csv("clients.csv", [client(1)])
    done = in_shell(desk, f"gigbulk {words} {streams}")
    assert done.returncode == code, done.stderr
    assert "mistake in gigbulk" not in done.stderr and "Traceback" not in done.stderr


def test_what_is_left_of_the_streams_tells_as_much_as_ever(desk: Desk) -> None:
    desk.csv("clients.csv", [client(1)])
    heard = in_shell(desk, "gigbulk check clients.csv --json 2>&-")
    assert json.loads(heard.stdout)["resources"]["clients"]["read"] == 1
    assert "1 row of clients" in in_shell(desk, "gigbulk check clients.csv >&-").stderr


def test_no_file_takes_the_place_of_a_stream_that_is_closed(desk: Desk) -> None:
    """The journal would else be opened as number 2, and an error be written into the middle of it."""
    desk.csv("clients.csv", [client(1), client(2, email="nobody")])
    assert in_shell(desk, "gigbulk import clients.csv <&- >&- 2>&-").returncode == 1
    assert in_shell(desk, "gigbulk import none.csv <&- >&- 2>&-").returncode == 3
    assert desk.journal("PRAGMA integrity_check") == [("ok",)]
    assert in_shell(desk, "gigbulk runs list --json").returncode == 0


@pytest.mark.parametrize(
    ("streams", "says"), [(">&-", "Standard output is closed"), (">/dev/full", "No space left on device")]
)
def test_rows_to_standard_output_are_the_work_itself(streams: str, says: str, desk: Desk) -> None:
    done = in_shell(desk, f"gigbulk export clients -o - {streams}")
    assert (done.returncode, says in done.stderr) == (5, True), done.stderr


def test_standard_input_that_is_closed_is_an_empty_file(desk: Desk) -> None:
    done = in_shell(desk, "gigbulk check - <&-")
    assert (done.returncode, "is empty" in done.stderr) == (3, True), done.stderr


# --- names ------------------------------------------------------------------------------------------------------------

NAMES = [
    (f"check {ODD}.csv", 3),
    (f"import {ODD}.csv", 3),
    (f"import {ODD}.csv --json --log-json", 3),
    ("check link.csv", 3),
    (f"check clients.csv --problems {ODD}.csv", 2),
    (f"import clients.csv --rejects {ODD}.csv", 2),
    (f"import clients.csv --report {ODD}.html", 2),
    (f"export clients -o {ODD}", 2),
    (f"export clients -o {ODD}.parquet --json", 2),
    ("export clients -o linked", 2),
    (f"runs show {ODD}", 2),
    (f"catalogs show {ODD}", 2),
]


@pytest.mark.parametrize(("words", "code"), NAMES)
def test_a_name_that_is_not_utf8_is_refused_and_nothing_is_sent(
    words: str, code: int, desk: Desk, server: Recorder
) -> None:
    desk.csv("clients.csv", [client(1)])
    desk.csv(f"{ODD}.csv", [client(1)])
    (desk.folder / "link.csv").symlink_to(f"{ODD}.csv")
    (desk.folder / f"{ODD}.d").mkdir()
    (desk.folder / "linked").symlink_to(f"{ODD}.d")
    done = in_shell(desk, f"gigbulk {words}")
    assert (done.returncode, "is not UTF-8" in done.stderr) == (code, True), done.stderr
    if "--json" in words:
        [line] = done.stdout.splitlines()
        assert json.loads(line)["exit_code"] == code
    assert server.received() == []


@pytest.mark.parametrize("words", ["check clients.csv", "import clients.csv", "export clients", "demo", "runs list"])
def test_a_working_folder_whose_name_is_not_utf8_is_refused(words: str, desk: Desk, server: Recorder) -> None:
    folder = desk.folder / ODD
    folder.mkdir()
    (folder / "clients.csv").write_bytes(desk.csv("clients.csv", [client(1)]).read_bytes())
    done = in_shell(desk, f"gigbulk {words}", folder)
    assert (done.returncode, "this command runs in is not UTF-8" in done.stderr) == (2, True), done.stderr
    assert server.received() == [] and [path.name for path in folder.iterdir()] == ["clients.csv"]


def test_a_working_folder_that_was_removed_is_said(desk: Desk) -> None:
    done = in_shell(desk, "mkdir gone && cd gone && rmdir ../gone && gigbulk check /x.csv")
    assert (done.returncode, "not there any more" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(("variable", "code"), [("GIGSTACK_API_KEY", 2), ("GIGBULK_STATE_DIR", 2), ("TMPDIR", 5)])
def test_so_is_a_variable(variable: str, code: int, desk: Desk) -> None:
    desk.csv("clients.csv", [client(1, email="nobody")])
    (desk.folder / ODD).mkdir()
    done = in_shell(desk, f"{variable}={desk.folder}/{ODD} gigbulk import clients.csv")
    assert done.returncode == code, done.stderr


# --- a terminal that goes away ----------------------------------------------------------------------------------------


def hung_up(desk: Desk, server: Recorder, **options: object) -> Ended:
    payments = desk.csv("payments.csv", [payment(n) for n in range(60)])
    with desk.running("import", payments, "--concurrency", "1", **options) as process:
        until(lambda: len(server.stored()) >= 3)
        process.send_signal(signal.SIGHUP)
        return ended(process)


def test_a_terminal_that_goes_away_ends_a_run_as_a_service_manager_does(desk: Desk, server: Recorder) -> None:
    cut = hung_up(desk, server)
    assert (cut.code, cut.result["status"], cut.balanced) == (130, "interrupted", True)
    assert cut.counts()["created"] == len(server.stored()) < 60
    assert desk.gigbulk("runs", "resume").counts() == {"read": 60, "created": 60}


def test_under_nohup_a_run_goes_on(desk: Desk, server: Recorder) -> None:
    deaf = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    done = hung_up(desk, server, **deaf)
    assert (done.code, done.counts()) == (0, {"read": 60, "created": 60})


def test_a_check_is_ended_by_it_too(desk: Desk) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(40_000)])
    with desk.running("check", payments) as process:
        assert process.stderr is not None and any("rows of payments" in line for line in process.stderr)
        process.send_signal(signal.SIGHUP)
        cut = ended(process)
    assert (cut.code, cut.result["status"]) == (130, "interrupted")
