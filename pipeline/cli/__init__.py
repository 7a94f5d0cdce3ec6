"""The command line: flags to settings, one flow called, errors to exit codes. No other logic.

Commands are imported when they are asked for, and what is heavy (polars, httpx2, rich) inside them, so that `--help`
answers at once.
"""

import gc
import importlib
import os
import signal
import sys
from types import FrameType

import click

from pipeline.cli.help import SpokenGroup, speak
from pipeline.cli.streams import build_empty_result, replace_streams, write_json
from pipeline.language.catalogue import detect_language, translate
from pipeline.language.say import say
from pipeline.signals import ENDINGS
from pipeline.version import __version__

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = {
    "demo": "pipeline.cli.commands.demo",
    "check": "pipeline.cli.commands.import_",
    "import": "pipeline.cli.commands.import_",
    "export": "pipeline.cli.commands.export",
    "apply": "pipeline.cli.commands.apply",
    "delete": "pipeline.cli.commands.delete",
    "convert": "pipeline.cli.commands.convert",
    "template": "pipeline.cli.commands.template",
    "runs": "pipeline.cli.commands.runs",
    "schedule": "pipeline.cli.commands.schedule",
    "catalogs": "pipeline.cli.commands.catalogs",
    "sandbox": "pipeline.cli.commands.sandbox",
    "web": "pipeline.cli.commands.web",
    "doctor": "pipeline.cli.commands.doctor",
}
"""Every command and the module that holds it, as `<name>_command`. To add one: write it, add a line here."""

_NEW_OBJECTS = 50_000
"""Objects made before Python looks for cycles among them. Importing makes 60,000, all to stay, and the usual 700 have
them looked through eighty times: 30 ms of a start of 350."""


class _Lazy(SpokenGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name]), f"{cmd_name}_command")
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gigbulk")
def cli() -> None:
    """Move clients, services and payments between files and gigstack, effectively once: nothing is sent again while
    its fate is unknown.

    \b
    Examples:
      gigbulk demo                                  see it work, without a key
      gigbulk check payments.csv                    every problem, nothing sent
      gigbulk import clients.csv payments.csv --sandbox
      gigbulk export payments -o out/ --format parquet
    """


def main() -> None:
    """Entry point of `gigbulk` and `python -m pipeline`. Usage errors end with exit code 2, as JSON with --json."""
    gc.set_threshold(_NEW_OBJECTS)
    try:
        _call()
    finally:
        gc.freeze()  # else Python looks for cycles twice more as it ends: 50 ms, for memory that goes with the process


def _call() -> None:
    replace_streams()
    lang = detect_language(os.environ, sys.argv[1:])
    speak(lang, os.environ)
    for number in ENDINGS:
        if number is not signal.SIGINT and signal.getsignal(number) is not signal.SIG_IGN:  # as after nohup
            signal.signal(number, _as_ctrl_c)
    try:
        color = False if os.environ.get("NO_COLOR") else None  # no-color.org; None: on terminals only
        code = cli.main(prog_name="gigbulk", standalone_mode=False, color=color)
    except click.ClickException as error:
        error.show()
        _result("failed", error=error.format_message(), exit_code=2)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo(translate(say("interrupted"), lang), err=True)
        _result("interrupted", exit_code=130)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """SIGTERM is what systemd and containers send for Ctrl-C, SIGHUP what a terminal that goes away does.

    Heard even where a shell has turned Ctrl-C off.
    """
    interrupt = signal.getsignal(signal.SIGINT)
    if not callable(interrupt):
        raise KeyboardInterrupt
    interrupt(number, frame)


def _result(status: str, **rest: object) -> None:
    """The result, if asked for, of a call that ended before its command began."""
    if "--json" not in sys.argv:
        return
    write_json(build_empty_result(" ".join(sys.argv[1:2]), status, **rest))
