"""Awkward workbooks, made by script: each is read as a person reads it, or refused in a sentence, soon and small."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter
import xlwt
from builders import a_client
from office import convert
from xlsx_files import MAIN, write_bare_workbook

from pipeline.errors import InputError
from pipeline.formats import LINE
from pipeline.source.read import inspect_file, read_batches

ANA = a_client()
HEADINGS = list(ANA)


def read(path: Path) -> pl.DataFrame:
    (source,) = inspect_file(path, path.name)
    return pl.concat(read_batches(source))


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        inspect_file(path, path.name)
    assert caught.value.hint
    return caught.value


def sheet_rows(*rows: list[str]) -> str:
    """Rows of inline texts from A1 on."""
    return "".join(
        f'<row r="{r}">'
        + "".join(f'<c r="{chr(64 + c)}{r}" t="inlineStr"><is><t>{text}</t></is></c>' for c, text in enumerate(row, 1))
        + "</row>"
        for r, row in enumerate(rows, 1)
    )


PLAIN = sheet_rows(HEADINGS, list(ANA.values()))


def as_web_page(folder: Path) -> Path:
    cells = "".join(f"<td>{value}</td>" for value in ANA.values())
    heads = "".join(f"<th>{name}</th>" for name in HEADINGS)
    page = (
        f"<html><meta charset=utf-8><table><tr><td>Banco</table><table><tr>{heads}</tr><tr>{cells}</tr></table></html>"
    )
    (folder / "banco.xls").write_text(page, encoding="utf-8")
    return folder / "banco.xls"


def as_csv(folder: Path) -> Path:
    pl.DataFrame([ANA]).write_csv(folder / "banco.xls")
    return folder / "banco.xls"


def as_old_excel(folder: Path) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Clientes")
    for column, (name, value) in enumerate(ANA.items()):
        sheet.write(0, column, name)
        sheet.write(1, column, value)
    book.save(str(folder / "viejo.xls"))
    return folder / "viejo.xls"


def as_old_excel_by_another_name(folder: Path) -> Path:
    return as_old_excel(folder).rename(folder / "viejo.xlsx")


def as_new_excel_by_an_old_name(folder: Path) -> Path:
    return write_bare_workbook(folder / "nuevo.xls", PLAIN)


def as_new_excel_named_csv(folder: Path) -> Path:
    return write_bare_workbook(folder / "nuevo.csv", PLAIN)


def with_title_rows(folder: Path) -> Path:
    rows = sheet_rows(["Molinos del Bajío"], ["Clientes al 25/11/2026", "impreso"], HEADINGS, list(ANA.values()))
    return write_bare_workbook(folder / "t.xlsx", rows)


def with_a_totals_row(folder: Path) -> Path:
    rows = sheet_rows(HEADINGS, list(ANA.values()), ["Total general:", "1"])
    return write_bare_workbook(folder / "t.xlsx", rows)


def with_headings_merged_downwards(folder: Path) -> Path:
    """The first heading stands in row 1 and is merged with row 2, where the others stand."""
    rows = sheet_rows([HEADINGS[0], "Datos"], ["", *HEADINGS[1:]], list(ANA.values()))
    tail = '<mergeCells count="1"><mergeCell ref="A1:A2"/></mergeCells>'
    return write_bare_workbook(folder / "t.xlsx", rows, tail=tail)


def with_empty_rows_and_columns(folder: Path) -> Path:
    book = openpyxl.Workbook()
    for column, (name, value) in enumerate(ANA.items()):
        book.active.cell(5, 3 + column * 2).value = name
        book.active.cell(9, 3 + column * 2).value = value
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


def with_line_breaks_in_headings(folder: Path) -> Path:
    rows = sheet_rows(
        ["internalId", "Nombre\ncomercial *", "R.F.C.\n(obligatorio)", "Correo\u00a0electrónico:"], list(ANA.values())
    )
    return write_bare_workbook(folder / "t.xlsx", rows)


def without_relations_of_styles(folder: Path) -> Path:
    return write_bare_workbook(folder / "t.xlsx", PLAIN)


def with_a_prefix(folder: Path) -> Path:
    rows = re.sub(r"<(/?)(row|c|is|t)\b", r"<\1x:\2", PLAIN)
    return write_bare_workbook(folder / "t.xlsx", rows, prefix="x")


def as_open_document(folder: Path) -> Path:
    return convert(write_bare_workbook(folder / "hoja.xlsx", PLAIN), "ods", folder)


def as_libre_office_makes_it_of_csv(folder: Path) -> Path:
    pl.DataFrame([ANA]).write_csv(folder / "hoja.csv")
    return convert(folder / "hoja.csv", "xlsx", folder)


def as_libre_office_saves_old_excel(folder: Path) -> Path:
    return convert(write_bare_workbook(folder / "hoja.xlsx", PLAIN), "xls", folder)


def with_a_wrong_dimension(folder: Path) -> Path:
    return write_bare_workbook(folder / "t.xlsx", PLAIN, head='<dimension ref="A1"/>')


def with_a_huge_dimension(folder: Path) -> Path:
    return write_bare_workbook(folder / "t.xlsx", PLAIN, head='<dimension ref="A1:XFD1048576"/>')


def with_cells_without_addresses(folder: Path) -> Path:
    """As Power BI writes them."""
    return write_bare_workbook(folder / "t.xlsx", re.sub(r' r="[A-Z]*[0-9]+"', "", PLAIN))


def with_shared_texts_miscounted(folder: Path) -> Path:
    """An empty text among them, counts that are wrong, a text in runs and one with what is read aloud."""
    texts = [*HEADINGS, *ANA.values()]
    items = "<si/>" + "".join(f"<si><t>{text}</t></si>" for text in texts[:-2])
    items += f"<si><r><rPr><b/></rPr><t>{texts[-2][:3]}</t></r><r><t>{texts[-2][3:]}</t></r></si>"
    items += f'<si><t>{texts[-1]}</t><rPh sb="0" eb="1"><t>leído</t></rPh></si>'
    strings = f'<sst xmlns="{MAIN}" count="1" uniqueCount="2">{items}</sst>'
    wide = len(HEADINGS)
    rows = "".join(
        f'<row r="{r}">'
        + "".join(f'<c r="{chr(65 + c)}{r}" t="s"><v>{1 + c + wide * (r - 1)}</v></c>' for c in range(wide))
        + "</row>"
        for r in (1, 2)
    )
    return write_bare_workbook(folder / "t.xlsx", rows, strings=strings)


def with_an_empty_fill(folder: Path) -> Path:
    """Which openpyxl does not open."""
    styles = (
        f'<styleSheet xmlns="{MAIN}"><fills count="1"><fill/></fills><cellXfs count="1"><xf/></cellXfs></styleSheet>'
    )
    return write_bare_workbook(folder / "t.xlsx", PLAIN, styles=styles)


def as_strict_open_xml(folder: Path) -> Path:
    return write_bare_workbook(folder / "t.xlsx", PLAIN, main="http://purl.oclc.org/ooxml/spreadsheetml/main")


def as_text_with_tabs(folder: Path) -> Path:
    pl.DataFrame([ANA]).write_csv(folder / "banco.xls", separator="\t")
    return folder / "banco.xls"


def with_frozen_panes_and_a_filter(folder: Path) -> Path:
    panes = '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" state="frozen"/></sheetView></sheetViews>'
    return write_bare_workbook(folder / "t.xlsx", PLAIN, head=panes, tail='<autoFilter ref="A1:D2"/>')


def with_macros(folder: Path) -> Path:
    path = write_bare_workbook(folder / "t.xlsm", PLAIN)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", bytes(64))
    return path


def with_a_hidden_sheet_and_a_chart_beside(folder: Path) -> Path:
    with xlsxwriter.Workbook(folder / "t.xlsx") as book:
        hidden, sheet = book.add_worksheet("Listas"), book.add_worksheet("Clientes")
        hidden.write_column(0, 0, ["601", "612"])
        hidden.hide()
        sheet.activate()
        sheet.set_first_sheet()
        for n, row in enumerate((HEADINGS, list(ANA.values()))):
            sheet.write_row(n, 0, row)
        sheet.data_validation("E2", {"validate": "list", "source": "=Listas!$A$1:$A$2"})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Listas!$A$1:$A$2"})
        sheet.insert_chart("H2", chart)
    return folder / "t.xlsx"


def as_a_table_with_totals(folder: Path) -> Path:
    with xlsxwriter.Workbook(folder / "t.xlsx") as book:
        columns = [{"header": name} for name in HEADINGS]
        columns[0] |= {"total_string": "Total"}
        sheet = book.add_worksheet("Clientes")
        sheet.add_table(
            0, 0, 2, len(HEADINGS) - 1, {"data": [list(ANA.values())], "columns": columns, "total_row": True}
        )
    return folder / "t.xlsx"


def with_texts_that_begin_with_an_apostrophe(folder: Path) -> Path:
    """Excel keeps the apostrophe in the style (`quotePrefix`), and the cell has none."""
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf/><xf quotePrefix="1"/></cellXfs></styleSheet>'
    return write_bare_workbook(
        folder / "t.xlsx", PLAIN.replace(' t="inlineStr"', ' s="1" t="inlineStr"'), styles=styles
    )


READ = [
    with_a_wrong_dimension, with_a_huge_dimension, with_cells_without_addresses, with_shared_texts_miscounted,
    with_an_empty_fill, as_strict_open_xml, as_text_with_tabs, with_frozen_panes_and_a_filter, with_macros,
    with_a_hidden_sheet_and_a_chart_beside, as_a_table_with_totals, with_texts_that_begin_with_an_apostrophe,
    as_web_page, as_csv, as_old_excel, as_old_excel_by_another_name, as_new_excel_by_an_old_name,
    as_new_excel_named_csv,
    with_title_rows, with_a_totals_row, with_headings_merged_downwards, with_empty_rows_and_columns,
    with_line_breaks_in_headings, without_relations_of_styles, with_a_prefix, as_open_document,
    as_libre_office_makes_it_of_csv, as_libre_office_saves_old_excel,
]  # fmt: skip


@pytest.mark.parametrize("made", READ, ids=lambda made: made.__name__)
def test_it_is_read_as_a_person_reads_it(made: Callable[[Path], Path], tmp_path: Path) -> None:
    rows = read(made(tmp_path)).drop(LINE)
    assert [list(filter(None, row)) for row in rows.iter_rows()] == [list(ANA.values())]


def with_a_password(folder: Path) -> Path:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    (folder / "t.xlsx").write_bytes(head + "EncryptedPackage".encode("utf-16-le") + bytes(4096))
    return folder / "t.xlsx"


def as_a_web_archive(folder: Path) -> Path:
    (folder / "t.xls").write_text("MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html></html>")
    return folder / "t.xls"


def as_noise(folder: Path) -> Path:
    path = folder / "ruido.xlsx"
    path.write_bytes(random.Random(7).randbytes(3_000))
    return path


def as_xml_of_2003(folder: Path) -> Path:
    (folder / "t.xls").write_text('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook></Workbook>')
    return folder / "t.xls"


def as_another_archive(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "t.xlsx", "w") as archive:
        archive.writestr("carta.txt", "hola")
    return folder / "t.xlsx"


def with_entities(folder: Path) -> Path:
    strings = (
        f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><sst xmlns="{MAIN}"><si><t>&b;</t></si></sst>'
    )
    return write_bare_workbook(folder / "t.xlsx", PLAIN, strings=strings)


def with_a_cell_of_300_megabytes(folder: Path) -> Path:
    rows = sheet_rows(HEADINGS, ["A" * 300_000_000])
    path = write_bare_workbook(folder / "grande.xlsx", rows)
    packed = folder / "t.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    path.unlink()
    return packed


def without_any_table(folder: Path) -> Path:
    return write_bare_workbook(folder / "t.xlsx", "")


def cut_short(folder: Path) -> Path:
    whole = write_bare_workbook(folder / "entero.xlsx", PLAIN).read_bytes()
    (folder / "t.xlsx").write_bytes(whole[: len(whole) // 2])
    return folder / "t.xlsx"


REFUSED = [
    (with_a_password, "has a password"),
    (as_a_web_archive, "MHTML"),
    (as_xml_of_2003, "XML of Excel 2003"),
    (as_noise, "is named .xlsx but does not hold it"),
    (as_another_archive, "not an Excel workbook"),
    (with_entities, "DOCTYPE"),
    (with_a_cell_of_300_megabytes, "row without end"),
    (without_any_table, "holds no table"),
    (cut_short, "cannot be read as an Excel workbook"),
]


@pytest.mark.parametrize(("made", "words"), REFUSED, ids=[made.__name__ for made, _ in REFUSED])
def test_it_is_refused_in_a_sentence(made: Callable[[Path], Path], words: str, tmp_path: Path) -> None:
    assert words in refusal(made(tmp_path)).message


def test_one_cell_in_the_last_row_and_column_does_no_harm(tmp_path: Path) -> None:
    rows = PLAIN + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    frame = read(write_bare_workbook(tmp_path / "t.xlsx", rows))
    assert frame[LINE].to_list() == [2, 1_048_576]


def test_hidden_rows_are_read_and_said(tmp_path: Path) -> None:
    rows = PLAIN.replace('<row r="2">', '<row r="2" hidden="1">')
    (source,) = inspect_file(write_bare_workbook(tmp_path / "t.xlsx", rows), "t.xlsx")
    assert source.rows == 1
    assert any("1 hidden row is read like the others: 2" in note for note in source.shape.notes)


DATES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="00000"/></numFmts>'
    '<cellXfs count="3"><xf/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>'
)
CELLS = {
    "a day": ('<c r="E2" s="1"><v>46341</v></c>', "", "2026-11-15"),
    "a day of an old Macintosh": ('<c r="E2" s="1"><v>44879</v></c>', '<workbookPr date1904="1"/>', "2026-11-15"),
    "a number with its zeros in its format": ('<c r="E2" s="2"><v>6700</v></c>', "", "06700"),
    "a number of floating point": ('<c r="E2"><v>1160.0000000000002</v></c>', "", "1160"),
    "a formula's text": ('<c r="E2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', "", "ab"),
    "a formula's number": ('<c r="E2"><f>1+1</f><v>2</v></c>', "", "2"),
    "an error": ('<c r="E2" t="e"><v>#N/A</v></c>', "", "#N/A"),
    "true": ('<c r="E2" t="b"><v>1</v></c>', "", "true"),
}


@pytest.mark.parametrize("what", CELLS)
def test_a_cell_is_read_as_it_is_shown(what: str, tmp_path: Path) -> None:
    cell, book, text = CELLS[what]
    rows = sheet_rows([*HEADINGS, "Dato"], list(ANA.values()))
    cut = rows.rindex("</row>")
    path = write_bare_workbook(tmp_path / "t.xlsx", rows[:cut] + cell + rows[cut:], styles=DATES, book=book)
    assert read(path)["Dato"].to_list() == [text]
