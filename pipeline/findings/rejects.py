"""The rejects file: the user's own lines of failing records, untouched, with the reason beside them.

Sources of one file share one, each on its own sheet.
"""

import filecmp
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import polars as pl

from pipeline.formats import FORMATS, LINE
from pipeline.model import Source
from pipeline.storage.atomic import replace_atomically, spill

__all__ = ["Rejects", "group_by_file", "rejects_path", "replace_kept", "write_rejects"]

_REASONS = ("_errors", "_codes")


def rejects_path(source: Source, wished: Path | None) -> Path:
    """`<input>.rejects.<ext>` beside the input; in this folder for standard input; `wished` when the user names one."""
    if wished is not None:
        return wished
    if source.name == "-":
        return Path(f"stdin.rejects.{FORMATS[source.format].returned_suffix('')}")
    path = Path(source.name)
    compressed = path.suffix.lower() in (".gz", ".zst", ".zstd")
    named = path.with_suffix("") if compressed else path
    suffix = FORMATS[source.format].returned_suffix(named.suffix.lstrip("."))
    return named.with_name(f"{named.stem}.rejects.{suffix}")


class Rejects:
    """Failing lines of one source, kept on disk until they are written in the input's own format."""

    def __init__(self, source: Source, folder: Path) -> None:
        self.source = source
        self._folder = folder
        self._parts: list[Path] = []
        self.lines = 0

    def add(self, rejected: pl.DataFrame) -> None:
        """Rows as validation gives them: the user's text, LINE, and `_errors` and `_codes`."""
        if rejected.is_empty():
            return
        kind = FORMATS[self.source.format]
        reasons = rejected.select(pl.col(LINE).alias("_line"), *_REASONS)
        own = kind.restore(rejected.drop(*_REASONS, "@record", *(j.heading for j in self.source.joined), strict=False))
        part = self._folder / f"rejects-{id(self)}-{len(self._parts)}.parquet"
        spill(pl.concat([own, reasons], how="horizontal"), part)
        self._parts.append(part)
        self.lines += rejected.height

    def rows(self) -> pl.LazyFrame:
        """The user's own columns and ours, in the order of the input."""
        return pl.scan_parquet(self._parts).sort("_line")


def group_by_file(rejects: Iterable[Rejects]) -> list[list[Rejects]]:
    """Those of one input file together, in the order in which the files come first."""
    files: dict[Path, list[Rejects]] = {}
    for each in rejects:
        files.setdefault(each.source.path, []).append(each)
    return list(files.values())


def write_rejects(rejects: Sequence[Rejects], path: Path) -> None:
    """Put the rejects of one input file in place, a sheet a source.

    A file that stands there with other contents may be one the user is correcting: it is kept under another name.
    """
    sources = [each.source for each in rejects]
    tables = {each.source.sheet: each.rows() for each in rejects}
    with replace_kept(path) as temporary:
        FORMATS[sources[0].format].write(tables, temporary, [source.shape for source in sources])


@contextmanager
def replace_kept(path: Path) -> Iterator[Path]:
    """`replace_atomically` for a file that a user may be correcting: one with other contents is kept beside it."""
    with replace_atomically(path) as temporary:
        yield temporary
        if path.is_file() and not filecmp.cmp(path, temporary, shallow=False):
            path.replace(_spare(path))


def _spare(path: Path) -> Path:
    """`x.rejects.csv.bak`, or the first of .bak2, .bak3 … that is free."""
    names = (path.with_name(f"{path.name}.bak{number if number > 1 else ''}") for number in count(1))
    return next(name for name in names if not name.exists())
