"""What a row may refer to by internalId."""

from __future__ import annotations

import polars as pl

from pipeline.validation.references import References

STORED = {"id:c1": {"name": "Ana"}, "id:c2": {}}


def lookup(resource: str, keys: list[str]) -> dict[str, dict[str, str]]:
    return {key: STORED[key] for key in keys if resource == "clients" and key in STORED}


def test_each_distinct_reference_is_answered_once_known_or_not() -> None:
    found = References(lookup).find("clients", pl.Series(["c1", "nobody", "c1", None]))
    assert sorted(found.rows()) == [("c1", True, False), ("nobody", False, False)]
    assert References(lookup).find("services", pl.Series(["c1"])).rows() == [("c1", False, False)]


def test_what_refers_to_a_record_rejected_in_this_call_is_told_so() -> None:
    references = References(lookup)
    references.reject("clients", ["bad"])
    references.reject("clients", ["worse"])
    found = references.find("clients", pl.Series(["bad", "worse", "c2"]))
    assert sorted(found.rows()) == [("bad", False, True), ("c2", True, False), ("worse", False, True)]
    assert references.find("services", pl.Series(["bad"])).rows() == [("bad", False, False)]


def test_a_column_without_references_asks_nothing() -> None:
    found = References(lookup).find("clients", pl.Series([None, None], dtype=pl.String))
    assert found.is_empty()
    assert found.schema == {"ref": pl.String, "known": pl.Boolean, "rejected": pl.Boolean}


def test_the_local_fields_come_under_the_internal_id() -> None:
    assert References(lookup).local("clients", ["c1", "c2", "c3"]) == {"c1": {"name": "Ana"}, "c2": {}}
