"""What every dialect must declare, whatever generation of the API it speaks of."""

from __future__ import annotations

import ast
import asyncio
import dataclasses
import inspect
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from listing import exported
from odd_pages import answering
from paged import WAYS, Row, Way
from wire import KEY, an_answer, serving
from wire import answering as replying

import pipeline
import schemas
from pipeline.api.client import Client
from pipeline.api.paging.open import open_pager
from pipeline.api.reply import Reply
from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.api.transport import open_transport
from pipeline.api.verdict import judge_read, judge_write
from pipeline.delivery.bodies.wire import BodyWriter
from pipeline.ops.generation import tell_generation
from pipeline.remote.detail import Detail, read_detail
from pipeline.remote.list_lookup import open_list_lookup
from schemas.dialects import DIALECTS, spec
from schemas.dialects.spec import Day, Dialect, Divide, Endpoint, Read, Unit, Verdict

SOURCES = sorted(Path(pipeline.__file__).parent.rglob("*.py"))
CLASSES = ("2xx", "3xx", "4xx", "5xx")
WORDS = [word for _, word in inspect.getmembers(spec, dataclasses.is_dataclass) if isinstance(word, type)]

every_dialect = pytest.mark.parametrize("spoken", DIALECTS.values(), ids=DIALECTS)
every_resource = pytest.mark.parametrize("name", schemas.RESOURCE_NAMES)


def sent(name: str) -> set[str]:
    """The fields of a resource that leave this machine, and those references fill."""
    declared = schemas.resource(name)
    return {c.field for c in declared.columns if c.sent} | {r.fills for r in declared.references}


# --- the words --------------------------------------------------------------------------------------------------------


def fields_read(tree: ast.Module) -> Iterator[str]:
    """`x.field`, and `Word.field` for what `case Word(…)` takes by its place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name):
            word = getattr(spec, node.cls.id, None)
            names = [field.name for field in dataclasses.fields(word)] if word in WORDS else []
            yield from (f"{node.cls.id}.{name}" for name in names[: len(node.patterns)])


def test_nothing_is_declared_that_nobody_reads() -> None:
    texts = [text for path in SOURCES if "dialect" in (text := path.read_text("utf-8"))]
    read = {name for text in texts for name in fields_read(ast.parse(text))}
    declared = [(word.__name__, field.name) for word in WORDS for field in dataclasses.fields(word)]
    assert len(declared) > 40
    assert [f"{word}.{name}" for word, name in declared if not {name, f"{word}.{name}"} & read] == []


# --- what is asked ----------------------------------------------------------------------------------------------------


@every_dialect
def test_a_dialect_is_found_under_its_own_name(spoken: Dialect) -> None:
    assert DIALECTS[spoken.name] is spoken


@every_dialect
def test_paths_are_below_one_secure_address(spoken: Dialect) -> None:
    assert spoken.base_url.startswith("https://")
    assert not spoken.base_url.endswith("/")
    paths = [endpoint.path for endpoint in spoken.endpoints.values()]
    assert len(set(paths)) == len(paths)
    creating = [create.path for endpoint in spoken.endpoints.values() for create in endpoint.creates]
    assert all(path.startswith("/") and not path.endswith("/") for path in paths + creating)


@every_dialect
def test_a_list_can_be_walked(spoken: Dialect) -> None:
    pager = open_pager(spoken, overlap=True)
    assert pager.first()[spoken.paging.limit] == spoken.paging.size > 1
    assert pager.take({spoken.envelope.data: []}).next is None


@every_dialect
def test_what_narrows_a_list_is_among_its_filters(spoken: Dialect) -> None:
    for endpoint in spoken.endpoints.values():
        by = {found.parameter for found in endpoint.natural_keys.values() if found is not None}
        assert by | {endpoint.since, endpoint.until} - {None} <= set(endpoint.filters)


@every_dialect
def test_what_can_be_imported_can_be_asked_for_by_its_id(spoken: Dialect) -> None:
    """Without that no canary whose answer was lost is proven, nor the absence of a record a list does not name."""
    records = {name: endpoint.record for name, endpoint in spoken.endpoints.items() if endpoint.creates}
    assert all(record is not None and record.count("{id}") == 1 for record in records.values()), records


@every_dialect
def test_one_record_is_asked_for_where_the_dialect_says_and_nowhere_else(spoken: Dialect, tmp_path: Path) -> None:
    """By an export, by a canary whose answer was lost, and by a list that shows no internalId; any id is quoted."""
    elsewhere = replace(spoken.endpoints["payments"], record="/one/{id}/of-payments")
    moved = replace(spoken, endpoints={**spoken.endpoints, "payments": elsewhere})
    row = {spoken.identifier: "p/1"}
    bare = {spoken.envelope.data: [row], spoken.envelope.more[0]: False, spoken.envelope.total[0]: 1}
    one = an_answer({spoken.envelope.data: row})

    async def main() -> tuple[Detail, list[bytes]]:
        talk, received = replying(one, one, an_answer(bare), one)
        async with serving(talk) as base_url:
            client = Client(moved, open_transport(1), base_url=base_url, key=KEY)
            async with ApiSession(client, Throttle(concurrency=1)) as session:
                await session.read_record("payments", "p/1")
                detail = await read_detail(session, "payments", "p/1")
                lookup = await open_list_lookup("payments", 1, session, tmp_path)
                await lookup.distrust_hidden_ids()
                assert list(lookup.identified() or ["unproven"]) == []
                return detail, [request.split(b" ")[1] for request in received]

    detail, asked = asyncio.run(main())
    assert detail == Detail(row)
    assert [asked[0], asked[1], asked[3]] == [b"/v2/one/p%2F1/of-payments"] * 3


# --- what answers mean ------------------------------------------------------------------------------------------------


@every_dialect
def test_every_answer_has_a_verdict(spoken: Dialect) -> None:
    for table in (spoken.write, spoken.read):
        assert set(CLASSES) <= table.status.keys() & table.foreign.keys()
    for judge in (judge_write, judge_read):
        for status in range(200, 600):
            for content in (b"{}", b"<html>", b""):
                judge(spoken, Reply(status, content, "application/json", None, 0.1))


@every_dialect
def test_a_refusal_in_words_about_our_key_is_a_record_that_exists(spoken: Dialect) -> None:
    said = json.dumps({"message": f"{spoken.duplicate.key} already exists"}).encode()
    for status in spoken.duplicate.statuses:
        assert spoken.write.status.get(str(status), spoken.write.status["4xx"]) is Verdict.REFUSED
        assert judge_write(spoken, Reply(status, said, "application/json", None, 0.1)).verdict is Verdict.EXISTS
    keyed = [endpoint.reads["internal_id"].paths for endpoint in spoken.endpoints.values() if endpoint.creates]
    assert all(spoken.duplicate.key in paths for paths in keyed)


@every_dialect
def test_an_answer_tells_its_generation(spoken: Dialect) -> None:
    envelope = spoken.envelope
    assert set(envelope.own_names) <= {envelope.next, *envelope.more, *envelope.total}
    assert all(tell_generation((envelope.data, mark)) == spoken.name for mark in envelope.own_names)


# --- what is sent -----------------------------------------------------------------------------------------------------


def endpoint_of(spoken: Dialect, name: str) -> Endpoint:
    endpoint = spoken.endpoints[name]
    assert endpoint.creates, "a resource that can be imported can be created"
    return endpoint


@every_resource
@every_dialect
def test_every_field_is_mapped_or_declared_dropped_and_no_strange_one(spoken: Dialect, name: str) -> None:
    for create in endpoint_of(spoken, name).creates:
        assert "metadata.*" in create.fields
        below = {field for field in create.fields if field.startswith(tuple(f"{inner}." for inner in create.lists))}
        whole = {field for field in create.fields if field not in below} | {
            next((known for known in sent(name) if field == known or field.startswith(f"{known}.")), field)
            for field in below
        }
        named = {field for field in whole if not field.endswith(".*")}
        assert sent(name) <= named
        assert named <= {column.field for column in schemas.resource(name).columns} | sent(name)


@every_resource
@every_dialect
def test_words_can_be_read_and_name_fields_that_are_there(spoken: Dialect, name: str) -> None:
    creates = endpoint_of(spoken, name).creates
    writer = BodyWriter(creates)
    for number, create in enumerate(creates):
        divided = [word.by for word in create.fields.values() if isinstance(word, Divide)]
        assert {*divided, *create.when} <= create.fields.keys()
        for reference in schemas.resource(name).references:
            assert writer.find_path(number, reference.fills)


@pytest.mark.parametrize("values", [{"paid": True}, {"paid": False}, {}], ids=["paid", "unpaid", "unsaid"])
@every_dialect
def test_a_payment_has_one_way_to_be_created(spoken: Dialect, values: dict[str, Any]) -> None:
    creates = endpoint_of(spoken, "payments").creates
    number, _ = BodyWriter(creates).write(values)
    assert 0 <= number < len(creates)


@every_dialect
def test_no_way_to_create_hides_behind_another(spoken: Dialect) -> None:
    for endpoint in spoken.endpoints.values():
        for number, create in enumerate(endpoint.creates):
            earlier = [other for other in endpoint.creates[:number] if other.when.items() <= create.when.items()]
            if create.then is None:
                assert not earlier
            else:  # it is reached through the day that the way before cannot say
                assert [any(isinstance(word, Day) for word in other.fields.values()) for other in earlier] == [True]
                assert "{id}" in create.then.path


# --- what is read -----------------------------------------------------------------------------------------------------


@every_resource
@every_dialect
def test_what_a_record_is_known_by_can_be_read(spoken: Dialect, name: str) -> None:
    endpoint = endpoint_of(spoken, name)
    assert {"internal_id", "livemode", *endpoint.natural_keys} <= endpoint.reads.keys()
    assert all(read.paths for read in endpoint.reads.values())
    assert endpoint.natural_keys or endpoint.learnt_once, "else nobody can tell whether the account holds it"


@every_dialect
def test_an_amount_has_a_unit_and_a_currency(spoken: Dialect) -> None:
    payments = spoken.endpoints["payments"].reads
    assert payments["amount"].unit is not None
    assert "currency" in payments


# --- what is exported -------------------------------------------------------------------------------------------------


@pytest.fixture(params=["offset", "cursor"])
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


@every_dialect
def test_a_list_is_exported_by_whichever_way_of_paging(spoken: Dialect, way: Way, tmp_path: Path) -> None:
    rows: list[Row] = [{spoken.identifier: f"c_{n}", "rfc": "XAXX010101000"} for n in range(250)]
    paged = replace(spoken, paging=way.dialect.paging)
    with answering(lambda query: json.dumps(way.answer(rows, query)).encode()) as base_url:
        done = exported(base_url, "clients", tmp_path / "out", tmp_path / "state", spoken=paged)
    assert (done.rows, done.complete, done.why) == (250, True, None)
    assert pl.read_csv(done.files["clients"])["id"].to_list() == [f"c_{n}" for n in range(250)]


@every_dialect
@pytest.mark.parametrize(
    ("unit", "answered"), [(Unit.CENTS, ["100050", "1"]), (Unit.UNITS, ["1000.50", "0.01"])], ids=["cents", "units"]
)
def test_an_exported_amount_means_the_same_whatever_the_api_counts_in(
    spoken: Dialect, unit: Unit, answered: list[str], tmp_path: Path
) -> None:
    payments = spoken.endpoints["payments"]
    amount = Read(("amount",), unit)
    told = replace(
        spoken,
        paging=WAYS["offset"].dialect.paging,
        endpoints={**spoken.endpoints, "payments": replace(payments, reads={**payments.reads, "amount": amount})},
    )
    rows = ",".join(f'{{"{spoken.identifier}":"p_{n}","amount":{amount}}}' for n, amount in enumerate(answered))
    with answering(lambda query: f'{{"data":[{rows}],"hasMore":false}}'.encode()) as base_url:
        done = exported(base_url, "payments", tmp_path / "out", tmp_path / "state", spoken=told)
    written = pl.read_csv(done.files["payments"], infer_schema=False)
    assert written["amount"].to_list() == ["100050", "1"]
    assert written["amount_decimal"].to_list() == ["1000.50", "0.01"]
