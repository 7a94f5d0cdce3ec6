"""The flags that say how fast a run may send."""

from gettext import gettext as _
from typing import Any

import click

__all__ = ["concurrency_option", "rate_option"]


class _Concurrency(click.ParamType[int | str]):
    name = "N|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        if value == "auto":
            return "auto"
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = 0
        if not 1 <= number <= 256:
            self.fail(_("{value!r} is neither 'auto' nor a number from 1 to 256").format(value=value), param, ctx)
        return number


concurrency_option = click.option(
    "--concurrency", type=_Concurrency(), help="Requests in flight; auto adapts itself [auto]."
)
rate_option = click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), help="Ceiling in requests per second."
)
