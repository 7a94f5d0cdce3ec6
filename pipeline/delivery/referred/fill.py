"""The remote ids of what a record refers to, put into its body."""

from collections.abc import Mapping

import msgspec

__all__ = ["fill_references"]


def fill_references(body: bytes, ids: Mapping[str, str]) -> bytes:
    """A body as JSON with the remote id of what it refers to at each path; every other byte stays as it is.

    A path of one name is put in front; of a deeper one only the objects on the way are taken apart.
    """
    own = {path: remote_id for path, remote_id in ids.items() if "." not in path}
    for path in (path for path in ids if path not in own):
        name, _, rest = path.partition(".")
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        inner = bytes(members.get(name, b"{}"))
        members[name] = msgspec.Raw(fill_references(inner, {rest: ids[path]}))
        body = msgspec.json.encode(members)
    if not own:
        return body
    head = msgspec.json.encode(own)[:-1]
    return head + (b"," if body != b"{}" else b"") + body[1:]
