"""Texts, prices, quantities and discounts of what is sold (docs/rules.md)."""

import polars as pl

from schemas.rules.declared import decimal
from schemas.spec import Rule, Severity, Text

__all__ = ["ITEM_AMOUNT_RULES", "TAX_RATE_RULES", "price_rules", "text_rules"]

MAX_DESCRIPTION_CHARS = 1000


def text_rules(field: str) -> tuple[Rule, ...]:
    """SERVICE-DESC: SAT's Descripcion (XSD)."""
    text = pl.col(field)
    return (
        Rule(
            "SERVICE-DESC",
            field,
            (text.str.len_chars() <= MAX_DESCRIPTION_CHARS) & ~text.str.contains("|", literal=True),
            Text(
                "La descripción pasa de 1,000 caracteres o lleva una barra |.",
                "The description is longer than 1,000 characters or holds a bar |.",
            ),
            Text("Acórtela o quite la barra.", "Shorten it or take the bar out."),
        ),
    )


def price_rules(field: str) -> tuple[Rule, ...]:
    price = pl.col(field)
    return (
        Rule(
            "SERVICE-PRICE",
            field,
            ~price.str.contains(r"^[+]?[0.]+$"),
            Text("El precio «{value}» no es mayor que cero.", "The price '{value}' is not above zero."),
            Text("Escriba el precio sin impuestos, mayor que cero.", "Write the price before tax, above zero."),
            sat_code="CFDI40166",
        ),
        Rule(
            "SERVICE-PRICE-NEG",
            field,
            ~price.str.starts_with("-"),
            Text("El precio «{value}» es negativo.", "The price '{value}' is negative."),
            Text(
                "En el CFDI 4.0 ningún importe es negativo: use un descuento o una nota de crédito.",
                "In CFDI 4.0 no amount is negative: use a discount or a credit note.",
            ),
            sat_code="CFDI40166",
        ),
    )


_rate = decimal("taxRate")

TAX_RATE_RULES = (
    Rule(
        "TAX-PERCENT",
        "taxRate",
        ~_rate.is_between(0, 1, closed="none"),
        Text(
            "«{value}» parece una fracción; taxRate se escribe en por ciento.",
            "'{value}' looks like a fraction; taxRate is a percentage.",
        ),
        Text("Escriba 16, no 0.16.", "Write 16, not 0.16."),
        Severity.WARNING,
    ),
    Rule(
        "TAX-RATE",
        "taxRate",
        _rate.is_in([0, 8, 16]) | _rate.is_between(0, 1, closed="none"),
        Text(
            "El IVA es 0, 8 (frontera) o 16 por ciento, no {value}.", "IVA is 0, 8 (border) or 16 percent, not {value}."
        ),
        Text("Escriba 16.", "Write 16."),
        Severity.WARNING,
        "CFDI40179",
    ),
)

_quantity, _total, _discount = decimal("items.quantity"), decimal("items.total"), decimal("items.discount")

ITEM_AMOUNT_RULES = (
    Rule(
        "PAY-ITEMS",
        "items.quantity",
        _quantity > 0,
        Text("La cantidad «{value}» no es mayor que cero.", "The quantity '{value}' is not above zero."),
        Text("Escriba cuántas unidades se venden.", "Write how many units are sold."),
        essential=True,
    ),
    Rule(
        "PAY-AMOUNT",
        "items.total",
        _total > 0,
        Text("El importe «{value}» no es mayor que cero.", "The amount '{value}' is not above zero."),
        Text(
            "Escriba el total de la línea (cantidad por precio), sin impuestos.",
            "Write the total of the line (quantity times price), before tax.",
        ),
        sat_code="CRP20218",
        essential=True,
    ),
    Rule(
        "PAY-AMOUNT-DEC",
        "items.unit_price",
        ~pl.col("items.total").str.contains(r"\.[0-9]{2}[0-9]*[1-9]$"),
        Text(
            "«{value}» por la cantidad da un importe de más de 2 decimales.",
            "'{value}' times the quantity is an amount with more than 2 decimals.",
        ),
        Text(
            "Escriba un precio que por la cantidad dé centavos enteros, o la cantidad 1 y el importe de la línea como"
            " precio; gigbulk no redondea dinero por su cuenta.",
            "Write a price that times the quantity gives whole cents, or the quantity 1 and the amount of the line as"
            " its price; gigbulk never rounds money by itself.",
        ),
        sat_code="CFDI40107",
        essential=True,
    ),
    Rule(
        "PAY-DISCOUNT",
        "items.discount",
        _discount >= 0,
        Text("El descuento «{value}» es negativo.", "The discount '{value}' is negative."),
        Text(
            "Escriba un descuento entre 0 y el total de la línea.", "Write a discount between 0 and the line's total."
        ),
        sat_code="CFDI40168",
        essential=True,
    ),
    Rule(
        "PAY-DISCOUNT",
        "items.discount",
        _discount <= _total,
        Text("El descuento «{value}» es mayor que el importe.", "The discount '{value}' is larger than the amount."),
        Text(
            "Escriba un descuento entre 0 y el total de la línea.", "Write a discount between 0 and the line's total."
        ),
        sat_code="CFDI40169",
        essential=True,
    ),
    Rule(
        "PAY-DISCOUNT",
        "items.discount",
        (_discount != _total) | pl.col("items.taxes").is_null(),
        Text(
            "El descuento «{value}» es todo el importe: no queda base para los impuestos de la línea.",
            "The discount '{value}' is the whole amount: nothing is left for the line's taxes to be computed on.",
        ),
        Text(
            "El SAT no timbra una base de cero: quite los impuestos de la línea, o la línea.",
            "SAT stamps no base of zero: take out the line's taxes, or the line.",
        ),
        Severity.WARNING,
    ),
)
