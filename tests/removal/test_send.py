"""Deletions on the wire: one intent each, and a record that is refused, absent or in doubt told apart."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pipeline.api.session import open_session
from pipeline.edge import PROCESS
from pipeline.events import SILENT
from pipeline.journal import open_journal
from pipeline.model import Account, State
from pipeline.removal.send import Deletions
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.settings import Settings
from schemas.dialects import dialect

ACCOUNT = Account("acme", livemode=False)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedSandbox]:
    faults: Mapping[str, float] = getattr(request, "param", {})
    with EmbeddedSandbox(Options(dialect="2026", rows={"clients": 3}, faults=dict(faults))) as running:
        yield running


def deleted(server: EmbeddedSandbox, folder: Path, ids: list[str], *, stop_first: bool = False) -> Deletions:
    """The deletions of those ids, as they ended; the journal's own word is compared with theirs."""
    settings = Settings(
        api_key="k", base_url=server.base_url, dialect="2026", state_dir=folder, settle_s=0.05, timeout_s=0.5
    )

    async def send() -> Deletions:
        with open_journal(settings, PROCESS.now) as journal, journal.claim(ACCOUNT.name, "r1") as claim:
            journal.begin_run("r1", "delete", ACCOUNT, {})
            session = open_session(dialect("2026"), settings, ACCOUNT.name, connections=2, warn=SILENT.warn)
            stop = asyncio.Event()
            if stop_first:
                stop.set()
            async with session as opened:
                sent = Deletions(opened, journal, claim, "r1", ACCOUNT, "clients", 0.05, SILENT, stop)
                await sent.send_all(ids)
            assert {row.remote_id: row.state for row in journal.changes("r1")} == sent.states
            return sent

    return asyncio.run(send())


def held(server: EmbeddedSandbox) -> list[str]:
    import httpx2 as httpx

    return [row["id"] for row in httpx.get(f"{server.origin}/_sandbox/records?resource=clients").json()]


def test_a_record_that_went_meanwhile_is_absent(server: EmbeddedSandbox, tmp_path: Path) -> None:
    first, *_ = held(server)
    sent = deleted(server, tmp_path, [first, "client_gone"])
    assert (sent.states, sent.absent) == ({first: State.DONE, "client_gone": State.DONE}, {"client_gone"})


def test_after_a_stop_nothing_more_is_sent(server: EmbeddedSandbox, tmp_path: Path) -> None:
    before = held(server)
    assert deleted(server, tmp_path, before, stop_first=True).states == {}
    assert held(server) == before


@pytest.mark.parametrize("server", [{"drop_before_commit": 1.0}], indirect=True)
def test_what_never_arrives_stays_in_doubt_after_three_times(server: EmbeddedSandbox, tmp_path: Path) -> None:
    first, *_ = held(server)
    sent = deleted(server, tmp_path, [first])
    assert sent.states == {first: State.IN_DOUBT}
    assert first in held(server)


@pytest.mark.parametrize("server", [{"drop_after_commit": 1.0}], indirect=True)
def test_what_arrives_unanswered_is_done_as_soon_as_it_is_looked_up(server: EmbeddedSandbox, tmp_path: Path) -> None:
    ids = held(server)
    assert deleted(server, tmp_path, ids).states == dict.fromkeys(ids, State.DONE)
    assert held(server) == []
