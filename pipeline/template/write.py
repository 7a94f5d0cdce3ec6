"""A workbook to fill in: headings with notes, drop-downs, text cells where zeros count, three example rows.

Written by XlsxWriter, which knows validations and notes. Sheets whose names begin with `gigbulk` are ours and are
never read as tables.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from pipeline.template.choices import CHOICES, list_product_keys
from pipeline.template.columns import SHEETS, SheetSpec, TemplateColumn
from pipeline.workbook.marks import EXAMPLE, EXAMPLE_COLUMN, column_letters
from schemas import resource

__all__ = ["KEYS", "write_template"]

INSTRUCTIONS, LISTS, KEYS = "gigbulk instrucciones", "gigbulk listas", "gigbulk claves SAT"
_ROWS = 5_000
"""Rows that are prepared: formatted as text, with drop-downs."""
_STEPS = (
    ("Cómo llenar este libro", True),
    ("1. Llene una hoja por tipo de dato. No cambie los nombres de las columnas; su orden no importa.", False),
    ("2. Las columnas en azul fuerte con * son obligatorias; las demás pueden quedar vacías.", False),
    ("3. Las filas que dicen «ejemplo» en la primera columna no se envían: puede borrarlas.", False),
    ("4. Donde hay una lista, escoja de ella. La clave del SAT va primero; lo que sigue es su descripción.", False),
    ("5. Los importes van antes de impuestos. La columna Impuestos dice cuáles se agregan.", False),
    ("6. Las claves de producto del SAT están en la hoja «gigbulk claves SAT»: use el filtro de Descripción.", False),
    ("7. Guarde el libro y revise: gigbulk check LIBRO.xlsx. Nada se envía hasta gigbulk import.", False),
)  # fmt: skip


def write_template(resources: tuple[str, ...], path: Path) -> None:
    """The workbook for these resources, each on a sheet of its own. OSError as the disk does."""
    made = io.BytesIO()  # the library says what the disk says in words of its own
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        forms = _formats(book)
        sheets = [spec for spec in SHEETS if spec.resource in resources]
        _write_instructions(book, forms)
        lists = {name: choice() for name, choice in CHOICES.items()}
        ranges = {
            name: f"='{LISTS}'!${column_letters(n)}$1:${column_letters(n)}${len(texts)}"
            for n, (name, texts) in enumerate(lists.items(), 1)
        }
        for spec in sheets:
            _write_sheet(book, spec, forms, ranges)
        if any(column.field.endswith("product_key") for spec in sheets for column in spec.columns):
            _write_keys(book, forms)
        _write_lists(book, lists)
        book.get_worksheet_by_name(sheets[0].title).activate()
    path.write_bytes(made.getvalue())


def _formats(book: xlsxwriter.Workbook) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "line": book.add_format({"text_wrap": True, "valign": "top"}),
        "needed": book.add_format({"bold": True, "font_color": "white", "bg_color": "#1F4E79", "border": 1}),
        "optional": book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1}),
        "text": book.add_format({"num_format": "@"}),
        "number": book.add_format({"num_format": "#,##0.00####"}),
        "example": book.add_format({"num_format": "@", "italic": True, "font_color": "#7F7F7F"}),
        "example_number": book.add_format({"num_format": "#,##0.00####", "italic": True, "font_color": "#7F7F7F"}),
    }


def _write_instructions(book: xlsxwriter.Workbook, forms: Mapping[str, Any]) -> None:
    sheet = book.add_worksheet(INSTRUCTIONS)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 110)
    for row, (text, title) in enumerate(_STEPS):
        sheet.write_string(row, 0, text, forms["title" if title else "line"])


def _write_sheet(
    book: xlsxwriter.Workbook, spec: SheetSpec, forms: Mapping[str, Any], ranges: Mapping[str, str]
) -> None:
    sheet = book.add_worksheet(spec.title)
    sheet.freeze_panes(1, 2)
    sheet.write_string(0, 0, EXAMPLE_COLUMN, forms["optional"])
    sheet.set_column(0, 0, 9, forms["text"])
    for row in range(1, 4):
        sheet.write_string(row, 0, EXAMPLE, forms["example"])
    needed = {column.field for column in resource(spec.resource).columns if column.required}
    for number, column in enumerate(spec.columns, 1):
        _write_column(sheet, number, column, forms, needed=column.field in needed)
        if column.choices is not None:
            sheet.data_validation(1, number, _ROWS, number, _drop_down(column, ranges[column.choices]))
    sheet.autofilter(0, 0, _ROWS, len(spec.columns))


def _write_column(sheet: Any, number: int, column: TemplateColumn, forms: Mapping[str, Any], *, needed: bool) -> None:
    heading = f"{column.heading} *" if needed else column.heading
    sheet.write_string(0, number, heading, forms["needed" if needed else "optional"])
    about = f"{column.about}\n{'Obligatoria.' if needed else 'Puede quedar vacía.'}\nCampo de la API: {column.field}"
    sheet.write_comment(0, number, about, {"x_scale": 2, "author": "gigbulk"})
    sheet.set_column(number, number, max(column.width, len(heading) + 3), forms["text" if column.text else "number"])
    for row, example in enumerate(column.examples, 1):
        if isinstance(example, float):
            sheet.write_number(row, number, example, forms["example_number"])
        elif example:
            sheet.write_string(row, number, example, forms["example"])


def _drop_down(column: TemplateColumn, source: str) -> dict[str, Any]:
    """Another value can be typed after a warning: a catalogue has more keys than a list can show."""
    return {
        "validate": "list",
        "source": source,
        "error_type": "warning",
        "error_title": column.heading[:32],
        "error_message": "Ese valor no está en la lista. Escoja uno de ella, o confirme si conoce la clave del SAT.",
        "input_title": column.heading[:32],
        "input_message": column.about[:255],
    }


def _write_keys(book: xlsxwriter.Workbook, forms: Mapping[str, Any]) -> None:
    sheet = book.add_worksheet(KEYS)
    sheet.set_column(0, 0, 12, forms["text"])
    sheet.set_column(1, 1, 90)
    sheet.freeze_panes(1, 0)
    keys = list_product_keys()
    sheet.write_row(0, 0, ["Clave", "Descripción"], forms["optional"])
    for row, (key, description) in enumerate(keys.iter_rows(), 1):
        sheet.write_string(row, 0, key, forms["text"])
        sheet.write_string(row, 1, description)
    sheet.autofilter(0, 0, keys.height, 1)


def _write_lists(book: xlsxwriter.Workbook, lists: Mapping[str, list[str]]) -> None:
    """What the drop-downs show: on a hidden sheet, because a list in a validation itself may have 255 characters."""
    sheet = book.add_worksheet(LISTS)
    for column, texts in enumerate(lists.values()):
        sheet.write_column(0, column, texts)
    sheet.hide()
