"""The summary of a run for a person."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.cli.terminal import Terminal
from pipeline.events import format_count
from pipeline.fates import COUNTED
from pipeline.language.names import name_word
from pipeline.language.say import Said, join_said, say, say_count

if TYPE_CHECKING:
    from pipeline.result import Result

__all__ = ["describe_changes", "show_summary"]

_NEXT = {
    "interrupted": say("Interrupted: finish it with  gigbulk runs resume"),
    "in_doubt": say("Some records are in doubt (sent, answer unknown): gigbulk runs resume looks them up."),
}


_CHANGES = {
    "changed": say("changed"),
    "same": say("as the file says"),
    "refused": say("refused"),
    "in_doubt": say("in doubt"),
    "unsent": say("not sent"),
    "would_change": say("would be changed"),
    "deleted": say("deleted"),
    "absent": say("not there"),
    "would_delete": say("would be deleted"),
    "touched": say("touched since, and left"),
}


def show_summary(terminal: Terminal, result: "Result", more: dict[str, Any] | None = None) -> None:
    """The JSON line for a script; a table, the paths and what to do next for a person."""
    from pipeline.result import build_result, list_outputs

    terminal.result(build_result(result) | (more or {}))
    rows = [[name_word(name), *(f"{getattr(c, fate):,}" for fate in COUNTED)] for name, c in result.resources.items()]
    if rows or not result.changes:
        terminal.table(["", *map(name_word, COUNTED)], rows)
    for line in _summary(result):
        terminal.show(line)
    for what, path in list_outputs(result.outputs):
        terminal.show(say("  {what}: {path}", what=name_word(what), path=path))
    for warning in result.warnings_said:
        terminal.warn(warning)
    if result.interrupted:
        terminal.show(_NEXT["interrupted"])
    elif any(c.in_doubt for c in result.resources.values()) or any(c["in_doubt"] for c in result.changes.values()):
        terminal.show(_NEXT["in_doubt"])


def describe_changes(resource: str, changes: Mapping[str, int]) -> Said:
    """What became of records of the account that were to be changed or deleted."""
    told = [say("{count} {fate}", count=f"{n:,}", fate=_CHANGES[fate]) for fate, n in changes.items() if n]
    return say("Held by the account, {resource}: {told}.", resource=name_word(resource), told=join_said(", ", told))


def _summary(result: "Result") -> Iterator[str]:
    planned = [c.would_create for c in result.resources.values() if c.would_create is not None]
    if planned:
        yield say(
            "Dry run: {records} would be created; nothing was sent.", records=format_count(sum(planned), "records")
        )
    for resource, changes in result.changes.items():
        yield describe_changes(resource, changes)
    warnings = say_count("{count:,} warning", "{count:,} warnings", result.warnings)
    fixed = say_count("{count:,} cell fixed", "{count:,} cells fixed", result.fixed)
    extras = join_said(", ", [said for said, n in ((warnings, result.warnings), (fixed, result.fixed)) if n])
    name = say("Run {run}", run=result.run) if result.run else say("Checked")
    line = say("{name}: {status}, {seconds:.1f} s", name=name, status=name_word(result.status), seconds=result.seconds)
    yield line + "; " + extras if extras else line
