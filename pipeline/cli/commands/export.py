"""`gigbulk export`: list endpoints to files."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.command import build_settings, command, dialect_option, journal_option, open_sandbox
from pipeline.cli.terminal import Terminal
from pipeline.cli.watched import Watchers, add_watch_flags, watch_job
from pipeline.edge import PROCESS, is_utf8
from pipeline.errors import ConfigError
from pipeline.events import format_count
from pipeline.language.names import name_word
from pipeline.language.say import say

if TYPE_CHECKING:
    from pipeline.exporter.request import ExportRequest
    from pipeline.exporter.result import ExportResult

__all__ = ["check_words", "export_command"]


@command("export", short_help="Read list endpoints into files.")
@journal_option
@dialect_option
@click.argument("resources", nargs=-1, metavar="[RESOURCE]...")
@click.option("--all", "everything", is_flag=True, help="Every resource the API lists.")
@click.option(
    "-o",
    "--output",
    default=".",
    show_default=True,
    help="A folder, a file, s3://, gs:// or az://, or - for stdout; {date}, {resource}, {run}.",
)
@click.option("--format", "format_", help="csv, parquet, jsonl or xlsx [the file's suffix, else csv].")
@click.option("--since", metavar="DATE|last", help="Created at or after; last: since the last export.")
@click.option("--until", metavar="DATE", help="Created before; a day is meant whole.")
@click.option("--ids", metavar="ID,ID|FILE|-", help="These records alone, by get, in that order.")
@click.option("--filter", "filters", multiple=True, metavar="KEY=VALUE", help="A filter of the endpoint; repeatable.")
@click.option("--full", is_flag=True, help="With --since last: start over.")
@click.option("--append", is_flag=True, help="Into a Parquet dataset by month; a changed row replaces the old one.")
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Remove all but the N newest exports of a dated -o.")
@click.option("--excel", is_flag=True, help="CSV made for Excel: accents, line ends, and no text that is computed.")
@click.option("--with-links", is_flag=True, help="The page where each payment is paid, too; files of mode 0600.")
@click.option("--raw", is_flag=True, help="Keep each page as it came (without secrets) beside the files.")
@click.option("--concurrency", type=click.IntRange(1, 64), help="Pages in flight.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Ceiling in requests per second.")
@click.option("--sandbox", is_flag=True, help="Read the embedded pretend API.")
@add_watch_flags
def export_command(
    terminal: Terminal,
    profile: str | None,
    resources: tuple[str, ...],
    everything: bool,
    output: str,
    format_: str | None,
    since: str | None,
    until: str | None,
    ids: str | None,
    filters: tuple[str, ...],
    full: bool,
    append: bool,
    keep: int | None,
    excel: bool,
    with_links: bool,
    raw: bool,
    concurrency: int | None,
    rate: float | None,
    sandbox: bool,
    watchers: Watchers,
) -> int:
    """Export RESOURCE... (payments, clients, services, invoices, receipts, webhooks, catalogs, teams) to files.

    Nested lists become tables of their own (payments.items). An export that is not proven complete ends with exit
    code 6 and never replaces a complete one.

    \b
    Examples:
      gigbulk export clients services -o out/
      gigbulk export payments -o payments.parquet --since 2026-10-01
      gigbulk export payments -o - --format jsonl | head
      gigbulk export payments -o two.csv --ids payment_8f2c,payment_91d0
      gigbulk export payments -o lake/ --since last --append
      gigbulk export --all -o 'exports/{date}' --keep 14
    """
    from pipeline.exporter.flow import export_resources

    settings = build_settings(terminal, profile, concurrency=concurrency, rate=rate)
    if output == "-" and terminal.as_json:
        raise ConfigError(say("--json and -o - both want standard output."), say("Write to a file, or drop --json."))
    request = request_of(
        settings.dialect, resources, everything, output=output, format=format_, since=since, until=until,
        filters=_pairs(filters), raw=raw, full=full, append=append, keep=keep, ids=ids, excel=excel,
        with_links=with_links,
    )  # fmt: skip
    with watch_job("export", terminal, watchers, terminal.lang) as job:
        with open_sandbox(settings, sandbox, terminal) as used:
            result = export_resources(request, used, terminal)
        job.result, job.exit_code = result.as_dict(), result.exit_code
    _show(terminal, request, result)
    return result.exit_code


def _show(terminal: Terminal, request: "ExportRequest", result: "ExportResult") -> None:
    """The result as a line of JSON, and as a table for a person."""
    from pipeline.result import build_result

    terminal.result(build_result(result))
    if request.output == "-":
        rows_read = format_count(sum(e.rows for e in result.resources.values()), "rows")
        click.echo(terminal.word(rows_read), err=True)
        return
    rows = [
        [
            name_word(name),
            f"{e.rows:,}",
            f"{e.pages:,}",
            say("yes") if e.complete else say("NO"),
            ", ".join(e.files if request.append else dict.fromkeys(path.name for path in e.files.values())),
        ]
        for name, e in result.resources.items()
    ]
    rows += [[name_word(name), "0", "0", say("NO"), ""] for name in result.unread]
    terminal.table(["", say("rows"), say("pages"), say("complete"), say("files")], rows)
    here = terminal.word(say("this folder"))
    folders = ", ".join(here if folder == "." else folder for folder in sorted(result.folders)) or request.output
    terminal.show(say("Exported to {folders} in {seconds:.1f} s", folders=folders, seconds=result.seconds))


def request_of(dialect: str, resources: tuple[str, ...], everything: bool, **asked: Any) -> "ExportRequest":
    """The words of the command as a request. ConfigError for a resource or a format that there is not."""
    from pipeline.exporter.ids import read_ids
    from pipeline.exporter.request import ExportRequest, list_exportable
    from schemas.dialects import dialect as contract_of

    output = asked["output"]
    if not is_utf8(os.path.realpath(output)):
        raise ConfigError(
            say("The path of {output!a} is not UTF-8.", output=output), say("Name another folder or file with -o.")
        )
    spoken = contract_of(dialect)
    known = list_exportable(spoken)
    if bool(resources) == everything:
        raise ConfigError(
            say("Name what to export, or say --all (not both)."), say("Resources: {known}.", known=", ".join(known))
        )
    ids = asked["ids"]
    if ids is not None and len(resources) == 1:
        asked["ids"] = read_ids(ids, resources[0], PROCESS)
    elif ids is not None:
        raise ConfigError(say("--ids are the ids of one resource."), say("Name that resource alone."))
    return ExportRequest(tuple(known if everything else dict.fromkeys(resources)), **asked).checked_for(spoken)


def check_words(dialect: str, params: Mapping[str, Any]) -> None:
    """What an export would say of its options before it reads anything, for an entry that runs unwatched.

    ConfigError for what it would refuse, and for rows to standard output, which a job has not.
    """
    from pipeline.exporter.flow import check_request
    from pipeline.source.read import STDIN

    if params["output"] == "-":
        raise ConfigError(say("A job has no standard output for rows."), say("Name a folder or a file with -o."))
    if params["ids"] == STDIN:
        raise ConfigError(say("A job has no standard input."), say("Name a file with --ids."))
    names = ("output", "since", "until", "raw", "full", "append", "keep", "ids", "excel", "with_links")
    asked = {name: params[name] for name in names} | {"format": params["format_"]}
    request = request_of(dialect, params["resources"], params["everything"], filters=_pairs(params["filters"]), **asked)
    check_request(request, dialect)


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise ConfigError(
                say("--filter {text}: write KEY=VALUE.", text=text), say("For example --filter rfc=EKU9003173C9.")
            )
        pairs[name] = value
    return pairs
