"""CSV: delimiter `, ; tab |`, quotes, any line end. Every cell is text; every line keeps its number.

Python's own csv module reads, not polars: it is the one that knows the line of a record with line breaks inside quotes,
and that refuses ragged rows and unclosed quotes instead of repairing them.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.formats.opening import CELL_BYTES, detect_encoding, open_text
from pipeline.formats.spec import LINE, OURS, Format, Shape, Tables

__all__ = ["CSV"]

_DELIMITERS = ",;\t|"
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SEP_LINE = re.compile(r"^sep=([^\w\s\"]|\t)\s*$", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class _Written:
    """How a file is written: Shape.details."""

    encoding: str = "utf-8"
    delimiter: str = ","


def _look(path: Path) -> list[Shape]:
    encoding = detect_encoding(path)
    with open_text(path, encoding.codec) as text:
        head = text.read(CELL_BYTES)
    lines = [line for line in _LINE_END.split(head.removeprefix("\ufeff")) if line.strip()]
    if not lines:
        raise InputError(f"{path.name} is empty.", "Check the export that made it.")
    declared = _SEP_LINE.match(lines[0])
    delimiter = declared.group(1) if declared else _sniff(lines[0])
    notes = []
    if encoding.guessed:
        notes.append("read as Windows-1252 (it is not UTF-8)")
    if delimiter != ",":
        notes.append(f"cells are separated by {_NAMES.get(delimiter, repr(delimiter))}")
    with open_text(path, encoding.codec) as text:
        line, headings = next(_records(path, text, delimiter), (1, []))
    written = _Written(encoding.codec, delimiter)
    return [Shape(_distinct(headings, path), first_line=line, notes=tuple(notes), details=written)]


def _sniff(line: str) -> str:
    """The candidate that stands most often in the heading line, outside quotes."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=bare.count)


def _distinct(headings: list[str], path: Path) -> tuple[str, ...]:
    names = [h.strip() for h in headings]
    while names and not names[-1]:
        names.pop()
    if not any(names):
        raise InputError(f"{path.name} has no headings in its first line.", "Put the column names in the first line.")
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name and name in seen:
            raise InputError(
                f"{path.name} has two columns headed '{name}' (columns {seen[name]} and {position}).",
                "Rename or delete one of them.",
            )
        seen[name] = position
    return tuple(name or f"(column {i})" for i, name in enumerate(names, start=1))


def _records(path: Path, text: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it starts on; blank lines and Excel's `sep=` line are passed over."""
    csv.field_size_limit(CELL_BYTES)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    start = 1
    try:
        for record in reader:
            if start == 1 and record:
                record[0] = record[0].removeprefix("\ufeff")
                if _SEP_LINE.match(delimiter.join(record)):
                    record = []
            if record:
                yield start, record
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(*_csv_fault(path, start, str(error))) from error


def _csv_fault(path: Path, line: int, fault: str) -> tuple[str, str]:
    if "field limit" in fault:
        return (
            f"{path.name}, line {line}: a cell is larger than {CELL_BYTES >> 20} MiB.",
            "Look there for a quote that is opened and never closed, or for pasted binary data.",
        )
    if "unexpected end" in fault:
        return f"{path.name}, line {line}: a quote is opened here and never closed.", "Close it or delete it."
    return (
        f"{path.name}, line {line}: text follows a closing quote.",
        'Write a quote inside a quoted cell twice: "".',
    )


def _read(path: Path, shape: Shape, rows: int) -> Iterator[pl.DataFrame]:
    """Rows without any value are what Excel leaves below a table: passed over like blank lines."""
    written: _Written = shape.details
    schema = {LINE: pl.UInt32, **dict.fromkeys(shape.headings, pl.String)}
    with open_text(path, written.encoding) as text:
        records = _records(path, text, written.delimiter)
        next(records)
        valued = ((line, cells) for line, cells in records if any(map(str.strip, cells)))
        squared = (_squared(path, line, cells, len(shape.headings)) for line, cells in valued)
        while batch := list(islice(squared, rows)):
            columns = zip(*batch, strict=True)
            yield pl.DataFrame(dict(zip(schema, columns, strict=True)), schema=schema)


def _squared(path: Path, line: int, cells: list[str], width: int) -> list[int | str]:
    """The record at exactly `width` cells; empty cells beyond the last heading are Excel's and mean nothing."""
    if len(cells) > width and not any(cells[width:]):
        del cells[width:]
    if len(cells) != width:
        raise InputError(
            f"{path.name}, line {line} has {len(cells)} cells where the headings are {width}.",
            "Quote cells that contain the separator, and fill in missing separators.",
        )
    return [line, *cells]


def _write(tables: Tables, path: Path, shapes: Sequence[Shape]) -> None:
    """As UTF-8, with a mark unless the input was UTF-8 without one: Excel needs the mark."""
    (rows,) = tables.values()
    written: _Written = shapes[0].details if shapes else _Written()
    rows.sink_csv(path, separator=written.delimiter, include_bom=written.encoding != "utf-8")


def _restore(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop(LINE, *OURS, strict=False)


CSV = Format("csv", ("csv", "tsv"), _look, _read, _write, _restore, typed=False, read_only=("tsv",))
