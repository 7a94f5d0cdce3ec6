"""Memory does not grow with the file: ten times the lines, much the same peak."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import python

PEAK_MIB = """
import resource, sys
from pathlib import Path
from pipeline.source.read import read_batches, inspect_file
(source,) = inspect_file(Path(sys.argv[1]), sys.argv[1])
rows = sum(frame.height for frame in read_batches(source))
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
IMPORTS_MIB = 50
"""What the interpreter and polars take before the first line is read; left in, it would hide growth."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_peak_of_500_000_lines_is_that_of_a_few_batches(kind: str, tmp_path: Path) -> None:
    peaks = {}
    for rows in (50_000, 500_000):
        number = pl.int_range(rows, eager=True).cast(pl.String)
        names = pl.DataFrame({"internalId": number, "name": "Client number " + number, "email": number + "@x.example"})
        frame = names.with_columns(rfc=pl.lit("XAXX010101000"), zip=pl.lit("06600"))
        path = tmp_path / f"clients-{rows}.{kind}"
        frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
        done = python(PEAK_MIB, path)
        assert done.returncode == 0, done.stderr
        read, peak = map(int, done.stdout.split())
        assert read == rows
        peaks[rows] = peak - IMPORTS_MIB
    # A batch is 100,000 rows: the small file fills half of one, the large one five. Held whole it would be ten times.
    assert peaks[500_000] < 4 * peaks[50_000] + 20, peaks
