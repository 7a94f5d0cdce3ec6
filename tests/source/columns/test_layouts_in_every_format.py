"""The layouts of widespread programs, heading for heading, as CSV and as a workbook.

Each heading is matched, passed over by its name or said to be unknown, or the file is one question; an amount with tax
is never one before tax unasked.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import Files, inspect_table
from workbooks import write_xlsx

from pipeline.errors import InputError

LAYOUTS = {
    "Alegra, contacts": "RFC · Razón social · Email · Teléfono 1 · Teléfono 2 · Fax · Celular · Comentarios · Calle"
    " · Exterior · Interior · Colonia · Localidad · Municipio / Delegación · Estado · País · Código postal",
    "Alegra, items": "Nombre · Referencia · Clave de producto · Precio (sin impuesto) · Impuesto · Unidad de medida"
    " · Almacén · Cantidad · Costo",
    "Facturama": "Nombre o Razón Social · RFC · Uso de la Factura · Régimen Fiscal · E-mail · Código Postal (CP)",
    "CONTPAQi Comercial": "Clave del cliente · Nombre o Razón Social · RFC · Uso CFDI · Forma · Método · Teléfono"
    " · Email · Límite de crédito · Días de crédito",
    "CONTPAQi Pro": "R.F.C. · Nombre oficial · Régimen · EMail · C.P. · Uso CFDI · Forma de Pago · Pers. Jurídica",
    "CONTPAQi, SQL": "CCODIGOCLIENTE · CRAZONSOCIAL · CFECHA · CSERIEDOCUMENTO · CFOLIO · CNOMBRECONCEPTO · CTOTAL",
    "Aspel SAE": "clave · nombre · rfc · calle · colonia · codigo · municipio · estado · uso_cfdi · lista_prec"
    " · limcred · saldo",
    "Microsip": "Clave · Nombre · RFC_CURP",
    "Bind": "Razón Social · Nombre Comercial · RFC · Sucursal · Días de crédito · Monto de crédito · Ventas",
    "Wizerp": "ID · NOMBRE · DIRECCIÓN FISCAL · COLONIA FISCAL · MUNICIPIO FISCAL · CÓDIGO POSTAL FISCAL"
    " · ESTADO FISCAL · PAÍS FISCAL · DIRECCIÓN CONTACTO · COLONIA CONTACTO · MUNICIPIO CONTACTO",
    "Odoo": "name · vat · l10n_mx_edi_fiscal_regime · l10n_mx_edi_usage · zip · email · ref · street",
    "Docdigitales": "Nombre · Contacto · Teléfono · Email · Nota Interna",
    "a small firm's list": "RFC · Razon Social · Regimen Fiscal · Uso CFDI · Codigo Postal · Direccion Fiscal · Estado"
    " · Ciudad · Municipio · Colonia · Telefono · Correo",
    "memberships": "Folio · Fecha · Concepto · Total · Estatus · Metodo de pago · Miembro · RFC · Razon social"
    " · Regimen fiscal · Uso CFDI · Codigo postal · Correo para factura",
    "a parts shop": "No. Parte* · Nombre* · Marca · Categoria · Precio · Existencia · Codigo de barras"
    " · Clave SAT ProdServ · Clave Unidad SAT",
    "CFDI to Excel": "Fecha · UUID · RFC Receptor · Nombre Receptor · CP Receptor · Régimen Fiscal Receptor"
    " · Domicilio Fiscal Receptor · Uso CFDI · Forma Pago · Método Pago · Clave ProdServ · Clave Unidad"
    " · Subtotal · +IVA · -IVA Ret · -ISR Ret · Total · Moneda",
    "the tax certificate": "RFC · Denominación/Razón Social · Régimen Capital · Nombre (s) · Primer Apellido"
    " · Segundo Apellido · Nombre Comercial · Código Postal · Nombre de Vialidad · Número Exterior · Número Interior"
    " · Nombre de la Colonia · Nombre de la Localidad · Nombre del Municipio o Demarcación Territorial"
    " · Nombre de la Entidad Federativa",
    "Santander": "Cuenta · Fecha · Hora · Sucursal · Descripcion · Cargo/Abono · Importe · Saldo · Referencia"
    " · Concepto · Banco Participante · Clabe Beneficiario · Nombre Beneficiario · Cta Ordenante · Nombre Ordenante"
    " · Codigo Devolucion · Causa Devolucion · RFC Beneficiario · RFC Ordenante · Clave de Rastreo",
    "Banorte": "CUENTA · FECHA DE OPERACIÓN · FECHA · REFERENCIA · DESCRIPCIÓN · COD. TRANSAC · SUCURSAL · DEPÓSITOS"
    " · RETIROS · SALDO · MOVIMIENTO · DESCRIPCIÓN DETALLADA · CHEQUE",
    "BBVA": "Día · Concepto / Referencia · cargo · Abono · Saldo",
    "Citibanamex": "Fecha · Descripción · Depósitos · Retiros · Saldo",
    "Bankaool": "Fecha · Descripción · Referencia · Monto · Saldo · Clave Rastreo · Comprobante Electrónico",
}
"""What each writes in its first row (the 22 of the accountant's page)."""
WITH_TAX = {"Total", "CTOTAL", "Abono", "DEPÓSITOS", "Depósitos", "Importe", "Monto"}
CELLS = {"fecha": "15/11/2026", "día": "15-11-2026", "total": "1,160.00", "importe": "1160.00", "email": "a@uno.mx"}


def a_cell(heading: str, row: int) -> str:
    return next((cell for word, cell in CELLS.items() if word in heading.lower()), f"{heading[:3]}{row}")


def write(files: Files, kind: str, headings: list[str]) -> Path:
    rows = [headings, *([a_cell(h, row) for h in headings] for row in (1, 2))]
    if kind == "xlsx":
        return write_xlsx(files("layout.xlsx", b""), {"Hoja1": rows})
    return files("layout.csv", "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows) + "\n")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("program", LAYOUTS)
def test_each_heading_is_taken_passed_over_or_named_or_the_file_is_one_question(
    program: str, kind: str, files: Files
) -> None:
    headings = LAYOUTS[program].split(" · ")
    path = write(files, kind, headings)
    try:
        source = inspect_table(path, path.name)
    except InputError as question:
        assert question.hint, question.message
        return
    joined = {h for each in source.joined for h in (*each.instead, *(piece for piece, _ in each.pieces))}
    as_one = {each.heading for each in source.joined}
    assert (set(source.fields) - as_one) | set(source.passed_over) | set(source.unknown) | joined == set(headings)
    taken = {heading for heading, field in source.fields.items() if field in ("items.total", "price")}
    assert not taken & WITH_TAX


@pytest.mark.parametrize("program", LAYOUTS)
def test_a_layout_is_the_same_question_or_the_same_columns_in_every_format(program: str, files: Files) -> None:
    def outcome(kind: str) -> object:
        path = write(files, kind, LAYOUTS[program].split(" · "))
        try:
            return dict(inspect_table(path, path.name).fields)
        except InputError as question:
            return question.message.replace("layout.xlsx[Hoja1]", "layout.csv")

    assert outcome("csv") == outcome("xlsx")
