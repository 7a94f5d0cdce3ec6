"""`gigbulk catalogs update FILE`: SAT's own workbook or schema becomes the catalogue set in use.

The workbook is the better source: it is what a PAC validates against, with names, flags and validity dates. The
schema has keys only, so it is laid over the set in use: keys it lost go, keys it gained come without a name and
marked as not in the workbook. Either way the new set is checked against the one in use before it may replace it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from pipeline.catalogs.build import CatalogSet, add_user_set, find_similar_words
from pipeline.catalogs.refusal import refuse_catalog
from pipeline.catalogs.sat_workbook import read_workbook
from pipeline.catalogs.xsd import read_xsd
from pipeline.errors import InputError, OutputError
from pipeline.language.causes import os_cause
from pipeline.language.say import say
from pipeline.workbook.guard import OLE, ZIP
from schemas.sat.editions import CATALOGS, CatalogError, edition, user_folder
from schemas.sat.frames import postal_codes, product_keys, unit_keys
from schemas.sat.small import STATES_OF_ZIP

__all__ = ["Change", "update_catalogs"]

LARGEST_LOSS = 0.05  # of the keys in use; SAT retires a few keys a year, a broken download loses thousands


@dataclass(frozen=True, slots=True)
class Change:
    """What an update did to one catalogue."""

    catalog: str
    edition: date
    rows: int
    added: int
    removed: int


def update_catalogs(
    path: Path,
    today: date,
    folder: Path | None = None,
    *,
    edition_date: date | None = None,
    allow_loss: bool = False,
) -> list[Change]:
    """Make `path` the set in use in `folder` (the user's own when None) and say what changed.

    The edition is `edition_date`, or the date in the file's name, or the one the workbook gives itself, or for a schema
    the file's own date. Raises InputError (not SAT's file, damaged, older than the set in use, or, unless `allow_loss`,
    without more than one in twenty of the keys in use), OutputError when it cannot be kept. Nothing changes then.
    """
    folder = folder or user_folder()
    try:
        current = {
            "product_keys": product_keys(folder),
            "unit_keys": unit_keys(folder),
            "postal_codes": postal_codes(folder),
        }
        in_use = min(edition(name, folder).edition for name in CATALOGS)
        catalogs = _read(path, today, edition_date, current, folder)
    except CatalogError as error:
        raise refuse_catalog(error) from error
    new = min(catalogs.editions.values())
    _refuse_unlikely(path, new, in_use, today)
    changes = [_change(name, current[name], catalogs.frames[name], new) for name in CATALOGS]
    for change in changes:
        known = current[change.catalog].height
        if change.removed > LARGEST_LOSS * known and not allow_loss:
            raise InputError(
                say(
                    "{path} lacks {removed:,} of the {known:,} {catalog} in use: it looks incomplete.",
                    path=path.name,
                    removed=change.removed,
                    known=known,
                    catalog=change.catalog,
                ),
                say("Download the file again; if SAT really dropped them, repeat with --allow-loss."),
            )
    try:
        add_user_set(catalogs, folder, today)
    except OSError as error:
        raise OutputError(
            say("The catalogues cannot be written to {folder}: {cause}.", folder=folder, cause=os_cause(error)),
            say("Free some space or check the folder's permissions; the catalogues in use are untouched."),
        ) from error
    return changes


def _read(
    path: Path, today: date, edition_date: date | None, current: Mapping[str, pl.DataFrame], folder: Path
) -> CatalogSet:
    try:
        with path.open("rb") as file:
            start = file.read(512)
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except OSError as error:
        raise InputError(
            say("{path} cannot be read: {cause}.", path=path, cause=os_cause(error)),
            say("Check the path and the file's permissions."),
        ) from error
    if start.startswith((OLE, ZIP)):
        book = read_workbook(path)
        found = edition_date or _date_in_name(path) or book.published
        frames, similar = _from_workbook(book.sheets, current)
    elif start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        found = edition_date or _date_in_name(path) or min(modified, today)
        frames = _from_keys(read_xsd(path), current)
        similar = find_similar_words(folder)
    else:
        raise InputError(
            say("{path} is neither an Excel workbook nor an XML schema.", path=path.name),
            say("Give SAT's catCFDI_V_4_YYYYMMDD.xls or catCFDI.xsd."),
        )
    if found is None:
        raise InputError(
            say("{path} does not say which edition it is.", path=path.name),
            say("Name it as SAT does (catCFDI_V_4_YYYYMMDD.xls) or add --edition YYYY-MM-DD."),
        )
    return CatalogSet(frames, similar, dict.fromkeys(CATALOGS, f"SAT, {path.name}"), dict.fromkeys(CATALOGS, found))


def _date_in_name(path: Path) -> date | None:
    for digits in re.findall(r"(?<![0-9])20[0-9]{6}(?![0-9])", path.stem):
        try:
            return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            continue
    return None


def _refuse_unlikely(path: Path, new: date, in_use: date, today: date) -> None:
    if new > today:
        raise InputError(
            say("{path} is dated {new}, which is yet to come.", path=path.name, new=new),
            say("Correct the date in its name, or the computer's clock."),
        )
    if new < in_use:
        raise InputError(
            say(
                "{path} is of {new}, older than the catalogues in use ({in_use}).",
                path=path.name,
                new=new,
                in_use=in_use,
            ),
            say("Download the current file from SAT; the catalogues in use are untouched."),
        )


def _from_workbook(
    sheets: Mapping[str, pl.DataFrame], current: Mapping[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    listed = sheets["product_keys"].with_columns(in_workbook=pl.lit(True))
    similar = listed.select("key", "similar").drop_nulls()
    only_xsd = current["product_keys"].filter(~pl.col("in_workbook")).join(listed, on="key", how="anti")
    products = pl.concat([listed.drop("similar"), only_xsd], how="diagonal")
    return {**sheets, "product_keys": products}, similar


def _from_keys(keys: Mapping[str, frozenset[str]], current: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The set in use, cut down to the schema's keys and filled up with the ones it gained."""
    products = _overlay(current["product_keys"], keys["product_keys"], "key")
    # The schema spells one unit otherwise (DX for Dx): units are matched without case, the spelling in use stays.
    units = _overlay(current["unit_keys"], frozenset(key.upper() for key in keys["unit_keys"]), "folded")
    official = pl.DataFrame({"folded": [key.upper() for key in keys["unit_keys"]], "spelled": list(keys["unit_keys"])})
    units = units.join(official.unique("folded", keep="any"), on="folded", how="left").with_columns(
        key=pl.coalesce("key", "spelled")
    )
    states = {prefix: min(names) for prefix, names in STATES_OF_ZIP.items() if len(names) == 1}
    codes = _overlay(current["postal_codes"], keys["postal_codes"], "key").with_columns(
        state=pl.coalesce("state", pl.col("key").str.head(2).replace_strict(states, default=None))
    )
    return {
        "product_keys": products.with_columns(pl.col("in_workbook").fill_null(False)),
        "unit_keys": units,
        "postal_codes": codes,
    }


def _overlay(frame: pl.DataFrame, keys: frozenset[str], on: str) -> pl.DataFrame:
    return pl.DataFrame({on: sorted(keys)}).join(frame, on=on, how="left")


def _change(name: str, old: pl.DataFrame, new: pl.DataFrame, edition_date: date) -> Change:
    added = new.join(old, on="key", how="anti").height
    removed = old.join(new, on="key", how="anti").height
    return Change(name, edition_date, new.height, added, removed)
