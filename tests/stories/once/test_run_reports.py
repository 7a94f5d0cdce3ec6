"""The page about a run, at its end and from the journal later: its numbers are the run's and the server's own."""

from __future__ import annotations

from typing import Any

from pages import cells_of, text_of
from stage import KEY, KILLED, Desk, Recorder, payment


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


def totals(rows: list[dict[str, str]], *headings: str) -> list[int]:
    return [sum(number(row[heading]) for row in rows) for heading in headings]


def test_the_numbers_beside_the_charts_are_those_of_the_run_and_of_the_server(desk: Desk, server: Recorder) -> None:
    """Requests that were answered 500 are counted as often as they were sent."""
    server.misbehave(error_500_before_commit=0.1)
    good = [payment(n) for n in range(40)]
    bad = [payment(n, "bad", **{"items.total": "-1"}) for n in range(3)]
    ran = desk.gigbulk("import", desk.csv("payments.csv", good + bad), "--report", "now.html", "--problems", "p.csv")
    created = ran.counts()["created"]
    assert created + ran.counts().get("unsent", 0) == 40, ran.said

    html = (desk.folder / "now.html").read_text("utf-8")
    assert f"What became of all records: {created} created, 3 rejected here" in html
    assert totals(cells_of(html, "timeline"), "created", "requests") == [created, len(server.received())]
    (rule,) = [row for row in cells_of(html, "rules") if row["Severity"] == "errors"]
    findings = (desk.folder / "p.csv").read_text("utf-8-sig").splitlines()
    assert number(rule["Count"]) == sum(f",{rule['Rule']},error," in line for line in findings) == 3


def test_the_page_made_later_has_the_numbers_of_the_page_made_at_the_end(desk: Desk) -> None:
    rows = [payment(1), payment(2, **{"items.total": "-1"})]
    run = desk.gigbulk("import", desk.csv("payments.csv", rows), "--report", "now.html").result["run"]
    told = desk.gigbulk("runs", "report", run[:-2], "-o", "later.html")
    assert told.result == {
        "event": "result",
        "command": "runs report",
        "status": "ok",
        "run": run,
        "outputs": {"report": "later.html"},
    }
    now, later = ((desk.folder / name).read_text("utf-8") for name in ("now.html", "later.html"))
    for section in ("counts", "sums", "timeline", "rules", "files"):
        assert cells_of(later, section) == cells_of(now, section), section
    assert f"gigbulk import {desk.folder}/payments.rejects.csv" in text_of(later)
    assert "It does not keep cells of findings" in text_of(later)
    assert KEY not in later


def test_a_page_made_later_is_named_after_its_run_unless_it_is_told_otherwise(desk: Desk) -> None:
    run = desk.gigbulk("import", desk.csv("payments.csv", [payment(1)])).result["run"]
    told = desk.gigbulk("runs", "report", run)
    assert told.result["outputs"] == {"report": f"{run}.report.html"}
    assert (desk.folder / f"{run}.report.html").is_file()


def test_a_run_that_was_killed_has_a_page_with_what_is_known_and_how_to_finish_it(desk: Desk, server: Recorder) -> None:
    rows = [payment(1), payment(2), payment(3), payment(4, **{"items.total": "-1"})]
    ran = desk.gigbulk("import", desk.csv("payments.csv", rows), "--concurrency", "1", death="outcome_durable:2")
    assert ran.code == KILLED, ran.said
    ((run,),) = desk.journal("SELECT run FROM runs")
    assert desk.gigbulk("runs", "report", run, "-o", "page.html").code == 0
    html = (desk.folder / "page.html").read_text("utf-8")
    text = text_of(html)
    assert "Running, or cut off" in text
    assert f"gigbulk runs resume {run}" in text
    assert "DOES NOT BALANCE" not in text
    (counts,) = cells_of(html, "counts")
    done = counts["created"]
    assert (counts["read"], counts["rejected here"]) == ("4", "1")
    assert totals(cells_of(html, "timeline"), "created") == [number(done)] == [[*desk.states().values()].count("done")]


def ended(desk: Desk, *arguments: object) -> tuple[int, Any]:
    ran = desk.gigbulk(*arguments)
    return ran.code, ran.result.get("error")


def test_a_run_that_is_not_there_has_no_page(desk: Desk) -> None:
    assert ended(desk, "runs", "report", "2026")[0] == 2
    desk.gigbulk("import", desk.csv("payments.csv", [payment(1)]), "--dry-run")
    assert ended(desk, "runs", "report", "none")[0] == 2
    assert list(desk.folder.glob("*.html")) == []
