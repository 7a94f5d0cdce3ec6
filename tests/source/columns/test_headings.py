"""Headings as people write them, and what a file is told to hold by them."""

from __future__ import annotations

import polars as pl
import pytest
from builders import Files, a_client, a_line, inspect_table

from pipeline.errors import ConfigError, InputError
from pipeline.formats import LINE
from pipeline.source.columns.fields import rename_columns
from pipeline.source.columns.headings import match_fields
from pipeline.source.detect import detect_resource
from pipeline.source.keys import hash_keys
from pipeline.source.read import read_batches
from schemas import RESOURCE_NAMES, resource

CLIENT = ("internalId", "name", "rfc", "email")

SPELLINGS = {
    "clients": {
        "metadata.internalId": ["internalId", "Internal Id", "internal_id", "METADATA.INTERNALID", "InternalID"],
        "address.zip": ["Código postal", "codigo_postal", "CÓDIGO POSTAL", "C.P.", "zip", "Address Zip", "postal-code"],
        "tax_system": ["Régimen fiscal", "regimen fiscal", "Régimen", "tax system", "taxSystem"],
        "use": ["Uso CFDI", "USO DE CFDI", "use"],
        "legal_name": ["Razón social", "razon_social", "Legal Name"],
        "metadata.color": ["metadata.color", "Metadata.color", " metadata.color "],
    },
    "payments": {
        "paymentMethod": ["Forma de pago", "forma_pago", "Payment Method", "PAYMENTMETHOD"],
        "items.product_key": ["Clave de producto", "items.product_key", "Items Product Key", "clave_producto"],
        "invoiceConfig.series": ["invoiceConfig.series", "Serie", "invoice config series"],
        "client_ref": ["client_ref", "Client Ref", "clientRef"],
    },
    "services": {"price": ["Precio", "Precio unitario", "unit price"], "description": ["Descripción", "DESCRIPCION"]},
}


@pytest.mark.parametrize(
    ("name", "field", "heading"), [(n, f, h) for n, fields in SPELLINGS.items() for f, hs in fields.items() for h in hs]
)
def test_a_heading_is_understood_in_any_case_with_or_without_accents_spaces_and_underscores(
    name: str, field: str, heading: str
) -> None:
    base = {
        "clients": ("name", "rfc", "email"),
        "services": ("name", "description", "price"),
        "payments": ("internalId", "items.name"),
    }[name]
    rest = [h for h in base if h != field]
    fields, unknown = match_fields([heading, *rest], name, "a.csv")
    assert fields[heading] == field
    assert unknown == ()


@pytest.mark.parametrize("name", RESOURCE_NAMES)
def test_every_field_and_alias_of_a_resource_means_one_field_only(name: str) -> None:
    from pipeline.source.columns.heading_text import fold_heading

    declared = resource(name)
    meanings: dict[str, set[str]] = {}
    for column in declared.columns:
        for spelling in (column.field, *column.aliases):
            meanings.setdefault(fold_heading(spelling), set()).add(column.field)
    assert {word: fields for word, fields in meanings.items() if len(fields) > 1} == {}


def test_unknown_columns_are_named_and_those_with_an_underscore_in_front_passed_over() -> None:
    fields, unknown = match_fields([*CLIENT, "Notas", "_line", "_errors", "_codes", "_mine"], "clients", "a.csv")
    assert unknown == ("Notas",)
    assert set(fields) == set(CLIENT)


@pytest.mark.parametrize(
    ("headings", "name", "words"),
    [
        ([*CLIENT, "Nombre"], "clients", "'name' and 'Nombre' both mean name"),
        ([*CLIENT, "Internal Id"], "clients", "both mean metadata.internalId"),
        ([*CLIENT, "metadata.x", "Metadata.x"], "clients", "both mean metadata.x"),
        ([*CLIENT, "metadata.x", "metadata.x.y"], "clients", "'metadata.x' cannot hold a value"),
        ([*CLIENT, "metadata.internalId.y"], "clients", "'internalId' cannot hold a value"),
        (["name", "rfc"], "clients", "no column for email"),
        (["internalId", "clientId"], "payments", "items.name"),
        (["internalId", "items", "items.name"], "payments", "both a column 'items' and columns 'items.…'"),
    ],
)
def test_headings_that_contradict_or_lack_something_are_refused(headings: list[str], name: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        match_fields(headings, name, "a.csv")
    assert "a.csv" in caught.value.message
    assert words in caught.value.message


def test_the_resource_is_told_by_the_columns_and_asked_for_when_they_do_not_tell() -> None:
    assert detect_resource(tuple(a_client()), "a.csv") == "clients"
    assert detect_resource(tuple(a_line()), "a.csv") == "payments"
    assert detect_resource(("Nombre", "Descripción", "Precio unitario"), "a.csv") == "services"
    with pytest.raises(ConfigError, match="could hold clients or services") as caught:
        detect_resource(("name",), "a.csv")
    assert "--as clients" in caught.value.hint
    with pytest.raises(InputError, match="none of its headings"):
        detect_resource(("Foo", "Bar"), "a.csv")


def test_a_rejects_file_is_told_by_the_users_own_columns() -> None:
    assert detect_resource(("_line", "_errors", "_codes", *CLIENT), "a.rejects.csv") == "clients"


def test_cells_are_trimmed_and_empty_ones_null_and_every_declared_field_is_there(files: Files) -> None:
    source = inspect_table(files.csv([a_client(name="  Ana ", email="", Notas="x")]), "a.csv", "clients")
    (frame,) = read_batches(source)
    cells = rename_columns(frame, source.fields, resource("clients")).row(0, named=True)
    assert (cells["name"], cells["email"], cells["address.zip"], cells[LINE]) == ("Ana", None, None, 2)
    assert "Notas" not in cells


def test_rows_of_one_key_have_one_hash_and_rows_without_a_key_none() -> None:
    declared = resource("payments")
    ids = pl.DataFrame({"metadata.internalId": ["p1", None, "p2", "p1"]})
    hashes = hash_keys(ids, declared).to_list()
    assert hashes[0] == hashes[3] != hashes[2]
    assert hashes[1] is None
