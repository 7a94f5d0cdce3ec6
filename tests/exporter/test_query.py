"""What an export asks of one list: the dates it sends, the window it keeps, the watermark it goes on from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.errors import ConfigError
from pipeline.exporter.query import ListQuery, TimeRange, check_filters, open_query
from pipeline.exporter.watermark import OVERLAP
from pipeline.exporter.window import Window
from pipeline.journal import Journal
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account
from schemas.dialects import dialect

DIALECT = dialect("2025-06")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACCOUNT = Account("acme", livemode=False)
MAY, JUNE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
LAST = TimeRange(last=True)
ANEW = TimeRange(last=True, full=True)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with SqliteJournal(tmp_path / "journal.sqlite", lambda: NOON) as opened:
        yield opened


def query_of(resource: str, since: TimeRange, **differing: Any) -> ListQuery:
    filters = differing.pop("filters", {})
    context = {"started": NOON, "account": ACCOUNT, "journal": None, "into": None, **differing}
    return open_query(DIALECT, resource, filters, since, **context)


def give(window: Window, at: datetime) -> None:
    """An export that has read one row, created then."""
    window.inside(pl.Series([at], dtype=pl.Datetime("us", "UTC")), pl.Series(["p_1"]))


# --- the stretch of time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "full", "meant"),
    [
        (None, None, False, TimeRange()),
        ("last", None, False, TimeRange(last=True)),
        ("last", None, True, TimeRange(last=True, full=True)),
        ("2026-05-01T00:00:00Z", None, False, TimeRange(since=MAY)),
        (None, "2026-06-01T00:00:00Z", False, TimeRange(until=JUNE)),
        (None, "2026-05-31", False, TimeRange(until=JUNE + timedelta(hours=6))),  # the day is meant whole, in Mexico
        ("last", "2026-06-01T00:00:00Z", False, TimeRange(until=JUNE, last=True)),
    ],
)
def test_what_the_date_flags_mean(since: str | None, until: str | None, full: bool, meant: TimeRange) -> None:
    assert TimeRange.parsed(since, until, full=full) == meant


@pytest.mark.parametrize(
    ("since", "until", "full", "said"),
    [
        (None, None, True, "--full starts an incremental export over"),
        ("2026-05-01", None, True, "--full starts an incremental export over"),
        ("yesterday", None, False, "--since yesterday is no date"),
        (None, "31/05/2026", False, "--until 31/05/2026 is no date"),
        ("0001-01-01", None, False, "no record is of that time"),
        ("2026-06-01", "2026-05-01", False, "Nothing lies between"),
        ("2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z", False, "Nothing lies between"),
    ],
)
def test_a_stretch_that_cannot_be_meant_is_refused(since: str | None, until: str | None, full: bool, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        TimeRange.parsed(since, until, full=full)


# --- filters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "filters", "since"),
    [
        ("payments", {"status": "succeeded", "clientId": "c_1"}, TimeRange()),
        ("payments", {"from": "2026-05-01"}, TimeRange(until=JUNE)),  # the other end
        ("payments", {"to": "2026-05-01"}, LAST),
        ("services", {}, TimeRange(since=MAY)),
    ],
)
def test_filters_the_endpoint_knows_are_sent_as_they_are(
    resource: str, filters: dict[str, str], since: TimeRange
) -> None:
    assert check_filters(DIALECT, resource, filters, since) == filters


@pytest.mark.parametrize(
    ("resource", "filters", "since", "said"),
    [
        ("payments", {"email": "a@b.mx"}, TimeRange(), "payments cannot be filtered by email"),
        ("receipts", {"status": "open"}, TimeRange(), "receipts cannot be filtered by status"),
        ("payments", {"from": "2026-05-01"}, TimeRange(since=MAY), "--filter from and a date flag say the same"),
        ("payments", {"from": "2026-05-01"}, LAST, "--filter from and a date flag say the same"),
        ("payments", {"to": "2026-05-01"}, TimeRange(until=JUNE), "--filter to and a date flag say the same"),
    ],
)
def test_a_filter_the_endpoint_does_not_know_or_that_is_said_twice_is_refused(
    resource: str, filters: dict[str, str], since: TimeRange, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        check_filters(DIALECT, resource, filters, since)


# --- the query ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "sent"),
    [
        (TimeRange(), {}),
        (TimeRange(since=MAY), {"from": "2026-04-30T00:00:00Z"}),
        (TimeRange(until=JUNE), {"to": "2026-06-02T00:00:00Z"}),
        (TimeRange(since=MAY, until=JUNE), {"from": "2026-04-30T00:00:00Z", "to": "2026-06-02T00:00:00Z"}),
    ],
)
def test_dates_are_asked_for_with_a_day_to_spare_and_the_window_cuts_exactly(
    since: TimeRange, sent: dict[str, str]
) -> None:
    asked = query_of("payments", since, filters={"status": "succeeded"})
    assert asked.query == {"status": "succeeded", **sent}
    assert (asked.window.since, asked.window.until) == (since.since, since.until)
    assert asked.notes == ()
    assert asked.watermark is None


@pytest.mark.parametrize(
    ("resource", "since", "note"),
    [
        ("services", TimeRange(since=MAY), "services have no date filter: all of them are read"),
        ("services", TimeRange(), None),
        ("catalogs", TimeRange(since=MAY), "catalogs tell no time of creation: all of them are exported"),
        ("catalogs", LAST, "catalogs tell no time of creation"),
        ("catalogs", TimeRange(), None),
    ],
)
def test_what_the_server_cannot_filter_is_read_whole_and_said(
    resource: str, since: TimeRange, note: str | None
) -> None:
    asked = query_of(resource, since)
    assert asked.query == {}
    assert [note in said for said in asked.notes] == [True] if note else asked.notes == ()


@pytest.mark.parametrize(
    ("resource", "since", "filters", "anew"),
    [
        ("payments", ANEW, {}, True),
        ("payments", LAST, {}, False),
        ("payments", TimeRange(), {}, False),
        ("payments", TimeRange(until=JUNE, last=True, full=True), {}, False),
        ("payments", ANEW, {"status": "succeeded"}, False),
        ("catalogs", TimeRange(), {}, True),
    ],
)
def test_only_a_list_asked_for_whole_and_from_the_start_may_clear_a_dataset(
    resource: str, since: TimeRange, filters: dict[str, str], anew: bool
) -> None:
    assert query_of(resource, since, filters=filters).anew is anew


# --- the watermark --------------------------------------------------------------------------------------------------


def test_without_a_journal_no_watermark_is_read_or_moved() -> None:
    asked = query_of("payments", TimeRange(since=MAY))
    asked.commit_watermark()
    assert asked.watermark is None


def test_the_next_export_goes_on_where_a_committed_one_ended(journal: Journal) -> None:
    first = query_of("payments", LAST, journal=journal)
    assert first.window.since is None
    give(first.window, MAY)
    assert query_of("payments", LAST, journal=journal).window.since is None, "not committed yet"
    first.commit_watermark()
    assert query_of("payments", LAST, journal=journal).window.since == MAY - OVERLAP


@pytest.mark.parametrize(
    ("resource", "since", "filters", "account"),
    [
        ("payments", ANEW, {}, ACCOUNT),
        ("clients", LAST, {}, ACCOUNT),
        ("payments", LAST, {"status": "succeeded"}, ACCOUNT),
        ("payments", LAST, {}, Account("acme", livemode=True)),
        ("payments", LAST, {}, Account("another", livemode=False)),
    ],
    ids=["started over", "another list", "another filter", "live mode", "another account"],
)
def test_a_watermark_is_good_for_the_same_question_only(
    journal: Journal, resource: str, since: TimeRange, filters: dict[str, str], account: Account
) -> None:
    first = query_of("payments", LAST, journal=journal)
    give(first.window, MAY)
    first.commit_watermark()
    asked = query_of(resource, since, filters=filters, account=account, journal=journal)
    assert asked.window.since is None


def test_a_dataset_that_lost_its_rows_is_filled_from_the_start(journal: Journal, tmp_path: Path) -> None:
    first = query_of("payments", LAST, journal=journal, into=tmp_path / "lake")
    give(first.window, MAY)
    first.commit_watermark()
    assert query_of("payments", LAST, journal=journal, into=tmp_path / "lake").window.since is None
