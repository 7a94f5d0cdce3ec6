"""The texts that cells of a workbook share: each is written once, cells name it by its number."""

import re
from typing import IO

import polars as pl

from pipeline.workbook.xml_text import decode_cells

__all__ = ["read_strings"]

_CHUNK = 4 << 20
_RUNS = re.compile(r"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh>", re.DOTALL)
_TEXT = re.compile(r"<(?:\w+:)?t(?: [^>]*)?>([^<]*)</(?:\w+:)?t>")


def read_strings(stream: IO[bytes]) -> pl.Series:
    """All of them, by their number. What is read aloud (`rPh`) is not part of a text; formatted runs are joined."""
    found: list[pl.Series] = [pl.Series([], dtype=pl.String)]
    rest, prefix = b"", None
    while True:
        fresh = stream.read(_CHUNK)
        rest += fresh
        if prefix is None:
            root = re.search(rb"<((?:\w+:)?)sst\b", rest)
            prefix = root[1].decode() if root else ("" if not fresh or len(rest) > _CHUNK else None)
        if prefix is not None:
            close = f"</{prefix}si>".encode()
            cut = rest.rfind(close)
            if cut >= 0:
                whole = rest[: cut + len(close)].replace(b"\r\n", b"\n")
                found.append(_texts(whole.decode("utf-8", "replace"), prefix))
                rest = rest[cut + len(close) :]
        if not fresh:
            return pl.concat(found)


def _texts(chunk: str, prefix: str) -> pl.Series:
    pieces = pl.Series([chunk]).str.split(f"<{prefix}si").explode()
    empty = pieces.str.contains(r"^\s*/>")
    pieces = pieces.filter(empty | pieces.str.contains(r"^[\s>]"))
    simple = pieces.str.extract(rf"^>\s*<{prefix}t(?: [^>]*)?>([^<]*)</{prefix}t>\s*</{prefix}si>\s*$")
    others = simple.is_null()
    if others.any():
        joined = pieces.filter(others).map_elements(_joined, return_dtype=pl.String)
        simple = simple.scatter(others.arg_true(), joined)
    return decode_cells(simple)


def _joined(item: str) -> str:
    return "".join(_TEXT.findall(_RUNS.sub("", item)))
