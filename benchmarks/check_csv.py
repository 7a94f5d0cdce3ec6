"""What `gigbulk check` of a large file costs beside a bare `csv.reader` loop, and beside the same rows as Parquet.

    python benchmarks/check_csv.py [ROWS ...]      (1,000,000 when none are given; 500000 5000000 shows what size does)

One payment a line, 15 columns, each hundredth with a product key that does not exist; all rules, problems and rejects
written. Each is a process of its own, start included, in turn with the others; figures are medians of the rounds. Peak
memory is the most that a process held. CPU is of all threads: on a busy machine it says more than the clock.
Goals: four times the loop, 500 MB, Parquet at most 0.6 of CSV; of 5 million rows the time per row within 15 % and the
peak within 1.3 times that of 500,000, and below 700 MB. Ends with 1 where a check of a million rows or more takes over
eight times the loop's CPU: then rows are read one by one again.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import polars as pl
from figures import Figure, tell

ROOT = Path(__file__).parents[1]
ROUNDS = 3
BAD_EVERY = 100
GOAL, PARQUET_GOAL, PEAK_MB = 4.0, 0.6, 500
LIMIT, LIMIT_FROM = 8.0, 1_000_000
LOOP = "import csv, sys\nfor _ in csv.reader(open(sys.argv[1], newline='', encoding='utf-8')): pass"


class Cost(NamedTuple):
    """Of one process. The peak of a small one is that of this process, which it came from."""

    seconds: float
    cpu_s: float
    peak_mb: float


def write_payments(count: int, folder: Path) -> tuple[Path, Path]:
    """The sample's payments over and over, each with an internalId of its own, as CSV and as Parquet."""
    sample = pl.read_csv(ROOT / "samples" / "payments.csv", infer_schema=False)
    plain = sample.filter(pl.col("items.service_ref").is_null() & (pl.col("currency") == "MXN"))
    number = pl.int_range(pl.len())
    strange = number % BAD_EVERY == BAD_EVERY - 1
    csv, parquet = folder / f"payments-{count}.csv", folder / f"payments-{count}.parquet"
    rows = (
        pl.concat([plain] * (count // plain.height + 1))
        .lazy()
        .head(count)
        .drop("client_ref", "exchange", "items.discount", "items.service_ref")
        .with_columns(
            internalId="ID-" + number.cast(pl.String),
            clientId="client_" + (number % 5_000).cast(pl.String),
        )
        .with_columns(
            pl.when(strange).then(pl.lit("12")).otherwise("items.product_key").alias("items.product_key"),
        )
    )
    rows.sink_csv(csv)
    rows.sink_parquet(parquet)
    return csv, parquet


def measure(command: list[str], folder: Path) -> Cost:
    """The command's own cost. A check of bad rows ends with 1."""
    begun = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "GIGBULK_STATE_DIR": str(folder / "state")}
    child = subprocess.Popen(
        [sys.executable, *command], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode in (0, 1), command
    return Cost(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def check(file: Path) -> list[str]:
    results = ["--problems", "problems.csv", "--rejects", f"rejects{file.suffix}"]
    return ["-m", "pipeline", "check", str(file), *results]


def measure_all(count: int, folder: Path) -> dict[str, Cost]:
    csv, parquet = write_payments(count, folder)
    commands = {"csv.reader loop": ["-c", LOOP, str(csv)], "check CSV": check(csv), "check Parquet": check(parquet)}
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            costs[name].append(measure(command, folder))
    for file in (csv, parquet):
        file.unlink()
    return {name: Cost(*map(statistics.median, zip(*each, strict=True))) for name, each in costs.items()}


def main(sizes: list[int]) -> int:
    fine, slow = True, False
    figures: list[Figure] = []
    print("| rows | what | s | times the loop | CPU s | times the loop | µs a row | peak MB |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            costs = measure_all(count, Path(folder))
        loop, checked, columnar = costs.values()
        for name, cost in costs.items():
            print(
                f"| {count:,} | {name} | {cost.seconds:.1f} | {cost.seconds / loop.seconds:.1f} | {cost.cpu_s:.1f} |"
                f" {cost.cpu_s / loop.cpu_s:.1f} | {cost.seconds / count * 1e6:.1f} | {cost.peak_mb:.0f} |",
                flush=True,
            )
        against = checked.seconds / loop.seconds, columnar.seconds / checked.seconds
        figures += [
            Figure(f"check of a CSV, {count:,} rows", "a `csv.reader` loop", against[0], "<=", GOAL),
            Figure(f"check of Parquet, {count:,} rows", "the CSV", against[1], "<=", PARQUET_GOAL),
        ]
        fine &= checked.seconds <= GOAL * loop.seconds and columnar.seconds <= PARQUET_GOAL * checked.seconds
        fine &= max(checked.peak_mb, columnar.peak_mb) <= PEAK_MB
        slow |= count >= LIMIT_FROM and checked.cpu_s > LIMIT * loop.cpu_s
    tell(figures)
    print("TOO SLOW" if slow else "within the goals" if fine else "beyond the goals")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main([int(n) for n in sys.argv[1:]] or [1_000_000]))
