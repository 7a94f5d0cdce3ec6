"""Each declared fault, proven by what a raw client sees and by what the server then holds."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from played import Build, Play, Played

from pipeline.sandbox import FAULTS, Options


def _request(method: str, path: str, body: object = None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    return (
        f"{method} /v2{path} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer k\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    ).encode() + content


def _parts(reply: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (lower case) and body of a raw reply."""
    head, _, body = reply.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def _no_byte(reply: bytes) -> None:
    assert reply == b""


def _json_500(reply: bytes) -> None:
    status, headers, body = _parts(reply)
    assert (status, headers["content-type"]) == (500, "application/json")
    assert set(json.loads(body)) == {"message", "error"}


def _html_502(reply: bytes) -> None:
    status, headers, body = _parts(reply)
    assert status == 502
    assert headers["content-type"].startswith("text/html")
    assert body.startswith(b"<html>")


def _page(status: int, title: bytes) -> Callable[[bytes], None]:
    def see(reply: bytes) -> None:
        seen, headers, body = _parts(reply)
        assert (seen, headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert b"<title>" + title + b"</title>" in body

    return see


def _elsewhere(reply: bytes) -> None:
    status, headers, _ = _parts(reply)
    assert (status, headers["location"].split("/")[2]) == (302, "login.example")


def _wait_an_hour(reply: bytes) -> None:
    status, headers, _ = _parts(reply)
    assert (status, headers["retry-after"]) == (429, "3600")


def _half_a_body(reply: bytes) -> None:
    status, headers, body = _parts(reply)
    assert status == 200
    assert 0 < len(body) < int(headers["content-length"])


def _unparsable(reply: bytes) -> None:
    status, headers, body = _parts(reply)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert len(body) == int(headers["content-length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def _success_false(reply: bytes) -> None:
    status, _, body = _parts(reply)
    assert (status, json.loads(body)["success"]) == (200, False)


def _wait_seconds(reply: bytes) -> None:
    status, headers, _ = _parts(reply)
    assert (status, headers["retry-after"]) == (429, "1")


def _wait_until(reply: bytes) -> None:
    status, headers, _ = _parts(reply)
    assert status == 429
    assert headers["retry-after"].endswith("gmt")
    assert 0 < (parsedate_to_datetime(headers["retry-after"]) - datetime.now(UTC)).total_seconds() <= 2


WRITE_FAULTS: dict[str, tuple[Callable[[bytes], None], bool, int | None]] = {
    "drop_before_commit": (_no_byte, False, None),
    "drop_after_commit": (_no_byte, True, None),
    "error_500_before_commit": (_json_500, False, 500),
    "error_500_after_commit": (_json_500, True, 500),
    "html_502": (_html_502, False, 502),
    "html_413": (_page(413, b"413 Request Entity Too Large"), False, 413),
    "login_page": (_page(200, b"Sign in"), False, 200),
    "redirect": (_elsewhere, False, 302),
    "rate_429_later": (_wait_an_hour, False, 429),
    "html_502_after_commit": (_html_502, True, 502),
    "truncated_reply": (_half_a_body, True, 200),
    "bad_json": (_unparsable, True, 200),
    "false_success": (_success_false, False, 200),
    "rate_429_seconds": (_wait_seconds, False, 429),
    "rate_429_date": (_wait_until, False, 429),
}
"""Fault of a write -> what the client must see, whether the record is stored, the status in the log."""

READ_FAULTS = {
    "read_drop": _no_byte,
    "read_error_500": _json_500,
    "read_html_502": _html_502,
    "read_truncated": _half_a_body,
    "read_bad_json": _unparsable,
    "rate_429_seconds": _wait_seconds,
}

TESTED_BELOW = {
    *("stall", "stall_before_commit", "read_stall", "expired_token"),
    *("duplicate_reject", "duplicate_return_first", "duplicate_ignore"),
    *("failed_page", "empty_page", "empty_list"),
    *("ignore_offset", "repeat_page", "null_rows", "shrinking_list", "page_by_next"),
    *("amount_in_pesos", "wrong_livemode", "wrong_currency", "total_as_unit_price", "discount_ignored"),
    *("tax_added_twice", "exchange_ignored", "currency_dropped", "cents_for_units"),
    *("date_as_utc_day", "quantity_dropped", "item_lost", "metadata_lost"),
    *("tax_rate_turned", "product_key_lost", "rfc_replaced", "price_in_cents"),
}


def test_every_declared_fault_is_proven_here_and_explained_in_one_sentence() -> None:
    assert set(FAULTS) == WRITE_FAULTS.keys() | READ_FAULTS.keys() | TESTED_BELOW
    assert all(sentence.endswith(".") and len(sentence) > 20 for sentence in FAULTS.values())


@pytest.mark.parametrize("fault", WRITE_FAULTS)
def test_a_fault_of_writes_is_seen_by_the_client_and_told_truly_by_the_log(
    sandbox: Played, a_payment: Build, fault: str
) -> None:
    seen, committed, status = WRITE_FAULTS[fault]
    sandbox.misbehave(**{fault: 1})
    seen(sandbox.raw(_request("POST", "/payments", a_payment("A-1"))))
    sandbox.misbehave()
    stored = sandbox.stored()
    assert [payment["metadata"]["internalId"] for payment in stored] == ["A-1"] * committed
    assert sandbox.inspect("received") == [
        {
            "n": 1,
            "method": "POST",
            "path": "/v2/payments",
            "internalId": "A-1",
            "committed": committed,
            "status": status,
            "fault": fault,
            "resourceId": stored[0]["id"] if committed else None,
        }
    ]


@pytest.mark.parametrize("fault", READ_FAULTS)
def test_a_fault_of_reads_spoils_lists_and_leaves_writes_alone(sandbox: Played, a_payment: Build, fault: str) -> None:
    sandbox.create("/payments", a_payment("A-1"))
    sandbox.misbehave(**{fault: 1})
    READ_FAULTS[fault](sandbox.raw(_request("GET", "/payments")))
    if fault.startswith("read_"):
        assert sandbox.api.post("/payments", json=a_payment("A-2")).status_code == 200


@pytest.mark.parametrize(
    ("fault", "committed"), [("stall", True), ("stall_before_commit", False), ("read_stall", True)]
)
def test_a_stalled_request_is_never_answered(sandbox: Played, a_payment: Build, fault: str, committed: bool) -> None:
    if fault == "read_stall":
        sandbox.create("/payments", a_payment("A-1"))
    sandbox.misbehave(**{fault: 1})
    method, body = ("GET", None) if fault == "read_stall" else ("POST", a_payment("A-1"))
    with pytest.raises(TimeoutError):
        sandbox.raw(_request(method, "/payments", body), timeout_s=0.3)
    sandbox.misbehave()
    assert len(sandbox.stored()) == committed


def test_a_refused_body_meets_no_fault_after_commit(sandbox: Played, a_payment: Build) -> None:
    sandbox.misbehave(drop_after_commit=1, bad_json=1)
    assert sandbox.api.post("/payments", json=a_payment(currency="GBP")).status_code == 400


def test_a_repeated_internal_id_is_rejected_unless_asked_otherwise(sandbox: Played, a_payment: Build) -> None:
    sandbox.create("/payments", a_payment("A-1"))
    for faults in ({}, {"duplicate_reject": 1}):
        sandbox.misbehave(**faults)
        reply = sandbox.api.post("/payments", json=a_payment("A-1"))
        assert (reply.status_code, reply.json()["error"]) == (409, "resource_already_exists")
    assert sandbox.inspect("counts")["payments"] == sandbox.inspect("counts")["clients"] == 1


def test_a_repeated_internal_id_can_return_the_first_payment(sandbox: Played, a_payment: Build) -> None:
    first = sandbox.create("/payments", a_payment("A-1"))
    sandbox.misbehave(duplicate_return_first=1)
    other = a_payment("A-1", currency="USD")
    assert sandbox.create("/payments", other) == first
    assert [entry["committed"] for entry in sandbox.inspect("received")] == [True, False]
    assert len(sandbox.stored()) == 1


def test_a_repeated_internal_id_can_go_unnoticed(sandbox: Played, a_payment: Build) -> None:
    sandbox.misbehave(duplicate_ignore=1)
    ids = {sandbox.create("/payments", a_payment("A-1"))["id"] for _ in range(3)}
    assert len(ids) == len(sandbox.stored()) == 3


def test_an_expired_token_is_refused_after_its_count(sandbox: Played) -> None:
    sandbox.misbehave(expired_token=2)
    assert [sandbox.api.get("/ping").status_code for _ in range(4)] == [200, 200, 401, 401]


def test_an_amount_in_pesos_is_not_multiplied(sandbox: Played, a_payment: Build) -> None:
    sandbox.misbehave(amount_in_pesos=1)
    assert sandbox.create("/payments", a_payment("A-1"))["amount"] == 1500


def test_the_wrong_mode_and_currency_are_stored_and_answered(sandbox: Played, a_payment: Build) -> None:
    sandbox.misbehave(wrong_livemode=1, wrong_currency=1)
    data = sandbox.create("/payments", a_payment("A-1", livemode=False, currency="MXN"))
    assert (data["livemode"], data["currency"]) == (True, "USD")
    assert sandbox.stored() == [data]


LISTED = {
    "ignore_offset": ([0, 1, 2], 7, True),
    "repeat_page": ([0, 1, 2], 7, True),
    "shrinking_list": ([4, 5, 6], 6, False),
    "empty_list": ([], 0, False),
}
"""Fault of lists -> the positions in `limit=3&offset=3` of seven rows, `totalResults` and `hasMore`."""


@pytest.mark.parametrize("fault", LISTED)
def test_a_fault_of_lists_answers_the_wrong_rows(play: Play, fault: str) -> None:
    sandbox = play(rows={"payments": 7}, faults={fault: 1})
    ids = [payment["id"] for payment in sandbox.stored()]
    envelope = sandbox.api.get("/payments", params={"limit": 3, "offset": 3}).json()
    positions, total, has_more = LISTED[fault]
    assert [ids.index(row["id"]) for row in envelope["data"]] == positions
    assert (envelope["totalResults"], envelope["hasMore"]) == (total, has_more)


def test_pages_can_name_the_next_and_be_asked_for_by_that_name_alone(play: Play) -> None:
    sandbox = play(rows={"payments": 7}, faults={"page_by_next": 1})
    ids = [payment["id"] for payment in sandbox.stored()]
    first, again = (sandbox.api.get("/payments", params={"limit": 3, "offset": n}).json() for n in (0, 3))
    assert [row["id"] for row in first["data"]] == [row["id"] for row in again["data"]] == ids[:3]
    second = sandbox.api.get("/payments", params={"limit": 3, "next": again["next"]}).json()
    third = sandbox.api.get("/payments", params={"limit": 3, "next": second["next"]}).json()
    assert [row["id"] for row in [*second["data"], *third["data"]]] == ids[3:]
    assert (third["next"], third["hasMore"], third["totalResults"]) == (None, False, 7)
    assert sandbox.api.get("/payments", params={"next": "yesterday"}).status_code == 400
    sandbox.misbehave()
    assert sandbox.api.get("/payments", params={"next": second["next"]}).status_code == 400


def test_null_rows_stand_among_the_real_ones(play: Play) -> None:
    sandbox = play(rows={"payments": 7}, faults={"null_rows": 1})
    rows = sandbox.api.get("/payments").json()["data"]
    assert rows.count(None) == 1
    assert [row for row in rows if row] == sandbox.stored()


@pytest.mark.parametrize("generation", ["2025-06", "2026"])
def test_a_page_that_failed_has_the_first_half_of_its_rows(play: Play, generation: str) -> None:
    sandbox = play(rows={"clients": 7}, faults={"failed_page": 1}, dialect=generation)
    told = sandbox.api.get("/clients").json()
    sandbox.misbehave()
    whole = sandbox.api.get("/clients").json()
    assert (told["success"], told["data"]) == (False, whole["data"][:4])


@pytest.mark.parametrize("sort", ["asc", "desc"])
def test_behind_an_empty_page_stands_the_whole_list(play: Play, sort: str) -> None:
    sandbox = play(rows={"clients": 7}, faults={"empty_page": 1}, dialect="2026")
    whole, cursors = [], [{}]
    for turn in range(6):
        sandbox.misbehave(**({} if turn in (2, 5) else {"empty_page": 1}))
        told = sandbox.api.get("/clients", params={"limit": 4, "sort": sort, **cursors[-1]}).json()
        whole += told["data"]
        cursors.append({"next": told["next"]})
    assert len(whole) == len({row["id"] for row in whole}) == 7
    assert len({str(cursor) for cursor in cursors}) == len(cursors)


# --- chance ----------------------------------------------------------------------------------------------


def _statuses(sandbox: Played, a_payment: Build, order: range) -> dict[int, int]:
    return {n: sandbox.api.post("/payments", json=a_payment(f"A-{n}")).status_code for n in order}


def test_the_same_seed_strikes_the_same_requests_in_whatever_order_they_come(play: Play, a_payment: Build) -> None:
    faults = {"error_500_before_commit": 0.3}
    first = _statuses(play(faults=faults, seed=7), a_payment, range(60))
    again = _statuses(play(faults=faults, seed=7), a_payment, range(59, -1, -1))
    other = _statuses(play(faults=faults, seed=8), a_payment, range(60))
    assert first == again != other
    assert 5 < list(first.values()).count(500) < 35


def test_a_request_sent_again_is_drawn_again(play: Play, a_payment: Build) -> None:
    sandbox = play(faults={"error_500_before_commit": 0.5}, seed=1)
    statuses = {sandbox.api.post("/payments", json=a_payment("A-1")).status_code for _ in range(20)}
    assert statuses == {500, 200, 409}


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        ({"explode": 1}, "'explode' is not known"),
        ({"stall": 1.5}, "a probability from 0 to 1"),
        ({"stall": -0.1}, "a probability from 0 to 1"),
        ({"stall": float("nan")}, "a probability from 0 to 1"),
        ({"duplicate_ignore": 0.5}, r"1 \(on\) or 0 \(off\)"),
        ({"duplicate_ignore": 1, "duplicate_reject": 1}, "contradict"),
        ({"expired_token": 1.5}, "whole count"),
        ({"expired_token": float("inf")}, "whole count"),
    ],
)
def test_an_impossible_fault_is_refused_with_a_sentence(faults: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Options(faults=faults)


def test_a_running_server_refuses_an_impossible_fault_and_keeps_its_own(sandbox: Played) -> None:
    sandbox.misbehave(expired_token=9)
    for body in ({"explode": 1}, {"stall": "x"}, [1]):
        assert sandbox.api.post(f"{sandbox.origin}/_sandbox/faults", json=body).status_code == 400
    assert sandbox.inspect("faults")["faults"] == {"expired_token": 9}


def test_a_client_that_leaves_in_the_middle_of_its_body_stores_nothing(sandbox: Played, a_payment: Build) -> None:
    request = _request("POST", "/payments", a_payment("A-1"))
    port = int(sandbox.origin.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request[:-20])
    time.sleep(0.1)
    assert (sandbox.stored(), sandbox.inspect("received")) == ([], [])


def test_every_fault_stands_in_the_documentation_in_the_same_words() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    for name, sentence in FAULTS.items():
        assert f"`{name}`" in page
        assert sentence in page


@pytest.mark.parametrize(
    ("fault", "understood"),
    [
        ("", (31320, "USD", 17)),
        ("total_as_unit_price", (100920, "USD", 17)),
        ("discount_ignored", (34800, "USD", 17)),
        ("tax_added_twice", (35640, "USD", 17)),
        ("exchange_ignored", (31320, "USD", 1)),
        ("currency_dropped", (31320, "MXN", 17)),
        ("cents_for_units", (313, "USD", 17)),
        ("quantity_dropped", (31320, "USD", 17)),
    ],
)
def test_a_payment_is_understood_otherwise(
    fault: str, understood: tuple[int, str, int], sandbox: Played, a_payment: Build
) -> None:
    """Three of something for 300.00 less 30.00, IVA of 16 % on top."""
    body = a_payment("a", currency="USD", exchange=17)
    body["items"][0] |= {
        "quantity": 3,
        "total": 300,
        "discount": 30,
        "taxes": [{"type": "IVA", "rate": 0.16, "factor": "Tasa"}],
    }
    sandbox.misbehave(**({fault: 1} if fault else {}))
    data = sandbox.create("/payments", body)
    assert (data["amount"], data["currency"], data["exchange"]) == understood


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("date_as_utc_day", (1769817600000, [3, 1])),
        ("quantity_dropped", (1769875200000, [1, 1])),
        ("item_lost", (1769875200000, [3])),
    ],
)
def test_a_payment_loses_a_part_of_what_it_says(
    fault: str, shown: tuple[int, list[int]], sandbox: Played, a_payment: Build
) -> None:
    body = a_payment("a", date="2026-01-31T10:00:00-06:00")
    body["items"] = [body["items"][0] | {"quantity": quantity} for quantity in (3, 1)]
    sandbox.misbehave(**{fault: 1})
    data = sandbox.create("/payments", body)
    assert (data["date"], [item["quantity"] for item in data["items"]]) == shown


def test_a_client_too_is_stored_in_the_other_mode(sandbox: Played) -> None:
    sandbox.misbehave(wrong_livemode=1)
    client = {"name": "Ana", "rfc": "LOAA800101AB1", "email": "ana@empresa.example", "livemode": True}
    assert sandbox.create("/clients", client)["livemode"] is False


def test_a_payment_is_stored_without_its_internal_id(sandbox: Played, a_payment: Build) -> None:
    sandbox.misbehave(metadata_lost=1)
    assert sandbox.create("/payments", a_payment("a"))["metadata"] == {}


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("", (0.16, "84111506", 11600)),
        ("tax_rate_turned", (0.08, "84111506", 11600)),
        ("product_key_lost", (0.16, "01010101", 11600)),
    ],
)
def test_a_payment_of_the_right_amount_shows_another_rate_or_product(
    fault: str, shown: tuple[float, str, int], sandbox: Played, a_payment: Build
) -> None:
    body = a_payment("a")
    body["items"][0] |= {"quantity": 1, "total": 100, "product_key": "84111506"}
    body["items"][0] |= {"discount": 0, "taxes": [{"type": "IVA", "rate": 0.16, "factor": "Tasa"}]}
    sandbox.misbehave(**({fault: 1} if fault else {}))
    data = sandbox.create("/payments", body)
    (item,) = data["items"]
    assert (item["taxes"][0]["rate"], item["product_key"], data["amount"]) == shown


def test_a_client_is_stored_under_the_general_rfc_and_a_service_at_a_hundred_times_its_price(sandbox: Played) -> None:
    sandbox.misbehave(rfc_replaced=1, price_in_cents=1)
    client = {"name": "Ana", "rfc": "LOAA800101AB1", "email": "ana@empresa.example"}
    assert sandbox.create("/clients", client)["rfc"] == "XAXX010101000"
    service = {"name": "Plan", "description": "Plan", "price": 104.5}
    assert sandbox.create("/services", service)["price"] == 10450
