"""Costly work on few rows: what a cheap test lets through is taken to be right, the rest is looked at closely."""

from collections.abc import Mapping

import polars as pl

__all__ = ["match_closely", "patch_rows"]


def patch_rows(column: pl.Series, rows: pl.Series, values: pl.Series) -> pl.Series:
    """`column` with `values` at the positions `rows`."""
    height = len(column)
    index = pl.int_range(height, dtype=pl.UInt32, eager=True)
    taken = index.scatter(rows, pl.int_range(height, height + len(rows), dtype=pl.UInt32, eager=True))
    return pl.concat([column, values.cast(column.dtype)], rechunk=True).gather(taken)


def match_closely(frame: pl.DataFrame, usual: pl.Expr, questions: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """The frame with one Boolean column a question.

    True where the row is `usual` (or there is nothing to ask: null); else what the question's expression says.
    """
    rare = frame.select(usual.fill_null(True).not_()).to_series()
    fine = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    if not rare.any():
        return frame.with_columns(fine.alias(name) for name in questions)
    answers = frame.filter(rare).select(expression.alias(name) for name, expression in questions.items())
    rows = rare.arg_true()
    return frame.with_columns(patch_rows(fine, rows, answers[name]).alias(name) for name in questions)
