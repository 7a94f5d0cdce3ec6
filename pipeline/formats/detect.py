"""Which format a file is of: its name says, its first bytes must not contradict. To add one: one line in FORMATS."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.errors import InputError
from pipeline.formats.csv.excel import EXCEL_CSV
from pipeline.formats.csv.format import CSV
from pipeline.formats.encoding import head_text
from pipeline.formats.jsonl import JSONL
from pipeline.formats.opening import open_decompressed
from pipeline.formats.parquet import PARQUET
from pipeline.formats.spec import Format
from pipeline.formats.workbook import WORKBOOK
from pipeline.language.say import say

__all__ = [
    "FORMATS", "FOR_EXCEL", "USUAL", "WRITERS", "contradicts_suffix", "detect_format", "format_of_suffix",
    "sniff_format",
]  # fmt: skip

FORMATS = {f.name: f for f in (CSV, JSONL, PARQUET, WORKBOOK)}

WRITERS: Mapping[str, Format] = ChainMap(FORMATS, {EXCEL_CSV.name: EXCEL_CSV})
"""What an export can be written as: every format, and the forms of one that are made for a program."""

USUAL = CSV.name
"""What is written where neither a suffix nor a flag says another."""

FOR_EXCEL = {CSV.name: EXCEL_CSV.name}
"""By format its form that is made for Excel; the others open in it as they are."""

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
    suffix = suffixes[-1]
    magic, holds = _sniff_magic(path)
    if magic is not None:
        return _claiming(magic, holds, found, suffix, path)
    if found.plain_text or not path.stat().st_size or found.reads_text(path):
        return found
    text = [f for f in FORMATS.values() if suffix in f.also_under and f.plain_text]
    if not text:
        raise InputError(
            say("{path} is named .{suffixes} but does not hold it.", path=path.name, suffixes=found.suffixes[0]),
            say("Give it its real suffix."),
        )
    return _guess(path, text)


def _claiming(magic: bytes, holds: str, found: Format, suffix: str, path: Path) -> Format:
    """The format whose magic a file has; InputError where its name says another that is not known to be meant so."""
    claiming = next((f for f in FORMATS.values() if magic in f.magic and (f is found or suffix in f.also_under)), None)
    if claiming is None:
        raise InputError(
            say(
                "{path} is named .{suffixes} but holds {holds}.",
                path=path.name,
                suffixes=found.suffixes[0],
                holds=holds,
            ),
            say("Give it its real suffix, or export it again as what its name says."),
        )
    return claiming


def _guess(path: Path, candidates: Iterable[Format]) -> Format:
    """The format of text without a telling name, by how it begins."""
    head = head_text(path).lstrip("\ufeff \t\r\n")
    return max(candidates, key=lambda form: form.guess(head))


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
    """The format of data without a name (standard input): by its magic, else by how its text begins."""
    magic, _ = _sniff_magic(path)
    found = next((f for f in FORMATS.values() if magic in f.magic), None)
    return found or _guess(path, FORMATS.values())


def _sniff_magic(path: Path) -> tuple[bytes | None, str]:
    """The magic a file begins with, and what to call such a file; (None, "") when it begins with none we know."""
    claimed = {magic: words for f in FORMATS.values() for magic, words in f.magic.items()}
    with open_decompressed(path) as stream:
        head = stream.read(8)
    return next(((magic, words) for magic, words in (_FOREIGN | claimed).items() if head.startswith(magic)), (None, ""))
