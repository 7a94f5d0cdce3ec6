"""The rows of a list's envelopes, and which of them have been seen before."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pipeline.errors import ApiStop
from pipeline.language.say import say
from schemas.dialects.spec import Cursor, Dialect

__all__ = ["BadPaging", "SeenRows"]

_TRUTHS = {"true": True, "false": False}


class BadPaging(ApiStop):
    """The server does not page as expected: to read on is no use, now or later."""


class SeenRows:
    """Takes the rows out of envelopes, and knows which it has seen before.

    `blanks` counts the envelopes without a list: an empty page to those who want rows, no proof that there are none.
    `failed` counts those that say they failed, whatever rows they hold: others may be missing.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._identifier = dialect.identifier
        self._envelope = dialect.envelope
        self._size = dialect.paging.size
        self._tokens = dialect.paging.token if isinstance(dialect.paging, Cursor) else (dialect.envelope.next,)
        self.seen: set[str | int] = set()
        self.blanks = self.failed = 0

    def of(self, envelope: Mapping[str, Any]) -> list[dict[str, Any] | None]:
        """The rows of a page that is read now: what is wrong with it is counted."""
        self.failed += self._is_failed(envelope)
        self.blanks += envelope.get(self._envelope.data) is None
        return self._rows(envelope)

    def _rows(self, envelope: Mapping[str, Any]) -> list[dict[str, Any] | None]:
        rows = envelope.get(self._envelope.data)
        if rows is None:
            return []
        if not isinstance(rows, list) or not all(row is None or isinstance(row, dict) for row in rows):
            raise BadPaging(
                say("The server answered something that is not a list of records."),
                say("Check the dialect and the base URL with `gigbulk doctor`."),
            )
        return rows

    def identify(self, row: dict[str, Any]) -> object:
        """What a row is known again by: its id, or all it says where it has none."""
        identity = row.get(self._identifier)
        known = isinstance(identity, str | int) and not isinstance(identity, bool)
        return identity if known else msgspec.json.encode(row, order="sorted")

    def identify_all(self, envelope: Mapping[str, Any]) -> list[object]:
        """What every row of an envelope is known again by, in order; None for a null."""
        return [None if row is None else self.identify(row) for row in self._rows(envelope)]

    def unseen(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows whose id was not seen before. A row without an id cannot be known again, so it counts as new."""
        new = []
        for row in rows:
            identity = self.identify(row)
            if isinstance(identity, str | int):
                if identity in self.seen:
                    continue
                self.seen.add(identity)
            new.append(row)
        return new

    def total(self, envelope: Mapping[str, Any], before: int | None = None) -> int | None:
        """The server's own count; the one `before` where this page has none."""
        total = first_of(envelope, self._envelope.total)
        return total if isinstance(total, int) and not isinstance(total, bool) else before

    def more(self, envelope: Mapping[str, Any]) -> bool | None:
        """Whether the server says that the list goes on, if it says."""
        return _TRUTHS.get(str(first_of(envelope, self._envelope.more)).lower())

    def token(self, envelope: Mapping[str, Any]) -> str | None:
        """What the server calls the next page, if it calls it anything."""
        token = first_of(envelope, self._tokens)
        return str(token) if isinstance(token, str | int) and not isinstance(token, bool) and token != "" else None

    def goes_on(self, envelope: Mapping[str, Any]) -> bool:
        """Whether a page is whole and has more behind it: a last page that is kept may have got rows since, another
        has not."""
        full = len(self._rows(envelope)) >= self._size
        onward = self.more(envelope) is not False and (full or self.token(envelope) is not None)
        return onward and not self._is_failed(envelope)

    def _is_failed(self, envelope: Mapping[str, Any]) -> bool:
        return envelope.get(self._envelope.success) is False


def first_of(envelope: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """The first member of those names that is there."""
    return next((envelope[name] for name in names if envelope.get(name) is not None), None)
