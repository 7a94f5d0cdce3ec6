"""Help and usage errors in the language of whoever reads them.

click asks the standard library's gettext for its own words (`Usage:`, `No such option`), of which it has no catalogue:
they are in ours, and so is the help of our commands, which stays an English docstring in the code. A page of help is
that of a copy of the command whose words were translated, so a command knows no language.
"""

import copy
import gettext
import inspect
from collections.abc import MutableMapping
from gettext import gettext as _
from typing import TypeVar

import click

from pipeline.language.catalogue import DOMAIN, FOLDER
from pipeline.language.say import say

__all__ = ["SpokenCommand", "SpokenGroup", "speak"]

_Command = TypeVar("_Command", bound=click.Command)

_TYPES = (
    say("INTEGER"), say("INTEGER RANGE"), say("FLOAT"), say("FLOAT RANGE"), say("TEXT"), say("PATH"), say("FILE"),
    say("DIRECTORY"), say("RUN"), say("[RUN]"), say("KEY"), say("[OPTIONS]"), say("COMMAND [ARGS]..."),
)  # fmt: skip
"""Words that click puts into a page of help without asking gettext."""


def speak(lang: str, environ: MutableMapping[str, str]) -> None:
    """From now on click and the help of this process speak that language.

    gettext chooses by the environment alone, and LANGUAGE is the variable it asks first. Only for the edge: whoever
    calls the library is not touched.
    """
    gettext.bindtextdomain(DOMAIN, str(FOLDER))
    gettext.textdomain(DOMAIN)
    environ["LANGUAGE"] = lang


def _translate_help(command: _Command, ctx: click.Context) -> _Command:
    shown = copy.copy(command)
    shown.help = _word(command.help)
    shown.epilog = _word(command.epilog)
    shown.options_metavar = _word(command.options_metavar)
    shown.params = [_translate_param(param, ctx) for param in command.params]
    if isinstance(shown, click.Group):
        shown.subcommand_metavar = _(shown.subcommand_metavar)
    return shown


def _translate_param(param: click.Parameter, ctx: click.Context) -> click.Parameter:
    shown = copy.copy(param)
    if isinstance(shown, click.Option):
        shown.help = _word(shown.help)
    shown.metavar = _word(shown.metavar or _known_type(param, ctx))
    return shown


def _known_type(param: click.Parameter, ctx: click.Context) -> str | None:
    """click's word for what the option takes, if it is one of those that are translated."""
    metavar = param.make_metavar(ctx)
    return metavar if metavar in _TYPES else None


def _word(text: str | None) -> str | None:
    return _(inspect.cleandoc(text)) if text else text


def _translate_help_option(option: click.Option | None) -> click.Option | None:
    """click makes it once and keeps it, in the language of that moment."""
    if option is not None:
        option.help = _("Show this message and exit.")
    return option


class SpokenCommand(click.Command):
    """A command whose help is shown in the language of the process."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Command.format_help(_translate_help(self, ctx), ctx, formatter)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Command.format_usage(_translate_help(self, ctx), ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _translate_help_option(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = 45) -> str:
        return _(super().get_short_help_str(limit))


class SpokenGroup(click.Group):
    """A group whose help is shown in the language of the process."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Group.format_help(_translate_help(self, ctx), ctx, formatter)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Group.format_usage(_translate_help(self, ctx), ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _translate_help_option(super().get_help_option(ctx))

    def get_short_help_str(self, limit: int = 45) -> str:
        return _(super().get_short_help_str(limit))
