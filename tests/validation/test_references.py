"""What a block refers to by internalId is asked once, and then judged without a journal."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from judging import PAYMENT, TODAY

from pipeline.findings.compose import FindingContext
from pipeline.formats import LINE, Shape
from pipeline.model import RECORD, Source
from pipeline.source.columns.headings import match_fields
from pipeline.validation.references import LOCAL, References, find_answers, find_references
from pipeline.validation.validate import validate
from schemas import resource
from schemas.cleaning.repair.normalise import NO_CELL_FORMATS
from schemas.rule_options import RuleOptions

STORED = {"id:c1": {"name": "Ana"}, "id:c2": {}}


def lookup(resource: str, keys: list[str]) -> dict[str, dict[str, str]]:
    return {key: STORED[key] for key in keys if resource == "clients" and key in STORED}


def told(answers: pl.DataFrame) -> list[tuple[str, bool, bool]]:
    return [(row["ref"], row["known"], row["rejected"]) for row in answers.iter_rows(named=True)]


def wanted(rows: list[dict[str, str | None]]) -> dict[str, list[str]]:
    raw = pl.DataFrame(rows).with_row_index(LINE, 2).with_row_index(RECORD)
    fields, _ = match_fields(raw.drop(LINE, RECORD).columns, "payments", "file.csv")
    return find_references(raw, fields, resource("payments"), NO_CELL_FORMATS)


def test_each_reference_is_answered_known_or_not() -> None:
    assert told(References(lookup).answer({"clients": ["c1", "nobody"], "services": ["c1"]})) == [
        ("c1", True, False), ("nobody", False, False), ("c1", False, False),
    ]  # fmt: skip


def test_what_refers_to_a_record_rejected_in_this_call_is_told_so() -> None:
    references = References(lookup)
    references.reject("clients", ["bad"])
    references.reject("clients", ["worse"])
    assert told(references.answer({"clients": ["bad", "worse", "c2"], "services": ["bad"]})) == [
        ("bad", False, True), ("worse", False, True), ("c2", True, False), ("bad", False, False),
    ]  # fmt: skip


def test_a_block_without_references_asks_nothing() -> None:
    def asked(resource: str, keys: list[str]) -> dict[str, dict[str, str]]:
        raise AssertionError(resource)

    assert References(asked).answer({"clients": []}).is_empty()
    assert References(asked).answer({}).schema == References(lookup).answer({"clients": ["c1"]}).schema


def test_what_an_item_may_take_stands_beside_the_answer() -> None:
    answers = References(lookup).answer({"clients": ["c1", "c2", "c3"]})
    assert answers["local.name"].to_list() == ["Ana", None, None]


def test_an_item_may_take_what_a_service_keeps() -> None:
    assert set(LOCAL) == set(resource("services").local)


def test_the_references_of_a_block_are_named_once_and_as_they_will_be_read() -> None:
    rows = [
        {"internalId": "p1", "client_ref": " c1 ", "items.service_ref": "s1"},
        {"internalId": "p2", "client_ref": "c1", "items.service_ref": None},
        {"internalId": "p3", "client_ref": "", "items.service_ref": "s2"},
    ]
    assert wanted(rows) == {"clients": ["c1"], "services": ["s1", "s2"]}


def test_services_are_found_in_items_written_as_json_also_in_escapes() -> None:
    rows: list[dict[str, str | None]] = [
        {"internalId": "p1", "items": '[{"service_ref": "s1"}, {"name": "x"}]'},
        {"internalId": "p2", "items": '[{"\\u0073ervice_ref": "s2"}]'},
        {"internalId": "p3", "items": "no list: service_ref"},
        {"internalId": "p4", "items": None},
    ]
    assert wanted(rows) == {"services": ["s1", "s2"]}


def test_a_reference_nobody_asked_about_is_a_mistake_of_ours_and_not_unknown() -> None:
    answers = References(lookup).answer({"clients": ["c1"]})
    assert told(find_answers(answers, "clients", pl.Series(["c1", None, "c1"]))) == [("c1", True, False)]
    with pytest.raises(KeyError, match="c2"):
        find_answers(answers, "clients", pl.Series(["c2"]))


ELSEWHERE = """
import pickle, sys
from pipeline.validation.validate import validate
sys.stdout.buffer.write(pickle.dumps(validate(*pickle.load(sys.stdin.buffer))))
"""


def test_a_block_is_judged_the_same_in_another_process() -> None:
    rows = [PAYMENT, {**PAYMENT, "internalId": "P-2", "clientId": None, "client_ref": "nobody"}]
    names = dict.fromkeys(name for row in rows for name in row)
    raw = pl.DataFrame({n: [row.get(n) for row in rows] for n in names}).with_columns(
        pl.int_range(2, 4, dtype=pl.UInt32).alias(LINE), pl.int_range(2, dtype=pl.UInt32).alias(RECORD)
    )
    fields, unknown = match_fields(tuple(names), "payments", "file.csv")
    hashes = pl.Series([], dtype=pl.UInt64)
    source = Source(
        path=Path("file.csv"), name="file.csv", format="csv", shape=Shape(tuple(names)),
        sha256="", resource="payments", fields=fields, unknown=unknown, hashes=hashes, lines=hashes.cast(pl.UInt32),
    )  # fmt: skip
    answers = References(lookup).answer(find_references(raw, fields, resource("payments"), NO_CELL_FORMATS))
    once = pl.DataFrame(schema={"hash": pl.UInt64, "proposal": pl.String})
    arguments = (raw, FindingContext(source, "en"), answers, once, RuleOptions(today=TODAY))
    here = validate(*arguments)
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], input=pickle.dumps(arguments), capture_output=True, check=True
    )
    there = pickle.loads(done.stdout)  # noqa: S301
    assert here.findings["rule"].to_list() == ["X-REF"]
    assert there.read == here.read == 2
    for name in ("records", "lines", "findings", "rejected"):
        assert getattr(there, name).equals(getattr(here, name))
