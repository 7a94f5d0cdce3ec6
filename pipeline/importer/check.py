"""Every block of every file validated and planned, before anything is sent."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipeline.delivery.outbox import Outbox
from pipeline.delivery.plan import PlanContext
from pipeline.events import Stage, format_count
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.findings.compose import FindingContext, compose_findings
from pipeline.findings.rejects import Rejects
from pipeline.formats import LINE
from pipeline.formats.ahead import read_ahead
from pipeline.importer.context import ImportRun, InputSource, end_if_wished
from pipeline.importer.judge import FileJudge, Planner, judge_block
from pipeline.language.say import say, say_both, say_known
from pipeline.model import RECORD, Source
from pipeline.source.changed_ids import find_case_twins, find_changed_twins
from pipeline.source.columns.headings import find_near_fields
from pipeline.source.duplicates import find_crossings, find_repeated_keys
from pipeline.source.group import read_blocks
from pipeline.validation.references import find_references
from schemas import declared_resources, resource
from schemas.rules.cross_record import ID_CHANGED, STRANGE_COLUMN
from schemas.rules.policy import apply_policy
from schemas.spec import INTERNAL_ID

__all__ = ["answer_references", "check_inputs"]


def check_inputs(run: ImportRun, sources: Sequence[Source], planner: Planner) -> None:
    """Fill `run.inputs`, the counts, the problems and the rejects. Interrupted between blocks when that is wished."""
    again = find_repeated_keys(sources)
    crossed = [
        pl.concat(found)
        for found in zip(
            find_crossings([(Path(s.label).name, s.traits) for s in sources]),
            find_changed_twins(sources),
            find_case_twins(sources),
            strict=True,
        )
    ]
    for position, source in enumerate(sources):
        entry = InputSource(position, source, Outbox(run.folder), Rejects(source, run.folder))
        run.inputs.append(entry)
        _tell_unknown_columns(run, source)
        judge = entry.judge = _open_judge(run, entry, planner, again[source.resource], crossed[position])
        meter = run.meter(Stage.CHECKING, source, source.rows)
        meter.tell(0)
        for block in read_ahead(read_blocks(source, run.folder)):
            end_if_wished(run.stop)
            judged = judge_block(block, judge, answer_references(run, block, judge))
            failpoint(CrashPoint.PLANNED)
            run.take(entry, judged)
            meter.advance(block.height)
        _tell_lost(run, entry)
    _tell_natural_keys(run)
    run.result.warnings = run.problems.by_severity.get("warning", 0)
    run.result.fixed = run.problems.by_severity.get("fix", 0)


def answer_references(run: ImportRun, block: pl.DataFrame, judge: FileJudge) -> pl.DataFrame:
    """Of all that a block refers to, whether it exists as far as this machine knows."""
    source = judge.voice.source
    return run.references.answer(find_references(block, source.fields, judge.declared, source.cell_formats))


def _open_judge(
    run: ImportRun, entry: InputSource, planner: Planner, again: pl.DataFrame, crossing: pl.DataFrame
) -> FileJudge:
    declared = resource(entry.source.resource)
    return FileJudge(
        declared=declared,
        voice=FindingContext(entry.source, run.settings.lang),
        options=run.options,
        creates=run.dialect.endpoints[declared.name].creates,
        again=again,
        crossing=crossing,
        planner=planner,
        origin=PlanContext(
            run.journal,
            run.account,
            run.name,
            entry.position,
            run.request.generation,
            accepts_changed_ids=ID_CHANGED.id in run.options.ignore,
            today=run.options.today,
            updates=run.request.on_existing == "update",
            in_two=run.request.two_step,
            changes=run.request.update and run.dialect.endpoints[declared.name].change is not None,
        ),
    )


def _tell_lost(run: ImportRun, entry: InputSource) -> None:
    """A warning for each field of which the API loses something, in the order of the columns."""
    headings = [*entry.source.fields.values()]
    known = {field: place for place, field in reversed([*enumerate(headings)])}
    for field, lost in sorted(entry.lost, key=lambda one: known.get(one[0], len(known))):
        run.events.warn(
            say(
                "{source}: {field}: {lost}",
                source=entry.source.name,
                field=entry.source.heading(field),
                lost=say_both(lost.en, lost.es),
            )
        )


def _tell_unknown_columns(run: ImportRun, source: Source) -> None:
    """A warning for each, on the line of the headings."""
    if source.unknown and apply_policy(STRANGE_COLUMN, run.options):
        near = find_near_fields(source.unknown, source.resource, [*source.fields.values()])
        schema = {LINE: pl.UInt32, RECORD: pl.UInt32, INTERNAL_ID: pl.String, "value": pl.String, "proposal": pl.String}
        voice = FindingContext(source, run.settings.lang)
        found = []
        for heading in source.unknown:
            cells = {LINE: source.shape.first_line, "value": heading, "proposal": near.get(heading)}
            found.append(compose_findings(pl.DataFrame([cells], schema=schema), STRANGE_COLUMN, voice, heading))
        run.problems.add(pl.concat(found))


def _tell_natural_keys(run: ImportRun) -> None:
    """Records without an internalId are known by something else: say so (docs/columns.md)."""
    for name, declared in declared_resources().items():
        count = sum(entry.nameless for entry in run.inputs if entry.source.resource == name)
        if count and declared.known_by:
            run.result.warnings_said.append(
                say(
                    "Without an internalId, matched by {known_by}: {count}.",
                    known_by=say_known(declared.known_by),
                    count=format_count(count, name),
                )
            )
