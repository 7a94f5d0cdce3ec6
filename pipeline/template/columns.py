"""The columns of the workbooks to fill in, as data: heading, field, examples, and the list a cell is chosen from.

To add one: one line. Each heading is one that an import understands for that field (tests/template/test_template.py).
"""

from typing import NamedTuple

from schemas.spec import INTERNAL_ID

__all__ = ["SHEETS", "SheetSpec", "TemplateColumn"]


class TemplateColumn(NamedTuple):
    """`choices` names a list of `pipeline.template.choices`; `width` is in characters.

    `text` keeps zeros in front: such a cell is text whatever is typed.
    """

    heading: str
    field: str
    examples: tuple[str | float, str | float, str | float]
    about: str
    choices: str | None = None
    text: bool = True
    width: int = 18


class SheetSpec(NamedTuple):
    """A sheet for one resource."""

    title: str
    resource: str
    columns: tuple[TemplateColumn, ...]


_C = TemplateColumn
_HOUR, _SERVICE = "HUR - Hora", "E48 - Unidad de servicio"


def _key_columns(prefix: str, products: tuple[str, str, str], units: tuple[str, str, str]) -> tuple[_C, _C]:
    """The two columns of SAT's keys, of a service and of what was paid."""
    return (
        _C("Clave de producto", f"{prefix}product_key", products, "Clave del SAT: búsquela en la hoja de claves."),
        _C("Clave de unidad", f"{prefix}unit_key", units, "Clave de unidad del SAT.", "units", width=26),
    )


_REFERENCE = _C("Referencia", "metadata.reference", ("CRM-1040", "", ""), "Lo que usted quiera. Opcional.")
_CLIENTS = (
    _C(
        "Clave interna",
        INTERNAL_ID,
        ("CLI-001", "CLI-002", "CLI-003"),
        "Su propia clave, única; con ella se evita enviar dos veces.",
    ),
    _C(
        "Nombre",
        "name",
        ("Molinos del Bajío", "Ana Pérez Ruiz", "Público en general"),
        "Nombre con el que usted lo conoce.",
        width=30,
    ),
    _C(
        "Razón social",
        "legal_name",
        ("MOLINOS Y HARINAS DEL BAJIO", "ANA PEREZ RUIZ", "PUBLICO EN GENERAL"),
        "Como en la constancia de situación fiscal, sin S.A. de C.V.",
        width=34,
    ),
    _C("RFC", "rfc", ("MHB9804179F8", "XIQB891116QE4", "XAXX010101000"), "Doce o trece letras y cifras."),
    _C(
        "Correo electrónico",
        "email",
        ("facturas@molinos.example", "ana@correo.example", "ventas@tienda.example"),
        "A donde llegan sus facturas.",
        width=28,
    ),
    _C("Teléfono", "phone", ("55 5550 0001", "", ""), "Opcional."),
    _C(
        "Régimen fiscal",
        "tax_system",
        (
            "601 - General de Ley Personas Morales",
            "612 - Personas Físicas con Actividades Empresariales y Profesionales",
            "616 - Sin obligaciones fiscales",
        ),
        "El de su constancia.",
        "regimes",
        width=34,
    ),
    _C(
        "Uso CFDI",
        "use",
        ("G03 - Gastos en general", "G03 - Gastos en general", "S01 - Sin efectos fiscales."),
        "Para qué usará la factura.",
        "uses",
        width=30,
    ),
    _C("Calle", "address.street", ("Blvd. Aeropuerto 1450", "", ""), "Calle y número. Opcional.", width=28),
    _C("Ciudad", "address.city", ("León", "", ""), "Opcional."),
    _C("Estado", "address.state", ("Guanajuato", "", ""), "Opcional."),
    _C("Código postal", "address.zip", ("37000", "06600", "06600"), "El del domicilio fiscal, con sus ceros."),
    _C("País", "address.country", ("MEX", "MEX", "MEX"), "Tres letras."),
    _REFERENCE,
)

_SERVICES = (
    _C("Clave interna", INTERNAL_ID, ("SRV-001", "SRV-002", "SRV-003"), "Su propia clave, única."),
    _C("Nombre", "name", ("Consultoría", "Asesoría", "Soporte"), "Nombre del producto o servicio.", width=28),
    _C(
        "Descripción",
        "description",
        ("Consultoría de procesos", "Asesoría por hora", "Soporte mensual"),
        "Lo que dirá la factura.",
        width=36,
    ),
    _C("Categoría", "category", ("consultoria", "", ""), "Opcional."),
    _C("Precio sin IVA", "price", (1250.0, 1480.5, 99.0), "Precio unitario antes de impuestos.", text=False),
    _C(
        "Moneda",
        "currency",
        ("MXN - Peso Mexicano", "MXN - Peso Mexicano", "USD - Dolar americano"),
        "Moneda del precio.",
        "currencies",
        width=22,
    ),
    _C("Unidad", "unit", ("hora", "hora", "mes"), "Como usted la llama."),
    _C("% IVA", "taxRate", (16.0, 16.0, 0.0), "Tasa de IVA en porcentaje: 16, 8 o 0.", text=False),
    *_key_columns("", ("80101500", "80101507", "81111811"), (_HOUR, _HOUR, _SERVICE)),
    _REFERENCE,
)

_PAYMENTS = (
    _C(
        "Folio interno",
        INTERNAL_ID,
        ("PAG-001", "PAG-001", "PAG-002"),
        "Su propia clave del pago. Varias líneas con la misma clave son un pago de varios conceptos.",
    ),
    _C(
        "Clave cliente",
        "client_ref",
        ("CLI-001", "CLI-001", "CLI-002"),
        "La clave interna de un cliente de la hoja Clientes.",
    ),
    _C("Pagado", "paid", ("Sí", "Sí", "Sí"), "Si ya se cobró.", "yes_no", width=10),
    _C(
        "Forma de pago",
        "paymentMethod",
        ("03 - Transferencia electrónica de fondos", "03 - Transferencia electrónica de fondos", "01 - Efectivo"),
        "Clave del SAT.",
        "forms",
        width=34,
    ),
    _C(
        "Método de pago",
        "cfdi_method",
        ("PUE - Pago en una sola exhibición", "PUE - Pago en una sola exhibición", "PUE - Pago en una sola exhibición"),
        "PUE o PPD.",
        "methods",
        width=30,
    ),
    _C("Fecha de pago", "date", ("2026-06-01", "2026-06-01", "2026-06-15"), "Año, mes y día."),
    _C(
        "Moneda",
        "currency",
        ("MXN - Peso Mexicano", "MXN - Peso Mexicano", "MXN - Peso Mexicano"),
        "Moneda del pago.",
        "currencies",
        width=22,
    ),
    _C("Tipo de cambio", "exchange", ("", "", ""), "Pesos por unidad, si la moneda no es MXN.", text=False),
    _C("Concepto", "items.name", ("Consultoría", "Viáticos", "Soporte"), "Nombre de lo que se cobra.", width=26),
    _C(
        "Descripción",
        "items.description",
        ("Consultoría de procesos", "Viáticos de junio", "Soporte mensual"),
        "Lo que dirá la factura.",
        width=34,
    ),
    _C("Cantidad", "items.quantity", (2.0, 1.0, 1.0), "Cuántas unidades.", text=False, width=10),
    _C("Importe sin IVA", "items.total", (2500.0, 800.0, 99.0), "Total de la línea antes de impuestos.", text=False),
    _C("Descuento", "items.discount", ("", "", ""), "Opcional.", text=False),
    _C(
        "Impuestos",
        "items.taxes",
        ("IVA 16%", "IVA 16%", "IVA 16%"),
        "Por ejemplo IVA 16%; IVA 16%, ret. ISR 10%.",
        width=16,
    ),
    *_key_columns("items.", ("80101500", "90111501", "81111811"), (_HOUR, _SERVICE, _SERVICE)),
    _C("Unidad", "items.unit_name", ("Hora", "Servicio", "Servicio"), "Como usted la llama."),
    _REFERENCE,
)

SHEETS = (
    SheetSpec("Clientes", "clients", _CLIENTS),
    SheetSpec("Servicios", "services", _SERVICES),
    SheetSpec("Pagos", "payments", _PAYMENTS),
)
