"""Rules of one row, run as pandera checks on a collected frame of text columns."""

from collections.abc import Iterator
from functools import lru_cache

import polars as pl
from pandera.errors import SchemaErrorReason, SchemaErrors

from schemas import resource
from schemas.checks import pandera_schema, part_rules
from schemas.policy import judged
from schemas.preflight import Preflight
from schemas.scars import scar_rules
from schemas.spec import Rule

__all__ = ["broken_rules", "broken_scars"]

_Schema = tuple[object, dict[tuple[str, int], Rule]]


@lru_cache(maxsize=64)
def _schema(name: str, items: bool, preflight: Preflight, filled: frozenset[str]) -> _Schema:
    """The rules of a resource's part that this run judges and that have a cell to judge."""
    part = resource(name).lines if items else resource(name).record
    rules = [] if part is None else [judged(rule, preflight) for rule in part_rules(part)]
    return pandera_schema((r for r in rules if r is not None and (r.on_empty or r.field in filled)), name)


@lru_cache(maxsize=64)
def _scars(name: str, preflight: Preflight, filled: tuple[str, ...]) -> _Schema:
    rules = [judged(rule, preflight) for rule in scar_rules(resource(name).columns, filled)]
    return pandera_schema((r for r in rules if r is not None), f"{name} scars")


def _filled(rows: pl.DataFrame) -> list[str]:
    return [c for c in rows.columns if rows[c].dtype == pl.String and rows[c].null_count() < rows.height]


def broken_rules(
    rows: pl.DataFrame, name: str, *, items: bool, preflight: Preflight
) -> Iterator[tuple[Rule, pl.DataFrame]]:
    """Each rule that some row breaks, with those rows and the facts they were judged by."""
    part = resource(name).lines if items else resource(name).record
    if rows.is_empty() or part is None:
        return
    schema = _schema(name, items, preflight, frozenset(_filled(rows)))
    yield from _run(part.facts(rows, preflight) if part.facts else rows, schema)


def broken_scars(rows: pl.DataFrame, name: str, preflight: Preflight) -> Iterator[tuple[Rule, pl.DataFrame]]:
    """The same for what spreadsheets and encodings leave behind, whatever the column."""
    if not rows.is_empty():
        yield from _run(rows, _scars(name, preflight, tuple(_filled(rows))))


def _run(rows: pl.DataFrame, schema: _Schema) -> Iterator[tuple[Rule, pl.DataFrame]]:
    checks, rules = schema
    try:
        checks.validate(rows, lazy=True)  # type: ignore[attr-defined]
    except SchemaErrors as errors:
        for error in errors.schema_errors:
            if getattr(error, "reason_code", None) is not SchemaErrorReason.DATAFRAME_CHECK:
                # A check that itself failed is our bug, never a finding.
                raise RuntimeError(f"pandera could not run a check: {error}") from error
            rule = rules[error.schema.name, error.check_index]
            yield rule, rows.filter(~error.check_output.to_series())
