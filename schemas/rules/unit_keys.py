"""Unit keys, c_ClaveUnidad, and the unit's name (SAT, c_ClaveUnidad)."""

import polars as pl

from schemas.rule_options import RuleOptions
from schemas.sat.frames import unit_keys
from schemas.sat.hints import unit_key_hints
from schemas.sat.small import UNUSABLE_UNIT_KEYS
from schemas.spec import Rule, Severity, Text

__all__ = ["unit_facts", "unit_rules"]

MAX_NAME_CHARS = 20


def unit_facts(frame: pl.DataFrame, options: RuleOptions, prefix: str = "") -> pl.DataFrame:
    """`~unit.known`: whether the key, in its official spelling, is in the catalogue."""
    field = f"{prefix}unit_key"
    catalog = unit_keys(options.catalogs).select(pl.col("key").alias(field), pl.lit(True).alias("~unit.known"))
    return frame.join(catalog, on=field, how="left", maintain_order="left")


def _meant(cells: pl.Series) -> pl.Series:
    hints = unit_key_hints(cells)
    return cells.replace_strict(hints["value"], hints["hint"], default=None, return_dtype=pl.String)


def _names(keys: pl.Series) -> pl.Series:
    known = unit_keys().select("key", "name")
    return keys.alias("key").to_frame().join(known, on="key", how="left", maintain_order="left")["name"]


def unit_rules(prefix: str = "") -> tuple[Rule, ...]:
    field, name = f"{prefix}unit_key", f"{prefix}unit_name"
    key = pl.col(field)
    return (
        Rule(
            "SERVICE-UNIT-CATALOG",
            field,
            pl.col("~unit.known").fill_null(False) | key.is_null(),
            Text("«{value}» no es una clave de unidad del SAT.", "'{value}' is not a SAT unit key."),
            Text(
                "Búsquela con gigbulk catalogs search: H87 pieza, E48 servicio, HUR hora, KGM kilogramo…",
                "Find it with gigbulk catalogs search: H87 piece, E48 service, HUR hour, KGM kilogram…",
            ),
            sat_code="CFDI40165",
            proposal=key.map_batches(_meant, return_dtype=pl.String),
            gloss=pl.col("proposal").map_batches(_names, return_dtype=pl.String),
            catalog="unit_keys",
        ),
        Rule(
            "SERVICE-UNIT-CATALOG",
            field,
            ~key.is_in(list(UNUSABLE_UNIT_KEYS)),
            Text(
                "La clave {value} se escribe distinto en el catálogo y en el esquema del SAT: la rechazan igual.",
                "The key {value} is spelt differently in SAT's catalogue and schema: it is refused either way.",
            ),
            Text("Use otra clave de unidad.", "Use another unit key."),
            Severity.WARNING,
            "CFDI40165",
        ),
        Rule(
            "SERVICE-UNITNAME",
            name,
            (pl.col(name).str.len_chars() <= MAX_NAME_CHARS) & ~pl.col(name).str.contains("|", literal=True),
            Text(
                "El nombre de la unidad «{value}» pasa de 20 caracteres o lleva una barra |.",
                "The unit name '{value}' is longer than 20 characters or holds a bar |.",
            ),
            Text("Acórtelo: Pieza, Servicio, Hora…", "Shorten it: piece, service, hour…"),
            proposal=pl.col(name).str.replace_all("|", "", literal=True).str.slice(0, MAX_NAME_CHARS).str.strip_chars(),
        ),
    )
