"""The key by which an API knows a record again that it was sent before: the same on any machine and in any run.

It holds nobody's data: a digest of whose record it is, and which.
"""

import hashlib

__all__ = ["derive_once_key"]


def derive_once_key(account: str, livemode: bool, resource: str, key: str, generation: int) -> str:
    """40 characters of `[A-Za-z0-9-]`, within the 8 to 128 the API's own client asks of such keys."""
    parts = (account, "live" if livemode else "test", resource, key, str(generation))
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
    return f"gigbulk-{digest}"
