"""Rules of one row, run as pandera checks on a collected frame of text columns."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import polars as pl

from schemas import resource
from schemas.cleaning.damage import damage_rules
from schemas.rule_options import RuleOptions
from schemas.rules.declared import part_rules
from schemas.rules.policy import apply_policy
from schemas.spec import Rule

__all__ = ["find_broken_rules", "find_damage"]


@lru_cache(maxsize=256)
def _rules(name: str, items: bool, options: RuleOptions, filled: frozenset[str]) -> tuple[Rule, ...]:
    """The rules of a resource's part that this run judges and that have a cell to judge."""
    part = resource(name).lines if items else resource(name).record
    rules = [] if part is None else [apply_policy(rule, options) for rule in part_rules(part)]
    return tuple(r for r in rules if r is not None and (r.on_empty or r.field in filled))


@lru_cache(maxsize=256)
def _damage(name: str, options: RuleOptions, filled: tuple[str, ...]) -> tuple[Rule, ...]:
    rules = [apply_policy(rule, options) for rule in damage_rules(resource(name).columns, filled)]
    return tuple(r for r in rules if r is not None)


def _filled(rows: pl.DataFrame) -> list[str]:
    return [c for c in rows.columns if rows[c].dtype == pl.String and rows[c].null_count() < rows.height]


def find_broken_rules(
    rows: pl.DataFrame, name: str, *, items: bool, options: RuleOptions
) -> Iterator[tuple[Rule, pl.DataFrame]]:
    """Each rule that some row breaks, with those rows and the facts they were judged by."""
    part = resource(name).lines if items else resource(name).record
    if rows.is_empty() or part is None:
        return
    rules = _rules(name, items, options, frozenset(_filled(rows)))
    yield from _broken(part.facts(rows, options) if part.facts else rows, rules, name)


def find_damage(rows: pl.DataFrame, name: str, options: RuleOptions) -> Iterator[tuple[Rule, pl.DataFrame]]:
    """The same for what spreadsheets and encodings leave behind, whatever the column."""
    if rows.is_empty():
        return
    rules = _damage(name, options, tuple(_filled(rows)))
    damaged = {field for field in dict.fromkeys(r.field for r in rules) if _holds_damage(rows[field], field, rules)}
    yield from _broken(rows, tuple(rule for rule in rules if rule.field in damaged), name)


def _holds_damage(cells: pl.Series, field: str, rules: Iterable[Rule]) -> bool:
    """Whether a column breaks any of its rules, which look at nothing but the cell: equal ones are judged once."""
    passes = [rule.passes.fill_null(True).all().alias(f"{n}") for n, rule in enumerate(rules) if rule.field == field]  # type: ignore[union-attr]
    return not all(cells.unique().to_frame().select(passes).row(0))


def _broken(rows: pl.DataFrame, rules: tuple[Rule, ...], name: str) -> Iterator[tuple[Rule, pl.DataFrame]]:
    """The verdict is pandera's. Which rows and rules it need look at is found first, in one pass over the block: a
    pandera check costs a millisecond or two on its own, and most rules hold on most blocks.
    """
    if not rules:
        return
    passes = rows.select(rule.passes.fill_null(True).alias(f"{n}") for n, rule in enumerate(rules))  # type: ignore[union-attr]
    held = passes.select(pl.all().all()).row(0)
    doubted = [rule for rule, holds in zip(rules, held, strict=True) if not holds]
    if not doubted:
        return
    yield from _judged(rows.filter(~passes.select(pl.all_horizontal(pl.all())).to_series()), doubted, name)


def _judged(suspects: pl.DataFrame, doubted: Iterable[Rule], name: str) -> Iterator[tuple[Rule, pl.DataFrame]]:
    """pandera is imported here: most files break no rule, and it takes a tenth of a second."""
    from pandera.errors import SchemaErrorReason, SchemaErrors

    from schemas.rules.pandera_schemas import pandera_schema

    schema, checks = pandera_schema(doubted, name)
    try:
        schema.validate(suspects, lazy=True)
    except SchemaErrors as errors:
        for error in errors.schema_errors:
            if getattr(error, "reason_code", None) is not SchemaErrorReason.DATAFRAME_CHECK:
                # A check that itself failed is our bug, never a finding.
                raise RuntimeError(f"pandera could not run a check: {error}") from error
            rule = checks[error.schema.name, error.check_index]
            yield rule, suspects.filter(~error.check_output.to_series())
