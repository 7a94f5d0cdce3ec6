"""Rows written alike: the same columns, each with the same tag, so that only numbers of rows and values differ.

Tables are written so by every program. A row is split at its own number (`<row r="5" …><c r="A5" t="s"><v>12</v>…`),
and what is left between is one beginning, a value and one end for all rows of a form. Both are taken off, and the
letters that are left are counted: none is passed over, so a comment, a text in runs or another address is no row of the
form. What is of no form is left to the readers of single cells.
Measured: a million cells take 0.13 s of CPU with what is shown in them, one by one 0.4 s.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from pipeline.workbook.marks import column_number
from pipeline.workbook.xml_parts.places import LAST_ROW

__all__ = ["EvenColumn", "EvenRows", "split_even_rows"]

_FORMS = 8
"""Forms looked for in a block: a table with three columns that may be empty has eight."""
_WORTH = 4
"""A block whose commonest forms hold less than one in so many of its rows is not searched further."""
_LAST_COLUMN = 16_384
_NUMBER = 8
"""Letters in which the number of a row ends, with its quote."""
_ATTRIBUTES = r"""(?: [\w:]+="[^"'<>&]*")*"""
_NEXT = r'\s*<@c r="(?P<next>[A-Z]{1,3})'
_NOTHING = re.compile("")
_BEGIN = rf"(?!.* hidden=){_ATTRIBUTES}>{_NEXT}"
_CELL = (
    rf"(?P<tag>{_ATTRIBUTES})(?:/>|>(?P<made><@f(?: [^<>]*)?/>|<@f(?: [^<>]*)?>(?P<formula>[^<]*)</@f>)?"
    r'(?:<@v>(?P<number>[^<]*)</@v>|<@is><@t(?: xml:space="preserve")?>(?P<text>[^<]*)</@t></@is>)</@c>)'
    rf"(?:{_NEXT}|\s*</@row>\s*)"
)
"""A cell from behind its address to the next cell or the end of its row. `@` is what stands before names."""
_STYLE, _TYPE = re.compile(' s="([0-9]{1,9})"'), re.compile(r' t="(\w+)"')


class EvenColumn(NamedTuple):
    """The cells of one column, and what the tags of all of them say (pipeline.workbook.cells.CELL_SCHEMA)."""

    column: int
    style: int
    type: str
    formula: bool
    values: pl.Series


class EvenRows(NamedTuple):
    """Rows of one form, by their numbers, in order; all of `columns` have as many values."""

    rows: pl.Series
    columns: tuple[EvenColumn, ...]


class _Piece(NamedTuple):
    """What stands between two numbers of a row: `before`, a value, `after`. `between` ends a formula, which differs
    from row to row; `column` is 0 where no cell is but a constant."""

    before: str
    after: str = ""
    between: str = ""
    column: int = 0
    style: int = 0
    type: str = ""
    formula: bool = False


def split_even_rows(text: pl.Series, prefix: str) -> tuple[tuple[EvenRows, ...], str]:
    """The rows of the commonest forms, and the text of all others. `prefix` stands before the names of elements."""
    tag = f'<{prefix}row r="'
    pieces = text.str.split(tag).explode()
    rows = _split_rows(pieces[1:])
    if rows is None:
        return (), str(text[0])
    found: list[EvenRows] = []
    for n, left in enumerate(range(_FORMS, 0, -1)):
        if rows.is_empty() or (n > 2 and (len(pieces) - rows.height) * _WORTH < len(pieces)):
            break
        form = _read_form(rows["parts"][rows.height * (n + 1) // (n + 1 + left)].to_list(), prefix)
        if any(piece.column for piece in form):
            even, rows = _take(rows, form)
            found.append(even)
    return tuple(even for even in found if len(even.rows)), "".join([pieces[0], *(tag + row for row in rows["row"])])


def _split_rows(rows: pl.Series) -> pl.DataFrame | None:
    """Each `row` with its `number`, and the `parts` it falls into where that stands; None where numbers do not rise."""
    head = rows.str.head(_NUMBER).to_frame("h").select(pl.col("h").str.splitn('"', 2).struct[0]).to_series()
    numbers = head.cast(pl.UInt32, strict=False)
    plain = (numbers.cast(pl.String) == head) & numbers.is_between(1, LAST_ROW)
    if not len(rows) or not plain.all(ignore_nulls=False) or not (numbers.diff().drop_nulls() > 0).all():
        return None
    return rows.to_frame("row").select("row", number=numbers, parts=pl.col("row").str.split(pl.lit(head) + '"'))


def _take(rows: pl.DataFrame, form: Sequence[_Piece]) -> tuple[EvenRows, pl.DataFrame]:
    """The rows of the form, and the others."""
    alike = rows["parts"].list.len() == len(form)
    among = rows if alike.all() else rows.filter(alike)
    written = among.select(pl.col("parts").list.get(n).alias(f"{n}") for n in range(len(form)))
    cells = {f"{n}": piece for n, piece in enumerate(form) if piece.column}
    values, whole = _cut_values(written, cells)
    constant = (pl.col(f"{n}") == piece.before for n, piece in enumerate(form) if not piece.column)
    fits = written.select(pl.all_horizontal(pl.lit(whole), *constant).fill_null(value=False)).to_series()
    held, others = among["number"], rows.clear() if alike.all() else rows.filter(~alike)
    if not fits.all():
        values, held = values.filter(fits), held.filter(fits)
        others = rows.filter(~pl.col("number").is_in(held.implode()))
    columns = (EvenColumn(c.column, c.style, c.type, c.formula, values[name]) for name, c in cells.items())
    return EvenRows(held, tuple(columns)), others


def _cut_values(written: pl.DataFrame, cells: Mapping[str, _Piece]) -> tuple[pl.DataFrame, pl.Series]:
    """The values of cells, and in which rows all letters beside them were those of the form."""
    inner = written.select(
        pl.col(name).str.strip_prefix(cell.before).str.strip_suffix(cell.after) for name, cell in cells.items()
    )
    values = inner.with_columns(
        pl.col(name).str.splitn(cell.between, 2).struct.rename_fields([f"{name} formula", name]).struct.unnest()
        for name, cell in cells.items()
        if cell.between
    )
    off = {name: len((cell.before + cell.after).encode()) for name, cell in cells.items()}
    lengths = written.hstack(inner.rename("{} inner".format)).select(
        pl.all_horizontal(
            True, *(pl.col(n).str.len_bytes() == pl.col(f"{n} inner").str.len_bytes() + by for n, by in off.items())
        )
    )
    no_tag = values.select(pl.all_horizontal(True, ~pl.all().str.contains("<", literal=True)).fill_null(value=False))
    return values, lengths.to_series() & no_tag.to_series()


def _read_form(pieces: Sequence[str], prefix: str) -> list[_Piece]:
    """The form of a row in pieces; empty where it holds anything but plain cells, from left to right."""
    begin, cell = (re.compile(pattern.replace("@", prefix), re.ASCII) for pattern in (_BEGIN, _CELL))
    patterns = [_NOTHING, begin, *[cell] * (len(pieces) - 2)]
    tags = [tag for pattern, text in zip(patterns, pieces, strict=False) if (tag := pattern.fullmatch(text))]
    columns = [column_number(tag["next"] or "") for tag in tags[1:]]
    if len(tags) < len(pieces) or not _is_rising(columns):
        return []
    cells = [_read_cell(tag, column) for tag, column in zip(tags[2:], columns, strict=False)]
    return [_Piece(""), _Piece(pieces[1]), *cells]


def _is_rising(columns: Sequence[int]) -> bool:
    """Columns of a sheet from left to right, then none."""
    *rising, last = columns or [1]
    return last == 0 and rising == sorted({*rising} - {0}) and max(rising, default=0) <= _LAST_COLUMN


def _read_cell(found: re.Match[str], column: int) -> _Piece:
    place = "number" if found["text"] is None else "text"
    if found[place] is None:
        return _Piece(found[0])
    start, end = found.span(place)
    first, last = found.span("formula") if found["formula"] is not None else (start, start)
    style, kind = _STYLE.search(found["tag"]), _TYPE.search(found["tag"])
    return _Piece(
        before=found[0][:first], after=found[0][end:], between=found[0][last:start], column=column,
        style=int(style[1]) if style else 0, type=kind[1] if kind else "n", formula=found["made"] is not None,
    )  # fmt: skip
