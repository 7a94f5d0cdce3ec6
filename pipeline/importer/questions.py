"""What an import asks before it sends, as data: mail, automations, live mode and records issued anew have no undo."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import ConfigError
from pipeline.events import format_count
from pipeline.importer.request import ImportRequest

__all__ = ["Question", "check_answers", "find_questions", "in_words", "refuse_live_rows"]

_LIVE = "livemode"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that is switched on, and in how many records. `kind` is the column that does it, `live mode`, or the
    generation."""

    kind: str
    count: int


def find_questions(request: ImportRequest, switched: Mapping[str, int], planned: int) -> tuple[Question, ...]:
    """What wants a yes. `switched` counts the records that switch a column on, `planned` those to be created."""
    asked = [Question(name, count) for name, count in switched.items() if count and name != _LIVE]
    sending = planned if request.limit is None else min(planned, request.limit)
    if request.live and sending:
        asked.append(Question("live mode", sending))
    if request.generation > 1 and sending:
        asked.append(Question(f"generation {request.generation}, issued anew", sending))
    return tuple(asked)


def refuse_live_rows(request: ImportRequest, switched: Mapping[str, int]) -> None:
    """ConfigError for rows in live mode in a run that is not."""
    count = switched.get(_LIVE, 0)
    if count and not request.live:
        raise ConfigError(
            f"livemode is true in {format_count(count, 'payments')}, and --live was not given.",
            "Add --live (with a live key), or take the livemode column out.",
        )


def in_words(questions: Sequence[Question]) -> str:
    """`avoidEmail: 3 records; live mode: 10 records`."""
    return "; ".join(f"{asked.kind}: {format_count(asked.count, 'records')}" for asked in questions)


def check_answers(questions: Sequence[Question], answers: Collection[str]) -> None:
    """ConfigError naming what was not agreed to. `answers` holds the kinds of the questions that were."""
    open_ = [question for question in questions if question.kind not in answers]
    if open_:
        raise ConfigError(
            f"Not confirmed: {in_words(open_)}.", "Confirm, add --yes for scripts, or change those columns."
        )
