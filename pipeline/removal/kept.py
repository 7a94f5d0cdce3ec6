"""Deleted records as they were, in a file of the state folder that nobody else can read: the journal holds no data."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import OutputError
from pipeline.language.say import say
from pipeline.storage.atomic import replace_atomically

__all__ = ["find_kept", "keep_records"]

_encode = msgspec.json.Encoder(decimal_format="number").encode


def find_kept(state_dir: Path, run: str) -> Path:
    """Where a run keeps them."""
    return state_dir / "deleted" / f"{run}.jsonl"


def keep_records(path: Path, resource: str, records: Mapping[str, Mapping[str, Any]]) -> None:
    """Add them to what an earlier part of the run has kept: a line each, and none twice. OutputError when it cannot."""
    lines = (_encode({"resource": resource, "id": identity, "record": row}) for identity, row in records.items())
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, dict.fromkeys([*(path.read_bytes().splitlines() if path.exists() else []), *lines]))
    except OSError as error:
        raise OutputError(
            say("The records cannot be kept in {path}: {error}.", path=path, error=error),
            say("Nothing was deleted. Make room, or set another GIGBULK_STATE_DIR."),
        ) from error


def _write(path: Path, lines: Iterable[bytes]) -> None:
    with replace_atomically(path) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_bytes(b"".join(line + b"\n" for line in lines))
