"""The summary of a run for a person."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.cli.terminal import Terminal
from pipeline.events import format_count

if TYPE_CHECKING:
    from pipeline.result import Result

__all__ = ["show_summary"]

_FATES = ("read", "created", "existing", "rejected", "refused", "in_doubt", "unsent")
_NEXT = {
    "interrupted": "Interrupted: finish it with  gigbulk runs resume",
    "in_doubt": "Some records are in doubt (sent, answer unknown): gigbulk runs resume looks them up.",
}


def show_summary(terminal: Terminal, result: "Result", more: dict[str, Any] | None = None) -> None:
    """The JSON line for a script; a table, the paths and what to do next for a person."""
    from pipeline.result import build_result, list_outputs

    terminal.result(build_result(result) | (more or {}))
    rows = [[name, *(f"{getattr(c, fate):,}" for fate in _FATES)] for name, c in result.resources.items()]
    terminal.table(["", *(fate.replace("_", " ") for fate in _FATES)], rows)
    for line in _summary(result):
        terminal.say(line)
    for what, path in list_outputs(result.outputs):
        terminal.say(f"  {what}: {path}")
    for warning in result.warnings_said:
        terminal.warn(warning)
    if result.interrupted:
        terminal.say(_NEXT["interrupted"])
    elif any(c.in_doubt for c in result.resources.values()):
        terminal.say(_NEXT["in_doubt"])


def _summary(result: "Result") -> Iterator[str]:
    planned = [c.would_create for c in result.resources.values() if c.would_create is not None]
    if planned:
        yield f"Dry run: {format_count(sum(planned), 'records')} would be created; nothing was sent."
    told = ((result.warnings, "warning", "warnings"), (result.fixed, "cell fixed", "cells fixed"))
    extras = ", ".join(f"{n:,} {one if n == 1 else many}" for n, one, many in told if n)
    name = f"Run {result.run}" if result.run else "Checked"
    yield f"{name}: {result.status}, {result.seconds:.1f} s{f'; {extras}' if extras else ''}"
