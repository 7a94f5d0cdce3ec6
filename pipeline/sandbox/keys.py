"""Who is calling: reads the Authorization header. No key is checked against anything, only read."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import msgspec


class Standing(Enum):
    GOOD = "good"
    REFUSED = "unauthorized"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a key says of its owner. An opaque key says nothing: its mode and team are None."""

    standing: Standing
    livemode: bool | None = None
    team: str | None = None


class _Claims(msgspec.Struct):
    livemode: bool | None = None
    team: str | None = None


@lru_cache(maxsize=256)
def identify(authorization: str | None) -> Identity:
    """Read `Bearer <key>`: a key containing `revoked` is refused, one containing `forbidden` lacks permission.

    A key in the form of a JWT tells its mode and team in its payload (reference, section 1, "Key format").
    """
    scheme, _, key = (authorization or "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key or "revoked" in key:
        return Identity(Standing.REFUSED)
    claims = _claims(key)
    standing = Standing.FORBIDDEN if "forbidden" in key else Standing.GOOD
    return Identity(standing, claims.livemode, claims.team)


def _claims(key: str) -> _Claims:
    parts = key.split(".")
    if len(parts) != 3:
        return _Claims()
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=_Claims)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return _Claims()
