"""Old and new values of a run's changes, in a file of the state folder: the journal holds nobody's data."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import OutputError
from pipeline.importer.changes.compare import RecordChange
from pipeline.language.say import say
from pipeline.model import RecordKey
from pipeline.storage.atomic import replace_atomically

__all__ = ["KeptMember", "describe_change", "join_kept", "read_kept", "write_kept"]

KeptMember = Mapping[str, Any]
"""One member of one record: which, what the account held, what the file says, and what became of the change."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def describe_change(change: RecordChange, file: str, state: str) -> Iterator[KeptMember]:
    """A line for each member that is changed."""
    for path, old, new in change.differences:
        yield {
            "file": file,
            "line": change.action.line,
            "resource": change.action.resource,
            "key": RecordKey(change.action.key).shown,
            "id": change.remote_id,
            "member": path,
            "old": old,
            "new": new,
            "state": state,
        }


def join_kept(
    earlier: Iterable[KeptMember], now: Iterable[KeptMember], made: Mapping[tuple[str, str], str]
) -> list[KeptMember]:
    """What an earlier part of the run kept and what is to be changed now, each once: the first old values are the ones
    that count. `made` says what became since of the change of a record, by its resource and id."""
    current = {_name(line): line for line in now}
    kept = []
    for line in earlier:
        same = current.get(_name(line))
        if same is None or _encode(same["old"]) != _encode(line["old"]):
            kept.append({**line, "state": made.get((line["resource"], line["id"]), line["state"])})
    return [*kept, *current.values()]


def _name(line: KeptMember) -> tuple[Any, ...]:
    return line["resource"], line["id"], line["member"]


def read_kept(path: Path) -> list[KeptMember]:
    """What was kept there; nothing where there is no such file. OutputError when it cannot be read: it is not
    overwritten."""
    try:
        return [_decode(line) for line in path.read_bytes().splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        raise OutputError(
            say("The old values in {path} cannot be read: {error}.", path=path, error=error),
            say("Move that file away; what is changed from now on is kept in a new one."),
        ) from error


def write_kept(path: Path, lines: Iterable[KeptMember]) -> None:
    """Into that file, readable by nobody else."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replace_atomically(path) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_bytes(b"".join(_encode(line) + b"\n" for line in lines))
