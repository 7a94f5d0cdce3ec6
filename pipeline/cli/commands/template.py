"""`gigbulk template`: a workbook to fill in."""

from pathlib import Path

import click

from pipeline.cli.command import command
from pipeline.cli.terminal import Terminal
from schemas import RESOURCE_NAMES

__all__ = ["template_command"]


@command("template", short_help="A workbook to fill in, with the lists of SAT.")
@click.argument("resource", type=click.Choice([*RESOURCE_NAMES, "all"]))
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE.xlsx",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where it is written.",
)
def template_command(terminal: Terminal, profile: str | None, resource: str, output: Path) -> int:
    """Write a workbook to fill in: Spanish headings, drop-downs from SAT's catalogues, three example rows.

    \b
    Examples:
      gigbulk template all -o plantilla.xlsx
      gigbulk template clients -o clientes.xlsx
    """
    from pipeline.errors import ConfigError
    from pipeline.language.say import say
    from pipeline.storage.atomic import replace_atomically
    from pipeline.template.write import write_template

    if output.suffix.lower() != ".xlsx":
        raise ConfigError(
            say("-o {output}: a workbook to fill in is an .xlsx file.", output=output),
            say("Name it {stem}.xlsx.", stem=output.stem),
        )
    wanted = tuple(RESOURCE_NAMES) if resource == "all" else (resource,)
    with replace_atomically(output) as temporary:
        write_template(wanted, temporary)
    terminal.note(say("{output}: fill it in, then: gigbulk check {output}", output=output))
    terminal.result(
        {"event": "result", "command": "template", "run": None, "status": "ok", "resources": {}}
        | {"outputs": {"template": str(output)}, "seconds": 0.0, "exit_code": 0}
    )
    return 0
