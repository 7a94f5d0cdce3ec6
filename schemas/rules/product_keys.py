"""Product and service keys, c_ClaveProdServ (SAT)."""

import polars as pl

from schemas.rule_options import RuleOptions
from schemas.sat.frames import product_keys
from schemas.sat.hints import product_key_hints
from schemas.sat.small import BILLING_PRODUCT_KEY, GENERIC_PRODUCT_KEY
from schemas.spec import Rule, Severity, Text

__all__ = ["product_facts", "product_rules"]


def product_facts(frame: pl.DataFrame, options: RuleOptions, prefix: str = "") -> pl.DataFrame:
    """`~product.listed` (true: in the workbook, false: in the XSD only, null: nowhere), and what its row says.

    `~product.iva`: it must bear IVA; `~product.border`: the border rate may apply; `~product.valid`: in force today.
    """
    field = f"{prefix}product_key"
    today = pl.lit(options.today, dtype=pl.Date)
    catalog = product_keys(options.catalogs).select(
        pl.col("key").alias(field),
        pl.col("in_workbook").alias("~product.listed"),
        pl.col("iva_required").alias("~product.iva"),
        pl.col("border_stimulus").alias("~product.border"),
        ((pl.col("valid_from") <= today).fill_null(True) & (pl.col("valid_to") >= today).fill_null(True)).alias(
            "~product.valid"
        ),
    )
    return frame.join(catalog, on=field, how="left", maintain_order="left")


def _nearest(cells: pl.Series) -> pl.Series:
    hints = product_key_hints(cells)
    return cells.replace_strict(hints["value"], hints["hint"], default=None, return_dtype=pl.String)


def _names(keys: pl.Series) -> pl.Series:
    known = product_keys().select("key", "description")
    return keys.alias("key").to_frame().join(known, on="key", how="left", maintain_order="left")["description"]


_NAME = pl.col("proposal").map_batches(_names, return_dtype=pl.String)


def product_rules(prefix: str = "") -> tuple[Rule, ...]:
    field = f"{prefix}product_key"
    key = pl.col(field)
    eight = key.str.contains("^[0-9]{8}$")
    short = key.str.contains("^[0-9]{6,7}$")
    listed = pl.col("~product.listed")
    nearest = key.map_batches(_nearest, return_dtype=pl.String)
    search = Text(
        "Búsquela con gigbulk catalogs search y sus palabras.",
        "Find it with gigbulk catalogs search and its words.",
    )
    return (
        Rule(
            "SERVICE-PRODKEY-FORMAT",
            field,
            eight | short,
            Text(
                "«{value}» no es una clave de producto de ocho dígitos.",
                "'{value}' is not a product key of eight digits.",
            ),
            search,
            sat_code="CFDI40162",
            proposal=nearest,
            gloss=_NAME,
        ),
        Rule(
            "SERVICE-PRODKEY-SHAPE",
            field,
            ~short,
            Text(
                "A la clave «{value}» le faltan dígitos: son ocho.", "The key '{value}' lacks digits: there are eight."
            ),
            search,
            sat_code="CFDI40162",
            proposal=nearest,
            gloss=_NAME,
        ),
        Rule(
            "SERVICE-PRODKEY-CATALOG",
            field,
            listed.is_not_null() | ~eight,
            Text("La clave {value} no está en el catálogo del SAT.", "The key {value} is not in SAT's catalogue."),
            search,
            sat_code="CFDI40162",
            proposal=nearest,
            gloss=_NAME,
            catalog="product_keys",
        ),
        Rule(
            "SERVICE-PRODKEY-XSDONLY",
            field,
            listed,
            Text(
                "La clave {value} está en el esquema del SAT, pero no en su catálogo: es probable que la rechacen.",
                "The key {value} is in SAT's schema but not in its catalogue: it will probably be refused.",
            ),
            search,
            Severity.WARNING,
            "CFDI40162",
        ),
        Rule(
            "SERVICE-PRODKEY-VALIDITY",
            field,
            pl.col("~product.valid"),
            Text("La clave {value} no está vigente hoy.", "The key {value} is not valid today."),
            search,
            sat_code="CFDI40162",
        ),
        Rule(
            "SERVICE-PRODKEY-GENERIC",
            field,
            key != GENERIC_PRODUCT_KEY,
            Text(
                "01010101 («no existe en el catálogo») es para facturas globales.",
                "01010101 ('does not exist in the catalogue') is meant for global invoices.",
            ),
            search,
            Severity.WARNING,
        ),
        Rule(
            "SERVICE-PRODKEY-BILLING",
            field,
            key != BILLING_PRODUCT_KEY,
            Text(
                "El SAT reserva 84111506 a complementos de pago y anticipos.",
                "SAT reserves 84111506 for payment receipts and advances.",
            ),
            search,
            Severity.WARNING,
        ),
    )
