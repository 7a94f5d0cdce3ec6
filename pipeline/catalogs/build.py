"""Writes a set of catalogues: three Parquet files, the search text and the manifest that dates them.

The same code writes the shipped set (scripts/build_catalogs.py) and a user's own (pipeline.catalogs.update), so both
are read the same way. The same frames give the same bytes, whenever and wherever they are written.
"""

import hashlib
import json
import lzma
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from schemas.sat.editions import CATALOGS, MANIFEST, NOTICE, SEARCH_TEXT, edition, user_sets
from schemas.sat.frames import COLUMNS

__all__ = ["CatalogSet", "add_user_set", "find_similar_words", "write_set"]

_KEPT_SETS = 2  # the new one, and the one another process may be reading at this moment


@dataclass(frozen=True, slots=True)
class CatalogSet:
    """The three catalogues of one edition. `similar` holds SAT's other words for a product: key, words.

    `sources_es` has those of `sources` in Spanish that are said in words.
    """

    frames: Mapping[str, pl.DataFrame]
    similar: pl.DataFrame
    sources: Mapping[str, str]
    editions: Mapping[str, date]
    sources_es: Mapping[str, str] = field(default_factory=dict)


def write_set(catalogs: CatalogSet, folder: Path, generated: date, *, smallest: bool = False) -> None:
    """Write every file of a set into `folder`, the manifest last. Raises OSError as the disk does.

    `smallest` takes seconds to save a fifth of the bytes: for the set that is shipped, not for one made while a person
    waits.
    """
    zstd_level, xz_level = (22, 9 | lzma.PRESET_EXTREME) if smallest else (3, 1)
    files = {}
    for name in CATALOGS:
        path = folder / f"{name}.parquet"
        frame = catalogs.frames[name].select(
            pl.col(column).cast(dtype) for column, dtype in COLUMNS[name].items()
        ).sort("key")  # fmt: skip
        frame.write_parquet(path, compression="zstd", compression_level=zstd_level, statistics=False)
        files[name] = _entry(path, frame.height, catalogs, name)
    path = folder / f"{SEARCH_TEXT}.xz"
    lines = _search_lines(catalogs)
    path.write_bytes(lzma.compress("".join(lines).encode(), preset=xz_level))
    files[SEARCH_TEXT] = _entry(path, len(lines), catalogs, "product_keys")
    manifest = {"notice": NOTICE, "generated": generated.isoformat(), "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _entry(path: Path, rows: int, catalogs: CatalogSet, name: str) -> dict[str, object]:
    content = path.read_bytes()
    spanish = {"source_es": catalogs.sources_es[name]} if name in catalogs.sources_es else {}
    return {
        "file": path.name,
        "rows": rows,
        "sha256": hashlib.sha256(content).hexdigest(),
        "source": catalogs.sources[name],
        **spanish,
        "edition": catalogs.editions[name].isoformat(),
    }


def _search_lines(catalogs: CatalogSet) -> list[str]:
    """What `schemas.sat.search` reads: catalogue, key, name, other words; one line per key that has a name."""
    products = catalogs.frames["product_keys"].join(catalogs.similar, on="key", how="left").select(
        pl.lit("product_keys").alias("catalog"), "key", pl.col("description").alias("name"), "similar"
    )  # fmt: skip
    units = catalogs.frames["unit_keys"].select(
        pl.lit("unit_keys").alias("catalog"), "key", "name", pl.lit(None, pl.String).alias("similar")
    )
    named = pl.concat([products, units]).drop_nulls("name").sort("catalog", "key").fill_null("")
    clean = pl.all().str.replace_all(r"\s+", " ").str.strip_chars()
    return named.select(pl.concat_str(clean, separator="\t") + "\n").to_series().to_list()


def find_similar_words(folder: Path | None = None) -> pl.DataFrame:
    """SAT's other words for the products of the set in use: key, similar. They are kept in the search text only."""
    text = lzma.decompress(edition(SEARCH_TEXT, folder).read_bytes())
    columns = ["catalog", "key", "name", "similar"]
    lines = pl.read_csv(
        text, separator="\t", has_header=False, quote_char=None, infer_schema=False, new_columns=columns
    )
    return lines.filter(pl.col("catalog") == "product_keys").select("key", "similar").drop_nulls()


def add_user_set(catalogs: CatalogSet, folder: Path, generated: date) -> Path:
    """Add a set to a user's folder, whole or not at all, and drop sets too old to be of use. Returns its path.

    The set is written beside the others under a temporary name and renamed when complete, so that neither a crash nor a
    full disk can leave half a catalogue where one is looked for. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [int(path.name.rpartition(".")[2]) for path in user_sets(folder)]
    oldest = min(catalogs.editions.values())
    target = folder / f"{oldest.isoformat()}.{max(numbers, default=0) + 1:04d}"
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
    try:
        write_set(catalogs, draft, generated)
        for path in (*draft.iterdir(), draft):
            _sync(path)
        draft.rename(target)
        _sync(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for path in user_sets(folder)[:-_KEPT_SETS]:
        shutil.rmtree(path, ignore_errors=True)
    return target


def _sync(path: Path) -> None:
    """Ask the disk to keep it: a rename that survives a power cut must not point to empty files."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder, and journals the rename itself
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
