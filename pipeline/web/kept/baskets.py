"""A basket: what somebody dropped on the page, what she answered and what came of it, as a folder of mode 0700.

    basket.json     when it was made, what was answered (Answers)
    files/          the files as they came, never changed
    edits.jsonl     corrections, written by the bench
    checked/        the same files as the bench has checked them, corrections laid over copies
    corrected/      the files to be sent, in the same way; written by jobs alone
    jobs/N/         one send each: request.json, progress.jsonl, result.json and the files of its result

A basket's name is made here and is letters and digits; file names of users become safe names inside `files`.
"""

import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from pipeline.errors import ConfigError, OutputError
from pipeline.language.say import say
from pipeline.storage.atomic import replace_atomically

__all__ = ["Answers", "Basket", "Baskets", "name_safely"]

_NAME = re.compile(r"[0-9a-z]{16}\Z")
_UNSAFE = re.compile(r"[^\w .()-]+")
_LONGEST, _MOST_BYTES = 80, 200
"""Characters and bytes of a name; a file system knows bytes."""
_PRIVATE = 0o700


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of a basket's files; the names are those of `pipeline.importer.request.ImportRequest`."""

    as_resource: str | None = None
    sheet: str | None = None
    dates: str | None = None
    decimal: str | None = None
    total_with_tax: str | None = None
    encoding: str | None = None
    map: dict[str, str] = {}
    set: dict[str, str] = {}
    save_mapping: bool = False


class _Kept(msgspec.Struct, kw_only=True):
    made_at: datetime
    files: list[str] = []
    answers: Answers = Answers()
    who: str = ""


def name_safely(name: str) -> str:
    """A name a file may have here, as like the user's as may be: the last part alone, no signs that mean something."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    kept = _UNSAFE.sub("_", last).strip(" .")
    stem, point, suffix = kept.rpartition(".")
    while len(kept) > _LONGEST or len(kept.encode()) > _MOST_BYTES:
        stem = stem[:-1]
        kept = f"{stem}{point}{suffix}" if stem else kept[:-1]
    return kept or "file"


@dataclass(slots=True)
class Basket:
    """One basket, open. Every change is on disk when the call returns."""

    folder: Path
    _kept: _Kept = field(repr=False)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def made_at(self) -> datetime:
        return self._kept.made_at

    @property
    def who(self) -> str:
        """Who dropped it, where the page has several users."""
        return self._kept.who

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files, in the order they came."""
        return tuple(self._kept.files)

    @property
    def answers(self) -> Answers:
        return self._kept.answers

    @property
    def originals(self) -> Path:
        return self.folder / "files"

    @property
    def corrected(self) -> Path:
        return self.folder / "corrected"

    @property
    def checked(self) -> Path:
        return self.folder / "checked"

    @property
    def edits(self) -> Path:
        return self.folder / "edits.jsonl"

    @property
    def jobs(self) -> Path:
        return self.folder / "jobs"

    def reserve(self, name: str) -> Path:
        """Where a file of that name is to be written; `keep` makes it one of the basket's."""
        wanted, number = name_safely(name), 1
        stem, point, suffix = wanted.rpartition(".")
        while wanted in self._kept.files:
            number += 1
            wanted = f"{stem or suffix}-{number}{point if stem else ''}{suffix if stem else ''}"
        return self.originals / wanted

    def keep(self, path: Path) -> None:
        """A file that `reserve` named is whole."""
        self._kept.files.append(path.name)
        self._write()

    def answer(self, answers: Answers) -> None:
        """What is said of the files from now on."""
        self._kept.answers = answers
        self._write()

    def delete(self) -> None:
        """All of it. What was sent is in the account and in the journal, which are elsewhere."""
        shutil.rmtree(self.folder)

    def _write(self) -> None:
        with replace_atomically(self.folder / "basket.json") as temporary:
            temporary.write_bytes(msgspec.json.encode(self._kept))


class Baskets:
    """The baskets of one user, a folder each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, now: datetime, who: str = "") -> Basket:
        """A new basket, empty."""
        self.folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        folder = self.folder / secrets.token_hex(8)
        basket = Basket(folder, _Kept(made_at=now, who=who))
        try:
            for path in (folder, basket.originals, basket.corrected, basket.checked, basket.jobs):
                path.mkdir(mode=_PRIVATE)
            basket._write()
        except (OSError, OutputError):  # nobody could open what is left of it
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return basket

    def holds(self, name: str) -> bool:
        """Whether there is one of that name, which may come from anywhere."""
        return bool(_NAME.match(name)) and (self.folder / name / "basket.json").is_file()

    def open(self, name: str) -> Basket:
        """The basket of that name. ConfigError when there is none."""
        folder = self.folder / name
        if not self.holds(name):
            raise ConfigError(
                say("These files are not here any more."), say("Drop them again: what was sent is not sent twice.")
            )
        return Basket(folder, msgspec.json.decode((folder / "basket.json").read_bytes(), type=_Kept))

    def __iter__(self) -> Iterator[Basket]:
        """All of them, newest first."""
        names = [path.parent.name for path in self.folder.glob("*/basket.json") if _NAME.match(path.parent.name)]
        return iter(sorted((self.open(name) for name in names), key=lambda basket: basket.made_at, reverse=True))
