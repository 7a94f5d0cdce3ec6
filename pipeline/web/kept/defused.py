"""A list to look at, as CSV of which no cell is a formula: a spreadsheet runs `=HYPERLINK(…)`, whoever wrote it."""

from pathlib import Path

import polars as pl

from pipeline.web.kept.disk import keep_on_disk

__all__ = ["write_defused"]

_RUN = r"^([=+\-@\t\r])"
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection); an apostrophe makes a text of it."""


def write_defused(path: Path) -> Path:
    """The same list beside it, with an apostrophe before each cell that would be run. The user's own file, which comes
    back to be imported again, is never given through here: its cells are hers."""
    target = path.with_name(f".shown-{path.name}")
    with keep_on_disk(path.parent):
        rows = pl.scan_csv(path, infer_schema=False)
        rows.with_columns(pl.all().str.replace(_RUN, "'${1}")).sink_csv(target, include_bom=True)
    return target
