"""A server that understands one shape of a record otherwise is found out by the first record of that shape."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from stage import Desk, Recorder, client, payment, service

from pipeline.errors import ApiStop
from pipeline.sandbox import EmbeddedSandbox, Options
from tests.stories.once.conftest import Importing

MANY = 40

DOLLARS = {"currency": "USD", "exchange": "17.50", "items.currency": "USD"}
MORNING = "2026-01-31T10:00:00-06:00"
MORNING = "2026-01-31T10:00:00-06:00"
SHAPES: dict[str, tuple[dict[str, str], str]] = {
    "total_as_unit_price": (
        {"items.quantity": "3"},
        "a quantity other than 1: the amount is .* cents of MXN, expected",
    ),
    "discount_ignored": ({"items.discount": "10.00"}, "a discount: the amount is .* cents of MXN, expected"),
    "tax_added_twice": ({"items.taxes": "IVA 0.16"}, r"the tax IVA \(Tasa\): the amount is .* expected"),
    "exchange_ignored": (DOLLARS, r"an exchange rate of USD: exchange is 1, expected 17\.5"),
    "currency_dropped": (DOLLARS, "the currency USD: the currency is MXN, expected USD"),
    "cents_for_units": ({}, "an amount: the amount is .* cents of MXN, expected"),
    "date_as_utc_day": (
        {"date": MORNING},
        "a date: date is 2026-01-30T18.*, expected 2026-01-31T10",
    ),
    "tax_rate_turned": (
        {"items.taxes": "IVA 0.16"},
        r"the tax IVA \(Tasa\): items.taxes is IVA 0.08, expected IVA 0.16",
    ),
    "product_key_lost": ({}, "a product key: items.product_key is 01010101, expected 84111506"),
    "quantity_dropped": ({"items.quantity": "3"}, "a quantity other than 1: items.quantity is 1, expected 3"),
}
"""By fault: what a record must say to show it, and what is said of the answer."""


def plain(n: int, **cells: str) -> dict[str, str]:
    """A payment that shows none of the faults."""
    row = {"items.discount": "", "exchange": "", "date": "", "items.currency": "MXN", "items.taxes": "IVA exento"}
    return payment(n) | row | cells


def rows_of(fault: str) -> list[dict[str, str]]:
    """All show the fault but the first, where a record can show nothing of it."""
    cells, _ = SHAPES[fault]
    first = [plain(0) | {"internalId": "plain"}] if cells else []
    return [*first, *(plain(n, **cells) for n in range(len(first), MANY))]


@pytest.mark.parametrize("fault", SHAPES)
def test_a_server_that_understands_a_shape_otherwise_gets_one_record_of_it(
    fault: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.settings = replace(importing.settings, concurrency=None)
    server.misbehave(**{fault: 1})
    with pytest.raises(ApiStop, match="not understood as meant") as stopped:
        importing(desk.csv("payments.csv", rows_of(fault)))
    said = f"{stopped.value.message} {stopped.value.hint}"
    assert re.search(SHAPES[fault][1], said), said
    assert len(server.received()) == len(server.stored()) <= 2
    wrong = [record for record in server.stored() if record["metadata"]["internalId"] != "plain"]
    assert len(wrong) == 1
    assert wrong[0]["id"] in said
    assert wrong[0]["metadata"]["internalId"] in said
    assert "gigbulk runs resume" in said
    assert stopped.value.exit_code == 4
    assert stopped.value.result is not None
    assert stopped.value.result["resources"]["payments"]["unsent"] == MANY - len(server.stored())


def test_a_server_that_keeps_no_internal_id_gets_one_payment(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    """By nothing else a run on another machine, or with a new journal, would know that it was paid."""
    server.misbehave(metadata_lost=1)
    with pytest.raises(ApiStop, match="does not hold the internalId that was sent"):
        importing(desk.csv("payments.csv", [payment(n) for n in range(20)]))
    assert len(server.received()) == 1


def test_a_server_that_understands_all_stops_nothing_and_gets_each_record_once(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.settings = replace(importing.settings, concurrency=None)
    rows = [row | {"internalId": f"{fault}-{n}"} for fault in SHAPES for n, row in enumerate(rows_of(fault))]
    result = importing(desk.csv("payments.csv", rows))
    assert result.resources["payments"].created == len(rows) == len(server.received())
    assert result.warnings_said == []


def test_a_shape_that_comes_first_in_a_later_file_is_a_canary_there(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.settings = replace(importing.settings, concurrency=None)
    server.misbehave(total_as_unit_price=1)
    files = [
        desk.csv("a.csv", [payment(n) for n in range(10)]),
        desk.csv("b.csv", [payment(n, "b", **{"items.quantity": "2"}) for n in range(10)]),
    ]
    with pytest.raises(ApiStop, match=r"\(bp0, .*a quantity other than 1"):
        importing(*files)
    assert len(server.received()) == 11


def test_a_resume_after_a_wrong_canary_sends_one_record_more_and_stops_again(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.settings = replace(importing.settings, concurrency=None)
    server.misbehave(discount_ignored=1)
    with pytest.raises(ApiStop, match="a discount"):
        importing(desk.csv("payments.csv", rows_of("discount_ignored")))
    sent = len(server.received())
    with pytest.raises(ApiStop, match="a discount"):
        importing.resume()
    assert len(server.received()) == sent + 1
    server.misbehave()
    result = importing.resume()
    assert result.resources["payments"].created == MANY
    assert len(server.received()) == MANY


def test_a_resume_knows_what_was_proven_before_and_not_what_was_wrong(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(discount_ignored=1)
    with pytest.raises(ApiStop, match="a discount"):
        importing(desk.csv("payments.csv", [payment(n, **{"items.discount": "9.00" if n else ""}) for n in range(3)]))
    known = {feature for (feature,) in desk.journal("SELECT feature FROM proofs")}
    assert "discount" not in known
    server.misbehave()
    importing.resume()
    known = {feature for (feature,) in desk.journal("SELECT feature FROM proofs")}
    assert {"discount", "amount", "tax:IVA:Tasa", "currency:MXN", "mode:test", "basis:gross"} <= known


def test_a_limit_is_kept_to_the_first_records_of_the_file(importing: Importing, desk: Desk, server: Recorder) -> None:
    importing(desk.csv("payments.csv", [payment(n, **{"items.quantity": str(1 + n // 5)}) for n in range(9)]), limit=5)
    assert sorted(server.ids()) == [f"p{n}" for n in range(5)]


def test_a_canary_whose_answer_was_lost_is_asked_for_and_the_others_go_together(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.settings = replace(importing.settings, concurrency=None)
    server.misbehave(drop_after_commit=1)
    result = importing(desk.csv("payments.csv", rows_of("exchange_ignored")))
    assert result.resources["payments"].created == MANY == len(server.received())
    server.misbehave(drop_after_commit=1, exchange_ignored=1)
    again = rows_of("exchange_ignored")
    with pytest.raises(ApiStop, match="exchange is 1"):
        importing(desk.csv("again.csv", [row | {"internalId": f"x{n}"} for n, row in enumerate(again)]))
    assert len(server.received()) <= MANY + 2


def test_a_lone_client_shows_that_the_key_is_of_the_other_mode(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.settings = replace(importing.settings, concurrency=None)
    server.misbehave(wrong_livemode=1)
    with pytest.raises(ApiStop, match="live mode: livemode is false, expected true") as stopped:
        importing(desk.csv("clients.csv", [client(n) for n in range(20)]), live=True, yes=True)
    assert stopped.value.exit_code == 4
    assert len(server.received()) == 1


def test_live_mode_reaches_every_record_and_where_it_is_not_shown_that_is_said(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    clients, services = [client(n) for n in range(3)], [service(n) for n in range(3)]
    files = [desk.csv("clients.csv", clients), desk.csv("services.csv", services)]
    result = importing(*files, desk.csv("payments.csv", [payment(1, client_ref="c1")]), live=True, yes=True)
    assert [record["livemode"] for record in server.stored("clients")] == [True] * 3
    assert [record["livemode"] for record in server.stored()] == [True]
    assert [said for said in result.warnings_said if "live mode" in said] == [
        "The API's answers for services do not show, so it was not compared: live mode."
    ]


@pytest.mark.parametrize("dialect", ["2025-06", "2026"])
@pytest.mark.parametrize(
    ("resource", "fault", "row", "says"),
    [
        (
            "clients",
            "rfc_replaced",
            lambda n: client(n, **({} if n else {"rfc": "LOAA800101AB1"})),
            "an RFC: rfc is XAXX010101000, expected LOAA800101AB1",
        ),
        (
            "services",
            "price_in_cents",
            lambda n: service(n, price="104.50", product_key="84111506", unit_key="E48"),
            "a price: price is 10450, expected 104.5",
        ),
    ],
)
def test_a_client_or_service_stored_with_another_value_stops_the_run_at_the_first(
    resource: str, fault: str, row: Callable[[int], dict[str, str]], says: str, dialect: str,
    importing: Importing, desk: Desk,
) -> None:  # fmt: skip
    with EmbeddedSandbox(Options(dialect=dialect, faults={fault: 1})) as running:
        importing.settings = replace(importing.settings, concurrency=None, base_url=running.base_url, dialect=dialect)
        with pytest.raises(ApiStop, match="not understood as meant") as stopped:
            importing(desk.csv(f"{resource}.csv", [row(n) for n in range(20)]))
        assert says in stopped.value.message
        assert stopped.value.exit_code == 4
        assert len(Recorder(running.origin).received()) == 1
