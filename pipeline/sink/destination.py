"""Where the files of an export go, and whether files can be made there."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import OutputError
from pipeline.language.causes import os_cause
from pipeline.language.say import say

__all__ = ["Destination", "prepare_folder"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an export goes: a folder with a file per table, or one file with nested tables beside it.

    `base` is the working folder, if the user wrote the name from there: `folder` is whole, and shown as written.
    """

    folder: Path
    file: str | None = None
    base: Path | None = None

    def path(self, table: str, suffix: str, *, complete: bool = True) -> Path:
        """`payments.items` of `out/` is `out/payments.items.csv`; of `out/june.csv` it is `out/june.items.csv`."""
        name = table
        if self.file is not None:
            stem, _, suffix = self.file.rpartition(".") if "." in self.file else (self.file, "", suffix)
            name = stem + table.removeprefix(table.split(".")[0])
        return self.folder / f"{name}{'' if complete else '.incomplete'}.{suffix}"

    def shown(self, path: Path) -> Path:
        """A path of this place as the user would write it."""
        return path if self.base is None else path.relative_to(self.base)

    @property
    def manifest(self) -> Path:
        return self.folder / ("manifest.json" if self.file is None else f"{self.file}.manifest.json")


def prepare_folder(destination: Destination) -> None:
    """Make the folder, and see that a file can be made in it: better known before hours of reading than after."""
    try:
        destination.folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=destination.folder).close()
    except OSError as error:
        raise OutputError(
            say(
                "Files cannot be written to {folder}: {cause}.",
                folder=destination.shown(destination.folder),
                cause=os_cause(error),
            ),
            say("Name another folder."),
        ) from error
