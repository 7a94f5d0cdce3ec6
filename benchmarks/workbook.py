"""A workbook of 50,000 rows of 20 columns: gigbulk reads and checks it, openpyxl only reads it.

    python benchmarks/workbook.py                 both in turn; the ratio counts
    python benchmarks/workbook.py --shared        the same of texts in a part of their own, as Excel writes them
    python benchmarks/workbook.py --rows 500000   one check, for its memory

`check` is to take a fifth of the time openpyxl's read-only mode needs, by the clock on the wall and in processor time,
what is started included. Where texts are shared openpyxl itself needs half; a fifth of that is reached by the clock
alone. On a machine with other work the processor's time is the one to trust. Both run once before they are measured, so
that Python's compiled files are there, as they are where gigbulk is installed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

import xlsxwriter
from figures import Figure, tell

ROUNDS, ROWS, COLUMNS = 3, 50_000, 20
LEAST, LEAST_SHARED = 5.0, 3.0
OPENPYXL = (
    "import openpyxl, sys\n"
    "for row in openpyxl.load_workbook(sys.argv[1], read_only=True).worksheets[0].iter_rows(values_only=True): pass"
)
MEASURED = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run(json.loads(sys.argv[1]), capture_output=True)
took = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
assert done.returncode == 0, done.stderr
print(json.dumps([took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
FIELDS = ("internalId", "name", "legal_name", "rfc", "email", "phone", "tax_system", "use", "address.zip")


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=ROWS)
    asked.add_argument("--shared", action="store_true")
    said = asked.parse_args()
    rows, least = said.rows, LEAST_SHARED if said.shared else LEAST
    with tempfile.TemporaryDirectory() as folder:
        book = write_book(Path(folder) / "libro.xlsx", rows, shared=said.shared)
        print(f"{rows:,} rows of {COLUMNS} columns, {book.stat().st_size / 1e6:.0f} MB")
        check = [sys.executable, "-m", "pipeline", "check", str(book), "--json"]
        read = [sys.executable, "-c", OPENPYXL, str(book)]
        if rows > ROWS:
            report("gigbulk check", measure(check))
            return 0
        measure(check)
        walls, cpus = [], []
        for _ in range(ROUNDS):
            theirs, ours = measure(read), measure(check)
            report("openpyxl, read only", theirs)
            report("gigbulk check", ours)
            walls.append(theirs.wall_s / ours.wall_s)
            cpus.append(theirs.cpu_s / ours.cpu_s)
    wall, cpu = median(walls), median(cpus)
    fast = min(wall, cpu) >= least
    print(f"{wall:.1f} times as fast, in CPU {cpu:.1f}: {'within bounds' if fast else 'TOO SLOW'}")
    tell(
        [
            Figure(
                f"check of a workbook, 50,000 rows of 20{', shared texts' * said.shared}",
                "openpyxl reading it",
                wall,
                ">=",
                LEAST,
            ),
            Figure("the same in CPU", "openpyxl reading it", cpu, ">=", LEAST),
        ]
    )
    return 0 if fast else 1


class Spent(NamedTuple):
    """Seconds by the clock and of all processors, and the peak of memory of the largest process in MiB."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def report(what: str, spent: Spent) -> None:
    print(f"{what:24}{spent.wall_s:8.2f} s{spent.cpu_s:8.2f} s of CPU{spent.peak_mib:8.0f} MiB", flush=True)


def write_book(path: Path, rows: int, *, shared: bool) -> Path:
    """Clients, with columns nobody knows to make it wide."""
    more = [f"nota {n}" for n in range(COLUMNS - len(FIELDS))]
    with xlsxwriter.Workbook(path, {"constant_memory": not shared}) as book:
        sheet = book.add_worksheet("Clientes")
        sheet.write_row(0, 0, [*FIELDS, *more])
        for n in range(1, rows + 1):
            known = [f"C{n:07}", f"Cliente {n}", f"CLIENTE {n}", "XAXX010101000", f"c{n}@empresa.example", "5555500001"]
            sheet.write_row(n, 0, [*known, "616", "S01", "06700", *(f"{n % 97} y {m}" for m in range(len(more)))])
    return path


def measure(command: list[str]) -> Spent:
    compiling = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, json.dumps(command)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parent.parent, env=compiling,
    )  # fmt: skip
    return Spent(*json.loads(done.stdout))


if __name__ == "__main__":
    sys.exit(main())
