"""The CFDI that a stored payment would become, built by satcfdi and judged by SAT's own schema, which it ships.

satcfdi (MIT) is others' code: it computes amounts and taxes from unit prices on its own and writes the XML. What is
built is an income CFDI of the whole payment (Anexo 20, CFDI 4.0), unsealed: `NoCertificado` is a number of noughts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

CODES = {"ISR": "001", "IVA": "002", "IEPS": "003"}
ISSUER_ZIP = "06600"
CENT = Decimal("0.01")

Record = dict[str, Any]


@cache
def _schema() -> etree.XMLSchema:
    """SAT's cfdv40.xsd with its catalogues and types, from satcfdi's own folder: nothing is fetched."""
    from satcfdi.transform import SCHEMA_ROOT

    path = Path(SCHEMA_ROOT, "www.sat.gob.mx", "sitio_internet", "cfd", "4", "cfdv40.xsd")
    return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))


def judge(payment: Record) -> list[str]:
    """What SAT's schema refuses in the payment's CFDI, and a total that is not its `amount` (cents)."""
    made = comprobante(payment)
    root = made.to_xml(include_schema_location=False)
    root.set("NoCertificado", "0" * 20)
    schema = _schema()
    refused = [] if schema.validate(root) else [error.message for error in schema.error_log]
    total, answered = Decimal(made["Total"]), Decimal(payment["amount"]) / 100
    if abs(total - answered) > sum(map(_leeway, payment["items"])):
        refused.append(f"total {total}, not {answered}")
    return refused


def _leeway(item: Record) -> Decimal:
    """By how much two ways of rounding may differ: a cent a line, and what is lost in a price of six decimals.

    SAT lets a line's amount differ from quantity by price by the latter (CFDI40167); taxes may double it.
    """
    return CENT + Decimal(item["quantity"]) * Decimal("0.000001")


def comprobante(payment: Record) -> Any:
    from satcfdi.create.cfd import cfdi40

    client, paid = payment["client"], payment["status"] == "succeeded"
    moment = datetime.fromtimestamp(payment["date"] // 1000, UTC).astimezone(ZoneInfo("America/Mexico_City"))
    invoice = payment["invoiceConfig"]
    foreign = payment["currency"] != "MXN"
    return cfdi40.Comprobante(
        emisor=cfdi40.Emisor("EKU9003173C9", "ESCUELA KEMPER URGATE", "601"),
        lugar_expedicion=ISSUER_ZIP,
        receptor=cfdi40.Receptor(
            rfc=client["rfc"],
            nombre=client.get("legal_name") or client["name"],
            domicilio_fiscal_receptor=client["address"]["zip"],
            regimen_fiscal_receptor=client["tax_system"],
            uso_cfdi=client["use"],
        ),
        conceptos=[_concepto(item) for item in payment["items"]],
        moneda=payment["currency"],
        tipo_cambio=Decimal(payment["exchange"]) if foreign else None,
        forma_pago=payment["payment_form"] if paid else "99",
        metodo_pago="PUE" if paid else "PPD",
        serie=invoice.get("series"),
        folio=invoice.get("folio"),
        fecha=moment.replace(tzinfo=None),
    )


def _concepto(item: Record) -> Any:
    from satcfdi.create.cfd import cfdi40

    taxes = {side: [_tax(tax, item) for tax in item["taxes"] if tax["retained"] is held] for side, held in SIDES}
    return cfdi40.Concepto(
        clave_prod_serv=item["product_key"],
        cantidad=Decimal(item["quantity"]),
        clave_unidad=item["unit_key"],
        unidad=item["unit_name"],
        descripcion=item["description"],
        valor_unitario=Decimal(item["unitPrice"]),
        descuento=Decimal(item["discount"]) or None,
        impuestos=cfdi40.Impuestos(
            traslados=taxes["traslados"] or None, retenciones=taxes["retenciones"] or None
        ) if item["taxes"] else None,
    )  # fmt: skip


SIDES = (("traslados", False), ("retenciones", True))


def _tax(tax: Record, item: Record) -> Any:
    from satcfdi.create.cfd import cfdi40

    kind = cfdi40.Retencion if tax["retained"] else cfdi40.Traslado
    exempt, quota = tax["factor"] == "Exento", tax["factor"] == "Cuota"
    rate, quantity = Decimal(tax["rate"]), Decimal(item["quantity"])
    return kind(
        impuesto=CODES[tax["type"]],
        tipo_factor=tax["factor"],
        tasa_o_cuota=None if exempt else rate.quantize(Decimal("0.000001")),
        # A quota is of units, not of money: satcfdi leaves base and amount to its caller.
        base=quantity if quota else None,
        importe=(quantity * rate).quantize(CENT) if quota else None,
    )
