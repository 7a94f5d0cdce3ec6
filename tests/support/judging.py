"""Rows put before the options, and what it says of them, in the words of the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.findings.compose import FindingContext
from pipeline.formats import LINE, Shape
from pipeline.model import RECORD, JudgedRows, Source
from pipeline.source.columns.fields import rename_columns
from pipeline.source.columns.headings import match_fields
from pipeline.source.duplicates import find_crossings, find_repeated_keys, row_traits
from pipeline.source.keys import hash_keys
from pipeline.validation.references import References, find_references
from pipeline.validation.validate import validate
from schemas import resource
from schemas.cleaning.cell_formats import CellFormats
from schemas.cleaning.repair.normalise import NO_CELL_FORMATS
from schemas.rule_options import RuleOptions

TODAY = date(2026, 11, 22)

CLIENT = {
    "internalId": "C-1",
    "name": "Escuela Kemper Urgate",
    "legal_name": "ESCUELA KEMPER URGATE",
    "rfc": "EKU9003173C9",
    "email": "facturas@kemper.example",
    "tax_system": "601",
    "use": "G03",
    "address.zip": "26015",
}
"""A company nothing is wrong with."""

PAYMENT = {
    "internalId": "P-1",
    "clientId": "client_1",
    "paid": "true",
    "paymentMethod": "03",
    "date": "2026-11-02T12:00:00",
    "currency": "MXN",
    "items.name": "Consultoría",
    "items.description": "Consultoría de procesos",
    "items.quantity": "2",
    "items.total": "1500.00",
    "items.product_key": "80101500",
    "items.unit_key": "HUR",
    "items.unit_name": "Hora",
    "items.taxes": "IVA 0.16",
}
"""A payment nothing is wrong with."""

SERVICE = {
    "internalId": "S-1",
    "name": "Consultoría",
    "description": "Consultoría de procesos",
    "price": "1250.00",
    "currency": "MXN",
    "taxRate": "16",
    "product_key": "80101500",
    "unit_key": "HUR",
    "unit_name": "Hora",
}
"""A service nothing is wrong with."""


class Said(NamedTuple):
    """One finding, without its sentences."""

    rule: str
    severity: str
    column: str
    sat_code: str | None
    value: str | None
    proposal: str | None
    line: int


def a_client(**cells: str | None) -> dict[str, str | None]:
    return CLIENT | {
        name.replace("zip", "address.zip").replace("state", "address.state"): c for name, c in cells.items()
    }


def a_payment(**cells: str | None) -> dict[str, str | None]:
    """Items' columns are named with an underscore: items_total."""
    return PAYMENT | {name.replace("items_", "items.", 1): cell for name, cell in cells.items()}


def a_service(**cells: str | None) -> dict[str, str | None]:
    return SERVICE | cells


def everything(_: str, keys: Iterable[str]) -> dict[str, dict[str, str]]:
    return {key: {} for key in keys}


def checked(
    name: str,
    rows: Sequence[Mapping[str, str | None]] | pl.DataFrame,
    options: RuleOptions | None = None,
    cell_formats: CellFormats = NO_CELL_FORMATS,
    references: References | None = None,
    lang: str = "en",
) -> JudgedRows:
    """The rows of one file, as a user wrote them, through the public gate."""
    raw = rows if isinstance(rows, pl.DataFrame) else _frame(rows)
    declared = resource(name)
    fields, unknown = match_fields(raw.columns, name, "file.csv")
    raw = raw.with_columns(pl.int_range(2, raw.height + 2, dtype=pl.UInt32).alias(LINE))
    clean = rename_columns(raw, fields, declared)
    source = Source(
        Path("file.csv"), "file.csv", "csv", Shape(tuple(raw.columns)), "", name, fields, unknown,
        hash_keys(clean, declared), raw[LINE],
    )  # fmt: skip
    crossing = find_crossings([("file.csv", row_traits(clean, declared))])[0]
    block = raw.with_columns(pl.int_range(raw.height, dtype=pl.UInt32).alias(RECORD))
    return validate(
        block,
        FindingContext(source, lang),
        (references or References(everything)).answer(find_references(block, fields, declared, cell_formats)),
        find_repeated_keys([source])[name],
        options or RuleOptions(today=TODAY),
        cell_formats,
        crossing,
    )


def _frame(rows: Sequence[Mapping[str, str | None]]) -> pl.DataFrame:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame({c: [row.get(c) for row in rows] for c in columns}, schema=dict.fromkeys(columns, pl.String))


def said(outcome: JudgedRows) -> list[Said]:
    columns = [name if name != "column" else "column" for name in Said._fields]
    return [Said(*row) for row in outcome.findings.select(columns).iter_rows()]


def told(name: str, row: Mapping[str, str | None], options: RuleOptions | None = None) -> set[tuple[str, str]]:
    """(rule, severity) of every finding of one row."""
    return {(finding.rule, finding.severity) for finding in said(checked(name, [row], options))}


def errors(name: str, row: Mapping[str, str | None], options: RuleOptions | None = None) -> set[str]:
    return {rule for rule, severity in told(name, row, options) if severity == "error"}
