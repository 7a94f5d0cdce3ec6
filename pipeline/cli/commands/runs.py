"""`gigbulk runs`: the history of this state folder."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli.command import (
    COMMON,
    CONTEXT,
    build_settings,
    command,
    dialect_option,
    journal_option,
    open_sandbox,
)
from pipeline.cli.commands.undo import undo_command
from pipeline.cli.help import SpokenGroup
from pipeline.cli.pace import concurrency_option, rate_option
from pipeline.cli.summary import describe_changes, show_summary
from pipeline.cli.terminal import Terminal
from pipeline.edge import PROCESS
from pipeline.errors import ConfigError
from pipeline.events import format_count
from pipeline.fates import COUNTED, FATES
from pipeline.language.names import name_word
from pipeline.language.recall import restore_sentence
from pipeline.language.say import join_said, say, say_known

__all__ = ["runs_command"]


@click.group(
    "runs",
    cls=SpokenGroup,
    invoke_without_command=True,
    short_help="History; one run; finish what was interrupted.",
    context_settings=CONTEXT,
)
@journal_option
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
@journal_option
@click.option("--count", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
def list_command(terminal: Terminal, profile: str | None, count: int) -> int:
    """The latest runs, newest first.

    \b
    Examples:
      gigbulk runs list
      gigbulk runs list --count 5 --json
    """
    from pipeline.runs import list_runs

    runs = list_runs(build_settings(terminal, profile), count, PROCESS)
    terminal.result({"event": "result", "command": "runs list", "status": "ok", "runs": runs})
    shown = [name for name in FATES if name == "created" or any(r["totals"].get(name) for r in runs)]
    rows = [
        [r["run"], r["command"], name_word(r["status"]), *(f"{r['totals'].get(n, 0):,}" for n in shown)] for r in runs
    ]
    terminal.table([say("run"), say("command"), say("status"), *map(name_word, shown)], rows)
    return 0


@command("show", short_help="One run: its files, counts, and the records that need attention.")
@journal_option
@click.argument("run")
def show_command(terminal: Terminal, profile: str | None, run: str) -> int:
    """Everything the journal knows of RUN (its name, or the beginning of it).

    \b
    Examples:
      gigbulk runs show 20261122-1315
      gigbulk runs show 20261122-1315 --json
    """
    from pipeline.model import label_table
    from pipeline.result import list_outputs
    from pipeline.runs import show_run

    known: dict[str, Any] = show_run(build_settings(terminal, profile), run, PROCESS)
    terminal.result({"event": "result", "command": "runs show", "status": "ok", **known})
    terminal.show(
        say(
            "{run}: {command}, {status}, begun {begun}",
            run=known["run"],
            command=known["command"],
            status=name_word(known["status"]),
            begun=known["started_at"],
        )
    )
    for file in known["files"]:
        label = label_table(file["name"], file["sheet"])
        rows_read, resource = format_count(file["rows"], "rows"), name_word(file["resource"])
        terminal.show(say("  {file}: {rows} of {resource}", file=label, rows=rows_read, resource=resource))
    if approved_by := known["approved_by"]:
        terminal.show(say("  Approved by {name}", name=approved_by))
    shown = COUNTED
    rows = [[name_word(name), *(f"{counts.get(n, 0):,}" for n in shown)] for name, counts in known["resources"].items()]
    terminal.table(["", *map(name_word, shown)], rows)
    for resource, changes in (known["result"] or {}).get("changes", {}).items():
        terminal.show(describe_changes(resource, changes))
    for change in known["changes"]:
        resource, state = name_word(change["resource"]), name_word(change["state"])
        terminal.show(say("  {resource} {id} {state}: {why}", **change | {"resource": resource, "state": state}))
    for what, path in list_outputs((known["result"] or {}).get("outputs", {})):
        terminal.show(say("  {what}: {path}", what=name_word(what), path=path))
    if error := (known["result"] or {}).get("error"):
        terminal.show(say("  It ended with: {error}", error=restore_sentence(error)))
    for record in known["notable"]:
        terminal.show(
            say(
                "  {resource} {key} (line {line}) {state}: {why}",
                resource=name_word(record["resource"]),
                key=record["key"],
                line=record["line"],
                state=name_word(record["state"]),
                why=restore_sentence(record["why"]),
            )
        )
    return 0


@command("report", short_help="The page about one run, from the journal.")
@journal_option
@click.argument("run")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The HTML file [RUN.report.html].")
def report_command(terminal: Terminal, profile: str | None, run: str, output: Path | None) -> int:
    """Write the page about RUN (its name, or the beginning of it): charts, counts, sums, findings by rule.

    As import --report writes it, without what the journal does not keep: the cells that findings are about.

    \b
    Examples:
      gigbulk runs report 20261122-1315
      gigbulk runs report 20261122-1315 -o report.html
    """
    from pipeline.report import report_run_later

    name, path = report_run_later(build_settings(terminal, profile), run, output)
    outputs = {"report": str(path)}
    terminal.result({"event": "result", "command": "runs report", "status": "ok", "run": name, "outputs": outputs})
    terminal.show(say("The report of run {run} is in {path}.", run=name, path=path))
    return 0


@command("resume", short_help="Finish what was interrupted.")
@journal_option
@dialect_option
@click.argument("run", required=False)
@concurrency_option
@rate_option
@click.option("--sandbox", is_flag=True, help="The run was sent to the embedded pretend API.")
@click.option("--yes", is_flag=True, help="Confirm what would be asked (mail, automation, live).")
def resume_command(
    terminal: Terminal,
    profile: str | None,
    run: str | None,
    concurrency: int | str | None,
    rate: float | None,
    sandbox: bool,
    yes: bool,
) -> int:
    """Finish RUN (the latest unfinished one of the account): same files, same settings, nothing sent twice.

    Records in doubt are looked up first. The files must be what they were.

    \b
    Examples:
      gigbulk runs resume
      gigbulk runs resume 20261122-1315
    """
    from pipeline.cli.caller import call_from
    from pipeline.importer.flow import resume_run
    from pipeline.removal.flow import COMMAND, Remover, resume_removal
    from pipeline.runs import find_command
    from pipeline.signals import watch_interrupts

    wanted = build_settings(terminal, profile, concurrency=concurrency, rate=rate)
    with open_sandbox(wanted, sandbox, terminal) as settings:
        if find_command(settings, run, PROCESS) == COMMAND:
            result = resume_removal(run, settings, Remover(terminal, watch=watch_interrupts))
        else:
            result = resume_run(run, settings, call_from(terminal), yes=yes)
    show_summary(terminal, result)
    return result.exit_code


@command("settle", short_help="Decide about records in doubt that the API cannot tell of.")
@journal_option
@click.argument("run")
@click.option(
    "--as", "fate", type=click.Choice(["created", "done", "absent"]), required=True, help="What became of them."
)
@click.option("--key", "keys", multiple=True, metavar="INTERNALID", help="Only this record; repeatable [all in doubt].")
@click.option("--yes", is_flag=True, help="Do not ask.")
def settle_command(
    terminal: Terminal, profile: str | None, run: str, fate: str, keys: tuple[str, ...], yes: bool
) -> int:
    """Settle the records of RUN that are in doubt, after you looked at the account yourself.

    `created` counts them as done; `absent` lets a resume send them again. A payment of two requests (--two-step) is
    created by the first: a resume looks whether it lacks the second. `done` says that it has both.

    \b
    Examples:
      gigbulk runs settle 20261122-1315 --as created
      gigbulk runs settle 20261122-1315 --as absent --key ERP-17
    """
    from pipeline.runs import Fate, list_doubts, resolve

    settings = build_settings(terminal, profile)
    open_ = list_doubts(settings, run, PROCESS, keys)
    asked = say(
        "In doubt in run {run}: {records}. Settle as {fate}? There is no undo.",
        run=run,
        records=format_count(len(open_), "records"),
        fate=say_known(fate),
    )
    if open_ and not yes and not terminal.confirm(asked):
        raise ConfigError(
            say("Not confirmed: still in doubt: {records}.", records=format_count(len(open_), "records")),
            say("Confirm, or add --yes."),
        )
    done = resolve(settings, run, keys, PROCESS, Fate(fate))
    settled = done.records
    told = {"event": "result", "command": "runs settle", "status": "ok", "run": run, "settled": settled}
    terminal.result(told | ({"left": done.left} if done.left else {}))
    terminal.show(say("{records} settled as {fate}.", records=format_count(settled, "records"), fate=say_known(fate)))
    if done.left:
        terminal.warn(join_said(" ", done.said_of_left))
    if fate == "absent" and settled:
        terminal.show(say("Send them with: gigbulk runs resume {run}", run=run))
    return 0


@command("prune", short_help="Forget old runs; records stay known.")
@journal_option
@click.option("--days", type=click.IntRange(min=0), default=90, show_default=True, help="Keep runs of so many days.")
def prune_command(terminal: Terminal, profile: str | None, days: int) -> int:
    """Remove finished runs older than --days from the history.

    What was created stays in the journal: it is what keeps a later import from sending it twice.

    \b
    Example:
      gigbulk runs prune --days 30
    """
    from pipeline.runs import prune_runs

    removed = prune_runs(build_settings(terminal, profile), days, PROCESS)
    terminal.result({"event": "result", "command": "runs prune", "status": "ok", "removed": removed})
    terminal.show(
        say("{runs} removed from the history; what they sent stays known.", runs=format_count(removed, "runs"))
    )
    return 0


@command("move", short_help="Move the journal to PostgreSQL, to share it with other machines.")
@journal_option
@click.option(
    "--to", required=True, metavar="ADDRESS", help="Where: postgresql://USER@HOST/DATABASE, without a password."
)
def move_command(terminal: Terminal, profile: str | None, to: str) -> int:
    """Move the journal in a file to an empty one elsewhere: copied, compared row by row, and then put aside.

    Nobody may be importing meanwhile. What was done stays known, and is not sent again from any machine.

    \b
    Example:
      gigbulk runs move --to postgresql://gigbulk@db.internal/gigbulk
    """
    from pipeline.runs import move_runs

    moved = move_runs(build_settings(terminal, profile), to, PROCESS)
    terminal.result({"event": "result", "command": "runs move", "status": "ok", "rows": moved})
    terminal.show(
        say(
            "Moved and compared: {records}, {runs}. The file is put aside; set GIGBULK_JOURNAL on every machine.",
            records=format_count(moved["records"], "records"),
            runs=format_count(moved["runs"], "runs"),
        )
    )
    return 0


@command("adopt", short_help="Go on with a journal whose server was replaced.")
@journal_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def adopt_command(terminal: Terminal, profile: str | None, yes: bool) -> int:
    """Agree to the journal's server being another one, or a standby that took over.

    It may have forgotten what was sent last. So each account's payments are learnt anew before anything is sent, and
    what the account holds is not sent again. A journal put back from a backup is nothing to adopt: delete it.

    \b
    Example:
      gigbulk runs adopt
    """
    from pipeline.journal import adopt_journal

    asked = say("Go on with this server, and look at every account anew? A restored backup must not be adopted.")
    if not yes and not terminal.confirm(asked):
        raise ConfigError(say("Not confirmed: nothing was changed."), say("Confirm, or add --yes."))
    adopted = adopt_journal(build_settings(terminal, profile))
    terminal.result({"event": "result", "command": "runs adopt", "status": "ok", "adopted": adopted})
    terminal.show(
        say("Adopted. Run again what was stopped: gigbulk runs resume")
        if adopted
        else say("There was nothing to adopt: the journal is where it was.")
    )
    return 0


for _command in (
    list_command, show_command, report_command, resume_command, settle_command, undo_command, prune_command,
    move_command, adopt_command,
):  # fmt: skip
    runs_command.add_command(_command)
