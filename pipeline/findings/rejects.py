"""The rejects file: the user's own lines of failing records, untouched, with the reason beside them."""

import filecmp
from itertools import count
from pathlib import Path

import polars as pl

from pipeline.formats import FORMATS, LINE
from pipeline.model import Source
from pipeline.storage.atomic import replace_atomically, spill

__all__ = ["Rejects", "rejects_path"]

_REASONS = ("_errors", "_codes")


def rejects_path(source: Source, wished: Path | None) -> Path:
    """`<input>.rejects.<ext>` beside the input; in this folder for standard input; `wished` when the user names one."""
    if wished is not None:
        return wished
    if source.name == "-":
        return Path(f"stdin.rejects.{source.format}")
    path = Path(source.name)
    compressed = path.suffix.lower() in (".gz", ".zst", ".zstd")
    named = path.with_suffix("") if compressed else path
    return named.with_name(f"{named.stem}.rejects{named.suffix}")


class Rejects:
    """Failing lines of one input, kept on disk until they are written as one file in the input's own format."""

    def __init__(self, source: Source, folder: Path) -> None:
        self._source = source
        self._folder = folder
        self._parts: list[Path] = []
        self.lines = 0

    def add(self, rejected: pl.DataFrame) -> None:
        """Rows as validation gives them: the user's text, LINE, and `_errors` and `_codes`."""
        if rejected.is_empty():
            return
        kind = FORMATS[self._source.format]
        reasons = rejected.select(pl.col(LINE).alias("_line"), *_REASONS)
        own = kind.restore(rejected.drop(*_REASONS, "@record", strict=False))
        part = self._folder / f"rejects-{id(self)}-{len(self._parts)}.parquet"
        spill(pl.concat([own, reasons], how="horizontal"), part)
        self._parts.append(part)
        self.lines += rejected.height

    def write(self, path: Path) -> None:
        """Put the file in place, rows in the order of the input.

        A file that stands there with other contents may be one the user is correcting: it is kept under another name.
        """
        rows = pl.scan_parquet(self._parts).sort("_line")
        with replace_atomically(path) as temporary:
            FORMATS[self._source.format].write(rows, temporary, self._source.shape)
            if path.is_file() and not filecmp.cmp(path, temporary, shallow=False):
                path.replace(_spare(path))


def _spare(path: Path) -> Path:
    """`x.rejects.csv.bak`, or the first of .bak2, .bak3 … that is free."""
    names = (path.with_name(f"{path.name}.bak{number if number > 1 else ''}") for number in count(1))
    return next(name for name in names if not name.exists())
