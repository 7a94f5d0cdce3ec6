"""What the real command sends in dialect 2026, as it arrives: switches, series, team, keys; and several matches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.support.relay import Relay, open_relay
from tests.support.stage import Desk, Recorder, payment, sandbox_process

CLIENT = {
    "internalId": "c1", "name": "Ana", "legal_name": "ANA LOPEZ", "rfc": "LOAA800101AB1", "email": "ana@a.mx",
    "tax_system": "612", "use": "G03", "address.zip": "06600",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with sandbox_process(tmp_path_factory.mktemp("api"), "--dialect", "2026") as running:
        yield running


@pytest.fixture
def relay(server: Recorder) -> Iterator[Relay]:
    server.reset()
    with open_relay(server.origin) as between:
        yield between


@pytest.fixture
def desk(relay: Relay, tmp_path: Path) -> Desk:
    return desk_at(tmp_path / "desk", relay)


def desk_at(folder: Path, relay: Relay) -> Desk:
    return Desk(folder, f"{relay.origin}/v2", timeout_s=5.0, settle_s=0.1, dialect="2026")


ASKED = ("automation_type", "send_email", "invoice_config")
NOTHING_SAID = {"automation_type": "none", "send_email": False}


@pytest.mark.parametrize(
    ("cells", "arrives"),
    [
        ({}, NOTHING_SAID),
        ({"automaticInvoice": "true"}, NOTHING_SAID | {"automation_type": "pue_invoice"}),
        ({"automateInvoiceOnComplete": "sí"}, NOTHING_SAID | {"automation_type": "pue_invoice"}),
        (
            {"automateIncomeInvoiceAndComplement": "true"},
            NOTHING_SAID | {"automation_type": "ppd_invoice_and_complement"},
        ),
        (
            {"automation_type": "ppd_invoice_and_complement"},
            NOTHING_SAID | {"automation_type": "ppd_invoice_and_complement"},
        ),
        ({"avoidEmail": "false"}, NOTHING_SAID | {"send_email": True}),
        ({"send_email": "true"}, NOTHING_SAID | {"send_email": True}),
        ({"invoiceConfig.series": "A"}, NOTHING_SAID | {"invoice_config": {"serie": "A"}}),
        ({"invoice_config.serie": "A"}, NOTHING_SAID | {"invoice_config": {"serie": "A"}}),
    ],
    ids=lambda value: ",".join(value) if value and "send_email" not in value else None,
)
@pytest.mark.parametrize("paid", ["true", "false"])
def test_what_a_file_says_in_either_generation_arrives_in_the_words_of_2026(
    cells: dict[str, str], arrives: dict[str, object], paid: str, desk: Desk, relay: Relay
) -> None:
    row = payment(1, paid=paid, paymentMethod="03" if paid == "true" else "", **cells)
    ended = desk.gigbulk("import", desk.csv("payments.csv", [row]), "--yes")
    assert (ended.code, ended.counts()) == (0, {"read": 1, "created": 1}), ended.said
    (sent,) = (request for request in relay.written if request.path.startswith("/v2/payments"))
    assert sent.path == ("/v2/payments/register" if paid == "true" else "/v2/payments/request")
    assert {name: sent.body[name] for name in ASKED if name in sent.body} == arrives


def test_a_team_is_said_in_the_address_and_nowhere_else(desk: Desk, relay: Relay) -> None:
    desk.gigbulk("import", desk.csv("payments.csv", [payment(1, team="team_9")]), "--yes")
    (sent,) = relay.written
    assert sent.path == "/v2/payments/register?team=team_9"
    assert "team" not in sent.body


def key_of(desk: Desk, relay: Relay, *flags: str, key: str = "sk_test_x", live: str = "") -> str:
    """What the next payment is known by; the server forgets it again."""
    relay.written.clear()
    row = payment(7, **({"livemode": live} if live else {}))
    ended = desk.gigbulk("import", desk.csv("payments.csv", [row]), "--yes", *flags, key=key)
    assert ended.counts()["created"] == 1, ended.said
    relay.beyond.post("/_sandbox/reset")
    return str(relay.written[0].body["idempotency_key"])


def test_two_machines_say_the_same_key_for_the_same_payment(relay: Relay, tmp_path: Path) -> None:
    first, second = (key_of(desk_at(tmp_path / name, relay), relay) for name in ("one", "two"))
    assert first == second
    row = payment(7)
    told = [cell for cell in row.values() if len(cell) > 2]
    assert not [cell for cell in told if cell.casefold() in first]


def test_another_account_or_generation_says_another_key(relay: Relay, tmp_path: Path) -> None:
    desks = (desk_at(tmp_path / f"{n}", relay) for n in range(4))
    keys = [
        key_of(next(desks), relay),
        key_of(next(desks), relay, "--generation", "2"),
        key_of(next(desks), relay, key="sk_test_y"),
        key_of(next(desks), relay, "--live", key="sk_live_x"),
    ]
    assert len({*keys}) == 4


@pytest.mark.parametrize("how", ["skip", "update", "error"])
def test_a_client_that_fits_several_is_left_for_a_decision(how: str, desk: Desk, relay: Relay) -> None:
    who = {"authorization": "Bearer sk_test_x"}
    for number in range(2):
        body = {
            "name": "Ana",
            "tax_id": CLIENT["rfc"],
            "email": f"x{number}@a.mx",
            "metadata": {"internalId": f"x{number}"},
        }
        httpx.post(f"{relay.origin}/v2/clients", json=body, headers=who).raise_for_status()
    ended = desk.gigbulk("import", desk.csv("clients.csv", [CLIENT]), "--yes", "--on-existing", how, "--lang", "es")
    assert (ended.code, ended.counts("clients")) == (1, {"read": 1, "refused": 1}), ended.said
    rejects = (desk.folder / "clients.rejects.csv").read_text("utf-8")
    assert "LOAA800101AB1" in rejects
    assert "No se creó: varios registros de la cuenta coinciden; corríjalos allá, o cree este allá." in rejects
    held = httpx.get(f"{relay.origin}/v2/clients", headers=who).json()["data"]
    assert sorted(row["email"] for row in held) == ["x0@a.mx", "x1@a.mx"]
