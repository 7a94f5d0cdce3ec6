"""What came of each row: the list of one's own ids with the API's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stage import KILLED, Desk, Recorder, client, payment

from pipeline.errors import ConfigError
from pipeline.importer.results.created import CREATED_SCHEMA
from tests.stories.once.conftest import Importing

READERS: dict[str, Any] = {
    "csv": lambda path: pl.read_csv(path, schema_overrides=CREATED_SCHEMA, null_values=[""]),
    "jsonl": lambda path: pl.read_ndjson(path, schema_overrides=CREATED_SCHEMA),
    "parquet": pl.read_parquet,
}


def listed(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = READERS[path.suffix[1:]](path).to_dicts()
    return rows


def remote(server: Recorder, resource: str = "payments") -> dict[str, str]:
    """The server's ids by ours."""
    return {record["metadata"]["internalId"]: record["id"] for record in server.stored(resource)}


@pytest.mark.parametrize("suffix", READERS)
def test_every_record_is_listed_with_its_place_its_own_id_and_the_apis(
    suffix: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    path = desk.folder / f"ids.{suffix}"
    clients = desk.csv("clients.csv", [client(1)])
    payments = desk.csv("payments.csv", [payment(n) for n in range(3)])
    result = importing(clients, payments, created=path)
    rows = listed(path)
    assert list(rows[0]) == list(CREATED_SCHEMA)
    assert [(row["file"], row["line"], row["resource"], row["state"]) for row in rows] == [
        (str(clients), 2, "clients", "created"),
        *((str(payments), line, "payments", "created") for line in (2, 3, 4)),
    ]
    assert {row["internalId"]: row["id"] for row in rows[1:]} == remote(server)
    assert result.outputs["created"] == str(path)
    assert {row["cause"] for row in rows} == {row["sheet"] for row in rows} == {None}


def test_the_list_counts_as_the_result_does_and_leaves_out_what_is_not_there(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    """Created, existing of an earlier run, refused here, not sent for the limit."""
    importing(desk.csv("first.csv", [payment(0)]))
    rows = [payment(0), payment(1), payment(2, **{"items.total": "mucho"}), payment(3), payment(4)]
    result = importing(desk.csv("payments.csv", rows), created=desk.folder / "ids.csv", limit=1)
    states = [row["state"] for row in listed(desk.folder / "ids.csv")]
    counts = result.resources["payments"]
    assert (states.count("created"), states.count("existing")) == (counts.created, counts.existing)
    assert len(states) == counts.created + counts.existing
    assert counts.rejected + counts.unsent == counts.read - len(states)


def test_a_run_that_was_killed_and_resumed_gives_the_whole_list(desk: Desk, server: Recorder) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(6)])
    path = desk.folder / "ids.csv"
    assert desk.gigbulk("import", payments, "--created", path, death="answered:4").code == KILLED
    assert not path.exists()
    resumed = desk.gigbulk("runs", "resume")
    assert resumed.counts() == {"read": 6, "created": 6}
    rows = listed(path)
    assert {row["internalId"]: row["id"] for row in rows} == remote(server)
    assert [row["state"] for row in rows] == ["created"] * 6
    assert "the process ended while it was being sent" in {row["cause"] for row in rows}
    again = desk.gigbulk("import", payments, "--created", path)
    assert again.counts() == {"read": 6, "existing": 6}
    assert [(row["id"], row["state"]) for row in listed(path)] == [(row["id"], "existing") for row in rows]


def test_what_was_found_after_a_doubt_says_what_had_gone_wrong(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(html_502_after_commit=1)
    importing(desk.csv("payments.csv", [payment(1)]), created=desk.folder / "ids.jsonl")
    (row,) = listed(desk.folder / "ids.jsonl")
    assert (row["state"], row["cause"]) == ("created", "502 from a proxy: a web page titled “502 Bad Gateway”")


def test_a_dry_run_lists_what_exists_and_a_file_of_another_kind_is_refused_before_anything_is_read(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    payments = desk.csv("payments.csv", [payment(1)])
    importing(payments, created=desk.folder / "ids.csv", dry_run=True)
    assert listed(desk.folder / "ids.csv") == []
    with pytest.raises(ConfigError, match=r"--created .*ids\.pdf: the suffix"):
        importing(payments, created=desk.folder / "ids.pdf")
    assert server.received() == []


def test_links_are_written_only_when_asked_for_and_then_for_the_owner_alone(desk: Desk, server: Recorder) -> None:
    payments, path = desk.csv("payments.csv", [payment(n) for n in range(4)]), desk.folder / "ids.csv"
    assert desk.gigbulk("import", payments, "--created", path, "--limit", 1).counts()["created"] == 1
    assert "link" not in listed(path)[0]
    ended = desk.gigbulk("import", payments, "--created", path, "--with-links", death="outcome_durable:3")
    assert ended.code == KILLED
    desk.gigbulk("runs", "resume")
    links = {record["metadata"]["internalId"]: record["shortURL"] for record in server.stored()}
    rows = listed(path)
    assert rows[0]["link"] is None, "created by a run that was not asked for links"
    assert {row["internalId"]: row["link"] for row in rows[1:]} == {key: links[key] for key in ("p1", "p2", "p3")}
    assert path.stat().st_mode & 0o777 == 0o600
    refused = desk.gigbulk("import", payments, "--with-links")
    assert (refused.code, "--created FILE" in refused.said) == (2, True)
