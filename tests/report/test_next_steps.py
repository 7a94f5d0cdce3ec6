"""The page ends no run without saying what to do, and the commands can be copied as they are."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import click
import pytest
from pages import a_result, a_run, counts

from pipeline.cli import cli
from pipeline.report.next_steps import SANDBOX, NextStep, next_steps
from pipeline.report.words import WORDS

RUN = "20260531-1800"
SHOW = NextStep("do_history", f"gigbulk runs show {RUN}")


def steps(
    *, names: Sequence[str] = ("payments.csv",), stale: bool = False, run: Any = None, **result: Any
) -> list[NextStep]:
    return next_steps(run or a_run(), names, a_result(**result), stale=stale)


def payments(**fates: int) -> dict[str, Any]:
    return {"payments": counts(**fates)}


def test_after_a_clean_run_there_is_nothing_to_do() -> None:
    assert steps() == [NextStep("do_nothing"), SHOW]


def test_rejected_records_are_corrected_and_imported() -> None:
    outputs = {"rejects_files": ["clients.rejects.csv", "my payments.rejects.csv"]}
    assert steps(status="partial", resources=payments(created=1, rejected=2), outputs=outputs) == [
        NextStep("do_correct", "gigbulk import clients.rejects.csv 'my payments.rejects.csv'"),
        SHOW,
    ]


def test_records_in_doubt_are_looked_up_before_anything_else_and_never_just_sent_again() -> None:
    outputs = {"rejects_files": ["payments.rejects.csv"]}
    found = steps(status="partial", resources=payments(in_doubt=1, rejected=1, unsent=4), outputs=outputs)
    assert found == [
        NextStep("do_doubt", f"gigbulk runs resume {RUN}"),
        NextStep("do_settle", f"gigbulk runs settle {RUN} --as created"),
        NextStep("do_correct", "gigbulk import payments.rejects.csv"),
        SHOW,
    ]


@pytest.mark.parametrize(
    ("result", "word"),
    [
        ({"status": "interrupted", "resources": payments(created=1, unsent=9)}, "do_resume"),
        ({"status": "running", "resources": payments(created=9)}, "do_resume"),
        ({"status": "failed", "resources": payments(unsent=9), "error": "The key was refused."}, "do_error"),
    ],
)
def test_what_was_interrupted_or_stopped_is_finished_by_a_resume(result: dict[str, Any], word: str) -> None:
    assert steps(**result)[0] == NextStep(word, f"gigbulk runs resume {RUN}")


def test_what_a_limit_left_out_is_sent_by_the_same_import_without_it() -> None:
    run = a_run(settings={"limit": 1, "as_resource": "payments"})
    found = steps(run=run, resources=payments(created=1, unsent=9))
    assert found[0] == NextStep("do_rest", "gigbulk import payments.csv --as payments")


def test_a_dry_run_is_followed_by_the_real_one() -> None:
    resources = {"payments": counts(unsent=9) | {"would_create": 9}}
    assert steps(run=a_run(settings={"dry_run": True}), resources=resources)[0] == NextStep(
        "do_send", "gigbulk import payments.csv"
    )


def test_commands_go_where_the_run_went() -> None:
    outputs = {"rejects_files": ["r.csv"]}
    in_sandbox = steps(run=a_run(account=SANDBOX), resources=payments(rejected=1), outputs=outputs)
    assert in_sandbox[0].command == "gigbulk import r.csv --sandbox"
    live = steps(run=a_run(livemode=True), resources=payments(rejected=1), outputs=outputs)
    assert live[0].command == "gigbulk import r.csv --live"


def test_commands_repeat_the_flags_that_change_what_an_import_does() -> None:
    settings = {"as_resource": "payments", "generation": 2, "on_existing": "error", "match": False, "dry_run": True}
    resources = {"payments": counts(unsent=9) | {"would_create": 9}}
    [send, *_] = steps(run=a_run(settings=settings), resources=resources)
    assert send.command == ("gigbulk import payments.csv --as payments --generation 2 --on-existing error --no-match")


def test_flags_that_say_what_is_the_rule_anyway_are_not_repeated() -> None:
    settings = {"as_resource": None, "generation": 1, "on_existing": "skip", "match": True, "limit": 3}
    [rest, *_] = steps(run=a_run(settings=settings), resources=payments(created=3, unsent=1))
    assert rest.command == "gigbulk import payments.csv"


def test_warnings_and_an_old_catalogue_are_worth_a_look() -> None:
    assert [step.word for step in steps(warnings=2, stale=True)] == [
        "do_nothing",
        "do_warnings",
        "do_update",
        "do_history",
    ]


ENDINGS = [
    steps(stale=True),
    steps(status="partial", resources=payments(in_doubt=1), outputs={"rejects_files": ["r.csv"]}),
    steps(status="interrupted", resources=payments(unsent=1), run=a_run(account=SANDBOX)),
    steps(run=a_run(settings={"as_resource": "payments", "generation": 2, "dry_run": True}, livemode=True), resources={
        "payments": counts(unsent=1) | {"would_create": 1}
    }),
]  # fmt: skip


@pytest.mark.parametrize("step", [step for ending in ENDINGS for step in ending])
def test_every_step_has_its_sentence_and_every_command_is_one_that_gigbulk_understands(step: NextStep) -> None:
    assert step.word in WORDS
    if step.command is None:
        return
    [program, *arguments] = shlex.split(step.command)
    assert program == "gigbulk"
    group: click.Command = cli
    context = click.Context(cli)
    while isinstance(group, click.Group):
        name, *arguments = arguments
        found = group.get_command(context, name)
        assert found is not None
        group = found
    assert group.make_context(group.name, arguments, resilient_parsing=False).params
