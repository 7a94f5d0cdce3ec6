"""Entries for schedulers: they are what each scheduler reads, they run as printed, and they hold no secret."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from pipeline.ops.schedule import EVERY, Task, cron_entry, systemd_units, windows_task
from tests.stories.unattended.conftest import KEY, Gigbulk

ODD = ["export", "payments", "--output", '/data/año 2026/100%$HOME/it\'s "new"/{date}', "--filter", "a=b;c|d&e\\"]


def a_task(**members: object) -> Task:
    made: dict[str, object] = {
        "name": "nightly",
        "program": ["/opt/gig bulk/bin/gigbulk"],
        "arguments": ODD,
        "folder": Path("/srv/my files"),
        "environment": Path("/home/me/.config/gigbulk/nightly.env"),
        "variables": {"GIGSTACK_API_KEY": None},
    }
    return Task(**(made | members))  # type: ignore[arg-type]


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def parse_units(text: str) -> tuple[configparser.ConfigParser, configparser.ConfigParser]:
    """The service and the timer, each as systemd takes it apart: sections, `=` only, case kept."""
    units = []
    for part in re.split(r"^# [23]\. .*$", text, flags=re.MULTILINE)[1:]:
        unit = configparser.ConfigParser(delimiters="=", comment_prefixes="#", interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(part)
        units.append(unit)
    service, timer = units
    return service, timer


def as_systemd(line: str) -> list[str]:
    """The words of ExecStart: quotes and backslashes taken off, then `%%` and `$$`."""
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line)]


def test_a_cron_line_is_five_fields_and_a_command_the_shell_takes_apart_as_meant() -> None:
    (line,) = commands(cron_entry(a_task()))
    *when, command = line.split(" ", 5)
    assert when == ["15", "6", "*", "*", "*"]
    assert not re.search(r"(?<!\\)%", command), "cron ends a command at a bare percent sign"
    words = shlex.split(command.replace(r"\%", "%"))
    assert words[:2] == ["cd", "/srv/my files"]
    assert words[words.index("exec") + 1 :] == [
        "/opt/gig bulk/bin/gigbulk", *ODD, ">>", "/home/me/.config/gigbulk/nightly.log", "2>&1",
    ]  # fmt: skip


def test_systemd_units_hold_the_command_the_environment_file_and_the_time() -> None:
    service, timer = parse_units(systemd_units(a_task(every="weekday", hour=2, minute=5)))
    assert as_systemd(service["Service"]["ExecStart"]) == ["/opt/gig bulk/bin/gigbulk", *ODD]
    assert service["Service"]["EnvironmentFile"] == "/home/me/.config/gigbulk/nightly.env"
    assert service["Service"]["WorkingDirectory"] == "/srv/my files"
    assert service["Service"]["Type"] == "oneshot"
    assert dict(timer["Timer"]) == {"OnCalendar": "Mon..Fri *-*-* 02:05:00", "Persistent": "true"}
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_a_windows_task_quotes_for_powershell_and_for_the_program_it_starts() -> None:
    text = windows_task(a_task(arguments=["export", "-o", "C:\\my files\\", 'say "x"', "it's"], every="week"))
    literal = re.search(r"-Argument '((?:[^']|'')*)'", text)
    assert literal
    assert literal[1].replace("''", "'") == r'export -o "C:\my files\\" "say \"x\"" it' + "'s"
    assert "-Weekly -DaysOfWeek Monday -At 06:15" in text
    assert "-MultipleInstances IgnoreNew" in text


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("kind", [cron_entry, systemd_units, windows_task])
def test_every_rhythm_is_known_to_every_scheduler(every: str, kind: object) -> None:
    text = kind(a_task(every=every, hour=6, minute=5))  # type: ignore[operator]
    assert "{" not in text.replace("{date}", "").replace("${EDITOR", "")
    assert "5" in text


@pytest.mark.parametrize("scheduler", ["--cron", "--systemd", "--windows"])
def test_without_a_command_it_is_a_nightly_export_of_everything_that_keeps_fourteen(
    gigbulk: Gigbulk, scheduler: str
) -> None:
    done = gigbulk("schedule", "print", scheduler)
    assert done.returncode == 0, done.stderr
    for part in ("export --all", "--keep 14", "gigstack-{date}", "exit code 5"):
        assert part in done.stdout
    assert KEY not in done.stdout + done.stderr


@pytest.mark.parametrize("scheduler", ["--cron", "--systemd"])
def test_the_file_of_the_key_is_made_for_its_owner_only(gigbulk: Gigbulk, tmp_path: Path, scheduler: str) -> None:
    """The line that makes it is run as it stands."""
    done = gigbulk("schedule", "print", scheduler, "--name", "nightly")
    (line,) = (line.lstrip("# ") for line in done.stdout.splitlines() if "install -m" in line)
    subprocess.run(["sh", "-c", line], check=True)
    made = tmp_path / "config" / "gigbulk" / "nightly.env"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert "GIGSTACK_API_KEY=..." in done.stdout


def test_paths_become_absolute_and_other_words_stay(gigbulk: Gigbulk, tmp_path: Path) -> None:
    done = gigbulk(
        "schedule", "print", "--cron", "import", "a.csv", "b/c.csv", "--problems", "p.csv", "--rate", "5", "--no-match"
    )
    words = shlex.split(commands(done.stdout)[0])
    assert words[words.index("import") : words.index("--log-json")] == [
        "import", str(tmp_path / "a.csv"), str(tmp_path / "b" / "c.csv"),
        "--problems", str(tmp_path / "p.csv"), "--rate", "5.0", "--no-match",
    ]  # fmt: skip
    assert Path(words[words.index("exec") + 1]).is_absolute()


def test_a_ping_url_and_the_key_are_in_no_entry_but_other_variables_are(gigbulk: Gigbulk, state_dir: Path) -> None:
    ping = "https://hc.example/secret-id"
    done = gigbulk("schedule", "print", "--systemd", "export", "clients", "--ping", ping)
    assert "secret-id" not in done.stdout + done.stderr and KEY not in done.stdout
    assert "GIGBULK_PING_URL=..." in done.stdout
    assert f"GIGBULK_STATE_DIR={state_dir}" in done.stdout


def test_an_alert_url_is_in_no_entry_and_a_command_for_the_key_stands_in_its_place(gigbulk: Gigbulk) -> None:
    asked = ("schedule", "print", "--cron", "import", "a.csv", "--alert", "https://x.example/secret-id")
    done = gigbulk(*asked, GIGBULK_API_KEY_COMMAND="pass show gigstack")
    assert "secret-id" not in done.stdout + done.stderr and "GIGBULK_ALERT_URL=..." in done.stdout
    assert "GIGBULK_API_KEY_COMMAND='pass show gigstack'" in done.stdout and "GIGSTACK_API_KEY" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--cron, --systemd, --windows"),
        (("--cron", "sandbox"), "'sandbox' cannot be scheduled"),
        (("--cron", "export", "--nope"), "--nope"),
        (("--cron", "import"), "FILE"),
        (("--cron", "--at", "25:00"), "25:00"),
        (("--cron", "--name", "../x"), "../x"),
        (("--cron", "export", "nosuch"), "'nosuch' is not something the API lists"),
        (("--cron", "export", "clients", "-o", "a{x}"), "{x}"),
        (("--cron", "export", "clients", "-o", "-"), "no standard output"),
        (("--cron", "export", "clients", "-o", "x.ods"), "x.ods"),
    ],
)
def test_what_cannot_be_scheduled_is_a_usage_error(gigbulk: Gigbulk, words: tuple[str, ...], said: str) -> None:
    done = gigbulk("schedule", "print", *words)
    assert done.returncode == 2
    assert said in done.stderr and done.stdout == ""


def test_the_printed_cron_line_does_its_work_when_cron_runs_it(
    gigbulk: Gigbulk, environment: dict[str, str], tmp_path: Path
) -> None:
    """As cron would: /bin/sh, no environment but its own, the key from the file."""
    done = gigbulk("schedule", "print", "--cron", "export", "clients", "-o", "my exports/{date}", "--json")
    (line,) = commands(done.stdout)
    command = line.split(" ", 5)[5].replace(r"\%", "%")
    folder = tmp_path / "config" / "gigbulk"
    folder.mkdir(parents=True)
    kept = ("GIGSTACK_API_KEY", "GIGSTACK_BASE_URL", "GIGBULK_STATE_DIR", "PYTHONPATH")
    (folder / "gigbulk-export.env").write_text("".join(f"{name}={environment[name]}\n" for name in kept))
    ran = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        timeout=60,
    )
    log = (folder / "gigbulk-export.log").read_text()
    assert ran.returncode == 0 and ran.stdout + ran.stderr == b"", log
    lines = [json.loads(text) for text in log.splitlines()]
    assert next(line for line in lines if line["event"] == "result")["status"] == "ok"
    (made,) = (tmp_path / "my exports").iterdir()
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", made.name) and (made / "clients.csv").exists()
