"""Writes files as SAT publishes them, with everything in them that makes them hard to read (rules page, section 8)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl
import xlwt

EPOCH = date(1899, 12, 30)
DATE_CELL = xlwt.easyxf(num_format_str="YYYY-MM-DD")
PRODUCT_HEADINGS = (
    "c_ClaveProdServ",
    "Descripción",
    "Incluir IVA trasladado",
    "Incluir IEPS trasladado",
    "Complemento que debe incluir",
    "FechaInicioVigencia",
    "FechaFinVigencia",
    "Estímulo Franja Fronteriza",
    "Palabras similares",
)
UNIT_HEADINGS = (
    "c_ClaveUnidad",
    "Nombre",
    "Descripción",
    "Nota",
    "Fecha de inicio de vigencia",
    "Fecha de fin de vigencia",
    "Símbolo",
)
ZIP_HEADINGS = (
    "c_CodigoPostal",
    "c_Estado",
    "c_Municipio",
    "c_Localidad",
    "Estímulo Franja Fronteriza",
    "Fecha inicio de vigencia ",
    "Fecha fin de vigencia ",
    "Referencias del Huso Horario",
)
ZIP_SECOND_HEADINGS = ("",) * 7 + ("Descripción del Huso Horario", "Mes_Inicio_Horario_Verano")
MUNICIPALITY_HEADINGS = ("c_Municipio", "c_Estado", "Descripción", "Fecha de inicio de vigencia")
VERSION_LABELS = (
    "Versión CFDI",
    "Versión catálogo",
    "Revisión catálogo",
    "Fecha publicación de catálogo",
    "Fecha  inicio de vigencia del catálogo",
)

Rows = Sequence[Sequence[object]]


def as_excel_would(key: str) -> object:
    """A key as the workbook holds it: a number without its zeros, except `01010101` and what is no number."""
    return float(key) if key.isdigit() and key != "01010101" else key


def serial(day: date) -> float:
    return float((day - EPOCH).days)


def product_rows(products: pl.DataFrame) -> Rows:
    starts = serial(date(2022, 1, 1))
    return [
        (
            as_excel_would(row["key"]),
            row["description"] + " ",
            "Sí" if row["iva_required"] else "Opcional",
            "Opcional",
            "",
            starts,
            "",
            float(row["border_stimulus"]),
            row.get("similar") or "",
        )
        for row in products.iter_rows(named=True)
    ]


def unit_rows(units: pl.DataFrame) -> Rows:
    return [
        (as_excel_would(key), name, "", "", "2022-01-01", "", "") for key, name in units.select("key", "name").rows()
    ]


def zip_rows(codes: pl.DataFrame, municipality_codes: Mapping[tuple[str, str], str]) -> Rows:
    return [
        (
            float(key),
            state,
            municipality_codes.get((state, municipality), ""),
            "",
            float(border),
            serial(date(2022, 1, 1)),
            "",
        )
        for key, state, municipality, border in codes.select("key", "state", "municipality", "border_stimulus").rows()
    ]


def municipality_codes(codes: pl.DataFrame) -> dict[tuple[str, str], str]:
    """A number for each municipality of each state, as SAT numbers them."""
    pairs = codes.drop_nulls("municipality").select("state", "municipality").unique().sort("state", "municipality")
    return {
        (state, name): f"{number:03d}"
        for (state,), group in pairs.group_by("state", maintain_order=True)
        for number, name in enumerate(group["municipality"], 1)
    }


def write_workbook(path: Path, sheets: Mapping[str, tuple[Rows, Rows]], published: object = 0) -> Path:
    """A .xls of the given sheets (headings, rows): three lines of metadata, an empty one, headings, rows."""
    book = xlwt.Workbook(encoding="utf-8")
    for name, (headings, rows) in {"c_FormaPago": ((("c_FormaPago",),), ()), **sheets}.items():
        sheet = book.add_sheet(name)
        metadata: Rows = (("Catálogo.",), VERSION_LABELS, ("4.0", "1.0", 7.0, published, "2022-01-01"), ())
        for line, row in enumerate((*metadata, *headings, *rows)):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write(line, column, cell, DATE_CELL)
                elif cell != "":
                    sheet.write(line, column, cell)
    book.save(str(path))
    return path


def sat_sheets(products: pl.DataFrame, units: pl.DataFrame, codes: pl.DataFrame) -> dict[str, tuple[Rows, Rows]]:
    """The four sheets SAT publishes for these catalogues, postal codes in two parts with the line 00000 on top."""
    numbers = municipality_codes(codes)
    half = codes.height // 2
    unassigned = ("00000", "TLA", "000", "00", 0.0, serial(date(2022, 1, 1)), "")
    return {
        "c_ClaveProdServ": ((PRODUCT_HEADINGS,), product_rows(products)),
        "c_ClaveUnidad": ((UNIT_HEADINGS,), unit_rows(units)),
        "c_CodigoPostal_Parte_1": ((ZIP_HEADINGS, ZIP_SECOND_HEADINGS), [unassigned, *zip_rows(codes[:half], numbers)]),
        "c_CodigoPostal_Parte_2": ((ZIP_HEADINGS, ZIP_SECOND_HEADINGS), zip_rows(codes[half:], numbers)),
        "C_Municipio": (
            (MUNICIPALITY_HEADINGS,),
            [(float(code), state, name, "2022-01-01") for (state, name), code in numbers.items()],
        ),
    }


def write_schema(path: Path, keys: Mapping[str, Sequence[str]]) -> Path:
    """A catCFDI.xsd with the given keys by type name (`c_ClaveProdServ` …), and one type nobody needs."""
    types = {"c_FormaPago": ["01", "02"], **keys}
    body = "".join(
        f'<xs:simpleType name="{name}"><xs:restriction base="xs:string"><xs:whiteSpace value="collapse"/>'
        + "".join(f'<xs:enumeration value="{key}"/>' for key in values)
        + "</xs:restriction></xs:simpleType>"
        for name, values in types.items()
    )
    namespace = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?><xs:schema {namespace}>{body}</xs:schema>', "utf-8")
    return path
