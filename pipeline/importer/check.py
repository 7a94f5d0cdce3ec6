"""Every block of every file validated and planned, before anything is sent."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from pipeline.delivery.outbox import Outbox
from pipeline.delivery.plan import Plan, PlanContext
from pipeline.delivery.wire import find_dropped
from pipeline.events import Stage, format_count
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.findings.compose import FindingContext, compose_findings, join_findings
from pipeline.findings.rejects import Rejects
from pipeline.formats import FORMATS, LINE
from pipeline.importer.context import ImportRun, InputSource, end_if_wished
from pipeline.language.say import say, say_both
from pipeline.model import RECORD, Checked, Source
from pipeline.source.changed_ids import find_changed_twins
from pipeline.source.duplicates import find_crossings, find_repeated_keys
from pipeline.source.group import read_blocks
from pipeline.source.headings import find_near_fields
from pipeline.validation.references import find_references
from pipeline.validation.validate import validate
from schemas import resource
from schemas.dialects.spec import Create
from schemas.rules.cross_record import ID_CHANGED, STRANGE_COLUMN
from schemas.rules.declared import BOOLEANS
from schemas.rules.policy import apply_policy
from schemas.spec import INTERNAL_ID, Resource

__all__ = ["Planner", "check_inputs", "count_switched", "find_rejected_ids"]

Planner = Callable[[Checked, Resource, Sequence[Create], FindingContext, PlanContext], Plan]
"""Decides what is to be done about one block of good records (`pipeline.delivery.plan.plan_block`)."""


def check_inputs(run: ImportRun, sources: Sequence[Source], planner: Planner) -> None:
    """Fill `run.inputs`, the counts, the problems and the rejects. Interrupted between blocks when that is wished."""
    again = find_repeated_keys(sources)
    crossed = [
        pl.concat(pair)
        for pair in zip(
            find_crossings([(Path(s.label).name, s.traits) for s in sources]), find_changed_twins(sources), strict=True
        )
    ]
    for position, source in enumerate(sources):
        entry = InputSource(position, source, Outbox(run.folder), Rejects(source, run.folder))
        run.inputs.append(entry)
        _tell_unknown_columns(run, source)
        for field, lost in find_dropped(
            run.dialect.endpoints[source.resource].creates,
            dict.fromkeys([*source.fields.values(), *source.cell_formats.constants]),
        ):
            run.events.warn(
                say(
                    "{source}: {field}: {lost}",
                    source=source.name,
                    field=source.heading(field),
                    lost=say_both(lost.en, lost.es),
                )
            )
        meter = run.meter(Stage.CHECKING, source, source.rows)
        meter.tell(0)
        for block in read_blocks(source, run.folder):
            end_if_wished(run.stop)
            _judge_block(run, entry, block, planner, again[source.resource], crossed[position])
            meter.advance(block.height)
    _tell_natural_keys(run)
    run.result.warnings = run.problems.by_severity.get("warning", 0)
    run.result.fixed = run.problems.by_severity.get("fix", 0)


def _tell_unknown_columns(run: ImportRun, source: Source) -> None:
    """A warning for each, on the line of the headings."""
    if source.unknown and apply_policy(STRANGE_COLUMN, run.options):
        near = find_near_fields(source.unknown, source.resource, [*source.fields.values()])
        schema = {LINE: pl.UInt32, RECORD: pl.UInt32, INTERNAL_ID: pl.String, "value": pl.String, "proposal": pl.String}
        for heading in source.unknown:
            cells = {LINE: source.shape.first_line, "value": heading, "proposal": near.get(heading)}
            row = pl.DataFrame([cells], schema=schema)
            run.problems.add(compose_findings(row, STRANGE_COLUMN, FindingContext(source, run.settings.lang), heading))


def _tell_natural_keys(run: ImportRun) -> None:
    """Records without an internalId are known by something else: say so (docs/columns.md)."""
    for name, known_by in (("clients", say("RFC or e-mail")), ("services", say("name"))):
        count = run.nameless.get(name, 0)
        if count:
            run.result.warnings_said.append(
                say(
                    "Without an internalId, matched by {known_by}: {count}.",
                    known_by=known_by,
                    count=format_count(count, name),
                )
            )


def _judge_block(
    run: ImportRun,
    entry: InputSource,
    block: pl.DataFrame,
    planner: Planner,
    again: pl.DataFrame,
    crossing: pl.DataFrame,
) -> None:
    source = entry.source
    declared = resource(source.resource)
    voice = FindingContext(source, run.settings.lang)
    answers = run.references.answer(find_references(block, source.fields, declared, source.cell_formats))
    checked = validate(block, voice, answers, again, run.options, source.cell_formats, crossing)
    place = PlanContext(
        run.journal,
        run.account,
        run.name,
        entry.position,
        run.request.generation,
        accepts_changed_ids=ID_CHANGED.id in run.options.ignore,
        today=run.options.today,
        updates=run.request.on_existing == "update",
    )
    plan = planner(checked, declared, run.dialect.endpoints[source.resource].creates, voice, place)
    failpoint(CrashPoint.PLANNED)
    for record_id, action in plan.create:
        entry.outbox.add(record_id, action)
    entry.doubts += plan.doubtful
    if run.request.created is not None or FORMATS[source.format].marked:
        run.planned.add(entry.position, source, plan.passed)
    unplanned = pl.concat([plan.conflicts, plan.unwritable])
    clashing = block.join(join_findings(unplanned), on=RECORD, how="inner", maintain_order="left")
    rejected = pl.concat([checked.rejected, clashing])
    entry.rejects.add(rejected)
    run.problems.add(pl.concat([checked.findings, unplanned]))
    run.references.reject(source.resource, find_rejected_ids(pl.concat([checked.findings, plan.unwritable])))
    if declared.level == 0:
        nameless = checked.records[INTERNAL_ID].null_count()
        run.nameless[source.resource] = run.nameless.get(source.resource, 0) + nameless
    entry.record_ids.extend(record_id for record_id, _ in plan.create)
    entry.record_ids.extend(doubt.record_id for doubt in plan.doubtful)
    entry.known.read += checked.read
    entry.known.rejected += rejected[RECORD].n_unique()
    entry.known.created += plan.created
    entry.known.existing += plan.existing
    entry.known.unsent += plan.unsent
    for name, value in declared.switches.items():
        run.switched[name] = run.switched.get(name, 0) + count_switched(checked.records, name, value)


def find_rejected_ids(found: pl.DataFrame) -> list[str]:
    """The internalIds of records with an error: what refers to them falls with them. Warnings reject nobody."""
    return found.filter(pl.col("severity") == "error")["key"].drop_nulls().unique().to_list()


def count_switched(records: pl.DataFrame, name: str, value: bool) -> int:
    """How many records say `value` in the column that switches something on; an empty cell says nothing."""
    words = [word for word, meaning in BOOLEANS.items() if meaning is value]
    return int(records[name].str.to_lowercase().is_in(words).sum())
