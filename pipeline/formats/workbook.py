"""Workbooks: the tables of their sheets, each found where a person sees it begin, and exports with a sheet a table.

.xlsx and .xlsm are read by our own reader (pipeline.workbook), which knows number formats, formulas and hidden rows;
.xls, .xlsb and .ods by python-calamine in a process of its own. A web page under a workbook's name is one sheet.
"""

import re
import weakref
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.formats.ahead import read_ahead
from pipeline.formats.corrected_workbook import correct_book
from pipeline.formats.encoding import detect_encoding, head_text
from pipeline.formats.opening import open_text
from pipeline.formats.spec import AS_FOUND, LINE, OURS, RAW, Corrections, Format, ReadOptions, Shape, Tables, keep_quiet
from pipeline.language.say import Said, name_few, say, say_count
from pipeline.storage.scratch import scratch
from pipeline.workbook.cells import read_cells
from pipeline.workbook.child import read_visible_sheets
from pipeline.workbook.grid import ROW, Grid, build_grid, read_grid, read_texts
from pipeline.workbook.guard import OLE, ZIP, WorkbookLimits, check_workbook
from pipeline.workbook.headings import FoundTable, find_table
from pipeline.workbook.html_table import read_largest_table
from pipeline.workbook.marks import EXAMPLE, EXAMPLE_COLUMN, OUR_SHEETS, column_letters
from pipeline.workbook.package import Package, SheetPart, is_open_xml, open_package
from pipeline.workbook.shelf import Shelf
from pipeline.workbook.write import write_frames, write_workbook

__all__ = ["WORKBOOK", "SheetTable"]

_LIMITS = WorkbookLimits(unpacked_bytes=2 << 30, cells=None)
_CHILD_LIMITS = WorkbookLimits(unpacked_bytes=512 << 20, cells=30_000_000)
_SAVE_AGAIN = say("Open it in Excel or LibreOffice and save it as .xlsx.")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SHOWN = 5
"""How many addresses a note names."""
_HIDDEN, _BARE, _EMPTY = say("hidden"), say("without a table"), say("without rows")
_PAGE = "tabla"
"""The sheet a web page's table is taken for."""
_A_PAGE = say("it is a web page under another name: its largest table is read")
_ONLY_READ = say("this format is only read: what comes back is a new .xlsx")
_CHUNK = 1 << 20


class _Folder:
    """A scratch folder that goes when nobody holds a table in it any more."""

    def __init__(self, stack: ExitStack | None = None) -> None:
        if stack is not None:
            weakref.finalize(self, stack.close)

    def __reduce__(self) -> tuple[type["_Folder"], tuple[()]]:
        """Another process reads the tables while this one lives, and removes nothing."""
        return _Folder, ()


@dataclass(frozen=True, slots=True)
class SheetTable:
    """Where the rows of a sheet's table wait, and where they stand in the sheet: for `Shape.details`."""

    grid: Grid
    table: FoundTable
    folder: _Folder = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Book:
    """A workbook's visible sheets as grids, in its order; the names of the others; what else is to be said."""

    grids: Mapping[str, Grid]
    hidden: tuple[str, ...]
    notes: tuple[str, ...] = ()


def _look(path: Path, options: ReadOptions = AS_FOUND) -> list[Shape]:
    if not path.stat().st_size:
        raise InputError(say("{path} is empty.", path=path.name), say("Check the export that made it."))
    with ExitStack() as stack:
        place = stack.enter_context(scratch())
        book = _read_book(path, place, options.sheet)
        folder = _Folder(stack.pop_all())
    found = {name: table for name, grid in book.grids.items() if (table := find_table(grid, options.is_heading))}
    if not found:
        raise InputError(
            say("{path} holds no table: no row of headings was found.", path=path.name), say("Is it the right file?")
        )
    tables = {name: SheetTable(book.grids[name], table, folder) for name, table in found.items()}
    filled = {name: details for name, details in tables.items() if any(True for _ in _frames(details, 1_000))} or tables
    left = {
        _HIDDEN: book.hidden,
        _BARE: [name for name in book.grids if name not in found],
        _EMPTY: [name for name in found if name not in filled],
    }
    notes = (*book.notes, *(note for why, names in left.items() for note in _not_read(why, names)))
    shapes: list[Shape] = []
    for name, details in filled.items():
        shapes.append(_shape(name, details, () if shapes else notes))
    return shapes


def _read_book(path: Path, place: Path, wanted: str | None) -> _Book:
    with path.open("rb") as file:
        head = file.read(4)
    if head not in (ZIP, OLE):
        return _read_page(path, place)
    if is_open_xml(path):
        check_workbook(path, _LIMITS, _SAVE_AGAIN)
        return _read_xml(path, place, wanted)
    if head == OLE and _ENCRYPTED in path.read_bytes():
        raise InputError(
            say("{path} has a password.", path=path.name),
            say("Open it, take the password off (File, Info) and save it again."),
        )
    check_workbook(path, _CHILD_LIMITS, _SAVE_AGAIN)
    sheets, hidden = read_visible_sheets(path, _SAVE_AGAIN)
    shelf = Shelf(place)
    _refuse_unknown_sheet(path, wanted, (*sheets, *hidden))
    kept = {name: rows for name, rows in sheets.items() if wanted in (None, name) and not name.startswith(OUR_SHEETS)}
    grids = {name: build_grid(rows, shelf, f"{n}") for n, (name, rows) in enumerate(kept.items())}
    return _Book(grids, () if wanted else hidden, (_ONLY_READ,))


def _read_page(path: Path, place: Path) -> _Book:
    with open_text(path, detect_encoding(path).codec) as text:
        rows = read_largest_table(iter(lambda: text.read(_CHUNK), ""))
    return _Book({_PAGE: build_grid(rows, Shelf(place), "page")}, (), (_A_PAGE, _ONLY_READ))


def _read_xml(path: Path, place: Path, wanted: str | None) -> _Book:
    with zipfile.ZipFile(path) as archive:
        package = open_package(archive, path.name)
        _refuse_unknown_sheet(path, wanted, [sheet.name for sheet in package.sheets])
        texts = read_texts(archive, package)
        shelf = Shelf(place, beside=texts.strings.estimated_size())
        grids = {
            sheet.name: read_grid(
                read_ahead(read_cells(archive, sheet.part, path.name)), package, sheet, texts, shelf, path.name
            )
            for sheet in package.sheets
            if _is_read(sheet, wanted)
        }
        hidden = [sheet.name for sheet in package.sheets if sheet.hidden and not sheet.name.startswith(OUR_SHEETS)]
        return _Book(grids, () if wanted else tuple(hidden), tuple(_notes_of(package)))


def _is_read(sheet: SheetPart, wanted: str | None) -> bool:
    if wanted is not None:
        return sheet.name == wanted
    return not sheet.hidden and not sheet.name.startswith(OUR_SHEETS)


def _refuse_unknown_sheet(path: Path, wanted: str | None, names: Sequence[str]) -> None:
    if wanted is not None and wanted not in names:
        raise InputError(
            say("{path} has no sheet '{wanted}'.", path=path.name, wanted=wanted),
            say("Its sheets are {names}.", names=", ".join(names)),
        )


def _notes_of(package: Package) -> Iterator[str]:
    if package.macros:
        yield say("macros are kept and never run")
    if package.external_links:
        yield say("links to other files are not followed: the values stored here are read")


def _not_read(why: Said, names: Sequence[str]) -> tuple[Said, ...]:
    if not names:
        return ()
    listed = name_few(names, _SHOWN)
    return (say("sheets not read, because {why}: {names} (--sheet reads one)", why=why, names=listed),)


def _shape(name: str, details: SheetTable, notes: tuple[str, ...]) -> Shape:
    table = details.table
    headings = tuple(table.headings.values())
    twice = next((heading for heading in headings if headings.count(heading) > 1), None)
    if twice is not None:
        raise InputError(
            say(
                "{name}: the column '{twice}' stands twice in row {heading_row}.",
                name=name,
                twice=twice,
                heading_row=table.heading_row,
            ),
            say("Rename one of them."),
        )
    columns = tuple(column_letters(column) for column in table.headings)
    told = (*notes, *_notes_on(details))
    return Shape(headings, name, table.heading_row, columns, notes=told, details=details)


def _notes_on(details: SheetTable) -> Iterator[str]:
    """What a person should know of how the table was read."""
    grid, table = details.grid, details.table
    if table.heading_row > 1:
        yield say("headings are in row {row}", row=table.heading_row)
    if table.totals is not None:
        yield say("row {row} sums up the others and is not read", row=table.totals)
    hidden = [row for row in grid.hidden if row > table.heading_row and row != table.totals]
    if hidden:
        yield say_count(
            "{count} hidden row is read like the others: {rows}",
            "{count} hidden rows are read like the others: {rows}",
            len(hidden),
            rows=name_few([str(row) for row in hidden], _SHOWN),
        )
    if grid.uncalculated:
        yield say(
            "formulas that were never calculated: {cells}; open the workbook in Excel and save it",
            cells=name_few(grid.uncalculated, _SHOWN),
        )


def _read(path: Path, shape: Shape, rows: int, tell: Callable[[str], None] = keep_quiet) -> Iterator[pl.DataFrame]:
    names = dict(zip(shape.columns, shape.headings, strict=True))
    for frame in _frames(shape.details, rows):
        yield frame.select(pl.col(ROW).alias(LINE), *(pl.col(letters).alias(name) for letters, name in names.items()))


def _frames(details: SheetTable, rows: int) -> Iterator[pl.DataFrame]:
    """The rows of a table by their columns' letters, without its totals and without the examples of our template."""
    table = details.table
    examples = [column_letters(column) for column, heading in table.headings.items() if heading == EXAMPLE_COLUMN]
    for frame in details.grid.frames(list(table.headings), table.heading_row, rows):
        kept = frame if table.totals is None else frame.filter(pl.col(ROW) != table.totals)
        for letters in examples:
            kept = kept.filter(pl.col(letters).str.strip_chars().str.to_lowercase().ne_missing(EXAMPLE))
        if kept.height:
            yield kept


def _write(tables: Tables, path: Path, shapes: Sequence[Shape]) -> None:
    write_workbook({name or "datos": rows for name, rows in tables.items()}, path)


def _restore(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop(LINE, RAW, *OURS, strict=False)


def _correct(path: Path, shapes: Sequence[Shape], corrections: Corrections, target: Path) -> None:
    correct_book(path, shapes, corrections, target, _read)


_PAGE_BEGINS = re.compile(
    r"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype html|html|head|meta|body|style|table|div)\b", re.DOTALL
)
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
"""Control characters, but for blanks and the end mark of DOS."""
_TEXTS = (
    (re.compile(r"(?:from:.*\n)?(?:.*\n)?mime-version:"), say("a web archive (MHTML)")),
    (re.compile(r"<\?xml"), say("the XML of Excel 2003")),
)


def _reads_text(path: Path) -> bool:
    """Text under a workbook's name: banks and office programs send web pages so, and CSV, which is not ours to read."""
    head = head_text(path).lstrip("\ufeff \t\r\n").lower()
    if _PAGE_BEGINS.match(head):
        return True
    for form, what in _TEXTS:
        if form.match(head):
            raise InputError(say("{path} holds {what}, which is not read.", path=path.name, what=what), _SAVE_AGAIN)
    if _NO_TEXT.search(head):
        suffix = path.suffix.lstrip(".")
        raise InputError(
            say("{path} is named .{suffixes} but does not hold it.", path=path.name, suffixes=suffix), _SAVE_AGAIN
        )
    return False


WORKBOOK = Format(
    "xlsx", ("xlsx", "xlsm", "xlsb", "xls", "ods", "html", "htm"), _look, _read, _write, _restore, _correct, typed=True,
    magic={ZIP: "a workbook", OLE: "an old Excel workbook, or one with a password"},
    read_only=("xlsm", "xlsb", "xls", "ods", "html", "htm"),
    comes_back=dict.fromkeys(("xlsb", "xls", "ods", "html", "htm"), "xlsx"),
    marked=("xlsx", "xlsm"),
    several_tables=True,
    write_parts=write_frames,
    also_under=("csv", "tsv"), reads_text=_reads_text,
)  # fmt: skip
