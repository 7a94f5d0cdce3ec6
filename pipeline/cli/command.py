"""What every command has: its common flags, and one way from an error to a sentence and an exit code."""

import errno
import functools
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.help import SpokenCommand
from pipeline.cli.streams import build_empty_result
from pipeline.cli.terminal import LoggingTerminal, Terminal
from pipeline.edge import PROCESS, is_utf8
from pipeline.errors import ConfigError, OutputError, PipelineError
from pipeline.language.catalogue import LANGUAGES
from pipeline.language.causes import os_cause
from pipeline.language.say import say

if TYPE_CHECKING:
    from pipeline.sandbox import EmbeddedSandbox

__all__ = [
    "COMMON", "CONTEXT", "build_sandbox", "build_settings", "command", "dialect_option", "exit_code_of",
    "journal_option", "open_sandbox",
]  # fmt: skip

BUG_EXIT = 70
"""Exit code of a mistake of ours (sysexits' EX_SOFTWARE): none of the contract's codes may hide it."""

INTERRUPTED_EXIT = 130

READER_GONE_EXIT = 141
"""Exit code when whoever read standard output went away (`| head`): 128 + SIGPIPE, as shells tell it of other tools."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_AFTERWARDS = {
    "import": say("Run it again: what an import has sent it does not send twice."),
    "runs resume": say("Run it again: what was sent is not sent twice."),
    "export": say("Run the same export again: it goes on from the pages it has read."),
}
"""What to do after a command was interrupted before its run began, or when it had ended."""

COMMON: list[click.Parameter] = [
    click.Option(["--json", "as_json"], is_flag=True, help="One JSON line with the result on stdout."),
    click.Option(["--quiet"], is_flag=True, help="Only warnings and errors."),
    click.Option(["--log-json"], is_flag=True, help="Notes, warnings and errors as JSON lines on stderr."),
    click.Option(["--profile"], metavar="NAME", help="Settings of [profiles.NAME] in gigbulk.toml."),
    click.Option(["--lang"], type=click.Choice(LANGUAGES), help="Language of what a person reads [from the locale]."),
    click.Option(["--debug"], is_flag=True, help="Show the traceback of an error."),
]


_SETTING = "setting_"
"""What the parameters of flags begin with that are settings and nothing else: `build_settings` hears of them, and the
functions of the commands do not."""

journal_option = click.option(
    "--journal", f"{_SETTING}journal", metavar="ADDRESS", help="Where the journal is [in the state folder]."
)
dialect_option = click.option(
    "--dialect", f"{_SETTING}dialect", metavar="NAME", help="Which generation of the API is spoken [2025-06]."
)


def command(name: str, *, short_help: str) -> Callable[[Callable[..., int]], click.Command]:
    """A click command whose function takes (terminal, profile, **flags) and gives an exit code."""

    def decorate(function: Callable[..., int]) -> click.Command:
        @functools.wraps(function)
        def run(
            as_json: bool, quiet: bool, log_json: bool, profile: str | None, lang: str | None, debug: bool, **flags: Any
        ) -> int:
            terminal = (LoggingTerminal if log_json else Terminal)(as_json=as_json, quiet=quiet, lang=lang)
            terminal.profile = profile

            def call() -> int:
                _refuse_odd_words(flags)
                settings = [flag for flag in flags if flag.startswith(_SETTING)]
                terminal.asked |= {flag.removeprefix(_SETTING): flags.pop(flag) for flag in settings}
                return function(terminal, profile, **flags)

            try:
                return _answered(call, _full_name(name), terminal, debug)
            finally:
                terminal.close()

        made: click.Command = click.command(name, cls=SpokenCommand, context_settings=CONTEXT, short_help=short_help)(
            run
        )
        made.params += COMMON
        return made

    return decorate


def _refuse_odd_words(flags: Mapping[str, Any]) -> None:
    """ConfigError for a word that is not UTF-8. Input files are named by whoever looks at them."""
    for name, value in flags.items():
        for word in value if isinstance(value, tuple) else (value,):
            if name != "files" and isinstance(word, str | Path) and not is_utf8(word):
                raise ConfigError(
                    say("{word!a} is not UTF-8.", word=str(word)),
                    say("Rename the file or folder, or write it in UTF-8."),
                )


def _full_name(name: str) -> str:
    """`catalogs update` for `gigbulk catalogs update`, as results call it."""
    context = click.get_current_context(silent=True)
    return context.command_path.partition(" ")[2] or name if context else name


def exit_code_of(error: BaseException) -> int:
    """The exit code a command ends with when this error comes out of it."""
    match error:
        case PipelineError():
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            return INTERRUPTED_EXIT
        case BrokenPipeError():
            return READER_GONE_EXIT
        case OSError(errno=number) if number in _NO_ROOM:
            return OutputError.exit_code
    return BUG_EXIT


def _answered(call: Callable[[], int], name: str, terminal: Terminal, debug: bool) -> int:
    try:
        return call()
    except PipelineError as error:
        problem = error
    except KeyboardInterrupt:
        terminal.result(build_empty_result(name, "interrupted", exit_code=INTERRUPTED_EXIT))
        terminal.error(say("Interrupted."), _AFTERWARDS.get(name, say("Run it again.")))
        return INTERRUPTED_EXIT
    except BrokenPipeError:
        return _reader_gone()
    except OSError as error:
        if error.errno not in _NO_ROOM:
            return _bug(error, name, terminal, debug)
        problem = OutputError(
            say("A file cannot be written: {cause}.", cause=os_cause(error)),
            say("Make room (disk, ulimit -f) and run again."),
        )
    except Exception as error:  # noqa: BLE001  (the edge: a bug must still end in one sentence and a code of its own)
        return _bug(error, name, terminal, debug)
    if debug:
        traceback.print_exception(problem)
    terminal.error(problem.message, problem.hint)
    known = getattr(problem, "result", None) or build_empty_result(name)
    terminal.result(
        known | {"error": problem.message, "hint": terminal.word(problem.hint), "exit_code": problem.exit_code}
    )
    return problem.exit_code


def _reader_gone() -> int:
    """End without a word, as command line tools do. What is left in the buffer must not be flushed into the pipe."""
    with suppress(OSError):  # a stand-in for standard output has no descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return READER_GONE_EXIT


def _bug(error: BaseException, name: str, terminal: Terminal, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    terminal.error(
        say("This is a mistake in gigbulk, not in your file ({name}).", name=type(error).__name__),
        say("Run again with --debug and report what it shows; the journal is safe."),
    )
    terminal.result(build_empty_result(name, exit_code=BUG_EXIT))
    return BUG_EXIT


def build_settings(terminal: Terminal, profile: str | None, **flags: Any) -> Any:
    """The settings of this call; from here on the terminal speaks the language they say."""
    from pipeline.settings import resolve_settings

    terminal.paced |= flags
    settings = resolve_settings({**terminal.asked, **flags}, os.environ, PROCESS.folder(), profile)
    terminal.lang = settings.lang
    return settings


@contextmanager
def open_sandbox(settings: Any, wanted: bool, terminal: Terminal) -> Iterator[Any]:
    """The settings themselves, or (with --sandbox) those of an embedded API, kept in the state folder."""
    if not wanted:
        yield settings
        return
    from pipeline.sandbox import Options

    # Each generation has rows and an account of its own: what is known to one was never sent to the other.
    name = "sandbox" if settings.dialect == Options.dialect else f"sandbox-{settings.dialect}"
    playing = build_sandbox(settings.dialect, settings.state_dir / f"{name}.sqlite")
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    terminal.sandbox = True
    with playing as sandbox:
        terminal.note(say("sandbox: an embedded API at {base_url}", base_url=sandbox.base_url))
        yield replace(settings, api_key="sandbox", key_place=None, base_url=sandbox.base_url, account=name)


def build_sandbox(dialect: str, data: Path | None = None) -> "EmbeddedSandbox":
    """A sandbox of the generation that the client is set to speak. ConfigError where it does not speak it: an answer of
    another generation would be read as an empty list."""
    from pipeline.sandbox import DIALECTS, EmbeddedSandbox, Options

    if dialect not in DIALECTS:
        raise ConfigError(
            say(
                "The sandbox speaks {dialects}, and the dialect is set to {dialect}.",
                dialects=", ".join(DIALECTS),
                dialect=dialect,
            ),
            say("Say --dialect, or set GIGSTACK_DIALECT (dialect in gigbulk.toml), to one that it speaks."),
        )
    return EmbeddedSandbox(Options(dialect=dialect, data=data))
