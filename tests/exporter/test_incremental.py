"""`--since last`: each row once, whatever happens in between; `--append`: a dataset that is right after any death."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from exporter import Account, Desk, Ran
from listing import DIALECT, exported

from pipeline.edge import utc_now
from pipeline.errors import ConfigError
from pipeline.events import SILENT
from pipeline.exporter.flow import export_resources
from pipeline.exporter.query import ListQuery
from pipeline.exporter.request import ExportRequest
from pipeline.exporter.window import Window, parse_moment
from pipeline.failpoints import ExportPoint
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.settings import Settings

KILLED = -9


def ids(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]


def test_each_export_gives_what_the_ones_before_did_not(desk: Desk, account: Account) -> None:
    given: list[str] = []
    for n in range(3):
        ran = desk.gigbulk("export", "clients", "-o", f"{n}.csv", "--since", "last")
        assert ran.code == 0, ran.err
        given += ids(desk.folder / f"{n}.csv")
        account.client(2 * n)
        account.client(2 * n + 1)  # in the same second, often in the same millisecond
    assert Counter(given) == Counter(account.ids("clients")[:-2])


def test_a_list_without_a_date_filter_is_read_whole_and_filtered_here(desk: Desk, account: Account) -> None:
    assert desk.gigbulk("export", "receipts", "-o", "a.csv", "--since", "last").rows("receipts") == 12
    new = account.receipt(1)
    ran = desk.gigbulk("export", "receipts", "-o", "b.csv", "--since", "last")
    assert ids(desk.folder / "b.csv") == [new]
    assert "no date filter" in ran.err
    entry = desk.manifest("b.csv.manifest.json")["exports"]["receipts"]
    assert (entry["rows"], entry["rows_read"], entry["complete"]) == (1, 13, True)
    assert entry["rows_outside"] + entry["rows_given_before"] == 12


def test_a_list_without_times_is_given_whole_each_time(desk: Desk) -> None:
    for _ in range(2):
        ran = desk.gigbulk("export", "catalogs", "-o", "c.csv", "--since", "last")
        assert ran.rows("catalogs") == 5
        assert "no time of creation" in ran.err


def test_full_starts_over(desk: Desk) -> None:
    desk.gigbulk("export", "clients", "-o", "a.csv", "--since", "last")
    assert desk.gigbulk("export", "clients", "-o", "a.csv", "--since", "last").rows("clients") == 0
    assert desk.gigbulk("export", "clients", "-o", "a.csv", "--since", "last", "--full").rows("clients") == 30
    assert desk.gigbulk("export", "clients", "-o", "a.csv", "--since", "last").rows("clients") == 0


def test_every_filter_and_every_account_has_a_watermark_of_its_own(desk: Desk) -> None:
    last = ("--since", "last")
    assert desk.gigbulk("export", "clients", "-o", "a.csv", *last).rows("clients") == 30
    one = ("--filter", "email=cliente7@empresa.example")
    assert desk.gigbulk("export", "clients", "-o", "b.csv", *last, *one).rows("clients") == 1
    assert desk.gigbulk("export", "clients", "-o", "c.csv", *last, GIGSTACK_API_KEY="another").rows("clients") == 30
    assert desk.gigbulk("export", "clients", "-o", "d.csv", *last).rows("clients") == 0


def test_an_incomplete_export_does_not_move_the_watermark(desk: Desk, account: Account) -> None:
    for n in range(200):
        account.client(n)
    account.misbehave(repeat_page=1)
    cut = desk.gigbulk("export", "clients", "-o", "a.csv", "--since", "last")
    assert (cut.code, cut.result["resources"]["clients"]["complete"]) == (6, False)
    account.misbehave()
    assert desk.gigbulk("export", "clients", "-o", "a.csv", "--since", "last").rows("clients") == 230


def test_standard_output_is_no_place_to_go_on_from(desk: Desk, account: Account) -> None:
    """Nobody can tell whether the rows have arrived; the next export would leave them out."""
    settings = Settings(api_key="k", base_url=account.base_url, state_dir=desk.folder / "state")
    with pytest.raises(ConfigError, match="Standard output"):
        export_resources(ExportRequest(("clients",), "-", since="last"), settings, SILENT)


def test_flags_that_contradict_each_other_are_refused(desk: Desk) -> None:
    ran = desk.gigbulk("export", "clients", "-o", "lake", "--full")
    assert (ran.code, "--since last --full" in ran.err) == (2, True)
    ran = desk.gigbulk("export", "clients", "-o", "x.csv", "--append")
    assert (ran.code, "folder" in ran.err) == (2, True)


def test_the_stretch_asked_for_is_kept_even_by_a_server_that_ignores_it(tmp_path: Path) -> None:
    """The date filters of payments are an assumption: a server that knows other names gives everything."""
    endpoint = replace(DIALECT.endpoints["payments"], since="created_from", until="created_to")
    window = Window(
        parse_moment("2024-01-01T06:05:00Z", "--since"),
        parse_moment("2024-01-01T06:15:00Z", "--until", end=True),
        ceiling=utc_now(),
    )
    query = {endpoint.since or "": "2024-01-01T06:05:00Z", endpoint.until or "": "2024-01-01T06:15:00Z"}
    with EmbeddedSandbox(Options(rows={"payments": 120}, strict=False)) as sandbox:
        result = exported(sandbox.base_url, ListQuery("payments", window, query), tmp_path / "out", tmp_path / "s")
    assert result.complete
    assert ids(result.files["payments"]) == [f"payment_seed{n:09d}" for n in range(5, 15) if n != 15]
    assert any("110 rows outside" in note for note in result.notes)
    items = pl.read_csv(result.files["payments.items"])
    assert set(items["payment_id"]) <= set(ids(result.files["payments"]))


def test_a_bare_day_is_that_day_in_mexico_city(desk: Desk, account: Account) -> None:
    assert desk.gigbulk("export", "clients", "-o", "a.csv", "--since", "2024-01-01", "--until", "2024-01-01").rows(
        "clients"
    ) == len(account.ids("clients"))
    assert desk.gigbulk("export", "clients", "-o", "a.csv", "--until", "2023-12-31").rows("clients") == 0


# --- a dataset --------------------------------------------------------------------------------------------------------


def lake(desk: Desk, table: str) -> pl.DataFrame:
    return pl.read_parquet(desk.folder / "lake" / table, hive_partitioning=True)


def append(desk: Desk, *more: object, death: str = "") -> Ran:
    return desk.gigbulk(
        "export", "receipts", "payments", "-o", "lake", "--since", "last", "--append", *more, death=death
    )


def test_a_dataset_grows_by_new_rows_and_changed_rows_replace_the_old(desk: Desk, account: Account) -> None:
    assert append(desk).code == 0
    new = account.receipt(1)
    assert append(desk).code == 0
    account.change("receipts", new, {"metadata": {"internalId": "changed"}})
    ran = append(desk)
    assert ran.code == 0, ran.err
    receipts = lake(desk, "receipts")
    assert sorted(receipts["id"]) == sorted(account.ids("receipts"))
    assert receipts.filter(id=new)["metadata.internalId"].to_list() == ["changed"]
    assert lake(desk, "payments")["id"].n_unique() == lake(desk, "payments").height == 25
    files = desk.manifest("lake/manifest.json")["exports"]["receipts"]["files"]
    assert len(files) == receipts["month"].n_unique() == 2
    assert sum(file["rows"] for file in files.values()) == receipts.height


def test_full_makes_the_dataset_what_the_account_is_now(desk: Desk, account: Account) -> None:
    append(desk)
    account.delete("receipts", account.ids("receipts")[0])
    append(desk)
    assert lake(desk, "receipts").height == 12, "the API does not tell what is gone"
    assert append(desk, "--full").code == 0
    assert sorted(lake(desk, "receipts")["id"]) == sorted(account.ids("receipts"))


def test_each_dataset_goes_on_from_itself_and_one_that_was_deleted_begins_anew(desk: Desk) -> None:
    append(desk)
    other = desk.gigbulk("export", "clients", "-o", "other", "--since", "last", "--append")
    assert other.rows("clients") == 30
    (desk.folder / "lake").rename(desk.folder / "gone")
    assert append(desk).code == 0
    assert lake(desk, "payments").height == 25


def test_an_incomplete_export_does_not_touch_the_dataset(desk: Desk, account: Account) -> None:
    append(desk)
    before = lake(desk, "payments")
    for n in range(200):
        account.client(n)
    account.misbehave(repeat_page=1)
    ran = desk.gigbulk("export", "clients", "-o", "lake", "--since", "last", "--append")
    assert ran.code == 6
    assert not (desk.folder / "lake" / "clients").exists()
    assert (desk.folder / "lake" / "clients.incomplete.parquet").exists()
    assert lake(desk, "payments").equals(before)


@pytest.mark.slow
@pytest.mark.parametrize("death", [*ExportPoint, "placed:2", "placed:4"])
def test_an_export_killed_at_any_point_is_made_good_by_the_next(death: str, desk: Desk, account: Account) -> None:
    """A first export, new and changed rows, one that is killed (SIGKILL), more rows, one that is not."""
    assert append(desk).code == 0
    changed = account.receipt(1)
    account.client(2)
    assert append(desk, death=death).code == KILLED
    account.change("receipts", changed, {"metadata": {"internalId": "changed"}})
    account.receipt(3)
    ran = append(desk)
    assert ran.code == 0, ran.err
    receipts, payments = lake(desk, "receipts"), lake(desk, "payments")
    assert Counter(receipts["id"]) == Counter(account.ids("receipts"))
    assert receipts.filter(id=changed)["metadata.internalId"].to_list() == ["changed"]
    assert Counter(payments["id"]) == Counter(account.ids("payments"))
    assert lake(desk, "payments.items").join(payments, left_on="payment_id", right_on="id", how="anti").is_empty()


@pytest.mark.slow
@pytest.mark.parametrize("death", [point for point in ExportPoint if point is not ExportPoint.PLACED])
def test_files_of_a_killed_export_lack_nothing_after_the_next(death: str, desk: Desk, account: Account) -> None:
    """Until the watermark has moved, rows are given again rather than never; afterwards they are not."""
    assert desk.gigbulk("export", "clients", "-o", "0.csv", "--since", "last", death=death).code == KILLED
    account.client(1)
    ran = desk.gigbulk("export", "clients", "-o", "1.csv", "--since", "last")
    assert ran.code == 0, ran.err
    first = ids(desk.folder / "0.csv") if (desk.folder / "0.csv").exists() else []
    second = ids(desk.folder / "1.csv")
    assert set(first) | set(second) == set(account.ids("clients"))
    moved = death == ExportPoint.WATERMARK_MOVED
    assert len(second) == (1 if moved else 31)
