"""Pages of one list on disk, as they came but without secrets: what an interrupted export continues from.

One JSON file a page, named by its number and by what was asked for it, readable by its owner only. A page that cannot
be read again (power cut in the middle of a write) counts as never read.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Self

import msgspec

from pipeline.api.paging.page import Query, RawPage
from pipeline.errors import OutputError
from pipeline.exporter.cells import decode_json, encode_json
from pipeline.language.causes import os_cause
from pipeline.language.say import say
from pipeline.storage.atomic import replace_file
from schemas.tables import Table, is_secret, without_secrets

__all__ = ["KEPT_S", "PageCheckpoint"]


KEPT_S = 6 * 3600
"""Pages older than this are not used again: what they show has had a working day to change."""


class PageCheckpoint:
    """`secrets` are members of a row dropped besides those that are secret everywhere, `shown` are kept. OutputError
    when full."""

    def __init__(
        self,
        folder: Path,
        secrets: frozenset[str] = frozenset(),
        shown: frozenset[str] = frozenset(),
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._folder = folder
        self._secrets, self._shown = secrets, shown
        self._now = now
        self._kept = {path.stem.rpartition("-")[2]: path for path in self.pages()}
        self._taken: dict[int, Path] = {}

    @classmethod
    def of_list(
        cls,
        folder: Path,
        dialect: str,
        resource: str,
        query: Query,
        table: Table,
        *,
        now: Callable[[], datetime],
    ) -> Self:
        """The pages of one list as it is asked for, below `folder`: one per account and place, which outlives runs."""
        asked = msgspec.json.encode([dialect, resource, sorted(query.items()), *sorted(table.shown)])
        place = folder / f"{resource}-{hashlib.sha256(asked).hexdigest()[:16]}"
        return cls(place, table.secrets, table.shown, now=now)

    def save(self, number: int, query: Query, envelope: RawPage) -> None:
        """Keep the page of a query, the `number`-th of its list, from 0. It is whole on disk, or not there."""
        content = encode_json(_safe(envelope, self._secrets, self._shown))
        asked = _digest(query)
        path = self._folder / f"page-{number:012d}-{asked}.json"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (
                replace_file(path, sync=False) as temporary,
                os.fdopen(os.open(temporary, _NEW, 0o600), "wb") as file,
            ):
                file.write(content)
        except OSError as error:
            raise OutputError(
                say("A page cannot be kept in {folder}: {cause}.", folder=self._folder, cause=os_cause(error)),
                say("Free disk space or set GIGBULK_STATE_DIR elsewhere; the pages read so far are kept."),
            ) from error
        self._kept[asked] = self._taken[number] = path

    def load(self, number: int, query: Query) -> dict[str, Any] | None:
        """The page of that query, to be the `number`-th; None when it was not kept, or too long ago."""
        path = self._kept.get(_digest(query))
        if path is None:
            return None
        try:
            if self._now().timestamp() - path.stat().st_mtime > KEPT_S:
                return None
            envelope = decode_json(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        except OSError as error:
            raise OutputError(
                say("{path} cannot be read: {cause}.", path=path, cause=os_cause(error)), say("Delete it.")
            ) from error
        if not isinstance(envelope, dict):
            return None
        self._taken[number] = path
        return envelope

    def pages(self) -> list[Path]:
        """The files of the pages kept, in order."""
        return sorted(self._folder.glob("page-*.json"))

    def taken(self) -> list[Path]:
        """The files of the pages that this reading of the list is made of, in order."""
        return [path for _, path in sorted(self._taken.items())]

    def clear(self) -> None:
        """Forget every page."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._kept.clear()
        self._taken.clear()


def _digest(query: Query) -> str:
    return hashlib.sha256(msgspec.json.encode(sorted(query.items()))).hexdigest()[:16]


_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def _safe(envelope: RawPage, secrets: frozenset[str], shown: frozenset[str]) -> Any:
    """The envelope without secrets. Few pages have any below their rows' own members; looking is cheap, copying not."""
    lean = {
        name: _lean(value, secrets, shown) if isinstance(value, list) else value for name, value in envelope.items()
    }
    return without_secrets(lean, shown=shown) if any(map(is_secret, _names(lean) - shown)) else lean


def _lean(rows: list[Any], secrets: frozenset[str], shown: frozenset[str]) -> list[Any]:
    """The rows without members of their own that are secret."""
    names = set[str]().union(*(row for row in rows if isinstance(row, dict)))
    dropped = [name for name in names if name not in shown and (name in secrets or is_secret(name))]
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
