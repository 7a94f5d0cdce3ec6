"""The workbook to fill in: what it shows, and that an import understands every heading and every choice."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from pipeline.source.columns.headings import match_headings
from pipeline.template.choices import CHOICES
from pipeline.template.columns import SHEETS, SheetSpec
from pipeline.template.write import KEYS, write_template
from pipeline.workbook.marks import EXAMPLE, EXAMPLE_COLUMN
from schemas import RESOURCE_NAMES, resource

SPECS = pytest.mark.parametrize("spec", SHEETS, ids=[spec.resource for spec in SHEETS])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("plantilla") / "plantilla.xlsx"
    write_template(RESOURCE_NAMES, path)
    return openpyxl.load_workbook(path)


@SPECS
def test_every_heading_means_its_field(spec: SheetSpec) -> None:
    headings = [EXAMPLE_COLUMN, *(column.heading for column in spec.columns)]
    matched = match_headings(headings, spec.resource, "plantilla.xlsx")
    assert matched.fields == {column.heading: column.field for column in spec.columns}
    assert (matched.unknown, matched.passed_over) == ((), ())


@SPECS
def test_every_column_a_record_needs_is_there_and_marked(spec: SheetSpec, template: openpyxl.Workbook) -> None:
    needed = {column.field for column in resource(spec.resource).columns if column.required}
    marked = {
        column.field
        for column, cell in zip(spec.columns, template[spec.title][1][1:], strict=True)
        if str(cell.value).endswith("*")
    }
    assert marked == needed


@SPECS
def test_a_note_names_the_field_of_the_api(spec: SheetSpec, template: openpyxl.Workbook) -> None:
    for column, cell in zip(spec.columns, template[spec.title][1][1:], strict=True):
        assert f"Campo de la API: {column.field}" in cell.comment.text


@SPECS
def test_cells_where_zeros_count_are_text(spec: SheetSpec, template: openpyxl.Workbook) -> None:
    sheet = template[spec.title]
    for number, column in enumerate(spec.columns, 2):
        assert (sheet.cell(2, number).number_format == "@") == column.text or sheet.cell(2, number).value is None


@SPECS
def test_a_choice_is_made_from_the_catalogue(spec: SheetSpec, template: openpyxl.Workbook) -> None:
    listed = {str(rule.sqref).split(":")[0] for rule in template[spec.title].data_validations.dataValidation}
    wanted = {
        openpyxl.utils.get_column_letter(number) + "2"
        for number, column in enumerate(spec.columns, 2)
        if column.choices is not None
    }
    assert listed == wanted
    for rule in template[spec.title].data_validations.dataValidation:
        sheet, cells = rule.formula1.split("!")
        assert [row[0].value for row in template[sheet.strip("='")][cells.replace("$", "")]] in [
            c() for c in CHOICES.values()
        ]


@SPECS
def test_the_first_rows_are_examples(spec: SheetSpec, template: openpyxl.Workbook) -> None:
    assert [template[spec.title].cell(row, 1).value for row in range(1, 6)] == [EXAMPLE_COLUMN, *[EXAMPLE] * 3, None]


def test_product_keys_can_be_searched(template: openpyxl.Workbook) -> None:
    sheet = template[KEYS]
    assert sheet.auto_filter.ref is not None
    assert sheet.max_row > 50_000
    assert sheet["A2"].data_type == "s"


def test_a_place_that_is_not_there_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_template(("clients",), tmp_path / "no" / "plantilla.xlsx")
