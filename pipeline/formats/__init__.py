"""File formats, by name. To add one: write its module, add one line to FORMATS."""

from pathlib import Path

from pipeline.errors import InputError
from pipeline.formats.csv import CSV
from pipeline.formats.jsonl import JSONL
from pipeline.formats.opening import open_decompressed
from pipeline.formats.parquet import PARQUET
from pipeline.formats.spec import LINE, OURS, RAW, Format, Shape

__all__ = ["FORMATS", "LINE", "OURS", "RAW", "Format", "Shape", "contradicts_suffix", "detect_format", "sniff_format"]

FORMATS = {f.name: f for f in (CSV, JSONL, PARQUET)}

_BY_SUFFIX = {suffix: f for f in FORMATS.values() for suffix in f.suffixes}
_COMPRESSED = ("gz", "zst", "zstd")
_KNOWN = ", ".join(f".{suffix}" for suffix in _BY_SUFFIX)
_MAGIC = (
    (b"PAR1", "Parquet"),
    (b"PK\x03\x04", "a workbook or zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
)
_AS_CSV = "Save the sheet as CSV UTF-8 and give that file."
_UNREAD = {
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "xls", "ods"), ("a workbook, and workbooks are not read yet", _AS_CSV)),
    **dict.fromkeys(("zip", "7z", "rar", "tar"), ("an archive, and archives are not opened", "Unpack it first.")),
    "json": ("JSON as one whole, which is not read", "Write one object a line and name the file .jsonl."),
}
"""Suffixes people try: what such a file is, and what to do."""


def detect_format(path: Path) -> Format:
    """The format a file's name says, compression suffix apart; checked against its first bytes.

    InputError for a suffix that is not known, and for contents that are plainly something else.
    """
    suffixes = [s.lstrip(".").lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    found = _BY_SUFFIX.get(suffixes[-1]) if suffixes else None
    if found is None:
        raise _unread(path, suffixes[-1] if suffixes else "")
    holds = _magic(path)
    if holds is not None and (found.text or holds != "Parquet"):
        raise InputError(
            f"{path.name} is named .{found.suffixes[0]} but holds {holds}.",
            _AS_CSV if "workbook" in holds else "Give it its real suffix, or export it again as what its name says.",
        )
    if holds is None and not found.text and path.stat().st_size:
        raise InputError(f"{path.name} is named .{found.suffixes[0]} but does not hold it.", "Give it its real suffix.")
    return found


def _unread(path: Path, suffix: str) -> InputError:
    if suffix in _UNREAD:
        what, advice = _UNREAD[suffix]
        return InputError(f"{path.name} is {what}.", advice)
    return InputError(
        f"{path.name} has no suffix that tells its format.",
        f"Name it with one of {_KNOWN} (text ones also with .gz or .zst after it).",
    )


def contradicts_suffix(path: Path, name: str) -> bool:
    """Whether a file's name says that it is compressed or of another format than the one called `name`."""
    suffix = path.suffix.lstrip(".").lower()
    return suffix in _COMPRESSED or _BY_SUFFIX.get(suffix, FORMATS[name]).name != name


def sniff_format(path: Path) -> Format:
    """The format of data without a name (standard input): Parquet by its mark, JSONL by its first brace, else CSV."""
    if _magic(path) == "Parquet":
        return PARQUET
    with open_decompressed(path) as stream:
        return JSONL if stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else CSV


def _magic(path: Path) -> str | None:
    with open_decompressed(path) as stream:
        head = stream.read(8)
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)
