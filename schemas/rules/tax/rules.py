"""What is said of an item's taxes (SAT, c_TasaOCuota); the facts are those of schemas.rules.tax.facts.

SAT's codes 40175 to 40179 are of transfers, 40182 to 40185 of withholdings.
"""

import polars as pl

from schemas.rules.proposals import meant_taxes
from schemas.sat.small import IEPS_QUOTA_CAPS
from schemas.spec import Rule, Severity, Text

__all__ = ["TAX_RULES"]

_PATTERN = Text(
    "Escriba, por ejemplo: IVA 0.16; ISR ret 0.10; IVA exento.",
    "Write, for example: IVA 0.16; ISR ret 0.10; IVA exento.",
)
_RATES = Text(
    "IVA 0, 0.16 o 0.08 (frontera); IVA ret hasta 0.16; ISR ret hasta 0.35; IEPS según su tabla.",
    "IVA 0, 0.16 or 0.08 (border); IVA ret up to 0.16; ISR ret up to 0.35; IEPS by its table.",
)
_CAP = max(IEPS_QUOTA_CAPS.values())

_TABLE: tuple[tuple[str, str, str | None, Severity, Text, Text], ...] = (
    (
        "TAX-SYNTAX",
        "syntax",
        None,
        Severity.ERROR,
        Text("No se entienden los impuestos «{value}».", "The taxes '{value}' are not understood."),
        _PATTERN,
    ),
    (
        "TAX-TYPE",
        "type.charged",
        "CFDI40175",
        Severity.ERROR,
        Text(
            "En «{value}» hay un impuesto que no es IVA, ISR ni IEPS.",
            "'{value}' names a tax that is not IVA, ISR or IEPS.",
        ),
        _PATTERN,
    ),
    (
        "TAX-TYPE",
        "type.withheld",
        "CFDI40182",
        Severity.ERROR,
        Text(
            "En «{value}» se retiene un impuesto que no es IVA, ISR ni IEPS.",
            "'{value}' withholds a tax that is not IVA, ISR or IEPS.",
        ),
        _PATTERN,
    ),
    (
        "TAX-FACTOR",
        "factor.charged",
        "CFDI40176",
        Severity.ERROR,
        Text(
            "El factor de «{value}» no es Tasa, Cuota ni Exento.",
            "The factor of '{value}' is not Tasa, Cuota or Exento.",
        ),
        _PATTERN,
    ),
    (
        "TAX-FACTOR",
        "factor.withheld",
        "CFDI40183",
        Severity.ERROR,
        Text(
            "El factor de la retención «{value}» no es Tasa ni Cuota.",
            "The factor of the withholding '{value}' is not Tasa or Cuota.",
        ),
        _PATTERN,
    ),
    (
        "TAX-EXENTO",
        "exempt.charged",
        "CFDI40177",
        Severity.ERROR,
        Text("«{value}» es exento y lleva tasa.", "'{value}' is exempt and has a rate."),
        Text(
            "Escriba IVA exento, o IVA 0 si la tasa es cero: no son lo mismo.",
            "Write IVA exento, or IVA 0 if the rate is zero: they differ.",
        ),
    ),
    (
        "TAX-EXENTO",
        "exempt.withheld",
        "CFDI40184",
        Severity.ERROR,
        Text("«{value}» retiene un impuesto exento.", "'{value}' withholds an exempt tax."),
        Text(
            "Una retención nunca es exenta: quítela o escriba su tasa.",
            "A withholding is never exempt: drop it or write its rate.",
        ),
    ),
    (
        "TAX-RATE-REQUIRED",
        "required",
        "CFDI40178",
        Severity.ERROR,
        Text("A «{value}» le falta la tasa.", "'{value}' lacks its rate."),
        _RATES,
    ),
    (
        "TAX-RATE",
        "rate.charged",
        "CFDI40179",
        Severity.ERROR,
        Text("El SAT no admite la tasa de «{value}».", "SAT does not allow the rate of '{value}'."),
        _RATES,
    ),
    (
        "TAX-RATE",
        "rate.withheld",
        "CFDI40185",
        Severity.ERROR,
        Text(
            "El SAT no admite la tasa de la retención «{value}».",
            "SAT does not allow the rate of the withholding '{value}'.",
        ),
        _RATES,
    ),
    (
        "TAX-RATE",
        "quota",
        "CFDI40179",
        Severity.WARNING,
        Text(
            f"La cuota de «{{value}}» pasa del tope conocido, {_CAP}.",
            f"The quota of '{{value}}' is above the last known cap, {_CAP}.",
        ),
        Text("El tope cambia cada 1 de enero; revíselo.", "The cap changes every 1 January; check it."),
    ),
    (
        "TAX-PERCENT",
        "percent",
        "CFDI40179",
        Severity.ERROR,
        Text("La tasa de «{value}» está en por ciento.", "The rate of '{value}' is a percentage."),
        Text("Escriba 0.16 o 16%, no 16.", "Write 0.16 or 16%, not 16."),
    ),
    (
        "TAX-ISR-TRANSFER",
        "isr",
        "CFDI40179",
        Severity.ERROR,
        Text("En «{value}» el ISR se traslada; solo se retiene.", "'{value}' charges ISR; it is only ever withheld."),
        Text("Escriba ISR ret y su tasa.", "Write ISR ret and its rate."),
    ),
    (
        "TAX-DUP",
        "twice",
        None,
        Severity.WARNING,
        Text("«{value}» lleva dos veces el mismo impuesto.", "'{value}' has the same tax twice."),
        Text("Deje uno solo.", "Keep one."),
    ),
    (
        "TAX-BORDER",
        "border",
        "CFDI40179",
        Severity.WARNING,
        Text(
            "IVA 0.08 es solo para emisores con el estímulo de la frontera.",
            "IVA 0.08 is only for issuers with the border stimulus.",
        ),
        Text(
            "Úselo si su empresa tiene el estímulo y el producto lo admite.",
            "Use it if your company has the stimulus and the product is eligible.",
        ),
    ),
)

_tax_rules = tuple(
    Rule(
        rule,
        "items.taxes",
        pl.col(f"~tax.{fact}"),
        message,
        advice,
        severity,
        code,
        meant_taxes(pl.col("items.taxes")),
        essential=rule == "TAX-SYNTAX",
    )
    for rule, fact, code, severity, message, advice in _TABLE
)

TAX_RULES: tuple[Rule, ...] = (
    *_tax_rules,
    Rule(
        "TAX-BORDER",
        "items.product_key",
        pl.col("~tax.border") | pl.col("~product.border").fill_null(True),
        Text(
            "La clave {value} no admite IVA 0.08 de frontera.",
            "The key {value} is not eligible for the border IVA 0.08.",
        ),
        Text("Escriba IVA 0.16.", "Write IVA 0.16."),
        Severity.WARNING,
        "CFDI40179",
        pl.lit("IVA 0.16"),
    ),
    Rule(
        "SERVICE-PRODKEY-IVA",
        "items.product_key",
        ~pl.col("~product.iva") | pl.col("~tax.iva").fill_null(False),
        Text("La clave {value} exige que se traslade IVA.", "The key {value} demands that IVA be transferred."),
        Text("Agregue el IVA en los impuestos de la línea.", "Add IVA to the line's taxes."),
        sat_code="CFDI40164",
    ),
)
