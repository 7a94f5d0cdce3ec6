"""Whether a zstd file is whole: its reader takes a file cut short for one that ends, and the rows after it are lost.

Frames and blocks are walked by their headers (RFC 8878, 3.1) without unpacking them: one seek per 128 KiB of data.
"""

import io
from pathlib import Path
from typing import IO

import zstandard

__all__ = ["check_frames"]

_HEADER_BYTES = 18  # the longest a frame header can be
_SKIPPABLE = b"\x2a\x4d\x18"
_REPEATED_BYTE = 1
_CHECKSUM_BYTES = 4


def check_frames(path: Path) -> bool:
    """True when the last frame ends where the file ends."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            if not _past_frame(file):
                return False
        return file.tell() == size


def _past_frame(file: IO[bytes]) -> bool:
    """Go to where the frame that begins here ends, perhaps beyond the file. False when a header is cut or wrong."""
    begin = file.tell()
    head = file.read(_HEADER_BYTES)
    if head[1:4] == _SKIPPABLE and head[0] & 0xF0 == 0x50:
        file.seek(begin + 8 + int.from_bytes(head[4:8], "little"))
        return len(head) >= 8
    try:
        checksum = zstandard.get_frame_parameters(head).has_checksum
        file.seek(begin + zstandard.frame_header_size(head))
    except zstandard.ZstdError:
        return False
    last = False
    while not last:
        header = file.read(3)
        if len(header) < 3:
            return False
        value = int.from_bytes(header, "little")
        last, kind, length = bool(value & 1), value >> 1 & 3, value >> 3
        file.seek(1 if kind == _REPEATED_BYTE else length, io.SEEK_CUR)
    file.seek(_CHECKSUM_BYTES if checksum else 0, io.SEEK_CUR)
    return True
