"""Proposals for keys that are in no catalogue: the nearest product key, the unit key that was meant.

A proposal is never applied by itself; it becomes the advice of a finding. Each function takes a column of refused
values (repeats welcome, each distinct value is worked on once) and returns a frame to join back on `value`; values
nothing is near to are absent from it. All work is joins, so a file with a million bad keys costs seconds, not hours.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import polars as pl

from schemas.sat.editions import Edition, edition
from schemas.sat.frames import product_keys, unit_keys
from schemas.sat.small import UNUSABLE_UNIT_KEYS

__all__ = ["UNIT_SPELLINGS", "product_key_hints", "unit_key_hints"]

# What people write in a unit column, folded (no accents, upper case, no final dot): trade abbreviations and symbols.
# The official names are added from the catalogue itself; these win where both know a word.
UNIT_SPELLINGS: Mapping[str, str] = {
    spelling: key
    for key, spellings in {
        "H87": "PZA PZ PZAS PZS PIEZA PIEZAS PCS PC PIECE UNIDAD UNIDADES UND UNI UN U",
        "E48": "SERV SERVICIO SERVICIOS SRV SER SERVICE",
        "ACT": "ACTIVIDAD ACTIVIDADES",
        "HUR": "HORA HORAS HR HRS H",
        "DAY": "DIA DIAS D",
        "WEE": "SEMANA SEMANAS SEM",
        "MON": "MES MESES MENSUAL MENSUALIDAD",
        "ANN": "ANO ANOS ANUAL ANUALIDAD",
        "MIN": "MINUTO MINUTOS",
        "KGM": "KG KGS KILO KILOS KILOGRAMO KILOGRAMOS",
        "GRM": "GR GRS G GRAMO GRAMOS",
        "TNE": "TON TONS TONELADA TONELADAS TM",
        "LTR": "LT LTS L LITRO LITROS",
        "MLT": "ML MILILITRO MILILITROS",
        "MTR": "M MT MTS METRO METROS",
        "MTK": "M2 MT2 MTS2",
        "MTQ": "M3 MT3 MTS3",
        "CMT": "CM CENTIMETRO CENTIMETROS",
        "KMT": "KM KMS KILOMETRO KILOMETROS",
        "XBX": "CAJA CAJAS CJ CJA",
        "XPK": "PAQUETE PAQUETES PAQ PQ PQT",
        "XRO": "ROLLO ROLLOS",
        "XBG": "BOLSA BOLSAS",
        "XSA": "SACO SACOS COSTAL COSTALES BULTO BULTOS",
        "XBO": "BOTELLA BOTELLAS",
        "KT": "KIT KITS",
        "SET": "JUEGO JUEGOS JGO CONJUNTO",
        "PR": "PAR PARES",
        "DZN": "DOCENA DOCENAS DOC",
        "MIL": "MILLAR MILLARES",
        "E51": "TRABAJO TRABAJOS",
        "KWH": "KWHR KWHS",
    }.items()
    for spelling in spellings.split()
}


def product_key_hints(values: pl.Series, folder: Path | None = None) -> pl.DataFrame:
    """The nearest key of c_ClaveProdServ for each distinct refused value: columns value, hint, name, reason.

    Reasons, in order of trust (rule SERVICE-PRODKEY-SHAPE): `prefix` a key with its name after it; `digits` what is
    left without spaces, dashes and letters (O, I and L read as digits) is a key; `class` six digits that want `00`;
    then, if exactly one key is that near, `swapped` two neighbouring digits, `lost_digit`, `extra_digit`, `typo` one
    digit changed; else `same_class` the class of the first six digits. Only keys of the workbook are proposed.
    """
    known = product_keys(folder).filter("in_workbook").select(hint="key", name="description")
    shortened = _shortened_keys(edition("product_keys", folder))
    asked = _distinct(values).with_columns(
        key=pl.col("value")
        .str.to_uppercase()
        .str.replace_many({"O": "0", "I": "1", "L": "1"})
        .str.replace_all("[^0-9]", "")
    )
    six, seven, eight, nine = (asked.filter(pl.col("key").str.len_bytes() == length) for length in (6, 7, 8, 9))
    swaps = [_swap(position) for position in range(7)]
    cuts = [_cut(position) for position in range(9)]
    masked = _each(eight, cuts[:8], "short")
    return _best(
        known,
        prefix=_distinct(values).select("value", hint=pl.col("value").str.extract(r"^\s*([0-9]{8})\b")),
        digits=eight.select("value", hint="key"),
        class_=six.select("value", hint=pl.col("key") + "00"),
        swapped=_each(eight, swaps, "hint"),
        lost_digit=seven.join(shortened, left_on="key", right_on="short").select("value", "hint"),
        extra_digit=_each(nine, cuts, "hint"),
        typo=masked.join(shortened, on=["short", "position"]).select("value", "hint"),
        same_class=pl.concat([seven, eight, nine]).select("value", hint=pl.col("key").str.head(6) + "00"),
    )


def unit_key_hints(values: pl.Series, folder: Path | None = None) -> pl.DataFrame:
    """The key of c_ClaveUnidad that was meant by each distinct refused value: columns value, hint, name, reason.

    Reasons, in order of trust: `case` the official spelling of the same key; `prefix` a key with its name after it
    (`H87 - Pieza`); `spelling` what people write for it (PZA, SERV, KG); `name` its official name, if only one has it.
    """
    units = unit_keys(folder).filter(~pl.col("key").is_in(list(UNUSABLE_UNIT_KEYS)))
    known = units.select("name", hint="key")
    asked = _distinct(values).with_columns(folded=_folded(pl.col("value")))
    by_key = units.select("folded", hint="key")
    by_name = units.select(folded=_folded(pl.col("name")), hint="key")
    by_spelling = pl.DataFrame({"folded": list(UNIT_SPELLINGS), "hint": list(UNIT_SPELLINGS.values())})
    leading = pl.col("value").str.extract(r"^\s*([0-9A-Za-z]{2,3})\s*[-–:|]").str.to_uppercase()
    return _best(
        known,
        case=asked.join(by_key, on="folded").select("value", "hint"),
        prefix=asked.with_columns(folded=leading).join(by_key, on="folded").select("value", "hint"),
        spelling=asked.join(by_spelling, on="folded").select("value", "hint"),
        name=asked.join(by_name, on="folded").select("value", "hint"),
    )


def _distinct(values: pl.Series) -> pl.DataFrame:
    return values.cast(pl.String).drop_nulls().unique(maintain_order=True).alias("value").to_frame()


def _folded(text: pl.Expr) -> pl.Expr:
    """Upper case, no accents, single spaces, no final dot."""
    bare = text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase()
    return bare.str.replace_all(r"\s+", " ").str.strip_chars(" .")


def _best(known: pl.DataFrame, **steps: pl.DataFrame) -> pl.DataFrame:
    """For each value the first step that leads to exactly one known key. A step is a frame of value and hint."""
    tried = [
        step.filter(pl.col("value") != pl.col("hint"))
        .join(known, on="hint")
        .unique(["value", "hint"])
        .filter(pl.len().over("value") == 1)
        .select("value", "hint", "name", reason=pl.lit(reason.rstrip("_")), order=pl.lit(order))
        for order, (reason, step) in enumerate(steps.items())
    ]
    return (
        pl.concat(tried)
        .sort("order", "value")
        .unique("value", keep="first", maintain_order=True)
        .select("value", "hint", "name", "reason")
    )


def _each(frame: pl.DataFrame, variants: Sequence[pl.Expr], name: str) -> pl.DataFrame:
    """One row per value and variant of its key, with the variant's position."""
    if frame.is_empty():
        return pl.DataFrame(schema={"value": pl.String, name: pl.String, "position": pl.Int32})
    return pl.concat(
        frame.select("value", variant.alias(name), pl.lit(position).alias("position"))
        for position, variant in enumerate(variants)
    )


def _cut(position: int) -> pl.Expr:
    """The key without the digit at `position`."""
    key = pl.col("key")
    return key.str.head(position) + key.str.slice(position + 1)


def _swap(position: int) -> pl.Expr:
    """The key with the digits at `position` and after it exchanged."""
    key = pl.col("key")
    return (
        key.str.head(position)
        + key.str.slice(position + 1, 1)
        + key.str.slice(position, 1)
        + key.str.slice(position + 2)
    )


@lru_cache(maxsize=2)
def _shortened_keys(catalog: Edition) -> pl.DataFrame:
    """Every workbook key once per digit left out: short (7 digits), position, hint. 420,000 rows, made in 20 ms."""
    keys = pl.read_parquet(BytesIO(catalog.read_bytes()), columns=["key", "in_workbook"]).filter("in_workbook")
    cuts = [keys.select(_cut(at).alias("short"), pl.lit(at).alias("position"), hint="key") for at in range(8)]
    return pl.concat(cuts)
