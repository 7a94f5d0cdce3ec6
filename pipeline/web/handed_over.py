"""What a child of the page is given: settings on its standard input, and an environment.

So no key stands in arguments, in the environment or on disk; a bench, which asks nobody anything, has none at all.
"""

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from pipeline.edge import Edge
from pipeline.settings import Settings

__all__ = ["build_edge", "build_environment", "encode_settings", "read_settings", "remove_key"]

_PATHS = ("folder", "state_dir")
_SECRET = ("GIGSTACK_API_KEY", "GIGBULK_JOURNAL", "GIGBULK_WEB_SECRET")
"""Variables that hold a secret, or may (an address with a password). Settings have been made of them already."""


def build_environment() -> dict[str, str]:
    """The environment of this process without its secrets."""
    return {name: value for name, value in os.environ.items() if name not in _SECRET}


def remove_key(settings: Settings) -> Settings:
    """The same settings for who sends nothing: the account by its name, without the key it is found by."""
    if not settings.api_key:
        return settings
    return replace(settings, account=settings.account_name(), api_key=None)


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
