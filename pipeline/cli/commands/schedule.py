"""`gigbulk schedule`: entries for cron, systemd and Windows."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from pipeline.cli.command import CONTEXT, build_settings, command
from pipeline.cli.commands.export import check_words
from pipeline.cli.help import SpokenGroup
from pipeline.cli.terminal import Terminal
from pipeline.cli.watched import ALERT_VARIABLE, PING_VARIABLE
from pipeline.edge import PROCESS
from pipeline.errors import ConfigError
from pipeline.language.say import say

__all__ = ["schedule_command"]

_SCHEDULED = ("export", "import")
_EVERY = ("hour", "day", "weekday", "week")
_DEFAULT = ("export", "--all", "-o", "gigstack-{date}", "--keep", "14")
_KEY = "GIGSTACK_API_KEY"
_JOURNAL = "GIGBULK_JOURNAL"
_PLAIN = ("GIGSTACK_BASE_URL", "GIGSTACK_DIALECT", "GIGBULK_STATE_DIR", "GIGBULK_API_KEY_COMMAND")
_WATCHED = {"ping": PING_VARIABLE, "alert": ALERT_VARIABLE}
"""Flags whose addresses are secrets, and the variables they go into."""
_PATHS = ("output", "files")
_LEFT_OUT = (*_WATCHED, "log_json", "setting_journal")
_AT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@click.group("schedule", cls=SpokenGroup, short_help="Run an export or import regularly.", context_settings=CONTEXT)
def schedule_command() -> None:
    """Run an export or import regularly, without anybody watching.

    \b
    Example:
      gigbulk schedule print --systemd export payments -o out/
    """


@command("print", short_help="Print an entry for cron, systemd or Windows.")
@click.option("--cron", "scheduler", flag_value="cron", help="A line for crontab.")
@click.option("--systemd", "scheduler", flag_value="systemd", help="A service and a timer.")
@click.option("--windows", "scheduler", flag_value="windows", help="PowerShell lines that register a task.")
@click.option("--every", type=click.Choice(_EVERY), default="day", show_default=True, help="How often.")
@click.option("--at", default="06:15", show_default=True, metavar="HH:MM", help="When, by the machine's clock.")
@click.option("--name", help="What units and log are called [gigbulk-export or gigbulk-import].")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[export|import OPTIONS...]")
def print_command(
    terminal: Terminal,
    profile: str | None,
    scheduler: str | None,
    every: str,
    at: str,
    name: str | None,
    words: tuple[str, ...],
) -> int:
    """Print an entry that runs `gigbulk export ...` or `gigbulk import ...`, ready to be copied. Changes nothing.

    The command and its options come last and are checked; paths become absolute. Without a command it is a nightly
    export of everything that keeps the newest 14.

    \b
    Examples:
      gigbulk schedule print --cron
      gigbulk schedule print --systemd --at 02:30 export payments -o out/ --format parquet
      gigbulk schedule print --windows --every week import payments.csv
    """
    from pipeline.ops import schedule

    if scheduler is None:
        raise ConfigError(say("Say for which scheduler."), say("One of --cron, --systemd, --windows."))
    clock = _AT.fullmatch(at)
    if clock is None:
        raise ConfigError(say("--at {at} is no time of day.", at=at), say("Write HH:MM, for example 06:15."))
    verb, *rest = words or _DEFAULT
    if verb not in _SCHEDULED:
        raise ConfigError(
            say("'{verb}' cannot be scheduled.", verb=verb), say("Commands: {names}.", names=", ".join(_SCHEDULED))
        )
    arguments, params = _absolute(verb, rest, terminal, profile)
    watched = {flag: variable for flag, variable in _WATCHED.items() if params.get(flag) is not None}
    if profile is not None:
        arguments += ["--profile", profile]
    name = name or f"gigbulk-{verb}"
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise ConfigError(
            say("--name {name}: letters, digits, dots and dashes only.", name=name), say("For example gigbulk-nightly.")
        )
    task = schedule.Task(
        name, _program(), [verb, *arguments, "--log-json"], PROCESS.folder(), _settings_folder() / f"{name}.env",
        variables=_variables(watched.values(), params.get("setting_journal")),
        every=every, hour=int(clock[1]), minute=int(clock[2]),
    )  # fmt: skip
    text = schedule.ENTRIES[scheduler](task)
    if terminal.as_json:
        terminal.result({"event": "result", "command": "schedule print", "status": "ok", "text": text, "exit_code": 0})
    else:
        click.echo(terminal.word(text), nl=False)
    for flag, variable in watched.items():
        terminal.note(
            say(
                "The {flag} URL is a secret: it goes into the variable {variable}, not into the entry.",
                flag=flag,
                variable=variable,
            )
        )
    return 0


def _absolute(
    verb: str, words: list[str], terminal: Terminal, profile: str | None
) -> tuple[list[str], Mapping[str, Any]]:
    """The words as the command understands them, paths absolute; and all its parameters, by name.

    ConfigError when the command would not accept them.
    """
    from pipeline.cli import cli

    found = cli.get_command(click.Context(cli), verb)
    assert found is not None  # noqa: S101  (one of _SCHEDULED)
    try:
        context = found.make_context(verb, list(words))
    except click.UsageError as error:
        raise ConfigError(
            say("gigbulk {verb}: {error}", verb=verb, error=error.format_message()),
            say("See: gigbulk {verb} --help", verb=verb),
        ) from error
    if verb == "export":
        dialect = context.params["setting_dialect"]
        check_words(build_settings(terminal, profile, dialect=dialect).dialect, context.params)
    options: list[str] = []
    positional: list[str] = []
    for param in found.params:
        if context.get_parameter_source(param.name or "") is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[param.name or ""]
        values = [_placed(param, str(v)) for v in (value if isinstance(value, tuple) else (value,))]
        if isinstance(param, click.Argument):
            positional += values
        elif isinstance(param, click.Option) and param.name not in _LEFT_OUT:
            flag = max(param.opts, key=len)
            options += [flag] if param.is_flag else [word for v in values for word in (flag, v)]
    return positional + options, context.params


def _placed(param: click.Parameter, text: str) -> str:
    """A path from the root; anything else as it is."""
    is_path = isinstance(param.type, click.Path) or param.name in _PATHS
    return str(Path(text).expanduser().absolute()) if is_path and text != "-" and "://" not in text else text


def _variables(watched: Iterable[str], journal: str | None) -> dict[str, str | None]:
    """What the job needs to find in its environment: secrets by name, the rest as it is here and now. The address of a
    journal that is no file may hold a password, and any user of the machine may read the flags of a process."""
    plain: dict[str, str | None] = {name: os.environ[name] for name in _PLAIN if os.environ.get(name)}
    address = journal or os.environ.get(_JOURNAL)
    if address:
        plain[_JOURNAL] = address if address.startswith("sqlite:") else None
    key = {} if "GIGBULK_API_KEY_COMMAND" in plain else {_KEY: None}
    return {**key, **dict.fromkeys(watched), **plain}


def _program() -> list[str]:
    """This gigbulk, wherever it is installed."""
    beside = Path(sys.executable).with_name("gigbulk.exe" if os.name == "nt" else "gigbulk")
    found = str(beside) if beside.exists() else shutil.which("gigbulk")
    return [found] if found else [sys.executable, "-m", "pipeline"]


def _settings_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_config_dir("gigbulk"))


schedule_command.add_command(print_command)
print_command.allow_interspersed_args = False  # what comes after the command's name is its own
