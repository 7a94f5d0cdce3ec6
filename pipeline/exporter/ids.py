"""The ids an export is asked for: written out, in a file of any format, or on standard input.

A file says one id a line, or has a column of them: the list that `import --created` leaves does, and an exported table.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import polars as pl

from pipeline.edge import Edge
from pipeline.errors import ConfigError, InputError
from pipeline.formats import OURS, Format, Shape, detect_format, format_of_suffix, keep_quiet, sniff_format
from pipeline.language.causes import os_cause
from pipeline.language.say import say
from pipeline.source.read import BATCH_ROWS, STDIN, spill_stdin
from pipeline.storage.scratch import scratch
from schemas.tables import TABLES

__all__ = ["check_ids", "read_ids"]

_MOST_CHARS = 200
"""Of an id: far more than the API's own have. A longer one is a sentence or another column."""

_RESOURCE = "resource"
"""The column of a list of created records that tells what each of them is."""


def read_ids(asked: str, resource: str, edge: Edge, tell: Callable[[str], None] = keep_quiet) -> tuple[str, ...]:
    """The ids of `ID,ID`, of a file or of `-`, in order. `tell` is told what a person may not expect of a file, such as
    ids in hidden rows. ConfigError for what is no id, InputError for a file that holds none."""
    if asked == STDIN:
        with scratch() as folder:
            path = spill_stdin(edge.stdin(), folder)
            return check_ids(_of_file(path, say("Standard input"), sniff_format(path), resource, tell))
    written = edge.locate(asked)
    if os.path.isfile(written):  # noqa: PTH113  (never raises, however long the name)
        known = format_of_suffix(written.suffix.lstrip(".")) or len(written.suffixes) > 1
        kind = detect_format(written) if known else sniff_format(written)
        return check_ids(_of_file(written, asked, kind, resource, tell))
    if "," not in asked and ("/" in asked or Path(asked).suffix):
        raise ConfigError(
            say("--ids {asked}: there is no such file.", asked=asked), say("Check the path, or write the ids: ID,ID.")
        )
    return check_ids(part.strip() for part in asked.split(","))


def check_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """Ids that can be asked for, the empty ones left out. ConfigError when one is no id, or there is none."""
    found = tuple(id for id in ids if id)
    for id in found:
        if len(id) > _MOST_CHARS or not id.isprintable() or " " in id or not id.strip("."):
            raise ConfigError(
                say("'{id}' is no id of the API.", id=id[:_MOST_CHARS]),
                say("Give ids as the API gave them: one a line, or in a column headed id."),
            )
    if not found:
        raise ConfigError(say("--ids names no id."), say("Write ID,ID, or name a file with one id a line."))
    return found


def _of_file(path: Path, name: str, kind: Format, resource: str, tell: Callable[[str], None]) -> list[str]:
    """The ids of every table of a file, as they stand."""
    try:
        shapes = kind.look(path)
        for sheet, note in ((shape.sheet, note) for shape in shapes for note in shape.notes):
            tell(say("{file}: {note}", file=" · ".join(filter(None, (name, sheet))), note=note))
        return [id for shape in shapes for id in _of_table(path, name, kind, shape, resource)]
    except OSError as error:
        said = say("{file} cannot be read: {cause}.", file=name, cause=os_cause(error))
        raise InputError(said, say("Check the path.")) from error


def _of_table(path: Path, name: str, kind: Format, shape: Shape, resource: str) -> list[str]:
    headings = [heading for heading in shape.headings if heading not in OURS]
    frames = list(kind.read(path, shape, BATCH_ROWS))
    column = _id_column(headings, resource)
    if column is not None:
        chosen = pl.col(_RESOURCE) == resource if _RESOURCE in headings else pl.lit(True)
        return _cells([frame.filter(chosen) for frame in frames], column)
    if kind.first_line_heads and (len(headings) == 1 or not frames):
        return [*headings, *_cells(frames, headings[0])]  # there are none: the first line is an id, or all of them
    if len(headings) == 1:
        return _cells(frames, headings[0])
    raise InputError(
        say("{file} has several columns, and none is headed id.", file=name), say("Head the column of the ids id.")
    )


def _cells(frames: Iterable[pl.DataFrame], column: str) -> list[str]:
    return [cell.strip() for frame in frames for cell in frame[column].drop_nulls()]


def _id_column(headings: Sequence[str], resource: str) -> str | None:
    """The column of that resource's ids: `payment_id` of a nested table before the `id` of its own rows."""
    names = {"".join(ch for ch in heading.casefold() if ch.isalnum()): heading for heading in reversed(headings)}
    own = TABLES[resource].id_column.replace("_", "")
    return next((names[name] for name in (own, "id", "ids") if name in names), None)
