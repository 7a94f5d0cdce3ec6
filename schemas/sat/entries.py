"""Everything known of one key, in whichever catalogues have it: what `gigbulk catalogs show` prints."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.sat import small as sat
from schemas.sat.frames import postal_codes, product_keys, unit_keys

__all__ = ["CatalogEntry", "Fact", "show"]

Fact = str | bool | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One key of one catalogue. `facts` holds what is known: dates are ISO text, régimes and uses tuples of keys."""

    catalog: str
    key: str
    name: str
    facts: Mapping[str, Fact]


def show(key: str, folder: Path | None = None) -> list[CatalogEntry]:
    """What every catalogue says of `key`, case ignored; empty when none has it.

    A key can be in several: `05` is a unit and a payment form. Raises CatalogError when the set in use is damaged.
    """
    wanted = key.strip()
    return [
        *_small(wanted.upper()),
        *_rows("product_key", product_keys(folder).filter(pl.col("key") == wanted), "description"),
        *_rows("unit_key", unit_keys(folder).filter(pl.col("folded") == wanted.upper()).drop("folded"), "name"),
        *_rows("postal_code", _places(folder).filter(pl.col("key") == wanted), "place"),
    ]


def _places(folder: Path | None) -> pl.DataFrame:
    state = pl.col("state").replace_strict(sat.STATES, default=pl.col("state"))
    return postal_codes(folder).with_columns(
        place=pl.concat_str("municipality", state, separator=", ", ignore_nulls=True)
    )


def _rows(catalog: str, found: pl.DataFrame, name: str) -> Iterator[CatalogEntry]:
    for row in found.iter_rows(named=True):
        facts = {
            column: str(value) if column.startswith("valid_") else value
            for column, value in row.items()
            if value is not None and column not in {"key", name}
        }
        yield CatalogEntry(catalog, row["key"], row[name] or "", facts)


def _small(key: str) -> Iterator[CatalogEntry]:
    if regime := sat.REGIMES.get(key):
        uses = tuple(use.key for use in sat.USES.values() if key in use.regimes)
        yield CatalogEntry("regime", key, regime.description, {"persons": tuple(sorted(regime.persons)), "uses": uses})
    if use := sat.USES.get(key):
        facts = {"persons": tuple(sorted(use.persons)), "regimes": tuple(sorted(use.regimes))}
        yield CatalogEntry("use", key, use.description, facts)
    if form := sat.PAYMENT_FORMS.get(key):
        patterns = {"payer_account": form.payer_account, "beneficiary_account": form.beneficiary_account}
        yield CatalogEntry(
            "payment_form", key, form.description, {name: value for name, value in patterns.items() if value}
        )
    if currency := sat.CURRENCIES.get(key):
        yield CatalogEntry("currency", key, currency.description, {"decimals": currency.decimals})
    for catalog, names in (
        ("payment_method", sat.PAYMENT_METHODS),
        ("tax", sat.TAXES),
        ("tax_object", sat.TAX_OBJECTS),
        ("state", sat.STATES),
    ):
        if key in names:
            yield CatalogEntry(catalog, key, names[key], {})
