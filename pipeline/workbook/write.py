"""Tables written as a workbook: typed cells, a frozen heading, filters, widths that show what is there.

Text is written as text, so nothing in it is ever taken for a formula. Instants stand on Mexico City's clock, as real
dates: a spreadsheet knows no offsets. What a cell cannot hold exactly as a number (more than 15 digits) is text.
"""

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

import polars as pl

from pipeline.errors import OutputError
from pipeline.language.say import say
from pipeline.workbook.marks import column_letters, column_number
from pipeline.workbook.xml_text import ESCAPED, escape_text
from schemas.cleaning.dates import ZONE

__all__ = ["MOST_ROWS", "PlacedTable", "write_frames", "write_placed_tables", "write_workbook"]

MOST_ROWS = 1_048_576
"""Rows a sheet may have, its headings included."""
_PACK = 4
_MOST_COLUMNS = 16_384
_MOST_CHARS = 32_767
_LONGEST_TITLE = 31
_BATCH, _BYTES_AT_ONCE = 20_000, 4 << 20
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEADING, _TEXT, _DAY, _MOMENT, _MONEY = range(1, 6)
"""Styles, by their place in `_styles`."""


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table where it stands in a sheet: the text of its headings, in `heading_row`, by the letters of their columns.

    The columns of the frames have those letters for names; `number` names one that says in which row each row stands.
    """

    headings: Mapping[str, str]
    heading_row: int
    number: str
    frames: Iterable[pl.DataFrame]


def write_workbook(tables: Mapping[str, pl.LazyFrame], path: Path) -> None:
    """Each table on a sheet of its name; one that is too long for a sheet goes on in the next, `payments (2)`.

    Memory: some thousand rows, and what polars reads ahead. OutputError for a table with more columns than a sheet has.
    """
    lazily = {
        name: (rows.collect_schema(), rows.collect_batches(chunk_size=_BATCH, maintain_order=True))
        for name, rows in tables.items()
    }
    write_frames(lazily, path)


def write_frames(tables: Mapping[str, tuple[pl.Schema, Iterable[pl.DataFrame]]], path: Path) -> None:
    """The same of frames that come one after the other: memory is one of them."""
    with _open_book(path) as (archive, titles):
        for name, (schema, frames) in tables.items():
            if len(schema) > _MOST_COLUMNS:
                raise OutputError(
                    say(
                        "{name} has {schema_count:,} columns; a sheet has {most_columns:,}.",
                        name=name,
                        schema_count=len(schema),
                        most_columns=_MOST_COLUMNS,
                    ),
                    say("Write it as CSV or Parquet."),
                )
            _write_table(archive, name, frames, schema, titles)


def write_placed_tables(tables: Mapping[str, PlacedTable], path: Path) -> None:
    """Each table on a sheet of its name, every cell where it stands. Memory: one frame."""
    with _open_book(path) as (archive, titles):
        for name, table in tables.items():
            titles.append(_title(name, titles))
            with archive.open(f"xl/worksheets/sheet{len(titles)}.xml", "w", force_zip64=True) as file:
                _write_placed(file, table)


@contextmanager
def _open_book(path: Path) -> Iterator[tuple[zipfile.ZipFile, list[str]]]:
    """An archive for sheets and the list of their titles; the parts that tie them together follow.

    The same tables are the same bytes at any time: what was confirmed is known by its hash.
    """
    titles: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=_PACK) as archive:
        yield archive, titles
        for part, xml in _frame_of(titles).items():
            archive.writestr(zipfile.ZipInfo(part), xml, zipfile.ZIP_DEFLATED, _PACK)


def _write_placed(file: IO[bytes], table: PlacedTable) -> None:
    frames, row, letters = iter(table.frames), table.heading_row, list(table.headings)
    first = next(frames, pl.DataFrame(schema=dict.fromkeys([table.number, *letters], pl.String)))
    named = {column: first[column].alias(text) for column, text in table.headings.items()}
    file.write(_opening(named, row) + _heading_row(table.headings, row))
    for frame in chain([first], frames):
        _refuse_long(frame, frame[table.number])
        for part in frame.iter_slices(_fit_rows(frame)):
            file.write(_rows(part.select(letters), part[table.number], letters).encode())
            row = part[table.number].max()  # type: ignore[assignment]  # a frame holds a row
    file.write(_closing(letters[0], table.heading_row, letters[-1], row))


def _write_table(
    archive: zipfile.ZipFile, name: str, frames: Iterable[pl.DataFrame], schema: pl.Schema, titles: list[str]
) -> None:
    batches = (frame for frame in frames if frame.height)
    waiting: pl.DataFrame | None = next(batches, pl.DataFrame(schema=schema))
    while waiting is not None:
        titles.append(_title(name, titles))
        with archive.open(f"xl/worksheets/sheet{len(titles)}.xml", "w", force_zip64=True) as file:
            waiting = _write_sheet(file, waiting, batches, schema)


def _write_sheet(
    file: IO[bytes], first: pl.DataFrame, batches: Iterator[pl.DataFrame], schema: pl.Schema
) -> pl.DataFrame | None:
    """One sheet from `first` on; what is left over for the next, None when all rows are written."""
    letters = [column_letters(n) for n in range(1, len(schema) + 1)]
    file.write(_opening(dict(zip(letters, first.get_columns(), strict=True)), 1))
    file.write(_heading_row(dict(zip(letters, schema, strict=True)), 1))
    number = 2
    waiting: pl.DataFrame | None = first
    while waiting is not None:
        here, rest = waiting[: MOST_ROWS + 1 - number], waiting[MOST_ROWS + 1 - number :]
        _refuse_long(here, pl.int_range(number, number + here.height, eager=True))
        for part in here.iter_slices(_fit_rows(here)):
            numbers = pl.int_range(number, number + part.height, dtype=pl.UInt32, eager=True)
            file.write(_rows(part, numbers, letters).encode())
            number += part.height
        if rest.height:
            waiting = rest
            break
        waiting = next(batches, None)
        if waiting is not None and number > MOST_ROWS:
            break
    file.write(_closing("A", 1, letters[-1] if letters else "A", max(number - 1, 1)))
    return waiting


def _fit_rows(frame: pl.DataFrame) -> int:
    """How many rows are made into XML at a time: as many as hold some megabytes, for XML takes several times that."""
    return max(1, _BYTES_AT_ONCE * frame.height // max(int(frame.estimated_size()), 1))


def _refuse_long(frame: pl.DataFrame, numbers: pl.Series) -> None:
    """OutputError for a text that a cell cannot hold: cut short it would be another text, and nobody would be told."""
    for series in frame.select(pl.col(pl.String)).get_columns():
        suspects = (series.str.len_bytes() > _MOST_CHARS).arg_true()  # no text has more UTF-16 units than bytes
        row = next((row for row in suspects if len(series[row].encode("utf-16-le")) > 2 * _MOST_CHARS), None)
        if row is not None:
            raise OutputError(
                say(
                    "Row {row}, column {name}: a cell of a workbook holds {most:,} characters, and this text has more.",
                    row=numbers[row],
                    name=series.name,
                    most=_MOST_CHARS,
                ),
                say("Write it as CSV or Parquet."),
            )


def _opening(columns: Mapping[str, pl.Series], heading_row: int) -> bytes:
    """What stands before the rows, by the first cells of each column."""
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{_width(series)}" customWidth="1"/>'
        for n, series in ((column_number(letters), series) for letters, series in columns.items())
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{_MAIN}"><sheetViews>'
        f'<sheetView workbookViewId="0"><pane ySplit="{heading_row}" topLeftCell="A{heading_row + 1}" '
        'activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews>{f'<cols>{widths}</cols>' if widths else ''}<sheetData>"
    ).encode()


def _closing(left: str, top: int, right: str, bottom: int) -> bytes:
    return f'</sheetData><autoFilter ref="{left}{top}:{right}{bottom}"/></worksheet>'.encode()


def _width(series: pl.Series) -> int:
    """In characters, by what the first rows hold: wide enough for most, never a whole page."""
    shown = 19 if series.dtype.is_temporal() else series.head(500).cast(pl.String, strict=False).str.len_chars().max()
    return min(max(len(series.name) + 3, int(shown or 0) + 1, 8), 48)  # type: ignore[arg-type]


def _heading_row(headings: Mapping[str, str], row: int) -> bytes:
    cells = (
        b'<c r="%s%d" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>'
        % (letters.encode(), row, _HEADING, escape_text(name))
        for letters, name in headings.items()
    )
    return b'<row r="%d">%s</row>' % (row, b"".join(cells))


def _rows(frame: pl.DataFrame, numbers: pl.Series, letters: Sequence[str]) -> str:
    """The rows of a frame as XML: their numbers in the sheet, and the letters of the columns."""
    if not frame.height:
        return ""
    number = pl.lit(numbers.cast(pl.String))
    cells = [
        _cell(frame.schema[name], name, column, number) for name, column in zip(frame.columns, letters, strict=True)
    ]
    row = pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'), *cells, pl.lit("</row>"), ignore_nulls=True)
    return frame.select(row.str.join("")).item()  # type: ignore[no-any-return]


def _cell(dtype: pl.DataType, name: str, letters: str, number: pl.Expr) -> pl.Expr:
    """A cell, nothing for null."""
    value = pl.col(name)
    if dtype == pl.Boolean:
        return _put(letters, number, ' t="b"', "v", value.cast(pl.UInt8).cast(pl.String))
    if isinstance(dtype, pl.Date):
        return _put(letters, number, f' s="{_DAY}"', "v", _serial(value.cast(pl.Datetime("us"))))
    if isinstance(dtype, pl.Datetime):
        local = value.dt.convert_time_zone(ZONE).dt.replace_time_zone(None) if dtype.time_zone else value
        return _put(letters, number, f' s="{_MOMENT}"', "v", _serial(local.cast(pl.Datetime("us"))))
    if dtype.is_numeric():
        return _number(dtype, value, letters, number)
    return _text(value if dtype == pl.String else value.cast(pl.String), letters, number)


def _number(dtype: pl.DataType, value: pl.Expr, letters: str, number: pl.Expr) -> pl.Expr:
    text = value.cast(pl.String)
    if isinstance(dtype, pl.Decimal) and dtype.scale > 2:
        text = text.str.strip_chars_end("0").str.strip_chars_end(".")
    style = f' s="{_MONEY}"' if isinstance(dtype, pl.Decimal) else ""
    exact = text.str.count_matches("[0-9]") <= 15
    if dtype.is_float():
        exact = value.is_finite()
    as_number = _put(letters, number, style, "v", text)
    return pl.when(exact).then(as_number).otherwise(_text(text, letters, number))


def _text(value: pl.Expr, letters: str, number: pl.Expr) -> pl.Expr:
    kept = value.str.replace_all(r"_(x[0-9A-Fa-f]{4}_)", "_x005F_${1}").str.replace_many(ESCAPED)
    escaped = kept.str.replace_many(["&", "<", ">", "\r"], ["&amp;", "&lt;", "&gt;", "&#13;"])
    opening = pl.concat_str(pl.lit(f'<c r="{letters}'), number, pl.lit(f'" s="{_TEXT}" t="inlineStr"><is>'))
    return pl.concat_str(opening, pl.lit('<t xml:space="preserve">'), escaped, pl.lit("</t></is></c>"))


def _put(letters: str, number: pl.Expr, attributes: str, element: str, value: pl.Expr) -> pl.Expr:
    return pl.concat_str(
        pl.lit(f'<c r="{letters}'), number, pl.lit(f'"{attributes}><{element}>'), value, pl.lit(f"</{element}></c>")
    )


def _serial(moment: pl.Expr) -> pl.Expr:
    """Days since 30 December 1899: how spreadsheets count from 1 March 1900 on."""
    epoch = pl.datetime(1899, 12, 30, time_unit="us")
    return ((moment - epoch).dt.total_microseconds() / 86_400_000_000).cast(pl.String)


def _title(name: str, taken: list[str]) -> str:
    """A sheet's name: no more than 31 characters, none of those that are forbidden, unlike all others."""
    plain = "".join("-" if ch in "[]:*?/\\" else ch for ch in name).strip("'")[:_LONGEST_TITLE] or "datos"
    title, number = plain, 1
    while title.casefold() in {other.casefold() for other in taken}:
        number += 1
        title = f"{plain[: _LONGEST_TITLE - len(str(number)) - 3]} ({number})"
    return title


def _frame_of(titles: list[str]) -> dict[str, bytes]:
    """Every other part of the workbook."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    numbers = range(1, len(titles) + 1)
    sheets = "".join(
        f'<sheet name="{escape_text(title).decode().replace(chr(34), "&quot;")}" sheetId="{n}" r:id="r{n}"/>'
        for n, title in enumerate(titles, 1)
    )
    links = [(f"r{n}", f"{_OFFICE}/worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    links.append(("rs", f"{_OFFICE}/styles", "styles.xml"))
    typed = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    typed += [(f"/xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers]
    overrides = "".join(f'<Override PartName="{part}" ContentType="{_TYPE}.{kind}+xml"/>' for part, kind in typed)
    xml = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/>{overrides}</Types>',
        "_rels/.rels": _links([("r1", f"{_OFFICE}/officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links(links),
        "xl/styles.xml": _styles(),
    }
    return {part: (head + text).encode() for part, text in xml.items()}


def _links(links: list[tuple[str, str, str]]) -> str:
    listed = "".join(f'<Relationship Id="{i}" Type="{kind}" Target="{target}"/>' for i, kind, target in links)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _styles() -> str:
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
        '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill>'
        '<fill><patternFill patternType="solid"><fgColor rgb="FFE7EEF7"/></patternFill></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="6"><xf/>'
        '<xf fontId="1" fillId="2" applyFont="1" applyFill="1"/>'
        '<xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
        '<xf numFmtId="165" applyNumberFormat="1"/><xf numFmtId="4" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
