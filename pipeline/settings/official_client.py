"""The credentials file of gigstack's own command line client, read and never written.

Its form is what its v0.3.1 writes and its later revisions read: `profiles` by name, each with `apiKey` and perhaps
`baseUrl`, and the name of the `activeProfile`. A key is for the origin it was saved with, for no other.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from pipeline.language.causes import os_cause
from pipeline.language.say import Said, name_few, say

__all__ = ["SavedKey", "find_credentials_file", "find_saved_key", "share_origin"]

_FILE = "credentials.json"
_LARGEST = 1 << 20


class SavedKey(NamedTuple):
    """The key of a profile and where it may go (None: the documented address); or `refused`, why it is not used, and
    what to do. `place` names file and profile."""

    place: str
    key: str | None = None
    base_url: str | None = None
    refused: tuple[Said, Said] | None = None

    def __repr__(self) -> str:
        return f"SavedKey({self.place!r})"


class _Profile(msgspec.Struct):
    apiKey: str | None
    baseUrl: str | None = None


class _Credentials(msgspec.Struct):
    profiles: dict[str, _Profile]
    activeProfile: str | None = None


def find_credentials_file(environ: Mapping[str, str]) -> Path | None:
    """Where the official client keeps it, whether or not it is there; None where there is no home."""
    folder, home = environ.get("GIGSTACK_CONFIG_DIR"), environ.get("HOME") or environ.get("USERPROFILE")
    if folder:
        return Path(folder) / _FILE
    return Path(home) / ".config" / "gigstack" / _FILE if home else None


def find_saved_key(environ: Mapping[str, str], profile: str | None = None) -> SavedKey | None:
    """The key of that profile, else of the active one; None where the file, or such a profile, is not there."""
    path = find_credentials_file(environ)
    if path is None:
        return None
    try:
        content = _read_private(path)
        credentials = msgspec.json.decode(content, type=_Credentials)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        told = say("{path} is not used: {cause}.", path=path, cause=os_cause(error))
        return SavedKey(str(path), refused=(told, say("Run: chmod 600 {path}", path=path)))
    except OSError as error:
        told = say("{path} cannot be read: {cause}.", path=path, cause=os_cause(error))
        return SavedKey(str(path), refused=(told, say("Set GIGSTACK_API_KEY.")))
    except (msgspec.MsgspecError, UnicodeError):
        told = say("{path} does not hold credentials as the official client writes them.", path=path)
        return SavedKey(str(path), refused=(told, say("Log in again with that client, or set GIGSTACK_API_KEY.")))
    return _choose(path, credentials, profile)


def _choose(path: Path, credentials: _Credentials, profile: str | None) -> SavedKey | None:
    """The key of that profile, else of the active one. Where none is active, those that could be are named."""
    keys = {name: (saved.apiKey or "").strip() for name, saved in credentials.profiles.items()}
    usable = [name for name, key in keys.items() if key]
    name = profile or credentials.activeProfile or ""
    if name in usable:
        return SavedKey(f"{path} [{name}]", keys[name], credentials.profiles[name].baseUrl)
    if profile is not None or not usable:
        return None
    told = say("There is no API key: no profile of {path} is active.", path=path)
    return SavedKey(str(path), refused=(told, say("Choose one with --profile: {names}.", names=name_few(usable, 5))))


def _read_private(path: Path) -> bytes:
    """PermissionError, saying so, where others may read it."""
    with path.open("rb") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            raise PermissionError(0, say("it holds an API key and others may read it"))
        return file.read(_LARGEST)


def share_origin(one: str, other: str) -> bool:
    """Whether two addresses are of one scheme, host and port."""
    return _origin(one) == _origin(other)


def _origin(address: str) -> tuple[str, str, int | None]:
    url = urlsplit(address.strip())
    default = {"https": 443, "http": 80}.get(url.scheme)
    try:
        port = url.port or default
    except ValueError:
        port = None
    return url.scheme.lower(), (url.hostname or "").rstrip("."), port
