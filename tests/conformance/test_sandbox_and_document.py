"""The example of the API's document beside the sandbox: every member of the reply is there, and its request is taken.

`v2025_06/payment_example.json` is the example as it stands, placeholders and all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from played import Played, playing

from pipeline.sandbox.inspection import OPENAPI_FILE

EXAMPLE: dict[str, Any] = json.loads(
    Path(__file__).with_name("v2025_06").joinpath("payment_example.json").read_text("utf-8")
)
SCHEMAS: dict[str, Any] = json.loads(OPENAPI_FILE.read_text("utf-8"))["components"]["schemas"]
LEFT_OUT = ("metadata.", "stringitems")
"""Placeholders: `metadata` holds what was sent."""


def paths(value: Any, at: str = "") -> Iterator[str]:
    """The path of every member at any depth; the members of an array are one."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from paths(member, f"{at}.{name}" if at else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for member in value:
            yield from paths(member, at)
    if at:
        yield at


def declared(schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """The paths of an OpenAPI schema; what is an object of any members ends in `.*`."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    if "items" in schema:
        yield from declared(schema["items"], at)
    for name, member in schema.get("properties", {}).items():
        yield from declared(member, f"{at}.{name}" if at else name)
    if schema.get("type") == "object" and "properties" not in schema:
        yield f"{at}.*"
    yield at


DOCUMENTED = sorted({path for path in paths(EXAMPLE["reply"]["data"]) if not any(word in path for word in LEFT_OUT)})


@pytest.fixture(scope="module")
def lenient() -> Iterator[Played]:
    with playing(strict=False) as sandbox:
        yield sandbox


def whole_request() -> dict[str, Any]:
    """The example's request made good: one client, amounts above zero, SAT's words."""
    body: dict[str, Any] = json.loads(json.dumps(EXAMPLE["request"]))
    del body["clientId"]
    body["items"][0] |= {"quantity": 2, "total": 100, "currency": "MXN"}
    body["items"][0]["taxes"] = [{"type": "IVA", "rate": 0.16, "factor": "Tasa"}]
    return body | {"exchange": 1, "paid": True, "automaticInvoice": True}


def test_the_sandboxs_payment_has_every_member_of_the_documents_reply() -> None:
    with playing() as sandbox:
        record = sandbox.create("/payments", whole_request())
        planted = sandbox.api.get(f"/payments/{record['id']}").json()["data"]
    assert [path for path in DOCUMENTED if path not in {*paths(record)}] == []
    assert planted == record


def test_a_pretend_payment_has_them_too() -> None:
    """Those of `--rows`; a client's members are those it was given, an automation is there when asked for."""
    with playing(rows={"payments": 60}) as sandbox:
        records = sandbox.stored()
    seen = {path for record in records for path in paths(record)}
    assert [path for path in DOCUMENTED if path not in seen and not path.startswith("automations.")] == []


def test_the_openapi_file_declares_every_member_of_the_documents_reply() -> None:
    known = {*declared(SCHEMAS["Payment"])}
    free = tuple(path.removesuffix("*") for path in known if path.endswith(".*"))
    assert [path for path in DOCUMENTED if path not in known and not path.startswith(free)] == []


def test_a_lenient_sandbox_takes_the_documents_request_as_it_stands(lenient: Played) -> None:
    record = lenient.create("/payments", EXAMPLE["request"])
    assert record["amount"] == 0 and record["client"]["rfc"] == "string"


Change = Callable[[dict[str, Any]], Any]

STRICTER: dict[str, Change] = {
    "client": lambda body: body.update(clientId="client_1"),
    "items[0].quantity": lambda body: body["items"][0].update(quantity=0),
    "exchange": lambda body: body.update(exchange=0),
    "items[0].taxes[0].type": lambda body: body["items"][0]["taxes"][0].update(type="ISH"),
    "items[0].taxes[0].factor": lambda body: body["items"][0]["taxes"][0].update(factor="string"),
    "items[0].currency": lambda body: body["items"][0].update(currency="COP"),
    "unheard_of": lambda body: body.update(unheard_of=1),
}


@pytest.mark.parametrize("member", STRICTER)
def test_what_the_document_leaves_open_is_refused_by_a_strict_sandbox_only(member: str, lenient: Played) -> None:
    body = whole_request() | {"metadata": {"internalId": member}}
    STRICTER[member](body)
    with playing() as strict:
        refused = strict.api.post("/payments", json=body)
    assert refused.status_code == 400 and member in refused.json()["message"]
    assert lenient.api.post("/payments", json=body).status_code == 200


def test_a_tax_without_a_type_is_refused_by_a_strict_sandbox_only(lenient: Played) -> None:
    body = whole_request() | {"metadata": {"internalId": "no type"}}
    del body["items"][0]["taxes"][0]["type"]
    with playing() as strict:
        assert "taxes[0].type is required" in strict.api.post("/payments", json=body).json()["message"]
    assert lenient.api.post("/payments", json=body).status_code == 200


@pytest.mark.parametrize("mode", ["strict", "lenient"])
def test_items_are_needed_whatever_the_metadata_says(mode: str) -> None:
    body = whole_request() | {"metadata": {"stringitems": "[]"}}
    del body["items"]
    with playing(strict=mode == "strict") as sandbox:
        assert "items is required" in sandbox.api.post("/payments", json=body).json()["message"]


def test_a_client_says_its_mode_where_it_came_from_and_its_team() -> None:
    """The three members of a client that may be sent; the other four of the schema are the server's."""
    client = {"name": "Ana", "rfc": "LOAA800101AB1", "email": "ana@empresa.example"}
    with playing() as sandbox:
        silent = sandbox.create("/clients", client)
        told = sandbox.create("/clients", client | {"livemode": True, "from": "erp", "team": "team_9"})
        given = [sandbox.api.post("/clients", json=client | {name: "x"}).status_code
                 for name in ("id", "billingAccount", "owner", "timestamp")]  # fmt: skip
    assert (silent["livemode"], silent["from"], silent["team"]) == (False, "api", "team_sandbox")
    assert (told["livemode"], told["from"], told["team"]) == (True, "erp", "team_9")
    assert given == [400] * 4
