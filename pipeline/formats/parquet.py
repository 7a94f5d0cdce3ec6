"""Parquet, flat or nested. Stored types are turned into text without loss; structs become dotted columns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from pipeline.errors import InputError
from pipeline.formats.opening import CELL_BYTES, read_first_bytes
from pipeline.formats.rewriting import refuse_missing_line
from pipeline.formats.spec import AS_FOUND, LINE, OURS, RAW, Corrections, Format, ReadOptions, Shape, Tables, keep_quiet
from pipeline.formats.typed_values import cast_values, set_values
from pipeline.language.say import say
from schemas.cleaning.repair.steps import SAYS

__all__ = ["PARQUET", "write_parquet"]

_encode = msgspec.json.Encoder(decimal_format="string").encode


def _unnested(frame: pl.DataFrame) -> pl.DataFrame:
    """Struct columns spread into dotted columns, to any depth."""
    while structs := [c for c, dtype in frame.schema.items() if isinstance(dtype, pl.Struct)]:
        parts: list[pl.Series] = []
        for series in frame.get_columns():
            if series.name in structs:
                whole = series.struct.unnest()
                parts += [s.alias(f"{series.name}.{s.name}") for s in whole.get_columns()]
            else:
                parts.append(series)
        frame = pl.DataFrame(parts)
    return frame


def _cell_text(series: pl.Series) -> pl.Series:
    dtype = series.dtype
    if dtype == pl.String:
        return series
    if isinstance(dtype, pl.List | pl.Array):
        lists = series.cast(_digits_kept(dtype)).to_list()
        return pl.Series(series.name, [None if v is None else _encode(v).decode() for v in lists], dtype=pl.String)
    if isinstance(dtype, pl.Datetime):
        return series.dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z" if dtype.time_zone else "%Y-%m-%dT%H:%M:%S%.f")
    if dtype == pl.Time:
        return series.dt.strftime("%H:%M:%S%.f")
    return series.cast(pl.String)


def _digits_kept(dtype: pl.DataType) -> pl.DataType:
    """The type with its floats as text: JSON has no NaN, and Python would show a Float32 with digits it never had."""
    if isinstance(dtype, pl.List | pl.Array):
        return pl.List(_digits_kept(_stored(dtype.inner)))
    if isinstance(dtype, pl.Struct):
        return pl.Struct({f.name: _digits_kept(_stored(f.dtype)) for f in dtype.fields})
    return pl.String() if dtype.is_float() else dtype


def _stored(dtype: object) -> pl.DataType:
    """polars' annotations allow a class here, which only a schema written by hand holds."""
    assert isinstance(dtype, pl.DataType)  # noqa: S101
    return dtype


def cast_to_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as text; lists as JSON, instants as ISO 8601, numbers with the digits they have."""
    return pl.DataFrame([_cell_text(s) for s in _unnested(frame).get_columns()])


def _look(path: Path, options: ReadOptions = AS_FOUND) -> list[Shape]:
    if read_first_bytes(path) == b"":
        raise InputError(say("{path} is empty.", path=path.name), say("Check the export that made it."))
    schema = _read_schema(path)
    strange = [(name, words) for name, dtype in _leaves(schema) if (words := _not_text(dtype))]
    if strange:
        raise _not_taken(path, strange)
    headings: list[str] = []
    for name, _ in _leaves(schema):
        if name in headings:
            raise InputError(
                say("{path} has two columns named '{name}'.", path=path.name, name=name),
                say("Rename or delete one of them."),
            )
        headings.append(name)
    return [Shape(tuple(headings), several=dict(_several(schema)))]


def _read_schema(path: Path) -> pl.Schema:
    """The file's columns, from its footer alone (format specification, 'File format': length and magic end the file).

    Left to itself, polars maps the whole file into memory for this, and a file cut short under a map ends the process.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, SEEK_END)
            file.seek(max(0, size - _TAIL))
            footer = int.from_bytes(file.read(4), "little") + _TAIL
            file.seek(max(0, size - footer))
            return pl.scan_parquet(BytesIO(_MAGIC + file.read(footer))).collect_schema()
    except _DAMAGED as error:
        raise _unreadable(path) from error


_DAMAGED = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What reading a damaged file raises: some damage makes the library panic, which is no Exception."""
_MAGIC = b"PAR1"
_TAIL = 8


def _not_taken(path: Path, columns: Sequence[tuple[str, str]]) -> InputError:
    """The first column that cannot be text, and the others by their names."""
    (name, words), *others = columns
    shown = ", ".join(f"'{other}'" for other, _ in others[:_SHOWN])
    more = say("; not taken either: {shown}", shown=shown + (" …" if others[_SHOWN:] else "")) if others else ""
    return InputError(
        say("{path}: column '{name}' holds {words}{more}.", path=path.name, name=name, words=words, more=more),
        say("Drop such columns or store them as text."),
    )


_SHOWN = 5
_NOT_TEXT = (
    (pl.Binary, say("binary data")),
    (pl.Duration, say("durations")),
    (pl.Map, say("maps")),
    (pl.BaseExtension, say("an extension type")),
    (pl.Object, say("objects")),
    (pl.Unknown, say("a type that is not known")),
)
_MOST_DIGITS = 38
"""Of a decimal that can be read."""


def _not_text(dtype: pl.DataType) -> str:
    """What the type, or what its lists and structs are made of, holds that cannot be text; empty where all can."""
    if isinstance(dtype, pl.List | pl.Array):
        return _not_text(_stored(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return next((words for f in dtype.fields if (words := _not_text(_stored(f.dtype)))), "")
    if isinstance(dtype, pl.Decimal) and (dtype.precision or 0) > _MOST_DIGITS:
        return say("decimals of {precision} digits", precision=dtype.precision)
    return next((words for kind, words in _NOT_TEXT if isinstance(dtype, kind)), "")


def _leaves(schema: Mapping[str, pl.DataType], prefix: str = "") -> Iterator[tuple[str, pl.DataType]]:
    """The columns `cast_to_text` makes: structs spread out, lists whole."""
    for name, dtype in schema.items():
        if isinstance(dtype, pl.Struct):
            yield from _leaves({f.name: _stored(f.dtype) for f in dtype.fields}, f"{prefix}{name}.")
        else:
            yield prefix + name, dtype


def _several(schema: Mapping[str, pl.DataType], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The structs at any depth and the lists, with their type."""
    for name, dtype in schema.items():
        if isinstance(dtype, pl.Struct | pl.List | pl.Array):
            yield prefix + name, str(dtype)
        if isinstance(dtype, pl.Struct):
            yield from _several({f.name: _stored(f.dtype) for f in dtype.fields}, f"{prefix}{name}.")


def _unreadable(path: Path) -> InputError:
    return InputError(
        say("{path} is not a readable Parquet file.", path=path.name), say("Export it again, or give its real format.")
    )


def _read(path: Path, shape: Shape, rows: int, tell: Callable[[str], None] = keep_quiet) -> Iterator[pl.DataFrame]:
    """Rows without any value are passed over like blank lines."""
    first = 1
    scan = pl.scan_parquet(path, schema=_read_schema(path), glob=False)  # with a schema it is read, never mapped
    try:
        for stored in scan.collect_batches(chunk_size=rows, maintain_order=True):
            text = cast_to_text(stored)
            _refuse_giant_cells(path, text, first)
            numbers = pl.int_range(first, first + stored.height, dtype=pl.UInt32, eager=True).alias(LINE)
            first += stored.height
            valued = text.select(pl.any_horizontal(pl.all().str.contains(SAYS).fill_null(False))).to_series()
            rows_read = text.insert_column(0, numbers).with_columns(stored.to_struct(RAW))
            if valued.any():
                yield rows_read if valued.all() else rows_read.filter(valued)
    except _DAMAGED as error:
        raise _unreadable(path) from error


def _refuse_giant_cells(path: Path, text: pl.DataFrame, first: int) -> None:
    for name in text.columns:
        giant = (text[name].str.len_bytes() > CELL_BYTES).arg_true()
        if giant.len():
            raise InputError(
                say(
                    "{path}, row {first}: '{name}' is larger than {cell_bytes} MiB.",
                    path=path.name,
                    first=first + giant[0],
                    name=name,
                    cell_bytes=CELL_BYTES >> 20,
                ),
                say("Check what wrote this value."),
            )


ROW_GROUP = 20_000
"""Rows of a row group. All columns of one are held until it is whole: polars' own size takes 150 MB more."""


def write_parquet(rows: pl.LazyFrame, place: Path | str, storage_options: dict[str, Any] | None = None) -> None:
    """Write rows to a Parquet file, here or (an address) in an object store: the same rows give the same bytes."""
    rows.sink_parquet(place, compression="zstd", row_group_size=ROW_GROUP, storage_options=storage_options)


def _write(tables: Tables, path: Path, shapes: Sequence[Shape]) -> None:
    (rows,) = tables.values()
    write_parquet(rows, path)


def _correct(path: Path, shapes: Sequence[Shape], corrections: Corrections, target: Path) -> None:
    """The same rows with other values in some; memory is that of `write_parquet`, and of the corrections."""
    schema = _read_schema(path)
    lines = corrections.get(None, {})
    values = cast_values(path, dict(_leaves(schema)), lines)
    rows = pl.scan_parquet(path, schema=schema, glob=False).with_row_index(LINE, 1)
    try:
        height = rows.select(pl.len()).collect().item()
        if max(lines, default=1) > height:
            raise refuse_missing_line(path, max(lines))
        write_parquet(set_values(rows, schema, values, LINE).drop(LINE), target)
    except _DAMAGED as error:
        raise _unreadable(path) from error


def _store(path: Path, address: str, options: Mapping[str, Any]) -> None:
    """Written anew by the same writer from the same rows: the same bytes."""
    write_parquet(pl.scan_parquet(path, hive_partitioning=False), address, dict(options))


def _restore(frame: pl.DataFrame) -> pl.DataFrame:
    return frame[RAW].struct.unnest().drop(*OURS, strict=False)


PARQUET = Format(
    "parquet",
    ("parquet", "pq"),
    _look,
    _read,
    _write,
    _restore,
    _correct,
    typed=True,
    magic={_MAGIC: "Parquet"},
    store=_store,
)
