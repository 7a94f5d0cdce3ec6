"""Codes of SAT's catalogues written with their description: `03 - Transferencia`, `E48 – Unidad`, `(G03) Gastos`.

One mechanism for every column of `schemas.cleaning.catalogues`. Only a code in front of, or in brackets behind, a word
is read; a list of codes, a fraction or a sentence stays as it is. All work is done once per distinct text.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import polars as pl

from schemas.cleaning.catalogues import CODED, Catalogue, fold_description

__all__ = ["find_other_descriptions", "read_code", "spell_code", "spoken_code"]

_SAID = r"[(\"«“]?\p{L}.*"
_MARK = r"\s*[\p{Pd}:;,.|/=\])]+\s*|\s*[(\[]\s*"
_WORDS_OF_A_NAME = 2
"""First words of a description, from so many on, that tell it where only one key's begins like that."""


class _Way(NamedTuple):
    """A way to write both: a pattern, which group of it is the code and which the description.

    `known`: only with a description of the catalogue, because other texts look the same.
    """

    pattern: str
    code: int
    said: int
    known: bool = False


def _ways(catalogue: Catalogue) -> tuple[_Way, ...]:
    code = catalogue.code
    return (
        _Way(rf"(?i)^[(\[]?({code})(?:\.0)?(?:{_MARK})({_SAID})$", 1, 2),
        _Way(rf"(?i)^({_SAID}?)\s*[(\[]({code})[)\]]$", 2, 1),
        _Way(rf"(?i)^({code})\s+({_SAID})$", 1, 2, known=catalogue.closed),
        _Way(rf"(?i)^({code})\s*[\p{{Pd}}:]\s+(.*\p{{L}}.*)$", 1, 2, known=True),
    )


def _taken_apart(texts: pl.Series, catalogue: Catalogue) -> pl.DataFrame:
    """`text`, its `code` as SAT spells it and its `said` description, for texts that are both."""
    found = [
        texts.alias("text")
        .to_frame()
        .select(
            "text",
            code=pl.col("text").str.extract(way.pattern, way.code),
            said=fold_description(pl.col("text").str.extract(way.pattern, way.said)),
            known=pl.lit(way.known),
        )
        for way in _ways(catalogue)
    ]
    apart = pl.concat(found).drop_nulls("code")
    sure = apart.filter(~pl.col("known") | pl.col("said").is_in(_begun(catalogue)["said"].implode()))
    # `MXN/USD`, `G03 - S01`: two codes, and nobody can say which of them is meant.
    is_key = pl.col("said").is_in(_official(catalogue)["folded"].str.to_lowercase().implode())
    alone = sure.filter(~is_key | (pl.col("said") == pl.col("code").str.to_lowercase()))
    once = alone.unique("text", keep="first", maintain_order=True).with_columns(
        folded=pl.col("code").str.to_uppercase().str.zfill(catalogue.length)
    )
    official = once.join(_official(catalogue), on="folded", how="left", maintain_order="left")
    spelt = pl.col("key") if catalogue.closed else pl.coalesce("key", "folded")
    return official.select("text", "said", code=spelt).drop_nulls("code")


@cache
def _official(catalogue: Catalogue) -> pl.DataFrame:
    listed = catalogue.described()
    return listed.select("key", folded=pl.col("key").str.to_uppercase()).unique("folded")


@cache
def _described(catalogue: Catalogue) -> pl.DataFrame:
    """`said` and `key`, one row a pair: whole descriptions, and what people say for them."""
    official = catalogue.described().select("key", said=fold_description(pl.col("text")))
    spoken = pl.DataFrame(
        {"key": list(catalogue.spoken.values()), "said": list(catalogue.spoken)},
        schema={"key": pl.String, "said": pl.String},
    ).with_columns(fold_description(pl.col("said")).alias("said"))
    return pl.concat([official, spoken]).filter(pl.col("said") != "").unique(maintain_order=True)


@cache
def _named(catalogue: Catalogue) -> pl.DataFrame:
    """`code` and `folded`: official descriptions that only one key has."""
    official = catalogue.described().select(code="key", folded=fold_description(pl.col("text")))
    return official.filter(pl.len().over("folded") == 1)


@cache
def _begun(catalogue: Catalogue) -> pl.DataFrame:
    """`_described`, and the beginnings of descriptions that only one key's has."""
    whole = _described(catalogue)
    if not catalogue.short:
        return whole
    words = [(key, said.split()) for key, said in whole.select("key", "said").iter_rows()]
    begun = [(key, " ".join(w[:n])) for key, w in words for n in range(_WORDS_OF_A_NAME, len(w))]
    beginnings = pl.DataFrame(begun, schema=whole.schema, orient="row").unique()
    alone = beginnings.filter(pl.col("key").n_unique().over("said") == 1)
    return pl.concat([whole, alone.join(whole, on="said", how="anti")])


def _each_text(read: Callable[[pl.Series], pl.DataFrame]) -> Callable[[pl.Expr], pl.Expr]:
    """A repair that works on distinct texts: `read` gives `text` and `code`, null where the text stays."""

    def changed(cells: pl.Series) -> pl.Series:
        texts = cells.drop_nulls().unique()
        found = read(texts).drop_nulls("code")
        return cells if found.is_empty() else cells.replace(found["text"], found["code"])

    return lambda cell: cell.map_batches(changed, return_dtype=pl.String)


def read_code(name: str) -> Callable[[pl.Expr], pl.Expr]:
    """The repair of column `name`: a code with its description, or an official description, becomes the code."""
    catalogue = CODED[name]

    def read(texts: pl.Series) -> pl.DataFrame:
        worded = texts.filter(texts.str.contains(r"\p{L}{2}.*[\p{Pd}:;,.|/=()\[\]\s]|[\s\])]|\p{L}{4}"))
        if worded.is_empty():  # the rest would look through the whole catalogue all the same
            return pl.DataFrame(schema={"text": pl.String, "code": pl.String})
        apart = _taken_apart(worded, catalogue).select("text", "code")
        if not catalogue.named:
            return apart
        asked = worded.alias("text").to_frame().with_columns(folded=fold_description(pl.col("text")))
        named = asked.join(_named(catalogue), on="folded", how="inner").select("text", "code")
        return pl.concat([apart, named]).unique("text", keep="first", maintain_order=True)

    return _each_text(read)


def spell_code(name: str) -> Callable[[pl.Expr], pl.Expr]:
    """The repair of a bare code in another case: `g03` as `G03`, `mxn` as `MXN`, `ohm` as `Ohm`, where it is listed."""
    catalogue = CODED[name]

    def read(texts: pl.Series) -> pl.DataFrame:
        asked = texts.alias("text").to_frame().with_columns(folded=pl.col("text").str.to_uppercase())
        return asked.join(_official(catalogue), on="folded", how="inner").select("text", code="key")

    return _each_text(read)


def spoken_code(name: str) -> Callable[[pl.Series], pl.Series]:
    """What a word that is no code most probably means, null where nobody can say: a proposal, never a repair."""
    catalogue = CODED[name]

    def meant(cells: pl.Series) -> pl.Series:
        asked = cells.alias("text").to_frame().with_columns(said=fold_description(pl.col("text")))
        only = _begun(catalogue).filter(pl.len().over("said") == 1)
        return asked.join(only, on="said", how="left", maintain_order="left")["key"]

    return meant


def find_other_descriptions(cells: pl.DataFrame, name: str) -> pl.DataFrame:
    """The cells whose description is that of another code, with `proposal`: the codes it belongs to.

    `cells` has `raw`, as the user wrote it. Nothing for a column whose cells are keys of no catalogue.
    """
    catalogue = CODED.get(name)
    if catalogue is None:
        return cells.clear().with_columns(proposal=pl.lit(None, dtype=pl.String))
    apart = _taken_apart(cells["raw"].drop_nulls().str.strip_chars().unique(), catalogue)
    meant = apart.join(_begun(catalogue), on="said", how="inner")
    others = (
        meant.group_by("text", "code")
        .agg(own=(pl.col("key") == pl.col("code")).any(), proposal=pl.col("key").sort().head(3).str.join(", "))
        .filter(~pl.col("own"))
    )
    asked = cells.with_columns(text=pl.col("raw").str.strip_chars())
    return asked.join(others.select("text", "proposal"), on="text", how="inner", maintain_order="left").drop("text")
