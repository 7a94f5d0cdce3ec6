"""A deletion called from Python: what is asked, what is said, and that a no leaves everything where it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2 as httpx
import pytest
from builders import RecordingEvents

from pipeline.errors import ConfigError, OutputError
from pipeline.removal.flow import Remover, remove_records, resume_removal
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.settings import Settings
from tests.support.relay import open_relay


@pytest.fixture
def server() -> Iterator[EmbeddedSandbox]:
    with EmbeddedSandbox(Options(dialect="2026", rows={"clients": 12})) as running:
        yield running


@pytest.fixture
def settings(server: EmbeddedSandbox, tmp_path: Path) -> Settings:
    return Settings(
        api_key="opaque-key", base_url=server.base_url, dialect="2026", state_dir=tmp_path / "state", settle_s=0.1
    )


def ids(server: EmbeddedSandbox) -> list[str]:
    return [row["id"] for row in httpx.get(f"{server.origin}/_sandbox/records?resource=clients").json()]


def test_a_question_names_how_many_and_a_no_deletes_none(server: EmbeddedSandbox, settings: Settings) -> None:
    asked: list[tuple[str, int]] = []

    def no(question: str, count: int) -> bool:
        asked.append((question, count))
        return False

    events = RecordingEvents()
    with pytest.raises(ConfigError, match="nobody agreed"):
        remove_records("clients", ids(server), settings, Remover(events, no), live=False)
    assert asked == [("This deletes 12 clients in the account, and there is no undo.", 12)]
    assert len(ids(server)) == 12
    assert (len(events.notes), events.notes[-1]) == (11, "… and 2 more.")


def test_an_id_that_is_named_twice_is_deleted_once(server: EmbeddedSandbox, settings: Settings) -> None:
    first, *rest = ids(server)
    agreed = Remover(agree=lambda question, count: True)
    result = remove_records("clients", [first, first, "client_of_nobody"], settings, agreed, live=False)
    assert (result.exit_code, result.status) == (0, "ok")
    assert result.changes["clients"] == {"deleted": 1, "absent": 1}
    assert ids(server) == rest


def test_a_deletion_that_ended_is_resumed_to_the_same_counts(server: EmbeddedSandbox, settings: Settings) -> None:
    agreed = Remover(agree=lambda question, count: True)
    done = remove_records("clients", [*ids(server)[:3], "nobody"], settings, agreed, live=False)
    again = resume_removal(done.run, settings, agreed)
    assert again.changes == done.changes


def test_a_run_that_ended_before_its_ids_were_known_is_not_said_to_be_done(
    server: EmbeddedSandbox, settings: Settings
) -> None:
    settings.state_dir.mkdir()
    (settings.state_dir / "deleted").touch()  # nothing can be kept there
    agreed, before = Remover(agree=lambda question, count: True), ids(server)
    with pytest.raises(OutputError):
        remove_records("clients", before, settings, agreed, live=False)
    with pytest.raises(ConfigError, match="ended before it was known what it would delete; nothing was deleted"):
        resume_removal(None, settings, agreed)
    with pytest.raises(ConfigError, match="no run to resume"):
        resume_removal(None, settings, agreed)
    assert ids(server) == before


@pytest.mark.parametrize("resource", ["receipts", "webhooks"])
def test_a_record_that_shows_the_other_mode_is_not_deleted_whatever_it_is(
    resource: str, settings: Settings, tmp_path: Path
) -> None:
    with EmbeddedSandbox(Options(dialect="2026", rows={"receipts": 2, "webhooks": 2})) as server:
        own = replace(settings, base_url=server.base_url)
        [row, *_] = httpx.get(f"{server.origin}/_sandbox/records?resource={resource}").json()
        shown = {"success": True, "data": row | {"livemode": True}}
        with open_relay(server.origin) as relay:
            relay.answers["GET", f"/v2/{resource}/{row['id']}"] = (200, json.dumps(shown))
            behind = replace(own, base_url=f"{relay.origin}/v2")
            with pytest.raises(ConfigError, match="is a record of the other mode"):
                remove_records(resource, [row["id"]], behind, Remover(agree=lambda q, n: True), live=False)
        assert relay.written == []


def test_what_a_generation_cannot_delete_is_refused_before_anything_is_read(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="deletes no invoices") as refused:
        remove_records("invoices", ["i1"], settings, Remover(), live=False)
    assert refused.value.hint == "No dialect does."
