"""A format under a name that nobody in the pipeline knows: text whose cells are parted by `|`, as `.psv`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.formats import FORMATS, Shape, Tables


def _write(tables: Tables, path: Path, shapes: Sequence[Shape]) -> None:
    (rows,) = tables.values()
    rows.sink_csv(path, separator="|")


PIPES = replace(
    FORMATS["csv"],
    name="pipes",
    suffixes=("psv", "pipe"),
    write=_write,
    read_only=("pipe",),
    guess=lambda head: 0,
    also_under=(),
)
