# ruff: noqa: E501 - the tables below read as tables, one record a line
"""What the invented issuer sells: software, training, paper, coffee and freight."""

from dataclasses import dataclass
from decimal import Decimal

from .clients import Row


@dataclass(frozen=True)
class Service:
    """`price` is per unit, before tax. `taxes` is the shorthand of a payment line, not a column of services.csv."""

    internal_id: str
    name: str
    description: str
    price: Decimal
    currency: str
    category: str
    unit: str
    unit_key: str
    unit_name: str
    product_key: str
    taxes: str
    active: bool = True

    @property
    def tax_rate(self) -> str:
        """IVA as the percentage a 2025-06 service carries."""
        return "16.0" if self.taxes.startswith("IVA 0.16") else "0.0"


IVA = "IVA 0.16"
FEE = "IVA 0.16; ISR ret 0.10"
ZERO = "IVA 0"
EXEMPT = "IVA exento"
SNACK = "IVA 0; IEPS 0.08"

HOUR = ("hora", "HUR", "Hora")
MONTH = ("mes", "MON", "Mes")
YEAR = ("año", "ANN", "Año")
JOB = ("servicio", "E48", "Unidad de servicio")
PIECE = ("pieza", "H87", "Pieza")
BOX = ("caja", "XBX", "Caja")
KILO = ("kilogramo", "KGM", "Kilogramo")
TRIP = ("viaje", "E54", "Viaje")

# name, description, price, currency, category, unit, product key, taxes
Line = tuple[str, str, str, str, str, tuple[str, str, str], str, str]

# fmt: off
CATALOGUE: tuple[Line, ...] = (
    ("Consultoría de procesos", "Diagnóstico y rediseño de procesos administrativos", "1250.00", "MXN", "consultoria", HOUR, "80101500", FEE),
    ("Asesoría tecnológica", "Asesoría sobre tecnologías de la información", "1480.00", "MXN", "consultoria", HOUR, "80101507", IVA),
    ("Desarrollo a la medida", "Programación de aplicaciones a la medida", "980.00", "MXN", "software", HOUR, "81111504", FEE),
    ("Soporte técnico mensual", "Mesa de ayuda en horario de oficina", "4800.00", "MXN", "soporte", MONTH, "81111811", IVA),
    ("Póliza de mantenimiento", "Mantenimiento preventivo de equipo de cómputo", "3650.50", "MXN", "soporte", JOB, "81112307", IVA),
    ("Hospedaje web", "Hospedaje de sitio web con certificado TLS", "389.00", "MXN", "nube", MONTH, "81112105", IVA),
    ("Licencia punto de venta", "Licencia anual de punto de venta, una caja", "2990.00", "MXN", "software", YEAR, "81112501", IVA),
    ("Capacitación en facturación", "Curso de facturación electrónica para el equipo", "6200.00", "MXN", "capacitacion", JOB, "86101705", IVA),
    ("Diplomado en línea", "Diplomado con reconocimiento de validez oficial", "14500.00", "MXN", "capacitacion", JOB, "86132000", EXEMPT),
    ("Diseño de identidad", "Logotipo, paleta y manual de uso", "8750.00", "MXN", "diseno", JOB, "82141504", FEE),
    ("Publicidad en internet", "Campaña mensual en buscadores y redes", "5400.00", "MXN", "medios", MONTH, "82101603", IVA),
    ("Flete regional", "Flete en camioneta, hasta 200 km", "3200.00", "MXN", "logistica", TRIP, "78101802", IVA),
    ("Renta de sala de juntas", "Sala para diez personas con proyector", "350.00", "MXN", "espacios", HOUR, "80131502", IVA),
    ("Papel carta, caja", "Diez paquetes de 500 hojas", "1189.90", "MXN", "papeleria", BOX, "14111507", IVA),
    ("Tóner negro", "Cartucho de tóner negro, 3000 páginas", "1549.00", "MXN", "papeleria", PIECE, "44103103", IVA),
    ("Silla ejecutiva", "Silla ergonómica con descansabrazos", "4299.00", "MXN", "mobiliario", PIECE, "56112104", IVA),
    ("Laptop 14 pulgadas", "Laptop 14\", 16 GB de memoria, 512 GB", "18999.00", "MXN", "equipo", PIECE, "43211503", IVA),
    ("Impresora multifunción", "Impresora láser, copia y digitaliza", "6849.50", "MXN", "equipo", PIECE, "43212110", IVA),
    ("Lector de códigos", "Lector de códigos de barras, USB", "1125.00", "MXN", "equipo", PIECE, "43211711", IVA),
    ("Café de altura", "Café tostado y molido, Coatepec", "320.00", "MXN", "alimentos", KILO, "50201706", ZERO),
    ("Botanas surtidas", "Caja con 24 bolsas de botana", "412.50", "MXN", "alimentos", BOX, "50192100", SNACK),
    ("Libro de texto", "Contabilidad básica, tercera edición", "245.00", "MXN", "papeleria", PIECE, "55101509", ZERO),
    ("Procesamiento de datos", "Procesamiento de datos en línea, bloque mensual", "149.00", "USD", "nube", MONTH, "81112001", IVA),
    ("Implementación remota", "Remote implementation, per hour", "95.00", "USD", "consultoria", HOUR, "81111508", IVA),
    ("Mantenimiento de software", "Annual software maintenance", "1200.00", "USD", "software", YEAR, "81112210", IVA),
    ("Traducción técnica", "Traducción técnica alemán-español", "62.50", "EUR", "servicios", JOB, "82111804", IVA),
    ("Dirección de proyecto", "Projektleitung, por hora", "110.00", "EUR", "consultoria", HOUR, "80101604", IVA),
    ("Ruteador inalámbrico", "Modelo descontinuado", "899.00", "MXN", "equipo", PIECE, "43222609", IVA),
)
# fmt: on
DISCONTINUED = frozenset({"Ruteador inalámbrico"})


def _service(number: int, line: Line) -> Service:
    name, description, price, currency, category, (unit, unit_key, unit_name), product_key, taxes = line
    return Service(
        internal_id=f"SRV-{number:03d}",
        name=name,
        description=description,
        price=Decimal(price),
        currency=currency,
        category=category,
        unit=unit,
        unit_key=unit_key,
        unit_name=unit_name,
        product_key=product_key,
        taxes=taxes,
        active=name not in DISCONTINUED,
    )


SERVICES: tuple[Service, ...] = tuple(_service(n, line) for n, line in enumerate(CATALOGUE, start=1))


def service_rows() -> list[Row]:
    """28 services under the API's own headings, SAT keys beside them."""
    return [
        {
            "internalId": service.internal_id,
            "name": service.name,
            "description": service.description,
            "price": str(service.price),
            "currency": service.currency,
            "category": service.category,
            "unit": service.unit,
            "taxRate": service.tax_rate,
            "isActive": "true" if service.active else "false",
            "product_key": service.product_key,
            "unit_key": service.unit_key,
            "unit_name": service.unit_name,
        }
        for service in SERVICES
    ]
