"""CSV: delimiter `, ; tab |`, quotes, any line end. Every cell is text; every line keeps its number.

What programs write that is not quite CSV is read where only one reading is possible, and said: lines that are quoted as
a whole, blanks before quotes, empty cells that are left out at the end of a row.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.formats.csv.chunks import CHUNK_SIZES, ChunkSizes, CountedLines, open_chunks
from pipeline.formats.csv.correct import correct_csv, refuse_unwritable
from pipeline.formats.csv.proof import build_form, parse_chunk
from pipeline.formats.csv.records import (
    CsvStyle,
    blank_before_quote,
    count_title_lines,
    read_headings,
    read_records,
    separator_line,
    unwrapped,
)
from pipeline.formats.csv.rows import SquaredRows
from pipeline.formats.encoding import detect_encoding, read_head
from pipeline.formats.opening import CELL_BYTES
from pipeline.formats.spec import AS_FOUND, LINE, OURS, Format, ReadOptions, Shape, Tables, keep_quiet
from pipeline.language.say import say

__all__ = ["CSV", "read_table"]

_DELIMITERS = ",;\t|"
_NAMES = {",": say("comma"), ";": say("semicolon"), "\t": say("tab"), "|": say("bar")}
_LINE_END = re.compile(r"\r\n|\r|\n")


def _look(path: Path, options: ReadOptions = AS_FOUND) -> list[Shape]:
    encoding = detect_encoding(path, options.encoding)
    head = read_head(path, encoding, CELL_BYTES).removeprefix("\ufeff")
    every = _LINE_END.split(head)
    titles = count_title_lines(every, _DELIMITERS, options.is_heading)
    lines = [line for line in every[titles:] if line.strip()]
    if not lines:
        raise InputError(say("{path} is empty.", path=path.name), say("Check the export that made it."))
    delimiter = separator_line(lines[0]) or _sniff(lines[0])
    style = CsvStyle(encoding, delimiter, spaced=blank_before_quote(head, delimiter), titles=titles)
    line, headings = read_headings(path, style)
    notes = [encoding.note] if encoding.note else []
    if titles:
        notes.append(say("headings are in line {line}; what stands above them is not read", line=line))
    if encoding.ended:
        notes.append(say("a DOS end mark ends it"))
    if delimiter != ",":
        notes.append(say("cells are separated by {delimiter}", delimiter=_NAMES.get(delimiter, repr(delimiter))))
    if style.spaced:
        notes.append(say("blanks before quotes are passed over"))
    headings = unwrapped(headings, delimiter) or headings
    return [Shape(_distinct(headings, path), first_line=line, notes=tuple(notes), details=style)]


def _sniff(line: str) -> str:
    """The candidate that stands most often in the heading line, outside quotes unless the whole line is quoted."""
    bare = re.sub(r'"[^"]*"', "", line)
    found = max(_DELIMITERS, key=bare.count)
    return found if found in bare else max(_DELIMITERS, key=line.count)


def _distinct(headings: list[str], path: Path) -> tuple[str, ...]:
    names = [h.strip() for h in headings]
    while names and not names[-1]:
        names.pop()
    if not any(names):
        raise InputError(
            say("{path} has no headings in its first line.", path=path.name),
            say("Put the column names in the first line."),
        )
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name and name in seen:
            raise InputError(
                say(
                    "{path} has two columns headed '{name}' (columns {seen} and {position}).",
                    path=path.name,
                    name=name,
                    seen=seen[name],
                    position=position,
                ),
                say("Rename or delete one of them."),
            )
        seen[name] = position
    return tuple(name or f"(column {i})" for i, name in enumerate(names, start=1))


def read_table(
    path: Path,
    shape: Shape,
    rows: int,
    tell: Callable[[str], None] = keep_quiet,
    sizes: ChunkSizes = CHUNK_SIZES,
) -> Iterator[pl.DataFrame]:
    """Rows without any value are what Excel leaves below a table: passed over like blank lines."""
    table = SquaredRows(path, shape.details, shape.headings)
    last = 0
    for frame in _in_batches(_read_chunks(table, rows, sizes), rows):
        last = frame[LINE][-1]
        yield frame
    table.refuse_cut_off(last)
    for note in table.notes():
        tell(note)


def _read_chunks(table: SquaredRows, rows: int, sizes: ChunkSizes) -> Iterator[pl.DataFrame]:
    """A chunk of proven form is parsed by columns. In a doubt, and for the headings, Python's csv reads, until a record
    ends where a chunk does."""
    style = table.style
    form = None if style.spaced else build_form(style.delimiter, table.headings)
    with open_chunks(table.path, style.encoding, sizes) as chunks:
        count = 0
        for chunk in chunks:
            proven = parse_chunk(chunk, form, count + 1) if form and count else None
            if proven is not None:
                yield proven.rows
                count += proven.lines
                continue
            lines = CountedLines(chain([chunk], chunks), count)
            records = read_records(lines, table.path, style)
            if not count:
                next(records)
            yield from table.build_frames(records, rows)
            count = lines.count


def _in_batches(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """The same rows in frames of `rows`, and what is left over in a last one."""
    held: list[pl.DataFrame] = []
    height = 0
    for frame in frames:
        held.append(frame)
        height += frame.height
        if height >= rows:
            whole = pl.concat(held)
            for start in range(0, height - rows + 1, rows):
                yield whole.slice(start, rows)
            height %= rows
            held = [whole.tail(height)]
    if height:
        yield pl.concat(held)


def _write(tables: Tables, path: Path, shapes: Sequence[Shape]) -> None:
    """As UTF-8; what a person is to look at with a mark, without which Excel takes accents for other letters."""
    (rows,) = tables.values()
    style: CsvStyle = (shapes[0].details if shapes else None) or CsvStyle()
    rows.sink_csv(path, separator=style.delimiter, include_bom=bool(shapes))


def _restore(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop(LINE, *OURS, strict=False)


CSV = Format(
    "csv", ("csv", "tsv"), _look, read_table, _write, _restore, correct_csv, typed=False, read_only=("tsv",),
    guess=lambda head: 1, first_line_heads=True,
    also_under=("xlsx", "xlsm", "xlsb", "xls", "ods", "html", "htm"),
    refuse_texts=refuse_unwritable,
)  # fmt: skip
