"""Postal codes, and whether they lie in the state the row names (SAT, c_CodigoPostal)."""

from functools import cache

import polars as pl

from schemas.cleaning.accents import without_accents
from schemas.rule_options import RuleOptions
from schemas.rules.proposals import meant_postal_code
from schemas.sat.frames import postal_codes
from schemas.sat.small import STATES, STATES_OF_ZIP, UNASSIGNED_ZIP
from schemas.spec import Rule, Severity, Text

__all__ = ["postal_code_facts", "postal_code_rules"]

_OTHER_NAMES = {
    "CDMX": "CMX", "DF": "CMX", "DISTRITO FEDERAL": "CMX", "MEXICO DF": "CMX", "CIUDAD DE MEXICO": "CMX",
    "EDOMEX": "MEX", "EDO MEX": "MEX", "EDO DE MEXICO": "MEX", "ESTADO DE MEXICO": "MEX", "MEXICO": "MEX",
    "COAHUILA DE ZARAGOZA": "COA", "MICHOACAN DE OCAMPO": "MIC", "VERACRUZ DE IGNACIO DE LA LLAVE": "VER",
    "QUERETARO DE ARTEAGA": "QUE", "BC": "BCN", "BAJA CALIFORNIA NORTE": "BCN", "NL": "NLE", "QROO": "ROO",
    "Q ROO": "ROO", "GTO": "GUA", "QRO": "QUE", "AGS": "AGU", "CHIH": "CHH", "CHIS": "CHP", "COAH": "COA", "HGO": "HID",
    "TAMPS": "TAM", "TLAX": "TLA",
}  # fmt: skip


def _plain(text: pl.Expr) -> pl.Expr:
    bare = without_accents(text.str.to_uppercase()).str.replace_all(".", "", literal=True)
    return bare.str.replace_all(r"\s+", " ").str.strip_chars()


DIGITS = 5
_STATE_OF_PREFIX = {p: next(iter(states)) for p, states in STATES_OF_ZIP.items() if len(states) == 1}


@cache
def _codes() -> dict[str, str]:
    names = pl.DataFrame({"name": list(STATES.values())}).select(_plain(pl.col("name"))).to_series().to_list()
    return dict(zip(names, STATES, strict=True)) | {code: code for code in STATES} | _OTHER_NAMES


def states_of(cells: pl.Series) -> pl.Series:
    """SAT's three letters for each cell that names a Mexican state; null for another text. Once per distinct text."""
    texts = cells.drop_nulls().unique()
    codes = texts.to_frame("text").select(
        "text", code=_plain(pl.col("text")).replace_strict(_codes(), default=None, return_dtype=pl.String)
    )
    return cells.replace_strict(codes["text"], codes["code"], default=None, return_dtype=pl.String)


def postal_code_facts(frame: pl.DataFrame, options: RuleOptions, prefix: str = "") -> pl.DataFrame:
    """`~zip.form`, `~zip.known`, `~zip.assigned` (to a municipality), `~zip.in_state`, `~zip.is_issuers`."""
    zip_code = f"{prefix}address.zip"
    catalog = postal_codes(options.catalogs).select(
        pl.col("key").alias(zip_code),
        pl.col("state").alias("~zip.state"),
        pl.col("municipality").is_not_null().alias("~zip.town"),
        pl.lit(True).alias("~zip.there"),
    )
    state = states_of(frame[f"{prefix}address.state"]).alias("~named.state")
    joined = frame.with_columns(state).join(catalog, on=zip_code, how="left", maintain_order="left")
    five = pl.col(zip_code).str.len_chars() == DIGITS
    of_prefix = pl.when(five).then(pl.col(zip_code).str.head(2).replace_strict(_STATE_OF_PREFIX, default=None))
    own = pl.lit(options.issuer_zip, dtype=pl.String)
    stands = pl.col(zip_code).is_not_null()
    return joined.with_columns(
        pl.col("~zip.there").fill_null(False).and_(stands).alias(f"~{prefix}zip.known"),
        pl.col("~zip.town").alias(f"~{prefix}zip.assigned"),
        (pl.col("~named.state") == pl.coalesce("~zip.state", of_prefix)).alias(f"~{prefix}zip.in_state"),
        (pl.col(zip_code) == own).alias(f"~{prefix}zip.is_issuers"),
    ).drop("~zip.state", "~zip.there", "~zip.town", "~named.state")


def postal_code_rules(prefix: str = "") -> tuple[Rule, ...]:
    """What SAT asks of a postal code."""
    field = f"{prefix}address.zip"
    zip_code = pl.col(field)
    five = zip_code.str.contains(r"^[0-9]{5}$")
    fiscal = Text(
        "Escriba el código postal del domicilio fiscal (el de la constancia), no el de entrega.",
        "Write the postal code of the tax address (on the certificate), not the delivery address.",
    )
    return (
        Rule(
            "CLIENT-ZIP-FORMAT",
            field,
            five,
            Text(
                "«{value}» no es un código postal de cinco dígitos.", "'{value}' is not a postal code of five digits."
            ),
            fiscal,
            proposal=meant_postal_code(zip_code),
        ),
        Rule(
            "CLIENT-ZIP-CATALOG",
            field,
            zip_code != UNASSIGNED_ZIP,
            Text("00000 no es un código postal.", "00000 is not a postal code."),
            fiscal,
            sat_code="CFDI40147",
        ),
        Rule(
            "CLIENT-ZIP-CATALOG",
            field,
            pl.col(f"~{prefix}zip.known") | ~five | (zip_code == UNASSIGNED_ZIP),
            Text(
                "El código postal {value} no está en el catálogo del SAT.",
                "The postal code {value} is not in SAT's catalogue.",
            ),
            fiscal,
            Severity.WARNING,
            "CFDI40147",
            catalog="postal_codes",
        ),
        Rule(
            "CLIENT-ZIP-UNASSIGNED",
            field,
            pl.col(f"~{prefix}zip.assigned"),
            Text(
                "El código postal {value} está en el catálogo, sin municipio asignado.",
                "The postal code {value} is in the catalogue, assigned to no municipality.",
            ),
            Text("No hay nada que corregir: son dos de cada tres.", "Nothing to correct: two in three are like that."),
            Severity.INFO,
            quiet=True,
        ),
        Rule(
            "CLIENT-ZIP-STATE",
            field,
            pl.col(f"~{prefix}zip.in_state"),
            Text(
                "El código postal {value} no es del estado que dice la fila.",
                "The postal code {value} does not lie in the row's state.",
            ),
            Text("Revise el código postal y el estado.", "Check the postal code and the state."),
            Severity.WARNING,
            "CFDI40147",
        ),
    )
