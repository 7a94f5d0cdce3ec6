"""`gigbulk apply`: what a plan says, or nothing."""

from pathlib import Path

import click

from pipeline.cli.command import build_settings, command, dialect_option, journal_option
from pipeline.cli.pace import concurrency_option, rate_option
from pipeline.cli.summary import show_summary
from pipeline.cli.terminal import Terminal
from pipeline.cli.watched import Watchers, add_watch_flags, watch_job

__all__ = ["apply_command"]


@command("apply", short_help="Send what a plan says, if nothing has moved since.")
@journal_option
@dialect_option
@click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--approved-by", metavar="NAME", default="", help="Who has approved the plan; kept with the run.")
@click.option("--yes", is_flag=True, help="Confirm what would be asked (mail, automation, live).")
@concurrency_option
@rate_option
@add_watch_flags
def apply_command(
    terminal: Terminal,
    profile: str | None,
    plan: Path,
    approved_by: str,
    yes: bool,
    concurrency: int | str | None,
    rate: float | None,
    watchers: Watchers,
) -> int:
    """Send what PLAN says, which `gigbulk import FILE... --plan PLAN` has written.

    Files, journal and account are looked at once more. If anything is not as the plan says, what has moved is told
    and nothing is sent.

    \b
    Examples:
      gigbulk import payments.csv --plan plan.json
      gigbulk apply plan.json --approved-by "Ana López"
    """
    from pipeline.cli.caller import call_from
    from pipeline.importer.flow import apply_plan

    with watch_job("import", terminal, watchers, terminal.lang) as job:
        settings = build_settings(terminal, profile, concurrency=concurrency, rate=rate)
        result = apply_plan(plan, settings, call_from(terminal), yes=yes, approved_by=approved_by)
        job.result, job.exit_code = result.as_dict(), result.exit_code
    show_summary(terminal, result)
    return result.exit_code
