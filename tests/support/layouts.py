"""Files as widespread programs write them: headings exactly, two or three rows, and the traps each is known for.

Told by the help pages and the code of those programs, November 2026; no file of anybody's is copied. `titles` are rows
above the headings. `codec` makes a CSV of it, else it is a workbook.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import xlsxwriter

__all__ = ["LAYOUTS", "STATEMENTS", "Layout", "write_layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """`asks` are the questions a file raises, one after another: words of the refusal, and the flags that answer it."""

    holds: str
    headings: str
    rows: tuple[str, ...]
    asks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    titles: tuple[str, ...] = ()
    codec: str = ""
    delimiter: str = ","
    good: int = 2
    sheet: str = "Hoja1"


def write_layout(layout: Layout, folder: Path) -> Path:
    rows = [_cells(layout.headings), *map(_cells, layout.rows)]
    if layout.codec:
        return _write_csv(layout, rows, folder / "datos.csv")
    if len(layout.headings) % 2:
        return _write_openpyxl(layout, rows, folder / "datos.xlsx")
    return _write_xlsxwriter(layout, rows, folder / "datos.xlsx")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split(" · ")]


def _write_csv(layout: Layout, rows: Sequence[Sequence[str]], path: Path) -> Path:
    with path.open("w", encoding=layout.codec, newline="") as file:
        file.writelines(f"{title}\r\n" for title in layout.titles)
        csv.writer(file, delimiter=layout.delimiter).writerows(rows)
    return path


def _write_openpyxl(layout: Layout, rows: Sequence[Sequence[str]], path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = layout.sheet
    for row in [*([title] for title in layout.titles), *rows]:
        book.active.append([_typed(cell) for cell in row])
    book.save(path)
    return path


def _write_xlsxwriter(layout: Layout, rows: Sequence[Sequence[str]], path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(layout.sheet)
        for n, row in enumerate([*([title] for title in layout.titles), *rows]):
            sheet.write_row(n, 0, [_typed(cell) for cell in row])
    return path


def _typed(cell: str) -> str | float | None:
    """A number as programs store it: `#1160.5` is one, `1160.5` a text."""
    return float(cell[1:]) if cell.startswith("#") else cell or None


_EMAIL = ("has no column for email", ("--set", "email=facturas@despacho.example"))
_GOODS = ("items.product_key=80101604", "items.unit_key=E48", "items.unit_name=Servicio", "items.quantity=1")
_SOLD = tuple(word for pair in _GOODS for word in ("--set", pair))
_TAXED = ("may be with tax or before tax", ("--total-with-tax", "yes", "--set", "items.taxes=IVA 16%"))

LAYOUTS = {
    "1 Alegra, contacts": Layout(
        "clients",
        "RFC · Razón social · Email · Teléfono 1 · Teléfono 2 · Fax · Celular · Comentarios · Calle"
        " · Exterior · Interior"
        " · Colonia · Localidad · Municipio / Delegación · Estado · País · Código postal",
        (
            "MHB9804179F8 · MOLINOS Y HARINAS DEL BAJIO · pagos@molinos.example · 5555500001 ·  ·  ·  ·  · Aeropuerto"
            " · 1450 ·  · Centro ·  · León · Guanajuato · MEX · 37000",
            "TRS0801299L4 · TRANSPORTES REGIONALES SIERRA ALTA · a@sierra.example · 5555500003 ·  ·  · "
            " · nuevo · Juárez"
            " · 8 · 2 · Roma ·  · Cuauhtémoc · Ciudad de México · MEX · #6700",
        ),
    ),
    "2 Alegra, items": Layout(
        "services",
        "Nombre · Referencia · Clave de producto · Precio (sin impuesto) · Impuesto · Unidad de medida · Almacén"
        " · Cantidad · Costo",
        (
            "Consultoría · CON-1 · 80101604 · #1500 · IVA · E48 · Principal · #1 · #0",
            "Soporte · SOP-1 · 81111811 · #800.5 · IVA · E48 · Principal · #1 · #0",
        ),
    ),
    "3 Facturama, clients": Layout(
        "clients",
        "Nombre o Razón Social · RFC · Uso de la Factura · Régimen Fiscal · E-mail · E-mail 2 · E-mail 3"
        " · Código Postal (CP)",
        (
            "MOLINOS Y HARINAS DEL BAJIO · MHB9804179F8 · G01 · 601 · pagos@molinos.example ·  ·  · 37000",
            "EDITORIAL PAPALOTE DE TINTA · EPT110614JK2 · G03 · 601 · a@papalote.example · b@papalote.example"
            " ·  · 06700",
        ),
        codec="utf-8-sig",
    ),
    "4 CONTPAQi Comercial Premium": Layout(
        "clients",
        "Clave del cliente · Nombre o Razón Social · RFC · Uso CFDI · Forma · Método · Teléfono · Email"
        " · Límite de crédito · Días de crédito",
        (
            "CLI001 · MOLINOS Y HARINAS DEL BAJIO · MHB9804179F8 · G03 - Gastos en general"
            " · 03 – Transferencia electrónica · PUE – Pago en una sola exhibición · 5555500001 · a@molinos.example"
            " · #5000 · #30",
            "CLI002 · EDITORIAL PAPALOTE DE TINTA · EPT110614JK2 · G01 - Adquisición de mercancías"
            " · 99 – Por definir · PPD – Pago en parcialidades o diferido ·  · b@papalote.example · #0 · #0",
        ),
    ),
    "5 CONTPAQi Start and Pro": Layout(
        "clients",
        "R.F.C. · Nombre oficial · Régimen · EMail · C.P. · Uso CFDI · Forma de Pago · Pers. Jurídica",
        (
            "MHB9804179F8 · MOLINOS Y HARINAS DEL BAJIO · 601 · a@molinos.example · 37000 · G03 · 03 · Moral",
            "GODE561231GR8 · EVA GOMEZ DIAZ · 612 · eva@gomez.example · 06700 · G03 · 03 · Física",
        ),
    ),
    "6 CONTPAQi, dump of its tables": Layout(
        "payments",
        "CCODIGOCLIENTE · CRAZONSOCIAL · CFECHA · CSERIEDOCUMENTO · CFOLIO · CNOMBRECONCEPTO · CTOTAL",
        (
            "CLI-1 · MOLINOS Y HARINAS DEL BAJIO · 2026-11-03 · A · #118 · Consultoría · #1160",
            "CLI-1 · MOLINOS Y HARINAS DEL BAJIO · 2026-11-04 · A · #119 · Consultoría · #2320",
        ),
        (
            ('--map "CFOLIO=metadata.internalId"', ("--map", "CFOLIO=internalId", *_SOLD)),
            _TAXED,
        ),
        good=0,  # their clients stand in a file of their own, which nobody gives here
    ),
    "7 Aspel SAE": Layout(
        "clients",
        "clave · nombre · rfc · calle · colonia · codigo · municipio · estado · uso_cfdi · lista_prec"
        " · limcred · saldo",
        (
            "1 · MOLINOS Y HARINAS DEL BAJIO · MHB9804179F8 · Aeropuerto 1450 · Centro · 37000 · León"
            " · Guanajuato · G01"
            " · #1 · #0 · #0",
            "2 · EDITORIAL PAPALOTE DE TINTA · EPT110614JK2 · Orizaba 87 · Roma · 06700 · Cuauhtémoc · Ciudad de México"
            " · G03 · #1 · #0 · #150.5",
        ),
        (_EMAIL,),
    ),
    "8 Microsip": Layout(
        "clients",
        "Clave · Nombre · RFC_CURP · Régimen fiscal",
        ("A1 · MOLINOS Y HARINAS DEL BAJIO · MHB9804179F8 · 601", "A2 · EVA GOMEZ DIAZ · GODE561231GR8 · 612"),
        (_EMAIL,),
    ),
    "9 Bind ERP": Layout(
        "clients",
        "Razón Social · Nombre Comercial · RFC · Sucursal · Días de crédito · Monto de crédito · Ventas",
        (
            "MOLINOS Y HARINAS DEL BAJIO · Molinos del Bajío · MHB9804179F8 · Matriz · #30 · #1000 · Luis",
            "EDITORIAL PAPALOTE DE TINTA · Papalote · EPT110614JK2 · Matriz · #0 · #0 · Luis",
        ),
        (_EMAIL,),
    ),
    "10 Wizerp": Layout(
        "clients",
        "ID · NOMBRE · RFC · CORREO CONTACTO · DIRECCIÓN FISCAL · COLONIA FISCAL · MUNICIPIO FISCAL"
        " · CÓDIGO POSTAL FISCAL · ESTADO FISCAL · PAÍS FISCAL · DIRECCIÓN CONTACTO · COLONIA CONTACTO"
        " · MUNICIPIO CONTACTO",
        (
            "1 · MOLINOS Y HARINAS DEL BAJIO · MHB9804179F8 · a@molinos.example · Aeropuerto 1450 · Centro · León"
            " · 37000 · Guanajuato · México · Otra 1 · Otra · Otro",
            "2 · EDITORIAL PAPALOTE DE TINTA · EPT110614JK2 · b@papalote.example · Orizaba 87 · Roma · Cuauhtémoc"
            " · 06700 · CDMX · México · Otra 2 · Otra · Otro",
        ),
        codec="utf-8",
    ),
    "11 Odoo, Mexican localisation": Layout(
        "clients",
        "name · vat · l10n_mx_edi_fiscal_regime · l10n_mx_edi_usage · zip · email · ref · street",
        (
            "MOLINOS Y HARINAS DEL BAJIO · MXMHB9804179F8 · 601- General de Ley Personas Morales · G01 · 37000"
            " · a@molinos.example · C-1 · Aeropuerto 1450",
            "EDITORIAL PAPALOTE DE TINTA · EPT110614JK2 · 601- General de Ley Personas Morales · G03 · 06700"
            " · b@papalote.example · C-2 · Orizaba 87",
        ),
    ),
    "12 Docdigitales, prospects": Layout(
        "clients",
        "Nombre · Contacto · Teléfono · Email · Nota Interna",
        (
            "Molinos del Bajío · Ana · 5555500001 · a@molinos.example · llamar",
            "Papalote · Eva · 5555500002 · b@papalote.example · ",
        ),
        (("has no column for rfc", ("--set", "rfc=XAXX010101000")),),
        titles=("Llene las columnas en rojo", "No cambie el orden de las columnas"),
    ),
    "13 a small firm's list": Layout(
        "clients",
        "RFC · Razon Social · Regimen Fiscal · Uso CFDI · Codigo Postal · Direccion Fiscal · Estado · Ciudad"
        " · Municipio"
        " · Colonia · Telefono · Correo",
        (
            "MHB9804179F8 · MOLINOS Y HARINAS DEL BAJIO · 601 · G03 · 37000 · Aeropuerto 1450 · Guanajuato"
            " · León · León"
            " · Centro · 5555500001 · a@molinos.example",
            "EPT110614JK2 · EDITORIAL PAPALOTE DE TINTA · 601 · G03 · 06700 · Orizaba 87 · CDMX · México · Cuauhtémoc"
            " · Roma · 5555500002 · b@papalote.example",
        ),
    ),
    "14 a list of memberships": Layout(
        "payments",
        "Folio · Fecha · Concepto · Total · Estatus · Metodo de pago · Miembro · RFC · Razon social · Regimen fiscal"
        " · Uso CFDI · Codigo postal · Correo para factura",
        (
            "M-1 · 03/11/2026 · Cuota de noviembre · 1160.00 · Pagado · PUE · Molinos · MHB9804179F8"
            " · MOLINOS Y HARINAS DEL BAJIO · 601 · G03 · 37000 · a@molinos.example",
            "M-2 · 25/11/2026 · Cuota de noviembre · 580.00 · Pagado · PUE · Papalote · EPT110614JK2"
            " · EDITORIAL PAPALOTE DE TINTA · 601 · G03 · 06700 · b@papalote.example",
        ),
        (('--map "Folio=metadata.internalId"', ("--map", "Folio=internalId", *_SOLD)), _TAXED),
        codec="utf-8-sig",
    ),
    "15 a parts shop": Layout(
        "services",
        "No. Parte* · Nombre* · Marca · Categoria · Precio · Existencia · Codigo de barras · Clave SAT ProdServ"
        " · Clave Unidad SAT",
        (
            "BAL-1 · Balata delantera · Acme · Frenos · #350 · #12 · 750100000001 · 25171700 · PZA",
            "BAL-2 · Balata trasera · Acme · Frenos · #290.5 · #3 · 750100000002 · 25171700 · H87",
        ),
        good=1,
    ),
    "16 a list of invoices made from their XML": Layout(
        "payments",
        "Fecha · UUID · RFC Emisor · Nombre Emisor · RFC Receptor · Nombre Receptor · CP Receptor"
        " · Régimen Fiscal Receptor · Domicilio Fiscal Receptor · Uso CFDI · Forma Pago · Método Pago · Clave ProdServ"
        " · Clave Unidad · Subtotal · +IVA · -IVA Ret · -ISR Ret · Total · Moneda",
        (
            "03/11/2026 · 6F1C7E2A-0000-4000-8000-000000000001 · EPT110614JK2 · EDITORIAL PAPALOTE DE TINTA"
            " · MHB9804179F8 · MOLINOS Y HARINAS DEL BAJIO · 37000 · 601 · 37000 · G03 · 03 · PUE · 80101604 · E48"
            " · #1000 · #160 · #0 · #0 · #1160 · MXN",
            "25/11/2026 · 6F1C7E2A-0000-4000-8000-000000000002 · EPT110614JK2 · EDITORIAL PAPALOTE DE TINTA"
            " · TRS0801299L4 · TRANSPORTES REGIONALES SIERRA ALTA · 78000 · 624 · 78000 · G03 · 03 · PUE · 80101604"
            " · E48 · #500 · #80 · #0 · #0 · #580 · MXN",
        ),
        (
            (
                '--map "UUID=metadata.internalId"',
                ("--map", "UUID=internalId", "--set", "items.name=Consultoría", *_SOLD[4:]),
            ),
            ("'+IVA' holds a tax", ("--set", "items.taxes=IVA 16%")),
        ),
    ),
    "17 the tax certificate": Layout(
        "clients",
        "RFC · Denominación/Razón Social · Régimen Capital · Nombre (s) · Primer Apellido · Segundo Apellido"
        " · Nombre Comercial · Código Postal · Nombre de Vialidad · Número Exterior · Número Interior"
        " · Nombre de la Colonia · Nombre de la Localidad · Nombre del Municipio o Demarcación Territorial"
        " · Nombre de la Entidad Federativa",
        (
            "MHB9804179F8 · MOLINOS Y HARINAS DEL BAJIO · SA DE CV ·  ·  ·  · Molinos · 37000 · Aeropuerto · 1450 ·"
            "  · Centro · León · León · Guanajuato",
            "GODE561231GR8 ·  ·  · EVA · GOMEZ · DIAZ ·  · 06700 · Orizaba · 87 · 2 · Roma · Cuauhtémoc · Cuauhtémoc"
            " · Ciudad de México",
        ),
        (_EMAIL,),
    ),
}
"""The layouts that hold clients, services or payments."""

STATEMENTS = {
    "18 Santander": Layout(
        "payments",
        "Cuenta · Fecha · Hora · Sucursal · Descripcion · Cargo/Abono · Importe · Saldo · Referencia · Concepto"
        " · Banco Participante · Clabe Beneficiario · Nombre Beneficiario · Cta Ordenante · Nombre Ordenante"
        " · Codigo Devolucion · Causa Devolucion · RFC Beneficiario · RFC Ordenante · Clave de Rastreo",
        (
            "65500000001 · '15112026' · 10:30 · 1 · ABONO TRANSFERENCIA SPEI · + · 1160.00 · 5160.00 · 1 · factura 118"
            " · BANORTE · 014000000000000001 · PAPALOTE · 1 · MOLINOS ·  ·  · EPT110614JK2 · MHB9804179F8 · 8846APR1",
        ),
        codec="utf-8",
    ),
    "19 Banorte": Layout(
        "payments",
        "CUENTA · FECHA DE OPERACIÓN · FECHA · REFERENCIA · DESCRIPCIÓN · COD. TRANSAC · SUCURSAL · DEPÓSITOS · RETIROS"
        " · SALDO · MOVIMIENTO · DESCRIPCIÓN DETALLADA · CHEQUE",
        (
            "00012345 · 15/11/2026 · 15/11/2026 · 1 · DEPOSITO · 3 · 1 · $1,160.00 · - · $5,160.00 · 1"
            " · SPEI RECIBIDO RFC: MHB9804179F8 · -",
        ),
    ),
    "20 BBVA": Layout(
        "payments",
        "DÃ­a · Concepto / Referencia · cargo · Abono · Saldo",
        ("15-11-2026 · SPEI RECIBIDO · · 1,160.00 · 5,160.00", "16-11-2026 · COMISION · -12.00 · · 5,148.00"),
    ),
    "21 Citibanamex": Layout(
        "payments",
        "Fecha · Descripción · Depósitos · Retiros · Saldo",
        ("15-11-26 · PAGO RECIBIDO · 1,160.00 · · 5,160.00", "16-11-26 · COMISION · · 12.00 · 5,148.00"),
        titles=("Detalle de Movimientos - Depósitos y Retiros",),
    ),
    "22 Bankaool and Azteca": Layout(
        "payments",
        "Fecha · Descripción · Referencia · Monto · Saldo · Clave Rastreo · Comprobante Electrónico",
        ("15/11/2026 10:30:00 · SPEI · 1 · 1160.00 · 5160.00 · 8846APR1 · si",),
    ),
}
"""What came into an account and went out of it: not what was sold, nor to whom."""
