"""The texts that cells of a workbook share: each is written once, cells name it by its number."""

import re
from typing import IO

import polars as pl

from pipeline.workbook.xml_text import decode_cells, may_be_encoded, repair_line_ends

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
            cut = rest.rfind(close) + len(close) if fresh else len(rest)
            if cut >= len(close):
                whole = repair_line_ends(rest[:cut])
                texts = _texts(whole.decode("utf-8", "replace"), prefix)
                found.append(decode_cells(texts) if may_be_encoded(whole) else texts)
                rest = rest[cut:]
        if not fresh:
            return pl.concat(found)


def _texts(chunk: str, prefix: str) -> pl.Series:
    """The texts of whole items; what stands before the first one is none of them."""
    pieces = pl.Series([chunk]).str.split(f"<{prefix}si").explode()[1:]
    begin, end = f"><{prefix}t>", f"</{prefix}t></{prefix}si>"
    texts = (
        pieces.to_frame("c")
        .with_columns(text=pl.col("c").str.slice(len(begin)).str.strip_suffix(end))
        .with_columns(
            plain=pl.col("c").str.starts_with(begin)
            & pl.col("c").str.ends_with(end)
            & ~pl.col("text").str.contains("<", literal=True)
        )
    )
    return texts["text"] if texts["plain"].all() else _with_others(texts)


def _with_others(texts: pl.DataFrame) -> pl.Series:
    """With the texts of items in any other form: of several runs, with blanks between tags, empty."""
    items = texts.filter(pl.col("plain") | pl.col("c").str.contains(r"^(?:[\s>]|\s*/>)"))
    others = ~items["plain"]
    joined = items["c"].filter(others).map_elements(_joined, return_dtype=pl.String)
    return items["text"].scatter(others.arg_true(), joined)


def _joined(item: str) -> str:
    return "".join(_TEXT.findall(_RUNS.sub("", item)))
