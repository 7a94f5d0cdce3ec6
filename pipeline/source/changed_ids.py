"""Ids of one call that are one id but for what a spreadsheet changes: `0012` here, `12` there.

Of two such ids at least one is not its own root, so only those are kept of a file, and held against the keys of all.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from pipeline.formats import LINE
from pipeline.model import RecordKey, Source
from pipeline.source.duplicates import CROSSING
from schemas.cleaning.ids import find_roots
from schemas.rules.cross_record import ID_CHANGED
from schemas.spec import INTERNAL_ID

__all__ = ["find_changed_twins", "keep_changeable"]

_SHOWN = 3


def keep_changeable(frame: pl.DataFrame) -> pl.DataFrame:
    """The ids that are not their own root: LINE, `id` and `root`. `frame` is canonical."""
    ids = frame.select(LINE, id=INTERNAL_ID).drop_nulls("id")
    return ids.with_columns(find_roots(ids["id"]).alias("root")).filter(pl.col("root") != pl.col("id"))


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
