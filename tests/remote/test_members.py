"""What a row says under our own names: each path, unit and natural key as a dialect declares it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipeline.remote.identity import Identity, identity_of, identity_of_body
from pipeline.remote.members import Money, decode_money, encode_money, read_mode, read_money
from schemas.dialects import dialect
from schemas.dialects.spec import Endpoint, Filter, Read, Unit

OTHER = Endpoint(
    "/payments",
    reads={
        "internal_id": Read(("metadata.internalId", "idempotency_key")),
        "livemode": Read(("mode.live",)),
        "currency": Read(("money.currency",)),
        "amount": Read(("money.total", "amount"), Unit.UNITS),
        "rfc": Read(("client.tax_id",)),
    },
    natural_keys={"rfc": Filter("tax_id")},
)
KNOWN = dialect("2025-06").endpoints


@pytest.mark.parametrize(
    ("row", "money"),
    [
        ({"money": {"total": Decimal("10.50"), "currency": "MXN"}, "mode": {"live": True}}, (1050, "MXN", True)),
        ({"money": {"total": 10}}, (1000, None, None)),
        ({"money": "none", "amount": Decimal("0.01")}, (1, None, None)),
        ({"money": {"total": 1, "currency": 484}}, (100, "484", None)),
        ({"money": {"total": True}}, (None, None, None)),
        ({"money": {"total": "10"}}, (None, None, None)),
        ({}, (None, None, None)),
    ],
)
def test_money_is_read_where_it_is_declared_in_whole_cents(row: dict[str, Any], money: tuple[Any, ...]) -> None:
    assert read_money(OTHER, row) == Money(*money)


def test_2025_06_answers_cents() -> None:
    said = read_money(KNOWN["payments"], {"amount": Decimal("1050.0"), "currency": "MXN", "livemode": False})
    assert said == Money(1050, "MXN", livemode=False)
    assert read_money(KNOWN["clients"], {"amount": 5}).amount is None


@pytest.mark.parametrize("amount", [Decimal("1050.4"), Decimal("0.5"), Decimal("1050.000001")])
def test_half_a_cent_is_no_amount_and_is_not_cut_off_to_fit(amount: Decimal) -> None:
    assert read_money(KNOWN["payments"], {"amount": amount}).amount is None


@pytest.mark.parametrize("money", [Money(), Money(1050, "MXN", livemode=True), Money(-1, None, livemode=False)])
def test_money_that_is_kept_for_a_later_run_is_read_as_it_was(money: Money) -> None:
    assert decode_money(encode_money(money)) == money


def test_money_that_an_earlier_version_kept_is_read() -> None:
    assert decode_money('{"amount":100,"currency":"MXN","livemode":null}') == Money(100, "MXN")
    assert decode_money('{"amount":100,"currency":484,"livemode":"yes"}') == Money(100, "484")


@pytest.mark.parametrize(("said", "mode"), [(True, True), (False, False), ("true", None), (None, None)])
def test_a_mode_that_is_no_boolean_is_unknown(said: object, mode: bool | None) -> None:
    assert read_mode(KNOWN["payments"], {"livemode": said}) is mode


@pytest.mark.parametrize(
    ("endpoint", "row", "identity"),
    [
        (OTHER, {"idempotency_key": 7, "client": {"tax_id": "loaa800101ab1"}}, ("7", ("rfc", "LOAA800101AB1"), None)),
        (KNOWN["payments"], {"metadata": {"internalId": "p"}, "name": "x", "rfc": "y"}, ("p", None, None)),
        (KNOWN["clients"], {"rfc": "", "tax_id": "Loaa800101ab1"}, (None, ("rfc", "LOAA800101AB1"), None)),
        (KNOWN["clients"], {"client": {"rfc": "LOAA800101AB1"}}, (None, ("rfc", "LOAA800101AB1"), None)),
        (KNOWN["clients"], {"rfc": "XAXX010101000", "email": "A@b.mx"}, (None, ("email", "a@b.mx"), "A@b.mx")),
        (KNOWN["clients"], {"rfc": "XAXX010101000"}, (None, None, None)),
        (KNOWN["services"], {"name": "Corte"}, (None, ("name", "Corte"), None)),
        (KNOWN["services"], {"metadata": "none"}, (None, None, None)),
    ],
)
def test_a_record_is_known_by_what_its_endpoint_declares(
    endpoint: Endpoint, row: dict[str, Any], identity: tuple[Any, ...]
) -> None:
    assert identity_of(endpoint, row) == Identity(*identity)


def test_a_body_is_read_as_a_row_is() -> None:
    assert identity_of_body(KNOWN["services"], b'{"name":"Corte"}').natural == ("name", "Corte")


@pytest.mark.parametrize("amount", [Decimal("1e999999999"), Decimal("-1e999999"), 10**400])
@pytest.mark.parametrize("endpoint", [OTHER, KNOWN["payments"]], ids=["units", "cents"])
def test_an_amount_no_currency_has_is_none(endpoint: Endpoint, amount: Decimal | int) -> None:
    """Written out it would fill the memory."""
    path = endpoint.reads["amount"].paths[0]
    row: Any = amount
    for step in reversed(path.split(".")):
        row = {step: row}
    assert read_money(endpoint, row).amount is None
