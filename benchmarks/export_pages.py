"""How fast and how cheaply a list becomes files, as ratios taken in one run.

    .venv/bin/python benchmarks/export_pages.py [ROWS]

pages     wall time of reading pages one after another / several at once, from a sandbox that takes 50 ms a page
cpu       CPU time per row, pages on disk to CSV files, against two loops with `json` and `csv`: one that makes the same
          three files, and a bare one that writes values as they are: no decimals, clocks, taxes, secrets or `_extra`
"""

import asyncio
import csv
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from figures import Figure, tell

from pipeline.api.client import Client
from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.api.transport import open_transport
from pipeline.edge import utc_now
from pipeline.exporter.cells import decode_json
from pipeline.exporter.flatten import flatten, schema_of
from pipeline.exporter.pages.checkpoint import PageCheckpoint
from pipeline.exporter.query import ListQuery
from pipeline.exporter.resource import run_export_resource
from pipeline.exporter.transform import CHUNK_ROWS
from pipeline.exporter.window import Window
from pipeline.sandbox.v2025_06 import seed
from pipeline.sink.destination import Destination
from pipeline.sink.folder import FolderSink
from pipeline.sink.spill import SpillBuffer
from pipeline.sink.write import write_tables
from schemas.dialects import dialect
from schemas.tables import TABLES, Field, FieldKind, Table, is_secret

DIALECT = dialect("2025-06")
LATENCY_MS = 50
PAGES = 120
MEXICO = ZoneInfo("America/Mexico_City")


def pages_of(rows: int) -> list[bytes]:
    """Pages of 100 payments as the sandbox answers them."""
    bodies = [record.body for record in islice(seed._GROW["payments"](Random(0)), rows)]
    return [f'{{"hasMore":true,"data":[{",".join(bodies[i : i + 100])}]}}'.encode() for i in range(0, rows, 100)]


# --- the bare loop: what is left when everything that makes an export safe to use is left out -------------------------


def bare(pages: list[bytes], folder: Path, tables: dict[str, Table]) -> None:
    """Payments and their items; what is no column of the API itself, and what is nested deeper, is not written."""
    names = {name: [field.sources[0] for field in table.fields] for name, table in tables.items()}
    with (
        (folder / "payments.csv").open("w", encoding="utf-8", newline="") as payments_file,
        (folder / "payments.items.csv").open("w", encoding="utf-8", newline="") as items_file,
    ):
        payments = csv.DictWriter(payments_file, names["payments"], extrasaction="ignore")
        items = csv.DictWriter(items_file, ["payment_id", "position", *names["payments.items"]], extrasaction="ignore")
        payments.writeheader()
        items.writeheader()
        for page in pages:
            for payment in json.loads(page)["data"]:
                payments.writerow(flat(payment))
                for n, item in enumerate(payment["items"], 1):
                    items.writerow({"payment_id": payment["id"], "position": n, **flat(item)})


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """Members of members with a dot, one level down."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if type(value) is dict:
            for inner, below in value.items():
                flat[f"{name}.{inner}"] = below
        else:
            flat[name] = value
    return flat


# --- the plain loop: what a careful script of an afternoon does, with the same files as a result ----------------------


def plain(pages: list[bytes], folder: Path, tables: dict[str, Table]) -> None:
    files = {name: (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") for name in tables}
    writers = {name: csv.DictWriter(files[name], table.columns) for name, table in tables.items()}
    for writer in writers.values():
        writer.writeheader()
    for page in pages:
        for payment in json.loads(page, parse_float=Decimal)["data"]:
            items = payment.pop("items", None) or []
            writers["payments"].writerow(cells(payment, tables["payments"]))
            for n, item in enumerate(items, 1):
                taxes = item.pop("taxes", None) or []
                keys = {"payment_id": payment["id"], "position": n}
                writers["payments.items"].writerow(keys | cells(item, tables["payments.items"]))
                for m, tax in enumerate(taxes, 1):
                    keys = {"payment_id": payment["id"], "item_position": n, "position": m}
                    writers["payments.items.taxes"].writerow(keys | cells(tax, tables["payments.items.taxes"]))
    for file in files.values():
        file.close()


def cells(row: dict[str, Any], table: Table) -> dict[str, Any]:
    flat = dict(leaves(row))
    made: dict[str, Any] = {}
    for field in table.fields:
        value = next((flat.pop(source) for source in field.sources if source in flat), None)
        if value is not None:
            made.update(zip(field.columns, cell(field, value), strict=False))
    if flat:
        made["_extra"] = json.dumps(flat, default=str)
    return made


def leaves(row: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if is_secret(name):
            continue
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def cell(field: Field, value: Any) -> tuple[Any, ...]:
    if field.kind is FieldKind.CENTS:
        return value, Decimal(value) / 100
    if field.kind is FieldKind.TIME:
        if isinstance(value, str):
            utc = datetime.fromisoformat(value).replace(tzinfo=UTC)
        else:
            utc = datetime.fromtimestamp(value / 1000 if value > 10**12 else value, UTC)
        return value, utc.isoformat(), utc.astimezone(MEXICO).isoformat()
    if field.kind is FieldKind.STATUS:
        return value, "canceled" if value == "cancelled" else value
    if field.kind is FieldKind.BOOLEAN:
        return ("true" if value else "false",)
    return (json.dumps(value, default=str),) if isinstance(value, list | dict) else (value,)


# --- ours -------------------------------------------------------------------------------------------------------------


def ours(pages: list[bytes], folder: Path, tables: dict[str, Table]) -> None:
    gathered = {name: SpillBuffer(folder, name, schema_of(table)) for name, table in tables.items()}
    step = CHUNK_ROWS // 100
    gc.disable()
    for start in range(0, len(pages), step):
        rows = [row for page in pages[start : start + step] for row in decode_json(page)["data"]]
        for name, frame in flatten(rows, TABLES["payments"]).items():
            gathered[name].add(frame)
    write_tables(gathered, Destination(folder), "csv")
    gc.enable()


def cpu_ratios(rows: int) -> list[float]:
    pages = pages_of(rows)
    tables = {table.name: table for table in TABLES["payments"].family}
    spent = {}
    for way in (ours, bare, plain):
        with tempfile.TemporaryDirectory() as folder:
            begun = time.process_time()
            way(pages, Path(folder), tables)
            spent[way] = (time.process_time() - begun) / rows * 1e6
    ratios = []
    for way, what in ((plain, "same files"), (bare, "bare")):
        ratios.append(spent[way] / spent[ours])
        print(
            f"cpu     {what:10} {spent[way]:6.1f} µs/row   ours {spent[ours]:6.1f} µs/row   {ratios[-1]:.1f} times less"
        )
    return ratios


_SERVE = """
from pipeline.sandbox import Options, serve
serve(Options(rows={{"clients": {rows}}}, latency_ms={latency}), lambda url: print(url, flush=True))
"""


@contextmanager
def sandbox_beside() -> Iterator[str]:
    """A sandbox in a process of its own, as a server is."""
    code = _SERVE.format(rows=PAGES * 100, latency=LATENCY_MS)
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


async def export(base_url: str, folder: Path, in_flight: int) -> float:
    client = Client(DIALECT, open_transport(in_flight), base_url=base_url, key="opaque-key")
    sink, pages = FolderSink(Destination(folder), "csv"), PageCheckpoint(folder / "spool", now=utc_now)
    async with ApiSession(client, Throttle(concurrency=in_flight)) as session:
        begun = time.perf_counter()
        sink.prepare()
        done = await run_export_resource(
            session, ListQuery("clients", Window(ceiling=utc_now())), TABLES["clients"], sink, pages, now=utc_now
        )
        assert done.complete, done.why
        return time.perf_counter() - begun


def page_ratio(in_flight: int = 16) -> float:
    with sandbox_beside() as base_url:
        spent = []
        for depth in (1, in_flight):
            with tempfile.TemporaryDirectory() as folder:
                spent.append(asyncio.run(export(base_url, Path(folder), depth)))
    print(
        f"pages   one by one {spent[0]:.2f} s   {in_flight} at once {spent[1]:.2f} s   {spent[0] / spent[1]:.1f} times"
    )
    return spent[0] / spent[1]


if __name__ == "__main__":
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    pages_at_once = page_ratio()
    same_files, _ = cpu_ratios(rows)
    tell(
        [
            Figure("export of pages that take 50 ms", "page after page", pages_at_once, ">=", 8),
            Figure("CPU of an export's three tables", "`json` and `csv` loops", 1 / same_files, "<=", 1 / 3),
        ]
    )
