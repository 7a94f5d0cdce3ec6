"""Every rule is broken by a case of `tests/support/broken.py`; a new one without a case fails the first test."""

from __future__ import annotations

import ast
import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from broken import BROKEN, ELSEWHERE, GONE, Broken
from builders import RecordingEvents
from judging import CLIENT, PAYMENT, SERVICE

from pipeline.edge import PROCESS
from pipeline.importer.offline import check_offline
from pipeline.importer.request import ImportRequest
from pipeline.settings import Settings
from schemas.rulebook import rule_ids

ROOT = Path(__file__).parents[3]
GOOD = {"clients": CLIENT, "payments": PAYMENT, "services": SERVICE}
TODAY = replace(PROCESS, now=lambda: datetime(2026, 11, 22, 18, tzinfo=UTC))


def test_every_rule_has_a_case_that_breaks_it() -> None:
    missing = sorted(rule_ids() - BROKEN.keys() - ELSEWHERE.keys())
    assert not missing, (
        f"No case breaks {', '.join(missing)}. Add to BROKEN in tests/support/broken.py one line a rule, such as\n"
        f'    "{missing[0]}": Broken("clients", ({{"rfc": "the cell that breaks it"}},)),\n'
        "or, where a file alone cannot break it, to ELSEWHERE the test that asserts it by its id."
    )


def test_every_case_is_of_a_rule_and_of_one_table() -> None:
    gone = sorted((BROKEN.keys() | ELSEWHERE.keys()) - rule_ids())
    assert not gone, f"{', '.join(gone)}: no rule is called that any more; take the case out of tests/support/broken.py"
    assert BROKEN.keys() & ELSEWHERE.keys() == set()


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_its_case_breaks_it(rule: str, tmp_path: Path) -> None:
    case = BROKEN[rule]
    found = findings(case, rule, tmp_path)
    assert rule in found, f"{rule} is not told of {case}; what is: {sorted(found) or 'nothing'}"


@pytest.mark.parametrize("resource", GOOD)
def test_what_the_cases_differ_from_breaks_nothing(resource: str, tmp_path: Path) -> None:
    assert findings(Broken(resource, ({},)), None, tmp_path) == set()


@pytest.mark.parametrize(("rule", "path"), sorted(ELSEWHERE.items()))
def test_a_rule_that_is_broken_elsewhere_is_asserted_there(rule: str, path: str) -> None:
    texts = {
        word
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in node.value.split()
    }
    assert rule in texts, f"{path} does not name {rule}"


def findings(case: Broken, rule: str | None, folder: Path) -> set[str]:
    """The rules told of a case by the check, as the problems file has them; `rule` alone is asked for, if any."""
    rows = [
        {name: cell or "" for name, cell in (GOOD[case.resource] | cells).items() if cell != GONE}
        for cells in case.rows
    ]
    path, problems = folder / f"{case.resource}.csv", folder / "problems.jsonl"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    request = ImportRequest(
        (str(path),),
        as_resource=case.resource,
        problems=problems,
        only=(rule,) if rule else (),
        total_with_tax=case.total_with_tax,
    )
    settings = Settings(state_dir=folder / "state", issuer_rfc=CLIENT["rfc"] if rule else None)
    with check_offline(request, settings, RecordingEvents(), TODAY) as checked:
        checked.finish()
    return {json.loads(line)["rule"] for line in problems.read_text(encoding="utf-8").splitlines()}
