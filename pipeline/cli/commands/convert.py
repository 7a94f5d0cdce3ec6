"""`gigbulk convert`: a file under the names of another generation of the API."""

from pathlib import Path
from typing import Any

import click

from pipeline.cli.command import build_settings, command
from pipeline.cli.commands.import_ import add_reading_flags, build_request
from pipeline.cli.terminal import Terminal
from pipeline.events import format_count
from pipeline.language.names import name_word
from pipeline.language.say import say
from schemas import RESOURCE_NAMES

__all__ = ["convert_command"]


@command("convert", short_help="A file under the other generation's names; nothing is sent.")
@click.argument("file", metavar="FILE")
@click.option("--to", required=True, metavar="2026|2025-06", help="The generation whose names are written.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where they are written: .csv, .jsonl, .parquet or .xlsx.",
)
@click.option("--as", "as_resource", type=click.Choice(RESOURCE_NAMES), help="What the file holds, if not told.")
@add_reading_flags
def convert_command(
    terminal: Terminal, profile: str | None, file: str, to: str, output: Path, as_resource: str | None, **flags: Any
) -> int:
    """Write the rows of FILE as generation 2026 or 2025-06 of the API names them; either is read.

    What has no place there is left out and warned of; where the meaning would change, nothing is written.

    \b
    Examples:
      gigbulk convert payments.csv --to 2026 -o payments-2026.csv
      gigbulk convert clients.xlsx --to 2025-06 -o clients.jsonl
    """
    from pipeline.convert.flow import convert_file

    settings = build_settings(terminal, profile)
    request = build_request((file,), {**flags, "as_resource": as_resource})
    converted = convert_file(request, to, output, settings, terminal)
    for resource, count in converted.rows.items():
        terminal.note(
            say(
                "{output}: {rows} of {resource}",
                output=output,
                rows=format_count(count, "rows"),
                resource=name_word(resource),
            )
        )
    terminal.result(
        {"event": "result", "command": "convert", "run": None, "status": "ok"}
        | {"resources": {name: {"rows": count} for name, count in converted.rows.items()}}
        | {"outputs": {"converted": str(output)}, "warnings": [terminal.word(w) for w in converted.warnings]}
        | {"seconds": 0.0, "exit_code": 0}
    )
    return 0
