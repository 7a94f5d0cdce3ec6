"""What is said of an RFC (SAT, Anexo 20: Receptor/Rfc); the facts are those of schemas.rules.rfc.facts."""

import polars as pl

from schemas.rules.rfc.facts import lookalikes
from schemas.sat.small import FOREIGN_GENERIC_RFC, NATIONAL_GENERIC_RFC, THIRD_PARTY_RFC
from schemas.spec import Rule, Severity, Text

__all__ = ["rfc_rules"]

_OBSCENE = frozenset(
    [
        "BUEI",
        "BUEY",
        "CACA",
        "CACO",
        "CAGA",
        "CAGO",
        "CAKA",
        "CAKO",
        "COGE",
        "COJA",
        "COJE",
        "COJI",
        "COJO",
        "CULO",
        "FETO",
        "GUEY",
        "JOTO",
        "KACA",
        "KACO",
        "KAGA",
        "KAGO",
        "KAKA",
        "KOGE",
        "KOJO",
        "KULO",
        "MAME",
        "MAMO",
        "MEAR",
        "MEAS",
        "MEON",
        "MION",
        "MOCO",
        "MULA",
        "PEDA",
        "PEDO",
        "PENE",
        "PUTA",
        "PUTO",
        "QULO",
        "RATA",
        "RUIN",
    ]
)
"""Words SAT does not leave at the head of a person's RFC: it writes X for one of the letters."""

_ASK = Text(
    "Cópielo de la Constancia de Situación Fiscal del cliente.",
    "Copy it from the client's tax status certificate (CSF).",
)


def rfc_rules(prefix: str = "") -> tuple[Rule, ...]:
    """What SAT asks of an RFC, for the column `rfc` under a prefix."""
    field = f"{prefix}rfc"
    rfc = pl.col(field)
    meant = rfc.map_batches(lookalikes, return_dtype=pl.String)

    def fact(name: str) -> pl.Expr:
        return pl.col(f"~{prefix}rfc.{name}")

    return (
        Rule(
            "CLIENT-RFC-FORMAT",
            field,
            fact("form"),
            Text("«{value}» no tiene la forma de un RFC.", "'{value}' does not have the form of an RFC."),
            Text(
                "Un RFC tiene 12 caracteres (empresa) o 13 (persona): letras, fecha AAMMDD y homoclave.",
                "An RFC has 12 characters (company) or 13 (person): letters, date YYMMDD and homoclave.",
            ),
            proposal=meant,
        ),
        Rule(
            "CLIENT-RFC-DATE",
            field,
            fact("date"),
            Text("La fecha dentro del RFC «{value}» no existe.", "The date inside the RFC '{value}' does not exist."),
            _ASK,
            sat_code="CFDI40143",
            proposal=meant,
        ),
        Rule(
            "CLIENT-RFC-CHECKDIGIT",
            field,
            fact("digit"),
            Text(
                "El dígito verificador de «{value}» no corresponde: suele ser un error de captura.",
                "The check digit of '{value}' does not fit: usually a typing mistake.",
            ),
            _ASK,
            Severity.WARNING,
            "CFDI40143",
            meant,
        ),
        Rule(
            "CLIENT-RFC-HOMOCLAVE",
            field,
            fact("homoclave"),
            Text(
                "La homoclave de «{value}» no es de las que asigna el SAT.",
                "SAT assigns no homoclave like that of '{value}'.",
            ),
            _ASK,
            Severity.WARNING,
            "CFDI40143",
        ),
        Rule(
            "CLIENT-RFC-OBSCENE",
            field,
            ~rfc.str.head(4).is_in(_OBSCENE) | (fact("person") != "F"),
            Text(
                "El SAT no asigna RFC que empiecen como «{value}»: cambia una letra por X.",
                "SAT does not assign an RFC that begins like '{value}': it writes X for one letter.",
            ),
            _ASK,
            Severity.WARNING,
        ),
        Rule(
            "CLIENT-RFC-THIRD",
            field,
            rfc != THIRD_PARTY_RFC,
            Text(
                "«{value}» es solo para ventas a cuenta de terceros, no para un cliente.",
                "'{value}' is only for sales on account of third parties, never a client.",
            ),
            Text(
                f"Escriba el RFC del cliente, o {NATIONAL_GENERIC_RFC} (nacional), {FOREIGN_GENERIC_RFC} (extranjero).",
                f"Write the client's RFC, or {NATIONAL_GENERIC_RFC} (national) or {FOREIGN_GENERIC_RFC} (foreign).",
            ),
            Severity.WARNING,
        ),
        Rule(
            "CLIENT-RFC-ISSUER",
            field,
            ~pl.col(f"~{prefix}issuer").fill_null(False),
            Text("«{value}» es el RFC de su propia empresa.", "'{value}' is your own company's RFC."),
            Text("Revise que la columna sea la del cliente.", "Check that the column is the client's."),
            Severity.WARNING,
        ),
    )
