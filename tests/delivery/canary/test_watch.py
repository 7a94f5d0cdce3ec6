"""What an answer may say, which features of a record it proves, and which differences stop a run."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from builders import an_action

from pipeline.delivery.canary.comparison import Wrong, contradicts
from pipeline.delivery.canary.watch import Canary
from pipeline.model import Action, Expected
from pipeline.remote.members import Money
from schemas.dialects import dialect
from schemas.dialects.spec import Endpoint, Read, Unit

ENDPOINTS = dialect("2025-06").endpoints
PAYMENTS = ENDPOINTS["payments"]


def a_payment(
    net: int, gross: int, tolerance: int, features: str = "mode:test currency:MXN amount", **body: Any
) -> Action:
    return an_action(expected=Expected("MXN", net, gross, tolerance), features=features, body=json.dumps(body).encode())


TAXED = a_payment(10000, 11600, 2, "mode:test currency:MXN amount tax:IVA:Tasa")
UNTAXED = a_payment(10000, 10000, 0)
NO_CENTS = "which is not an amount in whole cents (expected 10000 cents of MXN)"
GOOD = {"amount": 11600, "currency": "MXN", "livemode": False}


def checked(canary: Canary, action: Action, answer: dict[str, Any] | None) -> Wrong | None:
    return canary.compare_answer(action, answer, ENDPOINTS[action.resource])


@pytest.mark.parametrize(
    ("action", "answer", "wrong"),
    [
        (TAXED, GOOD, None),
        (TAXED, {"amount": 11602}, None),
        (TAXED, {"amount": 11598}, None),
        (TAXED, {"amount": Decimal("11600")}, None),
        (TAXED, {"amount": 10000}, None),
        (TAXED, {"amount": 11603}, "the amount is 11603 cents of MXN, expected 10000 without or 11600 with tax"),
        (UNTAXED, {"amount": 10001}, "the amount is 10001 cents of MXN, expected 10000"),
        (TAXED, {}, "the answer shows no amount (expected 10000 cents of MXN)"),
        (TAXED, {"amount": True}, f"the amount is true, {NO_CENTS}"),
        (TAXED, {"amount": "11600"}, f'the amount is "11600", {NO_CENTS}'),
        (TAXED, {"amount": Decimal("116.41")}, f"the amount is 116.41, {NO_CENTS}"),
        (TAXED, {"amount": []}, f"the amount is [], {NO_CENTS}"),
        (TAXED, GOOD | {"currency": "USD"}, "the currency is USD, expected MXN"),
        (TAXED, GOOD | {"livemode": True}, "livemode is true, expected false"),
        (TAXED, GOOD | {"livemode": True, "currency": "USD"}, "livemode is true, expected false"),
        (TAXED, None, None),
        (an_action(), {"amount": 1}, None),
    ],
)
def test_a_first_answer_that_says_something_else_stops_the_run(
    action: Action, answer: dict[str, Any] | None, wrong: str | None
) -> None:
    canary = Canary()
    found = checked(canary, action, answer)
    assert (found and found.sentence) == wrong
    assert found is None or found.stops
    assert canary.awaits(action) == (action.features != "" and (found is not None or answer is None))


@pytest.mark.parametrize(
    ("answer", "stops"),
    [
        (GOOD, None),
        ({"amount": 1}, True),
        ({"amount": 10000}, True),
        ({}, False),
        ({"amount": "11600"}, True),
        (GOOD | {"currency": "USD"}, True),
        (GOOD | {"livemode": True}, True),
    ],
)
def test_a_later_answer_stops_the_run_too_unless_it_merely_lacks_its_amount(
    answer: dict[str, Any], stops: bool | None
) -> None:
    """Amounts that were answered with tax are not answered without it later."""
    canary = Canary()
    checked(canary, TAXED, GOOD)
    wrong = checked(canary, TAXED, answer)
    assert (wrong and wrong.stops) is stops


def test_amounts_without_tax_are_said_once() -> None:
    canary = Canary()
    for _ in range(3):
        assert checked(canary, UNTAXED, {"amount": 10000, "currency": "MXN", "livemode": False}) is None
        assert (
            checked(canary, TAXED, {"amount": 10000, "items": [{"taxes": [{"type": "iva", "factor": "tasa"}]}]}) is None
        )
    assert canary.warnings == ["The API's amounts are answered without tax; totals were compared that way."]


def test_an_answer_without_tax_whose_items_show_no_such_tax_is_wrong() -> None:
    wrong = checked(Canary(), TAXED, {"amount": 10000, "items": [{"taxes": []}]})
    assert str(wrong) == "the tax IVA (Tasa): the amount is without tax, and the answer's items do not show it"


def test_a_feature_waits_until_an_answer_has_proven_it_and_others_do_not() -> None:
    canary = Canary()
    plain = a_payment(10000, 10000, 0)
    several = a_payment(10000, 10000, 0, "mode:test currency:MXN amount quantity")
    assert canary.awaits(plain)
    checked(canary, plain, {"amount": 10000, "currency": "MXN", "livemode": False})
    assert not canary.awaits(plain)
    assert canary.awaits(several)
    checked(canary, several, {"amount": 10000, "currency": "MXN", "livemode": False})
    assert not canary.awaits(several)


def test_a_wrong_answer_proves_nothing() -> None:
    canary = Canary()
    checked(canary, UNTAXED, {"amount": 1, "currency": "MXN", "livemode": False})
    assert canary.awaits(UNTAXED)
    assert not canary.passed("payments")
    assert canary.news == []


def test_what_an_answer_does_not_show_is_said_once_and_waited_for_no_more() -> None:
    canary = Canary()
    dollars = an_action(
        expected=Expected("USD", 100, 100, 0),
        features="mode:test currency:USD amount exchange:USD",
        body=b'{"exchange":17.5}',
    )
    for _ in range(2):
        assert checked(canary, dollars, {"amount": 100, "currency": "USD"}) is None
    assert not canary.awaits(dollars)
    assert canary.warnings == [
        "The API's answers for payments do not show, so it was not compared: an exchange rate of USD."
    ]


def test_what_a_list_does_not_show_may_still_be_shown_by_an_answer() -> None:
    canary = Canary()
    dollars = an_action(
        expected=Expected("USD", 100, 100, 0),
        features="mode:test currency:USD amount exchange:USD",
        body=b'{"exchange":17.5}',
    )
    assert canary.compare_listed(dollars, Money(100, "USD", livemode=False), PAYMENTS) is None
    assert canary.awaits(dollars)
    assert checked(canary, dollars, {"amount": 100, "currency": "USD", "exchange": Decimal("17.50")}) is None
    assert not canary.awaits(dollars)
    assert canary.warnings == []


@pytest.mark.parametrize(
    "endpoint",
    [
        replace(PAYMENTS, reads={"amount": Read(("amount", "money.total"), Unit.UNITS), "currency": Read(("m",))}),
        dialect("2026").endpoints["payments"],
    ],
    ids=["elsewhere", "2026"],
)
def test_what_a_list_shows_is_compared_in_our_own_words_however_the_dialect_spells_it(endpoint: Endpoint) -> None:
    """Cents are cents: they are not read a second time by the dialect's paths and units."""
    meant = Money(11600, "MXN", livemode=False)
    assert Canary().compare_listed(TAXED, meant, endpoint) is None
    wrong = Canary().compare_listed(TAXED, meant._replace(currency="USD"), endpoint)
    assert wrong is not None
    assert wrong.sentence == "the currency is USD, expected MXN"
    assert Canary().compare_listed(TAXED, meant._replace(amount=1160000), endpoint) is not None
    assert Canary().compare_listed(TAXED, None, endpoint) is None


def test_what_a_run_has_settled_is_recalled_with_the_way_amounts_are_answered() -> None:
    before, after = Canary(), Canary()
    checked(before, TAXED, GOOD)
    for name, feature in before.news:
        after.recall(name, [feature])
    assert not after.awaits(TAXED)
    assert checked(after, TAXED, {"amount": 10000}) is not None


NOON = "2026-01-31T12:00:00-06:00"
ITEM = {"quantity": 3, "total": 300, "discount": 30, "taxes": [{"type": "IVA", "factor": "Tasa", "rate": 0.16}]}
RICH = "mode:test currency:MXN amount quantity discount tax:IVA:Tasa"


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        (87000, "a quantity other than 1: .*; so it would be if items.total were the price of one unit"),
        (100920, "a quantity other than 1: .*; so it would be if items.total were the price of one unit"),
        (34800, "a discount: .*; so it would be without the discount"),
        (35640, r"the tax IVA \(Tasa\): .*; so it would be if taxes were added twice"),
        (313, "an amount: .*; cents and whole units were taken for one another"),
        (
            4,
            r"an amount, a discount, a quantity other than 1, the tax IVA \(Tasa\): the amount is 4 cents",
        ),
    ],
)
def test_a_wrong_amount_names_the_features_that_explains_it_and_both_amounts(amount: int, says: str) -> None:
    wrong = checked(Canary(), a_payment(27000, 31320, 1, RICH, items=[ITEM]), {"amount": amount})
    assert wrong is not None
    assert re.match(says, str(wrong))
    assert f"the amount is {amount} cents of MXN, expected 27000 without or 31320 with tax" in str(wrong)


@pytest.mark.parametrize(
    ("sent", "answer", "wrong"),
    [
        ({"exchange": 17.5}, {"exchange": 1}, "exchange is 1, expected 17.5"),
        ({"exchange": 17.5}, {"exchange": 0, "exchangeRate": Decimal("17.5")}, None),
        ({"avoidEmail": True}, {"avoidEmail": False}, "avoidEmail is false, expected true"),
        ({"avoidEmail": True}, {"avoidEmail": True}, None),
        ({"forceReceipt": False}, {"forceReceipt": True}, "forceReceipt is true, expected false"),
        ({"automaticInvoice": True}, {"automations": []}, "automaticInvoice is a list of 0, expected true"),
        ({"automaticInvoice": True}, {"automations": [{"action": "x"}]}, None),
        ({"automaticInvoice": False}, {"automations": [{"action": "remind"}]}, None),
        ({"automaticInvoice": False}, {"automations": [{"type": "invoice"}]}, "automaticInvoice is a list of 1, exp"),
        (
            {"automaticInvoice": False, "automateInvoiceOnComplete": True},
            {"automations": [{"type": "invoice"}]},
            None,
        ),
        ({"client": {"rfc": "XAXX010101000"}}, {"client": {"rfc": "xaxx010101000"}}, None),
        ({"client": {"rfc": "LOAA800101AB1"}}, {"client": {"rfc": "XAXX010101000"}}, "client.rfc is XAXX010101000"),
        ({"clientId": "c1"}, {"clientId": "c2"}, "clientId is c2, expected c1"),
        ({"team": "t1"}, {"team": "t2"}, "team is t2, expected t1"),
        ({"team": "t1"}, {"team": ""}, None),
        ({"team": "1"}, {"team": 1}, None),
        ({"team": "1"}, {"team": True}, None),
        ({"paymentMethod": "03"}, {"payment_form": 3}, "paymentMethod is 3, expected 03"),
        ({"paid": True}, {"status": "succeeded"}, None),
        ({"paid": True}, {"status": "processing"}, None),
        ({"paid": True}, {"status": 1}, None),
        ({"paid": True}, {}, None),
        ({"paid": True}, {"status": "requires_payment_method"}, "paid is requires_payment_method, expected true"),
        ({"paid": False}, {"status": "requires_payment_method"}, None),
        ({"paid": False}, {"status": "succeeded"}, None),
        ({"date": NOON}, {"date": 1769882400000}, None),
        ({"date": NOON}, {"date": 1769882400}, None),
        ({"date": NOON}, {"date": "2026-01-31T18:00:00Z"}, None),
        ({"date": NOON}, {"date": "2026-01-31"}, None),
        ({"date": NOON}, {"date": 1769839200000}, None),
        ({"date": NOON}, {"date": "soon"}, None),
        ({"date": NOON}, {"date": True}, None),
        ({"date": NOON}, {"date": 10**17}, None),
        ({"date": NOON}, {"date": 1769817600000}, "date is 2026-01-30T18:00:00-06:00, expected 2026-01-31T12:00:00-06"),
        ({"date": "2026-01-31T20:00:00-06:00"}, {"date": "2026-02-01"}, "date is 2026-02-01, expected 2026-01-31T20"),
    ],
)
def test_a_member_that_the_answer_repeats_otherwise_is_wrong(
    sent: dict[str, Any], answer: dict[str, Any], wrong: str | None
) -> None:
    found = checked(Canary(), a_payment(100, 100, 0, **sent), {"amount": 100} | answer)
    assert (found is None) if wrong is None else (found is not None and found.sentence.startswith(wrong))


@pytest.mark.parametrize(
    ("sent", "shown", "wrong"),
    [
        ([(2, 1000)], [(2, 1000)], None),
        ([(2, 1000)], [(2, 100000)], None),
        ([(2, 1000), (1, 50)], [("1", "50.00"), ("2.0", "1000")], None),
        ([(2, "33.333333")], [(2, "33.33")], None),
        ([(2, 1000)], [(1, 1000)], "a quantity other than 1: items.quantity is 1, expected 2"),
        ([(2, 1000)], [(2, 500)], "an amount: items.total is 500, expected 1000"),
        ([(2, 1000), (1, 50)], [(2, 100000), (1, 50)], "an amount: items.total is 50, 100000, expected 50, 1000"),
        ([(2, 1000), (1, 50)], [(2, 1000)], "several items: items is 1, expected 2"),
        ([(2, 1000), (1, 50)], [], None),
        ([(2, 1000), (1, 50)], [(2, 1000), (None, None)], None),
    ],
)
@pytest.mark.parametrize(("generation", "total"), [("2025-06", "total"), ("2026", "unit_price")])
def test_the_items_an_answer_shows_are_those_that_were_sent(
    sent: list[tuple[Any, Any]], shown: list[tuple[Any, Any]], wrong: str | None, generation: str, total: str
) -> None:
    """In any order, in units or in cents, whatever the amount of the whole is."""
    items = [{"quantity": quantity, total: float(price)} for quantity, price in sent]
    action = a_payment(100, 100, 0, "mode:test currency:MXN amount quantity items", items=items)
    answer = {"items": [{"quantity": quantity, total: price} for quantity, price in shown]}
    amount = {"amount": 100} if generation == "2025-06" else {"total": 1}
    found = Canary().compare_answer(action, amount | answer, dialect(generation).endpoints["payments"])
    assert (found and str(found)) == wrong


@pytest.mark.parametrize(("generation", "member"), [("2025-06", "retained"), ("2026", "withholding")])
@pytest.mark.parametrize(
    ("feature", "shown", "wrong"),
    [
        ("tax:ISR:Tasa:retained", {"": True}, None),
        ("tax:ISR:Tasa:retained", {}, None),
        ("tax:ISR:Tasa:retained", {"": False}, "the answer's items show it as a tax that is added"),
        ("tax:ISR:Tasa", {"": False}, None),
        ("tax:ISR:Tasa", {"": True}, "the answer's items show it as a tax that is withheld"),
    ],
)
def test_a_tax_that_an_answer_shows_the_other_way_round_is_wrong_whatever_the_amount(
    feature: str, shown: dict[str, bool], wrong: str | None, generation: str, member: str
) -> None:
    tax = {"type": "ISR", "factor": "Tasa"} | ({member: shown[""]} if shown else {})
    action = a_payment(10000, 9000, 1, f"mode:test currency:MXN amount {feature}")
    amount = {"amount": 9000} if generation == "2025-06" else {"total": 90}
    endpoint = dialect(generation).endpoints["payments"]
    found = Canary().compare_answer(action, amount | {"items": [{"taxes": [tax]}]}, endpoint)
    assert (found and found.sentence) == wrong


IVA = {"type": "IVA", "factor": "Tasa", "rate": 0.08}
ISR = {"type": "ISR", "factor": "Tasa", "rate": 0.0125, "": True}
EXEMPT = {"type": "IVA", "factor": "Exento"}


@pytest.mark.parametrize(("generation", "member"), [("2025-06", "retained"), ("2026", "withholding")])
@pytest.mark.parametrize(
    ("sent", "shown", "wrong"),
    [
        ([IVA], [IVA], None),
        ([IVA, ISR], [ISR | {"base": 100, "amount": 1.25}, IVA | {"": False}], None),
        ([IVA], [{"type": "iva", "factor": "tasa", "rate": "0.080000"}], None),
        ([IVA], [{"type": "IVA", "rate": 8}], None),
        ([IVA], [{"type": "IVA"}], None),
        ([IVA], [{"rate": 0.16}], None),
        ([IVA], [{"type": "002", "rate": 0.16}], None),
        ([IVA], [], None),
        ([IVA], ["IVA"], None),
        ([IVA], None, None),
        ([EXEMPT], [IVA | {"rate": 0}], None),
        ([IVA, EXEMPT], [IVA], None),
        ([IVA, EXEMPT], [{"type": "IVA", "rate": 0.08}, {"type": "IVA", "rate": 0}], None),
        ([], [IVA], None),
        ([ISR | {"rate": 0.106667}], [ISR | {"rate": 0.10667}], None),
        ([IVA], [IVA | {"rate": 0.16}], "IVA 0.16, expected IVA 0.08"),
        ([IVA], [IVA | {"rate": "0.16", "": False}], "IVA 0.16, expected IVA 0.08"),
        ([IVA], [{"type": "IVA", "rate": 0.16}], "IVA 0.16, expected IVA 0.08"),
        ([IVA], [EXEMPT], "IVA, expected IVA 0.08"),
        ([IVA], [IVA, IVA], "IVA 0.08, IVA 0.08, expected IVA 0.08"),
        ([IVA], [IVA | {"type": "IEPS"}], "IEPS 0.08, expected IVA 0.08"),
        ([IVA, ISR], [IVA], "IVA 0.08, expected IVA 0.08, ISR 0.0125 (@)"),
        ([IVA, ISR], [{"type": "IVA"}], "IVA, expected IVA 0.08, ISR 0.0125 (@)"),
        ([IVA, IVA | {"rate": 0.16}], [IVA, IVA], "IVA 0.08, IVA 0.08, expected IVA 0.08, IVA 0.16"),
    ],
)
def test_taxes_that_an_answers_items_show_are_those_that_were_sent(
    sent: list[dict[str, Any]], shown: list[Any] | None, wrong: str | None, generation: str, member: str
) -> None:
    """As far as they say: in any order, whatever the amount is; without any the items say nothing."""

    def told(taxes: list[Any]) -> list[Any]:
        return [{n or member: v for n, v in tax.items()} if isinstance(tax, dict) else tax for tax in taxes]

    action = a_payment(100, 100, 0, items=[{"taxes": told(sent)}])
    item = {} if shown is None else {"taxes": told(shown)}
    answer = json.loads(json.dumps({"amount": 100, "total": 1, "items": [item]}), parse_float=Decimal)
    found = Canary().compare_answer(action, answer, dialect(generation).endpoints["payments"])
    expected = wrong and f"items.taxes is {wrong.replace('@', member)}"
    assert (found and found.sentence) == expected


@pytest.mark.parametrize("member", ["product_key", "unit_key"])
@pytest.mark.parametrize(
    ("sent", "shown", "wrong"),
    [
        (["01010101", "E48"], ["e48", "01010101"], None),
        (["E48"], [""], None),
        (["E48"], [None], None),
        (["01010101"], [1010101], "is 1010101, expected 01010101"),
        (["84111506", "84111507"], ["84111506", "84111506"], "is 84111506, 84111506, expected 84111506, 84111507"),
    ],
)
def test_the_keys_of_items_are_those_that_were_sent(
    sent: list[str], shown: list[Any], wrong: str | None, member: str
) -> None:
    action = a_payment(100, 100, 0, items=[{member: key} for key in sent])
    found = checked(Canary(), action, {"amount": 100, "items": [{member: key} for key in shown]})
    assert (found and found.sentence) == (wrong and f"items.{member} {wrong}")


def test_a_payment_registered_as_paid_is_not_answered_as_one_to_be_paid() -> None:
    """In dialect 2026 the path says that it is paid."""
    endpoint = dialect("2026").endpoints["payments"]
    answer = {"total": 1, "status": "requires_payment_method"}
    found = Canary().compare_answer(a_payment(100, 100, 0), answer, endpoint)
    assert str(found) == "a paid payment: paid is requires_payment_method, expected true"
    request = msgspec.structs.replace(a_payment(100, 100, 0), create=1)
    assert Canary().compare_answer(request, answer, endpoint) is None


@pytest.mark.parametrize(
    ("generation", "name", "sent", "shown", "wrong"),
    [
        ("2025-06", "clients", {"rfc": "LOAA800101AB1"}, {"rfc": "loaa800101ab1"}, None),
        ("2025-06", "clients", {"rfc": "LOAA800101AB1"}, {"client": {"rfc": "XAXX010101000"}}, "rfc is XAXX010101000"),
        ("2026", "clients", {"tax_id": "LOAA800101AB1"}, {"tax_id": "XAXX010101000"}, "rfc is XAXX010101000"),
        ("2025-06", "clients", {"email": "a@b.mx"}, {"email": "A@b.mx"}, None),
        ("2026", "clients", {"email": "a@b.mx"}, {"email": "c@b.mx"}, "email is c@b.mx, expected a@b.mx"),
        ("2025-06", "clients", {"tax_system": "601"}, {"tax_system": 601}, None),
        ("2026", "clients", {"tax_system": "601"}, {"tax_system": "616"}, "tax_system is 616, expected 601"),
        ("2025-06", "clients", {"address": {"zip": "06600"}}, {"address": {"zip": 6600}}, "address.zip is 6600, exp"),
        ("2026", "clients", {"address": {"zip": "06600"}}, {"address": {"zip": "6600"}}, "address.zip is 6600, exp"),
        ("2026", "clients", {"address": {"zip": "06600"}}, {"address": {}}, None),
        ("2025-06", "clients", {"name": "Ana  López"}, {"name": "Ana López"}, None),
        ("2025-06", "services", {"price": 104.5}, {"price": Decimal("104.50")}, None),
        ("2025-06", "services", {"price": 33.333333}, {"price": "33.33"}, None),
        ("2025-06", "services", {"price": 104.5}, {"price": 10450}, "price is 10450, expected 104.5"),
        ("2026", "services", {"unit_price": 104.5}, {"unit_price": 104}, "price is 104, expected 104.5"),
        ("2026", "services", {"unit_price": 104.51}, {"unit_price": Decimal("104.50")}, "price is 104.5, exp"),
        ("2025-06", "services", {"currency": "USD"}, {"currency": "MXN"}, "currency is MXN, expected USD"),
        ("2025-06", "services", {"taxRate": 8}, {"taxRate": 16}, "taxRate is 16, expected 8"),
        ("2026", "services", {"product_key": "01010101"}, {"product_key": 1010101}, "product_key is 1010101, expected"),
    ],
)
def test_a_client_or_service_that_is_answered_otherwise_is_wrong(
    generation: str, name: str, sent: dict[str, Any], shown: dict[str, Any], wrong: str | None
) -> None:
    action = an_action(resource=name, features="mode:test", body=json.dumps(sent).encode())
    found = Canary().compare_answer(action, shown, dialect(generation).endpoints[name])
    assert (found is None) if wrong is None else (found is not None and found.sentence.startswith(wrong))


def test_a_client_that_the_account_held_before_may_be_another_there() -> None:
    action = an_action(resource="clients", features="mode:test rfc", body=b'{"rfc":"LOAA800101AB1"}')
    canary, endpoint = Canary(), ENDPOINTS["clients"]
    assert canary.compare_answer(action, {"rfc": "XAXX010101000"}, endpoint, held=True) is None
    assert not canary.awaits(action)
    assert canary.warnings == []
    assert canary.compare_answer(action, {"livemode": True}, endpoint, held=True) is not None


@pytest.mark.parametrize("name", ["clients", "services"])
def test_every_resource_is_held_to_the_mode_that_was_asked_for(name: str) -> None:
    live = an_action(resource=name, livemode=True, features="mode:live")
    wrong = checked(Canary(), live, {"id": "x", "livemode": False})
    assert str(wrong) == "live mode: livemode is false, expected true"
    canary = Canary()
    assert checked(canary, live, {"id": "x"}) is None
    assert canary.warnings == [f"The API's answers for {name} do not show, so it was not compared: live mode."]


@pytest.mark.parametrize(
    ("action", "shown", "differing"),
    [
        (TAXED, Money(11600, "MXN", livemode=False), None),
        (TAXED, Money(10000), None),
        (TAXED, Money(11601, "MXN", livemode=False), None),
        (TAXED, Money(11603, "MXN", livemode=False), "amount"),
        (TAXED, Money(11600, "USD", livemode=False), "currency"),
        (TAXED, Money(1, "USD", livemode=True), "amount, currency, livemode"),
        (TAXED, Money(), None),
        (TAXED, None, None),
        (an_action(), Money(11600, "MXN", livemode=False), None),
    ],
)
def test_a_payment_the_account_holds_contradicts_the_file_in_named_fields(
    action: Action, shown: Money | None, differing: str | None
) -> None:
    assert contradicts(action, shown) == differing
