"""What an alert says of a job that has ended: how, counts and sums, and nothing of any record."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import IntEnum
from typing import Any

from pipeline.events import format_count
from pipeline.fates import COUNTED
from pipeline.language.catalogue import translate
from pipeline.language.names import name_word
from pipeline.language.say import join_said, say
from pipeline.redact import join_lines, redact_text
from pipeline.result import SUMS

__all__ = ["AlertLevel", "compose_alert", "judge_level"]

_TOLD = ("command", "run", "status", "exit_code", "resources", "sums", "changes", "seconds")
"""Of a result object: paths and examples of rows stay at home."""


class AlertLevel(IntEnum):
    """How a job ended, the worse the higher."""

    SUCCESS = 0
    DEGRADED = 1
    FAILURE = 2


_WORDS = {
    AlertLevel.SUCCESS: say("all done"),
    AlertLevel.DEGRADED: say("done, with rows rejected or refused"),
    AlertLevel.FAILURE: say("it failed"),
}


def judge_level(result: Mapping[str, Any], exit_code: int) -> AlertLevel:
    """Exit code 1 is degraded where something was done; after a brake, or where all was rejected, it is a failure."""
    if exit_code == 0:
        return AlertLevel.SUCCESS
    return AlertLevel.DEGRADED if exit_code == 1 and result.get("status") == "partial" else AlertLevel.FAILURE


def compose_alert(result: Mapping[str, Any], exit_code: int, lang: str) -> tuple[str, dict[str, Any]]:
    """The text for people, in their language, and the facts for machines, of a result object (pipeline.result)."""
    facts = {name: result[name] for name in _TOLD if name in result} | {"exit_code": exit_code}
    facts["level"] = judge_level(result, exit_code).name.lower()
    if result.get("error"):
        facts["error"] = join_lines(redact_text(translate(result["error"], lang)))
    return " ".join(translate(sentence, lang) for sentence in _sentences(facts)), facts


def _sentences(facts: Mapping[str, Any]) -> Iterator[str]:
    words = _WORDS[AlertLevel[facts["level"].upper()]]
    yield say(
        "gigbulk {command}: {ended} (exit {code}).", command=facts["command"], ended=words, code=facts["exit_code"]
    )
    for name, counts in facts.get("resources", {}).items():
        yield say("{resource}: {counts}.", resource=name_word(name), counts=join_said(", ", [*_counts(counts)]))
    for currency, sums in facts.get("sums", {}).items():
        yield say(
            "{records}: {amount} {currency} with tax.",
            records=format_count(sums[SUMS[0]], SUMS[0]),
            amount=f"{Decimal(sums['gross']).scaleb(-2):,.2f}",
            currency=currency,
        )
    if "error" in facts:
        yield facts["error"]
    if facts.get("run"):
        yield say("Run {run}.", run=facts["run"])


def _counts(counts: Mapping[str, Any]) -> Iterator[str]:
    """Records by fate, of an import; rows, of an export."""
    for fate in COUNTED:
        if counts.get(fate):
            yield say("{count} {fate}", count=f"{counts[fate]:,}", fate=name_word(fate))
    if "rows" in counts:
        yield format_count(counts["rows"], "rows")
        if not counts["complete"]:
            yield say("not proven complete")
