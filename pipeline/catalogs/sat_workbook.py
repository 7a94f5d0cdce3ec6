"""Reads the large catalogues out of SAT's own workbook, `catCFDI_V_4_YYYYMMDD.xls`, as text and dates.

The workbook was made for people (rules page, section 8): headings start at different lines and go on below, long sheets
are split in parts, keys are numbers that lost their zeros, dates are numbers too, and the same heading is spelled three
ways. So nothing is taken by position: sheets, headings and the first key are looked for, and whatever is then not as
expected is an error with its sheet and line. Nothing is skipped in silence.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.language.say import join_said, say
from pipeline.workbook.child import CellValue, read_sheets
from pipeline.workbook.guard import WorkbookLimits, check_workbook
from schemas.sat.small import UNASSIGNED_ZIP

__all__ = ["Workbook", "read_workbook"]

_HINT = say("Download catCFDI_V_4_*.xls again from SAT (Anexo 20, catálogos CFDI 4.0) and give that file as it is.")
_SHOWN = 5  # problems quoted in the message: enough to see the pattern
_HEADING_LINES = 20  # titles and versions stand above the headings; SAT uses four to six lines
_EXCEL_EPOCH = dt.date(1899, 12, 30)

_LIMITS = WorkbookLimits(unpacked_bytes=192 << 20, cells=4_000_000)
"""Several times what SAT publishes: its .xls has 65,536 rows a sheet at most, and no sheet has twenty columns."""

Value = str | bool | int | dt.date | None


@dataclass(frozen=True, slots=True)
class _Column:
    """A column by SAT's heading and how its cells are read: ValueError for a cell that makes no sense."""

    heading: str
    read: Callable[[CellValue], Value]
    dtype: type[pl.DataType]


@dataclass(frozen=True, slots=True)
class _Layout:
    """One catalogue: the sheet (and heading of its key column), the form of a key, the other columns."""

    sheet: str
    key: Callable[[str], str]
    pattern: str
    columns: Mapping[str, _Column]


@dataclass(frozen=True, slots=True)
class Workbook:
    """The four sheets that matter, each with `key` and its columns, and the latest date the workbook gives itself."""

    sheets: Mapping[str, pl.DataFrame]
    published: dt.date | None


def _text(cell: CellValue) -> str:
    """A cell as text: whole numbers without `.0`, spaces of any kind made one, nothing as an empty text."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def _words(cell: CellValue) -> str | None:
    return _text(cell) or None


def _date(cell: CellValue) -> dt.date | None:
    """A date cell, an Excel serial or ISO or day/month/year text; SAT also writes 0 for none."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    text = _text(cell)
    if text in {"", "0"}:
        return None
    if re.fullmatch("[0-9]{5}", text):
        return _EXCEL_EPOCH + dt.timedelta(days=int(text))
    if match := re.fullmatch("([0-9]{2})/([0-9]{2})/([0-9]{4})", text):
        day, month, year = (int(part) for part in match.groups())
        return dt.date(year, month, day)
    return dt.date.fromisoformat(text[:10])


def _one_of(meanings: Mapping[str, bool | int | None]) -> Callable[[CellValue], Value]:
    def read(cell: CellValue) -> Value:
        folded = _fold(_text(cell))
        if folded not in meanings:
            raise ValueError(f"{folded!r} is none of {', '.join(filter(None, meanings))}")
        return meanings[folded]

    return read


def _code(width: int) -> Callable[[CellValue], Value]:
    return lambda cell: _text(cell).zfill(width) if _text(cell) else None


_REQUIRED = _one_of({"si": True, "no": False, "opcional": False, "": None})
_ELIGIBLE = _one_of({"1": True, "01": True, "0": False, "00": False, "": None})
_BORDER = _one_of({"0": 0, "00": 0, "1": 1, "01": 1, "2": 2, "02": 2, "": None})
_VALIDITY = {
    "valid_from": _Column("Fecha inicio vigencia", _date, pl.Date),
    "valid_to": _Column("Fecha fin vigencia", _date, pl.Date),
}
_LAYOUTS: Mapping[str, _Layout] = {
    "product_keys": _Layout(
        "c_ClaveProdServ",
        lambda key: "01010101" if key == "1010101" else key,  # the only product key that starts with 0
        "[0-9]{8}",
        {
            "description": _Column("Descripción", _words, pl.String),
            "iva_required": _Column("Incluir IVA trasladado", _REQUIRED, pl.Boolean),
            "border_stimulus": _Column("Estímulo Franja Fronteriza", _ELIGIBLE, pl.Boolean),
            "similar": _Column("Palabras similares", _words, pl.String),
            **_VALIDITY,
        },
    ),
    "unit_keys": _Layout(
        "c_ClaveUnidad",
        lambda key: key.zfill(2),
        "[0-9A-Za-z]{2,3}",
        {"name": _Column("Nombre", _words, pl.String), **_VALIDITY},
    ),
    "postal_codes": _Layout(
        "c_CodigoPostal",
        lambda key: key.zfill(5) if len(key) == 4 else key,
        "[0-9]{5}",
        {
            "state": _Column("c_Estado", _words, pl.String),
            "municipality": _Column("c_Municipio", _code(3), pl.String),
            "border_stimulus": _Column("Estímulo Franja Fronteriza", _BORDER, pl.Int8),
            **_VALIDITY,
        },
    ),
    "municipalities": _Layout(
        "c_Municipio",
        lambda key: key.zfill(3),
        "[0-9]{3}",
        {"state": _Column("c_Estado", _words, pl.String), "name": _Column("Descripción", _words, pl.String)},
    ),
}


def _fold(heading: str) -> str:
    """`Fecha de inicio de vigencia`, `Fecha inicio de vigencia ` and `FechaInicioVigencia` become one text."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return "".join(word for word in plain.split() if word != "de")


@dataclass(slots=True)
class _Problems:
    """What is wrong with a file, counted in full and quoted in part."""

    file: str
    count: int = 0
    quoted: list[str] = field(default_factory=list)

    def add(self, sheet: str, line: int, text: str) -> None:
        self.count += 1
        if len(self.quoted) < _SHOWN:
            self.quoted.append(say("{sheet} line {line}: {text}", sheet=sheet, line=line, text=text))

    def raise_if_any(self) -> None:
        if self.count:
            more = say(" (and {count} more)", count=self.count - _SHOWN) if self.count > _SHOWN else ""
            raise InputError(
                say(
                    "{file} cannot be trusted: {quoted}{more}.",
                    file=self.file,
                    quoted=join_said("; ", self.quoted),
                    more=more,
                ),
                _HINT,
            )


def read_workbook(path: Path) -> Workbook:
    """The large catalogues of SAT's workbook. Raises InputError naming everything that is not as SAT publishes it."""
    sheets = _open(path)
    problems = _Problems(path.name)
    frames, published = {}, []
    for name, layout in _LAYOUTS.items():
        parts = {title: rows for title, rows in sheets.items() if _is_part(title, layout.sheet)}
        if not parts:
            raise InputError(say("{path} has no sheet {sheet}.", path=path.name, sheet=layout.sheet), _HINT)
        rows = [row for title in sorted(parts) for row in _read_sheet(title, parts[title], layout, problems)]
        published += [found for rows_of in parts.values() for found in _published(rows_of)]
        schema: dict[str, type[pl.DataType]] = {
            "key": pl.String,
            **{column: kind.dtype for column, kind in layout.columns.items()},
        }
        frames[name] = pl.DataFrame(rows, schema=schema, orient="row")
        _report_duplicates(
            frames[name], layout.sheet, problems, unique=("key", "state") if name == "municipalities" else ("key",)
        )
    problems.raise_if_any()
    frames["postal_codes"] = _with_municipality_names(frames["postal_codes"], frames.pop("municipalities"))
    return Workbook(frames, max(published, default=None))


def _open(path: Path) -> dict[str, list[list[CellValue]]]:
    check_workbook(path, _LIMITS, _HINT)
    return read_sheets(path, "|".join(_part(layout.sheet) for layout in _LAYOUTS.values()), _HINT)


def _part(sheet: str) -> str:
    """The titles of a sheet and of the parts it was split in, as an expression."""
    return rf"{sheet}(?:_parte)?(?:_[0-9]+)?"


def _is_part(title: str, sheet: str) -> bool:
    return re.fullmatch(_part(sheet), title.strip(), re.IGNORECASE) is not None


def _published(rows: Sequence[Sequence[CellValue]]) -> Iterator[dt.date]:
    """The publication date in the lines above the headings, if this sheet has one."""
    for labels, values in pairwise(rows[:_HEADING_LINES]):
        for label, value in zip(labels, values, strict=False):
            if _fold(_text(label)) == "fechapublicacioncatalogo":
                try:
                    found = _date(value)
                except ValueError:
                    continue  # a remark instead of a date: other sheets, or the file's name, will tell
                if found:
                    yield found


def _read_sheet(
    title: str, rows: Sequence[Sequence[CellValue]], layout: _Layout, problems: _Problems
) -> Iterator[list[Value]]:
    start = next(
        (at for at, row in enumerate(rows[:_HEADING_LINES]) if row and _fold(_text(row[0])) == _fold(layout.sheet)),
        None,
    )
    if start is None:
        problems.add(
            title,
            1,
            say(
                "no heading {sheet} in the first {heading_lines} lines",
                sheet=layout.sheet,
                heading_lines=_HEADING_LINES,
            ),
        )
        return
    places = _places(rows[start], layout)
    for column, place in places.items():
        if place is None:
            problems.add(title, start + 1, say("no column {heading!r}", heading=layout.columns[column].heading))
    if None in places.values():
        return
    begun = False
    for line, row in enumerate(rows[start + 1 :], start + 2):
        key = layout.key(_text(row[0]))
        if not _text(row[0]):
            if begun and any(_text(cell) for cell in row):
                problems.add(title, line, say("a line without a key"))
            continue  # a second line of headings, or an empty line
        begun = True
        if not re.fullmatch(layout.pattern, key):
            problems.add(title, line, say("{key!r} is not a key", key=key))
        else:
            yield [key, *_cells(title, line, row, layout, places, problems)]


def _places(headings: Sequence[CellValue], layout: _Layout) -> dict[str, int | None]:
    at = {_fold(_text(cell)): place for place, cell in reversed(list(enumerate(headings)))}
    return {column: at.get(_fold(kind.heading).replace(" ", "")) for column, kind in layout.columns.items()}


def _cells(
    title: str,
    line: int,
    row: Sequence[CellValue],
    layout: _Layout,
    places: Mapping[str, int | None],
    problems: _Problems,
) -> Iterator[Value]:
    for column, kind in layout.columns.items():
        place = places[column]
        cell = row[place] if place is not None and place < len(row) else ""
        try:
            yield kind.read(cell)
        except ValueError as error:
            problems.add(title, line, f"{kind.heading}: {error}")
            yield None


def _report_duplicates(frame: pl.DataFrame, sheet: str, problems: _Problems, unique: tuple[str, ...]) -> None:
    for key in frame.filter(pl.struct(unique).is_duplicated()).get_column("key").unique(maintain_order=True):
        problems.add(sheet, 0, say("{key} stands more than once", key=key))


def _with_municipality_names(codes: pl.DataFrame, municipalities: pl.DataFrame) -> pl.DataFrame:
    names = municipalities.select("state", municipality="key", place="name")
    named = codes.filter(pl.col("key") != UNASSIGNED_ZIP).join(names, on=["state", "municipality"], how="left")
    return named.with_columns(municipality="place").drop("place")
