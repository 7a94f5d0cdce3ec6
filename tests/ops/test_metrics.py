"""The textfile a Prometheus collector reads: whole, of its own series, and honest about failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textfile import samples

from pipeline.errors import ConfigError, OutputError
from pipeline.ops.metrics import metrics_path, write_metrics

NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)
EXPORT = {
    "command": "export",
    "resources": {
        "clients": {"rows": 321, "pages": 4, "complete": True},
        "payments": {"rows": 7, "pages": 1, "complete": False, "why": "x"},
    },
}
IMPORT = {"command": "import", "resources": {"payments": {"read": 10, "created": 7, "rejected": 3, "in_doubt": 0}}}


def test_an_export_gives_its_end_length_exit_code_rows_and_completeness(tmp_path: Path) -> None:
    path = tmp_path / "nightly.prom"
    write_metrics(path, EXPORT, exit_code=6, seconds=1.5, ended=NOON)
    task = 'task="nightly",command="export"'
    assert samples(path) == {
        f"gigbulk_last_run_timestamp_seconds{{{task}}}": NOON.timestamp(),
        f"gigbulk_last_run_duration_seconds{{{task}}}": 1.5,
        f"gigbulk_last_run_exit_code{{{task}}}": 6,
        f'gigbulk_last_run_rows{{{task},resource="clients"}}': 321,
        f'gigbulk_last_run_rows{{{task},resource="payments"}}': 7,
        f'gigbulk_last_run_pages{{{task},resource="clients"}}': 4,
        f'gigbulk_last_run_pages{{{task},resource="payments"}}': 1,
        f'gigbulk_last_run_complete{{{task},resource="clients"}}': 1,
        f'gigbulk_last_run_complete{{{task},resource="payments"}}': 0,
    }


def test_an_import_gives_its_records_by_fate(tmp_path: Path) -> None:
    path = tmp_path / "monthly.prom"
    write_metrics(path, IMPORT, exit_code=1, seconds=9, ended=NOON)
    labels = 'task="monthly",command="import",resource="payments"'
    assert {name: value for name, value in samples(path).items() if "records" in name} == {
        f'gigbulk_last_run_records{{{labels},fate="{fate}"}}': count
        for fate, count in IMPORT["resources"]["payments"].items()  # type: ignore[attr-defined]
    }


def test_the_last_success_outlives_failures(tmp_path: Path) -> None:
    path = tmp_path / "nightly.prom"
    success = 'gigbulk_last_success_timestamp_seconds{task="nightly",command="export"}'
    for days, code, expected in ((0, 0, 0), (1, 4, 0), (2, 130, 0), (3, 0, 3)):
        write_metrics(path, EXPORT, exit_code=code, seconds=1, ended=NOON + timedelta(days))
        assert samples(path)[success] == (NOON + timedelta(expected)).timestamp()


def test_a_task_that_never_succeeded_has_no_last_success_and_one_that_never_began_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "nightly.prom"
    path.write_bytes(b"\xff not what we wrote")
    write_metrics(path, {"command": "export"}, exit_code=4, seconds=0.1, ended=NOON)
    assert [name.split("{")[0] for name in samples(path)] == [
        "gigbulk_last_run_timestamp_seconds",
        "gigbulk_last_run_duration_seconds",
        "gigbulk_last_run_exit_code",
    ]


def test_any_name_of_a_file_is_a_label_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / 'odd "name" \\ ñ.prom'
    write_metrics(path, EXPORT, exit_code=0, seconds=1, ended=NOON)
    assert any('task="odd \\"name\\" \\\\ ñ"' in name for name in samples(path))


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_metrics(tmp_path / "missing" / "nightly.prom", EXPORT, exit_code=0, seconds=1, ended=NOON)
    write_metrics(tmp_path / "nightly.prom", EXPORT, exit_code=0, seconds=1, ended=NOON)
    assert [path.name for path in tmp_path.iterdir()] == ["nightly.prom"]


def test_a_name_the_collector_would_not_read_is_refused_with_the_one_it_would() -> None:
    with pytest.raises(ConfigError, match=r"nightly\.txt") as caught:
        metrics_path(Path("out/nightly.txt"))
    assert "nightly.prom" in caught.value.hint
    assert metrics_path(Path("out/nightly.prom")) == Path("out/nightly.prom")
