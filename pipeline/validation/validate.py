"""A block of records judged in one vectorised pass: every problem of every row at once, good records handed on."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pipeline.findings.compose import FindingContext, compose_findings, join_findings, no_findings
from pipeline.formats import LINE
from pipeline.model import RECORD, JudgedRows
from pipeline.source.duplicates import CROSSING
from pipeline.source.keys import hash_keys
from pipeline.validation.canonical import Canonical, canonicalise_block
from pipeline.validation.constants import fill_items, fill_records
from pipeline.validation.derived import derive_fields
from pipeline.validation.items import Parts, split_items
from pipeline.validation.net_amounts import take_off_taxes
from pipeline.validation.references import LOCAL, SERVICE_REF, find_answers
from pipeline.validation.row_rules import find_broken_rules, find_damage
from schemas import resource
from schemas.cleaning.cell_formats import CellFormats
from schemas.cleaning.codes import find_other_descriptions
from schemas.cleaning.repair.fixes import OTHER_DESCRIPTION, fix_rule, refuse_fixes
from schemas.cleaning.repair.normalise import NO_CELL_FORMATS, repair_cells
from schemas.rule_options import RuleOptions
from schemas.rules.cross_record import (
    AGREE,
    CLIENT_REJECTED,
    CROSSINGS,
    CURRENCY_AGREES,
    CURRENCY_DIFFERS,
    CURRENCY_STRANGE,
    CURRENCY_TAKEN,
    ID_MIXED,
    ITEMS_JSON,
    NO_ITEMS,
    SAME_ROW,
    UNIQUE,
    UNRESOLVED,
)
from schemas.rules.declared import decimal
from schemas.rules.policy import apply_policy
from schemas.spec import INTERNAL_ID, Resource, Rule

__all__ = ["validate"]

_FILLED = {
    "items.name": "name",
    "items.description": "description",
    "items.product_key": "product_key",
    "items.unit_key": "unit_key",
    "items.unit_name": "unit_name",
}
"""Item fields an empty cell takes from its service (docs/columns.md); `items.total` takes quantity times price."""

_DEFAULT = RuleOptions()
_NO_CROSSING = pl.DataFrame(schema=CROSSING)


@dataclass(frozen=True, slots=True)
class _Block:
    """What the steps of one validation share."""

    declared: Resource
    written: Canonical
    parts: Parts
    voice: FindingContext
    answers: pl.DataFrame
    options: RuleOptions


def validate(
    raw: pl.DataFrame,
    voice: FindingContext,
    answers: pl.DataFrame,
    repeated: pl.DataFrame,
    options: RuleOptions = _DEFAULT,
    cell_formats: CellFormats = NO_CELL_FORMATS,
    crossing: pl.DataFrame = _NO_CROSSING,
) -> JudgedRows:
    """Judge one block of whole records. Pure: every argument can be pickled and sent to another process.

    `raw` has the user's own columns as text, LINE and RECORD. `answers` say of all it refers to whether it exists
    (pipeline.validation.references). `repeated` has `hash` and `proposal` (where else) of keys
    that stand in more than one record of the call; `crossing` has LINE, `rule` and `proposal` of rows that clash with
    another row of the call (pipeline.source.duplicates). `cell_formats` say how this file writes dates and
    numbers.
    """
    declared = resource(voice.source.resource)
    written = canonicalise_block(raw, voice.source.fields, declared, cell_formats)
    parts = derive_fields(split_items(written.frame, declared, cell_formats), declared)
    parts = fill_records(parts, cell_formats.constants)
    parts = fill_items(_with_services(parts, answers, declared), cell_formats.constants)
    taxed: tuple[tuple[Rule, pl.DataFrame], ...] = ()
    if cell_formats.with_tax and not parts.lines.is_empty():
        parts.lines, taxed = take_off_taxes(parts.lines)
    block = _Block(declared, written, parts, voice, answers, options)
    found = pl.concat(
        [
            no_findings(),
            *_fixes(block),
            *_other_descriptions(block),
            *_currencies(block),
            *_damage(block),
            *_broken(block),
            *(_told(block, cells, rule) for rule, cells in taxed if not cells.is_empty()),
            *_shape(block),
            *_mixed_ids(block),
            *_repeated(block, repeated, crossing),
            *_crossing(block, crossing),
            *_unresolved(block),
        ]
    ).unique(maintain_order=True)
    return _separated(block, raw, found)


def _told(block: _Block, cells: pl.DataFrame, rule: Rule, field: str | None = None) -> pl.DataFrame:
    """Findings of a rule; `cells` has LINE, RECORD, `value` and, where there is one, `proposal`."""
    keyed = cells if INTERNAL_ID in cells.columns else _with_key(block, cells)
    return compose_findings(block.written.as_written(keyed, field or rule.field), rule, block.voice, field)


# --- rules of one row -------------------------------------------------------------------------------------------------


def _fixes(block: _Block) -> Iterator[pl.DataFrame]:
    """What was repaired, cell by cell: told, or with `no_fix` refused."""
    for field, cells in (*block.written.rewritten.items(), *block.parts.rewritten.items()):
        by_step = cells.with_columns(repair_cells(cells["raw"], field).alias("rule")).drop_nulls("rule")
        for (step,), changed in by_step.group_by(["rule"], maintain_order=True):
            rule = fix_rule(str(step), field, block.declared.column(field))
            fix = refuse_fixes(rule) if block.options.no_fix else apply_policy(rule, block.options)
            if fix is not None:
                told = changed.select(LINE, RECORD, value="raw", proposal=pl.col("cell").fill_null(""))
                yield compose_findings(_with_key(block, told), fix, block.voice, field)


def _other_descriptions(block: _Block) -> Iterator[pl.DataFrame]:
    """Codes that were written with the description of another code."""
    rule = apply_policy(OTHER_DESCRIPTION, block.options)
    if rule is None:
        return
    for field, cells in (*block.written.rewritten.items(), *block.parts.rewritten.items()):
        other = find_other_descriptions(cells, field.rpartition(".")[2])
        if not other.is_empty():
            told = other.select(LINE, RECORD, "proposal", value="raw")
            yield compose_findings(_with_key(block, told), rule, block.voice, field)


def _currencies(block: _Block) -> Iterator[pl.DataFrame]:
    """Currencies within amounts: equal to the record's, taken for it, or refused."""
    places = [said for said in (block.written.currencies, block.parts.currencies) if said is not None]
    for cells, declared in (
        *((said.differing, CURRENCY_DIFFERS) for said in places),
        *((said.strange, CURRENCY_STRANGE) for said in places),
        *((said.agreeing, CURRENCY_AGREES) for said in places),
        *((said.taken, CURRENCY_TAKEN) for said in places),
    ):
        rule = apply_policy(declared, block.options)
        if rule is not None:
            for (field,), told in cells.group_by(["field"], maintain_order=True):
                yield compose_findings(_with_key(block, told.drop("field")), rule, block.voice, str(field))


def _damage(block: _Block) -> Iterator[pl.DataFrame]:
    """Damage that cannot be repaired, looked for in records that were not in shape."""
    doubtful = pl.concat([block.written.doubtful, block.parts.unfit]).unique().to_frame(RECORD)
    if doubtful.is_empty():
        return
    for rows in (block.parts.records, block.parts.lines):
        if not rows.is_empty():
            looked_at = rows.join(doubtful, on=RECORD, how="semi", maintain_order="left")
            for rule, failing in find_damage(looked_at, block.declared.name, block.options):
                yield _cells_of(block, rule, failing, of_record=rows is block.parts.records)


def _broken(block: _Block) -> Iterator[pl.DataFrame]:
    """One frame of findings per rule that some row breaks."""
    name, options = block.declared.name, block.options
    for rule, failing in find_broken_rules(block.parts.records, name, items=False, options=options):
        yield _cells_of(block, rule, failing, of_record=True)
    for rule, failing in find_broken_rules(block.parts.lines, name, items=True, options=options):
        yield _cells_of(block, rule, _without_lost_service(block, rule, failing), of_record=False)


def _cells_of(block: _Block, rule: Rule, failing: pl.DataFrame, *, of_record: bool) -> pl.DataFrame:
    proposal = rule.proposal if rule.proposal is not None else pl.lit(None, dtype=pl.String)
    cells = failing.select(LINE, RECORD, value=pl.col(rule.field), proposal=proposal)
    if of_record:
        cells = _at_their_line(block, cells, rule.field)
    return _told(block, cells, rule)


def _without_lost_service(block: _Block, rule: Rule, failing: pl.DataFrame) -> pl.DataFrame:
    """What a service would have filled is not missed beside the finding that there is no such service."""
    if rule.id != "API-REQUIRED" or rule.field not in (*_FILLED, "items.total"):
        return failing
    named = failing[SERVICE_REF].drop_nulls()
    if named.is_empty():
        return failing
    lost = find_answers(block.answers, _filling(block.declared), named).filter(~pl.col("known"))["ref"]
    return failing.filter(~pl.col(SERVICE_REF).is_in(lost.implode()).fill_null(False))


def _filling(declared: Resource) -> str:
    """The resource whose records fill the lines that name them."""
    return next(r.resource for r in declared.line_references if r.column == SERVICE_REF)


def _at_their_line(block: _Block, cells: pl.DataFrame, field: str) -> pl.DataFrame:
    """A record's finding moved to the line its cell stands on, for records of several lines."""
    frame = block.written.frame
    if frame.height == block.parts.records.height or field not in frame.columns or cells.is_empty():
        return cells
    standing = frame.filter(pl.col(field).is_not_null()).group_by(RECORD).agg(pl.col(LINE).min().alias("_standing"))
    moved = cells.join(standing, on=RECORD, how="left", maintain_order="left")
    return moved.with_columns(pl.coalesce("_standing", LINE).alias(LINE)).drop("_standing")


def _with_key(block: _Block, cells: pl.DataFrame) -> pl.DataFrame:
    keys = block.parts.records.select(RECORD, INTERNAL_ID)
    return cells.join(keys, on=RECORD, how="left", maintain_order="left")


# --- rules of several rows --------------------------------------------------------------------------------------------


def _shape(block: _Block) -> list[pl.DataFrame]:
    """Records without items, `items` cells that are no list, record columns that contradict one another."""
    parts, found = block.parts, []
    if parts.unreadable.height:
        found.append(_told(block, parts.unreadable, ITEMS_JSON))
    if block.declared.lines is not None:
        having = parts.lines.select(RECORD).unique() if parts.lines.height else pl.DataFrame(schema={RECORD: pl.UInt32})
        bare = parts.records.join(having, on=RECORD, how="anti").join(
            parts.unreadable.select(RECORD), on=RECORD, how="anti"
        )
        cells = bare.select(LINE, RECORD, INTERNAL_ID, value=pl.lit(None, dtype=pl.String))
        found.append(compose_findings(cells, NO_ITEMS, block.voice))
    for (field,), cells in parts.disagreeing.group_by(["field"], maintain_order=True):
        found.append(_told(block, cells, AGREE, str(field)))
    return found


def _mixed_ids(block: _Block) -> Iterator[pl.DataFrame]:
    """Lines that are of one record only because an id was repaired: nobody knows whether they are."""
    changed = block.written.rewritten.get(INTERNAL_ID)
    if changed is None or block.declared.lines is None:
        return
    spelt = pl.coalesce(pl.col("raw").str.strip_chars(), INTERNAL_ID).alias("value")
    lines = block.written.frame.select(LINE, RECORD, INTERNAL_ID)
    lines = lines.join(changed.select(LINE, "raw"), on=LINE, how="left", maintain_order="left").with_columns(spelt)
    mixed = lines.filter((pl.col("value").n_unique().over(RECORD) > 1) & (pl.col("value") != pl.col(INTERNAL_ID)))
    cells = mixed.select(LINE, RECORD, INTERNAL_ID, "value", proposal=INTERNAL_ID)
    yield compose_findings(cells, ID_MIXED, block.voice)


def _repeated(block: _Block, repeated: pl.DataFrame, crossing: pl.DataFrame) -> list[pl.DataFrame]:
    """Keys that stand in several records, save rows without an internalId that are equal in everything (X-DUP-ROW)."""
    if repeated.is_empty():
        return []
    keyed = block.parts.records.with_columns(hash_keys(block.parts.records, block.declared).alias("hash"))
    equal = crossing.filter(pl.col("rule") == SAME_ROW.id)[LINE]
    twins = pl.col(INTERNAL_ID).is_null() & pl.col(LINE).is_in(equal.implode())
    cells = (
        keyed.filter(~twins)
        .join(repeated, on="hash", how="inner", maintain_order="left")
        .select(LINE, RECORD, INTERNAL_ID, "proposal", value=pl.coalesce(INTERNAL_ID, block.declared.key()))
    )
    return [compose_findings(cells, UNIQUE, block.voice)]


def _crossing(block: _Block, crossing: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows that clash with another row of the call, as pipeline.source.duplicates found them."""
    here = block.parts.records.join(crossing, on=LINE, how="inner", maintain_order="left")
    for (name,), rows in here.group_by(["rule"], maintain_order=True):
        declared = CROSSINGS[str(name)]
        rule = apply_policy(declared, block.options)
        if rule is not None:
            yield _told(block, rows.select(LINE, RECORD, INTERNAL_ID, "proposal", value=pl.col(rule.field)), rule)


def _unresolved(block: _Block) -> list[pl.DataFrame]:
    found = []
    wanted = [(block.parts.records, r.column, r.resource) for r in block.declared.references]
    if block.parts.lines.height:
        wanted += [(block.parts.lines, r.column, r.resource) for r in block.declared.line_references]
    for rows, column, target in wanted:
        named = rows.filter(pl.col(column).is_not_null())
        if named.is_empty():
            continue
        answers = find_answers(block.answers, target, named[column]).filter(~pl.col("known")).select("ref", "rejected")
        missing = named.join(answers, left_on=column, right_on="ref", how="inner", maintain_order="left")
        cells = missing.select(LINE, RECORD, "rejected", value=pl.col(column))
        if rows is block.parts.records:
            cells = _at_their_line(block, cells, column)
        for rule, chosen in ((UNRESOLVED, ~pl.col("rejected")), (CLIENT_REJECTED, pl.col("rejected"))):
            found.append(_told(block, cells.filter(chosen), rule, column))
    return found


def _with_services(parts: Parts, answers: pl.DataFrame, declared: Resource) -> Parts:
    """Empty item cells filled from the service the line names; an empty total becomes quantity times price."""
    lines = parts.lines
    if lines.is_empty() or lines[SERVICE_REF].null_count() == lines.height:
        return parts
    known = find_answers(answers, _filling(declared), lines[SERVICE_REF]).filter("known")
    source = known.select(pl.col("ref").alias("_ref"), *(pl.col(f"local.{f}").alias(f"_service.{f}") for f in LOCAL))
    taken = lines.join(source, left_on=SERVICE_REF, right_on="_ref", how="left", maintain_order="left")
    product = (decimal("items.quantity") * decimal("_service.price")).cast(pl.String).str.replace(r"\.?0+$", "")
    parts.lines = taken.with_columns(
        *(pl.coalesce(item, f"_service.{service}").alias(item) for item, service in _FILLED.items()),
        pl.coalesce("items.total", product).alias("items.total"),
    ).select(lines.columns)
    return parts


# --- good from bad ----------------------------------------------------------------------------------------------------


def _separated(block: _Block, raw: pl.DataFrame, found: pl.DataFrame) -> JudgedRows:
    reasons = join_findings(found)
    good = pl.col(RECORD).is_in(reasons[RECORD].implode()).not_()
    lines = block.parts.lines
    return JudgedRows(
        read=block.parts.records.height,
        records=block.parts.records.filter(good),
        lines=lines.filter(good) if lines.height else lines,
        findings=found.sort("line", maintain_order=True),
        rejected=raw.join(reasons, on=RECORD, how="inner", maintain_order="left"),
    )
