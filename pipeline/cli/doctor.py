"""`gigbulk doctor`: is everything in place?"""

from dataclasses import asdict

import click

from pipeline.cli.command import build_settings, command, open_sandbox
from pipeline.cli.terminal import Terminal

__all__ = ["doctor_command"]


@command("doctor", short_help="Key, address, mode, dialect, clock, catalogues, state folder.")
@click.option("--sandbox", is_flag=True, help="Examine the embedded pretend API instead of a real one.")
def doctor_command(terminal: Terminal, profile: str | None, sandbox: bool) -> int:
    """Examine everything an import needs; each line is fine or says what to do.

    \b
    Examples:
      gigbulk doctor
      gigbulk doctor --profile production
    """
    from pipeline.ops.doctor import run_checks

    with open_sandbox(build_settings(profile), sandbox, terminal) as settings:
        lines = run_checks(settings)
    for line in lines:
        mark = click.style("ok  ", fg="green") if line.ok else click.style("look", fg="red")
        terminal.say(f"{mark} {line.name}: {line.text}" + (f"\n     {line.advice}" if line.advice else ""))
    code = max((line.exit_code for line in lines), default=0)
    terminal.result(
        {"event": "result", "command": "doctor", "status": "failed" if code else "ok"}
        | {"lines": [asdict(line) for line in lines], "exit_code": code}
    )
    return code
