"""`gigbulk runs undo`: what a run created, taken back."""

from pathlib import Path

import click

from pipeline.cli.command import build_settings, command, dialect_option, journal_option, open_sandbox
from pipeline.cli.pace import concurrency_option, rate_option
from pipeline.cli.summary import show_summary
from pipeline.cli.terminal import Terminal

__all__ = ["undo_command"]


@command("undo", short_help="Take back what a run created and nobody touched since.")
@journal_option
@dialect_option
@click.argument("run")
@click.option("--dry-run", is_flag=True, help="Look at each record, delete none.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where what is left is listed.")
@concurrency_option
@rate_option
@click.option("--sandbox", is_flag=True, help="The run was sent to the embedded pretend API.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def undo_command(
    terminal: Terminal,
    profile: str | None,
    run: str,
    dry_run: bool,
    output: Path | None,
    concurrency: int | str | None,
    rate: float | None,
    sandbox: bool,
    yes: bool,
) -> int:
    """Delete from the account what RUN created: payments first (they are canceled), then clients and services.

    Each is looked at before. What somebody changed since, or has an invoice, is left and named. Said again, it goes on
    with what is left.

    \b
    Examples:
      gigbulk runs undo 20261122-1315 --dry-run
      gigbulk runs undo 20261122-1315
    """
    from pipeline.removal.flow import Remover
    from pipeline.removal.undo import undo_run
    from pipeline.signals import watch_interrupts

    wanted = build_settings(terminal, profile, concurrency=concurrency, rate=rate)
    with open_sandbox(wanted, sandbox, terminal) as settings:

        def agree(question: str, count: int) -> bool:
            return yes or terminal.confirm(question, typed=str(count))

        remover = Remover(terminal, agree, watch_interrupts)
        result = undo_run(run, settings, remover, dry_run=dry_run, listed=output)
    show_summary(terminal, result)
    return result.exit_code
