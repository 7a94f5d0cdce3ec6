"""What an API key tells about itself, without asking anybody. A key is never written down, only a short hash of it."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

__all__ = ["KeyFacts", "account_name", "read_key_facts"]


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """`livemode` and `team` as the key's own JWT payload says (docs/api.md 1, Key format); None where it does not."""

    livemode: bool | None = None
    team: str | None = None


class _Payload(msgspec.Struct):
    team: str | None = None
    livemode: bool | None = None


def read_key_facts(key: str) -> KeyFacts:
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
    """A name for the account behind a key: its team when the key says so, else a short hash of the key.

    However the URL is spelled, the name is the same: it is what the lock and the journal know the account by.
    """
    team = read_key_facts(key).team
    who = f"team {team}" if team else "key " + hashlib.sha256(key.encode()).hexdigest()[:12]
    return f"{_one_spelling(base_url.strip())} {who}"


_DEFAULT_PORTS = {"https": 443, "http": 80}
_LOOPBACK = ("localhost", "::1", "0:0:0:0:0:0:0:1")


def _one_spelling(base_url: str) -> str:
    """Scheme and host in small letters, no port that goes without saying, one name for this machine."""
    try:
        url = urlsplit(base_url)
        host, port = (url.hostname or "").rstrip("."), url.port
    except ValueError:  # no URL at all: refused elsewhere, before anything is sent
        return base_url.rstrip("/")
    if host in _LOOPBACK:
        host = "127.0.0.1"
    at = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS.get(url.scheme):
        at += f":{port}"
    return f"{url.scheme}://{at}{url.path.rstrip('/')}"
