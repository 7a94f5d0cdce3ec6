"""What must be confirmed before an import sends, and by which answers it is."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.errors import ConfigError
from pipeline.importer.consent.questions import (
    Question,
    QuestionKind,
    check_answers,
    describe_questions,
    find_questions,
    refuse_live_rows,
)
from pipeline.importer.request import ImportRequest

SWITCH, LIVE, GENERATION = QuestionKind.SWITCH, QuestionKind.LIVE, QuestionKind.GENERATION
NO_SWITCH = {"avoidEmail": 0, "automaticInvoice": 0, "livemode": 0}

ASKED: list[tuple[dict[str, Any], dict[str, int], int, list[Question]]] = [
    ({}, NO_SWITCH, 9, []),
    ({}, {"avoidEmail": 3}, 9, [Question(SWITCH, 3, "avoidEmail")]),
    (
        {},
        {"avoidEmail": 3, "automaticInvoice": 1},
        9,
        [Question(SWITCH, 3, "avoidEmail"), Question(SWITCH, 1, "automaticInvoice")],
    ),
    ({"live": True}, NO_SWITCH, 9, [Question(LIVE, 9)]),
    ({"live": True}, {"livemode": 4}, 9, [Question(LIVE, 9)]),
    ({"live": True, "limit": 2}, NO_SWITCH, 9, [Question(LIVE, 2)]),
    ({"live": True, "limit": 0}, NO_SWITCH, 9, []),
    ({"live": True}, NO_SWITCH, 0, []),
    ({"generation": 2}, NO_SWITCH, 9, [Question(GENERATION, 9, "2")]),
    ({"generation": 2}, NO_SWITCH, 0, []),
    ({"generation": 3, "live": True}, NO_SWITCH, 9, [Question(LIVE, 9), Question(GENERATION, 9, "3")]),
]


@pytest.mark.parametrize(("asked", "switched", "planned", "questions"), ASKED)
def test_what_cannot_be_undone_is_a_question(
    asked: dict[str, Any], switched: dict[str, int], planned: int, questions: list[Question]
) -> None:
    assert list(find_questions(ImportRequest(("a.csv",), **asked), switched, planned)) == questions


SAID = [
    (Question(SWITCH, 1, "avoidEmail"), "avoidEmail: 1 record"),
    (Question(LIVE, 1200), "live mode: 1,200 records"),
    (Question(GENERATION, 2, "3"), "generation 3, issued anew: 2 records"),
    (Question(QuestionKind.CHANGE, 2), "changed in the account: 2 records"),
]


@pytest.mark.parametrize(("question", "words"), SAID)
def test_a_question_says_what_it_is_about_and_in_how_many_records(question: Question, words: str) -> None:
    assert describe_questions([question]) == words


def test_every_kind_can_be_said() -> None:
    assert {question.kind for question, _ in SAID} == set(QuestionKind)


ANSWERED: list[tuple[list[Question], list[Question], str | None]] = [
    ([], [], None),
    ([Question(SWITCH, 1, "avoidEmail")], [Question(SWITCH, 1, "avoidEmail")], None),
    ([Question(SWITCH, 1, "avoidEmail")], [], "avoidEmail: 1 record"),
    ([Question(SWITCH, 1, "avoidEmail")], [Question(SWITCH, 1, "automaticInvoice")], "avoidEmail: 1 record"),
    ([Question(SWITCH, 9, "avoidEmail")], [Question(SWITCH, 1, "avoidEmail")], "avoidEmail: 9 records"),
    ([Question(SWITCH, 1, "avoidEmail"), Question(LIVE, 2)], [Question(LIVE, 2)], "avoidEmail: 1 record"),
]


@pytest.mark.parametrize(("questions", "answers", "refused"), ANSWERED)
def test_a_yes_counts_for_the_question_it_was_said_to_and_for_no_more_records(
    questions: list[Question], answers: list[Question], refused: str | None
) -> None:
    if refused is None:
        check_answers(questions, answers)
        return
    with pytest.raises(ConfigError) as error:
        check_answers(questions, answers)
    assert error.value.message == f"Not confirmed: {refused}."


def test_live_rows_of_a_run_that_is_not_live_are_no_question_but_a_mistake() -> None:
    refuse_live_rows(ImportRequest(("a.csv",)), NO_SWITCH)
    refuse_live_rows(ImportRequest(("a.csv",), live=True), {"livemode": 1})
    with pytest.raises(ConfigError, match=r"^livemode is true in 1 payment, and --live was not given"):
        refuse_live_rows(ImportRequest(("a.csv",), yes=True), {"livemode": 1})
