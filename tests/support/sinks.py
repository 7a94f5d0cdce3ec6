"""A sink that is written to in the fewest words, in this process or in one that dies of it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from dying import foretell
from sheets_format import SHEETS

from pipeline.exporter.flatten import flatten
from pipeline.formats import FORMATS
from pipeline.sink.open import open_sink
from pipeline.sink.spec import Placed, Sink, TableSet, Target
from pipeline.sink.spill import SpillBuffer
from schemas.tables import TABLES

PAYMENTS = TABLES["payments"]
NOON = datetime(2026, 6, 1, 18, tzinfo=UTC)
MAY = "2026-05-10T12:00:00Z"


def payment(id_: str) -> dict[str, Any]:
    """One with two items: three tables have rows of it."""
    lines = [{"name": f"item {n}", "total": 100, "taxes": [{"type": "IVA"}]} for n in range(2)]
    return {"id": id_, "amount": 100, "timestamp": MAY, "items": lines}


def table_set(ids: Iterable[str], scratch: Path, *, complete: bool = True) -> TableSet:
    """The tables of these payments, as an export hands them over."""
    scratch.mkdir(parents=True, exist_ok=True)
    rows = [payment(id_) for id_ in ids]
    buffers = {}
    for name, frame in flatten(rows, PAYMENTS).items():
        buffers[name] = SpillBuffer(scratch, name, frame.schema)
        buffers[name].add(frame)
    entry = {"complete": complete, "rows": len(rows)}
    return TableSet(
        resource="payments", buffers=buffers, complete=complete, describe=lambda: dict(entry), scratch=scratch
    )


def export(sink: Sink, tables: TableSet) -> Placed:
    """What an export does with its sink, from the beginning to the end."""
    sink.prepare()
    sink.begin("payments", NOON)
    return sink.write(tables)


def killed(target: Target, ids: Iterable[str], scratch: Path, death: str, **environment: str) -> bytes:
    """Export in a process that dies at a point (see `dying.py`); what it gave to its standard output."""
    known = [*target[:4], str(target.staging), target.append, [*ids], str(scratch)]
    done = subprocess.run(
        [sys.executable, __file__, msgspec.json.encode(known).decode()], capture_output=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment, "DEATH": death},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    return done.stdout


if __name__ == "__main__":
    FORMATS[SHEETS.name] = SHEETS
    scheme, folder, file, format_, staging, append, asked, spilled = msgspec.json.decode(sys.argv[1])
    foretell(os.environ["DEATH"])
    opened = open_sink(Target(scheme, folder, file, format_, Path(staging), lambda: io.BytesIO(), append))
    export(opened, table_set(asked, Path(spilled)))
