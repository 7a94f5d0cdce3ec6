"""Which rows break which rules: judged together, told one rule at a time with exactly the rows that break it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from judging import CLIENT, PAYMENT, TODAY

from pipeline.formats import LINE
from pipeline.model import RECORD
from pipeline.validation.row_rules import find_broken_rules, find_damage
from schemas import resource
from schemas.rule_options import RuleOptions
from schemas.spec import Severity

OPTIONS = RuleOptions(today=TODAY)
ID = "metadata.internalId"

Cells = dict[str, str | None]


def canonical(name: str, rows: list[Cells], items: bool = False) -> pl.DataFrame:
    """Rows under field names; a column for every declared one."""
    part = resource(name).lines if items else resource(name).record
    assert part is not None
    schema: dict[str, Any] = {LINE: pl.UInt32, RECORD: pl.UInt32}
    schema |= dict.fromkeys([column.field for column in part.columns], pl.String)
    made = [
        {LINE: 2 + n, RECORD: n} | {key: row.get(key) for key in schema if key in row} for n, row in enumerate(rows)
    ]
    return pl.DataFrame(made, schema=schema)


def client(**cells: str | None) -> Cells:
    return {ID: CLIENT["internalId"]} | {k: v for k, v in CLIENT.items() if k != "internalId"} | cells


def item(**cells: str | None) -> Cells:
    own = {k: v for k, v in PAYMENT.items() if k.startswith("items.")}
    return own | {f"items.{name}": cell for name, cell in cells.items()}


def broken(name: str, rows: list[Cells], options: RuleOptions = OPTIONS, items: bool = False) -> dict[str, list[int]]:
    """The lines that break each rule."""
    found = find_broken_rules(canonical(name, rows, items), name, items=items, options=options)
    return {rule.id: failing[LINE].to_list() for rule, failing in found}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param([], {}, id="no row"),
        pytest.param([client()], {}, id="nothing wrong"),
        pytest.param([client(email="nobody")], {"API-EMAIL": [2]}, id="one row"),
        pytest.param([client(), client(email="x"), client(), client(email="y")], {"API-EMAIL": [3, 5]}, id="some rows"),
        pytest.param(
            [client(email="x", use="ZZZ")], {"API-EMAIL": [2], "CLIENT-USE-CATALOG": [2]}, id="two rules, one row"
        ),
        pytest.param(
            [client(email="x"), client(use="ZZZ")],
            {"API-EMAIL": [2], "CLIENT-USE-CATALOG": [3]},
            id="two rules, two rows",
        ),
        pytest.param([client(name=None)], {"API-REQUIRED": [2]}, id="a cell that must be there, in no row"),
        pytest.param([client(), client(name=None)], {"API-REQUIRED": [3]}, id="a cell that must be there, in one row"),
        pytest.param([client(phone=None)], {}, id="an empty cell is judged by no rule but that it must be there"),
    ],
)
def test_each_rule_comes_with_the_rows_that_break_it(rows: list[Cells], told: dict[str, list[int]]) -> None:
    assert broken("clients", rows) == told


def test_items_have_rules_of_their_own() -> None:
    assert broken("payments", [item(), item(quantity="two")], items=True) == {"API-NUMBER": [3]}


def test_a_resource_without_items_has_no_rules_of_items() -> None:
    assert list(find_broken_rules(canonical("clients", [client()]), "clients", items=True, options=OPTIONS)) == []


def test_the_rows_bring_the_facts_they_were_judged_by() -> None:
    """A proposal is worked out from them."""
    frame = canonical("clients", [client(use="ZZZ")])
    ((_, failing),) = find_broken_rules(frame, "clients", items=False, options=OPTIONS)
    assert {*frame.columns} < {*failing.columns}
    assert any(column.startswith("~") for column in failing.columns)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (OPTIONS, {"API-EMAIL", "CLIENT-USE-CATALOG"}),
        (RuleOptions(today=TODAY, ignore=frozenset({"CLIENT-USE-CATALOG"})), {"API-EMAIL"}),
        (RuleOptions(today=TODAY, only=frozenset({"CLIENT-USE-CATALOG"})), {"API-EMAIL", "CLIENT-USE-CATALOG"}),
        (RuleOptions(today=TODAY, only=frozenset({"CLIENT-ZIP"})), {"API-EMAIL"}),
        (RuleOptions(today=TODAY, ignore=frozenset({"API-EMAIL"})), {"API-EMAIL", "CLIENT-USE-CATALOG"}),
    ],
    ids=["as it comes", "ignored", "only it", "only another", "what the tool relies on is never ignored"],
)
def test_only_rules_that_run_are_told(options: RuleOptions, told: set[str]) -> None:
    assert broken("clients", [client(email="x", use="ZZZ")], options).keys() == told


def test_a_rule_is_told_as_severe_as_it_is_in_this_run() -> None:
    frame = canonical("payments", [item(product_key="01010101")], items=True)

    def severities(options: RuleOptions) -> set[Severity]:
        return {rule.severity for rule, _ in find_broken_rules(frame, "payments", items=True, options=options)}

    assert severities(OPTIONS) == {Severity.WARNING}
    assert severities(RuleOptions(today=TODAY, strict=True)) == {Severity.ERROR}


@pytest.mark.parametrize(
    ("field", "cell", "rules"),
    [
        ("name", "Escuela Kemper", set()),
        ("name", "Mu\u00c3\u00b1oz", {"NORM-MOJIBAKE"}),
        ("phone", "5.51234E+09", {"NORM-SCIENTIFIC"}),
        (ID, "1.23457E+14", {"NORM-SCIENTIFIC"}),
        (ID, "12345678901234500000", {"NORM-LONG-ID"}),
        (ID, "3-mar", {"NORM-DATE-ID"}),
        (ID, "C-1", set()),
    ],
)
def test_damage_is_told_by_what_the_column_holds(field: str, cell: str, rules: set[str]) -> None:
    frame = canonical("clients", [client(), client(**{field: cell})])
    found = {rule.id: failing[LINE].to_list() for rule, failing in find_damage(frame, "clients", OPTIONS)}
    assert found == {rule: [3] for rule in rules}


def test_damage_is_looked_for_in_columns_nobody_declared_too() -> None:
    frame = canonical("clients", [client()]).with_columns(pl.lit("Mu\u00c3\u00b1oz").alias("metadata.city"))
    assert [rule.field for rule, _ in find_damage(frame, "clients", OPTIONS)] == ["metadata.city"]


def test_no_row_has_no_damage() -> None:
    assert list(find_damage(canonical("clients", []), "clients", OPTIONS)) == []
