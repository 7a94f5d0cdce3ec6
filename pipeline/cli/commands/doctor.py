"""`gigbulk doctor`: is everything in place?"""

from dataclasses import asdict

import click

from pipeline.cli.command import build_settings, command, dialect_option, journal_option, open_sandbox
from pipeline.cli.terminal import Terminal
from pipeline.language.names import name_word
from pipeline.language.say import say

__all__ = ["doctor_command"]


@command("doctor", short_help="Key, address, mode, dialect, clock, catalogues, state folder.")
@journal_option
@dialect_option
@click.option("--sandbox", is_flag=True, help="Examine the embedded pretend API instead of a real one.")
def doctor_command(terminal: Terminal, profile: str | None, sandbox: bool) -> int:
    """Examine everything an import needs; each line is fine or says what to do.

    \b
    Examples:
      gigbulk doctor
      gigbulk doctor --profile production
    """
    from pipeline.ops.doctor import run_checks

    with open_sandbox(build_settings(terminal, profile), sandbox, terminal) as settings:
        lines = run_checks(settings)
    fine, wrong = (terminal.word(mark) for mark in (say("ok  "), say("look")))
    for line in lines:
        mark = click.style(fine, fg="green") if line.ok else click.style(wrong, fg="red")
        terminal.show(say("{mark} {name}: {text}", mark=mark, name=name_word(line.name), text=line.text))
        if line.advice:
            terminal.show(say("     {advice}", advice=line.advice))
    code = max((line.exit_code for line in lines), default=0)
    terminal.result(
        {"event": "result", "command": "doctor", "status": "failed" if code else "ok"}
        | {"lines": [asdict(line) for line in lines], "exit_code": code}
    )
    return code
