"""`gigbulk runs`: the history of this state folder."""

from typing import Any

import click

from pipeline.cli.command import COMMON, CONTEXT, build_settings, command, open_sandbox
from pipeline.cli.summary import show_summary
from pipeline.cli.terminal import Terminal
from pipeline.edge import utc_now
from pipeline.errors import ConfigError
from pipeline.events import format_count

__all__ = ["runs_command"]

_COUNTED = ("created", "existing", "rejected", "refused", "in_doubt", "unsent")


@click.group(
    "runs",
    invoke_without_command=True,
    short_help="History; one run; finish what was interrupted.",
    context_settings=CONTEXT,
)
@click.pass_context
def runs_command(ctx: click.Context, /, **common: Any) -> None:
    """What was run from this machine, newest first.

    \b
    Examples:
      gigbulk runs list
      gigbulk runs show 20261122-1315
      gigbulk runs resume
    """
    if ctx.invoked_subcommand is None:
        ctx.exit(ctx.invoke(list_command, **common, count=20))


runs_command.params += COMMON


@command("list", short_help="The latest runs.")
@click.option("--count", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
def list_command(terminal: Terminal, profile: str | None, count: int) -> int:
    """The latest runs, newest first.

    \b
    Examples:
      gigbulk runs list
      gigbulk runs list --count 5 --json
    """
    from pipeline.runs import list_runs

    runs = list_runs(build_settings(profile), count)
    terminal.result({"event": "result", "command": "runs list", "status": "ok", "runs": runs})
    shown = [name for name in _COUNTED if name == "created" or any(r["totals"].get(name) for r in runs)]
    rows = [[r["run"], r["command"], r["status"], *(f"{r['totals'].get(n, 0):,}" for n in shown)] for r in runs]
    terminal.table(["run", "command", "status", *(n.replace("_", " ") for n in shown)], rows)
    return 0


@command("show", short_help="One run: its files, counts, and the records that need attention.")
@click.argument("run")
def show_command(terminal: Terminal, profile: str | None, run: str) -> int:
    """Everything the journal knows of RUN (its name, or the beginning of it).

    \b
    Examples:
      gigbulk runs show 20261122-1315
      gigbulk runs show 20261122-1315 --json
    """
    from pipeline.model import label_table
    from pipeline.runs import show_run

    known: dict[str, Any] = show_run(build_settings(profile), run)
    terminal.result({"event": "result", "command": "runs show", "status": "ok", **known})
    terminal.say(f"{known['run']}: {known['command']}, {known['status']}, begun {known['started_at']}")
    for file in known["files"]:
        label = label_table(file["name"], file["sheet"])
        terminal.say(f"  {label}: {format_count(file['rows'], 'rows')} of {file['resource']}")
    shown = ("read", *_COUNTED)
    rows = [[name, *(f"{counts.get(n, 0):,}" for n in shown)] for name, counts in known["resources"].items()]
    terminal.table(["", *(n.replace("_", " ") for n in shown)], rows)
    for record in known["notable"]:
        terminal.say(
            f"  {record['resource']} {record['key']} (line {record['line']}) {record['state']}: {record['why']}"
        )
    return 0


@command("resume", short_help="Finish what was interrupted.")
@click.argument("run", required=False)
@click.option("--sandbox", is_flag=True, help="The run was sent to the embedded pretend API.")
@click.option("--yes", is_flag=True, help="Confirm what would be asked (mail, automation, live).")
def resume_command(terminal: Terminal, profile: str | None, run: str | None, sandbox: bool, yes: bool) -> int:
    """Finish RUN (the latest unfinished one of the account): same files, same settings, nothing sent twice.

    Records in doubt are looked up first. The files must be what they were.

    \b
    Examples:
      gigbulk runs resume
      gigbulk runs resume 20261122-1315
    """
    from pipeline.cli.caller import call_from
    from pipeline.importer.flow import resume_run

    with open_sandbox(build_settings(profile), sandbox, terminal) as settings:
        result = resume_run(run, settings, call_from(terminal), yes=yes)
    show_summary(terminal, result)
    return result.exit_code


@command("settle", short_help="Decide about records in doubt that the API cannot tell of.")
@click.argument("run")
@click.option("--as", "fate", type=click.Choice(["created", "absent"]), required=True, help="What became of them.")
@click.option("--key", "keys", multiple=True, metavar="INTERNALID", help="Only this record; repeatable [all in doubt].")
@click.option("--yes", is_flag=True, help="Do not ask.")
def settle_command(
    terminal: Terminal, profile: str | None, run: str, fate: str, keys: tuple[str, ...], yes: bool
) -> int:
    """Settle the records of RUN that are in doubt, after you looked at the account yourself.

    `created` counts them as done; `absent` lets a resume send them again.

    \b
    Examples:
      gigbulk runs settle 20261122-1315 --as created
      gigbulk runs settle 20261122-1315 --as absent --key ERP-17
    """
    from pipeline.runs import list_doubts, resolve

    settings = build_settings(profile)
    open_ = list_doubts(settings, run, keys)
    asked = f"In doubt in run {run}: {format_count(len(open_), 'records')}. Settle as {fate}? There is no undo."
    if open_ and not yes and not terminal.confirm(asked):
        raise ConfigError(
            f"Not confirmed: still in doubt: {format_count(len(open_), 'records')}.", "Confirm, or add --yes."
        )
    settled = resolve(settings, run, keys, created=fate == "created")
    terminal.result({"event": "result", "command": "runs settle", "status": "ok", "run": run, "settled": settled})
    terminal.say(f"{format_count(settled, 'records')} settled as {fate}.")
    if fate == "absent" and settled:
        terminal.say("Send them with: gigbulk runs resume " + run)
    return 0


@command("prune", short_help="Forget old runs; records stay known.")
@click.option("--days", type=click.IntRange(min=0), default=90, show_default=True, help="Keep runs of so many days.")
def prune_command(terminal: Terminal, profile: str | None, days: int) -> int:
    """Remove finished runs older than --days from the history.

    What was created stays in the journal: it is what keeps a later import from sending it twice.

    \b
    Example:
      gigbulk runs prune --days 30
    """
    from pipeline.runs import prune_runs

    removed = prune_runs(build_settings(profile), days, utc_now())
    terminal.result({"event": "result", "command": "runs prune", "status": "ok", "removed": removed})
    terminal.say(f"{format_count(removed, 'runs')} removed from the history; what they sent stays known.")
    return 0


for _command in (list_command, show_command, resume_command, settle_command, prune_command):
    runs_command.add_command(_command)
