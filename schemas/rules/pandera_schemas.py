"""Rules as pandera schemas.

Every rule runs as a pandera check on a collected polars frame of text columns (pandera lets values through unseen on a
LazyFrame). pandera takes a tenth of a second to import: this module is, once a rule is in doubt.
"""

from collections.abc import Iterable

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from schemas.spec import Rule

__all__ = ["pandera_schema"]


def _check(rule: Rule) -> pa.Check:
    if rule.passes is None:
        raise ValueError(f"{rule.id} needs more than one row: the pipeline decides it, not pandera")
    expression = rule.passes

    def passes(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(expression)

    return pa.Check(passes, name=rule.id, n_failure_cases=1)


def pandera_schema(rules: Iterable[Rule], name: str) -> tuple[pa.DataFrameSchema, dict[tuple[str, int], Rule]]:
    """A pandera schema that runs `rules`, and the rule of each (column, check index) pandera will report."""
    by_field: dict[str, list[Rule]] = {}
    for rule in rules:
        by_field.setdefault(rule.field, []).append(rule)
    columns = {
        field: pa.Column(pl.String, nullable=True, checks=[_check(rule) for rule in checks])
        for field, checks in by_field.items()
    }
    index = {(field, i): rule for field, checks in by_field.items() for i, rule in enumerate(checks)}
    return pa.DataFrameSchema(columns, name=name, strict=False), index
