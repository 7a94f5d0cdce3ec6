"""A text file written again with some of its records changed: every other byte of the text is the same.

It is read in its encoding and written in it; a mark at its beginning is a character like others. What was compressed is
compressed again.
"""

import codecs
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import IO

from pipeline.errors import InputError
from pipeline.formats.encoding import Encoding, detect_encoding
from pipeline.formats.opening import detect_compression, open_decompressed, open_packed
from pipeline.language.say import say

__all__ = ["Rewrite", "refuse_missing_line", "replace_records"]

Rewrite = Callable[[str, int, int, bool], tuple[str, int] | None]
"""rewrite(text, at, line, is_end) -> what shall stand at `at`, where `line` begins, and where what it replaces ends.

None where the record goes on behind the text, which it cannot where the text `is_end` of the file.
"""

_CHUNK = 4 << 20
_END_MARK = "\x1a"
_LINE_END = re.compile(r"\r\n|\r|\n")
_WITH_MARK = {
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
"""Encodings that put a mark in front, and the ones in which that mark is a character."""


def replace_records(path: Path, encoding: Encoding, lines: Collection[int], rewrite: Rewrite, target: Path) -> None:
    """Copy `path` to `target`; at each of `lines` a record begins that is written as `rewrite` says.

    Memory: a few megabytes, and the longest record. InputError where the file has no such line, and where the copy
    would be read in another encoding.
    """
    codec = _find_exact(path, encoding.codec)
    with open_decompressed(path) as source, open_packed(target, detect_compression(path)) as out:
        for text in _rewritten(_read_text(source, codec), sorted(lines), rewrite, path, ended=encoding.ended):
            out.write(text.encode(codec))
    if encoding.codec not in _WITH_MARK:
        _refuse_other_reading(path, target, encoding)


def _find_exact(path: Path, codec: str) -> str:
    with open_decompressed(path) as stream:
        head = stream.read(4)
    return next((exact for mark, exact in _WITH_MARK.get(codec, ()) if head.startswith(mark)), codec)


def _read_text(source: IO[bytes], codec: str) -> Iterator[tuple[str, bool]]:
    """Pieces of the text, each with whether it is the last."""
    decoder = codecs.getincrementaldecoder(codec)()
    while raw := source.read(_CHUNK):
        yield decoder.decode(raw), False
    yield decoder.decode(b"", final=True), True


def _rewritten(
    pieces: Iterator[tuple[str, bool]], lines: list[int], rewrite: Rewrite, path: Path, *, ended: bool
) -> Iterator[str]:
    """The text in pieces. `held` is what is not written yet, `number` the line it begins with."""
    waiting, held, number = lines[::-1], "", 1
    for fresh, is_last in pieces:
        held += fresh
        body = held.partition(_END_MARK)[0] if ended else held
        is_end = is_last or len(body) < len(held)
        end = len(body) if is_end else _end_of_lines(body)
        at, starts = 0, _find_lines(body, end, number, waiting)
        while waiting and waiting[-1] in starts:
            line = waiting[-1]
            yield held[at : starts[line]]
            at = starts[line]
            made = rewrite(body, at, line, is_end)
            if made is None:
                number, end = line, at
                break
            text, at = made
            yield text
            waiting.pop()
        else:
            end = len(held) if is_end else max(end, at)
            number += _count_line_ends(held[:end])
        yield held[at:end]
        held = held[end:]
    if waiting:
        raise refuse_missing_line(path, waiting[-1])


def refuse_missing_line(path: Path, line: int) -> InputError:
    return InputError(
        say("{path} has no row in line {line} that could be corrected.", path=path.name, line=line),
        say("Upload the file again and correct it as it is now."),
    )


def _find_lines(text: str, end: int, number: int, waiting: list[int]) -> dict[int, int]:
    """Where those of the lines in wait begin that begin before `end`; the text begins with line `number`."""
    last = number + _count_line_ends(text[:end])
    if not waiting or waiting[-1] > last:
        return {}
    begins = [0, *(found.end() for found in _LINE_END.finditer(text, 0, end))]
    wanted = (line for line in reversed(waiting) if line <= last)
    return {line: begins[line - number] for line in wanted if begins[line - number] < end}


def _count_line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _end_of_lines(text: str) -> int:
    """Behind the last line end; a \\r that ends the text may be half of one."""
    return max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1


def _refuse_other_reading(path: Path, target: Path, encoding: Encoding) -> None:
    """What encoding a file without a mark is in is told by its words, and other words were put in."""
    try:
        if detect_encoding(path).codec != encoding.codec:
            return  # a person said what it is, and says so of the copy
    except InputError:
        return
    try:
        now = detect_encoding(target).codec
    except InputError:
        now = ""
    if now != encoding.codec and not _is_ascii(target):
        raise InputError(
            say("{path}: with these corrections nobody could tell its encoding from its words.", path=path.name),
            say("Write them without unusual letters, or save the file as CSV UTF-8 and upload it again."),
        )


def _is_ascii(path: Path) -> bool:
    with open_decompressed(path) as stream:
        return all(chunk.isascii() for chunk in iter(lambda: stream.read(_CHUNK), b""))
