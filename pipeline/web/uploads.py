"""Files of a form, streamed to disk as they arrive and cut at a limit: none is ever whole in memory."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from pipeline.errors import InputError
from pipeline.language.say import say
from pipeline.web.kept.baskets import Basket
from pipeline.web.kept.disk import keep_on_disk

__all__ = ["TooLarge", "Upload", "read_upload"]

_LONGEST_FIELD, _MOST_PARTS = 4096, 100


class TooLarge(InputError):
    """More bytes than a basket may hold."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            say("The files are larger than {limit:,} MB, which is the most this page takes.", limit=limit >> 20),
            say("Drop them in parts, or start the page with a larger --max-upload; the command line has no limit."),
        )


@dataclass(slots=True)
class Upload:
    """One form on its way in. `allow` is asked once with the fields that came before the first file, and raises for
    those who may not write."""

    basket: Basket
    limit: int
    allow: Callable[[dict[str, str]], None]
    fields: dict[str, str] = field(default_factory=dict)
    written: int = 0
    _header: bytes = b""
    _headers: dict[str, bytes] = field(default_factory=dict)
    _field: str | None = None
    _value: bytes = b""
    _path: Path | None = None
    _file: BinaryIO | None = None
    _allowed: bool = False
    _parts: int = 0

    def part_begin(self) -> None:
        self._headers, self._header, self._field, self._value = {}, b"", None, b""

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        name = self._header.decode("latin-1").lower()
        self._headers[name] = self._headers.get(name, b"") + data[start:end]

    def header_end(self) -> None:
        self._header = b""

    def headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise InputError(
                say("More than {most} files at once are too many.", most=_MOST_PARTS), say("Drop them in parts.")
            )
        if b"filename" not in options:
            self._field = name
            return
        if not self._allowed:
            self.allow(self.fields)
            self._allowed = True
        file_name = options[b"filename"].decode("utf-8", "replace")
        if file_name:  # a form without a chosen file sends an empty name
            self._path = self.basket.reserve(file_name)
            self._file = self._path.open("xb")

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is not None:
            self._value = (self._value + data[start:end])[:_LONGEST_FIELD]
        elif self._file is not None:
            self.written += end - start
            if self.written > self.limit:
                raise TooLarge(self.limit)
            self._file.write(data[start:end])

    def part_end(self) -> None:
        if self._field is not None:
            self.fields[self._field] = self._value.decode("utf-8", "replace")
        if self._file is not None and self._path is not None:
            self._file.close()
            self.basket.keep(self._path)
            self._file = self._path = None

    def close(self) -> None:
        """Nothing more comes; a file that is not whole goes."""
        if self._file is not None and self._path is not None:
            self._file.close()
            self._path.unlink()
            self._file = self._path = None


async def read_upload(stream: AsyncIterator[bytes], content_type: str, upload: Upload) -> None:
    """Read a multipart form to its end. InputError when it is none, breaks off or holds no file; TooLarge beyond the
    limit, at once; OutputError when the disk is full. The basket keeps the files that were whole."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise InputError(say("No file arrived."), say("Choose a file, then press the button once more."))
    names = ("part_begin", "part_data", "part_end", "header_field", "header_value", "header_end", "headers_finished")
    parser = MultipartParser(options[b"boundary"], {f"on_{name}": getattr(upload, name) for name in names})  # type: ignore[arg-type]
    try:
        with keep_on_disk(upload.basket.folder):
            async for chunk in stream:
                parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise InputError(say("The upload broke off."), say("Choose the file again.")) from error
    finally:
        upload.close()
    upload.allow(upload.fields)
    if not upload.basket.files:
        raise InputError(say("No file arrived."), say("Choose a file, then press the button once more."))
