"""JSON Lines: one object a line. Numbers keep their digits as written; nested objects become dotted columns."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import polars as pl

from pipeline.errors import InputError
from pipeline.formats.opening import CELL_BYTES, detect_encoding, open_text
from pipeline.formats.spec import LINE, OURS, RAW, Format, Shape, Tables

__all__ = ["JSONL", "flatten_object"]

_WORDS = {list: "an array", str: "a text", bool: "a boolean", type(None): "null"}
_decode = msgspec.json.Decoder(float_hook=str).decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def flatten_object(value: dict[str, Any], prefix: str = "") -> dict[str, str | None]:
    """One object as text cells: nested names joined by dots, lists as JSON text, null as null."""
    cells: dict[str, str | None] = {}
    for name, member in value.items():
        if isinstance(member, dict):
            cells.update(flatten_object(member, f"{prefix}{name}."))
        else:
            cells[prefix + name] = _text(member)
    return cells


def _leaves(value: dict[str, Any]) -> int:
    return sum(_leaves(member) if isinstance(member, dict) else 1 for member in value.values())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | bool):
        return _encode(value).decode()
    return str(value)


def _objects(path: Path, encoding: str) -> Iterator[tuple[int, str, dict[str, str | None]]]:
    with open_text(path, encoding) as text:
        for number, line in enumerate(text, start=1):
            written = line.removeprefix("\ufeff").strip()
            if written:
                yield number, written, _object(path, number, written)


def _object(path: Path, number: int, line: str) -> dict[str, str | None]:
    try:
        value = _decode(line)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InputError(
            f"{path.name}, line {number} is not JSON: {error}.",
            "Write one complete JSON object a line; a table is named .csv.",
        ) from error
    except RecursionError as error:
        raise InputError(
            f"{path.name}, line {number} is nested too deeply.", "Write one flat JSON object a line."
        ) from error
    if not isinstance(value, dict):
        raise InputError(
            f"{path.name}, line {number} holds {_WORDS.get(type(value), 'a number')}, not an object.",
            "Write one JSON object, {…}, a line (JSONL), not one array for the whole file.",
        )
    cells = flatten_object(value)
    if len(cells) != _leaves(value):
        raise InputError(
            f"{path.name}, line {number} gives one field twice, with a dot in its name and nested.",
            "Keep one of the two.",
        )
    big = next((name for name, cell in cells.items() if cell and len(cell) > CELL_BYTES), None)
    if big:
        raise InputError(
            f"{path.name}, line {number}: '{big}' is larger than {CELL_BYTES >> 20} MiB.",
            "Check what wrote this value.",
        )
    return cells


def _look(path: Path) -> list[Shape]:
    """Shape.details is the encoding."""
    encoding = detect_encoding(path).codec
    headings: dict[str, None] = {}
    for _, _, cells in _objects(path, encoding):
        headings.update(dict.fromkeys(cells))
    if not headings:
        raise InputError(f"{path.name} is empty.", "Check the export that made it.")
    return [Shape(tuple(headings), details=encoding)]


def _read(path: Path, shape: Shape, rows: int) -> Iterator[pl.DataFrame]:
    """Objects without any value are passed over like blank lines."""
    objects = (found for found in _objects(path, shape.details) if any(c and c.strip() for c in found[2].values()))
    while batch := list(islice(objects, rows)):
        columns: dict[str, Any] = {LINE: [n for n, _, _ in batch], RAW: [raw for _, raw, _ in batch]}
        for heading in shape.headings:
            columns[heading] = [cells.get(heading) for _, _, cells in batch]
        yield pl.DataFrame(columns, schema={LINE: pl.UInt32, **dict.fromkeys([RAW, *shape.headings], pl.String)})


def _write(tables: Tables, path: Path, shapes: Sequence[Shape]) -> None:
    """Rows with a RAW column are that object, its values untouched, with the other columns added at its end."""
    (rows,) = tables.values()
    if RAW not in rows.collect_schema():
        rows.sink_ndjson(path)
        return
    with path.open("wb") as file:
        for frame in rows.collect_batches():
            for raw, extra in zip(frame[RAW], frame.drop(RAW).iter_rows(named=True), strict=True):
                members = {name: value for name, value in _members(raw).items() if name not in OURS}
                file.write(_encode(members | extra) + b"\n")


def _restore(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(RAW)


def _append(frame: pl.DataFrame, file: BinaryIO) -> None:
    frame.write_ndjson(file)


JSONL = Format("jsonl", ("jsonl", "ndjson"), _look, _read, _write, _restore, typed=True, append=_append)
