"""One cell of each kind of file is corrected on the page and sent; what the server holds is the file with that cell."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx2 as httpx
import polars as pl
import pytest
from office import convert
from page import Reader, open_page
from workbooks import write_xlsx
from xlsb_files import write_xlsb

from pipeline.sandbox import EmbeddedSandbox

HEAD = ("internalId", "name", "legal_name", "rfc", "email", "tax_system", "use", "zip", "country")
ROWS = (
    ("F-1", "Ana Núñez", "ANA LOPEZ", "XAXX010101000", "ana@correo.example", "616", "S01", "06700", "MEX"),
    ("F-2", "Berta; la 2ª", "BERTA LUNA", "XAXX010101000", "berta@correo.example", "601", "S01", "01000", "MEX"),
    ("F-3", 'Carla "Sol"', "CARLA SOL", "GODE561231GR8", "carla@correo.example", "612", "G03", "03100", "MEX"),
)


def write_csv(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([HEAD, *ROWS])
    path.write_bytes(written.getvalue().encode(encoding))
    return path


def write_book(path: Path) -> Path:
    return write_xlsx(path, {"Clientes": [HEAD, *ROWS]})


def write_parquet(path: Path) -> Path:
    pl.DataFrame(ROWS, schema=list(HEAD), orient="row").write_parquet(path)
    return path


def write_jsonl(path: Path) -> Path:
    path.write_text("".join(json.dumps(dict(zip(HEAD, row, strict=True))) + "\n" for row in ROWS))
    return path


def write_html(path: Path) -> Path:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (HEAD, *ROWS))
    path.write_text(f"<html><meta charset=utf-8><table>{rows}</table></html>")
    return path


def converted(path: Path) -> Path:
    source = write_book(path.with_suffix(".xlsx"))
    return convert(source, path.suffix[1:], path.parent / "office")


FORMATS: dict[str, Callable[[Path], Path]] = {
    "c.csv": write_csv,
    "latin.csv": lambda path: write_csv(path, "cp1252", ";"),
    "utf16.csv": lambda path: write_csv(path, "utf-16"),
    "tabs.tsv": lambda path: write_csv(path, "utf-8-sig", "\t"),
    "c.jsonl": write_jsonl,
    "c.parquet": write_parquet,
    "c.xlsx": write_book,
    "c.xlsb": lambda path: write_xlsb(path, "Clientes", [HEAD, *ROWS]),
    "html.xls": write_html,
    "c.xls": converted,
    "c.ods": converted,
}


def held(api: str) -> dict[str, tuple[object, ...]]:
    answer = httpx.get(f"{api}/clients?limit=100", headers={"authorization": "Bearer sk_test_x"})
    return {
        row["metadata"]["internalId"]: (*(row[name] for name in HEAD[1:7]), row["address"]["zip"])
        for row in answer.json()["data"]
    }


@pytest.mark.parametrize("name", FORMATS)
def test_what_the_server_holds_is_the_file_with_the_corrected_cell(name: str, tmp_path: Path) -> None:
    path = FORMATS[name](tmp_path / name)
    with EmbeddedSandbox() as sandbox:
        known = {"GIGSTACK_API_KEY": "sk_test_x", "GIGSTACK_BASE_URL": sandbox.base_url}
        with open_page(tmp_path / "state", **known) as page:
            user = Reader(page).drop(path).step("correct")
            assert 'value="601"' in user.shown.text, user.text
            line = re.search(r'(?s)name="line" value="(\d+)"', user.shown.text)
            assert line is not None
            fields = {"table": "0", "line": line[1], "heading": "tax_system", "value": "616", "show": "errors"}
            user.send(f"/b/{user.basket}/edits", **fields)
            user.confirm().until_sent()
            assert "all is in the account" in user.text
            assert held(sandbox.base_url) == {
                row[0]: (*row[1:5], "616" if row[0] == "F-2" else row[5], *row[6:8]) for row in ROWS
            }
