"""Every block of every file validated and planned, before anything is sent."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipeline.delivery.outbox import Spool
from pipeline.delivery.plan import Place, check_block, plan_block
from pipeline.events import counted
from pipeline.failpoints import CrashPoint, reach
from pipeline.findings import compose as say
from pipeline.findings.compose import Voice
from pipeline.findings.rejects import Rejects
from pipeline.formats import LINE
from pipeline.importer.context import Input, Walk
from pipeline.model import RECORD, Source
from pipeline.source.duplicates import crossings, repeated
from pipeline.source.group import blocks
from pipeline.validation.validate import validate
from schemas import resource
from schemas.rules.cross_record import STRANGE_COLUMN
from schemas.rules.declared import BOOLEANS
from schemas.rules.policy import judged
from schemas.spec import INTERNAL_ID

__all__ = ["judge"]


def judge(walk: Walk, sources: Sequence[Source]) -> None:
    """Fill `walk.inputs`, the counts, the problems and the rejects."""
    again = repeated(sources)
    crossed = crossings([(Path(s.name).name, s.traits) for s in sources])
    for position, source in enumerate(sources):
        entry = Input(position, source, Spool(walk.folder), Rejects(source, walk.folder))
        walk.inputs.append(entry)
        _tell_unknown_columns(walk, source)
        for block in blocks(source, walk.folder):
            _judge_block(walk, entry, block, again[source.resource], crossed[position])
            walk.console.progress(f"checking {source.name}", walk.counts(source).read, None)
    _tell_natural_keys(walk)
    walk.result.warnings = walk.problems.by_severity.get("warning", 0)
    walk.result.fixed = walk.problems.by_severity.get("fix", 0)


def _tell_unknown_columns(walk: Walk, source: Source) -> None:
    """A warning for each, on the first line, where headings stand."""
    if source.unknown and judged(STRANGE_COLUMN, walk.preflight):
        for heading in source.unknown:
            cells = {LINE: 1, RECORD: None, INTERNAL_ID: None, "value": heading}
            schema = {LINE: pl.UInt32, RECORD: pl.UInt32, INTERNAL_ID: pl.String, "value": pl.String}
            row = pl.DataFrame([cells], schema=schema)
            walk.problems.add(say.findings(row, STRANGE_COLUMN, Voice(source, walk.settings.lang), heading))


def _tell_natural_keys(walk: Walk) -> None:
    """Records without an internalId are known by something else: say so (CONTRACT, Columns)."""
    for name, known_by in (("clients", "RFC or e-mail"), ("services", "name")):
        count = walk.nameless.get(name, 0)
        if count:
            walk.result.warnings_said.append(f"Without an internalId, matched by {known_by}: {counted(count, name)}.")


def _judge_block(walk: Walk, entry: Input, block: pl.DataFrame, again: pl.DataFrame, crossing: pl.DataFrame) -> None:
    source = entry.source
    declared = resource(source.resource)
    voice = Voice(source, walk.settings.lang)
    checked = validate(block, voice, walk.references, again, walk.preflight, source.readings, crossing)
    place = Place(walk.ledger, walk.account, walk.run, entry.position, walk.request.generation)
    if walk.only_checks:
        plan = check_block(checked, declared, place)
    else:
        plan = plan_block(checked, declared, walk.dialect.endpoints[source.resource].fields, voice, place)
    reach(CrashPoint.PLANNED)
    for record_id, action in plan.create:
        entry.spool.add(record_id, action)
    entry.doubts += plan.doubtful
    clashing = block.join(say.joined(plan.conflicts), on=RECORD, how="inner", maintain_order="left")
    rejected = pl.concat([checked.rejected, clashing])
    entry.rejects.add(rejected)
    walk.problems.add(pl.concat([checked.findings, plan.conflicts]))
    walk.references.reject(source.resource, _internal_ids(checked.findings))
    counts = walk.counts(source)
    if declared.level == 0:
        nameless = checked.records[INTERNAL_ID].null_count()
        walk.nameless[source.resource] = walk.nameless.get(source.resource, 0) + nameless
    counts.read += checked.read
    counts.rejected += rejected[RECORD].n_unique()
    counts.created += plan.created
    counts.existing += plan.existing
    counts.unsent += plan.unsent
    for name, value in declared.switches.items():
        walk.switched[name] = walk.switched.get(name, 0) + _asking(checked.records, name, value)


def _internal_ids(found: pl.DataFrame) -> list[str]:
    return found.filter(pl.col("severity") == "error")["key"].drop_nulls().unique().to_list()


def _asking(records: pl.DataFrame, name: str, value: bool) -> int:
    words = [word for word, meaning in BOOLEANS.items() if meaning is value]
    return int(records[name].str.to_lowercase().is_in(words).sum())
