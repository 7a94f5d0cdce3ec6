"""JSON Lines: one object a line. Numbers keep their digits as written; nested objects become dotted columns."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import polars as pl

from pipeline.errors import InputError
from pipeline.formats.encoding import Encoding, detect_encoding, open_lines
from pipeline.formats.json_members import set_members
from pipeline.formats.opening import CELL_BYTES
from pipeline.formats.rewriting import refuse_missing_line, replace_records
from pipeline.formats.spec import AS_FOUND, LINE, OURS, RAW, Corrections, Format, ReadOptions, Shape, Tables, keep_quiet
from pipeline.language.say import Said, say, say_known
from schemas.cleaning.json_keys import find_repeated_key
from schemas.cleaning.repair.steps import SAYS

__all__ = ["JSONL", "flatten_object"]

_WORDS = {list: say("an array"), str: "a text", bool: "a boolean", type(None): "null"}
_KEY_SHOWN = 60
_seen = re.compile(SAYS).search
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


def _objects(path: Path, encoding: Encoding, *, first_time: bool) -> Iterator[tuple[int, str, dict[str, str | None]]]:
    """Each object with its line. What takes time to find and cannot be there any more is looked for the first time."""
    with open_lines(path, encoding) as lines:
        for number, line in enumerate(lines, start=1):
            written = line.removeprefix("\ufeff").strip()
            if written:
                yield number, written, _object(path, number, written, first_time=first_time)


def _object(path: Path, number: int, line: str, *, first_time: bool) -> dict[str, str | None]:
    """The line's object as text cells. InputError for all that cannot be one."""
    try:
        return _cells(path, number, line, first_time=first_time)
    except RecursionError as error:
        raise InputError(
            say("{path}, line {number} is nested too deeply.", path=path.name, number=number),
            say("Write one flat JSON object a line."),
        ) from error


_FAULTS = (
    say("trailing characters"), say("invalid character"), say("expected ',' or '}'"), say("expected ',' or ']'"),
    say("expected ':'"), say("object keys must be strings"), say("trailing comma in object"),
    say("trailing comma in array"), say("invalid number"), say("invalid escape character in string"),
    say("Input data was truncated"), say("Invalid UTF-8 encoded string"),
)  # fmt: skip
"""As msgspec says them."""


def _fault_of(error: Exception) -> Said:
    """`trailing characters (byte 12)`."""
    what, _, byte = str(error).removeprefix("JSON is malformed: ").removesuffix(")").partition(" (byte ")
    return say("{what} (byte {byte})", what=say_known(what), byte=byte) if byte else say_known(what)


def _cells(path: Path, number: int, line: str, *, first_time: bool) -> dict[str, str | None]:
    try:
        value = _decode(line)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InputError(
            say("{path}, line {number} is not JSON: {error}.", path=path.name, number=number, error=_fault_of(error)),
            say("Take the comma from the end of the line.")
            if line.endswith("},")
            else say("Write one complete JSON object a line; a table is named .csv."),
        ) from error
    if not isinstance(value, dict):
        raise InputError(
            say(
                "{path}, line {number} holds {value}, not an object.",
                path=path.name,
                number=number,
                value=_WORDS.get(type(value), "a number"),
            ),
            say("Write one JSON object, {…}, a line (JSONL), not one array for the whole file."),
        )
    if first_time:
        _refuse_repeated_keys(path, number, line, value)
    cells = flatten_object(value)
    if len(cells) != _leaves(value):
        raise InputError(
            say(
                "{path}, line {number} gives one field twice, with a dot in its name and nested.",
                path=path.name,
                number=number,
            ),
            say("Keep one of the two."),
        )
    big = next((name for name, cell in cells.items() if cell and len(cell) > CELL_BYTES), None)
    if big:
        raise InputError(
            say(
                "{path}, line {number}: '{big}' is larger than {cell_bytes} MiB.",
                path=path.name,
                number=number,
                big=big,
                cell_bytes=CELL_BYTES >> 20,
            ),
            say("Check what wrote this value."),
        )
    return cells


def _refuse_repeated_keys(path: Path, number: int, line: str, value: dict[str, Any]) -> None:
    key = find_repeated_key(line, value)
    if key is not None:
        short = key if len(key) <= _KEY_SHOWN else f"{key[:_KEY_SHOWN]}…"
        raise InputError(
            say("{path}, line {number} gives the key '{short}' twice.", path=path.name, number=number, short=short),
            say("Keep one of the two."),
        )


def _look(path: Path, options: ReadOptions = AS_FOUND) -> list[Shape]:
    """Shape.details is the encoding."""
    encoding = detect_encoding(path, options.encoding)
    headings: dict[str, None] = {}
    valued: set[str] = set()
    lists: set[str] = set()
    for _, written, cells in _objects(path, encoding, first_time=True):
        like_lists = {name for name, cell in cells.items() if cell and cell[0] == "["} - lists
        if like_lists:
            lists |= like_lists & _find_lists(_decode(written))
        headings.update(dict.fromkeys(cells))
        valued.update(name for name, cell in cells.items() if cell is not None)
    for name in _never_there(headings, valued):
        del headings[name]
    if not headings:
        raise InputError(say("{path} is empty.", path=path.name), say("Check the export that made it."))
    return [
        Shape(
            tuple(headings),
            nothing=frozenset(headings.keys() - valued),
            several=dict.fromkeys(_parents(headings), say("an object")) | dict.fromkeys(lists, _WORDS[list]),
            notes=(encoding.note,) if encoding.note else (),
            details=encoding,
        )
    ]


def _never_there(headings: Iterable[str], valued: set[str]) -> list[str]:
    """Objects that are null on some lines (`"client": null`) and have members on others: no column of their own."""
    parents = _parents(headings)
    return [name for name in headings if name in parents and name not in valued]


def _parents(headings: Iterable[str]) -> set[str]:
    return {name[:at] for name in headings for at, char in enumerate(name) if char == "."}


def _find_lists(value: dict[str, Any], prefix: str = "") -> set[str]:
    """The dotted names of an object's members that are lists, which a text that begins with [ is not."""
    found = set()
    for name, member in value.items():
        if isinstance(member, dict):
            found |= _find_lists(member, f"{prefix}{name}.")
        elif isinstance(member, list):
            found.add(prefix + name)
    return found


def _read(path: Path, shape: Shape, rows: int, tell: Callable[[str], None] = keep_quiet) -> Iterator[pl.DataFrame]:
    """Objects without any value are passed over like blank lines."""
    objects = _objects(path, shape.details, first_time=False)
    valued = (found for found in objects if any(c and _seen(c) for c in found[2].values()))
    while batch := list(islice(valued, rows)):
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


def _correct(path: Path, shapes: Sequence[Shape], corrections: Corrections, target: Path) -> None:
    """The members of a line; what an encoding other than UTF-8 may not have is escaped."""
    encoding: Encoding = shapes[0].details
    lines = corrections.get(None, {})
    ascii_only = not encoding.codec.startswith("utf")
    line_end = re.compile(r"[\r\n]")

    def rewrite(text: str, at: int, line: int, is_end: bool) -> tuple[str, int] | None:
        found = line_end.search(text, at)
        if found is None and not is_end:
            return None
        end = found.start() if found else len(text)
        written = text[at:end].removeprefix("\ufeff")
        if not written.strip():
            raise refuse_missing_line(path, line)
        mark = text[at : end - len(written)]
        return mark + set_members(written, lines[line], ascii_only=ascii_only), end

    replace_records(path, encoding, lines, rewrite, target)


def _append(frame: pl.DataFrame, file: BinaryIO) -> None:
    frame.write_ndjson(file)


JSONL = Format(
    "jsonl", ("jsonl", "ndjson"), _look, _read, _write, _restore, _correct, typed=True, append=_append,
    guess=lambda head: 2 if head.startswith("{") else 0,
)  # fmt: skip
