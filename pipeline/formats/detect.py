"""Which format a file is of: its name says, its first bytes must not contradict. To add one: one line in FORMATS."""

import re
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import InputError
from pipeline.formats.csv import CSV
from pipeline.formats.encoding import head_text
from pipeline.formats.excel_csv import EXCEL_CSV
from pipeline.formats.jsonl import JSONL
from pipeline.formats.opening import open_decompressed
from pipeline.formats.parquet import PARQUET
from pipeline.formats.spec import Format
from pipeline.formats.workbook import SAVE_AGAIN, WORKBOOK
from pipeline.language.say import say

__all__ = ["FORMATS", "WRITERS", "contradicts_suffix", "detect_format", "format_of_suffix", "sniff_format"]

FORMATS = {f.name: f for f in (CSV, JSONL, PARQUET, WORKBOOK)}

WRITERS: Mapping[str, Format] = ChainMap(FORMATS, {EXCEL_CSV.name: EXCEL_CSV})
"""What an export can be written as: every format, and the forms of one that are made for a program."""

_COMPRESSED = ("gz", "zst", "zstd")
_FOREIGN = {
    b"%PDF": say("a PDF"),
}
"""First bytes of what people give under the name of something else, unless a format claims them."""
_UNREAD = {
    **dict.fromkeys(
        ("zip", "7z", "rar", "tar"), (say("an archive, and archives are not opened"), say("Unpack it first."))
    ),
    "json": (say("JSON as one whole, which is not read"), say("Write one object a line and name the file .jsonl.")),
}
"""Suffixes people try, unless a format claims them: what such a file is, and what to do."""


def format_of_suffix(suffix: str) -> Format | None:
    """The format of files that end in `.suffix`, whatever its case."""
    return next((f for f in FORMATS.values() if suffix.lower() in f.suffixes), None)


def detect_format(path: Path) -> Format:
    """The format a file's name says, compression suffix apart; checked against its first bytes.

    InputError for a suffix that is not known, and for contents that are plainly something else.
    """
    suffixes = [s.lstrip(".").lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    found = format_of_suffix(suffixes[-1]) if suffixes else None
    if found is None:
        raise _unread(path, suffixes[-1] if suffixes else "")
    magic, holds = _sniff_magic(path)
    if magic in WORKBOOK.magic and found in (CSV, WORKBOOK):
        return WORKBOOK
    if magic is None and found is WORKBOOK and path.stat().st_size:
        return _text_named_workbook(path)
    if magic is not None and magic not in found.magic:
        raise InputError(
            say(
                "{path} is named .{suffixes} but holds {holds}.",
                path=path.name,
                suffixes=found.suffixes[0],
                holds=holds,
            ),
            say("Give it its real suffix, or export it again as what its name says."),
        )
    if magic is None and not found.plain_text and path.stat().st_size:
        raise InputError(
            say("{path} is named .{suffixes} but does not hold it.", path=path.name, suffixes=found.suffixes[0]),
            say("Give it its real suffix."),
        )
    return found


_PAGE = re.compile(
    r"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype html|html|head|meta|body|style|table|div)\b", re.DOTALL
)
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
"""Control characters, but for blanks and the end mark of DOS."""
_TEXTS = (
    (re.compile(r"(?:from:.*\n)?(?:.*\n)?mime-version:"), say("a web archive (MHTML)")),
    (re.compile(r"<\?xml"), say("the XML of Excel 2003")),
)


def _text_named_workbook(path: Path) -> Format:
    """Text under a workbook's name: banks and office programs send web pages and CSV so."""
    head = head_text(path).lstrip("\ufeff \t\r\n").lower()
    if _PAGE.match(head):
        return WORKBOOK
    for form, what in _TEXTS:
        if form.match(head):
            raise InputError(say("{path} holds {what}, which is not read.", path=path.name, what=what), SAVE_AGAIN)
    if _NO_TEXT.search(head):
        suffix = path.suffix.lstrip(".")
        raise InputError(
            say("{path} is named .{suffixes} but does not hold it.", path=path.name, suffixes=suffix), SAVE_AGAIN
        )
    return CSV


def _unread(path: Path, suffix: str) -> InputError:
    if suffix in _UNREAD:
        what, advice = _UNREAD[suffix]
        return InputError(say("{path} is {what}.", path=path.name, what=what), advice)
    known = ", ".join(f".{suffix}" for f in FORMATS.values() for suffix in f.suffixes)
    return InputError(
        say("{path} has no suffix that tells its format.", path=path.name),
        say("Name it with one of {known} (text ones also with .gz or .zst after it).", known=known),
    )


def contradicts_suffix(path: Path, name: str) -> bool:
    """Whether a file's name says that it is compressed or of another format than the one called `name`."""
    suffix = path.suffix.lstrip(".").lower()
    return suffix in _COMPRESSED or (format_of_suffix(suffix) or FORMATS[name]).name != name


def sniff_format(path: Path) -> Format:
    """The format of data without a name (standard input): by its magic, JSONL by its first brace, else CSV."""
    magic, _ = _sniff_magic(path)
    found = next((f for f in FORMATS.values() if magic in f.magic), None)
    if found is not None:
        return found
    return JSONL if head_text(path).lstrip("\ufeff \t\r\n").startswith("{") else CSV


def _sniff_magic(path: Path) -> tuple[bytes | None, str]:
    """The magic a file begins with, and what to call such a file; (None, "") when it begins with none we know."""
    claimed = {magic: words for f in FORMATS.values() for magic, words in f.magic.items()}
    with open_decompressed(path) as stream:
        head = stream.read(8)
    return next(((magic, words) for magic, words in (_FOREIGN | claimed).items() if head.startswith(magic)), (None, ""))
