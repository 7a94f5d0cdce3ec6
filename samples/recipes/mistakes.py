"""One mistake per record. The prefix of the internalId is the promise: MAL rejected, AVISO warned of,
ARREGLO repaired, BIEN good; README.md says what each is about."""

# ruff: noqa: E501 - the tables below read as tables, one record a line

from datetime import date

from . import payments
from .clients import Company, Person, Row, client_row

Change = dict[str, str]

PAYMENT_COLUMNS = (
    *payments.COLUMNS[:2],
    "clientId",
    "email",
    *payments.COLUMNS[2:],
)

GOOD_PAYMENT: Change = {
    "paid": "true",
    "paymentMethod": "03",
    "currency": "MXN",
    "items.name": "Soporte técnico mensual",
    "items.description": "Mesa de ayuda en horario de oficina",
    "items.quantity": "1",
    "items.total": "4800.00",
    "items.product_key": "81111811",
    "items.unit_key": "MON",
    "items.unit_name": "Mes",
    "items.taxes": "IVA 0.16",
}
NO_ITEM: Change = {column: "" for column in payments.COLUMNS if column.startswith("items.")}
ONLY_ITEM: Change = dict.fromkeys((*payments.HEADER_COLUMNS, "clientId", "email"), "")

PAYMENTS: tuple[tuple[str, Change], ...] = (
    ("BIEN-uno", {}),
    ("MAL-sin-cliente", {"client_ref": ""}),
    ("MAL-dos-clientes", {"clientId": "client_8Qm2ZtR4"}),
    ("MAL-cliente-desconocido", {"client_ref": "CLI-9999"}),
    ("MAL-servicio-desconocido", NO_ITEM | {"items.quantity": "1", "items.service_ref": "SRV-999"}),
    ("MAL-sin-partidas", NO_ITEM),
    ("MAL-partida-sin-nombre", {"items.name": ""}),
    ("MAL-cantidad-cero", {"items.quantity": "0"}),
    ("MAL-cantidad-negativa", {"items.quantity": "-2"}),
    ("MAL-total-tres-decimales", {"items.total": "4800.125"}),
    ("MAL-total-nan", {"items.total": "NaN"}),
    ("MAL-total-texto", {"items.total": "mil quinientos"}),
    ("BIEN-dos", {"email": "pagos@cliente.example"}),
    ("MAL-forma-07", {"paymentMethod": "07"}),
    ("MAL-forma-letra", {"paymentMethod": "T"}),
    ("ARREGLO-forma-un-digito", {"paymentMethod": "3"}),
    ("MAL-moneda-pesos", {"currency": "PESOS"}),
    ("ARREGLO-moneda-minuscula", {"currency": "mxn"}),
    ("MAL-pagado-sin-forma", {"paymentMethod": ""}),
    ("MAL-pagado-ilegible", {"paid": "quizá"}),
    ("MAL-fecha-imposible", {"date": "2026-02-30"}),
    ("MAL-fecha-mezclada", {"date": "25/10/2026"}),
    ("MAL-correo", {"email": "pagos(arroba)cliente.example"}),
    ("BIEN-tres", {"items.taxes": "IVA 16%; ISR ret 0.10"}),
    ("MAL-encabezado-distinto", {}),
    ("MAL-encabezado-distinto", {"paymentMethod": "04"}),
    ("", {}),
    ("MAL-impuesto-ilegible", {"items.taxes": "más el impuesto"}),
    ("MAL-tasa-16", {"items.taxes": "IVA 16"}),
    ("MAL-exento-con-tasa", {"items.taxes": "IVA exento 0.16"}),
    ("MAL-isr-trasladado", {"items.taxes": "ISR 0.10"}),
    ("MAL-clave-7-digitos", {"items.product_key": "8111181"}),
    ("MAL-unidad-pza", {"items.unit_key": "PZA", "items.unit_name": "Pieza"}),
    ("AVISO-usd-sin-tipo-de-cambio", {"currency": "USD"}),
    ("MAL-mxn-con-tipo-de-cambio", {"exchange": "17.5"}),
    ("MAL-descuento-mayor", {"items.discount": "4800.01"}),
    ("MAL-descuento-negativo", {"items.discount": "-100.00"}),
    ("BIEN-cuatro", {"items.discount": "480.00"}),
    ("BIEN-cuatro", ONLY_ITEM | {"items.quantity": "2", "items.total": "9600.00"}),
    ("BIEN-cinco", {"paid": "false", "paymentMethod": ""}),
)

# internalId, the client it would be, what is changed in it. No two share an RFC or an e-mail.
# fmt: off
CLIENTS: tuple[tuple[str, Company | Person, Change], ...] = (
    ("BIEN-empresa", Company("Quesos La Nopalera", "QUESOS Y CREMAS NOPALERA", date(2013, 5, 14), "601", "G01", "Corregidora 81", "76000", "alimentos"), {}),
    ("MAL-rfc-mes-13", Person("EMMA", "GOMEZ", "DIAZ", date(1956, 12, 31), "612", "G03", "Orizaba 15", "06700"), {"rfc": "GODE561331GR8"}),
    ("MAL-rfc-corto", Person("NADIA", "HUERTA", "LARA", date(1993, 2, 4), "612", "G03", "Orizaba 16", "06700"), {"rfc": "HULN930204"}),
    ("MAL-sin-rfc", Person("PABLO", "JUAREZ", "MIER", date(1984, 6, 18), "612", "G03", "Orizaba 17", "06700"), {"rfc": ""}),
    ("MAL-rfc-letra-por-digito", Person("ERNESTO", "GOMEZ", "DURAN", date(1956, 12, 31), "612", "G03", "Orizaba 18", "06700"), {"rfc": "GODE56123IGR8"}),
    ("AVISO-digito-verificador", Person("TOMAS", "ROBLES", "VEGA", date(1980, 8, 8), "612", "G03", "Orizaba 19", "06700"), {"rfc": "ROVT800808B15"}),
    ("MAL-regimen-612-moral", Company("Vidrios Laguna Seca", "VIDRIOS TEMPLADOS LAGUNA", date(2004, 4, 4), "612", "G03", "Morelos 900", "26015"), {}),
    ("MAL-uso-g03-asalariado", Person("SILVIA", "PONCE", "HARO", date(1989, 1, 31), "605", "G03", "Orizaba 20", "06700"), {}),
    ("MAL-uso-p01", Person("FELIPE", "NIETO", "SALAS", date(1976, 10, 10), "612", "P01", "Orizaba 21", "06700"), {}),
    ("MAL-regimen-629", Person("CARMEN", "VELEZ", "OROZCO", date(1971, 3, 25), "629", "S01", "Orizaba 22", "06700"), {}),
    ("BIEN-persona", Person("LAURA", "ESTRADA", "MORA", date(1992, 7, 16), "612", "G03", "Orizaba 23", "06700"), {}),
    ("MAL-cp-3-digitos", Person("DIEGO", "AVALOS", "REYNA", date(1998, 9, 9), "612", "G03", "Orizaba 24", "06700"), {"address.zip": "670"}),
    ("MAL-cp-00000", Person("ALMA", "TREVIÑO", "SOLIS", date(1985, 12, 1), "612", "G03", "Orizaba 25", "06700"), {"address.zip": "00000"}),
    ("MAL-correo", Person("BRUNO", "CASTRO", "IÑIGO", date(1990, 11, 11), "612", "G03", "Orizaba 26", "06700"), {"email": "bruno.castro.correo.example"}),
    ("MAL-sin-nombre", Person("MARTA", "SALINAS", "GIL", date(1967, 4, 13), "612", "G03", "Orizaba 27", "06700"), {"name": ""}),
    ("MAL-generico-g03", Company("Ventas de mostrador", "VENTAS DE MOSTRADOR", date(2000, 1, 1), "616", "G03", "", "06600"), {"rfc": "XAXX010101000"}),
    ("MAL-id-repetido", Person("IRENE", "LUNA", "BRAVO", date(1982, 2, 2), "612", "G03", "Orizaba 28", "06700"), {}),
    ("MAL-id-repetido", Person("ULISES", "MEDINA", "ROJO", date(1974, 5, 5), "612", "G03", "Orizaba 29", "06700"), {}),
    ("AVISO-nombre-con-sociedad", Company("Bombas Río Verde", "BOMBAS HIDRAULICAS RIOVERDE", date(2010, 10, 10), "601", "G03", "Juárez 12", "78000"), {"legal_name": "BOMBAS HIDRAULICAS RIOVERDE SA DE CV"}),
    ("ARREGLO-nombre-minusculas", Company("Lonas El Girasol", "LONAS Y TOLDOS GIRASOL", date(2015, 6, 30), "601", "G03", "Zaragoza 45", "72000"), {"legal_name": "Lonas y Toldos Girasol"}),
    ("ARREGLO-cp-sin-cero", Person("SONIA", "BECERRA", "MATA", date(1994, 8, 22), "612", "G03", "Orizaba 30", "06700"), {"address.zip": "6700"}),
    ("ARREGLO-rfc-con-guiones", Company("Dulces Tía Meche", "DULCES REGIONALES MECHE", date(2012, 12, 12), "601", "G01", "Victoria 9", "58000"), {"rfc": "DRM-121212-NFA"}),
    ("ARREGLO-regimen-decimal", Person("CLAUDIA", "FUENTES", "ROMO", date(1988, 10, 3), "612", "G03", "Orizaba 31", "06700"), {"tax_system": "612.0"}),
    ("BIEN-resico", Company("Estudio Ocre", "ESTUDIO FOTOGRAFICO OCRE", date(2021, 9, 21), "626", "G03", "Av. Vallarta 12", "44100", "medios"), {}),
)
# fmt: on


def payment_rows() -> list[Row]:
    """payments_mistakes.csv; its clients are those of clients.csv."""
    rows: list[Row] = []
    for number, (internal_id, change) in enumerate(PAYMENTS, start=1):
        row = dict.fromkeys(PAYMENT_COLUMNS, "") | GOOD_PAYMENT
        row |= {
            "internalId": internal_id,
            "client_ref": f"CLI-{number:04d}",
            "date": f"2026-10-{1 + number % 28:02d}T12:00:00",
            "metadata.reference": f"ERR-{number:03d}",
        }
        if rows and rows[-1]["internalId"] == internal_id:
            row |= {column: rows[-1][column] for column in payments.HEADER_COLUMNS}
        rows.append(row | change)
    return rows


def client_rows() -> list[Row]:
    """clients_mistakes.csv."""
    return [
        client_row(client) | {"internalId": internal_id, "phone": f"55 5570 {number:04d}"} | change
        for number, (internal_id, client, change) in enumerate(CLIENTS, start=1)
    ]
