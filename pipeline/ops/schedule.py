"""Ready entries for the schedulers of operating systems: a cron line, systemd units, a Windows task.

What they have in common: absolute paths; the key in a file only its owner may read, never in the entry; a second run
that comes too early ends with exit code 5 by gigbulk's own lock; what is missed while the machine is off is made up
for where the scheduler can.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipeline.language.say import Said, join_said, say

__all__ = ["ENTRIES", "EVERY", "Task", "cron_entry", "systemd_units", "windows_task"]


class _When(NamedTuple):
    """One rhythm in the words of each scheduler; `{h}` and `{m}` are hour and minute, two digits for the last two."""

    cron: str
    systemd: str
    windows: str


EVERY = {
    "hour": _When(
        "{m} * * * *", "*-*-* *:{m:02}:00",
        "-Once -At {h:02}:{m:02} -RepetitionInterval (New-TimeSpan -Hours 1)",
    ),
    "day": _When("{m} {h} * * *", "*-*-* {h:02}:{m:02}:00", "-Daily -At {h:02}:{m:02}"),
    "weekday": _When(
        "{m} {h} * * 1-5", "Mon..Fri *-*-* {h:02}:{m:02}:00",
        "-Weekly -DaysOfWeek Monday,Tuesday,Wednesday,Thursday,Friday -At {h:02}:{m:02}",
    ),
    "week": _When(
        "{m} {h} * * 1", "Mon *-*-* {h:02}:{m:02}:00", "-Weekly -DaysOfWeek Monday -At {h:02}:{m:02}"
    ),
}  # fmt: skip
"""Rhythms by name."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be run, and when.

    `name` names units and files; `program` and `arguments` are the command, paths absolute; `folder` is where it
    runs. `environment` is the file of its variables: a name with its value, or with None where the value is a secret
    that the user is to write there. `every` is a name of EVERY, at `hour` and `minute` of the machine's own clock.
    """

    name: str
    program: Sequence[str]
    arguments: Sequence[str]
    folder: Path
    environment: Path
    variables: Mapping[str, str | None]
    every: str = "day"
    hour: int = 6
    minute: int = 15

    @property
    def command(self) -> list[str]:
        return [*self.program, *self.arguments]

    def at(self, scheduler: str) -> str:
        template: str = getattr(EVERY[self.every], scheduler)
        return template.format(h=self.hour, m=self.minute)


_PERCENT = r"\%"
_OVERLAP = say(
    "# A run that begins while the last one still works ends at once with exit code 5: gigbulk holds a kernel lock."
)


def _setup(task: Task) -> Said:
    lines = [f"{name}={'...' if value is None else shlex.quote(value)}" for name, value in task.variables.items()]
    folder, file = (shlex.quote(str(path)) for path in (task.environment.parent, task.environment))
    commands = [
        f"#      mkdir -p {folder} && install -m 0600 /dev/null {file}",
        f"#      ${{EDITOR:-vi}} {file}",
        *(f"#        {line}" for line in lines),
    ]
    heading = say("# 1. The key, in a file that only you may read (mode 0600), one NAME=value a line:")
    return join_said("\n", [heading, *commands, ""])


def cron_entry(task: Task) -> Said:
    """Lines for `crontab -e`. Cron ends a command at a bare percent sign and gives it almost no environment."""
    log = task.environment.with_suffix(".log")
    folder, file, told = (shlex.quote(str(path)) for path in (task.folder, task.environment, log))
    line = f"cd {folder} && set -a && . {file} && set +a && exec {shlex.join(task.command)} >> {told} 2>&1"
    entry = f"{task.at('cron')} {line.replace('%', _PERCENT)}\n"
    return _setup(task) + join_said("\n", [say("# 2. This line, added with: crontab -e"), _OVERLAP, entry])


def systemd_units(task: Task) -> Said:
    """A service and a timer for the user's own systemd, which makes up for what was missed."""
    words = " ".join(_systemd_word(word) for word in task.command)
    name = _one_line(task.name)
    units = f"""
[Unit]
Description=gigbulk: {name}

[Service]
Type=oneshot
EnvironmentFile={_systemd_path(task.environment)}
WorkingDirectory={_systemd_path(task.folder)}
ExecStart={words}
KillSignal=SIGTERM
TimeoutStopSec=120
NoNewPrivileges=yes

# 3. ~/.config/systemd/user/{task.name}.timer
[Unit]
Description=gigbulk: {name} (timer)

[Timer]
OnCalendar={task.at("systemd")}
Persistent=true

[Install]
WantedBy=timers.target

# 4. systemctl --user daemon-reload && systemctl --user enable --now {task.name}.timer
"""
    afterwards = [
        say("#    loginctl enable-linger          so that it runs while nobody is logged in"),
        say("#    journalctl --user -u {name}     what it said", name=task.name),
        "",
    ]
    place = f"# 2. ~/.config/systemd/user/{task.name}.service\n"
    return _setup(task) + place + _OVERLAP + units + join_said("\n", afterwards)


def windows_task(task: Task) -> Said:
    """PowerShell lines that register a task for the user. A user's own variables take the place of the file."""
    program, *rest = task.command
    keys = "\n".join(
        f"[Environment]::SetEnvironmentVariable({_quoted(name)}, "
        + (f"(Read-Host {_quoted(name)})" if value is None else _quoted(value)) + ", 'User')"
        for name, value in task.variables.items()
    )  # fmt: skip
    arguments = " ".join(_windows_word(word) for word in rest)
    lines = f"""$action = New-ScheduledTaskAction -Execute {_quoted(program)} -Argument {_quoted(arguments)} `
  -WorkingDirectory {_quoted(str(task.folder))}
$trigger = New-ScheduledTaskTrigger {task.at("windows")}
$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew
Register-ScheduledTask -TaskName {_quoted(task.name)} -Action $action -Trigger $trigger -Settings $settings"""
    heading = say(
        "# 1. The key, kept in your own user's variables (asked for, so that it is in no file and no history):"
    )
    asked = f"Get-ScheduledTaskInfo {_quoted(task.name)}"
    result = say("# 3. What came of it: {command}   (LastTaskResult is the exit code)", command=asked)
    return join_said("\n", [heading, keys, say("# 2. The task:"), _OVERLAP, lines, result, ""])


def _systemd_word(word: str) -> str:
    """A word of ExecStart: `%` and `$` mean themselves, spaces and quotes are kept."""
    text = word.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w@%+=:,./{}$-]+", text, re.ASCII):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _systemd_path(path: Path) -> str:
    return str(path).replace("%", "%%")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _windows_word(word: str) -> str:
    """A word as the C runtime of Windows takes it apart again."""
    if word and not re.search(r'[\s"]', word):
        return word
    doubled = re.sub(r'(\\*)"', r'\1\1\\"', word)
    return '"' + re.sub(r"(\\+)$", r"\1\1", doubled) + '"'


def _quoted(text: str) -> str:
    """A literal of PowerShell."""
    return "'" + text.replace("'", "''") + "'"


ENTRIES: Mapping[str, Callable[[Task], Said]] = {"cron": cron_entry, "systemd": systemd_units, "windows": windows_task}
"""What prints the entry for each scheduler, by its name."""
