"""Builders of rows, files and actions: each gives something good, and takes by name what should differ."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from csv import writer
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.events import Progress
from pipeline.importer.consent.questions import Question, describe_questions
from pipeline.importer.flow import Caller
from pipeline.model import Action, Source
from pipeline.signals import watch_interrupts
from pipeline.source.read import inspect_file, read_batches

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CODECS = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
}


def a_client(**cells: str) -> dict[str, str]:
    row = {"internalId": "c1", "name": "Ana López", "rfc": "LOAA800101AB1", "email": "ana@empresa.example"}
    return row | cells


def a_line(**cells: str) -> dict[str, str]:
    """One line of a payments file; `items.` columns are named with an underscore: items_total."""
    row = {
        "internalId": "p1",
        "clientId": "client_1",
        "items.name": "Plan",
        "items.description": "Monthly plan",
        "items.quantity": "1",
        "items.total": "1500.00",
        "items.product_key": "84111506",
        "items.unit_key": "E48",
        "items.unit_name": "Unidad de servicio",
    }
    return row | {name.replace("items_", "items."): cell for name, cell in cells.items()}


def an_action(key: str = "id:p1", **members: Any) -> Action:
    made: dict[str, Any] = {
        "resource": "payments",
        "key": key,
        "livemode": False,
        "line": 2,
        "body": b'{"metadata":{"internalId":"p1"},"items":[]}',
    }
    return Action(**(made | members))


def csv_text(rows: Iterable[Sequence[str | None]], delimiter: str = ",", end: str = "\n") -> str:
    text = io.StringIO()
    writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue()


def table(rows: Sequence[Mapping[str, str]]) -> list[list[str]]:
    """Headings and rows of dicts that all have the same members."""
    return [list(rows[0]), *(list(row.values()) for row in rows)]


class Files:
    """Makes input files and gives their paths."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def __call__(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def csv(self, rows: Sequence[Mapping[str, str]], name: str = "clients.csv", **how: str) -> Path:
        return self(name, csv_text(table(rows), **how))

    def jsonl(self, rows: Sequence[Mapping[str, Any]], name: str = "clients.jsonl") -> Path:
        return self(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def parquet(self, frame: pl.DataFrame, name: str = "clients.parquet") -> Path:
        path = self.folder / name
        frame.write_parquet(path)
        return path


def inspect_table(path: Path, name: str, *told: Any) -> Source:
    """The one table of a file."""
    (source,) = inspect_file(path, name, *told)
    return source


def read_rows(path: Path, resource: str | None = None) -> pl.DataFrame:
    """The whole file as `inspect_file` and `read_batches` give it: text under the user's headings, and LINE."""
    return pl.concat(read_batches(inspect_table(path, str(path), resource)))


def python(code: str, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Another process of this Python, for what one process cannot show of itself: limits, kills, locks."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
        **options,
    )


class RecordingEvents:
    """Events that keep what they are told, and a caller that answers as it was made to."""

    def __init__(self, agrees: bool = False) -> None:
        self.agrees = agrees
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.questions: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def progress(self, progress: Progress) -> None:
        """Progress is for eyes; nothing is kept."""

    def ask(self, questions: Sequence[Question]) -> Sequence[Question]:
        self.questions.append(describe_questions(questions))
        return questions if self.agrees else ()

    def caller(self) -> Caller:
        return Caller(self, self.ask, watch_interrupts)
