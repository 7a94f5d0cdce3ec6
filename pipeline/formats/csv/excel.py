"""CSV made for Excel: with the mark that tells it the encoding, Windows line ends, and no text that it would compute.

A text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in front (OWASP, "CSV
Injection"); an import takes exactly one off again (`schemas.cleaning.repair.wrappers.unwrapped`). Numbers stay numbers.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from pipeline.formats.csv.format import CSV
from pipeline.formats.spec import Shape, Tables

__all__ = ["EXCEL_CSV"]

_COMPUTED = r"^('*[=+\-@\t\r])"


def _write(tables: Tables, path: Path, shapes: Sequence[Shape]) -> None:
    (rows,) = tables.values()
    safe = rows.with_columns(pl.col(pl.String).str.replace(_COMPUTED, "'${1}"))
    safe.sink_csv(path, include_bom=True, line_terminator="\r\n")


EXCEL_CSV = replace(CSV, name="excel", write=_write)
