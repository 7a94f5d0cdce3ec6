"""`manifest.json` beside exported files: what they hold, and whether that is all there was.

{"version": 1, "exports": {resource: entry}, "incomplete": {resource: entry}, "attempts": {resource: attempt}}. An
incomplete export never takes the place of a complete one here either; a complete one ends what `incomplete` said. An
attempt {"started", "ended", "why"} (ISO 8601 in UTC) is the last one at a resource when no file came of it: it stands
there from the beginning of an export until the files do, so that one that was killed is not taken for whole.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from pipeline.language.say import Said
from pipeline.storage.atomic import replace_atomically

__all__ = ["begin_manifest", "fail_manifest", "format_moment", "holds_all", "read_manifest", "record_files"]

VERSION = 1
_SECTIONS = ("exports", "incomplete", "attempts")


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest there, or an empty one when there is none that can be read."""
    try:
        found = msgspec.json.decode(path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict) or found.get("version") != VERSION:
        found = {}
    return {"version": VERSION} | {section: dict(found.get(section) or {}) for section in _SECTIONS}


def holds_all(manifest: Mapping[str, Any]) -> bool:
    """Whether complete files of every resource that was ever asked for stand beside the manifest."""
    exports = manifest["exports"].keys()
    return bool(exports) and manifest["incomplete"].keys() | manifest["attempts"].keys() <= exports


def begin_manifest(path: Path, resources: Iterable[str], started: datetime) -> None:
    """Name what is about to be read. OutputError when the file cannot be written, here as below."""
    manifest = read_manifest(path)
    attempt = {"started": format_moment(started), "ended": None, "why": "It ended before its files were in place."}
    manifest["attempts"] |= dict.fromkeys(resources, attempt)
    _write(path, manifest)


def fail_manifest(path: Path, resource: str, started: datetime, ended: datetime, why: str) -> None:
    """Say that nothing of a resource could be read. What is said of the files that stand there stays."""
    manifest = read_manifest(path)
    manifest["attempts"][resource] = {"started": format_moment(started), "ended": format_moment(ended), "why": why}
    _write(path, manifest)


def record_files(path: Path, resource: str, entry: Mapping[str, Any]) -> None:
    """Put the entry of a resource into the manifest, those of other resources as they are.

    `entry["complete"]` decides where it stands; either way it tells of the last attempt itself.
    """
    manifest = read_manifest(path)
    manifest["attempts"].pop(resource, None)
    if entry["complete"]:
        manifest["incomplete"].pop(resource, None)
    manifest["exports" if entry["complete"] else "incomplete"][resource] = dict(entry)
    _write(path, manifest)


def _plain(value: Any) -> str:
    """A sentence as the English that it is: msgspec takes no text but `str` itself."""
    if isinstance(value, Said):
        return str(value)
    raise NotImplementedError


def _write(path: Path, manifest: Mapping[str, Any]) -> None:
    with replace_atomically(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(manifest, enc_hook=_plain), indent=2) + b"\n")


def format_moment(moment: datetime | None) -> str | None:
    """A moment as the manifest has it: ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat() if moment else None
