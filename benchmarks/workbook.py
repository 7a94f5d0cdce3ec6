"""A workbook of 50,000 rows of 20 columns: gigbulk reads and checks it, openpyxl only reads it.

    python benchmarks/workbook.py                         every layout, both in turn; the ratios count
    python benchmarks/workbook.py --layout formulas       one of them
    python benchmarks/workbook.py --rows 500000           one check of texts, for its memory

Layouts: `texts` in their cells, as our exports and other libraries write them; `shared` texts in a part of their own,
as Excel and LibreOffice write them; `payments`, texts with amounts, days, booleans and a warning a row; `formulas`,
shared texts with a day and a formula a row and a column that every other row leaves empty; `wrong`, payments none of
which may be sent: then most of the time goes into marking 50,000 rows of the workbook that comes back.

`check` is to take a fifth of the time openpyxl's read-only mode needs, by the clock on the wall and in processor time,
what is started included. Where every row is marked openpyxl reads what gigbulk writes anew, and no aim is set. On a
machine with other work the processor's time is the one to trust. Both run once before they are measured, so that
Python's compiled files are there, as they are where gigbulk is installed.
"""

import argparse
import datetime as dt
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
GOAL = 5.0
LEAST = {"texts": 5.0, "shared": 4.0, "payments": 4.0, "formulas": 3.0, "wrong": 1.0}
"""Below that a layout is read another way than it should be."""
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
assert done.returncode in (0, 1), done.stderr  # 1: rows with mistakes were found
print(json.dumps([took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
CLIENTS = ("internalId", "name", "legal_name", "rfc", "email", "phone", "tax_system", "use", "address.zip")
PAYMENTS = (
    "internalId", "client.name", "client.rfc", "client.email", "client.legal_name", "client.tax_system", "client.use",
    "client.address.zip", "date", "paymentMethod", "currency", "exchange", "items.name", "items.description",
    "items.quantity", "items.total", "items.product_key", "items.unit_key", "items.taxes", "paid",
)  # fmt: skip
NOTE = "metadata.nota"
RFC, FOREIGN_RFC, FIRST_DAY = "MHB9804179F8", "XAM000000A11", dt.date(2026, 1, 1)
ALWAYS = ("--set", "items.unit_name=Servicio", "--decimal", ".")


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=ROWS)
    asked.add_argument("--layout", choices=[*LEAST])
    said = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if said.rows > ROWS:
            report("gigbulk check", measure(check(write_book(Path(folder), "texts", said.rows))))
            return 0
        layouts = [said.layout] if said.layout else [*LEAST]
        slow = [layout for layout in layouts if not compare(layout, Path(folder), said.rows)]
        return 1 if slow else 0


def compare(layout: str, folder: Path, rows: int) -> bool:
    """Whether the layout is checked as fast as it should be."""
    book = write_book(folder, layout, rows)
    print(f"{layout}: {rows:,} rows of {COLUMNS} columns, {book.stat().st_size / 1e6:.0f} MB")
    theirs, ours = [sys.executable, "-c", OPENPYXL, str(book)], check(book)
    measure(ours)
    walls, cpus = [], []
    for _ in range(ROUNDS):
        read, checked = measure(theirs), measure(ours)
        report("openpyxl, read only", read)
        report("gigbulk check", checked)
        walls.append(read.wall_s / checked.wall_s)
        cpus.append(read.cpu_s / checked.cpu_s)
    wall, cpu = median(walls), median(cpus)
    fast = min(wall, cpu) >= LEAST[layout]
    print(f"{wall:.1f} times as fast, in CPU {cpu:.1f}: {'within bounds' if fast else 'TOO SLOW'}")
    if layout != "wrong":
        what = f"check of a workbook, 50,000 rows of 20, {layout}"
        tell([Figure(f"{what}{by}", "openpyxl reading it", x, ">=", GOAL) for by, x in (("", wall), (", CPU", cpu))])
    return fast


def check(book: Path) -> list[str]:
    said = () if book.stem in ("texts", "shared") else ALWAYS
    return [sys.executable, "-m", "pipeline", "check", str(book), "--json", *said]


class Spent(NamedTuple):
    """Seconds by the clock and of all processors, and the peak of memory of the largest process in MiB."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def report(what: str, spent: Spent) -> None:
    print(f"{what:24}{spent.wall_s:8.2f} s{spent.cpu_s:8.2f} s of CPU{spent.peak_mib:8.0f} MiB", flush=True)


def write_book(folder: Path, layout: str, rows: int) -> Path:
    path, shared = folder / f"{layout}.xlsx", layout in ("shared", "formulas")
    with xlsxwriter.Workbook(path, {"constant_memory": not shared}) as book:
        if layout in ("texts", "shared"):
            write_clients(book, rows)
        else:
            write_payments(book, layout, rows)
    return path


def write_clients(book: xlsxwriter.Workbook, rows: int) -> None:
    """With columns nobody knows, to make it wide."""
    more = [f"nota {n}" for n in range(COLUMNS - len(CLIENTS))]
    sheet = book.add_worksheet("Clientes")
    sheet.write_row(0, 0, [*CLIENTS, *more])
    for n in range(1, rows + 1):
        known = [f"C{n:07}", f"Cliente {n}", f"CLIENTE {n}", "XAXX010101000", f"c{n}@empresa.example", "5555500001"]
        sheet.write_row(n, 0, [*known, "616", "S01", "06700", *(f"{n % 97} y {m}" for m in range(len(more)))])


def write_payments(book: xlsxwriter.Workbook, layout: str, rows: int) -> None:
    sheet = book.add_worksheet("Pagos")
    looks = {look: book.add_format({"num_format": look}) for look in ("@", "#,##0.00", "dd/mm/yyyy")}
    text, money, day = looks.values()
    headings = [NOTE if layout == "formulas" and heading == "exchange" else heading for heading in PAYMENTS]
    sheet.write_row(0, 0, headings)
    for n in range(1, rows + 1):
        client = [f"C{n % 5000:05}", FOREIGN_RFC if layout == "wrong" else RFC, f"c{n % 5000}@empresa.example"]
        texts = [f"P-{n:07}", *client, "MOLINOS Y HARINAS DEL BAJIO", "601", "G03", "37000"]
        note = "revisado" if layout == "formulas" and n % 2 else None
        sold = [f"Servicio {n % 200}", f"Descripción del servicio {n}"]
        for column, cell in enumerate(
            [*texts, None, "03", "MXN", note, *sold, None, None, "84111506", "E48", "IVA 16%"]
        ):
            if cell is not None:
                sheet.write_string(n, column, cell, text)
        sheet.write_datetime(n, 8, FIRST_DAY + dt.timedelta(days=n % 330), day)
        sheet.write_number(n, 14, n % 9 + 1, money)
        if layout == "formulas":
            sheet.write_formula(n, 15, f"=O{n + 1}*100", money, (n % 9 + 1) * 100)
        else:
            sheet.write_number(n, 11, 1, money)
            sheet.write_number(n, 15, round(n * 1.37 % 10_000 + 1, 2), money)
        sheet.write_boolean(n, 19, n % 2 == 0)


def measure(command: list[str]) -> Spent:
    compiling = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, json.dumps(command)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parent.parent, env=compiling,
    )  # fmt: skip
    return Spent(*json.loads(done.stdout))


if __name__ == "__main__":
    sys.exit(main())
