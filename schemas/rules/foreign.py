"""Clients abroad: tax residence and foreign tax id, which go with the generic RFC of foreigners only.

Dialect 2025-06 has no place for either, so a file's columns are checked and stay here.
"""

import polars as pl

from schemas.sat.small import FOREIGN_GENERIC_RFC
from schemas.spec import Rule, Text

__all__ = ["FOREIGN_RULES"]

RESIDENCE = "tax_residence"
TAX_ID = "foreign_tax_id"

_residence, _tax_id, _rfc = pl.col(RESIDENCE), pl.col(TAX_ID), pl.col("rfc")
_CHECK = Text("Revise el identificador fiscal del país del cliente.", "Check the tax id of the client's country.")

_TAX_ID_RULES = (
    ("CFDI40154", _rfc == FOREIGN_GENERIC_RFC, "solo va con el RFC de extranjeros", "goes with the foreign RFC only"),
    (
        "CFDI40153",
        _residence.is_not_null(),
        "necesita la residencia fiscal al lado",
        "needs the tax residence beside it",
    ),
    ("CFDI40156", _tax_id.str.len_chars() <= 40, "pasa de 40 caracteres", "is longer than 40 characters"),
    (
        "CFDI40156",
        ~_residence.is_in(["USA", "CAN"]).fill_null(False) | _tax_id.str.contains("^[0-9]{9}$"),
        "no tiene los nueve dígitos que pide ese país",
        "does not have the nine digits that country asks",
    ),
)

FOREIGN_RULES = (
    Rule(
        "CLIENT-FOREIGN-RES",
        RESIDENCE,
        _residence.str.contains("^[A-Z]{3}$") & (_residence != "MEX"),
        Text(
            "«{value}» no es un país extranjero de tres letras.", "'{value}' is not a foreign country of three letters."
        ),
        Text(
            "Escriba la clave de tres letras, como USA; México no va.",
            "Write the three letters, such as USA; not Mexico.",
        ),
        sat_code="CFDI40152",
    ),
    Rule(
        "CLIENT-FOREIGN-RES",
        RESIDENCE,
        _residence.is_null() | (_rfc == FOREIGN_GENERIC_RFC),
        Text(
            "La residencia fiscal solo va con el RFC de extranjeros.", "A tax residence goes with the foreign RFC only."
        ),
        Text(
            f"Déjela vacía, o escriba el RFC {FOREIGN_GENERIC_RFC}.",
            f"Leave it empty, or write the RFC {FOREIGN_GENERIC_RFC}.",
        ),
        sat_code="CFDI40151",
    ),
    *(
        Rule(
            "CLIENT-FOREIGN-TAXID",
            TAX_ID,
            _tax_id.is_null() | passes.fill_null(False),
            Text(f"El identificador «{{value}}» {es}.", f"The tax id '{{value}}' {en}."),
            _CHECK,
            sat_code=code,
        )
        for code, passes, es, en in _TAX_ID_RULES
    ),
)
