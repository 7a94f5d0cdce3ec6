"""A CSV file with some cells changed: the fields of those cells are written anew, and no other byte.

A field that had quotes keeps them; one that had none gets them where its text needs them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import InputError
from pipeline.formats.csv.records import CsvStyle
from pipeline.formats.opening import CELL_BYTES
from pipeline.formats.rewriting import refuse_missing_line, replace_records
from pipeline.formats.spec import Corrections, Shape
from pipeline.language.say import say

__all__ = ["correct_csv", "refuse_unwritable"]

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"(?!")')


class _Field(NamedTuple):
    """Where the text of a cell stands, quotes included."""

    start: int
    end: int


def correct_csv(path: Path, shapes: Sequence[Shape], corrections: Corrections, target: Path) -> None:
    """See Format.correct."""
    (shape,), lines = shapes, corrections.get(None, {})
    refuse_unwritable(path, shape, lines)
    places = {heading: place for place, heading in enumerate(shape.headings)}
    record = _Record(shape.details, len(shape.headings))

    def rewrite(text: str, at: int, line: int, is_end: bool) -> tuple[str, int] | None:
        cells = {places[heading]: value for heading, value in lines[line].items()}
        fields = record.find_fields(text, at, is_end=is_end)
        if fields is None:
            return None
        if fields[-1].end == at:
            raise refuse_missing_line(path, line)
        return record.write(text, fields, cells), fields[-1].end

    replace_records(path, shape.details.encoding, lines, rewrite, target)


@dataclass(frozen=True, slots=True)
class _Record:
    """How the records of a file are written; `width` is how many headings it has."""

    style: CsvStyle
    width: int

    def find_fields(self, text: str, at: int, *, is_end: bool) -> list[_Field] | None:
        """The fields of the record that begins at `at`; None where it goes on behind the text."""
        fields = list(self._fields(text, at))
        return fields if is_end or fields[-1].end < len(text) else None

    def _fields(self, text: str, at: int) -> Iterator[_Field]:
        mark = self.style.delimiter
        bare = re.compile(rf"[^\r\n{re.escape(mark)}]*")
        while True:
            while self.style.spaced and text.startswith(" ", at):
                at += 1
            found = (_QUOTED if text.startswith('"', at) else bare).match(text, at)
            yield _Field(at, found.end() if found else len(text))
            if not found or not text.startswith(mark, found.end()):
                return
            at = found.end() + len(mark)

    def write(self, text: str, fields: Sequence[_Field], cells: Mapping[int, str]) -> str:
        """The record with other cells. One that ends early is filled up, so that no reader takes it for half a row."""
        start, end = fields[0].start, fields[-1].end
        inner = self._unwrap(text[start:end]) if len(fields) == 1 < self.width else None
        if inner is not None:
            plain = replace(self, style=replace(self.style, spaced=False))
            return _quoted(plain.write(inner, list(plain._fields(inner, 0)), cells))
        pieces, at = [], start
        for place, field in enumerate(fields):
            if place in cells:
                pieces += [text[at : field.start], self._field(cells[place], text.startswith('"', field.start))]
                at = field.end
        pieces.append(text[at:end])
        missing = range(len(fields), self.width) if any(place >= len(fields) for place in cells) else ()
        pieces += [self.style.delimiter + self._field(cells.get(place, "")) for place in missing]
        return "".join(pieces)

    def _unwrap(self, field: str) -> str | None:
        """What stands within a record that is quoted as a whole, its separators and all; None for any other."""
        text = field[1:-1].replace('""', '"')
        return text if field.startswith('"') and self.style.delimiter in text else None

    def _field(self, value: str, was_quoted: bool = False) -> str:
        special = self.style.delimiter in value or '"' in value or value.startswith(" ")
        return _quoted(value) if was_quoted or special or value.splitlines() not in ([], [value]) else value


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def refuse_unwritable(path: Path, shape: Shape, lines: Mapping[int, Mapping[str, str]]) -> None:
    """InputError for the first text that no file in this encoding can hold."""
    style: CsvStyle = shape.details
    for line, cells in lines.items():
        for heading, value in cells.items():
            strange = _CONTROL.search(value) or _find_unencodable(value, style.encoding.codec)
            if strange is not None or len(value) > CELL_BYTES:
                raise InputError(
                    say(
                        "{path}, line {line}, {heading}: the file, in {encoding}, cannot hold {what}.",
                        path=path.name,
                        line=line,
                        heading=heading,
                        encoding=style.encoding.codec.removesuffix("-sig").upper(),
                        what=say("so long a text") if strange is None else f"{strange[0]!a}",
                    ),
                    say("Write it in other letters, or save the file as CSV UTF-8 and upload it again."),
                )


def _find_unencodable(value: str, codec: str) -> str | None:
    try:
        value.encode(codec)
    except UnicodeEncodeError as error:
        return value[error.start]
    return None
