"""Lines that are of one payment only because a spreadsheet's change of an id was repaired."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import Files, RecordingEvents, a_line

from pipeline.importer.flow import ImportRequest, check_files
from pipeline.settings import Settings


@pytest.mark.parametrize(
    ("ids", "rejected"),
    [
        (["1001", "1001.0"], 1),
        (["1001.0", "1001.0"], 0),
        (["1001", "1001"], 0),
        (["1001", ' 1001', '="1001"'], 1),
        (["1001", " 1001 "], 0),
        (["1001.0", "1002"], 0),
    ],
)  # fmt: skip
def test_one_payment_is_not_made_of_two_spellings_of_an_id(
    ids: list[str], rejected: int, files: Files, tmp_path: Path, console: RecordingEvents
) -> None:
    path = files.csv([a_line(internalId=each) for each in ids], "payments.csv")
    result = check_files(ImportRequest((str(path),)), Settings(state_dir=tmp_path / "state"), console)
    assert result.resources["payments"].rejected == rejected
    broken = {example["rule"] for example in result.examples}
    assert broken == ({"X-ID-MIXED"} if rejected else set())
