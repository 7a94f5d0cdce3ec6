"""The API's own documents, transcribed, against both cell_formats of them: the dialect and the sandbox.

`v2025_06/replies.json` holds answers and what they must be taken for, `v2025_06/resources.json` what each resource
accepts and answers. `section` names the place in docs/api.md. Dialect and sandbox share no code, so only these
files can show that one of them misread a page.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

import schemas
from pipeline.api.reply import Reply
from pipeline.api.verdict import judge_read, judge_write
from pipeline.sandbox import EmbeddedSandbox, Options
from schemas.dialects import DIALECTS, dialect

DATA = Path(__file__).with_name("v2025_06")
REPLIES: list[dict[str, Any]] = json.loads((DATA / "replies.json").read_text("utf-8"))
RESOURCES: dict[str, dict[str, Any]] = json.loads((DATA / "resources.json").read_text("utf-8"))
DIALECT = dialect("2025-06")
ENVELOPE = {"data", "message", "next", "totalResults", "hasMore"}
JUDGES = {"write": judge_write, "read": judge_read}

LISTS = [name for name, told in RESOURCES.items() if told["list"]]
CREATED = [name for name, told in RESOURCES.items() if "request" in told]
KINDS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


# --- the dialect ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told", REPLIES, ids=[f"{told['request']} {told['status']} {n}" for n, told in enumerate(REPLIES)]
)
def test_a_documented_answer_is_taken_for_what_it_is(told: dict[str, Any]) -> None:
    content = told["text"] if "text" in told else json.dumps(told["body"])
    reply = Reply(told["status"], content.encode(), told.get("content_type", "application/json"), None, 0.1)
    judgement = JUDGES[told["request"]](DIALECT, reply)
    expected = told["expect"]
    assert judgement.verdict == expected["verdict"]
    assert judgement.remote_id == expected.get("remote_id")
    assert judgement.code == expected.get("code")
    assert expected.get("says", "") in judgement.message


def test_the_dialect_has_every_list_of_the_documents_at_its_path() -> None:
    assert {name: endpoint.path for name, endpoint in DIALECT.endpoints.items()} == {
        name: RESOURCES[name]["path"] for name in LISTS
    }
    assert list(DIALECT.endpoints) == LISTS


@pytest.mark.parametrize("name", LISTS)
def test_the_dialect_knows_the_documented_filters_and_no_other(name: str) -> None:
    endpoint = DIALECT.endpoints[name]
    assert set(endpoint.filters) == set(RESOURCES[name].get("filters", {}))
    natural = {by.parameter for by in endpoint.natural_keys.values() if by is not None}
    assert {endpoint.since, endpoint.until, *natural} - {None} <= set(endpoint.filters)


@pytest.mark.parametrize("name", schemas.RESOURCE_NAMES)
def test_every_column_that_is_sent_has_its_place_in_a_body(name: str) -> None:
    endpoint = DIALECT.endpoints[name]
    sent = {column.field for column in schemas.resource(name).columns if column.sent}
    (create,) = endpoint.creates
    assert sent == {field for field in create.fields if not field.endswith(".*")}


def test_a_dialect_is_found_by_its_name_and_an_unknown_one_names_those_there_are() -> None:
    assert all(DIALECTS[name].name == name for name in DIALECTS)
    with pytest.raises(ValueError, match=r"dialect '1999' is not known; known are: 2025-06"):
        dialect("1999")


@pytest.mark.parametrize("judging", [DIALECT.write, DIALECT.read], ids=["write", "read"])
def test_every_class_of_status_has_a_verdict(judging: Any) -> None:
    for table in (judging.status, judging.foreign):
        assert {"2xx", "3xx", "4xx", "5xx"} <= table.keys()


# --- the sandbox ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def api() -> Iterator[httpx.Client]:
    with (
        EmbeddedSandbox(Options()) as sandbox,
        httpx.Client(base_url=sandbox.base_url, headers={"Authorization": "Bearer test"}, trust_env=False) as client,
    ):
        yield client


def create(api: httpx.Client, name: str, suffix: str) -> dict[str, Any]:
    """Send the documented request, with an internalId of its own and its reference filled in; the whole envelope."""
    body = json.loads(json.dumps(RESOURCES[name]["request"]))
    body["metadata"]["internalId"] += suffix
    if body.get("clientId") == "$clients":
        body["clientId"] = create(api, "clients", suffix)["data"]["id"]
    reply = api.post(RESOURCES[name]["path"], json=body)
    assert reply.status_code == 200, reply.text
    envelope: dict[str, Any] = reply.json()
    return envelope


def refusals(record: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """What of a record the documents do not know, or know as another type."""
    wrong = [f"{name} is missing" for name in told["required"] if name not in record]
    for name, value in record.items():
        kinds = told["answer"].get(name, "").split(" or ")
        if not any(kind in KINDS and KINDS[kind](value) for kind in kinds):
            wrong.append(f"{name}={value!r} is not {kinds}")
    return wrong


@pytest.mark.parametrize("name", CREATED)
def test_the_sandbox_accepts_the_documented_request_and_answers_only_documented_members(
    api: httpx.Client, name: str
) -> None:
    envelope = create(api, name, "-a")
    assert envelope.keys() <= ENVELOPE
    assert refusals(envelope["data"], RESOURCES[name]) == []
    by_id = api.get(f"{RESOURCES[name]['path']}/{envelope['data']['id']}").json()
    assert by_id["data"] == envelope["data"]


@pytest.mark.parametrize("name", CREATED)
def test_the_dialect_takes_what_the_sandbox_created_for_done(api: httpx.Client, name: str) -> None:
    envelope = create(api, name, "-b")
    judgement = judge_write(DIALECT, Reply(200, json.dumps(envelope).encode(), "application/json", None, 0.1))
    assert judgement.remote_id == envelope["data"]["id"]


def test_the_sandbox_answers_a_ping_as_documented(api: httpx.Client) -> None:
    assert refusals(api.get("/ping").json()["data"], RESOURCES["ping"]) == []


def test_the_sandbox_answers_1500_of_the_request_as_cents_with_the_tax(api: httpx.Client) -> None:
    """Q2: currency units in, cents out; whether tax is included is UNKNOWN, the sandbox adds it."""
    assert create(api, "payments", "-c")["data"]["amount"] == 174000


@pytest.mark.parametrize("name", LISTS)
def test_the_sandbox_lists_in_the_documented_envelope(api: httpx.Client, name: str) -> None:
    query = {DIALECT.paging.limit: DIALECT.paging.size, DIALECT.paging.position: 0}
    reply = api.get(DIALECT.endpoints[name].path, params=query)
    assert reply.status_code == 200, reply.text
    envelope = reply.json()
    assert envelope.keys() <= ENVELOPE
    assert isinstance(envelope["data"], list)
    assert isinstance(envelope["hasMore"], bool)
    assert isinstance(envelope["totalResults"], int)
    assert envelope["next"] is None


@pytest.mark.parametrize(
    ("name", "parameter"), [(name, p) for name in RESOURCES for p in RESOURCES[name].get("filters", {})]
)
def test_the_sandbox_understands_every_documented_filter(api: httpx.Client, name: str, parameter: str) -> None:
    told = RESOURCES[name]
    assert api.get(told["path"], params={parameter: told["filters"][parameter]}).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_the_sandbox_gives_no_more_rows_a_page_than_the_dialect_asks_for(api: httpx.Client, name: str) -> None:
    assert api.get(DIALECT.endpoints[name].path, params={"limit": DIALECT.paging.size + 1}).status_code == 400


@pytest.mark.parametrize("name", RESOURCES)
def test_the_sandbox_asks_for_a_key_everywhere(api: httpx.Client, name: str) -> None:
    assert api.get(RESOURCES[name]["path"], headers={"Authorization": ""}).status_code == 401
