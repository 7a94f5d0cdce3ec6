"""`manifest.json` beside exported files: what they hold, and whether that is all there was.

{"version": 1, "exports": {resource: entry}, "incomplete": {resource: entry}}. An incomplete export never takes the
place of a complete one here either; a complete one ends what `incomplete` said.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline.placing import placed

__all__ = ["VERSION", "read_manifest", "record"]

VERSION = 1


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest there, or an empty one when there is none that can be read."""
    try:
        found = msgspec.json.decode(path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict) or found.get("version") != VERSION:
        return {"version": VERSION, "exports": {}, "incomplete": {}}
    return {
        "version": VERSION,
        "exports": dict(found.get("exports") or {}),
        "incomplete": dict(found.get("incomplete") or {}),
    }


def record(path: Path, resource: str, entry: Mapping[str, Any]) -> None:
    """Put the entry of a resource into the manifest, those of other resources as they are.

    `entry["complete"]` decides where it stands. OutputError when the file cannot be written.
    """
    manifest = read_manifest(path)
    if entry["complete"]:
        manifest["incomplete"].pop(resource, None)
    manifest["exports" if entry["complete"] else "incomplete"][resource] = dict(entry)
    with placed(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
