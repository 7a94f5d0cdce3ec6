"""Rows of sheets between two passes: held while they are few, in files once they are many, and the same rows."""

from pathlib import Path

import polars as pl
import pytest

from pipeline.workbook import shelf as module
from pipeline.workbook.shelf import Shelf

FRAMES = [pl.DataFrame({"@row": [n, n + 1], "A": ["á" * 40, None], "B": [None, f"texto {n}"]}) for n in (1, 3, 5)]


def test_few_rows_wait_in_memory(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    laid = [shelf.put(frame, f"{n}") for n, frame in enumerate(FRAMES)]
    assert list(tmp_path.iterdir()) == []
    assert all(there.read().equals(frame) for there, frame in zip(laid, FRAMES, strict=True))


@pytest.mark.parametrize("room", [0, 300])
def test_once_there_is_no_room_all_wait_in_files(room: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROOM", room)
    shelf = Shelf(tmp_path)
    laid = [shelf.put(frame, f"{n}") for n, frame in enumerate(FRAMES)]
    assert {file.name for file in tmp_path.iterdir()} == {"0.parquet", "1.parquet", "2.parquet"}
    assert all(there.read().equals(frame) and there.frame is None for there, frame in zip(laid, FRAMES, strict=True))


def test_texts_that_frames_share_count_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, beside=65 << 20)
    shelf.put(FRAMES[0], "0")
    assert [file.name for file in tmp_path.iterdir()] == ["0.parquet"]
