"""The rows of a SQL query as JSON lines: `python database_rows.py QUERY.sql DATABASE | gigbulk import - --as payments`.

SQLite is here since Python brings it. For another database give `write_rows` a connection of its own driver (psycopg,
oracledb, pyodbc, pymysql): whatever has `cursor()`, or a SQLAlchemy engine.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl


def write_rows(query: str, connection: Any, output: BinaryIO, batch: int = 50_000) -> int:
    """Write each row as a line of JSON and say how many there were; a batch at a time is in memory."""
    count = 0
    for rows in pl.read_database(query, connection, iter_batches=True, batch_size=batch, infer_schema_length=None):
        exact = rows.with_columns(pl.selectors.decimal().cast(pl.String))  # an amount is text, never a float
        exact.write_ndjson(output)
        count += rows.height
    return count


if __name__ == "__main__":
    with closing(sqlite3.connect(f"file:{sys.argv[2]}?mode=ro", uri=True)) as database:
        told = write_rows(Path(sys.argv[1]).read_text(encoding="utf-8"), database, sys.stdout.buffer)
    print(f"{told} rows", file=sys.stderr)
