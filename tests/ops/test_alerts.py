"""What an alert says: how a job ended, counts and sums, and nothing of any record."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.ops.alerts import AlertLevel, compose_alert, judge_level

IMPORT: dict[str, Any] = {
    "command": "import",
    "run": "2026-11-26-a",
    "status": "partial",
    "resources": {"payments": {"read": 1200, "created": 1190, "existing": 0, "rejected": 10, "unsent": 0}},
    "outputs": {"rejects": "/home/ana/pagos.rejects.csv"},
    "sums": {"MXN": {"payments": 1190, "net": 100_000_00, "gross": 116_000_00, "answered": 116_000_00}},
    "seconds": 61.5,
}
EXPORT: dict[str, Any] = {
    "command": "export",
    "run": "2026-11-26-b",
    "status": "partial",
    "resources": {"clients": {"rows": 12, "pages": 1, "complete": False, "why": "x"}},
}

LEVELS: list[tuple[dict[str, Any], int, AlertLevel]] = [
    ({"status": "ok"}, 0, AlertLevel.SUCCESS),
    ({"status": "partial"}, 1, AlertLevel.DEGRADED),
    ({"status": "failed"}, 1, AlertLevel.FAILURE),
    ({}, 1, AlertLevel.FAILURE),
    ({"status": "partial"}, 6, AlertLevel.FAILURE),
    ({"status": "interrupted"}, 130, AlertLevel.FAILURE),
]


@pytest.mark.parametrize(("result", "code", "level"), LEVELS)
def test_rejected_rows_degrade_a_job_and_all_else_that_is_not_done_fails_it(
    result: dict[str, Any], code: int, level: AlertLevel
) -> None:
    assert judge_level(result, code) is level


def test_an_import_is_told_by_its_fates_and_sums_as_a_person_reads_them() -> None:
    text, facts = compose_alert(IMPORT, 1, "en")
    assert text == (
        "gigbulk import: done, with rows rejected or refused (exit 1). payments: 1,200 read, 1,190 created, "
        "10 rejected. 1,190 payments: 116,000.00 MXN with tax. Run 2026-11-26-a."
    )
    assert (
        facts["level"] == "degraded" and facts["resources"] == IMPORT["resources"] and facts["sums"] == IMPORT["sums"]
    )


def test_an_export_is_told_by_its_rows_and_what_is_not_complete() -> None:
    text, facts = compose_alert(EXPORT, 6, "en")
    assert text == "gigbulk export: it failed (exit 6). clients: 12 rows, not proven complete. Run 2026-11-26-b."
    assert facts["level"] == "failure"


def test_a_job_that_did_not_begin_is_told_by_its_error() -> None:
    text, facts = compose_alert({"command": "import", "error": "There is no API key."}, 2, "en")
    assert text == "gigbulk import: it failed (exit 2). There is no API key."
    assert facts == {"command": "import", "exit_code": 2, "level": "failure", "error": "There is no API key."}


def test_no_path_and_no_personal_datum_leaves_the_house() -> None:
    error = "ana.perez@empresa.example, LOAA800101AB1:\nBearer abcdef"
    text, facts = compose_alert(IMPORT | {"error": error}, 4, "en")
    told = text + str(facts)
    assert "ana.perez" not in told and "LOAA800101AB1" not in told and "abcdef" not in told and "/home/ana" not in told
