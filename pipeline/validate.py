"""A block of records judged in one vectorised pass: every problem of every row at once, good records handed on."""

from dataclasses import dataclass
from functools import cache

import polars as pl
from pandera.errors import SchemaErrorReason, SchemaErrors

from pipeline import findings as say
from pipeline.findings import Voice
from pipeline.formats import LINE
from pipeline.headings import canonical, key_hashes
from pipeline.lines import Parts, split
from pipeline.model import RECORD, Checked
from pipeline.references import References
from schemas import resource
from schemas.across import AGREE, CLIENT_REJECTED, ITEMS_JSON, NO_ITEMS, UNIQUE, UNRESOLVED
from schemas.checks import decimal, pandera_schema, part_rules
from schemas.spec import INTERNAL_ID, Part, Resource, Rule

__all__ = ["SERVICE_REF", "validate"]

SERVICE_REF = "items.service_ref"
_FILLED = {
    "items.name": "name",
    "items.description": "description",
    "items.product_key": "product_key",
    "items.unit_key": "unit_key",
    "items.unit_name": "unit_name",
}
"""Item fields an empty cell takes from its service (CONTRACT, Columns); `items.total` takes quantity times price."""


@dataclass(frozen=True, slots=True)
class _Block:
    """What the steps of one validation share."""

    declared: Resource
    frame: pl.DataFrame
    parts: Parts
    voice: Voice
    references: References


def validate(raw: pl.DataFrame, voice: Voice, references: References, repeated: pl.DataFrame) -> Checked:
    """Judge one block of whole records.

    `raw` has the user's own columns as text, LINE and RECORD. `repeated` has `hash` and `proposal` (where else) of keys
    that stand in more than one record of the call.
    """
    declared = resource(voice.source.resource)
    frame = canonical(raw, voice.source.fields, declared)
    parts = _with_services(split(frame, declared), references)
    block = _Block(declared, frame, parts, voice, references)
    found = pl.concat(
        [
            say.empty(),
            *_broken_rules(block, parts.records, declared.record),
            *(_broken_rules(block, parts.lines, declared.lines) if declared.lines else ()),
            *_shape(block),
            *_repeated(block, repeated),
            *_unresolved(block),
        ]
    ).unique(maintain_order=True)
    return _separated(block, raw, found)


# --- rules of one row -------------------------------------------------------------------------------------------------


@cache
def _schema(name: str, lines: bool) -> tuple[object, dict[tuple[str, int], Rule]]:
    declared = resource(name)
    part = declared.lines if lines else declared.record
    assert part is not None  # noqa: S101  (a resource without lines never asks)
    return pandera_schema(part_rules(part), f"{name}.items" if lines else name)


def _broken_rules(block: _Block, rows: pl.DataFrame, part: Part) -> list[pl.DataFrame]:
    """One frame of findings per rule that some row breaks."""
    if rows.is_empty():
        return []
    schema, rules = _schema(block.declared.name, part is block.declared.lines)
    try:
        schema.validate(rows, lazy=True)  # type: ignore[attr-defined]
    except SchemaErrors as errors:
        return [_broken(block, rows, error, rules, part) for error in errors.schema_errors]
    return []


def _broken(
    block: _Block, rows: pl.DataFrame, error: object, rules: dict[tuple[str, int], Rule], part: Part
) -> pl.DataFrame:
    reason = getattr(error, "reason_code", None)
    if reason is not SchemaErrorReason.DATAFRAME_CHECK:  # a check that itself failed is our bug, never a finding
        raise RuntimeError(f"pandera could not run a check: {error}")
    rule = rules[error.schema.name, error.check_index]  # type: ignore[attr-defined]
    failing = rows.filter(~error.check_output.to_series())  # type: ignore[attr-defined]
    proposal = rule.proposal if rule.proposal is not None else pl.lit(None, dtype=pl.String)
    cells = failing.select(LINE, RECORD, value=pl.col(rule.field), proposal=proposal)
    if part is block.declared.record:
        cells = _at_their_line(block, cells, rule.field)
    return say.findings(_with_key(block, cells), rule, block.voice)


def _at_their_line(block: _Block, cells: pl.DataFrame, field: str) -> pl.DataFrame:
    """A record's finding moved to the line its cell stands on, for records of several lines."""
    if block.frame.height == block.parts.records.height or field not in block.frame.columns:
        return cells
    standing = (
        block.frame.filter(pl.col(field).is_not_null()).group_by(RECORD).agg(pl.col(LINE).min().alias("_standing"))
    )
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
        found.append(say.findings(_with_key(block, parts.unreadable), ITEMS_JSON, block.voice))
    if block.declared.lines is not None:
        having = parts.lines.select(RECORD).unique() if parts.lines.height else pl.DataFrame(schema={RECORD: pl.UInt32})
        bare = parts.records.join(having, on=RECORD, how="anti").join(
            parts.unreadable.select(RECORD), on=RECORD, how="anti"
        )
        cells = bare.select(LINE, RECORD, INTERNAL_ID, value=pl.lit(None, dtype=pl.String))
        found.append(say.findings(cells, NO_ITEMS, block.voice))
    for (field,), cells in parts.disagreeing.group_by(["field"], maintain_order=True):
        found.append(say.findings(_with_key(block, cells), AGREE, block.voice, str(field)))
    return found


def _repeated(block: _Block, repeated: pl.DataFrame) -> list[pl.DataFrame]:
    if repeated.is_empty():
        return []
    keyed = block.parts.records.with_columns(key_hashes(block.parts.records, block.declared).alias("hash"))
    cells = keyed.join(repeated, on="hash", how="inner", maintain_order="left").select(
        LINE, RECORD, INTERNAL_ID, "proposal", value=pl.coalesce(INTERNAL_ID, block.declared.key())
    )
    return [say.findings(cells, UNIQUE, block.voice)]


def _unresolved(block: _Block) -> list[pl.DataFrame]:
    found = []
    wanted = [(block.parts.records, r.column, r.resource) for r in block.declared.references]
    if block.declared.lines is not None and block.parts.lines.height:
        wanted.append((block.parts.lines, SERVICE_REF, "services"))
    for rows, column, target in wanted:
        named = rows.filter(pl.col(column).is_not_null())
        if named.is_empty():
            continue
        answers = block.references.find(target, named[column]).filter(~pl.col("known"))
        missing = named.join(answers, left_on=column, right_on="ref", how="inner", maintain_order="left")
        cells = missing.select(LINE, RECORD, "rejected", value=pl.col(column))
        if rows is block.parts.records:
            cells = _at_their_line(block, cells, column)
        for rule, chosen in ((UNRESOLVED, ~pl.col("rejected")), (CLIENT_REJECTED, pl.col("rejected"))):
            found.append(say.findings(_with_key(block, cells.filter(chosen)), rule, block.voice, column))
    return found


def _with_services(parts: Parts, references: References) -> Parts:
    """Empty item cells filled from the service the line names; an empty total becomes quantity times price."""
    lines = parts.lines
    if lines.is_empty() or lines[SERVICE_REF].null_count() == lines.height:
        return parts
    ids = lines[SERVICE_REF].drop_nulls().unique().to_list()
    local = references.local("services", ids)
    source = pl.DataFrame(
        {"_ref": list(local), **{f: [v.get(f) for v in local.values()] for f in (*_FILLED.values(), "price")}},
        schema=dict.fromkeys(("_ref", *_FILLED.values(), "price"), pl.String),
    ).rename(lambda name: name if name == "_ref" else f"_service.{name}")
    taken = lines.join(source, left_on=SERVICE_REF, right_on="_ref", how="left", maintain_order="left")
    product = (decimal("items.quantity") * decimal("_service.price")).cast(pl.String).str.replace(r"\.?0+$", "")
    parts.lines = taken.with_columns(
        *(pl.coalesce(item, f"_service.{service}").alias(item) for item, service in _FILLED.items()),
        pl.coalesce("items.total", product).alias("items.total"),
    ).select(lines.columns)
    return parts


# --- good from bad ----------------------------------------------------------------------------------------------------


def _separated(block: _Block, raw: pl.DataFrame, found: pl.DataFrame) -> Checked:
    reasons = say.joined(found)
    good = pl.col(RECORD).is_in(reasons[RECORD].implode()).not_()
    lines = block.parts.lines
    return Checked(
        read=block.parts.records.height,
        records=block.parts.records.filter(good),
        lines=lines.filter(good) if lines.height else lines,
        findings=found.sort("line", maintain_order=True),
        rejected=raw.join(reasons, on=RECORD, how="inner", maintain_order="left"),
    )
