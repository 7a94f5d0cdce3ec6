"""`gigbulk delete`: records of the account taken away by their ids."""

import click

from pipeline.cli.command import build_settings, command, dialect_option, journal_option, open_sandbox
from pipeline.cli.pace import concurrency_option, rate_option
from pipeline.cli.summary import show_summary
from pipeline.cli.terminal import Terminal
from pipeline.edge import PROCESS
from pipeline.errors import ConfigError
from pipeline.language.say import say
from pipeline.signals import watch_interrupts

__all__ = ["delete_command"]


@command("delete", short_help="Take records out of the account, by their ids.")
@journal_option
@dialect_option
@click.argument("resource")
@click.argument("file", required=False)
@click.option("--ids", metavar="ID,ID|FILE|-", help="The API's ids; a file has one a line, or a column headed id.")
@click.option("--dry-run", is_flag=True, help="Look at each record, delete none.")
@click.option("--live", is_flag=True, help="Records of live mode.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--sandbox", is_flag=True, help="Records of the embedded pretend API.")
@concurrency_option
@rate_option
def delete_command(
    terminal: Terminal,
    profile: str | None,
    resource: str,
    file: str | None,
    ids: str | None,
    dry_run: bool,
    live: bool,
    yes: bool,
    sandbox: bool,
    concurrency: int | str | None,
    rate: float | None,
) -> int:
    """Delete the records of RESOURCE whose ids FILE has (an export, or what import --created wrote).

    Each is looked at first and kept as it was in the state folder. You are shown what would go and type how many they
    are. Payments and receipts of generation 2026 are canceled. What is not there counts as absent.

    \b
    Examples:
      gigbulk delete clients created.csv --dry-run
      gigbulk delete services --ids service_8f2c,service_91d0 --yes
    """
    from pipeline.exporter.ids import read_ids
    from pipeline.importer.account import check_key_mode
    from pipeline.removal.flow import Remover, remove_records
    from pipeline.source.read import STDIN

    if (file is None) == (ids is None):
        raise ConfigError(say("Name the records: a FILE, or --ids."), say("One of the two, and not both."))
    if file not in (None, STDIN) and not PROCESS.locate(str(file)).is_file():
        raise ConfigError(
            say("{file}: there is no such file.", file=str(file)), say("Check the path; single ids are named by --ids.")
        )
    wanted = build_settings(terminal, profile, concurrency=concurrency, rate=rate)
    with open_sandbox(wanted, sandbox, terminal) as settings:
        check_key_mode(settings.key(), live=live)

        def agree(question: str, count: int) -> bool:
            return yes or terminal.confirm(question, typed=str(count))

        remover = Remover(terminal, agree, watch_interrupts)
        named = read_ids(file if file is not None else str(ids), resource, PROCESS, terminal.warn)
        result = remove_records(resource, named, settings, remover, live=live, dry_run=dry_run)
    show_summary(terminal, result)
    return result.exit_code
