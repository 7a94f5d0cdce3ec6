"""Rows to bodies: the digits the user wrote, UTC, safe defaults; and prints that change when a value does."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from builders import a_client, a_line
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.once import derive_once_key
from pipeline.delivery.payload import Fingerprint, Sending, build_actions, compare_fingerprints
from pipeline.delivery.referred.fill import fill_references
from pipeline.formats import LINE
from pipeline.model import RECORD, Account, Action
from schemas import resource
from schemas.dialects import dialect

SENDING = Sending(Account("acme", False))
SAFE = {
    "avoidEmail": True,
    "automaticInvoice": False,
    "automateInvoiceOnComplete": False,
    "automateIncomeInvoiceAndComplement": False,
    "forceReceipt": False,
    "livemode": False,
}


def frame(rows: list[dict[str, str | None]], fields: list[str], records: list[int] | None = None) -> pl.DataFrame:
    """As validation hands rows on: text under field names, every declared field there."""
    numbers = records or list(range(len(rows)))
    named = [{"metadata.internalId" if k == "internalId" else k: v for k, v in row.items()} for row in rows]
    columns = {f: [row.get(f) for row in named] for f in dict.fromkeys([*fields, *(f for row in named for f in row)])}
    return pl.DataFrame(
        {LINE: [n + 2 for n in range(len(rows))], RECORD: numbers, **columns},
        schema={LINE: pl.UInt32, RECORD: pl.UInt32, **dict.fromkeys(columns, pl.String)},
    )


def made(
    name: str, *rows: dict[str, str | None], livemode: bool = False, generation: int = 1, spoken: str = "2025-06"
) -> list[tuple[Action, Fingerprint]]:
    """Actions of rows, each a record of its own; a payment's row is its one item too."""
    declared = resource(name)
    own = [c.field for c in declared.record.columns]
    records = frame([{k: v for k, v in row.items() if not k.startswith("items.")} for row in rows], own)
    lines = pl.DataFrame()
    if declared.lines is not None:
        items = [{k: v for k, v in row.items() if k.startswith("items.")} for row in rows]
        lines = frame(items, [c.field for c in declared.lines.columns])
    creates = dialect(spoken).endpoints[name].creates
    built = build_actions(records, lines, declared, creates, Sending(Account("acme", livemode), generation))
    assert built.unwritable == []
    return built.actions


def body(name: str, row: dict[str, str | None], **how: Any) -> dict[str, Any]:
    ((action, _),) = made(name, row, **how)
    decoded: dict[str, Any] = json.loads(action.body, parse_float=Decimal, parse_int=Decimal)
    return decoded


def test_the_body_of_a_client() -> None:
    row = a_client(**{"address.zip": "06600", "tax_system": "601", "metadata.color": "azul", "metadata.a.b": "0"})
    ((action, _),) = made("clients", row)
    assert json.loads(action.body) == {
        "metadata": {"internalId": "c1", "color": "azul", "a": {"b": "0"}},
        "name": "Ana López",
        "rfc": "LOAA800101AB1",
        "email": "ana@empresa.example",
        "tax_system": "601",
        "address": {"zip": "06600"},
    }
    assert (action.resource, action.key, action.line, action.livemode) == ("clients", "id:c1", 2, False)


def test_the_body_of_a_client_asks_for_live_mode_and_for_test_mode_says_nothing() -> None:
    """The key alone would decide otherwise, and an opaque one says nothing of it (docs/api.md Q12)."""
    assert [json.loads(action.body).get("livemode") for action, _ in made("clients", a_client(), livemode=True)] == [
        True
    ]
    assert [json.loads(action.body).get("livemode") for action, _ in made("clients", a_client())] == [None]


def test_the_body_of_a_payment_has_safe_defaults_and_its_items() -> None:
    ((action, _),) = made(
        "payments", a_line(**{"items.taxes": "IVA 16%; ISR ret 0.10", "paid": "Sí", "paymentMethod": "03"})
    )
    assert action.body.decode().count("1500.00") == 1, "the user's digits"
    assert json.loads(action.body) == {
        **SAFE,
        "metadata": {"internalId": "p1"},
        "clientId": "client_1",
        "paid": True,
        "paymentMethod": "03",
        "items": [
            {
                "name": "Plan",
                "description": "Monthly plan",
                "quantity": 1,
                "total": 1500.0,
                "product_key": "84111506",
                "unit_key": "E48",
                "unit_name": "Unidad de servicio",
                "taxes": [
                    {"type": "IVA", "factor": "Tasa", "rate": 0.16},
                    {"type": "ISR", "factor": "Tasa", "rate": 0.1, "retained": True},
                ],
            }
        ],
    }


def test_what_is_ours_is_never_sent() -> None:
    ((action, _),) = made("payments", a_line(clientId=None, client_ref="c1", **{"items.service_ref": "s1"}))
    assert b"_ref" not in action.body
    assert action.references == {"clientId": ("clients", "id:c1")}
    service = {"internalId": "s1", "name": "x", "description": "y", "price": "10.50", "product_key": "84111506"}
    ((action, _),) = made("services", service)
    assert b"84111506" not in action.body
    assert action.local == {"name": "x", "description": "y", "price": "10.50", "product_key": "84111506"}


money = st.decimals(Decimal("0.01"), Decimal("999999999999999999.99"), places=2)


@given(total=money, quantity=st.decimals(Decimal("0.000001"), Decimal("99999999"), places=6))
def test_money_and_quantities_come_to_the_body_digit_by_digit(total: Decimal, quantity: Decimal) -> None:
    (item,) = body("payments", a_line(items_total=str(total), items_quantity=format(quantity, "f")))["items"]
    assert (item["total"], item["quantity"]) == (total, quantity)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("2026-05-31", "2026-05-31T06:00:00Z"),
        ("2026-05-31T10:00:00", "2026-05-31T16:00:00Z"),
        ("2021-07-01 10:00", "2021-07-01T15:00:00Z"),
        ("2026-05-31T10:00:00-06:00", "2026-05-31T16:00:00Z"),
        ("2026-05-31T23:30:00+0530", "2026-05-31T18:00:00Z"),
        ("2026-05-31T10:00:00.999Z", "2026-05-31T10:00:00Z"),
    ],
)
def test_dates_are_sent_in_utc_and_one_without_an_offset_is_mexico_citys(written: str, sent: str) -> None:
    assert body("payments", a_line(date=written))["date"] == sent


@pytest.mark.parametrize("word", ["true", "TRUE", "Sí", "si", "yes", "1", "verdadero"])
def test_words_for_true_and_false_become_booleans(word: str) -> None:
    assert body("payments", a_line(forceReceipt=word))["forceReceipt"] is True
    opposite = {"true": "false", "yes": "no", "1": "0", "verdadero": "falso"}.get(word, "No")
    assert body("payments", a_line(avoidEmail=opposite))["avoidEmail"] is False


def test_the_run_says_live_and_a_rows_own_column_wins() -> None:
    assert body("payments", a_line())["livemode"] is False
    assert body("payments", a_line(), livemode=True)["livemode"] is True
    assert body("payments", a_line(livemode="false"), livemode=True)["livemode"] is False
    ((action, _),) = made("payments", a_line(livemode="true"))
    assert action.livemode is True


@pytest.mark.parametrize("name", ["clients", "payments"])
@pytest.mark.parametrize(("generation", "internal_id"), [(1, "k1"), (2, "k1~2"), (12, "k1~12")])
def test_from_the_second_generation_on_the_internal_id_that_is_sent_says_which_one_it_is(
    name: str, generation: int, internal_id: str
) -> None:
    """The record's key and print stay what they were: the journal tells generations apart by itself."""
    row = a_client(internalId="k1") if name == "clients" else a_line(internalId="k1")
    ((action, told),) = made(name, row, generation=generation)
    assert json.loads(action.body)["metadata"]["internalId"] == internal_id
    assert (action.key, told) == ("id:k1", made(name, row)[0][1])


@pytest.mark.parametrize("generation", [1, 2])
@pytest.mark.parametrize(
    ("run", "own", "live"), [(False, None, False), (True, None, True), (False, "true", True), (True, "false", False)]
)
def test_a_key_to_be_carried_out_once_is_of_the_mode_the_record_is_sent_in_and_of_its_generation(
    generation: int, run: bool, own: str | None, live: bool
) -> None:
    row = a_line(paid="true") | ({} if own is None else {"livemode": own})
    ((action, _),) = made("payments", row, livemode=run, generation=generation, spoken="2026")
    assert action.livemode is live
    key = derive_once_key("acme", live, "payments", "id:p1", generation)
    assert json.loads(action.body)["idempotency_key"] == key


@pytest.mark.parametrize(
    ("name", "row", "references"),
    [
        ("clients", a_client(), {}),
        ("payments", a_line(), {}),
        ("payments", a_line(clientId="", client_ref="c1"), {"clientId": ("clients", "id:c1")}),
    ],
)
def test_a_reference_is_the_key_of_the_record_it_is_to(
    name: str, row: dict[str, str], references: dict[str, tuple[str, str]]
) -> None:
    ((action, _),) = made(name, {field: cell or None for field, cell in row.items()})
    assert action.references == references


def test_an_empty_cell_is_no_field() -> None:
    sent = body("clients", a_client(phone=None, **{"address.zip": None}))
    assert "phone" not in sent
    assert "address" not in sent


def test_a_client_without_internal_id_is_known_by_its_rfc_and_by_its_mail_when_the_rfc_is_generic() -> None:
    keys = [
        made("clients", a_client(internalId=None, **cells))[0][0].key
        for cells in ({"rfc": "loaa800101ab1"}, {"rfc": "XAXX010101000", "email": "Ana@X.example"})
    ]
    assert keys == ["rfc:LOAA800101AB1", "email:ana@x.example"]
    assert made("services", {"name": "Plan", "description": "x", "price": "1"})[0][0].key == "name:Plan"


def test_what_the_reply_should_say_is_counted_in_cents_with_and_without_tax() -> None:
    row = a_line(
        items_total="100.05", items_discount="0.05", **{"items.taxes": "IVA 0.16; ISR ret 0.10", "currency": "USD"}
    )
    ((action, _),) = made("payments", row)
    assert action.expected is not None
    assert action.expected[:3] == ("USD", 10000, 10600)
    ((action, _),) = made("payments", a_line(items_quantity="3", **{"items.taxes": "IEPS cuota 2.5; IVA exento"}))
    assert action.expected is not None
    assert action.expected[:3] == ("MXN", 150000, 150750)


def test_items_of_several_payments_go_to_their_own() -> None:
    declared = resource("payments")
    records = frame([{"internalId": "a", "clientId": "x"}, {"internalId": "b", "clientId": "x"}],
                    [c.field for c in declared.record.columns])  # fmt: skip
    assert declared.lines is not None
    items = [{"items.name": n, "items.quantity": "1", "items.total": "1"} for n in ("b1", "a1", "b2")]
    lines = frame(items, [c.field for c in declared.lines.columns], [1, 0, 1])
    built = build_actions(records, lines, declared, dialect("2025-06").endpoints["payments"].creates, SENDING)
    assert [[item["name"] for item in json.loads(a.body)["items"]] for a, _ in built.actions] == [["a1"], ["b1", "b2"]]


GOLDEN: dict[str, tuple[dict[str, str | None], bytes]] = {
    "clients": (
        {"name": "Ana Ruiz", "rfc": "RUAA800101AB1", "email": "ana@b.mx", "metadata.color": "azul"},
        b'{"metadata":{"internalId":"k1","color":"azul"},"name":"Ana Ruiz","rfc":"RUAA800101AB1","email":"ana@b.mx"}',
    ),
    "services": (
        {"name": "Corte", "description": "Corte de pelo", "price": "250.50", "taxRate": "16", "isActive": "true"},
        b'{"metadata":{"internalId":"k1"},"name":"Corte","description":"Corte de pelo","price":250.50,"taxRate":16,'
        b'"isActive":true}',
    ),
    "payments": (
        {
            "client_ref": "c1", "paid": "true", "paymentMethod": "03", "date": "2025-06-01T12:00:00Z",
            "currency": "MXN", "items.name": "Corte", "items.quantity": "2", "items.total": "1500.00",
            "items.taxes": "IVA 0.16",
        },
        b'{"clientId":"client_1","livemode":false,"avoidEmail":true,"automaticInvoice":false,'
        b'"automateInvoiceOnComplete":false,"automateIncomeInvoiceAndComplement":false,"forceReceipt":false,'
        b'"metadata":{"internalId":"k1"},"currency":"MXN","paymentMethod":"03","paid":true,"date":"2025-06-01T12:00:00Z",'
        b'"items":[{"name":"Corte","quantity":2,"total":1500.00,"taxes":[{"type":"IVA","factor":"Tasa","rate":0.16}]}]}',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_bodies_of_2025_06_are_these_bytes(name: str) -> None:
    row, expected = GOLDEN[name]
    ((action, _),) = made(name, {"metadata.internalId": "k1", **row})
    assert fill_references(action.body, dict.fromkeys(action.references, "client_1")) == expected


# --- fingerprints -----------------------------------------------------------------------------------------------------


def printed(row: dict[str, str | None], name: str = "payments") -> Fingerprint:
    return made(name, row)[0][1]


@pytest.mark.parametrize(
    "same",
    [
        {"items_total": "1500"},
        {"items_total": "1500.0"},
        {"items_total": "+1500.00"},
        {"items_quantity": "1.000"},
        {"date": "2026-05-31T06:00:00Z"},
        {"paid": "yes"},
        {"items.taxes": "IVA 16.0%"},
        {"items.taxes": '[{"rate": "0.160", "type": "IVA"}]'},
    ],
)
def test_the_same_value_written_otherwise_has_the_same_print(same: dict[str, str]) -> None:
    row = a_line(date="2026-05-31", paid="true", **{"items.taxes": "IVA 0.16"})
    changed = {name.replace("items_", "items."): value for name, value in same.items()}
    assert compare_fingerprints(printed(row), printed(row | changed)) == ()


def test_the_order_of_columns_does_not_matter() -> None:
    row = a_line(date="2026-05-31", **{"metadata.a": "1", "metadata.b": "2"})
    assert printed(row) == printed(dict(reversed(row.items())))


@given(data=st.data())
def test_any_changed_added_or_removed_field_is_named(data: st.DataObject) -> None:
    row: dict[str, str | None] = dict(a_client(phone="55", **{"address.zip": "06600", "metadata.color": "azul"}))
    field = data.draw(st.sampled_from(sorted(row)))
    value = data.draw(st.none() | st.text("abc1 ", min_size=1, max_size=5).filter(lambda v: v != row[field]))
    named = "metadata.internalId" if field == "internalId" else field
    assert compare_fingerprints(printed(row, "clients"), printed(row | {field: value}, "clients")) == (named,)


@pytest.mark.parametrize("field", ["items.name", "items.total", "items.quantity", "items.unit_key", "items.discount"])
def test_a_change_inside_an_item_is_a_change_of_the_items(field: str) -> None:
    assert compare_fingerprints(printed(a_line()), printed(a_line() | {field: "7"})) == ("items",)


def test_defaults_of_ours_are_not_in_the_print_but_what_the_user_wrote_is() -> None:
    """A later version with other defaults must not take a record it sent before for a changed one."""
    assert set(printed(a_line()).fields) == {"metadata.internalId", "clientId", "items"}
    assert compare_fingerprints(printed(a_line()), printed(a_line(avoidEmail="true"))) == ("avoidEmail",)


def test_a_reference_is_in_the_print() -> None:
    first, second = (a_line(clientId=None, client_ref=ref) for ref in ("c1", "c2"))
    assert compare_fingerprints(printed(first), printed(second)) == ("clientId",)


def test_prints_made_by_this_version_are_those_made_by_earlier_ones() -> None:
    """Golden: if this changes, every record imported before looks changed."""
    print_ = printed(a_line(date="2026-05-31", **{"items.taxes": "IVA 0.16"}))
    assert print_.fields == ("clientId", "date", "items", "metadata.internalId")
    assert print_.digests.hex() == "aff1595ee5d84063f415c713ff26c34f"
