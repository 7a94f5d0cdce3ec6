"""Who may use what: régimen × person, use × régimen × person (SAT, c_UsoCFDI), and what a generic RFC asks."""

import polars as pl

from schemas.cleaning.codes import spoken_code
from schemas.rule_options import RuleOptions
from schemas.sat.small import LEGACY_REGIMES, LEGACY_USES, REGIMES, RESERVED_USES, USES
from schemas.spec import Rule, Severity, Text

__all__ = ["regime_facts", "regime_rules"]

_OF_PERSON = {kind: [key for key, regime in REGIMES.items() if kind in regime.persons] for kind in "FM"}
_USED_BY = {kind: [key for key, use in USES.items() if kind in use.persons] for kind in "FM"}
_LEGAL = [use.key + regime for use in USES.values() for regime in use.regimes]
_REGIME_LIST = ", ".join(REGIMES)


def regime_facts(frame: pl.DataFrame, _: RuleOptions, prefix: str = "") -> pl.DataFrame:
    """`~regime.known ~regime.of_person ~use.known ~use.of_person ~use.of_regime`; null where it is not decided."""
    regime, use, person = pl.col(f"{prefix}tax_system"), pl.col(f"{prefix}use"), pl.col(f"~{prefix}rfc.person")
    company = person == "M"
    of_person = {
        "regime.of_person": (regime, _OF_PERSON),
        "use.of_person": (use, _USED_BY),
    }
    return frame.with_columns(
        regime.is_in(list(REGIMES)).alias(f"~{prefix}regime.known"),
        use.is_in(list(USES)).alias(f"~{prefix}use.known"),
        (use + regime).is_in(_LEGAL).alias(f"~{prefix}use.of_regime"),
        *(
            pl.when(company)
            .then(cell.is_in(keys["M"]))
            .when(person == "F")
            .then(cell.is_in(keys["F"]))
            .alias(f"~{prefix}{name}")
            for name, (cell, keys) in of_person.items()
        ),
    )


def regime_rules(prefix: str = "") -> tuple[Rule, ...]:
    """Which régime and which use an RFC may have, and what a generic one must."""
    at_regime, at_use, at_zip = (f"{prefix}{name}" for name in ("tax_system", "use", "address.zip"))
    regime, use = pl.col(at_regime), pl.col(at_use)

    def fact(name: str) -> pl.Expr:
        return pl.col(f"~{prefix}{name}")

    legacy, coded = regime.is_in(LEGACY_REGIMES), regime.str.contains(r"^[0-9]+$")
    generic, past = fact("rfc.generic"), use.is_in(LEGACY_USES)
    shorter = Text(
        "Use la clave de tres dígitos de la constancia: " + _REGIME_LIST + ".",
        "Use the three digits on the certificate: " + _REGIME_LIST + ".",
    )
    return (
        Rule(
            "CLIENT-REGIME-CATALOG",
            at_regime,
            fact("regime.known") | legacy | ~coded,
            Text("«{value}» no es un régimen fiscal del SAT.", "'{value}' is not a SAT tax régime."),
            shorter,
            sat_code="CFDI40157",
        ),
        Rule(
            "CLIENT-REGIME-TEXT",
            at_regime,
            fact("regime.known") | coded,
            Text("No se sabe qué régimen fiscal es «{value}».", "It is not clear which tax régime '{value}' is."),
            shorter,
            sat_code="CFDI40157",
            proposal=regime.map_batches(spoken_code("tax_system"), return_dtype=pl.String),
        ),
        Rule(
            "CLIENT-REGIME-LEGACY",
            at_regime,
            ~legacy,
            Text("El régimen {value} ya no está en el catálogo.", "The régime {value} is no longer in the catalogue."),
            Text("Pida al cliente su constancia actual.", "Ask the client for a current certificate."),
            sat_code="CFDI40157",
        ),
        Rule(
            "CLIENT-REGIME-PERSON",
            at_regime,
            fact("regime.of_person") | ~fact("regime.known"),
            Text(
                "El régimen {value} no es del tipo de persona de este RFC (12 caracteres empresa, 13 persona).",
                "The régime {value} is not for the kind of person of this RFC (12 characters company, 13 person).",
            ),
            Text("Revise el RFC y el régimen en la constancia.", "Check RFC and régime on the certificate."),
            sat_code="CFDI40158",
        ),
        Rule(
            "CLIENT-USE-CATALOG",
            at_use,
            fact("use.known") | past,
            Text("«{value}» no es un uso de CFDI del SAT.", "'{value}' is not a SAT use of CFDI."),
            Text(f"Use una de: {', '.join(USES)}.", f"Use one of: {', '.join(USES)}."),
            sat_code="CFDI40160",
            proposal=use.map_batches(spoken_code("use"), return_dtype=pl.String),
        ),
        Rule(
            "CLIENT-USE-LEGACY",
            at_use,
            ~past,
            Text("El uso {value} desapareció con el CFDI 3.3.", "The use {value} went away with CFDI 3.3."),
            Text(
                "Use S01 (sin efectos fiscales) o pregunte al cliente.", "Use S01 (no tax effects) or ask the client."
            ),
            sat_code="CFDI40160",
            proposal=pl.lit("S01"),
        ),
        Rule(
            "CLIENT-USE-REGIME",
            at_use,
            fact("use.of_regime") | ~fact("use.known") | ~fact("regime.known") | generic,
            Text(
                "El uso {value} no se admite con el régimen de este cliente.",
                "The use {value} is not open to this client's régime.",
            ),
            Text(
                "Use S01 o un uso de su régimen; pregunte al cliente.",
                "Use S01 or a use of its régime; ask the client.",
            ),
            sat_code="CFDI40161",
            proposal=pl.lit("S01"),
        ),
        Rule(
            "CLIENT-USE-PERSON",
            at_use,
            fact("use.of_person") | ~fact("use.known") | generic,
            Text("El uso {value} es solo para personas físicas.", "The use {value} is for natural persons only."),
            Text("Una empresa usa G01, G03, I01 a I08 o S01.", "A company uses G01, G03, I01 to I08 or S01."),
            sat_code="CFDI40161",
        ),
        Rule(
            "CLIENT-USE-TYPE",
            at_use,
            ~use.is_in(list(RESERVED_USES)),
            Text(
                "El uso {value} se reserva a complementos de pago o nómina.",
                "The use {value} is reserved for payment receipts or payroll.",
            ),
            Text(
                "Escriba el uso con el que el cliente pide sus facturas.",
                "Write the use the client asks its invoices with.",
            ),
            Severity.WARNING,
        ),
        Rule(
            "CLIENT-GEN-REGIME",
            at_regime,
            ~generic | (regime == "616"),
            Text(
                "Un RFC genérico lleva el régimen 616, no {value}.", "A generic RFC takes the régime 616, not {value}."
            ),
            Text("Escriba 616.", "Write 616."),
            sat_code="CFDI40159",
            proposal=pl.lit("616"),
        ),
        Rule(
            "CLIENT-GEN-USE",
            at_use,
            ~generic | use.is_in(["S01", "G02", "CP01"]) | past,
            Text("Un RFC genérico lleva el uso S01, no {value}.", "A generic RFC takes the use S01, not {value}."),
            Text("Escriba S01.", "Write S01."),
            sat_code="CFDI40161",
            proposal=pl.lit("S01"),
        ),
        Rule(
            "CLIENT-GEN-ZIP",
            at_zip,
            ~generic | fact("zip.is_issuers"),
            Text(
                "Un RFC genérico lleva el código postal del emisor, no {value}.",
                "A generic RFC takes the issuer's postal code, not {value}.",
            ),
            Text("Escriba el código postal de su propia empresa.", "Write your own company's postal code."),
            sat_code="CFDI40149",
        ),
        Rule(
            "CLIENT-GEN-ZIP",
            at_zip,
            ~generic | fact("zip.is_issuers").is_not_null(),
            Text(
                "Un RFC genérico debe llevar el código postal del emisor; no se sabe si {value} lo es.",
                "A generic RFC must carry the issuer's postal code; whether {value} is it is not known.",
            ),
            Text("Compruébelo contra el de su propia empresa.", "Check it against your own company's."),
            Severity.WARNING,
            "CFDI40149",
        ),
    )
