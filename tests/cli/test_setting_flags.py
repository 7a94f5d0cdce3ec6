"""`--journal` and `--dialect` are settings said on the command line: they come before the environment's."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from running import Gigbulk

from pipeline.cli.commands.doctor import doctor_command
from pipeline.cli.commands.import_ import import_command
from pipeline.cli.commands.runs import runs_command
from pipeline.cli.terminal import REPEATED, Terminal
from pipeline.importer.request import ImportRequest
from pipeline.sandbox import EmbeddedSandbox

CLIENTS = Path(__file__).parent.parent.parent / "samples" / "clients.csv"
WITH_JOURNAL = [
    "check",
    "import",
    "export",
    "doctor",
    "runs",
    *(f"runs {name}" for name in runs_command.commands),
]


@pytest.mark.parametrize("words", WITH_JOURNAL)
def test_every_command_that_reads_the_journal_is_told_where_it_is(gigbulk: Gigbulk, words: str) -> None:
    assert "--journal ADDRESS" in gigbulk(*words.split(), "--help").out


@pytest.mark.parametrize("words", ["check", "import", "export", "doctor", "runs resume"])
def test_every_command_that_speaks_to_the_api_is_told_in_which_generation(gigbulk: Gigbulk, words: str) -> None:
    assert "--dialect NAME" in gigbulk(*words.split(), "--help").out


def test_what_was_imported_with_one_journal_is_known_to_that_one(
    gigbulk: Gigbulk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = f"sqlite:{tmp_path / 'here.sqlite'}", f"sqlite:{tmp_path / 'there.sqlite'}"
    monkeypatch.setenv("GIGBULK_JOURNAL", there)
    ran = gigbulk("import", CLIENTS, "--sandbox", "--json", "--quiet", "--journal", here)
    assert ran.code == 0, ran.err
    assert (tmp_path / "here.sqlite").exists() and not (tmp_path / "there.sqlite").exists()
    [run] = gigbulk("runs", "--json", "--journal", here).result["runs"]
    assert run["run"] == ran.result["run"]
    shown = gigbulk("runs", "show", run["run"], "--json", "--journal", here)
    assert shown.result["resources"]["clients"]["created"] == ran.result["resources"]["clients"]["created"]
    assert gigbulk("runs", "list", "--json").result["runs"] == []


def test_the_dialect_of_the_flag_counts_more_than_that_of_the_environment(
    gigbulk: Gigbulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIGSTACK_DIALECT", "2026")
    told = gigbulk("doctor", "--sandbox", "--json", "--dialect", "2025-06").result["lines"]
    assert next(line["text"] for line in told if line["name"] == "dialect").startswith("2025-06")


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        (("--dialect", "1999"), "dialect in the command line must be a contract this gigbulk speaks"),
        (("--journal", "carrier-pigeon"), "The address of the journal does not begin with the name of what keeps it"),
    ],
)
def test_a_dialect_or_a_journal_that_there_is_not_is_a_usage_error(
    gigbulk: Gigbulk, flag: tuple[str, ...], said: str
) -> None:
    ran = gigbulk("import", CLIENTS, "--sandbox", "--json", *flag)
    assert (ran.code, ran.result["status"]) == (2, "failed")
    assert said in ran.err


def test_a_run_is_resumed_in_the_dialect_that_it_was_begun_in_or_not_at_all(
    gigbulk: Gigbulk, monkeypatch: pytest.MonkeyPatch, sandbox: EmbeddedSandbox
) -> None:
    monkeypatch.setenv("GIGSTACK_API_KEY", "k")
    monkeypatch.setenv("GIGSTACK_BASE_URL", sandbox.base_url)
    run = gigbulk("import", CLIENTS, "--json", "--limit", "0").result["run"]
    ran = gigbulk("runs", "resume", run, "--json", "--dialect", "2026")
    assert ran.code == 2
    assert f"Run {run} was begun in dialect 2025-06, and 2026 is set." in ran.err
    assert "Add --dialect 2025-06" in ran.err
    assert gigbulk("runs", "resume", run, "--json", "--dialect", "2025-06").result["run"] == run


def test_a_resume_is_advised_with_the_flags_that_find_the_run_and_never_with_an_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal = Terminal()
    terminal.asked |= {"journal": "postgresql://user:secret@host/db", "dialect": "2026"}
    terminal.error("Stopped.", "Run: gigbulk runs resume r1")
    assert "  Run: gigbulk runs resume --journal ADDRESS --dialect 2026 r1\n" in capsys.readouterr().err


SAID_BY_THE_CALL_ITSELF = {
    **dict.fromkeys(("json", "quiet", "log-json", "lang", "debug"), "how it is told, not what it does"),
    **dict.fromkeys(("output", "limit", "count"), "what a person wants to see"),
    **dict.fromkeys(("yes", "as", "key"), "what a person decides, for one call"),
}
"""Flags of advised commands that are not said again."""


def flags_of(command: click.Command) -> set[str]:
    named = (param for param in command.params if isinstance(param, click.Option))
    return {next(word for word in option.opts if word.startswith("--")).removeprefix("--") for option in named}


@pytest.mark.parametrize("words", REPEATED)
def test_advice_repeats_every_declared_flag_that_changes_what_a_command_does(words: str) -> None:
    *group, name = words.split()
    commands = runs_command.commands if group else {"doctor": doctor_command}
    assert set(REPEATED[words]) == flags_of(commands[name]) - set(SAID_BY_THE_CALL_ITSELF)


REMEMBERED_OTHERWISE = {
    **dict.fromkeys(("ping", "metrics", "alert", "alert-on", "alert-as"), "whoever runs it is told of it"),
    "plan": "a call that plans sends nothing: there is nothing to resume",
}


def test_a_flag_of_an_import_is_remembered_by_its_run_or_said_again_to_its_resume() -> None:
    remembered = {field.name.replace("_", "-") for field in fields(ImportRequest)} | {"as", "no-match"}
    told = set(REPEATED["runs resume"]) | set(SAID_BY_THE_CALL_ITSELF) | set(REMEMBERED_OTHERWISE)
    assert flags_of(import_command) - remembered - told == set()


def test_advice_speaks_of_the_same_account_and_pace_as_the_call(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    terminal.profile, terminal.paced = "la tienda", {"rate": 2.5, "concurrency": None}
    terminal.error("Stopped.", "Ask `gigbulk doctor`, see gigbulk runs show r1, then: gigbulk runs resume r1")
    said = capsys.readouterr().err
    assert "`gigbulk doctor --profile 'la tienda'`" in said
    assert "gigbulk runs show --profile 'la tienda' r1," in said
    assert "gigbulk runs resume --profile 'la tienda' --rate 2.5 r1\n" in said


def test_the_address_of_a_journal_is_in_no_entry_of_a_scheduler_unless_it_is_a_file(gigbulk: Gigbulk) -> None:
    secret = "postgresql://user:secret@host/db"
    told = gigbulk("schedule", "print", "--cron", "export", "--all", "--journal", secret).out
    assert "secret" not in told and "--journal" not in told
    assert re.search(r"GIGBULK_JOURNAL=\.\.\.", told)
    told = gigbulk(
        "schedule", "print", "--cron", "import", "x.csv", "--journal", "sqlite:/x/j.sqlite", "--dialect", "2026"
    ).out
    assert "GIGBULK_JOURNAL=sqlite:/x/j.sqlite" in told and "--dialect 2026" in told
