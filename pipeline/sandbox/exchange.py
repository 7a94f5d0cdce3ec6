"""The shapes that pass through the server: a request as an operation sees it, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pipeline.sandbox.keys import Identity
from pipeline.sandbox.state import Store

WRITES = frozenset({"POST", "PUT", "DELETE"})


@dataclass(slots=True)
class Call:
    """One request with a good key, together with the store it acts on."""

    method: str
    path: str
    ids: Mapping[str, str]
    """The variable parts of the path, by name."""
    query: Mapping[str, str]
    content: bytes
    content_type: str
    identity: Identity
    store: Store
    now_ms: int
    strict: bool
    duplicates: str
    """`reject`, `return_first` or `ignore`."""
    twists: frozenset[str]
    """Names of the faults under which the operation itself misbehaves."""


@dataclass(slots=True)
class Reply:
    """What an operation answers, before any fault spoils it."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    resource_id: str | None = None
    committed: bool = False
    """Whether the store was changed."""


class Refusal(Exception):
    """The request is answered with an error. Raised before anything is stored."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.reply = Reply(error_body(code, message), status, headers or {})


@dataclass(frozen=True)
class Operation:
    """One method of one path, and what it does."""

    method: str
    path: str
    run: Callable[[Call], Reply]
    lists: bool = False
    """Whether the faults of lists apply."""


@dataclass(frozen=True)
class Generation:
    """One generation of the API: its operations and the tables it stores them in."""

    operations: tuple[Operation, ...]
    tables: tuple[str, ...]
    decode: Callable[[bytes], Any]
    """Body to objects, numbers as int or Decimal; raises msgspec.DecodeError."""
    plant: Callable[[Store, Mapping[str, int], int], None]
    """Fill empty tables of a store with so many pretend rows, from a seed."""


def error_body(code: str, message: str) -> bytes:
    """The error shape of both generations, reference 1.2 (ASSUMED for 2025-06)."""
    return msgspec.json.encode({"message": message, "error": code})
