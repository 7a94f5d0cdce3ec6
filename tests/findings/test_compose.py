"""A finding says what is wrong, where, and what to do, in the user's own words for the column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.findings.compose import FindingContext, compose_findings, join_findings, no_findings
from pipeline.formats import LINE, Shape
from pipeline.model import FINDING_SCHEMA, RECORD, Source
from schemas.spec import INTERNAL_ID, Rule, Severity, Text

EMAIL = Rule(
    "API-EMAIL",
    "email",
    None,
    Text("«{value}» no es un correo en {column}.", "'{value}' is no address in {column}."),
    Text("Escriba {proposal}.", "Write {proposal}."),
    sat_code="CFDI40000",
)


def a_voice(lang: str = "en", sheet: str | None = None) -> FindingContext:
    headings = ("Clave", "Correo")
    shape = Shape(headings) if sheet is None else Shape(headings, sheet=sheet, columns=("B", "D"))
    fields = {"Clave": INTERNAL_ID, "Correo": "email"}
    none = pl.Series([], dtype=pl.UInt64)
    return FindingContext(Source(Path("c.csv"), "c.csv", "csv", shape, "", "clients", fields, (), none, none), lang)


def rows(*cells: tuple[str | None, str | None], line: int = 2) -> pl.DataFrame:
    made = [
        {LINE: line + n, RECORD: n, INTERNAL_ID: f"C-{n}", "value": value, "proposal": proposal}
        for n, (value, proposal) in enumerate(cells)
    ]
    kinds = dict.fromkeys(["value", "proposal"], pl.String) | dict.fromkeys([LINE, RECORD], pl.UInt32)
    return pl.DataFrame(made, schema_overrides=kinds)


def the_one(found: pl.DataFrame) -> dict[str, Any]:
    assert found.height == 1
    return found.row(0, named=True)


def test_a_finding_has_every_column_of_the_problems_file_and_its_record() -> None:
    found = compose_findings(rows(("x", "y")), EMAIL, a_voice())
    assert found.schema == no_findings().schema
    assert found.columns == [*FINDING_SCHEMA, RECORD]
    told = {name: cell for name, cell in the_one(found).items() if name not in ("message", "advice", RECORD)}
    assert told == {
        "file": "c.csv", "sheet": None, "line": 2, "column": "Correo", "resource": "clients", "key": "C-0",
        "rule": "API-EMAIL", "severity": "error", "sat_code": "CFDI40000", "value": "x", "proposal": "y",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "value", "proposal", "message", "advice"),
    [
        ("en", "x", "y", "'x' is no address in Correo.", "Write y."),
        ("es", "x", "y", "«x» no es un correo en Correo.", "Escriba y."),
        ("en", None, None, "'' is no address in Correo.", "Write ."),
        ("en", "{proposal}", "{value}", "'{proposal}' is no address in Correo.", "Write {value}."),
        ("en", "x" * 200, "y", f"'{'x' * 120}' is no address in Correo.", "Write y."),
    ],
    ids=["English", "Spanish", "nothing", "braces in a cell are no holes", "a long cell is cut in the sentence only"],
)
def test_the_sentences_name_the_cell_and_the_users_own_heading(
    lang: str, value: str | None, proposal: str | None, message: str, advice: str
) -> None:
    found = the_one(compose_findings(rows((value, proposal)), EMAIL, a_voice(lang)))
    assert (found["message"], found["advice"], found["value"]) == (message, advice, value)


def test_a_field_without_a_column_is_called_by_its_name() -> None:
    found = the_one(compose_findings(rows(("x", None)), EMAIL, a_voice(), "address.zip"))
    assert found["column"] == "address.zip"


@pytest.mark.parametrize(
    ("field", "begins"), [("email", "Hoja 1!D2: "), ("address.zip", "'x'")], ids=["a column", "no such column"]
)
def test_the_message_about_a_cell_of_a_sheet_begins_with_its_address(field: str, begins: str) -> None:
    found = the_one(compose_findings(rows(("x", None)), EMAIL, a_voice(sheet="Hoja 1"), field))
    assert found["message"].replace("'Hoja 1'", "Hoja 1").startswith(begins)
    assert found["sheet"] == "Hoja 1"


@pytest.mark.parametrize(
    ("gloss", "proposal", "offer"),
    [
        (None, "y", " Is it 'y'?"),
        (pl.lit("Name"), "y", " Is it 'y' (Name)?"),
        (None, None, ""),
        (pl.lit("N"), None, ""),
    ],
)
def test_what_a_rule_works_out_for_a_cell_is_offered(gloss: pl.Expr | None, proposal: str | None, offer: str) -> None:
    advice = Text("Corríjalo.", "Correct it.")
    rule = Rule("X", "email", None, EMAIL.message, advice, proposal=pl.col("proposal"), gloss=gloss)
    assert the_one(compose_findings(rows(("x", proposal)), rule, a_voice()))["advice"] == "Correct it." + offer


def test_a_record_is_told_its_errors_once_in_the_order_of_their_lines_and_nothing_else() -> None:
    warning = Rule("W", "email", None, EMAIL.message, EMAIL.advice, Severity.WARNING)
    other = Rule("OTHER", INTERNAL_ID, None, Text("b", "b."), Text("b", "c."))
    one, two = rows(("x", "y")), rows(("x", "y"), line=1)
    found = pl.concat(
        [compose_findings(*told, a_voice()) for told in ((one, EMAIL), (two, other), (one, EMAIL), (one, warning))]
    )
    joined = join_findings(found)
    assert joined.rows(named=True) == [
        {
            RECORD: 0,
            "_errors": "Clave: b. c. | Correo: 'x' is no address in Correo. Write y.",
            "_codes": "OTHER, API-EMAIL",
        }
    ]


def test_a_record_without_errors_is_told_nothing() -> None:
    assert join_findings(no_findings()).is_empty()
