"""What holds for every command: help, exit codes, one JSON line, colours, and a quick start."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from builders import python
from running import Gigbulk

from pipeline import __version__
from pipeline.cli import COMMANDS, cli
from pipeline.cli.terminal import Terminal
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account

ROOT = Path(__file__).parent.parent.parent
HEAVY = ("polars", "httpx2", "rich", "pandera", "starlette", "uvicorn", "platformdirs", "tenacity", "sqlite3")


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group below `group`, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        yield (*path, name), found
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))


EVERY = list(commands())
every_command = pytest.mark.parametrize(("words", "command"), EVERY, ids=[" ".join(words) for words, _ in EVERY])
every_leaf = pytest.mark.parametrize(
    "words", [words for words, command in EVERY if not isinstance(command, click.Group)], ids=" ".join
)


# --- help -------------------------------------------------------------------------------------------------------------


@every_command
def test_a_command_has_a_short_help_and_an_example_of_itself(words: tuple[str, ...], command: click.Command) -> None:
    assert command.short_help
    assert "Example" in (command.help or "")
    assert " ".join(("gigbulk", *words)) in (command.help or "")


@every_command
def test_a_command_answers_h_and_help_alike(gigbulk: Gigbulk, words: tuple[str, ...], command: click.Command) -> None:
    short, long = gigbulk(*words, "-h"), gigbulk(*words, "--help")
    assert short.code == 0
    assert short.out.startswith(f"Usage: gigbulk {' '.join(words)} ")
    assert short == long


@every_leaf
def test_a_command_takes_the_flags_all_commands_have(gigbulk: Gigbulk, words: tuple[str, ...]) -> None:
    said = gigbulk(*words, "-h").out
    assert [flag for flag in ("--json", "--quiet", "--profile", "--debug") if flag not in said] == []


def test_every_command_is_found_by_its_name_in_the_table_of_commands() -> None:
    for name in COMMANDS:
        found = cli.get_command(click.Context(cli), name)
        assert found is not None
        assert found.name == name


def test_the_version_is_told(gigbulk: Gigbulk) -> None:
    assert gigbulk("--version").out == f"gigbulk, version {__version__}\n"


def test_python_m_pipeline_is_the_same_command() -> None:
    ours = subprocess.run([sys.executable, "-m", "pipeline", "--help"], capture_output=True, cwd=ROOT, check=True)
    named = Path(sys.executable).with_name("gigbulk")
    theirs = subprocess.run([named, "--help"], capture_output=True, cwd=ROOT, check=True)
    assert ours.stdout == theirs.stdout
    assert ours.stdout.startswith(b"Usage: gigbulk ")


# --- exit codes and JSON ----------------------------------------------------------------------------------------------

MISUSES = [
    ("frobnicate",),
    ("check",),
    ("check", "--nonsense", "a.csv"),
    ("import", "a.csv", "--concurrency", "0"),
    ("import", "a.csv", "--as", "invoices"),
    ("import", "a.csv", "--rate", "-1"),
    ("runs", "show"),
    ("runs", "list", "--count", "0"),
    ("catalogs", "search"),
    ("catalogs", "show", "a", "b"),
    ("catalogs", "nonsense"),
    ("sandbox", "--port", "high"),
]


@pytest.mark.parametrize("arguments", MISUSES, ids=" ".join)
def test_a_mistake_of_usage_is_exit_2_and_says_how_it_is_meant(gigbulk: Gigbulk, arguments: tuple[str, ...]) -> None:
    ran = gigbulk(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert "Usage: gigbulk" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", MISUSES, ids=" ".join)
def test_with_json_a_mistake_of_usage_is_one_result_line_too(gigbulk: Gigbulk, arguments: tuple[str, ...]) -> None:
    ran = gigbulk(*arguments, "--json")
    assert ran.code == 2
    assert ran.result["event"] == "result"
    assert ran.result["status"] == "failed"
    assert ran.result["exit_code"] == 2
    assert ran.result["error"]


CALLS = [
    (("runs", "list"), 0),
    (("runs", "show", "2026"), 2),
    (("runs", "resume"), 2),
    (("check", "missing.csv"), 3),
    (("import", "missing.csv"), 2),  # there is no key, and that is looked at first
    (("import", "missing.csv", "--sandbox"), 3),
    (("catalogs", "search", "tornillos"), 0),
    (("catalogs", "show", "84111506"), 0),
    (("catalogs", "info"), 0),
    (("catalogs", "update", "missing.xls"), 3),
    (("sandbox", "--list-faults"), 0),
    (("sandbox", "--fault", "nonsense=1"), 2),
    (("export", "clients"), 2),
]


@pytest.mark.parametrize(("arguments", "code"), CALLS, ids=[" ".join(arguments) for arguments, _ in CALLS])
def test_with_json_stdout_is_exactly_one_result_line(gigbulk: Gigbulk, arguments: tuple[str, ...], code: int) -> None:
    ran = gigbulk(*arguments, "--json")
    assert ran.code == code, ran.err
    assert ran.result["event"] == "result"
    assert (ran.result["status"] == "ok") is (code == 0)
    assert ran.result.get("exit_code", 0) == code


@pytest.mark.parametrize(("arguments", "code"), CALLS, ids=[" ".join(arguments) for arguments, _ in CALLS])
def test_an_error_is_a_sentence_and_never_a_traceback(gigbulk: Gigbulk, arguments: tuple[str, ...], code: int) -> None:
    ran = gigbulk(*arguments)
    assert ran.code == code
    assert ("error: " in ran.err) is (code != 0)
    assert "Traceback" not in ran.err
    assert "mistake in gigbulk" not in ran.err


def test_debug_shows_the_traceback_as_well(gigbulk: Gigbulk) -> None:
    ran = gigbulk("check", "missing.csv", "--debug")
    assert "Traceback" in ran.err
    assert "error: missing.csv does not exist." in ran.err


def test_quiet_leaves_only_what_is_wrong(gigbulk: Gigbulk) -> None:
    assert gigbulk("catalogs", "search", "tornillos", "--quiet") == (0, "", "")
    assert gigbulk("check", "missing.csv", "--quiet").err.startswith("error: ")


# --- the terminal -----------------------------------------------------------------------------------------------------


def on_a_terminal(*arguments: str, **environment: str) -> bytes:
    """What `gigbulk` writes when its output is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        | {"TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    written = b""
    while piece := _read(ours):
        written += piece
    process.wait(timeout=60)
    os.close(ours)
    return written


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other end is closed
        return b""


@pytest.mark.parametrize("arguments", [("check", "missing.csv"), ("catalogs", "search", "tornillos", "--limit", "2")])
def test_no_color_is_obeyed_on_a_terminal(arguments: tuple[str, ...]) -> None:
    styled = re.compile(rb"\x1b\[[0-9;]*m")
    assert styled.search(on_a_terminal(*arguments))
    assert not styled.search(on_a_terminal(*arguments, NO_COLOR="1")), "neither colours nor bold"


def test_names_of_runs_and_numbers_are_whole_however_narrow_the_terminal_is(tmp_path: Path, account: Account) -> None:
    counts = dict.fromkeys(("read", "created", "existing", "rejected", "refused", "in_doubt", "unsent"), 1_234_567)
    with SqliteJournal(tmp_path / "journal.sqlite", lambda: datetime(2026, 5, 31, 12, tzinfo=UTC)) as ledger:
        ledger.begin_run("20261122-134244-842d", "import", account, {})
        ledger.finish_run("20261122-134244-842d", "interrupted", {"resources": {"payments": counts}})
    for columns in ("40", "80", "200"):
        shown = on_a_terminal("runs", GIGBULK_STATE_DIR=str(tmp_path), COLUMNS=columns, NO_COLOR="1").decode()
        assert "20261122-134244-842d" in shown and shown.count("1,234,567") == 6
        assert "…" not in shown


def test_where_there_is_no_terminal_there_are_no_colours(gigbulk: Gigbulk) -> None:
    for ran in (gigbulk("check", "missing.csv"), gigbulk("catalogs", "search", "tornillos")):
        assert "\x1b" not in ran.out + ran.err


# --- start-up ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [("--help",), ("import", "-h"), ("export", "-h"), ("runs", "-h"), ("catalogs", "-h")]
)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """The time itself is measured by benchmarks/start_up.py; this is what it rests on."""
    code = f"""
import sys
from pipeline.cli import cli
try:
    cli.main({list(arguments)!r})
except SystemExit as ended:
    assert not ended.code, ended.code
print(sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    ran = python(code)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"


def test_a_check_that_finds_nothing_loads_neither_the_network_nor_pandera(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text("internalId,name,email\nC1,Cliente 1,c1@empresa.example\n")
    idle = {"asyncio", "ssl", "httpx2", "aiohttp", "pandera", "pydantic", "tenacity"}
    code = f"""
import sys
from pipeline.cli import cli
cli.main(["check", {str(file)!r}, "--json"], standalone_mode=False)
print(sorted({idle} & set(sys.modules)))
"""
    ran = python(code)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"


def test_a_process_looks_for_cycles_seldom_and_not_at_its_end() -> None:
    code = """
import gc, sys
from pipeline.cli import main
sys.argv = ["gigbulk", "--help"]
try:
    main()
except SystemExit:
    print(gc.isenabled(), gc.get_threshold()[0], gc.get_freeze_count() > 1_000)
"""
    ran = python(code)
    assert ran.stdout.splitlines()[-1] == "True 50000 True"


def test_a_run_of_the_embedded_sandbox_is_told_to_be_resumed_there(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    terminal.warn("Run: gigbulk runs resume r1")
    terminal.sandbox = True
    terminal.warn("Run: gigbulk runs resume r1")
    terminal.show("Finish it with  gigbulk runs resume")
    said = capsys.readouterr()
    assert said.err == "warning: Run: gigbulk runs resume r1\nwarning: Run: gigbulk runs resume --sandbox r1\n"
    assert said.out == "Finish it with  gigbulk runs resume --sandbox\n"
