"""Where the rows of sheets wait between two passes over them: in memory while they are few, else in files."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

__all__ = ["SetAside", "Shelf"]

_ROOM = 64 << 20
"""Bytes of texts held in memory, over all sheets of a workbook: 50,000 rows of 20 columns take 26 MB. Files of them
took a twentieth of a check to write and to read again."""
_VIEW = 16
"""Bytes that polars holds for each text beside its letters."""


@dataclass(slots=True, eq=False)
class SetAside:
    """A frame that waits: `frame` holds it, or the file at `path` does."""

    path: Path
    frame: pl.DataFrame | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SetAside) and self.path == other.path and self.read().equals(other.read())

    __hash__ = None  # type: ignore[assignment]  # it goes from memory to a file

    def read(self) -> pl.DataFrame:
        return pl.read_parquet(self.path) if self.frame is None else self.frame

    def write(self) -> None:
        """Into its file, and out of memory."""
        if self.frame is not None:
            self.frame.write_parquet(self.path, compression="lz4", statistics=False)
            self.frame = None


class Shelf:
    """Of one workbook. Once its frames together have more bytes than there is room for, all are in `folder`."""

    def __init__(self, folder: Path, *, beside: float = 0) -> None:
        """`beside` are bytes that the frames keep alive together, whichever of them are held."""
        self._folder = folder
        self._room = _ROOM - beside
        self._held: list[SetAside] = []

    def put(self, frame: pl.DataFrame, name: str) -> SetAside:
        """Set a frame of texts aside, in the file `name` of the folder if it must be."""
        laid = SetAside(self._folder / f"{name}.parquet", frame)
        self._held.append(laid)
        self._room -= _size(frame)
        if self._room < 0:
            for held in self._held:
                held.write()
            self._held.clear()
        return laid


def _size(frame: pl.DataFrame) -> int:
    letters = frame.select(pl.sum_horizontal(pl.col(pl.String).str.len_bytes().sum())).item() or 0
    return int(letters) + _VIEW * frame.height * frame.width
