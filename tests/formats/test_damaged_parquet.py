"""A Parquet file with damaged bytes is read or refused in a sentence; it never ends the process that reads it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

DAMAGED = 300
READER = """
import json, sys
from pathlib import Path
from pipeline.errors import InputError
from pipeline.formats.parquet import PARQUET

for line in sys.stdin:
    path = Path(line.strip())
    try:
        for shape in PARQUET.look(path):
            rows = sum(frame.height for frame in PARQUET.read(path, shape, 1000))
        print(json.dumps(["read", rows]))
    except InputError as error:
        print(json.dumps(["refused", error.message]))
"""


def _whole(compression: str, rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "internalId": [f"P{n}" for n in range(rows)],
            "paid": [n % 2 == 0 for n in range(rows)],
            "items": [[{"name": compression, "total": 1.5 * n}] for n in range(rows)],
            "client": [{"name": "Ana", "address": {"zip": None}} for _ in range(rows)],
            "date": [date(2026, 1, 31) if n % 3 else None for n in range(rows)],
            "exchange": [Decimal(n) / 4 for n in range(rows)],
        }
    )


@pytest.mark.slow
def test_flipped_bits_anywhere_in_a_file_end_no_process(tmp_path: Path) -> None:
    """One reader for all of them: if it died, the rest would have no verdict. Half of the damage is in the footer."""
    chance = random.Random(20261126)
    wholes = []
    for compression, rows in (("zstd", 3), ("snappy", 50), ("uncompressed", 50), ("gzip", 20), ("lz4", 400)):
        place = tmp_path / f"{compression}.parquet"
        _whole(compression, rows).write_parquet(place, compression=compression)  # type: ignore[arg-type]
        wholes.append(place.read_bytes())
    places = []
    for number in range(DAMAGED):
        data = bytearray(chance.choice(wholes))
        for _ in range(chance.choice((1, 1, 1, 2, 8))):
            first = chance.choice((0, max(0, len(data) - 1500)))
            data[chance.randrange(first, len(data))] ^= 1 << chance.randrange(8)
        places.append(tmp_path / f"{number}.parquet")
        places[-1].write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input="".join(f"{place}\n" for place in places),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(verdicts)) == (0, DAMAGED), done.stderr[-500:]
    assert all(said.endswith(".") for verdict, said in verdicts if verdict == "refused")
    assert min(Counter(verdict for verdict, _ in verdicts).values()) > DAMAGED // 10
