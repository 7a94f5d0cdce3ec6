"""What the user does next: a sentence, and the exact command to copy."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.journal import RunRow
from pipeline.runs import CUT_SHORT

__all__ = ["NextStep", "next_steps"]

SANDBOX = "sandbox"
"""The account name of the embedded pretend API."""


class NextStep(NamedTuple):
    """`word` names the sentence in `words`; `command` is to be copied into a terminal, None where none is needed."""

    word: str
    command: str | None = None


def next_steps(run: RunRow, names: Sequence[str], result: Mapping[str, Any], *, stale: bool) -> list[NextStep]:
    """In the order to do them: what is unsettled, what is to correct, what was left out, what merits a look.

    `names` are the input files as the user called them; `stale` says that a catalogue is over a year old.
    """
    counts = _totals(result)
    steps = [*_unsettled(run, names, result, counts)]
    if rejects := result["outputs"].get("rejects_files"):
        steps.append(NextStep("do_correct", _import(run, rejects)))
    if not steps:
        steps.append(NextStep("do_nothing"))
    if result.get("warnings"):
        steps.append(NextStep("do_warnings"))
    if stale:
        steps.append(NextStep("do_update", "gigbulk catalogs update catCFDI_V_4_AAAAMMDD.xls"))
    return [*steps, NextStep("do_history", _command("runs", "show", run.run))]


def _unsettled(
    run: RunRow, names: Sequence[str], result: Mapping[str, Any], counts: Mapping[str, int]
) -> Iterator[NextStep]:
    resume = _command("runs", "resume", run.run, *_where(run))
    if run.settings.get("dry_run"):
        if counts.get("would_create"):
            yield NextStep("do_send", _import(run, names))
    elif counts.get("in_doubt"):
        yield NextStep("do_doubt", resume)
        yield NextStep("do_settle", _command("runs", "settle", run.run, "--as", "created"))
    elif result.get("error"):
        yield NextStep("do_error", resume)
    elif counts.get("unsent") or result["status"] == "running":
        limited = run.settings.get("limit") is not None and result["status"] not in CUT_SHORT
        yield NextStep("do_rest", _import(run, names)) if limited else NextStep("do_resume", resume)


def _import(run: RunRow, names: Sequence[str]) -> str:
    return _command("import", *names, *_how(run.settings), *_where(run), *(["--live"] if run.livemode else ()))


def _how(settings: Mapping[str, Any]) -> Iterator[str]:
    """The flags that change what an import does, as this run was given them: without them it would be another one."""
    if told := settings.get("as_resource"):
        yield from ("--as", told)
    if settings.get("generation", 1) > 1:
        yield from ("--generation", str(settings["generation"]))
    if settings.get("on_existing") == "error":
        yield from ("--on-existing", "error")
    if settings.get("match") is False:
        yield "--no-match"


def _where(run: RunRow) -> list[str]:
    return ["--sandbox"] if run.account == SANDBOX else []


def _command(*arguments: str) -> str:
    return shlex.join(["gigbulk", *arguments])


def _totals(result: Mapping[str, Any]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for counts in result["resources"].values():
        for fate, count in counts.items():
            totals[fate] = totals.get(fate, 0) + count
    return totals
