"""A formula seen from another cell: openpyxl, which is not ours, says the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.formula.translate import Translator

from pipeline.workbook.corrected.formulas import shift_formula

FORMULAS = [
    "A2*1.16", "$A2+A$2+$A$2", "SUM(B2:D9)", "SUM($B$2:D9)", "Otra!A2", "'Otra hoja A2'!B2&\"B2\"", "LOG10(A2)",
    'IF(A2="B3","C4",D5)', "A2^2+1E5", "SUM(C:C)-SUM(2:2)", "SUM($C:D)+SUM($2:3)", "Impuesto_A2*B2", "iva.A2+B2",
    "VLOOKUP(A2,Otra!$A$1:$C$99,3,FALSE)", "-A2%", "{1,2;3,4}+A2", "a2+b$2", "IF(A2>=B2,A2<>B2,A2:B2)",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
@given(rows=st.integers(0, 90), columns=st.integers(0, 40))
def test_references_move_with_the_cell_unless_they_are_fixed(formula: str, rows: int, columns: int) -> None:
    told = Translator(f"={formula}", "A1").translate_formula(row_delta=rows, col_delta=columns)
    assert shift_formula(formula, rows, columns).upper() == told[1:].upper()


def test_columns_of_tables_stay() -> None:
    formula = "Tabla1[[#This Row],[Importe A2]]*B2+Tabla1[C3]"
    assert shift_formula(formula, 1, 1) == "Tabla1[[#This Row],[Importe A2]]*C3+Tabla1[C3]"


def test_references_go_round_at_the_edge_of_a_sheet() -> None:
    assert shift_formula("XFD1048576+A1", 1, 1) == "A1+B2"
