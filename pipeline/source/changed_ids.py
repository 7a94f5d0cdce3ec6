"""Ids of one call that are one id but for what a spreadsheet or a hand changes: `0012` here, `12` there, or `#12`.

Of two such ids at least one is not its own root, so only those are kept of a file, and held against the keys of all. So
it is with large and small letters: of `PAG-1` and `pag-1` at least one has a large letter.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from pipeline.formats import LINE
from pipeline.model import RecordKey, Source
from pipeline.source.duplicates import CROSSING
from schemas.cleaning.ids import find_roots
from schemas.rules.cross_record import ID_CASE, ID_CHANGED
from schemas.spec import INTERNAL_ID, Text

__all__ = ["find_case_twins", "find_changed_twins", "keep_cased", "keep_changeable", "tell_equal_doubles"]

_SHOWN = 3
_LONG = "^[0-9]{16,}$"
"""A binary number keeps fifteen digits of all, and more of some."""


def keep_changeable(frame: pl.DataFrame) -> pl.DataFrame:
    """The ids that are not their own root, and those of many digits: LINE, `id` and `root`. `frame` is canonical."""
    ids = frame.select(LINE, id=INTERNAL_ID).drop_nulls("id")
    rooted = ids.with_columns(find_roots(ids["id"]).alias("root"))
    return rooted.filter((pl.col("root") != pl.col("id")) | pl.col("id").str.contains(_LONG))


def keep_cased(frame: pl.DataFrame) -> pl.DataFrame:
    """Of ids with a large letter LINE, `hash` of the key and `folded`, that of the key in small letters."""
    ids = frame.select(LINE, id=INTERNAL_ID, small=pl.col(INTERNAL_ID).str.to_lowercase())
    cased = ids.filter(pl.col("id") != pl.col("small"))
    return cased.select(LINE, hash=_key("id").hash(), folded=_key("small").hash())


def _key(column: str) -> pl.Expr:
    return pl.format(RecordKey.of("{}"), column)


def tell_equal_doubles(changeable: pl.DataFrame, heading: str) -> Text | None:
    """What is told of a file with two ids of many digits that are one number to a spreadsheet or a library."""
    long = changeable.filter(pl.col("id").str.contains(_LONG)).with_columns(double=pl.col("id").cast(pl.Float64))
    several = long.filter(pl.col("id").n_unique().over("double") > 1)
    if several.is_empty():
        return None
    both = several.filter(pl.col("double") == several["double"][0]).unique("id", maintain_order=True).head(2)
    (one, line), (other, line_other) = both.select("id", LINE).rows()
    return Text(
        f"«{heading}» tiene identificadores que son un mismo número para una hoja de cálculo: {one} (línea {line}) y "
        f"{other} (línea {line_other}); compruebe contra el original que ninguno haya cambiado",
        f"'{heading}' has ids that are one number to a spreadsheet: {one} (line {line}) and {other} (line "
        f"{line_other}); check against the original that neither was changed",
    )


def find_changed_twins(sources: Sequence[Source]) -> list[pl.DataFrame]:
    """Per source the lines whose id is that of another record but for such a change: LINE, `rule` and `proposal`."""
    found = [pl.DataFrame(schema=CROSSING) for _ in sources]
    for name in {s.resource for s in sources if not s.changeable.is_empty()}:
        numbers = [number for number, s in enumerate(sources) if s.resource == name]
        places = _places([(number, sources[number]) for number in numbers])
        several = places.filter(pl.col("id").n_unique().over("root") > 1)
        others = several.join(several, on="root", suffix="_other").filter(pl.col("id") != pl.col("id_other"))
        names = {number: Path(sources[number].label).name for number in numbers}
        where = pl.format(
            "{} ({} {})",
            "id_other",
            pl.col("file_other").replace_strict(names, return_dtype=pl.String),
            f"{LINE}_other",
        )
        told = others.group_by("file", LINE, maintain_order=True).agg(
            proposal=where.sort_by("file_other", f"{LINE}_other").head(_SHOWN).str.join(", "),
            rule=pl.lit(ID_CHANGED.id).first(),
        )
        for number in numbers:
            found[number] = told.filter(pl.col("file") == number).select(*CROSSING)
    return found


def find_case_twins(sources: Sequence[Source]) -> list[pl.DataFrame]:
    """The same for ids that differ in large and small letters only; `proposal` says where the others stand."""
    found = [pl.DataFrame(schema=CROSSING) for _ in sources]
    for name in {s.resource for s in sources if not s.cased.is_empty()}:
        own = [(number, s) for number, s in enumerate(sources) if s.resource == name]
        ids = _folded(own)
        several = ids.filter(pl.col("hash").n_unique().over("folded") > 1)
        others = several.join(several, on="folded", suffix="_other").filter(pl.col("hash") != pl.col("hash_other"))
        names = {number: Path(s.label).name for number, s in own}
        where = pl.format("{} {}", pl.col("file_other").replace_strict(names, return_dtype=pl.String), f"{LINE}_other")
        told = others.group_by("file", LINE, maintain_order=True).agg(
            proposal=where.sort_by("file_other", f"{LINE}_other").head(_SHOWN).str.join(", "),
            rule=pl.lit(ID_CASE.id).first(),
        )
        for number, _ in own:
            found[number] = told.filter(pl.col("file") == number).select(*CROSSING)
    return found


def _folded(sources: Sequence[tuple[int, Source]]) -> pl.DataFrame:
    """First lines of records by `folded`: the ids with a large letter, and those that one of them is in small ones."""
    cased = [s.cased.with_columns(file=pl.lit(number, dtype=pl.UInt16)) for number, s in sources]
    folded = pl.concat(cased).select(hash=pl.col("folded").unique())
    small = [
        pl.DataFrame({LINE: s.lines, "hash": s.hashes})
        .join(folded, on="hash", how="semi")
        .with_columns(folded="hash", file=pl.lit(number, dtype=pl.UInt16))
        for number, s in sources
    ]
    return pl.concat([*cased, *small]).group_by("file", "hash", "folded").agg(pl.col(LINE).min())


def _places(sources: Iterable[tuple[int, Source]]) -> pl.DataFrame:
    """First lines of records by `root`: the ids that are not their own, and those that are the root of one."""
    given = list(sources)
    odd = [s.changeable.with_columns(file=pl.lit(number, dtype=pl.UInt16)) for number, s in given]
    roots = pl.concat(odd).select(pl.col("root").unique())
    hashed = roots.with_columns(hash=pl.Series([RecordKey.of(r) for r in roots["root"]], dtype=pl.String).hash())
    plain = [
        pl.DataFrame({"hash": s.hashes, LINE: s.lines})
        .join(hashed, on="hash", how="inner")
        .select(LINE, id="root", root="root", file=pl.lit(number, dtype=pl.UInt16))
        for number, s in given
    ]
    return pl.concat([*odd, *plain]).group_by("file", "id", "root").agg(pl.col(LINE).min())
