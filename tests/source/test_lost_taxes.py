"""A column of a tax that nobody reads stops the file: payments without their tax would be other payments."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.source.read import inspect_file

HEAD = (
    "internalId,clientId,paymentMethod,currency,items.name,items.quantity,items.total,"
    "items.product_key,items.unit_key,items.unit_name"
)
ROW = "P-1,c_1,03,MXN,Curso,1,100.00,86101700,E48,Servicio"


@pytest.mark.parametrize(
    "heading",
    [
        "items.taxes.type",
        "items.taxes.rate",
        "items.tax_rate",
        "Tax",
        "taxes.0.rate",
        "IVA trasladado",
        "Retención ISR",
        "withholding",
    ],
)
def test_a_tax_that_is_no_column_of_ours_stops_the_file(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "pagos.csv"
    path.write_text(f"{HEAD},{heading}\n{ROW},16\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"items\.taxes") as stopped:
        inspect_file(path, path.name)
    assert heading in stopped.value.message


def test_beside_the_taxes_of_each_line_such_a_column_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "pagos.csv"
    path.write_text(f"{HEAD},items.taxes,tax note\n{ROW},IVA 16%,x\n", encoding="utf-8")
    assert inspect_file(path, path.name)[0].unknown == ("tax note",)
