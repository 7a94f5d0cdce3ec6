"""Rules that follow from a column's declaration. A null cell passes every one of them but API-REQUIRED."""

from collections.abc import Iterator

import polars as pl

from schemas.cleaning.damage import SCIENTIFIC
from schemas.cleaning.json_keys import decode_unambiguous
from schemas.rules.proposals import meant_date, meant_email, meant_number
from schemas.spec import Column, Kind, Part, Rule, Text

__all__ = ["BOOLEANS", "NUMBER", "decimal", "parse_map", "part_rules", "says", "true"]

NUMBER = r"^[+-]?([0-9]{1,18}(\.[0-9]*)?|\.[0-9]+)$"
"""A plain decimal number: at most 18 integer digits (SAT t_Importe), a point, no thousands mark, no exponent."""

_TRUE = ["true", "t", "verdadero", "v", "yes", "y", "si", "sí", "s", "x", "1", "1.0", "1.00", "on"]
_FALSE = ["false", "f", "falso", "no", "n", "0", "0.0", "0.00", "off"]
_STATES = {
    "paid": {
        **dict.fromkeys(
            ("pagado", "pagada", "cobrado", "cobrada", "liquidado", "liquidada", "paid", "succeeded"), True
        ),
        **dict.fromkeys(
            ("no pagado", "no pagada", "pendiente", "por cobrar", "por pagar", "unpaid", "requires_payment_method"),
            False,
        ),
    },
    "isActive": {
        **dict.fromkeys(("activo", "activa", "active"), True),
        **dict.fromkeys(("inactivo", "inactiva", "inactive"), False),
    },
}
"""Words understood in one column only."""
_PLAIN_BOOLEANS = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
BOOLEANS = _PLAIN_BOOLEANS | _STATES["paid"] | _STATES["isActive"]
"""Cells understood as true or false, whatever their case; the rule of a column says which it takes."""

_LABEL = "[A-Za-z0-9À-ÿ]([A-Za-z0-9À-ÿ-]*[A-Za-z0-9À-ÿ])?"
_LOCAL = r"[^\s@,;:<>\"()\[\]\\.]+"
_EMAIL = rf"^{_LOCAL}(\.{_LOCAL})*@({_LABEL}\.)+[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9-]*[A-Za-zÀ-ÿ0-9]$"
_DECIMALS = {Kind.MONEY: 2, Kind.NUMBER: 6}
_SCALE = {
    "price": ("SERVICE-PRICE-DEC", None),
    "exchange": ("PAY-FX-FORMAT", "CFDI40117"),
    "items.quantity": ("PAY-ITEMS", None),
    "items.total": ("PAY-AMOUNT-DEC", "CFDI40107"),
    "items.discount": ("PAY-AMOUNT-DEC", "CFDI40110"),
}
"""What a number with too many decimals is called (docs/rules.md), and what SAT would answer."""


def decimal(field: str) -> pl.Expr:
    """The cell as Decimal(38, 6); null where it is no plain number. Never by way of float."""
    text = pl.col(field)
    return pl.when(text.str.contains(NUMBER)).then(text).cast(pl.Decimal(38, 6), strict=False)


def true(field: str) -> pl.Expr:
    """Whether the cell says true; null where it is empty."""
    return pl.col(field).str.to_lowercase().is_in([word for word, value in BOOLEANS.items() if value])


def says(field: str, value: str | bool | int) -> pl.Expr:
    """Whether the cell says that value, in any of its words; false where it is empty."""
    if not isinstance(value, bool):
        return (pl.col(field) == str(value)).fill_null(False)
    words = [word for word, meaning in BOOLEANS.items() if meaning is value]
    return pl.col(field).str.to_lowercase().is_in(words).fill_null(False)


def _required(c: Column) -> Rule:
    return Rule(
        "API-REQUIRED",
        c.field,
        pl.col(c.field).is_not_null(),
        Text("Falta el dato obligatorio {column}.", "The required value {column} is missing."),
        Text("Escriba un valor en la columna {column}.", "Fill in the column {column}."),
        essential=True,
        on_empty=True,
    )


def _choices(c: Column) -> Rule:
    allowed = ", ".join(c.choices)
    return Rule(
        "API-CHOICE",
        c.field,
        pl.col(c.field).is_in(c.choices),
        Text("«{value}» no es un valor admitido.", "'{value}' is not an allowed value."),
        Text(f"Use uno de: {allowed}.", f"Use one of: {allowed}."),
        essential=True,
    )


def _email(c: Column) -> Rule:
    return Rule(
        "API-EMAIL",
        c.field,
        pl.col(c.field).str.contains(_EMAIL),
        Text("«{value}» no es un correo electrónico.", "'{value}' is not an e-mail address."),
        Text("Escriba una sola dirección, como nombre@empresa.mx.", "Write one address, such as name@company.mx."),
        proposal=meant_email(pl.col(c.field)),
        essential=True,
    )


def _boolean(c: Column) -> Rule:
    return Rule(
        "API-BOOLEAN",
        c.field,
        pl.col(c.field).str.to_lowercase().is_in([*_PLAIN_BOOLEANS, *_STATES.get(c.field, {})]),
        Text("«{value}» no es verdadero ni falso.", "'{value}' is neither true nor false."),
        Text("Escriba true o false (también sí o no).", "Write true or false (yes or no are understood)."),
        essential=True,
    )


def _number(c: Column) -> Rule:
    return Rule(
        "API-NUMBER",
        c.field,
        pl.col(c.field).str.contains(f"{NUMBER}|{SCIENTIFIC}"),
        Text("«{value}» no es un número.", "'{value}' is not a number."),
        Text(
            "Escriba solo dígitos y un punto decimal, como 1500.50.",
            "Write digits and one decimal point only, such as 1500.50.",
        ),
        proposal=meant_number(pl.col(c.field)),
        essential=True,
    )


def _scale(c: Column) -> Rule:
    places = _DECIMALS[c.kind]
    digits = pl.col(c.field)
    short = ~digits.str.contains(rf"^[+-]?[0-9]*\.[0-9]{{{places}}}[0-9]*[1-9]$")
    if c.derived is not None and c.kind is Kind.MONEY:  # a product's factors are judged instead (schemas.rules.amounts)
        short |= pl.col(c.derived.of[0]).is_not_null()
    rule, code = _SCALE.get(c.field, ("API-DECIMALS", None))
    return Rule(
        rule,
        c.field,
        short,
        Text(f"«{{value}}» tiene más de {places} decimales.", f"'{{value}}' has more than {places} decimals."),
        Text(
            f"Redondee a {places} decimales; gigbulk no redondea dinero por su cuenta.",
            f"Round it to {places} decimals; gigbulk never rounds money by itself.",
        ),
        sat_code=code,
        essential=True,
    )


def _date(c: Column) -> Rule:
    return Rule(
        "PAY-DATE",
        c.field,
        pl.col(f"~{c.field}.real"),  # a fact of the resource: reading a date is too dear to be done for each rule
        Text("«{value}» no es una fecha ISO que exista.", "'{value}' is not an ISO date that exists."),
        Text(
            "Escriba AAAA-MM-DD, o AAAA-MM-DDThh:mm:ss con su huso, como 2026-05-31T10:00:00-06:00.",
            "Write YYYY-MM-DD, or YYYY-MM-DDThh:mm:ss with an offset, such as 2026-05-31T10:00:00-06:00.",
        ),
        proposal=meant_date(pl.col(c.field)),
        essential=True,
    )


def _length(c: Column) -> Rule:
    return Rule(
        "API-LENGTH",
        c.field,
        pl.col(c.field).str.len_chars() <= c.max_chars,
        Text(f"El texto pasa de {c.max_chars} caracteres.", f"The text is longer than {c.max_chars} characters."),
        Text("Acórtelo.", "Shorten it."),
        essential=True,
    )


_TRUTH = {True: "true", False: "false"}


def _map(c: Column) -> Rule:
    return Rule(
        "API-MAP",
        c.field,
        pl.col(c.field).map_batches(_are_maps, return_dtype=pl.Boolean),
        Text("«{value}» no es un objeto JSON de valores simples.", "'{value}' is not a JSON object of plain values."),
        Text(
            f'Escriba {{"clave": "valor"}}, o use columnas {c.field}.<clave>.',
            f'Write {{"key": "value"}}, or use columns {c.field}.<key>.',
        ),
    )


def _are_maps(cells: pl.Series) -> pl.Series:
    """True for each cell that is an object of plain values; computed once per distinct text."""
    texts = cells.drop_nulls().unique().to_list()
    return cells.replace_strict(texts, [parse_map(t) is not None for t in texts], return_dtype=pl.Boolean, default=None)


def parse_map(text: str) -> dict[str, str] | None:
    """The members of a MAP cell as text, null ones left out; None when it is no JSON object of plain values.

    Of a key that is given twice nobody knows which is meant: such an object is none.
    """
    members = decode_unambiguous(text)
    if not isinstance(members, dict) or any(isinstance(v, dict | list) for v in members.values()):
        return None
    return {n: _TRUTH[v] if isinstance(v, bool) else str(v) for n, v in members.items() if v is not None}


_BY_KIND = {
    Kind.MAP: (_map,),
    Kind.EMAIL: (_email,),
    Kind.BOOLEAN: (_boolean,),
    Kind.MONEY: (_number, _scale),
    Kind.NUMBER: (_number, _scale),
    Kind.DATE: (_date,),
}


def column_rules(c: Column) -> Iterator[Rule]:
    """The rules a column's declaration implies."""
    if c.required:
        yield _required(c)
    if c.choices:
        yield _choices(c)
    if c.max_chars is not None:
        yield _length(c)
    for make in _BY_KIND.get(c.kind, ()):
        yield make(c)


def part_rules(part: Part) -> tuple[Rule, ...]:
    """Every rule of a frame: those its columns imply, then its own."""
    return tuple(rule for c in part.columns for rule in column_rules(c)) + part.rules
