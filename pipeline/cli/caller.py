"""The terminal as the one who runs an import: it hears what happens, answers questions, and may interrupt."""

from collections.abc import Collection, Sequence

from pipeline.cli.terminal import Terminal
from pipeline.importer.consent.questions import Question, describe_questions
from pipeline.importer.flow import Caller
from pipeline.language.say import say
from pipeline.signals import watch_interrupts

__all__ = ["call_from"]


def call_from(terminal: Terminal) -> Caller:
    """Whoever sits at the terminal. The first interrupt while records are sent lets what is in flight end."""

    def ask(questions: Sequence[Question]) -> Collection[Question]:
        agreed = terminal.confirm(
            say("There is no undo. Switched on: {questions}. Send them?", questions=describe_questions(questions))
        )
        return questions if agreed else ()

    return Caller(terminal, ask, watch_interrupts)
