"""A sheet as rows of text: its cells set side by side by column, set aside piece by piece."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipeline.errors import InputError
from pipeline.language.say import say
from pipeline.workbook.cells import Merge, SheetPiece
from pipeline.workbook.child import CellValue
from pipeline.workbook.marks import column_letters, column_number
from pipeline.workbook.number_formats import NumberFormat, read_number_formats
from pipeline.workbook.package import Package, SheetPart
from pipeline.workbook.shelf import SetAside, Shelf
from pipeline.workbook.shown import UNCALCULATED, LostText, show_cells, show_columns, show_value
from pipeline.workbook.xml_parts.even_rows import EvenRows
from pipeline.workbook.xml_parts.shared_strings import read_strings
from schemas.cleaning.repair.steps import SAYS

__all__ = ["ROW", "Grid", "WorkbookTexts", "build_grid", "read_grid", "read_texts"]

ROW = "@row"
"""Column of a grid with the number of each row in its sheet, counted from 1."""

_TOP = 100
"""Rows among which a table's headings are looked for."""
_MOST_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class WorkbookTexts:
    """What the cells of every sheet refer to: shared texts, and the number format of each style."""

    strings: pl.Series
    formats: Sequence[NumberFormat]


@dataclass(slots=True)
class Grid:
    """The rows that hold anything, set aside. Columns are named by their letters; an empty cell is null.

    `last_rows` says for each column that holds anything in which row it ends. `top` are the first rows, as texts by
    column number. `hidden` are rows the program does not show, `uncalculated`
    addresses of formulas without a value. `ends` are the last rows, by their number.
    """

    parts: list[SetAside] = field(default_factory=list)
    last_rows: dict[int, int] = field(default_factory=dict)
    rows: int = 0
    top: dict[int, dict[int, str]] = field(default_factory=dict)
    ends: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    merges: tuple[Merge, ...] = ()
    uncalculated: list[str] = field(default_factory=list)

    def frames(self, columns: Sequence[int], after: int, rows: int) -> Iterator[pl.DataFrame]:
        """The rows after a number, `rows` at a time, of the columns wanted, with ROW."""
        names = [column_letters(column) for column in columns]
        held = pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(names, pl.String)})
        for part in self.parts:
            whole = part.read()
            missing = [pl.lit(None, dtype=pl.String).alias(name) for name in names if name not in whole.columns]
            frame = whole.filter(pl.col(ROW) > after).with_columns(*missing).select(ROW, *names)
            held = held.vstack(frame.filter(pl.any_horizontal(pl.col(names).is_not_null())))
            while held.height >= rows:
                yield held.head(rows).rechunk()
                held = held.slice(rows)
        if held.height:
            yield held.rechunk()


def read_texts(archive: zipfile.ZipFile, package: Package) -> WorkbookTexts:
    names = archive.namelist()
    styles = archive.read(package.styles) if package.styles in names else b""
    strings = pl.Series([], dtype=pl.String)
    if package.strings in names:
        with archive.open(package.strings) as stream:
            strings = read_strings(stream)
    return WorkbookTexts(strings, read_number_formats(styles))


def read_grid(
    pieces: Iterable[SheetPiece], package: Package, sheet: SheetPart, texts: WorkbookTexts, shelf: Shelf, name: str
) -> Grid:
    """Read the pieces of one sheet onto a shelf. InputError when it has far more columns than a table."""
    grid = Grid()
    how = {"date1904": package.date1904, "calculate_on_load": package.calculate_on_load}
    for number, piece in enumerate(pieces):
        try:
            even = [_even(rows, texts, how) for rows in piece.even]
            single = _single(piece.single, texts, how)
        except LostText as error:
            raise InputError(
                say(
                    "{name} is damaged inside: a cell of '{sheet}' names a text that is not there.",
                    name=name,
                    sheet=sheet.name,
                ),
                say("Open it in Excel or LibreOffice and save it again as .xlsx."),
            ) from error
        wide = _joined([*even, single])
        _note(grid, wide, piece)
        if len(grid.last_rows) > _MOST_COLUMNS:
            raise InputError(
                say(
                    "{name}[{sheet}] has cells in more than {most_columns:,} columns.",
                    name=name,
                    sheet=sheet.name,
                    most_columns=_MOST_COLUMNS,
                ),
                say("Keep the columns of the table, and delete the others with their contents."),
            )
        _set_aside(grid, wide, shelf, f"{sheet.part.replace('/', '-')}-{number}")
    return grid


def build_grid(rows: Sequence[Sequence[CellValue]], shelf: Shelf, name: str) -> Grid:
    """The grid of a sheet that another reader gave from A1 on; `name` is that of a file its rows may wait in."""
    grid = Grid()
    flat = (
        (row, column, text)
        for row, values in enumerate(rows, 1)
        for column, value in enumerate(values, 1)
        if (text := show_value(value)).strip()
    )
    cells = pl.DataFrame(flat, schema={"row": pl.UInt32, "column": pl.UInt16, "text": pl.String}, orient="row")
    wide = _widened(cells)
    _note(grid, wide, SheetPiece(cells, ()))
    _set_aside(grid, wide, shelf, name)
    return grid


def _set_aside(grid: Grid, wide: pl.DataFrame, shelf: Shelf, name: str) -> None:
    if not wide.height:
        return
    grid.parts.append(shelf.put(wide, name))
    grid.rows += wide.height
    _keep_ends(grid, wide)


def _without_blank_rows(cells: pl.DataFrame) -> pl.DataFrame:
    """Without cells that hold no letter at all, and without rows whose cells hold blanks alone."""
    filled = cells.filter(pl.col("text") != "")
    says = pl.col("text").str.contains(SAYS)
    return filled.filter(says.any().over("row")) if not filled.select(says.all()).item() else filled


def _single(cells: pl.DataFrame, texts: WorkbookTexts, how: Mapping[str, bool]) -> pl.DataFrame:
    if cells.is_empty():
        return pl.DataFrame(schema={ROW: pl.UInt32})
    shown = show_cells(cells, texts.strings, texts.formats, **how)
    return _widened(_without_blank_rows(cells.select("row", "column").with_columns(text=shown)))


def _even(rows: EvenRows, texts: WorkbookTexts, how: Mapping[str, bool]) -> pl.DataFrame:
    """Rows written alike, as `_widened` gives them: no text without letters, no row of blanks alone."""
    shown = show_columns(rows.columns, texts.strings, texts.formats, **how)
    letters = (column_letters(column.column) for column in rows.columns)
    wide = pl.DataFrame([rows.rows.alias(ROW), *(text.alias(name) for name, text in zip(letters, shown, strict=True))])
    names = wide.columns[1:]
    empty = wide.select((pl.col(names) == "").any()).row(0)
    wide = wide.with_columns(pl.col(name).replace("", None) for name, has in zip(names, empty, strict=True) if has)
    if not any(wide[name].str.contains(SAYS).all(ignore_nulls=False) for name in names):
        wide = wide.filter(pl.any_horizontal(pl.col(names).str.contains(SAYS)))
    return wide.drop(name for name in names if wide[name].null_count() == wide.height)


def _joined(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rows of several forms in their order, with the columns of all of them."""
    filled = [frame for frame in frames if frame.height]
    if len(filled) < 2:
        return filled[0] if filled else frames[0].clear()
    wide = pl.concat(filled, how="diagonal").sort(ROW)
    return wide.select(ROW, *sorted(wide.columns[1:], key=column_number))


def _note(grid: Grid, wide: pl.DataFrame, piece: SheetPiece) -> None:
    for texts in wide.iter_columns():
        if texts.name != ROW:
            last = -1 if texts[-1] is not None else int(texts.is_not_null().arg_true()[-1])
            grid.last_rows[column_number(texts.name)] = int(wide[ROW][last])
    grid.hidden += piece.hidden
    grid.merges = grid.merges or piece.merges
    never = wide.select((pl.col(wide.columns[1:]) == UNCALCULATED).any())
    found = [
        (int(row), column_number(name))
        for name in never.columns
        if never[name].any()
        for row in wide[ROW].filter((wide[name] == UNCALCULATED).fill_null(value=False))
    ]
    grid.uncalculated += [f"{column_letters(column)}{row}" for row, column in sorted(found)]


def _widened(cells: pl.DataFrame) -> pl.DataFrame:
    """One row a row, one column a column."""
    rows = cells.select(pl.col("row").unique().sort().alias(ROW))
    columns = [rows[ROW]]
    for (column,), part in sorted(cells.partition_by("column", as_dict=True).items()):
        texts = part["text"]
        if not (len(part) == len(rows) and part["row"].equals(rows[ROW])):
            last = part.unique("row", keep="last")
            texts = rows.join(last, left_on=ROW, right_on="row", how="left", maintain_order="left")["text"]
        columns.append(texts.alias(column_letters(int(column))))
    return pl.DataFrame(columns)


def _keep_ends(grid: Grid, wide: pl.DataFrame) -> None:
    if len(grid.top) < _TOP:
        grid.top |= _texts(wide.head(_TOP - len(grid.top)))
    grid.ends = _texts(wide.tail(3)) if wide.height >= 3 else dict([*grid.ends.items(), *_texts(wide).items()][-3:])


def _texts(wide: pl.DataFrame) -> dict[int, dict[int, str]]:
    numbers = [column_number(name) for name in wide.columns[1:]]
    return {
        row: {number: text for number, text in zip(numbers, texts, strict=True) if text is not None}
        for row, *texts in wide.iter_rows()
    }
