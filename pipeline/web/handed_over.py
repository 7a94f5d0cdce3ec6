"""Settings as a child of the page reads them on its standard input.

So no key stands in arguments, in the environment or on disk.
"""

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from pipeline.edge import Edge
from pipeline.settings import Settings

__all__ = ["build_edge", "encode_settings", "read_settings"]

_PATHS = ("folder", "state_dir")


def encode_settings(settings: Settings) -> bytes:
    """One line of JSON."""
    plain = {f.name: getattr(settings, f.name) for f in fields(settings) if f.name != "key_refused"}
    return msgspec.json.encode(plain | {name: os.fspath(plain[name]) for name in _PATHS}) + b"\n"


def read_settings(stream: BinaryIO) -> Settings:
    """What `encode_settings` wrote, the first line of the stream."""
    known: dict[str, Any] = msgspec.json.decode(stream.readline())
    return Settings(**known | {name: Path(known[name]) for name in _PATHS})


def build_edge(folder: Path) -> Edge:
    """This process, working in a folder: files are named by what stands in it."""
    return replace(Edge(), folder=lambda: folder)
