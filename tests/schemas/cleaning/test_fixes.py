"""What is told of a repair depends on its column: an error where an emptied cell would change what is invoiced."""

from __future__ import annotations

import pytest

from schemas.cleaning.repair.fixes import BROKEN, FIXES, NAMELESS, fix_rule, refuse_fixes
from schemas.spec import Column, Kind, Severity


@pytest.mark.parametrize(
    ("step", "column", "told"),
    [
        ("NORM-NULL", Column("phone"), FIXES["NORM-NULL"]),
        ("NORM-NULL", Column("address.street"), FIXES["NORM-NULL"]),
        ("NORM-NULL", Column("legal_name"), NAMELESS),
        ("NORM-NULL", Column("client.name"), NAMELESS),
        ("NORM-NULL", Column("name", required=True), FIXES["NORM-NULL"]),
        ("NORM-NULL", None, FIXES["NORM-NULL"]),
        ("NORM-BROKEN", Column("address.street"), FIXES["NORM-BROKEN"]),
        ("NORM-BROKEN", Column("address.street", required=True), BROKEN),
        ("NORM-BROKEN", Column("items.total", Kind.MONEY), BROKEN),
        ("NORM-BROKEN", Column("name"), BROKEN),
        ("NORM-BROKEN", None, FIXES["NORM-BROKEN"]),
    ],
)
def test_a_repair_is_told_by_what_the_column_holds(step: str, column: Column | None, told: object) -> None:
    assert fix_rule(step, "metadata.name" if column is None else column.field, column) == told


@pytest.mark.parametrize("step", FIXES)
def test_who_wants_no_repair_is_told_what_to_write(step: str) -> None:
    fix = FIXES[step]
    refused = refuse_fixes(fix)
    if fix.severity is not Severity.FIX:
        assert refused is fix
        return
    assert refused.severity is Severity.ERROR
    for lang in ("es", "en"):
        assert "{value}" in refused.message.in_language(lang)
        assert "{proposal}" in refused.message.in_language(lang)
        assert "--no-fix" in refused.advice.in_language(lang)
