"""A run to report on, from a real journal and real findings; every value can be replaced."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.findings.problems import Problems
from pipeline.journal import InputRow, NotableRow, Outcome, Planned, RunRow
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import FINDING_COLUMNS, Account, Action, State
from pipeline.report import RunReport, write_report
from schemas.sat.editions import Edition

NOON = datetime(2026, 5, 31, 18, tzinfo=UTC)
"""12:00 in Mexico City."""

FATES = ("created", "existing", "rejected", "refused", "in_doubt", "unsent")


def a_finding(**cells: Any) -> dict[str, Any]:
    finding: dict[str, Any] = dict.fromkeys(FINDING_COLUMNS) | {
        "file": "clients.csv",
        "line": 7,
        "column": "Código postal",
        "resource": "clients",
        "key": "c1",
        "rule": "CLIENT-ZIP-CATALOG",
        "severity": "error",
        "sat_code": "CFDI40147",
        "value": "6601",
        "message": "There is no postal code 6601.",
        "advice": "Look it up on the tax certificate.",
    }
    return finding | cells


def problems(folder: Path, *findings: dict[str, Any]) -> Problems:
    kept = Problems(folder)
    schema = {c: pl.UInt32 if c == "line" else pl.String for c in FINDING_COLUMNS}
    kept.add(pl.DataFrame(list(findings), schema=schema))
    return kept


def counts(**fates: int) -> dict[str, int]:
    """Counts that balance, unless `read` says otherwise."""
    made = dict.fromkeys(FATES, 0) | fates
    return {"read": sum(made[fate] for fate in FATES)} | made


def a_result(**members: Any) -> dict[str, Any]:
    result: dict[str, Any] = {
        "event": "result",
        "command": "import",
        "run": "20260531-1800",
        "status": "ok",
        "resources": {"clients": counts(created=3)},
        "outputs": {"rejects": None, "rejects_files": [], "report": "report.html"},
        "fixed": 0,
        "warnings": 0,
        "seconds": 1.25,
    }
    return result | members


def an_edition(**members: Any) -> Edition:
    given: dict[str, Any] = {
        "name": "postal_codes",
        "source": "SAT, catCFDI_V_4_20260501.xls",
        "edition": date(2026, 5, 1),
        "generated": date(2026, 5, 2),
        "rows": 95748,
        "kind": "user",
    }
    return Edition(**(given | members))


def a_run(**members: Any) -> RunRow:
    given: dict[str, Any] = {
        "run": "20260531-1800",
        "command": "import",
        "account": "https://api.example.test/v2 team t1",
        "livemode": False,
        "started_at": NOON.isoformat(),
        "finished_at": None,
        "status": "running",
        "settings": {},
        "result": None,
    }
    return RunRow(**(given | members))


def a_file(name: str = "clients.csv", resource: str = "clients", rows: int = 3) -> InputRow:
    return InputRow(0, name, f"/data/{name}", "0123456789abcdef" * 4, resource, rows)


def journaled(folder: Path, message: str = "The API refused it.") -> tuple[RunRow, list[InputRow], list[NotableRow]]:
    """(run, files, notable) of a journal in which one record was refused and one is in doubt."""
    account = Account("https://api.example.test/v2 team t1", livemode=False)
    with SqliteJournal(folder / "journal.sqlite", lambda: NOON) as journal:
        files = [InputRow(0, "payments.csv", str(folder / "payments.csv"), "ab" * 32, "payments", 2)]
        journal.begin_run("20260531-1800", "import", account, {"dry_run": False}, files)
        actions = [Action("payments", f"id:p{line}", False, line, b"{}") for line in (2, 3)]
        refused, doubt = journal.plan(account, "20260531-1800", 0, [Planned(a, ("x",), b"1") for a in actions])
        journal.commit(
            [
                Outcome(refused, State.REFUSED, status=400, code="validation_failed", message=message),
                Outcome(doubt, State.IN_DOUBT, message="The connection broke after the request had left."),
            ],
            journal.next_fence(account.name, "20260531-1800"),
        )
        run = journal.run("20260531-1800")
        assert run is not None
        return run, journal.inputs(run.run), journal.notable(run.run)


def page(folder: Path, *findings: dict[str, Any], **parts: Any) -> str:
    """The page as text."""
    given: dict[str, Any] = {
        "run": a_run(),
        "files": [a_file()],
        "notable": [],
        "result": a_result(),
        "findings": problems(folder, *findings).rules,
        "catalogs": [an_edition()],
        "dialect": "2025-06",
        "lang": "en",
    }
    path = folder / "report.html"
    write_report(path, RunReport(**(given | parts)))
    return path.read_text("utf-8")


_INLINE = {"code", "span", "b", "a", "small", "time"}


class Parsed(HTMLParser):
    """What a browser would see: the tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem != "style":
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Tags and the names of their attributes: what no value may change."""
        return [(tag, tuple(attributes)) for tag, attributes in self.tags]


def cells_of(html: str, section: str) -> list[dict[str, str]]:
    """The rows of the last table of a section, by the words of their headings."""
    inside = html.split(f'id="{section}"')[1].split("</section>")[0].split("<tbody>")[-1]
    cells = re.compile(r'<td data-label="([^"]*)"[^>]*><div>(.*?)</div></td>')
    return [{name: text_of(cell) for name, cell in cells.findall(row)} for row in inside.split("<tr>")[1:]]


def text_of(html: str) -> str:
    return Parsed(html).text
