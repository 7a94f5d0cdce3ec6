"""What a check says of values that dialect 2026 loses, or cannot say: of those alone, by the user's own headings."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import RecordingEvents

from pipeline.edge import PROCESS
from pipeline.importer.offline import check_offline
from pipeline.importer.request import ImportRequest
from pipeline.language.catalogue import translate
from pipeline.settings import Settings

TODAY = replace(PROCESS, now=lambda: datetime(2026, 11, 22, 18, tzinfo=UTC))
HEADINGS = (
    "internalId,clientId,paid,paymentMethod,date,Concepto,Descripción,Cantidad,Importe,Clave SAT,Clave unidad,Unidad"
)


def written(paid: str, form: str, date: str = "", *, item: str = "2,200.00") -> str:
    return f"client_1,{paid},{form},{date},Plan,Plan mensual,{item},84111506,E48,Servicio\n"


def check(folder: Path, rows: list[str], lang: str = "en", headings: str = HEADINGS) -> tuple[list[str], list[Any]]:
    """What a check warns of a file of payments, and the errors that it finds."""
    path, problems = folder / "pagos.csv", folder / "problems.jsonl"
    path.write_text(headings + "\n" + "".join(f"P-{n},{row}" for n, row in enumerate(rows)), "utf-8")
    events = RecordingEvents()
    settings = Settings(dialect="2026", lang=lang, state_dir=folder / "state")
    with check_offline(ImportRequest((str(path),), problems=problems), settings, events, TODAY) as checked:
        checked.finish()
    found = [json.loads(line) for line in problems.read_text("utf-8").splitlines()]
    return [translate(text, lang) for text in events.warnings], [f for f in found if f["severity"] == "error"]


@pytest.mark.parametrize(
    ("rows", "lost"),
    [
        ([("true", "03", "2026-11-22"), ("sí", "03", "")], []),
        ([("false", "", ""), ("", "", "")], []),
        ([("false", "03", ""), ("true", "03", "2026-11-22")], ["paymentMethod"]),
        ([("false", "", "2026-11-22"), ("true", "03", "")], ["date"]),
        ([("", "03", "2026-11-21")], ["paymentMethod", "date"]),
    ],
    ids=["paid alone", "unpaid alone", "a form of an unpaid one", "a date of an unpaid one", "nothing says paid"],
)
def test_a_loss_is_told_of_fields_that_some_record_loses_and_of_no_other(
    rows: list[tuple[str, str, str]], lost: list[str], tmp_path: Path
) -> None:
    warnings, errors = check(tmp_path, [written(*cells) for cells in rows])
    assert errors == []
    assert [line.split(": ")[1] for line in warnings if "not yet paid" in line] == lost


def test_a_loss_in_an_item_is_told_by_the_heading_of_its_column(tmp_path: Path) -> None:
    warnings, _ = check(tmp_path, [written("true", "03")])
    (said,) = (line for line in warnings if "has no name" in line)
    assert said.endswith("pagos.csv: Concepto: API 2026 has no name: it is put before the description")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Importe: 100.00 divided by 3 has more than 6 decimals: write a value that divides, or the quantity 1"),
        (
            "es",
            "Importe: 100.00 entre 3 tiene más de 6 decimales: escriba un valor que se divida exacto, o la cantidad 1",
        ),
    ],
)
def test_a_total_that_does_not_divide_is_refused_at_the_users_own_column(lang: str, said: str, tmp_path: Path) -> None:
    _, (error,) = check(tmp_path, [written("true", "03", item="3,100.00"), written("true", "03")], lang)
    assert (error["column"], error["line"], error["value"]) == ("Importe", 2, said)


@pytest.mark.parametrize(
    ("price", "rule", "said"),
    [
        ("33.333333", "PAY-AMOUNT-DEC", "'33.333333' times the quantity is an amount with more than 2 decimals."),
        ("0", "PAY-AMOUNT", "The amount '0' is not above zero."),
    ],
)
def test_a_unit_price_is_judged_at_its_own_column(price: str, rule: str, said: str, tmp_path: Path) -> None:
    by_price = HEADINGS.replace("Importe", "unit_price")
    _, (error,) = check(tmp_path, [written("true", "03", item=f"3,{price}")], headings=by_price)
    assert (error["column"], error["rule"], error["message"]) == ("unit_price", rule, said)


def test_a_past_day_is_refused_at_its_own_column_with_the_flag_that_says_it(tmp_path: Path) -> None:
    _, (error,) = check(tmp_path, [written("true", "03", "2026-11-20")], "es")
    assert error["column"] == "date"
    assert "--two-step lo dice con dos peticiones" in error["value"]
