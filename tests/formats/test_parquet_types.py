"""Every type that Parquet has: read exactly, or the column and its type named and the others of the kind listed."""

from __future__ import annotations

import base64
import zlib
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from builders import Files, a_client, inspect_table, read_rows

from pipeline.errors import InputError

MAP = pl.Map(pl.String, pl.Int64)
READ: dict[str, tuple[pl.Series, str | None]] = {
    "int8": (pl.Series([-128], dtype=pl.Int8), "-128"),
    "uint8": (pl.Series([255], dtype=pl.UInt8), "255"),
    "int16": (pl.Series([-(2**15)], dtype=pl.Int16), "-32768"),
    "uint16": (pl.Series([2**16 - 1], dtype=pl.UInt16), "65535"),
    "int32": (pl.Series([-(2**31)], dtype=pl.Int32), "-2147483648"),
    "uint32": (pl.Series([2**32 - 1], dtype=pl.UInt32), "4294967295"),
    "int64": (pl.Series([-(2**63)], dtype=pl.Int64), "-9223372036854775808"),
    "uint64": (pl.Series([2**64 - 1], dtype=pl.UInt64), "18446744073709551615"),
    "half float": (pl.Series([1.5], dtype=pl.Float16), "1.5"),
    "float": (pl.Series([0.1], dtype=pl.Float32), "0.1"),
    "double": (pl.Series([0.1], dtype=pl.Float64), "0.1"),
    "decimal of 9 digits": (pl.Series([Decimal("1.50")], dtype=pl.Decimal(9, 2)), "1.50"),
    "decimal of 38 digits": (pl.Series([Decimal("1" * 36 + ".50")], dtype=pl.Decimal(38, 2)), "1" * 36 + ".50"),
    "boolean": (pl.Series([True]), "true"),
    "text": (pl.Series(["0600"]), "0600"),
    "dictionary": (pl.Series(["0600"], dtype=pl.Categorical), "0600"),
    "enum": (pl.Series(["a"], dtype=pl.Enum(["b", "a"])), "a"),
    "null": (pl.Series([None], dtype=pl.Null), None),
    "date": (pl.Series([date(2026, 5, 31)]), "2026-05-31"),
    "time": (pl.Series([time(8, 30, 0, 1)]), "08:30:00.000001"),
    "whole time": (pl.Series([time(8, 30)]), "08:30:00"),
    "milliseconds": (pl.Series([date(2026, 5, 31)]).cast(pl.Datetime("ms")), "2026-05-31T00:00:00"),
    "nanoseconds": (pl.Series([1], dtype=pl.Int64).cast(pl.Datetime("ns")), "1970-01-01T00:00:00.000000001"),
    "list": (pl.Series([["a", "b"]]), '["a","b"]'),
    "list of fixed length": (pl.Series([[1, 2]], dtype=pl.Array(pl.Int64, 2)), "[1,2]"),
    "list of lists": (pl.Series([[[1], []]]), "[[1],[]]"),
    "list of structs": (pl.Series([[{"a": 1}]]), '[{"a":1}]'),
}
NOT_READ: dict[str, tuple[pl.Series, str]] = {
    "map": (pl.Series([{"a": 1}], dtype=MAP), "maps"),
    "list of maps": (pl.Series([[{"a": 1}]], dtype=pl.List(MAP)), "maps"),
    "binary": (pl.Series([b"a"]), "binary data"),
    "list of binary": (pl.Series([[b"a"]]), "binary data"),
    "duration": (pl.Series([timedelta(1)]), "durations"),
}
DECIMAL_50 = (
    r"""c-oDUy-ve05P&ZxSXEVZJFAv5WQhf+ttf&{8H&V$#85G32_Y$w`V(A!LMNUA@eaHK&&ABe2~~zrh!V%X@3Vd9WO{x*LO_9{kBmAT"""
    r"""xdQ;Kcr1(Bd?$U`NjDT6<G6uB!}Uhe1SkKrt0}gepFxkWqq}$!VjHmIv7WsQ7qJId#R?{{r<15Y-X}So|3tcYgyh_$Gp~&{-u8o{"""
    r"""Ey*bnPGlBq19Jm&f`Um$1_~VPNRNXocSVW|U-+tZ=};Mf416-VRHl}iUgWg3FaEO2jJN))_3MOgwLB$l^gsmav!)+5$W?{LPeh{L"""
    r"""S%WXWm|&_!FF0_sP~Shs4}&Pn2BFrgXZI=A>vXkrPsYRJ;YbE_wDlW4=rc~~Z~F#c{z@n"""
)
"""What pyarrow 26 writes of columns of 50 and 60 digits, `big` and `bigger`: polars cannot write them."""


def client_with(files: Files, **columns: Any) -> Any:
    frame = pl.DataFrame([a_client()]).with_columns(**columns)
    return files.parquet(frame, "clients.parquet")


@pytest.mark.parametrize("kind", READ)
def test_a_type_that_text_can_give_back_is_read_to_the_last_digit(kind: str, files: Files) -> None:
    stored, text = READ[kind]
    (row,) = read_rows(client_with(files, thing=stored)).select("thing").rows()
    assert row == (text,)


@pytest.mark.parametrize("kind", NOT_READ)
def test_a_type_that_is_not_taken_is_named_with_its_column_at_any_depth(kind: str, files: Files) -> None:
    stored, words = NOT_READ[kind]
    inside = pl.struct(pl.lit(1).alias("a"), pl.struct(stored.alias("x")).alias("er"))
    for column, name in (({"thing": stored}, "thing"), ({"deep": inside}, "deep.er.x")):
        path = client_with(files, **column)
        with pytest.raises(InputError) as caught:
            inspect_table(path, path.name)
        assert caught.value.message == f"clients.parquet: column '{name}' holds {words}."
        assert "text" in caught.value.hint


def test_the_other_columns_that_are_not_taken_are_listed_with_the_first(files: Files) -> None:
    path = client_with(files, tags=NOT_READ["map"][0], photo=pl.lit(b"a"), term=pl.lit(timedelta(1)))
    with pytest.raises(InputError, match=r"column 'tags' holds maps; not taken either: 'photo', 'term'\."):
        inspect_table(path, path.name)


def test_decimals_of_more_digits_than_can_be_read_are_named_with_their_digits(files: Files) -> None:
    path = files("clients.parquet", zlib.decompress(base64.b85decode(DECIMAL_50)))
    with pytest.raises(InputError, match=r"column 'big' holds decimals of 50 digits; not taken either: 'bigger'\."):
        inspect_table(path, path.name)


@pytest.mark.parametrize("kind", ["List(String)", "Array(String, shape=(1,))"])
def test_a_list_in_a_column_of_single_values_is_refused_with_its_type(kind: str, files: Files) -> None:
    dtype = pl.List(pl.String) if kind.startswith("List") else pl.Array(pl.String, 1)
    path = files.folder / "clients.parquet"
    frame = pl.DataFrame([a_client()]).with_columns(phone=pl.Series([["5555555555"]], dtype=dtype))
    frame.write_parquet(path)
    with pytest.raises(InputError) as caught:
        inspect_table(path, path.name)
    assert caught.value.message == f"clients.parquet: 'phone' holds {kind}, and is one value."


def test_a_struct_in_a_column_of_single_values_is_refused_with_its_type(files: Files) -> None:
    path = client_with(files, name=pl.struct(pl.lit("x").alias("a")))
    with pytest.raises(InputError) as caught:
        inspect_table(path, path.name)
    assert caught.value.message == "clients.parquet: 'name' holds Struct({'a': String}), and is one value."
