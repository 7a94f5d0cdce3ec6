"""The terminal: notes and questions on standard error, results on standard output."""

import os
import re
import shlex
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from pipeline.cli.progress import choose_view
from pipeline.cli.streams import write_json
from pipeline.events import Progress
from pipeline.language.catalogue import detect_language, translate, translate_all
from pipeline.language.say import say
from pipeline.ops.json_log import JsonLog

__all__ = ["REPEATED", "LoggingTerminal", "Terminal"]

REPEATED: Mapping[str, tuple[str, ...]] = {
    "runs resume": ("sandbox", "journal", "dialect", "profile", "concurrency", "rate"),
    "runs settle": ("journal", "profile"),
    "runs show": ("journal", "profile"),
    "runs list": ("journal", "profile"),
    "runs report": ("journal", "profile"),
    "doctor": ("sandbox", "journal", "dialect", "profile"),
}
"""Commands that advice names, and the flags without which they would speak of another account or run, or do it
otherwise. What a run itself remembers is not said again."""

_ADVISED = re.compile(rf"gigbulk ({'|'.join(REPEATED)})(?![\w-])")
_BOUNDLESS = 10_000
_NUMBER = re.compile(r"[+-]?[0-9][0-9,.]*|")


class Terminal:
    """A `pipeline.events.Events` for a person or, with `as_json`, for a script.

    The one place where what was said becomes what is read, in `lang`: the language asked for, else that of the locale,
    until settings say another. `asked` are the flags of this call that are settings (pipeline.settings), `paced` those
    among them that not every command has, `profile` the one it names.
    """

    def __init__(self, *, as_json: bool = False, quiet: bool = False, lang: str | None = None) -> None:
        self.asked: dict[str, Any] = {"lang": lang}
        self.paced: dict[str, Any] = {}
        self.profile: str | None = None
        self.lang = lang or detect_language(os.environ)
        self.as_json = as_json
        self.quiet = quiet
        self.sandbox = False
        self._progress = choose_view(silent=quiet or as_json, word=self.word)

    def fit_advice(self, text: str) -> str:
        """Advice for this very call: a command that is named speaks of the same account, journal and run as this one,
        at the same pace."""
        said = {"sandbox": self.sandbox, **self.asked, **self.paced, "profile": self.profile}
        return _ADVISED.sub(lambda found: " ".join([found[0], *_repeat_flags(REPEATED[found[1]], said)]), text)

    def note(self, text: str) -> None:
        if not self.quiet:
            self._clear()
            click.echo(self.word(text), err=True)

    def warn(self, text: str) -> None:
        self._clear()
        click.echo(click.style(self.word(say("warning: ")), fg="yellow") + self.word(text), err=True)

    def error(self, message: str, hint: str = "") -> None:
        self._clear()
        click.echo(click.style(self.word(say("error: ")), fg="red") + self.word(message), err=True)
        if hint:
            click.echo(f"  {self.word(hint)}", err=True)

    def confirm(self, question: str, typed: str = "") -> bool:
        """Ask on the terminal; where there is none, the answer is no. Ctrl-C at the question ends the command. Where
        something is to be `typed`, nothing else is a yes."""
        self._clear()
        if not sys.stdin.isatty():
            return False
        if hasattr(signal, "siginterrupt"):  # polars' handler of Ctrl-C lets a read that waits go on waiting
            signal.siginterrupt(signal.SIGINT, True)
        try:
            if typed:
                asked = f"{self.word(question)} {self.word(say('Type {typed} to agree', typed=typed))}"
                return str(click.prompt(asked, default="", show_default=False, err=True)).strip() == typed
            return click.confirm(self.word(question), err=True)
        except click.Abort as error:
            raise KeyboardInterrupt from error

    def word(self, text: str) -> str:
        """What was said, in the language of this terminal and fit for this call."""
        return self.fit_advice(translate(text, self.lang))

    def close(self) -> None:
        """Give the terminal back as it was: no bar, and its cursor."""
        self._clear()

    def progress(self, progress: Progress) -> None:
        self._progress.show(progress)

    def _clear(self) -> None:
        self._progress.clear()

    def result(self, fields: dict[str, Any]) -> None:
        """The final line of a script's output; nothing for a person, who gets a summary."""
        self._clear()
        if self.as_json:
            write_json(translate_all(fields, self.lang))

    def show(self, text: str = "") -> None:
        """A line of the result for a person."""
        self._clear()
        if not self.quiet and not self.as_json:
            click.echo(self.word(text))

    def table(self, headings: list[str], rows: list[list[str]], title: str = "") -> None:
        """A table of the result for a person: numbers to the right, a last column of text gives way.

        Names and numbers are never cut: if there is no room for them, lines are longer than the terminal.
        """
        self._clear()
        if self.quiet or self.as_json:
            return
        from rich import box
        from rich.cells import cell_len
        from rich.console import Console
        from rich.table import Table

        headings, rows = list(map(self.word, headings)), [list(map(self.word, row)) for row in rows]
        table = Table(title=self.word(title) or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for position, heading in enumerate(headings):
            cells = [row[position] for row in rows]
            numbers = position > 0 and all(_NUMBER.fullmatch(cell) for cell in cells)
            whole = numbers or position < len(headings) - 1
            table.add_column(
                heading,
                justify="right" if numbers else "left",
                no_wrap=whole,
                min_width=max(map(cell_len, [heading, *cells])) if whole else None,
            )
        for row in rows:
            table.add_row(*row)
        console = Console(
            file=sys.stdout,
            highlight=False,
            markup=False,
            width=None if sys.stdout.isatty() else 120,
            color_system=None if os.environ.get("NO_COLOR") else "auto",
        )
        if Console(width=_BOUNDLESS).measure(table).minimum > console.width:
            table.padding = (0, 0)
        console.width = max(console.width, Console(width=_BOUNDLESS).measure(table).minimum)
        console.print(table)


def _repeat_flags(flags: Iterable[str], said: Mapping[str, Any]) -> Iterator[str]:
    """Those flags as they were said. A journal's address may hold a password: it is not told."""
    for flag in flags:
        value = said.get(flag)
        if value is True:
            yield f"--{flag}"
        elif value:
            yield f"--{flag} {'ADDRESS' if flag == 'journal' else shlex.quote(str(value))}"


class LoggingTerminal(Terminal):
    """A terminal whose standard error is read by a machine: one JSON object a line, and nobody to ask."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False, lang: str | None = None) -> None:
        super().__init__(as_json=as_json, quiet=quiet, lang=lang)
        self._log = JsonLog(quiet=quiet, secrets=[os.environ.get("GIGSTACK_API_KEY", "")])

    def note(self, text: str) -> None:
        self._log.note(text)

    def warn(self, text: str) -> None:
        self._log.warn(self.fit_advice(text))

    def error(self, message: str, hint: str = "") -> None:
        self._log.error(message, self.fit_advice(hint))

    def confirm(self, question: str, typed: str = "") -> bool:
        self._log.question(question)
        return False

    def progress(self, progress: Progress) -> None:
        self._log.progress(progress)
