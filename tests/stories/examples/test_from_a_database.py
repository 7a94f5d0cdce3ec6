"""Rows of a real database, by the example and a pipe, to what the server holds."""

from __future__ import annotations

import io
import json
import re
import runpy
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from pipeline.sandbox import EmbeddedSandbox

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "database_rows.py"
PAGE = ROOT / "docs" / "from-a-database.md"


@pytest.fixture
def client(account_in_environment: EmbeddedSandbox) -> dict[str, Any]:
    """One of the account's clients; the example's database refers to it."""
    found = httpx.get(f"{account_in_environment.origin}/_sandbox/records", params={"resource": "clients"}).json()
    one: dict[str, Any] = found[0]
    return one


@pytest.fixture
def database(tmp_path: Path, client: dict[str, Any]) -> Path:
    """As an ERP keeps it: folios and codes are text, amounts have their cents."""
    path = tmp_path / "erp.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute(
            "CREATE TABLE cobros (folio TEXT PRIMARY KEY, fecha TEXT, cliente TEXT, forma_pago TEXT, moneda TEXT,"
            " concepto TEXT, cantidad INTEGER, importe NUMERIC, clave_sat TEXT, unidad_sat TEXT, unidad TEXT)"
        )
        made.executemany(
            "INSERT INTO cobros VALUES (?, '2026-11-20', ?, '03', 'MXN', 'Café', 1, ?, '81111500', 'E48', 'Servicio')",
            [("000417", client["metadata"]["internalId"], "1160.10"), ("000418", client["metadata"]["internalId"], 99)],
        )
    return path


def query() -> str:
    """The query of the page."""
    [found] = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def test_the_query_of_the_page_by_the_example_and_a_pipe_creates_each_payment_once(
    database: Path, tmp_path: Path, client: dict[str, Any], account_in_environment: EmbeddedSandbox
) -> None:
    # the account's own client is known to the journal by an import of it
    (tmp_path / "payments.sql").write_text(query(), encoding="utf-8")
    row = {"internalId": client["metadata"]["internalId"], **{name: client[name] for name in ("name", "email", "rfc")}}
    (tmp_path / "clients.jsonl").write_text(json.dumps(row) + "\n")
    assert run("import", "clients.jsonl").returncode == 0
    for created in (2, 0):
        asked = [sys.executable, str(EXAMPLE), "payments.sql", str(database)]
        rows = subprocess.run(asked, capture_output=True, cwd=tmp_path, timeout=60, check=True)
        assert rows.stderr == b"2 rows\n"
        done = run("import", "-", "--as", "payments", "--json", given=rows.stdout)
        counts = json.loads(done.stdout)["resources"]["payments"]
        assert (done.returncode, counts["created"], counts["existing"]) == (0, created, 2 - created), done.stderr
    held = httpx.get(f"{account_in_environment.origin}/_sandbox/records", params={"resource": "payments"}).json()
    ours = {one["metadata"]["internalId"]: one for one in held if "internalId" in one.get("metadata", {})}
    assert {"000417", "000418"} <= ours.keys()
    assert Decimal(str(ours["000417"]["items"][0]["total"])) == Decimal("1160.1")


def run(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command, in the environment and the folder that the fixture has made."""
    return subprocess.run([sys.executable, "-m", "pipeline", *words], input=given, capture_output=True, timeout=100)


class Exact:
    """A driver that gives DECIMAL as Python's Decimal, as most do; by the DB API as polars uses it."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows
        self.description = [("internalId", *[None] * 6), ("items.total", *[None] * 6)]

    def cursor(self) -> Exact:
        return self

    def execute(self, query: str, *_: Any) -> Exact:
        return self

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.fetchmany(len(self._rows))

    def close(self) -> None:
        """Nothing is open."""


def test_a_decimal_of_the_database_is_written_as_text_to_its_last_digit() -> None:
    output = io.BytesIO()
    write_rows = runpy.run_path(str(EXAMPLE))["write_rows"]
    assert write_rows("SELECT", Exact([("7", Decimal("12345678901234.10")), ("8", Decimal("0.30"))]), output, 1) == 2
    rows = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [row["items.total"] for row in rows] == ["12345678901234.10", "0.30"]
