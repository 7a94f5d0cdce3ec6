"""What the fiscal options costs beside a plain pandera schema of format checks on the same rows.

    python benchmarks/fiscal_preflight.py [ROWS ...]        (10,000, 100,000 and 1,000,000 when none are given)

Three things are timed in one run, in turn, on blocks of 100,000 rows: `plain`, one regular expression a column by
pandera; `rules`, every rule of the resource on rows already repaired; `all`, the whole gate (repair, rules, references,
findings, good from bad). Ratios are of CPU time, the shortest of three turns; peak memory is the process's own, each
size in a process of its own.
"""

from __future__ import annotations

import json
import resource as memory
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pandera.polars as pa
import polars as pl
from figures import Figure, tell

from pipeline.findings.compose import FindingContext
from pipeline.formats import LINE, Shape
from pipeline.model import RECORD, Source
from pipeline.source.columns.headings import match_fields
from pipeline.validation.canonical import canonicalise_block
from pipeline.validation.items import split_items
from pipeline.validation.references import References, find_references
from pipeline.validation.row_rules import find_broken_rules
from pipeline.validation.validate import validate
from schemas import resource
from schemas.rule_options import RuleOptions

SAMPLES = Path(__file__).parents[1] / "samples"
SIZES = (10_000, 100_000, 1_000_000)
BLOCK = 100_000
TURNS = 3
PREFLIGHT = RuleOptions(today=date(2026, 11, 22))

TEXT, AMOUNT = "^.{1,300}$", r"^[0-9]+(\.[0-9]{1,6})?$"
PLAIN = {
    "clients": {
        "internalId": TEXT, "name": TEXT, "legal_name": "^[^|]{1,300}$", "rfc": "^[A-Z&Ñ]{3,4}[0-9]{6}[A-Z0-9]{3}$",
        "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "phone": "^[0-9 +()-]{7,20}$", "tax_system": "^[0-9]{3}$",
        "use": "^[A-Z]{1,2}[0-9]{2}$", "address.street": TEXT, "address.city": TEXT, "address.state": TEXT,
        "address.zip": "^[0-9]{5}$", "address.country": "^[A-Z]{3}$", "metadata.segment": TEXT,
    },
    "payments": {
        "internalId": TEXT, "client_ref": TEXT, "paid": "^(true|false)$", "paymentMethod": "^[0-9]{2}$",
        "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+(-[0-9:]+|Z)?$", "currency": "^[A-Z]{3}$", "exchange": AMOUNT,
        "metadata.reference": TEXT, "items.name": TEXT, "items.description": "^[^|]{1,1000}$", "items.quantity": AMOUNT,
        "items.total": AMOUNT, "items.product_key": "^[0-9]{8}$", "items.unit_key": "^[A-Za-z0-9]{2,3}$",
        "items.unit_name": "^[^|]{1,20}$", "items.taxes": TEXT,
    },
}  # fmt: skip


def rows_of(name: str, count: int) -> pl.DataFrame:
    """The sample's rows over and over, each with an internalId of its own; payments of one item."""
    sample = pl.read_csv(SAMPLES / f"{name}.csv", infer_schema=False)
    if name == "payments":
        sample = sample.filter(pl.col("items.service_ref").is_null() & pl.col("client_ref").is_not_null())
    frame = pl.concat([sample] * (count // sample.height + 1)).head(count)
    return frame.with_columns(
        ("ID-" + pl.int_range(pl.len()).cast(pl.String)).alias("internalId"),
        pl.int_range(2, count + 2, dtype=pl.UInt32).alias(LINE),
        pl.int_range(count, dtype=pl.UInt32).alias(RECORD),
    ).rechunk()


def source_of(name: str, frame: pl.DataFrame) -> Source:
    headings = tuple(c for c in frame.columns if c not in (LINE, RECORD))
    fields, unknown = match_fields(headings, name, "benchmark.csv")
    none = pl.Series([], dtype=pl.UInt64)
    return Source(
        Path("benchmark.csv"), "benchmark.csv", "csv", Shape(headings), "", name, fields, unknown,
        none, none.cast(pl.UInt32),
    )  # fmt: skip


def known(_: str, keys: Iterable[str]) -> dict[str, dict[str, str]]:
    return {key: {} for key in keys}


def measured(name: str, count: int) -> dict[str, float]:
    frame = rows_of(name, count)
    source, declared = source_of(name, frame), resource(name)
    blocks = [frame.slice(start, BLOCK) for start in range(0, count, BLOCK)]
    parts = [split_items(canonicalise_block(block, source.fields, declared).frame, declared) for block in blocks]
    plain_schema = pa.DataFrameSchema(
        {
            field: pa.Column(pl.String, pa.Check.str_matches(shape), nullable=True)
            for field, shape in PLAIN[name].items()
        }
    )
    once = pl.DataFrame(schema={"hash": pl.UInt64, "proposal": pl.String})

    def plain() -> None:
        for block in blocks:
            plain_schema.validate(block, lazy=True)

    def rules() -> None:
        for part in parts:
            for rows, items in ((part.records, False), (part.lines, True)):
                for _ in find_broken_rules(rows, name, items=items, options=PREFLIGHT):
                    pass

    def everything() -> None:
        for block in blocks:
            answers = References(known).answer(find_references(block, source.fields, declared, source.cell_formats))
            validate(block, FindingContext(source, "es"), answers, once, PREFLIGHT)

    return {label: shortest(work) for label, work in (("plain", plain), ("rules", rules), ("all", everything))}


def shortest(work: Callable[[], None]) -> float:
    taken = []
    for _ in range(TURNS):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def main(sizes: list[int]) -> None:
    print("| rows | resource | plain | rules | ratio | whole gate | ratio | rows/s (gate) | peak memory |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|---:|")
    figures: list[Figure] = []
    for count in sizes:
        for name in PLAIN:
            run = subprocess.run([sys.executable, __file__, "one", name, str(count)], capture_output=True, check=True)
            t = json.loads(run.stdout)
            print(
                f"| {count:,} | {name} | {t['plain']:.2f} s | {t['rules']:.2f} s | {t['rules'] / t['plain']:.2f}"
                f" | {t['all']:.2f} s | {t['all'] / t['plain']:.2f} | {count / t['all']:,.0f}"
                f" | {t['peak_mb']:.0f} MB |",
                flush=True,
            )
            figures.append(
                Figure(f"the whole gate, {count:,} {name}", "a plain pandera schema", t["all"] / t["plain"], "<=", 4)
            )
    tell(figures)


def one(name: str, count: int) -> None:
    times = measured(name, count)
    peak = memory.getrusage(memory.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**times, "peak_mb": peak}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(sys.argv[2], int(sys.argv[3]))
    else:
        main([int(n) for n in sys.argv[1:]] or list(SIZES))
