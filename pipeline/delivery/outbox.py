"""Actions waiting to be sent, in a file without a name: it holds full bodies, and vanishes with the process."""

import struct
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pipeline.model import Action
from pipeline.storage.atomic import disk_errors

__all__ = ["Outbox"]

_LENGTH = struct.Struct("<I")


class Outbox:
    """A queue of (journal id, action), written once and then read once, in order. Memory does not grow with it.

    `close` gives the file back; so does forgetting the outbox.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (unlinked from birth)
        self.close = weakref.finalize(self, self._file.close)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(tuple[int, Action]).decode
        self.count = 0

    def add(self, record_id: int, action: Action) -> None:
        packed = self._encode((record_id, action))
        with disk_errors(self._folder):
            self._file.write(_LENGTH.pack(len(packed)))
            self._file.write(packed)
        self.count += 1

    def __iter__(self) -> Iterator[tuple[int, Action]]:
        with disk_errors(self._folder):
            self._file.seek(0)  # writes what was still in memory
        while head := self._file.read(_LENGTH.size):
            yield self._decode(self._file.read(_LENGTH.unpack(head)[0]))
