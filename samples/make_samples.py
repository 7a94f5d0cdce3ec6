"""Writes the sample files, always the same bytes: `python samples/make_samples.py [FOLDER]`.

The files are committed; run this after changing something in `recipes/`. tests/test_samples.py fails when
the two disagree.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from recipes import clients, mistakes, payments, services


def as_csv(rows: Sequence[Mapping[str, str]], columns: Sequence[str] | None = None) -> bytes:
    """Comma, UTF-8 without BOM, LF. `columns` gives the order; otherwise the first row's."""
    return _delimited(rows, columns, delimiter=",", newline="\n").encode("utf-8")


def as_erp_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    """What Mexican desktop software exports: semicolon, Windows-1252, CRLF."""
    return _delimited(rows, None, delimiter=";", newline="\r\n").encode("cp1252")


def as_jsonl(objects: Sequence[Mapping[str, Any]]) -> bytes:
    """One JSON object a line, UTF-8, accents as they are."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode("utf-8")


def _delimited(
    rows: Sequence[Mapping[str, str]], columns: Sequence[str] | None, *, delimiter: str, newline: str
) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns or list(rows[0]), delimiter=delimiter, lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


FILES: Mapping[str, Callable[[], bytes]] = {
    "clients.csv": lambda: as_csv(clients.client_rows(), clients.COLUMNS),
    "services.csv": lambda: as_csv(services.service_rows()),
    "payments.csv": lambda: as_csv(payments.payment_lines(), payments.COLUMNS),
    "payments.jsonl": lambda: as_jsonl(payments.payment_objects()),
    "clientes_erp.csv": lambda: as_erp_csv(clients.erp_rows()),
    "clients_mistakes.csv": lambda: as_csv(mistakes.client_rows(), clients.COLUMNS),
    "payments_mistakes.csv": lambda: as_csv(mistakes.payment_rows(), mistakes.PAYMENT_COLUMNS),
}


def make(folder: Path) -> None:
    """Every sample file, into an existing folder."""
    for name, content in FILES.items():
        (folder / name).write_bytes(content())


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
