"""Pages of one list on disk, as they came but without secrets: what an interrupted export continues from.

One JSON file a page, named by its offset, readable by its owner only. A page that cannot be read again (power cut in
the middle of a write) counts as never read.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Self

import msgspec

from pipeline.edge import utc_now
from pipeline.errors import OutputError
from pipeline.exporter.cells import decode_json, encode_json
from pipeline.storage.atomic import replace_file
from schemas.tables import is_secret, without_secrets

__all__ = ["KEPT_S", "PageCheckpoint"]


KEPT_S = 6 * 3600
"""Pages older than this are not used again: what they show has had a working day to change."""


class PageCheckpoint:
    """`secrets` are members of a row dropped besides those that are secret everywhere. OutputError when full."""

    def __init__(
        self,
        folder: Path,
        secrets: frozenset[str] = frozenset(),
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._folder = folder
        self._secrets = secrets
        self._now = now

    @classmethod
    def of_list(
        cls, folder: Path, dialect: str, resource: str, query: Mapping[str, str | int], secrets: frozenset[str]
    ) -> Self:
        """The pages of one list as it is asked for, below `folder`: one per account and place, which outlives runs."""
        asked = msgspec.json.encode([dialect, resource, sorted(query.items())])
        return cls(folder / f"{resource}-{hashlib.sha256(asked).hexdigest()[:16]}", secrets)

    def _path(self, offset: int) -> Path:
        return self._folder / f"page-{offset:012d}.json"

    def save(self, offset: int, envelope: Mapping[str, Any]) -> None:
        """Keep a page. It is whole on disk, or not there."""
        content = encode_json(_safe(envelope, self._secrets))
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (
                replace_file(self._path(offset), sync=False) as temporary,
                os.fdopen(os.open(temporary, _NEW, 0o600), "wb") as file,
            ):
                file.write(content)
        except OSError as error:
            raise OutputError(
                f"A page cannot be kept in {self._folder}: {error.strerror}.",
                "Free disk space or set GIGBULK_STATE_DIR elsewhere; the pages read so far are kept.",
            ) from error

    def load(self, offset: int) -> dict[str, Any] | None:
        """The page that begins there; None when it was not kept, or too long ago."""
        try:
            if self._now().timestamp() - self._path(offset).stat().st_mtime > KEPT_S:
                return None
            envelope = decode_json(self._path(offset).read_bytes())
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        except OSError as error:
            raise OutputError(f"{self._path(offset)} cannot be read: {error.strerror}.", "Delete it.") from error
        return envelope if isinstance(envelope, dict) else None

    def pages(self) -> list[Path]:
        """The files of the pages kept, in order."""
        return sorted(self._folder.glob("page-*.json"))

    def clear(self) -> None:
        """Forget every page."""
        shutil.rmtree(self._folder, ignore_errors=True)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def _safe(envelope: Mapping[str, Any], secrets: frozenset[str]) -> Any:
    """The envelope without secrets. Few pages have any below their rows' own members; looking is cheap, copying not."""
    lean = {name: _lean(value, secrets) if isinstance(value, list) else value for name, value in envelope.items()}
    return without_secrets(lean) if any(map(is_secret, _names(lean))) else lean


def _lean(rows: list[Any], secrets: frozenset[str]) -> list[Any]:
    """The rows without members of their own that are secret."""
    names = set[str]().union(*(row for row in rows if isinstance(row, dict)))
    dropped = [name for name in names if name in secrets or is_secret(name)]
    kept = [row.copy() if isinstance(row, dict) else row for row in rows]
    for row in kept:
        if isinstance(row, dict):
            for name in dropped:
                row.pop(name, None)
    return kept


def _names(value: Any) -> set[str]:
    """Every member name at any depth: one depth after the other, for one object after the other takes four times as
    long."""
    names: set[str] = set()
    objects: list[Any] = [value]
    lists: list[Any] = []
    while objects or lists:
        names.update(*objects)
        inner = [*chain.from_iterable(o.values() for o in objects), *chain.from_iterable(lists)]
        objects = [v for v in inner if type(v) is dict]
        lists = [v for v in inner if type(v) is list]
    return names
