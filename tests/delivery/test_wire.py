"""The words of a dialect, each in a small dialect of literals, and the bodies they make."""

from __future__ import annotations

import json
import typing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipeline.delivery.bodies.wire import BodyWriter, Unwritable
from pipeline.delivery.bodies.writable import find_dropped
from pipeline.delivery.referred.fill import fill_references
from schemas.dialects.spec import (
    Choose,
    Copy,
    Create,
    Day,
    Divide,
    Drop,
    Epoch,
    InAddress,
    Lead,
    Listed,
    Not,
    Percent,
    Same,
    Search,
    Word,
)
from schemas.spec import Text

FIELDS: dict[str, Word] = {
    "metadata.internalId": Copy(("metadata.internalId", "idempotency_key")),
    "metadata.*": "metadata.*",
    "clientId": "client.id",
    "email": "client.email",
    "currency": "currency",
    "paid": Drop(),
    "date": Epoch("date"),
    "seen": Epoch("seen_at", "ms"),
    "avoidEmail": Not("send_email"),
    "automaticInvoice": Choose("automation_type", {True: "pue_invoice", False: None}),
    "automateIncomeInvoiceAndComplement": Choose("automation_type", {True: "ppd_invoice", False: None}),
    "from": Drop(Text("la pone el servidor", "the server fills it in")),
    "day": Day("America/Mexico_City"),
    "bcc": Listed("emails"),
    "taxRate": Percent("taxes", "rate", {"type": "IVA"}),
    "team": InAddress("team"),
    "notes.*": Drop(Text("sin lugar", "no place")),
    "items.name": Lead("items.description", Text("delante", "put before")),
    "items.currency": Same("currency", "MXN"),
    "items.description": "items.description",
    "items.quantity": "items.quantity",
    "items.total": Divide("items.unit_price", "items.quantity", 6),
    "items.taxes.type": "items.taxes.type",
    "items.taxes.retained": "items.taxes.withholding",
}
CREATES = (
    Create(
        "/payments/register", FIELDS, {"paid": True}, ("items", "items.taxes"),
        {"automation_type": "none", "items.taxes.inclusive": False},
    ),
    Create("/payments/request", {"paid": Drop(), "currency": "money.currency", "clientId": Not("x")}),
)  # fmt: skip
WRITER = BodyWriter(CREATES, today=date(2026, 3, 1))


def body(**values: Any) -> dict[str, Any]:
    number, written = WRITER.write({"paid": True, **values})
    assert number == 0
    return written


def test_the_small_dialect_uses_every_word() -> None:
    used = {type(word) for word in FIELDS.values()}
    assert used == set(typing.get_args(Word))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"currency": "MXN"}, {"currency": "MXN"}),
        ({"email": "a@b.mx"}, {"client": {"email": "a@b.mx"}}),
        ({"metadata.internalId": "p1"}, {"metadata": {"internalId": "p1"}, "idempotency_key": "p1"}),
        ({"metadata.branch": "7", "metadata.a.b": "x"}, {"metadata": {"branch": "7", "a": {"b": "x"}}}),
        ({"date": "2025-06-01T12:00:00Z"}, {"date": 1748779200}),
        ({"seen": "2025-06-01T12:00:00Z"}, {"seen_at": 1748779200000}),
        ({"avoidEmail": True}, {"send_email": False}),
        ({"avoidEmail": False}, {"send_email": True}),
        ({"automaticInvoice": True}, {"automation_type": "pue_invoice"}),
        ({"automaticInvoice": False, "automateIncomeInvoiceAndComplement": True}, {"automation_type": "ppd_invoice"}),
        ({"automaticInvoice": False}, {}),
        ({"from": "me"}, {}),
        ({"day": "2026-03-02T05:59:59Z"}, {}),
        ({"bcc": "a@b.mx"}, {"emails": ["a@b.mx"]}),
        ({"taxRate": Decimal("16.0")}, {"taxes": [{"type": "IVA", "rate": Decimal("0.16")}]}),
        ({"team": "t1"}, {}),
        ({"notes.a": "x"}, {}),
        ({"items": [{"name": "Corte", "description": "de pelo"}]}, {"items": [{"description": "Corte: de pelo"}]}),
        ({"items": [{"name": "Corte", "description": "Corte largo"}]}, {"items": [{"description": "Corte largo"}]}),
        ({"items": [{"name": "Corte"}]}, {"items": [{"description": "Corte"}]}),
        ({"items": [{"currency": "MXN"}]}, {"items": [{}]}),
        ({"currency": "USD", "items": [{"currency": "USD"}]}, {"currency": "USD", "items": [{}]}),
    ],
)
def test_a_word_says_what_becomes_of_a_field(values: dict[str, Any], expected: dict[str, Any]) -> None:
    assert body(**values) == {"automation_type": "none", **expected}


def test_what_stands_in_lists_has_words_of_its_own() -> None:
    tax = {"type": "IVA", "retained": True}
    items = [{"description": "x", "quantity": Decimal(3), "total": Decimal("10.50"), "taxes": [tax]}, {"quantity": 1}]
    assert body(items=items)["items"] == [
        {
            "description": "x", "quantity": 3, "unit_price": Decimal("3.5"),
            "taxes": [{"type": "IVA", "withholding": True, "inclusive": False}],
        },
        {"quantity": 1},
    ]  # fmt: skip


def test_a_list_that_stays_as_it_is_is_handed_on_untouched() -> None:
    same = Create("/p", {"items.name": "items.name", "items.taxes": "items.taxes"}, lists=("items",))
    items = [{"taxes": [{"type": "IVA"}], "name": "x"}]
    assert BodyWriter((same,)).write({"items": items})[1]["items"] is items


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"items": [{"total": Decimal(10), "quantity": Decimal(3)}]}, "items.total: 10 divided by 3"),
        ({"items": [{"total": Decimal(10), "quantity": Decimal(0)}]}, "items.total: 10 divided by 0"),
        ({"automaticInvoice": "perhaps"}, "automaticInvoice: the dialect has no word for 'perhaps'"),
        ({"automaticInvoice": True, "automateIncomeInvoiceAndComplement": True}, "'ppd_invoice' contradicts"),
        ({"nobody": "x"}, "nobody: the dialect has no place for it"),
        ({"metadata.a": "x", "metadata.a.b": "y"}, "metadata.a: a value and an object at the same place"),
        ({"metadata.a.b": "y", "metadata.a": "x"}, "metadata.a: two values for the same place"),
        ({"day": "2026-03-02T06:00:00Z"}, "day: the API dates it by the day it is sent, so 2026-03-02T06:00:00Z"),
        ({"items": [{"currency": "USD"}]}, "items.currency: USD differs from MXN"),
        ({"items": [{"nobody": "x"}]}, "items.nobody: the dialect has no place for it"),
    ],
)
def test_what_a_dialect_cannot_say_is_neither_rounded_nor_dropped(values: dict[str, Any], said: str) -> None:
    with pytest.raises(Unwritable, match=said):
        body(**values)


@pytest.mark.parametrize(("paid", "number"), [(True, 0), (False, 1), (None, 1)])
def test_the_first_way_that_fits_counts(paid: bool | None, number: int) -> None:
    values = {"currency": "MXN"} if paid is None else {"paid": paid, "currency": "MXN"}
    assert WRITER.write(values)[0] == number


def test_a_record_no_way_fits_is_not_written() -> None:
    with pytest.raises(Unwritable, match="no way to create"):
        BodyWriter(CREATES[:1]).write({"paid": False})


def test_a_reference_goes_to_one_plain_path() -> None:
    assert WRITER.find_path(0, "clientId") == "client.id"
    with pytest.raises(Unwritable, match="one plain path"):
        WRITER.find_path(1, "clientId")


def test_what_a_dialect_drops_is_told_once() -> None:
    said = find_dropped((CREATES[0], CREATES[0]), ["from", "currency", "nobody", "paid", "notes.a", "items.name"])
    assert [(field, text.en) for field, text in said] == [
        ("from", "the server fills it in"),
        ("notes.a", "no place"),
        ("items.name", "put before"),
    ]


def test_what_stands_in_the_address_is_told_apart_from_the_body() -> None:
    assert WRITER.find_query(0, {"team": "t1", "currency": "MXN"}) == {"team": "t1"}
    assert WRITER.find_query(0, {"currency": "MXN"}) == {}


SEARCHING = Create(
    "/c",
    {"rfc": "tax_id", "email": "email", "client.rfc": "client.tax_id"},
    search=Search("search", {"rfc": "tax_id", "email": "email"}, ("XAXX010101000",), {"auto": True}, "update"),
)


@pytest.mark.parametrize(
    ("values", "updates", "block"),
    [
        ({"rfc": "R", "email": "E"}, False, {"on_key": "tax_id", "on_value": "R", "auto": True, "update": False}),
        ({"rfc": "R"}, True, {"on_key": "tax_id", "on_value": "R", "auto": True, "update": True}),
        ({"rfc": "xaxx010101000", "email": "E"}, False,
         {"on_key": "email", "on_value": "E", "auto": True, "update": False}),
    ],
)  # fmt: skip
def test_an_api_that_looks_first_is_told_by_what(values: dict[str, str], updates: bool, block: dict[str, Any]) -> None:
    assert BodyWriter((SEARCHING,), updates=updates).write(values)[1]["search"] == block


def test_a_record_nobody_could_find_again_is_not_written() -> None:
    with pytest.raises(Unwritable, match="rfc, email"):
        BodyWriter((SEARCHING,)).write({"rfc": "XAXX010101000"})


def test_what_is_not_there_is_not_looked_for() -> None:
    inline = replace(SEARCHING, search=Search("client.search", {"client.rfc": "tax_id"}, below="client."))
    assert BodyWriter((inline,)).write({"rfc": "R"})[1] == {"tax_id": "R"}
    found = {"tax_id": "R", "search": {"on_key": "tax_id", "on_value": "R"}}
    assert BodyWriter((inline,)).write({"client.rfc": "R"})[1] == {"client": found}


@pytest.mark.parametrize(
    ("written", "ids", "filled"),
    [
        (b'{"a":1.10}', {"clientId": "c"}, b'{"clientId":"c","a":1.10}'),
        (b"{}", {"clientId": "c"}, b'{"clientId":"c"}'),
        (b'{"a":1}', {"x": "1", "y": "2"}, b'{"x":"1","y":"2","a":1}'),
        (b'{"a":1.10}', {"client.id": "c"}, b'{"a":1.10,"client":{"id":"c"}}'),
        (b'{"client":{"e":"x"},"a":100.50}', {"client.id": "c"}, b'{"client":{"id":"c","e":"x"},"a":100.50}'),
        (b"{}", {"b.y": "1", "b.x": "2", "a.z": "3"}, b'{"b":{"x":"2","y":"1"},"a":{"z":"3"}}'),
        (b'{"a":{"b":{"n":1e400}}}', {"a.b.id": 'q"'}, b'{"a":{"b":{"id":"q\\"","n":1e400}}}'),
        (b'{"a":1}', {}, b'{"a":1}'),
    ],
)
def test_ids_are_filled_in_and_every_other_byte_stays(written: bytes, ids: dict[str, str], filled: bytes) -> None:
    assert fill_references(written, ids) == filled
    json.loads(filled)
