"""What an API key tells about itself, without asking anybody. A key is never written down, only a short hash of it."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

import msgspec

__all__ = ["KeyFacts", "account_name", "facts_of"]


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """`livemode` and `team` as the key's own JWT payload says (API reference 1, Key format); None where it does not."""

    livemode: bool | None = None
    team: str | None = None


class _Payload(msgspec.Struct):
    team: str | None = None
    livemode: bool | None = None


def facts_of(key: str) -> KeyFacts:
    """Decode (never verify) a JWT; a `sk_test` prefix means test; anything else tells nothing."""
    if key.startswith("sk_test"):
        return KeyFacts(livemode=False)
    parts = key.split(".")
    if len(parts) != 3:
        return KeyFacts()
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        payload = msgspec.json.decode(raw, type=_Payload)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return KeyFacts()
    return KeyFacts(payload.livemode, payload.team)


def account_name(key: str, base_url: str) -> str:
    """A name for the account behind a key: its team when the key says so, else a short hash of the key."""
    team = facts_of(key).team
    who = f"team {team}" if team else "key " + hashlib.sha256(key.encode()).hexdigest()[:12]
    return f"{base_url.rstrip('/')} {who}"
