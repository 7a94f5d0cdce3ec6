"""The cells of a sheet's part, one row of a frame each: read as a stream, a few megabytes of XML at a time.

Most cells are in the plain forms (pipeline.workbook.xml_parts); of the others the parts are looked for by expressions.
A piece that holds anything else, and be it a comment, is doubtful: then Python's own XML parser reads the sheet, thirty
times slower. All give equal frames (tests/workbook/test_cells.py).
"""

import re
import xml.etree.ElementTree as ET
import zipfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import IO, NamedTuple

import polars as pl

from pipeline.errors import InputError
from pipeline.language.say import say
from pipeline.workbook.marks import column_number
from pipeline.workbook.xml_parts.even_rows import EvenRows, split_even_rows
from pipeline.workbook.xml_parts.plain_cells import AT, split_plain_cells
from pipeline.workbook.xml_parts.sheet_stream import CutShort, SheetStream
from pipeline.workbook.xml_parts.value_cells import split_value_cells
from pipeline.workbook.xml_text import decode_cells, may_be_encoded, read_attribute, repair_line_ends

__all__ = ["CELL_SCHEMA", "Merge", "SheetPiece", "read_cells", "read_fast", "read_slow"]

_ROWS_AT_ONCE = 5_000
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
"""As far as a sheet goes (ECMA-376, 18.3.1.99 and what Excel opens)."""
_STYLE = re.compile("[0-9]{1,9}")

CELL_SCHEMA = pl.Schema(
    {
        "row": pl.UInt32,
        "column": pl.UInt16,
        "style": pl.UInt32,
        "type": pl.String,
        "value": pl.String,
        "formula": pl.Boolean,
    }
)
"""`type` is the cell's own (`s` a shared text, `inlineStr`, `str`, `b`, `e`, `d`, `n`); `value` its text as it is
written, null where it has none; `formula` whether a formula made it."""


class Merge(NamedTuple):
    """Cells shown as one: its first and last row and column, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


class SheetPiece(NamedTuple):
    """Some rows of a sheet: those written alike by columns, the `single` cells of others, and which rows are hidden.
    `merges` come with the last piece."""

    single: pl.DataFrame
    hidden: tuple[int, ...]
    merges: tuple[Merge, ...] = ()
    even: tuple[EvenRows, ...] = ()

    @property
    def cells(self) -> pl.DataFrame:
        """All cells one by one, from left to right and down."""
        unrolled = (
            pl.select(rows.rows.alias("row"), column.values.alias("value")).select(
                "row", pl.lit(column.column, pl.UInt16).alias("column"), pl.lit(column.style, pl.UInt32).alias("style"),
                pl.lit(column.type).alias("type"), "value", pl.lit(column.formula).alias("formula"),
            )
            for rows in self.even for column in rows.columns
        )  # fmt: skip
        return pl.concat([self.single, *unrolled]).sort("row", "column", maintain_order=True)

    @property
    def last_row(self) -> int:
        """0 where there is none."""
        lasts = (int(rows[-1]) for rows in (self.single["row"].sort(), *(e.rows for e in self.even)) if len(rows))
        return max(lasts, default=0)


class _Doubtful(Exception):
    """A form of XML that the fast reader does not take apart."""


def read_cells(archive: zipfile.ZipFile, part: str, name: str) -> Generator[SheetPiece]:
    """The sheet's cells, those that are empty left out. InputError when the part is damaged; `name` is the file's.

    A sheet may turn doubtful after some pieces: they are not given again, the slow reader goes on behind their rows.
    """
    save_again = say("Open it in Excel or LibreOffice and save it again as .xlsx.")
    try:
        yield from _read_pieces(archive, part)
    except CutShort as error:
        raise InputError(
            say("{name} is damaged inside: a sheet ends in the middle, or has a row without end.", name=name),
            save_again,
        ) from error
    except ET.ParseError as error:
        raise InputError(say("{name} is damaged inside: {error}.", name=name, error=error), save_again) from error
    except (ValueError, OverflowError) as error:  # a number that is none, or one beyond what a sheet can have
        raise InputError(
            say("{name} is damaged inside: a cell says a place or a style that no sheet has.", name=name), save_again
        ) from error


def _read_pieces(archive: zipfile.ZipFile, part: str) -> Iterator[SheetPiece]:
    last = 0
    try:
        with archive.open(part) as stream:
            for piece in read_fast(stream):
                last = max(last, piece.last_row)
                yield piece
        return
    except _Doubtful:
        pass
    with archive.open(part) as stream:
        yield from read_slow(stream, after=last)


def read_fast(stream: IO[bytes]) -> Iterator[SheetPiece]:
    """By expressions over whole columns; ends with `_Doubtful` at a form of XML that they do not take apart."""
    sheet = SheetStream(stream)
    yield from _side_by_side(lambda block: _piece(block, sheet.prefix.decode()), sheet.blocks())
    yield SheetPiece(_no_cells(), (), _merges(sheet.tail))


def _side_by_side(make: Callable[[bytes], SheetPiece], blocks: Iterable[bytes]) -> Iterator[SheetPiece]:
    """The pieces of some blocks, in their order; two are made at a time, for two cores are what any machine has."""
    with ThreadPoolExecutor(2, thread_name_prefix="cells") as threads:
        coming: deque[Future[SheetPiece]] = deque()
        for block in blocks:
            coming.append(threads.submit(make, block))
            if len(coming) > 1:
                yield coming.popleft().result()
        for made in coming:
            yield made.result()


def _piece(data: bytes, prefix: str) -> SheetPiece:
    data = repair_line_ends(data)
    text = pl.Series([data], dtype=pl.Binary).cast(pl.String, strict=False)
    if text.null_count():
        raise _Doubtful  # no UTF-8
    even, rest = split_even_rows(text, prefix)
    single, hidden = _single_cells(rest, prefix) if rest.strip() else (_no_cells(), ())
    if may_be_encoded(data):
        single = single.with_columns(value=decode_cells(single["value"]))
        even = tuple(map(_decoded, even))
    return SheetPiece(single, hidden, even=even)


def _single_cells(text: str, prefix: str) -> tuple[pl.DataFrame, tuple[int, ...]]:
    """The cells of rows of any form, and which rows are hidden."""
    values = split_value_cells(text, prefix)
    cells, tags = (values.cells, values.rows) if values else _mixed(text, prefix)
    return cells.select(CELL_SCHEMA.names()), _hidden_rows(tags, prefix)


def _decoded(rows: EvenRows) -> EvenRows:
    return rows._replace(columns=tuple(c._replace(values=decode_cells(c.values)) for c in rows.columns))


def _mixed(text: str, prefix: str) -> tuple[pl.DataFrame, pl.Series]:
    """Cells of any form, and the texts that hold the tags of their rows."""
    pieces = pl.Series([text]).str.split(f"<{prefix}c ").explode()
    plain, others, tags = split_plain_cells(pieces[1:], prefix)
    odd = pl.concat([pieces[:1], others["c"]])
    if odd.str.contains(rf"<[!?]|'\s*[/>]|<{prefix}c[^ o]").any():
        raise _Doubtful
    cells = pl.concat([plain, _cells(others, prefix)]).sort(AT) if len(others) else plain
    return cells, pl.concat([odd, tags])


def _hidden_rows(texts: pl.Series, prefix: str) -> tuple[int, ...]:
    """The rows that are hidden, of the tags in some pieces of a sheet."""
    hiding = texts.filter(texts.str.contains("hidden=", literal=True))
    found = (re.findall(rf"<{prefix}row [^>]*>", text) for text in hiding)
    tags = [tag.encode() for row_tags in found for tag in row_tags]
    hidden = [tag for tag in tags if read_attribute(tag, b"hidden") in (b"1", b"true")]
    return tuple(sorted(int(read_attribute(tag, b"r") or 0) for tag in hidden))


def _cells(pieces: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """Cells that are not plain, by expressions; `pieces` has them as `c`, with AT. Empty ones are left out."""
    tag = pl.col("c").str.extract(r"^([^>]*)>")
    text = pl.col("c").str.extract(rf"<{prefix}v(?: [^>]*)?>([^<]*)</{prefix}v>")
    inline = pl.col("c").str.extract(rf"<{prefix}is>\s*<{prefix}t(?: [^>]*)?>([^<]*)</{prefix}t>\s*</{prefix}is>")
    rich = pl.col("c").str.contains(rf"<{prefix}(?:r|rPh|is/)[ >/]", literal=False)
    parsed = pieces.lazy().select(
        AT,
        tag.str.extract(r'(?:^|\s)r="([A-Z]{1,3})[0-9]{1,7}"').alias("letters"),
        tag.str.extract(r'(?:^|\s)r="[A-Z]{1,3}([0-9]{1,7})"').cast(pl.UInt32, strict=False).alias("row"),
        tag.str.extract(r'(?:^|\s)s="([0-9]{1,9})"').cast(pl.UInt32, strict=False).fill_null(0).alias("style"),
        tag.str.extract(r'(?:^|\s)t="(\w+)"').fill_null("n").alias("type"),
        pl.coalesce(text, inline).alias("value"),
        pl.col("c").str.contains(rf"<{prefix}f[ >/]").alias("formula"),
        rich.alias("rich"),
    ).collect()  # fmt: skip
    if parsed["row"].null_count() or parsed["rich"].any() or parsed["letters"].null_count():
        raise _Doubtful
    numbers = {letters: column_number(letters) for letters in parsed["letters"].unique()}
    column = parsed["letters"].replace_strict(numbers, return_dtype=pl.UInt16)
    held = parsed.with_columns(column=column).filter(pl.col("value").is_not_null() | pl.col("formula"))
    return held.select(AT, *CELL_SCHEMA.names())


def read_slow(stream: IO[bytes], after: int) -> Iterator[SheetPiece]:
    """By Python's parser, row by row: positions are counted where cells and rows have no address."""
    merges: list[Merge] = []
    every = _rows(stream, merges)
    while rows := list(islice(every, _ROWS_AT_ONCE)):
        flat = [cell for _, _, cells in rows for cell in cells if cell[0] > after]
        hidden = tuple(number for number, shown, _ in rows if not shown and number > after)
        frame = pl.DataFrame(flat, schema=CELL_SCHEMA, orient="row")
        yield SheetPiece(frame.with_columns(value=decode_cells(frame["value"])), hidden)
    yield SheetPiece(_no_cells(), (), tuple(merges))


_Cell = tuple[int, int, int, str, str | None, bool]


def _rows(stream: IO[bytes], merges: list[Merge]) -> Iterator[tuple[int, bool, list[_Cell]]]:
    number = 0
    data: ET.Element | None = None
    for event, element in ET.iterparse(stream, ("start", "end")):  # noqa: S314 - its archive declares no entities
        kind = _local(element)
        if event == "start":
            data = element if kind == "sheetData" else data
        elif kind == "sheetData":
            data = None
        elif kind == "row" and data is not None:
            number = int(element.get("r") or number + 1)
            yield number, element.get("hidden") not in ("1", "true"), list(_row_cells(element, number))
            data.remove(element)
        elif kind == "mergeCell":
            merges += _merges(f'<mergeCell ref="{element.get("ref", "")}"/>'.encode())


def _row_cells(row: ET.Element, number: int) -> Iterator[_Cell]:
    column = 0
    for cell in (child for child in row if _local(child) == "c"):
        address = re.match("[A-Z]+", cell.get("r", ""))
        column = column_number(address[0]) if address else column + 1
        if number > _LAST_ROW or column > _LAST_COLUMN or not _STYLE.fullmatch(cell.get("s", "0")):
            raise ValueError(number, column)
        parts = {_local(part): part for part in cell}
        value = _value(parts)
        if value is not None or "f" in parts:
            yield number, column, int(cell.get("s") or 0), cell.get("t", "n"), value, "f" in parts


def _value(parts: Mapping[str, ET.Element]) -> str | None:
    if "is" in parts:
        return _inline(parts["is"])
    return parts["v"].text or "" if "v" in parts else None


def _inline(element: ET.Element) -> str:
    """The runs of a text of its own, joined; what is read aloud left out."""
    found = []
    for part in element:
        if _local(part) == "t":
            found.append(part.text or "")
        elif _local(part) == "r":
            found += [t.text or "" for t in part if _local(t) == "t"]
    return "".join(found)


def _local(element: ET.Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rsplit("}", 1)[-1]


def _merges(tail: bytes) -> tuple[Merge, ...]:
    found = re.findall(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""", tail)
    return tuple(
        Merge(int(top), column_number(left.decode()), int(bottom), column_number(right.decode()))
        for left, top, right, bottom in found
    )


def _no_cells() -> pl.DataFrame:
    return pl.DataFrame(schema=CELL_SCHEMA)
