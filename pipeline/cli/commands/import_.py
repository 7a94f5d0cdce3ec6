"""`gigbulk check` and `gigbulk import`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline.cli.command import build_settings, command, dialect_option, journal_option, open_sandbox
from pipeline.cli.pace import concurrency_option, rate_option
from pipeline.cli.summary import show_summary
from pipeline.cli.terminal import Terminal
from pipeline.cli.watched import Watchers, add_watch_flags, watch_job
from schemas import RESOURCE_NAMES

__all__ = ["add_reading_flags", "build_request", "check_command", "import_command"]

_FILE = click.Path(path_type=Path, dir_okay=False)


_files = click.argument("files", nargs=-1, required=True, metavar="FILE...")
_as = click.option("--as", "as_resource", type=click.Choice(RESOURCE_NAMES), help="What the files hold, if not told.")
_problems = click.option("--problems", type=_FILE, help="One row a finding: .csv, .jsonl or .parquet.")
_rejects = click.option("--rejects", type=_FILE, help="Where failing records go [<input>.rejects.<ext>].")
_two_step = click.option(
    "--two-step", is_flag=True, help="Dialect 2026: a past payment is requested, then marked paid on its day."
)
_rules = (
    click.option("--strict", is_flag=True, help="Warnings reject too."),
    click.option("--no-fix", is_flag=True, help="Repair nothing: a cell that would be fixed is an error."),
    click.option("--only", multiple=True, metavar="RULE", help="Judge by this rule only; repeatable."),
    click.option("--ignore", multiple=True, metavar="RULE", help="Do not judge by this rule; repeatable."),
)
_brakes = (
    click.option("--max-create", type=click.IntRange(min=0), help="Send nothing if more records would be created."),
    click.option(
        "--max-reject-pct", type=click.FloatRange(0, 100), help="Send nothing if more of a resource is rejected."
    ),
    click.option("--max-amount", multiple=True, metavar="CUR=SUM", help="Send nothing if payments sum to more."),
)
_saving = click.option("--save-mapping", is_flag=True, help="Remember --map and --set for files with these headings.")
_reading = (
    click.option("--dates", type=click.Choice(["dmy", "mdy", "iso"]), help="Order of day and month, if not told."),
    click.option("--decimal", type=click.Choice([".", ","]), help="Decimal mark, if not told."),
    click.option("--total-with-tax", type=click.Choice(["yes", "no"]), help="Whether a column Total is with tax."),
    click.option("--map", multiple=True, metavar="HEADING=FIELD", help="What a column means; repeatable."),
    click.option("--set", multiple=True, metavar="FIELD=VALUE", help="For records that say nothing; repeatable."),
    click.option("--sheet", metavar="NAME", help="The sheet of a workbook to read; else every one that is recognised."),
    click.option("--encoding", metavar="NAME", help="Encoding of text files, if not told: cp1252, mac-roman, cp850…"),
)


def rule_flags(function: Callable[..., int]) -> Callable[..., int]:
    """The flags that say how a file is judged, the same for check and import."""
    for option in reversed((*_rules, *_reading, _saving)):
        function = option(function)
    return function


def add_brake_flags(function: Callable[..., int]) -> Callable[..., int]:
    """The flags that keep an import from sending what is more than was meant."""
    for option in reversed(_brakes):
        function = option(function)
    return function


def add_reading_flags(function: Callable[..., int]) -> Callable[..., int]:
    """The flags that say how a file is read."""
    for option in reversed(_reading):
        function = option(function)
    return function


@command("check", short_help="Validate files: no key, no network, nothing sent.")
@journal_option
@dialect_option
@_files
@_as
@_problems
@_rejects
@_two_step
@rule_flags
def check_command(terminal: Terminal, profile: str | None, files: tuple[str, ...], **flags: Any) -> int:
    """Find every problem an import of these files would find.

    \b
    Examples:
      gigbulk check clients.csv payments.csv
      gigbulk check payments.csv --problems problems.csv
    """
    from pipeline.importer.flow import check_files

    settings = build_settings(terminal, profile)
    result = check_files(build_request(files, flags), settings, terminal)
    show_summary(terminal, result)
    return result.exit_code


@command("import", short_help="Validate files and create their records, effectively once.")
@journal_option
@dialect_option
@_files
@_as
@click.option("--dry-run", is_flag=True, help="Plan only: say what would be created, send nothing.")
@click.option("--limit", type=click.IntRange(min=0), help="Send at most so many records.")
@_problems
@_rejects
@click.option("--report", type=_FILE, help="An HTML page about the run.")
@click.option("--created", type=_FILE, help="Each record's own id with the API's: .csv, .jsonl or .parquet.")
@click.option("--with-links", is_flag=True, help="With --created: payment links too; a file of mode 0600.")
@concurrency_option
@rate_option
@rule_flags
@click.option("--sandbox", is_flag=True, help="Send to an embedded pretend API; no key needed.")
@click.option(
    "--on-existing",
    type=click.Choice(["skip", "error", "update"]),
    default="skip",
    show_default=True,
    help="What to do with records the account holds already; update changes clients, where the API can.",
)
@click.option(
    "--update", is_flag=True, help="Change clients and services the account holds otherwise; shows which, asks."
)
@_two_step
@click.option(
    "--no-match", "match", is_flag=True, flag_value=False, default=True, help="Create without looking what is there."
)
@click.option("--generation", type=click.IntRange(min=1), default=1, help="Above 1: issue records anew, on purpose.")
@add_brake_flags
@click.option("--plan", type=_FILE, help="Write down what would be done, for gigbulk apply; send nothing.")
@click.option("--live", is_flag=True, help="Live mode: real fiscal consequences. Needs a live key.")
@click.option("--yes", is_flag=True, help="Confirm what would be asked (mail, automation, live).")
@add_watch_flags
def import_command(
    terminal: Terminal,
    profile: str | None,
    files: tuple[str, ...],
    concurrency: int | str | None,
    rate: float | None,
    sandbox: bool,
    plan: Path | None,
    watchers: Watchers,
    **flags: Any,
) -> int:
    """Read, validate, plan and send the records of FILE... (clients, services, then payments).

    A second run of the same file sends nothing. Failing records go to <input>.rejects.<ext>: correct it, import it.

    \b
    Examples:
      gigbulk import clients.csv services.csv payments.csv --sandbox
      gigbulk import payments.csv --dry-run
      gigbulk import payments.csv --limit 1          a canary, before the rest
    """
    from pipeline.cli.caller import call_from
    from pipeline.importer.flow import import_files, plan_import

    with watch_job("import", terminal, watchers, terminal.lang) as job:
        settings = build_settings(terminal, profile, concurrency=concurrency, rate=rate)
        with open_sandbox(settings, sandbox, terminal) as used:
            request, caller = build_request(files, flags), call_from(terminal)
            result = plan_import(request, used, caller, plan) if plan else import_files(request, used, caller)
        job.result, job.exit_code = result.as_dict(), result.exit_code
    show_summary(terminal, result)
    return result.exit_code


def build_request(files: tuple[str, ...], flags: dict[str, Any]) -> Any:
    """What the flags ask. ConfigError for a --map or --set that has no two sides."""
    from pipeline.importer.flow import ImportRequest
    from pipeline.source.columns.mapping import parse_pairs

    pairs = {
        "map": parse_pairs(flags["map"], "--map", last=True),
        "set": parse_pairs(flags["set"], "--set", last=False),
    }
    if flags.get("max_amount") is not None:
        pairs["max_amount"] = parse_pairs(flags["max_amount"], "--max-amount", last=False)
    return ImportRequest(files, **{**flags, **pairs})
