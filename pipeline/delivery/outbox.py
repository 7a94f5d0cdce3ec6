"""Actions waiting to be sent, in a file without a name: it holds full bodies, and vanishes with the process."""

import struct
import tempfile
import weakref
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from pipeline.delivery.canary.choose import choose_canaries
from pipeline.model import Action
from pipeline.storage.atomic import disk_errors

__all__ = ["Outbox"]

_LENGTH = struct.Struct("<I")


class Outbox:
    """A queue of (journal id, action), written once and then read once. Memory does not grow with it: of each set of
    features it knows where the first record stands.

    `close` gives the file back; so does forgetting the outbox.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (unlinked from birth)
        self.close = weakref.finalize(self, self._file.close)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(tuple[int, Action]).decode
        self.count = 0
        self._end = 0
        self._firsts: dict[str, tuple[int, int]] = {}

    def add(self, record_id: int, action: Action) -> None:
        packed = self._encode((record_id, action))
        with disk_errors(self._folder):
            self._file.write(_LENGTH.pack(len(packed)))
            self._file.write(packed)
        self._firsts.setdefault(action.features, (self.count, self._end))
        self._end += _LENGTH.size + len(packed)
        self.count += 1

    def canaries_first(self, limit: int | None, proven: Collection[str]) -> Iterator[tuple[int, Action]]:
        """The first `limit` actions: before the others, in their order, the few that have every feature not proven."""
        within = {features: place for features, place in self._firsts.items() if limit is None or place[0] < limit}
        offsets = dict(within.values())
        chosen = choose_canaries({features: position for features, (position, _) in within.items()}, proven)
        for position in chosen:
            with disk_errors(self._folder):
                self._file.seek(offsets[position])
                yield self._read()
        led = set(chosen)
        yield from (row for position, row in enumerate(islice(self, limit)) if position not in led)

    def __iter__(self) -> Iterator[tuple[int, Action]]:
        with disk_errors(self._folder):
            self._file.seek(0)  # writes what was still in memory
        for _ in range(self.count):
            yield self._read()

    def _read(self) -> tuple[int, Action]:
        return self._decode(self._file.read(*_LENGTH.unpack(self._file.read(_LENGTH.size))))
