"""The judgement of one block as a value: what is to be done about its records, what is wrong with them, how many.

Nothing of the import is changed here; the plan alone is written, to the journal. `ImportRun.take` does the rest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipeline.delivery.bodies.writable import find_lost
from pipeline.delivery.plan import Plan, PlanContext
from pipeline.findings.compose import FindingContext, join_findings
from pipeline.model import RECORD, Counts, JudgedRows
from pipeline.validation.validate import validate
from schemas.dialects.spec import Create
from schemas.rule_options import RuleOptions
from schemas.rules.declared import BOOLEANS
from schemas.spec import INTERNAL_ID, Resource, Text

__all__ = ["FileJudge", "Judged", "Planner", "compose_judgement", "count_switched", "find_rejected_ids", "judge_block"]

Planner = Callable[[JudgedRows, Resource, Sequence[Create], FindingContext, PlanContext], Plan]
"""Decides what is to be done about one block of good records (`pipeline.delivery.plan.plan_block`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJudge:
    """What the blocks of one table are judged by. `again` are the keys that its resource has more than once in the
    call, `crossing` what its rows have in common with other rows of it (pipeline.source)."""

    declared: Resource
    voice: FindingContext
    options: RuleOptions
    creates: Sequence[Create]
    again: pl.DataFrame
    crossing: pl.DataFrame
    planner: Planner
    origin: PlanContext


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of one block.

    `findings` are all there are, `rejected` the user's own lines of records that fail, `fallen` their internalIds:
    what refers to them falls with them. `counts` are of records whose fate is known by now. `switched` counts the
    records that switch a column on; `nameless`, those that others may refer to and that have no internalId. `lost`
    are fields with what the API loses of them.
    """

    plan: Plan
    findings: pl.DataFrame
    rejected: pl.DataFrame
    fallen: list[str]
    counts: Counts
    switched: Mapping[str, int]
    nameless: int
    lost: tuple[tuple[str, Text], ...] = ()


def judge_block(block: pl.DataFrame, judge: FileJudge, answers: pl.DataFrame) -> Judged:
    """Validate a block of whole records, and plan the good ones. `answers` tell of what it refers to."""
    cell_formats = judge.voice.source.cell_formats
    checked = validate(block, judge.voice, answers, judge.again, judge.options, cell_formats, judge.crossing)
    plan = judge.planner(checked, judge.declared, judge.creates, judge.voice, judge.origin)
    source = judge.voice.source
    said = {*source.fields.values(), *source.cell_formats.constants}
    lost = tuple(find_lost(checked, judge.creates, said))
    return replace(compose_judgement(block, judge.declared, checked, plan), lost=lost)


def compose_judgement(block: pl.DataFrame, declared: Resource, checked: JudgedRows, plan: Plan) -> Judged:
    """What validation and the plan say of a block, together. A conflict rejects its record only, no other."""
    unplanned = pl.concat([plan.conflicts, plan.unwritable])
    clashing = block.join(join_findings(unplanned), on=RECORD, how="inner", maintain_order="left")
    rejected = pl.concat([checked.rejected, clashing])
    return Judged(
        plan=plan,
        findings=pl.concat([checked.findings, unplanned]),
        rejected=rejected,
        fallen=find_rejected_ids(pl.concat([checked.findings, plan.unwritable])),
        counts=Counts(
            read=checked.read,
            rejected=rejected[RECORD].n_unique(),
            created=plan.created,
            existing=plan.existing,
            unsent=plan.unsent,
        ),
        switched={name: count_switched(checked.records, name, value) for name, value in declared.switches.items()},
        nameless=checked.records[INTERNAL_ID].null_count() if declared.level == 0 else 0,
    )


def find_rejected_ids(found: pl.DataFrame) -> list[str]:
    """The internalIds of records with an error: what refers to them falls with them. Warnings reject nobody."""
    return found.filter(pl.col("severity") == "error")["key"].drop_nulls().unique().to_list()


def count_switched(records: pl.DataFrame, name: str, value: bool) -> int:
    """How many records say `value` in the column that switches something on; an empty cell says nothing."""
    words = [word for word, meaning in BOOLEANS.items() if meaning is value]
    return int(records[name].str.to_lowercase().is_in(words).sum())
