"""`gigbulk runs`: the history of this state folder."""

from typing import Any

import click

from pipeline.cli.command import command, settings_of
from pipeline.cli.terminal import Terminal

__all__ = ["runs_command"]

_COUNTED = ("created", "existing", "rejected", "refused", "in_doubt", "unsent")


@click.group(
    "runs",
    invoke_without_command=True,
    short_help="History; one run.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.pass_context
def runs_command(ctx: click.Context) -> None:
    """What was run from this machine, newest first.

    \b
    Examples:
      gigbulk runs list
      gigbulk runs show 20261122-1315
    """
    if ctx.invoked_subcommand is None:
        ctx.exit(ctx.invoke(list_command, as_json=False, quiet=False, profile=None, debug=False, count=20))


@command("list", short_help="The latest runs.")
@click.option("--count", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
def list_command(terminal: Terminal, profile: str | None, count: int) -> int:
    """The latest runs, newest first."""
    from pipeline.history import latest

    runs = latest(settings_of(profile), count)
    terminal.result({"event": "result", "command": "runs list", "status": "ok", "runs": runs})
    rows = [[r["run"], r["command"], r["status"], *(f"{r['totals'].get(n, 0):,}" for n in _COUNTED)] for r in runs]
    terminal.table(["run", "command", "status", *(n.replace("_", " ") for n in _COUNTED)], rows)
    return 0


@command("show", short_help="One run: its files, counts, and the records that need attention.")
@click.argument("run")
def show_command(terminal: Terminal, profile: str | None, run: str) -> int:
    """Everything the journal knows of RUN (its name, or the beginning of it)."""
    from pipeline.history import details

    known: dict[str, Any] = details(settings_of(profile), run)
    terminal.result({"event": "result", "command": "runs show", "status": "ok", **known})
    terminal.say(f"{known['run']}: {known['command']}, {known['status']}, begun {known['started_at']}")
    for file in known["files"]:
        terminal.say(f"  {file['name']}: {file['rows']:,} rows of {file['resource']}")
    rows = [[name, *(f"{counts.get(n, 0):,}" for n in _COUNTED)] for name, counts in known["resources"].items()]
    terminal.table(["", *(n.replace("_", " ") for n in _COUNTED)], rows)
    for record in known["notable"]:
        terminal.say(
            f"  {record['resource']} {record['key']} (line {record['line']}) {record['state']}: {record['message']}"
        )
    return 0


runs_command.add_command(list_command)
runs_command.add_command(show_command)
