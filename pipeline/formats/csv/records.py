"""Records of a CSV file, each with the line it starts on; what is not CSV is refused by its cause, its line and a cure.

Python's own csv module is the judge: it knows the line of a record with line breaks inside quotes, and refuses unclosed
quotes instead of repairing them. What is beyond doubt it need not read (`pipeline.formats.csv.proof`).
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from pathlib import Path

from pipeline.errors import InputError
from pipeline.formats.csv.chunks import CountedLines, open_chunks
from pipeline.formats.encoding import UTF_8, Encoding, open_lines
from pipeline.formats.opening import CELL_BYTES
from pipeline.language.say import say

__all__ = [
    "CsvStyle", "blank_before_quote", "count_title_lines", "find_cause", "first_spaced_line", "read_headings",
    "read_records", "separator_line", "unwrapped",
]  # fmt: skip

_SEP_LINE = re.compile(r'^"?sep=([^\w\s"]|\t)"?\s*$', re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_NO_BLANKS = say("Take out the blanks beside quotes.")
_TOP = 50
"""Lines among which headings are looked for."""
_LEAST_KNOWN = 2
_CAUSE_LINES = 20
"""Lines of a record that are looked at for the cause of a fault: an unclosed quote may take in the rest of the file."""


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How a file is written; `spaced` says that a blank may stand between a separator and a quote. `titles` are the
    lines above its headings, which are no records."""

    encoding: Encoding = UTF_8
    delimiter: str = ","
    spaced: bool = False
    titles: int = 0


def separator_line(line: str) -> str | None:
    """The separator that Excel's `sep=;` line names, in quotes or not; None for any other line."""
    found = _SEP_LINE.match(line)
    return found.group(1) if found else None


def read_records(lines: CountedLines, path: Path, style: CsvStyle) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it starts on, up to the first that ends with a chunk; blank lines are passed over.

    At the beginning of a file Excel's `sep=` line is passed over too, and there is a record in any case, the headings.
    """
    csv.field_size_limit(CELL_BYTES)
    headed, start = lines.count > 0, lines.count + 1
    text = iter(lines)
    if not headed:
        start += sum(1 for _ in islice(text, style.titles))
        first = next(text, "").removeprefix("\ufeff")
        skipped = separator_line(first) is not None
        start += skipped
        text = text if skipped else chain([first], text)
    reader = csv.reader(text, delimiter=style.delimiter, skipinitialspace=style.spaced, strict=True)
    try:
        for record in reader:
            if record:
                yield start, record
                headed = True
            if headed and lines.at_border:
                return
            start = lines.count + 1
    except csv.Error as error:
        raise InputError(*_fault(path, style, start, str(error))) from error


def read_headings(path: Path, style: CsvStyle) -> tuple[int, list[str]]:
    """The first record of a file and its line."""
    with open_chunks(path, style.encoding) as chunks:
        return next(read_records(CountedLines(chunks), path, style), (1, []))


def count_title_lines(lines: Sequence[str], delimiters: str, is_heading: Callable[[str], bool]) -> int:
    """How many of a file's first lines stand above its headings; 0 where the first line that says anything has them.

    The first line that names at least two known columns is taken for the headings, if every line above has fewer cells:
    so no row of a table whose headings nobody knows is taken for them.
    """
    top = list(takewhile(_is_whole, lines[:_TOP]))
    for number, line in enumerate(top):
        delimiter = max(delimiters, key=lambda mark: sum(map(is_heading, _cut(line, mark))))
        cells = _cut(line, delimiter)
        known = sum(map(is_heading, cells))
        if known >= _LEAST_KNOWN:
            above = [len(_cut(title, delimiter)) for title in top[:number]]
            return number if 0 < max(above, default=0) < len(cells) else 0
    return 0


def unwrapped(record: list[str], delimiter: str) -> list[str] | None:
    """The cells of a record that is quoted as a whole, its separators and all; None for any other."""
    if len(record) != 1 or delimiter not in record[0]:
        return None
    try:
        inner = list(csv.reader(record[0].splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return inner[0] if len(inner) == 1 else None


def first_spaced_line(path: Path, style: CsvStyle, among: set[int]) -> int | None:
    """The first of these lines in which a cell has a blank before its quote."""
    with open_lines(path, style.encoding) as lines:
        numbered = enumerate(lines, start=1)
        return next((n for n, text in numbered if n in among and blank_before_quote(text, style.delimiter)), None)


def blank_before_quote(text: str, delimiter: str) -> bool:
    """Whether a cell of these lines has a blank before its quote, and so is no quoted cell to a strict reader.

    A line with half a quoted cell is left out: what looks like a quote in it may be the text of the cell.
    """
    if ' "' not in text:
        return False
    spaced = re.compile(rf'(?:^|{re.escape(delimiter)}) +"')
    # what quotes hold is left out last: it takes most of the time, and few lines have anything to leave out
    lines = (line for line in text.splitlines() if spaced.search(line) and line.count('"') % 2 == 0)
    return any(spaced.search(_QUOTED.sub('""', line)) for line in lines)


def find_cause(path: Path, style: CsvStyle, line: int, count: int = 1) -> tuple[str, str] | None:
    """What other programs write that is not CSV, and its cure; None where none of it is in the lines."""
    with open_lines(path, style.encoding) as lines:
        text = "".join(islice(lines, line - 1, line - 1 + count))
    if '\\"' in text:
        return say('a quote inside a cell is written with a backslash, \\"'), say(
            'Write it twice, "", where CSV is exported.'
        )
    if re.search(rf'" +(?:{re.escape(style.delimiter)}|$)', _QUOTED.sub('""', text), re.MULTILINE):
        return say("a blank follows a closing quote"), _NO_BLANKS
    if blank_before_quote(text, style.delimiter):
        return say("a blank stands before the quote of a cell"), _NO_BLANKS
    return None


def _fault(path: Path, style: CsvStyle, line: int, fault: str) -> tuple[str, str]:
    if "field limit" in fault:
        return (
            say(
                "{path}, line {line}: a cell is larger than {cell_bytes} MiB.",
                path=path.name,
                line=line,
                cell_bytes=CELL_BYTES >> 20,
            ),
            say("Look there for a quote that is opened and never closed, or for pasted binary data."),
        )
    known = find_cause(path, style, line, _CAUSE_LINES)
    if known:
        cause, cure = known
        return say("{path}, line {line}: {cause}.", path=path.name, line=line, cause=cause), cure
    if "unexpected end" in fault:
        return say("{path}, line {line}: a quote is opened here and never closed.", path=path.name, line=line), say(
            "Close it or delete it."
        )
    return (
        say("{path}, line {line}: text follows a closing quote.", path=path.name, line=line),
        say('Write a quote inside a quoted cell twice: "".'),
    )


def _is_whole(line: str) -> bool:
    """Whether a line may be a title: it is not Excel's line of the separator, and leaves no quote open."""
    return separator_line(line) is None and not line.count('"') % 2


def _cut(line: str, delimiter: str) -> list[str]:
    """The cells of a line that hold anything."""
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), []) if cell.strip()]
