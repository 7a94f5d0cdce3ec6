"""Object stores as a place for exports: `s3://`, `gs://` and `az://`, through polars' own cloud support.

An object appears whole or not at all, so no temporary name is needed; several objects cannot appear together, so the
manifest is written last. Credentials come from the environment alone (AWS_ACCESS_KEY_ID, AZURE_STORAGE_ACCOUNT_KEY,
GOOGLE_APPLICATION_CREDENTIALS and what else polars reads there): an address that holds some is refused.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import polars as pl
from polars.io.plugins import register_io_source

from pipeline.errors import ConfigError, OutputError
from pipeline.formats import WRITERS, format_of_suffix
from pipeline.language.say import say

__all__ = ["ObjectStore"]

_CHUNK_BYTES = 1 << 20
_RETRIES = {"max_retries": 3}
"""polars' own patience is minutes; a wrong bucket should be known sooner."""


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A folder of an object store, as `s3://bucket/folder`."""

    url: str

    @classmethod
    def parsed(cls, text: str) -> Self:
        """ConfigError for a URL without a bucket, or one that holds more than bucket and path."""
        parts = urlsplit(text)
        if parts.username or parts.password or parts.query or parts.fragment or "@" in parts.netloc:
            raise ConfigError(
                say("The {scheme}:// address holds more than a bucket and a path.", scheme=parts.scheme),
                say("Credentials come from the environment only (docs/exports.md)."),
            )
        if not parts.netloc:
            raise ConfigError(
                say("{text} names no bucket.", text=text),
                say("For example {scheme}://bucket/folder.", scheme=parts.scheme),
            )
        return cls(text.rstrip("/"))

    @staticmethod
    def takes(format: str) -> bool:
        """Whether files of a format can be stored. polars sends no other bytes than text as they are."""
        return WRITERS[format].may_be_stored

    def fetch(self, name: str, path: Path) -> bool:
        """Bring a text object to `path`; False when there is none. OutputError when the store does not answer."""
        url = f"{self.url}/{name}"
        try:
            lines = pl.scan_lines(url, storage_options=_RETRIES).collect().to_series()
        except FileNotFoundError:
            return False
        except (OSError, pl.exceptions.PolarsError) as error:
            raise _told(url, "read", error) from None
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return True

    @contextmanager
    def renewed(self, path: Path) -> Iterator[None]:
        """Bring the text object of that name to `path`, to be changed there, and store it again."""
        self.fetch(path.name, path)
        yield
        self.put(path, path.name)

    def put(self, path: Path, name: str) -> None:
        """Store a file, its bytes as they are. OutputError when that fails; the object is then as it was."""
        url = f"{self.url}/{name}"
        try:
            form = format_of_suffix(path.suffix.lstrip("."))
            if form is not None and form.store is not None:
                form.store(path, url, _RETRIES)
            else:
                text = register_io_source(lambda *_: _chunks(path), schema={"text": pl.String})
                text.sink_csv(
                    url, include_header=False, quote_style="never", line_terminator="", check_extension=False,
                    storage_options=_RETRIES,
                )  # fmt: skip
        except (OSError, pl.exceptions.PolarsError) as error:
            raise _told(url, "written", error) from None


def _chunks(path: Path) -> Iterator[pl.DataFrame]:
    """A text file in pieces that end where lines end: a CSV of one column without quotes and line ends is the text."""
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            yield pl.DataFrame({"text": [(piece + file.readline()).decode()]})


def _told(url: str, done: str, error: Exception) -> OutputError:
    """Without the store's own words: they may quote the request, and with it who asked."""
    answer = re.search(r"status code: (\d{3}[A-Za-z ]*)", str(error))
    reason = (
        say("it answered {answer}", answer=answer[1].strip())
        if answer
        else say("it could not be reached, or the credentials do not fit")
    )
    return OutputError(
        say("{url} cannot be {done}: {reason}.", url=url, done=done, reason=reason),
        say("Check the bucket, and the credentials in the environment (docs/exports.md, Object stores)."),
    )
