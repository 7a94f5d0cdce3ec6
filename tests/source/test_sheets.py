"""Which sheets of a workbook are read, and for what."""

from __future__ import annotations

import pytest

from pipeline.formats import Shape
from pipeline.source.columns.layouts import NO_MAPPINGS, Mappings
from pipeline.source.columns.mapping import ColumnMapping
from pipeline.source.sheets import choose_sheets, name_resource

CLIENTS = ("internalId", "name", "rfc", "email")
PAYMENTS = ("internalId", "client_ref", "items.name", "items.quantity", "items.total", "paymentMethod", "currency")
AMBIGUOUS = ("internalId", "name")
NOTES = ("cosa", "otra cosa")


def chosen(
    *sheets: tuple[str, tuple[str, ...]], as_resource: str | None = None, mappings: Mappings = NO_MAPPINGS
) -> list[tuple[str | None, str | None]]:
    shapes = [Shape(headings, name, 1) for name, headings in sheets]
    return [(shape.sheet, held) for shape, held in choose_sheets(shapes, "libro.xlsx", as_resource, mappings)]


@pytest.mark.parametrize(
    ("sheet", "named"),
    [
        ("Pagos", "payments"), ("PAGOS junio 2026", "payments"), ("Cobranza", "payments"), ("Mis clientes", "clients"),
        ("Servicios y productos", "services"), ("payments", "payments"),
        ("Pagos por cliente", None), ("Hoja1", None), (None, None), ("pagosviejos", None),
    ],
)  # fmt: skip
def test_a_sheet_is_named_after_a_resource_by_one_of_its_words(sheet: str | None, named: str | None) -> None:
    assert name_resource(sheet) == named


@pytest.mark.parametrize(
    ("sheets", "read"),
    [
        ([("Pagos", PAYMENTS), ("Clientes", CLIENTS)], [("Pagos", "payments"), ("Clientes", "clients")]),
        ([("A", PAYMENTS), ("B", NOTES)], [("A", "payments")]),
        ([("A", PAYMENTS), ("Lista", AMBIGUOUS)], [("A", "payments")]),
        ([("A", PAYMENTS), ("Clientes", AMBIGUOUS)], [("A", "payments"), ("Clientes", "clients")]),
        ([("A", PAYMENTS), ("Clientes", NOTES)], [("A", "payments"), ("Clientes", None)]),
        ([("A", PAYMENTS), ("B", (*CLIENTS, "correo"))], [("A", "payments"), ("B", None)]),
        ([("A", NOTES), ("B", NOTES)], [("A", None)]),
        ([("A", NOTES), ("B", AMBIGUOUS)], [("B", None)]),
    ],
)
def test_sheets_that_hold_a_resource_are_read_and_one_that_must_be_settled_is_never_passed_over(
    sheets: list[tuple[str, tuple[str, ...]]], read: list[tuple[str, str | None]]
) -> None:
    held = chosen(*sheets)
    assert [sheet for sheet, _ in held] == [sheet for sheet, _ in read]
    assert all(said in (None, resource) for (_, said), (_, resource) in zip(held, read, strict=True) if resource)


def test_sheets_not_read_are_named_with_the_first_that_is() -> None:
    shapes = [Shape(NOTES, "Notas", 1, notes=("macros are kept and never run",)), Shape(PAYMENTS, "Pagos", 1)]
    ((shape, held),) = choose_sheets(shapes, "libro.xlsx", None, NO_MAPPINGS)
    assert held == "payments"
    assert shape.notes[0] == "macros are kept and never run"
    assert str(shape.notes[1]).endswith("Notas")


def test_what_the_user_says_a_file_holds_is_taken_of_the_sheets_that_can_hold_it() -> None:
    assert chosen(("Notas", NOTES), ("A", CLIENTS), as_resource="clients") == [("A", "clients")]


def test_what_is_said_of_a_layout_counts_when_sheets_are_chosen() -> None:
    headings = ("Folio raro", "client_ref", "items.name", "items.quantity", "items.total", "paymentMethod", "currency")
    said = Mappings(said=ColumnMapping({"Folio raro": "internalId"}, {}))
    assert chosen(("A", CLIENTS), ("B", headings), mappings=said)[1] == ("B", "payments")
