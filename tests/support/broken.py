"""By rule, the few cells that break it: one case of each, run through the public check.

A case of several rows is one that a single row cannot break. What a row differs in is laid over a good client, payment
or service of `judging.py`; None is an empty cell, GONE a column that the file does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BROKEN", "ELSEWHERE", "GONE", "Broken"]

GONE = "(no such column)"


@dataclass(frozen=True)
class Broken:
    """Rows of one file of a resource, by what they differ in from a good one."""

    resource: str
    rows: tuple[dict[str, str | None], ...]
    total_with_tax: Literal["yes", "no"] | None = None


BROKEN: dict[str, Broken] = {
    "API-AGREE": Broken(
        "payments",
        (
            {},
            {"paymentMethod": "04", "items.name": "Otra"},
        ),
    ),
    "API-BOOLEAN": Broken("payments", ({"paid": "2"},)),
    "API-CHOICE": Broken("services", ({"currency": "GBP"},)),
    "API-CLIENT": Broken("payments", ({"client_ref": "C-1"},)),
    "API-DECIMALS": Broken("services", ({"taxRate": "16.1234567"},)),
    "API-EMAIL": Broken("clients", ({"email": "pagos(arroba)cliente.mx"},)),
    "API-MAP": Broken("clients", ({"metadata": "[1, 2]"},)),
    "API-NUMBER": Broken("payments", ({"items.total": "mil"},)),
    "API-PAID-METHOD": Broken("payments", ({"paymentMethod": None},)),
    "API-REQUIRED": Broken("clients", ({"rfc": None},)),
    "API-UNIQUE": Broken(
        "clients",
        (
            {},
            {"email": "otra@kemper.example"},
        ),
    ),
    "CLIENT-FOREIGN-RES": Broken("clients", ({"tax_system": "616", "use": "S01", "tax_residence": "USA"},)),
    "CLIENT-FOREIGN-TAXID": Broken("clients", ({"tax_system": "616", "use": "S01", "foreign_tax_id": "123456789"},)),
    "CLIENT-GEN-REGIME": Broken("clients", ({"rfc": "XAXX010101000", "use": "S01"},)),
    "CLIENT-GEN-USE": Broken("clients", ({"rfc": "XAXX010101000", "tax_system": "616"},)),
    "CLIENT-GEN-ZIP": Broken("clients", ({"rfc": "XAXX010101000"},)),
    "CLIENT-NAME-CHARS": Broken("clients", ({"legal_name": "NU?EZ"},)),
    "CLIENT-NAME-INITIALS": Broken("clients", ({"rfc": "GODE561231GR8", "tax_system": "612"},)),
    "CLIENT-NAME-LEN": Broken("clients", ({"legal_name": "UNO|DOS"},)),
    "CLIENT-NAME-SPACES": Broken("clients", ({"legal_name": "ESCUELA  KEMPER"},)),
    "CLIENT-NAME-SUFFIX": Broken("clients", ({"legal_name": "STARTUP T S.A.S."},)),
    "CLIENT-NAME-SUFFIX-PF": Broken(
        "clients", ({"legal_name": "BERENICE SA DE CV", "rfc": "XIQB891116QE4", "tax_system": "612"},)
    ),
    "CLIENT-NAME-UPPER": Broken("clients", ({"legal_name": "Escuela Kemper"},)),
    "CLIENT-PG-GLOBAL": Broken(
        "payments",
        (
            {
                "clientId": None,
                "client.name": "Público en general",
                "client.legal_name": "PUBLICO EN GENERAL",
                "client.rfc": "XAXX010101000",
                "client.tax_system": "616",
                "client.use": "S01",
                "client.address.zip": "26015",
                "client.email": "a@x.mx",
            },
        ),
    ),
    "CLIENT-PG-RFC": Broken("clients", ({"legal_name": "PUBLICO EN GENERAL"},)),
    "CLIENT-PG-SPELL": Broken(
        "clients", ({"legal_name": "PÚBLICO EN GENERAL", "rfc": "XAXX010101000", "tax_system": "616", "use": "S01"},)
    ),
    "CLIENT-REGIME-CATALOG": Broken("clients", ({"tax_system": "699"},)),
    "CLIENT-REGIME-LEGACY": Broken("clients", ({"tax_system": "629"},)),
    "CLIENT-REGIME-PERSON": Broken("clients", ({"tax_system": "612"},)),
    "CLIENT-REGIME-TEXT": Broken("clients", ({"tax_system": "RESICO"},)),
    "CLIENT-RFC-CHECKDIGIT": Broken("clients", ({"rfc": "GODE561231GR7", "tax_system": "612"},)),
    "CLIENT-RFC-DATE": Broken("clients", ({"rfc": "GODE560230GR8", "tax_system": "612"},)),
    "CLIENT-RFC-FORMAT": Broken("clients", ({"rfc": "GODE561331GR8"},)),
    "CLIENT-RFC-HOMOCLAVE": Broken("clients", ({"rfc": "GODE561231008", "tax_system": "612"},)),
    "CLIENT-RFC-ISSUER": Broken("clients", ({},)),
    "CLIENT-RFC-OBSCENE": Broken("clients", ({"rfc": "PUTO561231GR8", "tax_system": "612"},)),
    "CLIENT-RFC-THIRD": Broken("clients", ({"rfc": "EXT990101NI1"},)),
    "CLIENT-USE-CATALOG": Broken("clients", ({"use": "G04"},)),
    "CLIENT-USE-LEGACY": Broken("clients", ({"use": "P01"},)),
    "CLIENT-USE-PERSON": Broken("clients", ({"use": "D01"},)),
    "CLIENT-USE-REGIME": Broken("clients", ({"use": "D01"},)),
    "CLIENT-USE-TYPE": Broken("clients", ({"use": "CP01"},)),
    "CLIENT-ZIP-CATALOG": Broken("clients", ({"address.zip": "17000"},)),
    "CLIENT-ZIP-FORMAT": Broken("clients", ({"address.zip": "670"},)),
    "CLIENT-ZIP-STATE": Broken("clients", ({"address.zip": "64000", "address.state": "Jalisco"},)),
    "CLIENT-ZIP-UNASSIGNED": Broken("clients", ({"address.zip": "42501"},)),
    "NORM-BROKEN": Broken("clients", ({"rfc": "#N/D"},)),
    "NORM-CODE": Broken("payments", ({"internalId": "1001.0"},)),
    "NORM-CODE-OTHER": Broken("payments", ({"currency": "USD - Peso"},)),
    "NORM-DATE-ID": Broken("clients", ({"internalId": "5-oct"},)),
    "NORM-EMAIL": Broken("clients", ({"email": "mailto:pagos@cliente.mx"},)),
    "NORM-HTML": Broken("clients", ({"legal_name": "UNO &amp; DOS"},)),
    "NORM-ID": Broken("clients", ({"internalId": "A–7"},)),
    "NORM-LONG-ID": Broken("clients", ({"internalId": "1234567890123450"},)),
    "NORM-MOJIBAKE": Broken("clients", ({"legal_name": "NUÃ‘EZ"},)),
    "NORM-NULL": Broken("clients", ({"phone": "\\N"},)),
    "NORM-PAD": Broken("payments", ({"paymentMethod": "3"},)),
    "NORM-RFC": Broken("clients", ({"rfc": "eku-900317-3c9"},)),
    "NORM-SCIENTIFIC": Broken("services", ({"price": "8.4E+07"},)),
    "NORM-TEXT": Broken("clients", ({"name": "Escuela\xa0"},)),
    "NORM-WRAPPED": Broken("payments", ({"internalId": "'1001"},)),
    "PAY-AMOUNT": Broken("payments", ({"items.total": "0"},)),
    "PAY-AMOUNT-DEC": Broken("payments", ({"items.total": "4800.125"},)),
    "PAY-CURRENCY": Broken("payments", ({"currency": "ABC"},)),
    "PAY-CURRENCY-CELL": Broken("payments", ({"items.total": "USD 10"},)),
    "PAY-CURRENCY-TAKEN": Broken("services", ({"price": "USD 10", "currency": None},)),
    "PAY-CURRENCY-XXX": Broken("payments", ({"currency": "XXX"},)),
    "PAY-DATE": Broken("payments", ({"date": "ayer"},)),
    "PAY-DISCOUNT": Broken("payments", ({"items.discount": "-1"},)),
    "PAY-FORM-CATALOG": Broken("payments", ({"paymentMethod": "T"},)),
    "PAY-FORM-LEGACY": Broken("payments", ({"paymentMethod": "07"},)),
    "PAY-FX-FORMAT": Broken("payments", ({"currency": "USD", "exchange": "0"},)),
    "PAY-FX-MXN": Broken("payments", ({"exchange": "17.5"},)),
    "PAY-FX-REQUIRED": Broken("payments", ({"currency": "USD"},)),
    "PAY-ITEMS": Broken("payments", ({"items.quantity": "0"},)),
    "PAY-METHOD": Broken("payments", ({"cfdi_method": "PUD"},)),
    "PAY-PPD-99": Broken("payments", ({"cfdi_method": "PPD"},)),
    "PAY-PUE-99": Broken("payments", ({"paymentMethod": "99"},)),
    "PAY-RECEIPT-LATE": Broken("payments", ({"date": "2026-09-30", "automateIncomeInvoiceAndComplement": "true"},)),
    "PAY-RECEIVED-99": Broken("payments", ({"paymentMethod": "99", "cfdi_method": "PPD"},)),
    "PAY-TOTAL-TAXED": Broken("payments", ({"items.total": GONE, "Total": "0.04"},), total_with_tax="yes"),
    "SERVICE-DESC": Broken("services", ({"description": "uno|dos"},)),
    "SERVICE-PRICE": Broken("services", ({"price": "0"},)),
    "SERVICE-PRICE-DEC": Broken("services", ({"price": "100.1234567"},)),
    "SERVICE-PRICE-NEG": Broken("services", ({"price": "-1"},)),
    "SERVICE-PRODKEY-BILLING": Broken("services", ({"product_key": "84111506"},)),
    "SERVICE-PRODKEY-CATALOG": Broken("services", ({"product_key": "99999999"},)),
    "SERVICE-PRODKEY-FORMAT": Broken("services", ({"product_key": "84111506X"},)),
    "SERVICE-PRODKEY-GENERIC": Broken("services", ({"product_key": "1010101"},)),
    "SERVICE-PRODKEY-IVA": Broken("payments", ({"items.product_key": "84121603", "items.taxes": None},)),
    "SERVICE-PRODKEY-SHAPE": Broken("services", ({"product_key": "801015"},)),
    "SERVICE-PRODKEY-XSDONLY": Broken("services", ({"product_key": "46111500"},)),
    "SERVICE-UNIT-CASE": Broken("services", ({"unit_key": "DX"},)),
    "SERVICE-UNIT-CATALOG": Broken("services", ({"unit_key": "DX"},)),
    "SERVICE-UNITNAME": Broken("services", ({"unit_name": "un nombre de unidad demasiado largo"},)),
    "TAX-BORDER": Broken("payments", ({"items.taxes": "IVA 0.08"},)),
    "TAX-DUP": Broken("payments", ({"items.taxes": "IVA 0.16; IVA 0.16"},)),
    "TAX-EXENTO": Broken("payments", ({"items.taxes": "IVA exento 0"},)),
    "TAX-FACTOR": Broken("payments", ({"items.taxes": '[{"type": "IVA", "factor": "Fijo", "rate": 0.16}]'},)),
    "TAX-ISR-TRANSFER": Broken("payments", ({"items.taxes": "ISR 0.10"},)),
    "TAX-PERCENT": Broken("services", ({"taxRate": "0.16"},)),
    "TAX-RATE": Broken("services", ({"taxRate": "11"},)),
    "TAX-RATE-REQUIRED": Broken("payments", ({"items.taxes": "IVA"},)),
    "TAX-SYNTAX": Broken("payments", ({"items.taxes": ";"},)),
    "TAX-TYPE": Broken("payments", ({"items.taxes": "ISH 0.03"},)),
    "X-COLUMN-UNKNOWN": Broken("clients", ({"Vendedor": "Ana"},)),
    "X-DUP-RFC": Broken(
        "clients",
        (
            {"internalId": "a"},
            {"internalId": "b", "address.zip": "64000"},
        ),
    ),
    "X-DUP-RFC-REGIME": Broken(
        "clients",
        (
            {"internalId": "a", "legal_name": "BERENICE XIMO QUEZADA", "rfc": "XIQB891116QE4", "tax_system": "612"},
            {"internalId": "b", "legal_name": "BERENICE XIMO QUEZADA", "rfc": "XIQB891116QE4", "tax_system": "606"},
        ),
    ),
    "X-DUP-ROW": Broken(
        "clients",
        (
            {"internalId": None},
            {"internalId": None},
        ),
    ),
    "X-EMAIL-SHARED": Broken(
        "clients",
        (
            {"internalId": "EKU9003173C9", "rfc": "EKU9003173C9"},
            {"internalId": "XIQB891116QE4", "rfc": "XIQB891116QE4"},
            {"internalId": "IIA040805DZ4", "rfc": "IIA040805DZ4"},
        ),
    ),
    "X-GENERIC-MANY": Broken(
        "clients",
        (
            {
                "internalId": "a",
                "legal_name": "PUBLICO EN GENERAL",
                "rfc": "XAXX010101000",
                "tax_system": "616",
                "use": "S01",
            },
            {
                "internalId": "b",
                "legal_name": "PUBLICO EN GENERAL",
                "rfc": "XAXX010101000",
                "tax_system": "616",
                "use": "S01",
            },
        ),
    ),
    "X-ID-CASE": Broken(
        "clients",
        (
            {"internalId": "cli-1"},
            {"internalId": "CLI-1", "rfc": "IIA040805DZ4", "legal_name": "INDISTRIA ILUMINADORA", "email": "x@y.mx"},
        ),
    ),
    "X-ID-CHANGED": Broken(
        "clients",
        (
            {"internalId": "0012"},
            {"internalId": "12", "rfc": "IIA040805DZ4", "legal_name": "INDISTRIA ILUMINADORA", "email": "x@y.mx"},
        ),
    ),
    "X-ID-MIXED": Broken(
        "payments",
        (
            {"internalId": "1001"},
            {"internalId": "1001.0", "items.name": "Otra"},
        ),
    ),
    "X-REF": Broken("payments", ({"clientId": None, "client_ref": "CLI-9999"},)),
}

ELSEWHERE: dict[str, str] = {
    "API-CHANGE": "tests/importer/changes/test_changes.py",
    "API-REFUSED": "tests/stories/once/test_late_rejects.py",
    "API-UNWRITABLE": "tests/delivery/test_plan.py",
    "PAY-CLIENT": "tests/stories/once/test_late_rejects.py",
    "SERVICE-PRODKEY-VALIDITY": "tests/catalogs/test_catalog_update.py",
    "X-CONFLICT": "tests/delivery/test_plan.py",
    "X-CONFLICT-OPEN": "tests/delivery/test_plan.py",
    "X-EXISTING": "tests/stories/once/test_already_there.py",
    "X-EXISTING-MANY": "tests/stories/once/test_already_there.py",
}
"""Rules that no file breaks by itself (they need a server, a journal, a catalogue), and where one is asserted by id."""
