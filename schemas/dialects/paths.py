"""How a dialect's paths are read: `client.rfc` is the member `rfc` within the member `client`."""

__all__ = ["Way", "split_path"]

Way = tuple[str, ...]
"""The steps of a path, from the outside inwards."""


def split_path(path: str) -> Way:
    return tuple(path.split("."))
