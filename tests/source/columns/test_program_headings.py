"""Headings as widespread programs write them: understood, passed over and said, or asked about."""

from __future__ import annotations

import pytest
from builders import Files, a_line, inspect_table

from pipeline.errors import InputError
from pipeline.source.columns.headings import find_taxed, match_headings
from pipeline.source.detect import detect_resource
from schemas import RESOURCE_NAMES, resource
from schemas.cleaning.cell_formats import SaidFormats
from schemas.tables import TABLES

LAYOUTS = {
    "Alegra, contacts": (
        "clients",
        "RFC · Razón social · Email · Teléfono 1 · Teléfono 2 · Fax · Celular · Comentarios · Calle"
        " · Exterior · Interior · Colonia · Localidad · Municipio / Delegación · Estado · País · Código postal",
        {"legal_name": "Razón social", "phone": "Teléfono 1", "address.city": "Municipio / Delegación"},
    ),
    "Alegra, items": (
        "services",
        "Nombre · Referencia · Descripción · Clave de producto · Precio (sin impuesto) · Unidad de medida · Almacén"
        " · Cantidad · Costo",
        {"price": "Precio (sin impuesto)", "product_key": "Clave de producto"},
    ),
    "Facturama": (
        "clients",
        "Nombre o Razón Social · RFC · Uso de la Factura · Régimen Fiscal · E-mail · Código Postal (CP)",
        {"legal_name": "Nombre o Razón Social", "use": "Uso de la Factura", "address.zip": "Código Postal (CP)"},
    ),
    "CONTPAQi Comercial": (
        "clients",
        "Clave del cliente · Nombre o Razón Social · RFC · Uso CFDI · Teléfono · Email · Límite de crédito"
        " · Días de crédito",
        {"metadata.internalId": "Clave del cliente", "legal_name": "Nombre o Razón Social"},
    ),
    "CONTPAQi Pro": (
        "clients",
        "R.F.C. · Nombre oficial · Régimen · EMail · C.P. · Uso CFDI · Pers. Jurídica",
        {"rfc": "R.F.C.", "legal_name": "Nombre oficial", "address.zip": "C.P."},
    ),
    "Aspel SAE": (
        "clients",
        "clave · nombre · rfc · calle · colonia · codigo · municipio · estado · uso_cfdi · lista_prec · limcred · saldo"
        " · correo",
        {"metadata.internalId": "clave", "address.zip": "codigo", "address.city": "municipio"},
    ),
    "a list with a code": (
        "clients",
        "Código · Nombre · RFC · Correo · Código postal",
        {"metadata.internalId": "Código", "address.zip": "Código postal"},
    ),
    "Wizerp": (
        "clients",
        "ID · NOMBRE · DIRECCIÓN FISCAL · COLONIA FISCAL · MUNICIPIO FISCAL · CÓDIGO POSTAL FISCAL · ESTADO FISCAL"
        " · PAÍS FISCAL · DIRECCIÓN CONTACTO · COLONIA CONTACTO · MUNICIPIO CONTACTO · RFC · CORREO",
        {
            "address.zip": "CÓDIGO POSTAL FISCAL", "address.street": "DIRECCIÓN FISCAL + COLONIA FISCAL",
            "metadata.internalId": "ID",
        },
    ),
    "Odoo": (
        "clients",
        "name · vat · l10n_mx_edi_fiscal_regime · l10n_mx_edi_usage · zip · email · ref · street",
        {"rfc": "vat", "tax_system": "l10n_mx_edi_fiscal_regime", "use": "l10n_mx_edi_usage"},
    ),
    "a small firm's list": (
        "clients",
        "RFC · Razon Social · Regimen Fiscal · Uso CFDI · Codigo Postal · Direccion Fiscal · Estado · Ciudad"
        " · Municipio · Colonia · Telefono · Correo",
        {"address.city": "Ciudad", "address.street": "Direccion Fiscal + Colonia"},
    ),
    "the tax certificate": (
        "clients",
        "RFC: · Denominación/Razón Social: · Régimen Capital: · Nombre Comercial: · Código Postal:"
        " · Nombre de Vialidad: · Número Exterior: · Nombre de la Colonia: · Nombre de la Localidad:"
        " · Nombre del Municipio o Demarcación Territorial: · Nombre de la Entidad Federativa: · Correo Electrónico:"
        " · Regímenes:",
        {
            "address.street": "Nombre de Vialidad: + Número Exterior: + Nombre de la Colonia:",
            "name": "Nombre Comercial:", "address.state": "Nombre de la Entidad Federativa:",
            "tax_system": "Regímenes:",
        },
    ),
    "the tax certificate, of persons too": (
        "clients",
        "RFC · Denominación/Razón Social · Régimen Capital · Nombre (s) · Primer Apellido · Segundo Apellido"
        " · Nombre Comercial · Código Postal · Nombre de Vialidad · Número Exterior · Número Interior · Correo",
        {
            "name": "Nombre Comercial, Nombre (s) + Primer Apellido + Segundo Apellido",
            "legal_name": "Denominación/Razón Social, Nombre (s) + Primer Apellido + Segundo Apellido",
            "address.street": "Nombre de Vialidad + Número Exterior + Número Interior",
        },
    ),
    "a list of persons": (
        "clients",
        "Clave · Nombre · Apellido paterno · Apellido materno · RFC · Correo · Calle · No. Ext. · Colonia",
        {"name": "Nombre + Apellido paterno + Apellido materno", "address.street": "Calle + No. Ext. + Colonia"},
    ),
    "a parts shop": (
        "services",
        "No. Parte* · Nombre* · Descripción (obligatorio) · Marca · Categoria · Precio · Existencia · Codigo de barras"
        " · Clave SAT ProdServ · Clave Unidad SAT",
        {"metadata.internalId": "No. Parte*", "name": "Nombre*", "unit_key": "Clave Unidad SAT"},
    ),
    "payments with their clients": (
        "payments",
        "No. de recibo · Fecha · Concepto · Descripción · Cantidad · Subtotal · Total · Clave ProdServ · Clave Unidad"
        " · Unidad · RFC Receptor · Nombre Receptor · CP Receptor · Régimen Fiscal Receptor · Uso CFDI · Forma Pago"
        " · Método Pago · Moneda · UUID",
        {
            "items.total": "Subtotal", "client.rfc": "RFC Receptor", "client.legal_name": "Nombre Receptor",
            "client.address.zip": "CP Receptor", "paymentMethod": "Forma Pago", "date": "Fecha",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", LAYOUTS)
def test_the_layouts_of_widespread_programs_are_understood_without_a_flag(program: str) -> None:
    name, row, meant = LAYOUTS[program]
    headings = tuple(row.split(" · "))
    if name == "clients" and not any(h.lower().replace("-", "").rstrip(":") in _MAIL for h in headings):
        pytest.fail(f"{program}: the API needs an e-mail, so the layout must have one")
    assert detect_resource(headings, "a.csv") == name
    matched = match_headings(headings, name, "a.csv")
    assert matched.unknown == ()
    found = {field: heading for heading, field in matched.fields.items()}
    assert {field: found.get(field) for field in meant} == meant
    joined = {h for each in matched.joined for h in (*each.instead, *(piece for piece, _ in each.pieces))}
    as_one = {each.heading for each in matched.joined}
    assert (set(matched.fields) - as_one) | set(matched.passed_over) | joined == set(headings)


_MAIL = {"email", "correo", "correo electrónico"}


@pytest.mark.parametrize("heading", ["DÃ­a", "  Día ", "Día*", "DÍA (opcional)", "Día:\n"])
def test_what_programs_add_to_a_heading_or_damage_of_it_does_not_matter(heading: str) -> None:
    headings = ("internalId", heading, "items.name")
    assert match_headings(headings, "payments", "a.csv").fields[heading] == "date"


@pytest.mark.parametrize("name", ["clients", "services", "payments"])
def test_every_heading_of_an_export_is_read_as_what_it_says_and_as_nothing_else(name: str) -> None:
    """`client.id` is not `clientId`, nor the discount of a payment that of an item."""
    matched = match_headings((*TABLES[name].columns, *(["items"] if name == "payments" else [])), name, "a.csv")
    renamed = {c.exported: c.field for c in resource(name).columns if c.exported}
    assert matched.fields == {h: renamed.get(h, h) for h in matched.fields}
    assert matched.unknown == ()


def test_the_id_of_a_client_within_a_payment_is_no_reference() -> None:
    matched = match_headings(("internalId", "clientId", "client.id", "client.name", "items"), "payments", "a.csv")
    assert matched.fields["clientId"] == "clientId"
    assert "client.id" in matched.passed_over


@pytest.mark.parametrize("name", RESOURCE_NAMES)
def test_no_spare_heading_is_a_field_s_own_name_or_alias(name: str) -> None:
    from pipeline.source.columns.heading_text import fold_heading

    columns = resource(name).columns
    own = {fold_heading(h) for c in columns for h in (c.field, *c.aliases)}
    spare = {h for c in columns for h in (*c.spare, *c.with_tax)}
    assert [h for h in spare if fold_heading(h) in own] == []


@pytest.mark.parametrize("heading", ["IVA", "+IVA", "IVA Trasladado", "-ISR Ret", "% IVA", "iva_16", "Impuesto"])
def test_a_column_of_a_tax_is_never_left_out_where_nothing_else_says_the_taxes(heading: str, files: Files) -> None:
    """Payments would be made without their tax, and only a warning among others would say so."""
    untaxed = {h: cell for h, cell in a_line().items() if h != "items.taxes"}
    with pytest.raises(InputError, match="holds a tax") as asked:
        inspect_table(files.csv([untaxed | {heading: "16%"}], "payments.csv"), "payments.csv")
    assert '--set "items.taxes=IVA 16%"' in asked.value.hint
    assert f'--map "{heading}=items.taxes"' in asked.value.hint
    said = inspect_table(files.csv([untaxed | {"items.taxes": "IVA 16%", heading: "16"}], "said.csv"), "said.csv")
    assert said.unknown == (heading,)
    other = inspect_table(files.csv([untaxed | {"Privada": "16", "Oliva": "1"}], "other.csv"), "other.csv")
    assert other.unknown == ("Privada", "Oliva")


TAXED = ["Total", "total", "TOTAL:", "Importe total", "Importe Total*", "Monto total", "Total con IVA", "Abono"]


@pytest.mark.parametrize("heading", TAXED)
def test_an_amount_that_may_be_with_tax_is_asked_about_before_anything_is_read(heading: str, files: Files) -> None:
    row = {heading if h == "items.total" else h: cell for h, cell in a_line().items()}
    path = files.csv([row], "payments.csv")
    with pytest.raises(InputError) as asked:
        inspect_table(path, "payments.csv")
    assert f"'{heading}' may be with tax or before tax" in asked.value.message
    assert "--total-with-tax yes" in asked.value.hint
    for answer in (True, False):
        source = inspect_table(path, "payments.csv", None, SaidFormats(total_with_tax=answer))
        assert source.cell_formats.with_tax == ({"items.total"} if answer else set())


def test_an_amount_before_tax_beside_it_is_taken_and_nothing_is_asked() -> None:
    matched = match_headings(("internalId", "Total", "Subtotal", "items.name"), "payments", "a.csv")
    assert matched.fields["Subtotal"] == "items.total"
    assert matched.passed_over == ("Total",)
    assert find_taxed(matched.fields, "payments") == {}


def test_a_price_with_tax_is_never_a_price(files: Files) -> None:
    path = files.csv([{"Nombre": "A", "Descripción": "B", "Precio con IVA": "116"}], "services.csv")
    with pytest.raises(InputError, match="'Precio con IVA' is an amount with tax; price is before tax"):
        inspect_table(path, "services.csv", "services", SaidFormats(total_with_tax=True))
