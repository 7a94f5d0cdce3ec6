"""What an import asks before it sends, as data: mail, automations, live mode and records issued anew have no undo."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pipeline.errors import ConfigError
from pipeline.events import format_count
from pipeline.importer.request import ImportRequest
from pipeline.language.say import Said, join_said, say, say_known
from schemas import declared_resources

__all__ = ["Question", "QuestionKind", "check_answers", "describe_questions", "find_questions", "refuse_live_rows"]

_LIVE = "livemode"


class QuestionKind(StrEnum):
    """What a question is about. To add one: a member here and its line in `_KINDS`."""

    SWITCH = "switch"
    LIVE = "live"
    GENERATION = "generation"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that wants a yes, and in how many records. An answer is the question itself, as it was asked.

    `subject` is the column of a switch, or the number of the generation; empty where the kind says it all.
    """

    kind: QuestionKind
    count: int
    subject: str = ""


class _Outlook(NamedTuple):
    """What a send would do: how many records switch each column on, would be created, and changed in the account."""

    request: ImportRequest
    switched: Mapping[str, int]
    sending: int
    changing: int = 0


def _find_switched(outlook: _Outlook) -> Iterator[tuple[str, int]]:
    return ((column, count) for column, count in outlook.switched.items() if column != _LIVE)


def _find_live(outlook: _Outlook) -> Iterator[tuple[str, int]]:
    if outlook.request.live:
        yield "", outlook.sending


def _find_generation(outlook: _Outlook) -> Iterator[tuple[str, int]]:
    if outlook.request.generation > 1:
        yield str(outlook.request.generation), outlook.sending


def _find_changing(outlook: _Outlook) -> Iterator[tuple[str, int]]:
    yield "", outlook.changing


class _Kind(NamedTuple):
    """How a kind is put in words, and in which subjects, of how many records, it is found."""

    words: Callable[[str], Said]
    find: Callable[[_Outlook], Iterable[tuple[str, int]]]


_KINDS: dict[QuestionKind, _Kind] = {
    QuestionKind.SWITCH: _Kind(say_known, _find_switched),
    QuestionKind.LIVE: _Kind(lambda _subject: say("live mode"), _find_live),
    QuestionKind.GENERATION: _Kind(
        lambda number: say("generation {number}, issued anew", number=number), _find_generation
    ),
    QuestionKind.CHANGE: _Kind(lambda _subject: say("changed in the account"), _find_changing),
}


def find_questions(
    request: ImportRequest, switched: Mapping[str, int], planned: int, changing: int = 0
) -> tuple[Question, ...]:
    """What wants a yes. `switched` counts the records that switch a column on, `planned` those to be created,
    `changing` those that the account holds and that would be changed."""
    sending = planned if request.limit is None else min(planned, request.limit)
    outlook = _Outlook(request, switched, sending, changing)
    return tuple(
        Question(kind, count, subject)
        for kind, declared in _KINDS.items()
        for subject, count in declared.find(outlook)
        if count
    )


def refuse_live_rows(request: ImportRequest, switched: Mapping[str, int]) -> None:
    """ConfigError for rows in live mode in a run that is not."""
    count = switched.get(_LIVE, 0)
    if count and not request.live:
        switching = next(name for name, declared in declared_resources().items() if _LIVE in declared.switches)
        raise ConfigError(
            say("livemode is true in {payments}, and --live was not given.", payments=format_count(count, switching)),
            say("Add --live (with a live key), or take the livemode column out."),
        )


def describe_questions(questions: Sequence[Question]) -> str:
    """`avoidEmail: 3 records; live mode: 10 records`."""
    parts = ((_KINDS[asked.kind].words(asked.subject), format_count(asked.count, "records")) for asked in questions)
    return join_said("; ", [say("{what}: {records}", what=what, records=records) for what, records in parts])


def check_answers(questions: Sequence[Question], answers: Collection[Question]) -> None:
    """ConfigError naming what was not agreed to. `answers` holds the questions that were."""
    open_ = [question for question in questions if question not in answers]
    if open_:
        raise ConfigError(
            say("Not confirmed: {open}.", open=describe_questions(open_)),
            say("Confirm, add --yes for scripts, or change those columns."),
        )
