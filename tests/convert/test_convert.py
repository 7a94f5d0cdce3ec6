"""A file under the names of another generation of the API: nothing lost unsaid, nothing changed, whole or not."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.convert.flow import Converted, convert_file
from pipeline.errors import ConfigError, InputError
from pipeline.formats import FORMATS, LINE
from pipeline.importer.request import ImportRequest
from pipeline.settings import Settings

FORMS = [suffix for kind in FORMATS.values() for suffix in kind.written_suffixes]
NUMBER = itertools.count()

CLIENT = {"internalId": "C-1", "name": "Ana", "rfc": "XAXX010101000", "email": "ana@empresa.example"}
PAYMENT = {
    "metadata.internalId": "P-1",
    "clientId": "client_1",
    "currency": "MXN",
    "paymentMethod": "03",
    "paid": "true",
    "items.description": "Plan mensual",
    "items.quantity": "2",
    "items.total": "1000.50",
    "items.product_key": "84111506",
    "items.unit_key": "E48",
    "items.unit_name": "Unidad de servicio",
}
SERVICE = {"internalId": "S-1", "name": "Corte", "description": "De pelo", "price": "150.50"}


def written(rows: Sequence[Mapping[str, str | None]], path: Path) -> Path:
    frame = pl.DataFrame([dict(row) for row in rows], schema=dict.fromkeys(rows[0], pl.String))
    kind = next(f for f in FORMATS.values() if path.suffix[1:] in f.suffixes)
    kind.write({None if not kind.several_tables else "datos": frame.lazy()}, path, ())
    return path


def read(path: Path) -> list[dict[str, Any]]:
    kind = next(f for f in FORMATS.values() if path.suffix[1:] in f.suffixes)
    (shape,) = kind.look(path)
    frames = [frame.select(shape.headings) for frame in kind.read(path, shape, 1_000)]
    rows = pl.concat(frames).to_dicts()
    return [{name: cell or None for name, cell in row.items() if name != LINE} for row in rows]


def convert(source: Path, to: str, suffix: str = "csv", **said: Any) -> tuple[Path, Converted]:
    output = source.with_name(f"out-{next(NUMBER)}.{suffix}")
    return output, convert_file(ImportRequest((str(source),), **said), to, output, Settings(state_dir=source.parent))


def test_the_same_row_stands_under_the_names_of_2026(tmp_path: Path) -> None:
    row = PAYMENT | {"avoidEmail": "true", "automaticInvoice": "true", "invoiceConfig.series": "A", "email": "a@b.mx"}
    output, converted = convert(written([row], tmp_path / "p.csv"), "2026")
    assert read(output) == [
        {
            "metadata.internalId": "P-1",
            "client.id": "client_1",
            "currency": "MXN",
            "payment_form": "03",
            "paid": "true",
            "items.description": "Plan mensual",
            "items.quantity": "2",
            "items.unit_price": "500.25",
            "items.product_key": "84111506",
            "items.unit_key": "E48",
            "items.unit_name": "Unidad de servicio",
            "send_email": "false",
            "automation_type": "pue_invoice",
            "invoice_config.serie": "A",
            "emails": "a@b.mx",
        }
    ]
    assert converted.warnings == ()


def test_and_a_row_of_2026_under_the_names_of_2025_06(tmp_path: Path) -> None:
    row = {
        "sku": "S-1",
        "description": "Plan mensual",
        "unit_price": "1500.50",
        "product_key": "84111506",
        "taxes": "IVA 0.16",
    }
    output, converted = convert(written([row], tmp_path / "s.csv"), "2025-06")
    assert read(output) == [
        {
            "metadata.internalId": "S-1",
            "description": "Plan mensual",
            "price": "1500.50",
            "product_key": "84111506",
            "name": "Plan mensual",
            "taxRate": "16",
        }
    ]
    assert converted.warnings == ()


def test_what_is_left_out_is_warned_of_with_its_column(tmp_path: Path) -> None:
    row = SERVICE | {"category": "Salón", "currency": "MXN", "taxRate": "16.0", "isActive": "true"}
    output, converted = convert(written([row], tmp_path / "s.csv"), "2026")
    assert read(output) == [
        {"sku": "S-1", "description": "Corte: De pelo", "unit_price": "150.50", "taxes": "IVA 0.16"}
    ]
    assert sorted(str(warning).partition(": ")[2] for warning in converted.warnings) == [
        "category: API 2026 has no place for it; not sent",
        "name: API 2026 has no name: it is put before the description",
    ]


def test_a_paid_payment_of_another_day_is_warned_of_where_the_api_dates_it_itself(tmp_path: Path) -> None:
    days = [("true", "2025-03-01"), ("sí", "2025-03-02"), ("false", "2025-03-03"), ("true", None)]
    rows = [PAYMENT | {"internalId": f"P-{n}", "paid": paid, "Fecha": day} for n, (paid, day) in enumerate(days)]
    for row in rows:
        del row["metadata.internalId"]
    source = written(rows, tmp_path / "p.csv")
    output, converted = convert(source, "2026")
    assert [row["date"] for row in read(output)] == [day for _, day in days]
    (said,) = converted.warnings
    assert "Fecha: 2 payments of another day than today: API 2026 dates a record by the day it is sent" in said
    assert "--two-step" in said
    assert convert(source, "2025-06")[1].warnings == ()


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"items.total": "100", "items.quantity": "3"}, "items.total, line 2 (1 in all): divided by"),
        ({"items.total": "diez"}, "items.total, line 2"),
        ({"forceReceipt": "true"}, "forceReceipt, line 2 (1 in all): there is no word for it"),
        ({"avoidEmail": "quizá"}, "avoidEmail, line 2 (1 in all): it is neither true nor false"),
        ({"items.currency": "USD"}, "items.currency, line 2 (1 in all): it differs from currency"),
        (
            {"automaticInvoice": "true", "automateIncomeInvoiceAndComplement": "true"},
            "it contradicts another column",
        ),
    ],
)
def test_where_the_meaning_would_change_nothing_is_written(cells: dict[str, str], told: str, tmp_path: Path) -> None:
    source = written([PAYMENT | cells], tmp_path / "p.csv")
    with pytest.raises(InputError) as refused:
        convert(source, "2026")
    assert told in refused.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["p.csv"]


def test_a_number_is_written_so_that_it_is_read_in_one_way(tmp_path: Path) -> None:
    output, _ = convert(written([PAYMENT | {"items.total": "2.15"}], tmp_path / "p.csv"), "2026")
    assert read(output)[0]["items.unit_price"] == "1.0750"
    back, _ = convert(output, "2025-06")
    assert Decimal(read(back)[0]["items.total"]) == Decimal("2.15")


def test_lines_of_one_payment_stay_lines_and_items_in_one_cell_become_some(tmp_path: Path) -> None:
    items = '[{"description":"A","quantity":1,"total":5},{"description":"B","quantity":2,"total":"4.50"}]'
    row = {"internalId": "P-1", "clientId": "c", "items": items}
    output, _ = convert(written([row], tmp_path / "p.jsonl"), "2026")
    names = ("metadata.internalId", "items.description", "items.unit_price")
    assert [tuple(each[name] for name in names) for each in read(output)] == [("P-1", "A", "5"), ("P-1", "B", "2.25")]


def test_one_payment_that_says_two_things_is_refused(tmp_path: Path) -> None:
    source = written([PAYMENT, PAYMENT | {"currency": "USD"}], tmp_path / "p.csv")
    with pytest.raises(InputError, match="currency, line 3"):
        convert(source, "2026")


def test_taxes_in_json_say_what_is_withheld_in_the_word_of_the_generation(tmp_path: Path) -> None:
    taxes = '[{"type":"IVA","rate":0.16},{"type":"ISR","rate":0.1,"retained":true}]'
    output, _ = convert(written([PAYMENT | {"items.taxes": taxes}], tmp_path / "p.csv"), "2026")
    (row,) = read(output)
    assert '"withholding":true' in row["items.taxes"]
    assert "retained" not in row["items.taxes"]
    back, _ = convert(output, "2025-06")
    assert '"retained":true' in read(back)[0]["items.taxes"]


def test_every_sheet_of_a_workbook_is_converted(tmp_path: Path) -> None:
    source = tmp_path / "todo.xlsx"
    tables = {name: pl.DataFrame([row]).lazy() for name, row in (("Clientes", CLIENT), ("Servicios", SERVICE))}
    FORMATS["xlsx"].write(tables, source, ())
    output, converted = convert(source, "2026", "xlsx")
    assert dict(converted.rows) == {"clients": 1, "services": 1}
    assert [shape.sheet for shape in FORMATS["xlsx"].look(output)] == ["Clientes", "Servicios"]
    with pytest.raises(ConfigError, match="holds several tables"):
        convert(source, "2026", "csv")


def test_only_a_generation_and_a_file_that_there_are_can_be_meant(tmp_path: Path) -> None:
    source = written([CLIENT], tmp_path / "c.csv")
    with pytest.raises(ConfigError, match="no such generation"):
        convert(source, "2027")
    with pytest.raises(ConfigError, match="no such file is written"):
        convert(source, "2026", "docx")


def test_a_file_is_not_written_over_what_it_is_made_from(tmp_path: Path) -> None:
    source = written([CLIENT], tmp_path / "c.csv")
    (tmp_path / "also.csv").symlink_to(source)
    before = source.read_bytes()
    for output in (source, tmp_path / "also.csv"):
        with pytest.raises(ConfigError, match="is the file that is read"):
            convert_file(ImportRequest((str(source),)), "2026", output, Settings(state_dir=tmp_path))
    assert source.read_bytes() == before


_WORD = st.text("abcXYZ09 ñé", min_size=1, max_size=8).map(str.strip).filter(lambda t: len(t) > 2 and "  " not in t)
_MONEY = st.integers(0, 10**9).map(lambda cents: str(Decimal(cents) / 100))
_SWITCH = st.sampled_from(["true", "false"])
_PAYMENTS = st.fixed_dictionaries(
    {
        "currency": st.sampled_from(["MXN", "USD"]),
        "paymentMethod": st.sampled_from(["01", "03", "99"]),
        "paid": _SWITCH,
        "items.description": _WORD,
        "items.quantity": st.sampled_from(["1", "2", "4", "0.5", "8"]),
        "items.total": _MONEY,
        "items.taxes": st.sampled_from(["IVA 16%", "IVA 0.16; ISR ret 0.10", "IVA exento"]),
        "avoidEmail": _SWITCH,
        "automaticInvoice": _SWITCH,
        "invoiceConfig.series": _WORD,
        "metadata.reference": _WORD,
        "metadata.nota": _WORD,
    }
)


@pytest.mark.parametrize("suffix", FORMS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(_PAYMENTS, min_size=1, max_size=4))
def test_there_and_back_gives_the_same_rows_in_every_format(
    suffix: str, cells: list[dict[str, str]], tmp_path: Path
) -> None:
    rows = [PAYMENT | row | {"metadata.internalId": f"P-{n}"} for n, row in enumerate(cells)]
    there, _ = convert(written(rows, tmp_path / f"in-{next(NUMBER)}.csv"), "2026", suffix)
    back, _ = convert(there, "2025-06", "csv")
    assert [comparable(row) for row in read(back)] == [comparable(row) for row in rows]


def comparable(row: Mapping[str, str | None]) -> dict[str, str | Decimal]:
    """Without the name that a description stands in for, and switches that are off anyway; numbers as such."""
    off = {"automaticInvoice": "false", "automateIncomeInvoiceAndComplement": "false"}
    return {
        name: Decimal(cell) if name in ("items.total", "items.quantity") else cell
        for name, cell in row.items()
        if cell is not None and name != "items.name" and off.get(name) != cell
    }
