"""A small export of the samples, cell by cell as users have it. A difference here is a difference in their load jobs.

After a change made on purpose: `python tests/exporter/test_golden.py`, read the diff, say it in the CHANGELOG.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from exporter import ROOT, Account, Desk

from pipeline.sandbox import EmbeddedSandbox, Options
from schemas.dialects import dialect
from schemas.tables import TABLES

GOLDEN = Path(__file__).with_name("golden")
EVERY = [table.name for name in dialect("2025-06").endpoints for table in TABLES[name].family]
SHOWN = 12
"""Rows of a table that are pinned."""

_ID = re.compile(r"\b(client|service|payment|invoice|receipt|webhook|team|item|user)_[0-9A-Za-z]{8,}")
_VARYING = re.compile(r"(^|\.)(timestamp|created|succeededTimestamp|updatedAt|validUntil|issueDate)(_utc|_mx)?$|^fid$")


def export_of_the_samples(folder: Path) -> dict[str, str]:
    """The text of every table after the samples were imported and one of everything else was added."""
    for name in ("clients.csv", "services.csv", "payments.jsonl"):
        shutil.copyfile(ROOT / "samples" / name, folder / name)
    with EmbeddedSandbox(Options()) as sandbox:
        desk, account = Desk(folder, sandbox.base_url), Account(sandbox)
        ran = desk.gigbulk("import", "clients.csv", "services.csv", "payments.jsonl", "--concurrency", 1)
        assert ran.code == 0, ran.err
        account.add("invoices", {"clientId": account.ids("clients")[0], "amount": 1160.5, "currency": "MXN"})
        account.add("receipts", {"clientId": account.ids("clients")[1], "metadata": {"internalId": "R-1", "own": "x"}})
        account.add("webhooks", {"url": "https://hooks.empresa.example/1", "events": ["payment.created"]})
        account.add("connect/teams", {"alias": "Norte", "legalName": "NORTE", "members": ["user_12345678"]})
        account.close()
        ran = desk.gigbulk("export", "--all", "-o", "out")
        assert ran.code == 0, ran.err
    known: dict[str, str] = {}
    return {table: normalised(folder / "out" / f"{table}.csv", known) for table in EVERY}


def normalised(path: Path, known: dict[str, str]) -> str:
    """The first rows with ids numbered as they appear and the moments of this test run taken out."""
    with path.open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headings)
    for row in rows[:SHOWN]:
        writer.writerow(
            "(varies)" if cell and _VARYING.search(heading) else _ID.sub(lambda m: _numbered(m, known), cell)
            for heading, cell in zip(headings, row, strict=True)
        )
    return text.getvalue()


def _numbered(match: re.Match[str], known: dict[str, str]) -> str:
    kind = match[1]
    return known.setdefault(match[0], f"{kind}_{1 + sum(name.startswith(kind) for name in known.values())}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return export_of_the_samples(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("table", EVERY)
def test_an_export_is_cell_by_cell_what_it_was(table: str, made: dict[str, str]) -> None:
    assert made[table] == (GOLDEN / f"{table}.csv").read_text(encoding="utf-8")


def test_there_is_a_golden_file_for_every_table_and_each_has_rows() -> None:
    assert {path.stem for path in GOLDEN.glob("*.csv")} == set(EVERY)
    empty = [path.stem for path in GOLDEN.glob("*.csv") if path.read_text(encoding="utf-8").count("\n") < 2]
    assert empty in ([], ["invoices.items"])


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in export_of_the_samples(Path(scratch)).items():
            (GOLDEN / f"{name}.csv").write_text(text, encoding="utf-8")
