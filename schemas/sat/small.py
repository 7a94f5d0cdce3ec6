"""SAT's small CFDI 4.0 catalogues, as literals: who may use what, and which rates exist.

Source: catCFDI 4.0 as in force on `EDITION`. Keys are text and keep their zeros; rates are Decimal.
`F` is a persona física (RFC of 13 characters), `M` a persona moral (12). Nothing here reads a file;
products, units and postal codes are too many for literals and live in `schemas.sat.frames`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, TypeVar

from schemas.sat.currencies import CURRENCIES as CURRENCIES
from schemas.sat.currencies import Currency as Currency

EDITION = date(2026, 8, 6)

Person = Literal["F", "M"]
Factor = Literal["Tasa", "Cuota", "Exento"]


@dataclass(frozen=True, slots=True)
class Regime:
    """One row of c_RegimenFiscal: `persons` says which kinds of person can be in it."""

    key: str
    description: str
    persons: frozenset[Person]


@dataclass(frozen=True, slots=True)
class Use:
    """One row of c_UsoCFDI: the receiver must be one of `persons` and in one of `regimes`."""

    key: str
    description: str
    persons: frozenset[Person]
    regimes: frozenset[str]


@dataclass(frozen=True, slots=True)
class PaymentForm:
    """One row of c_FormaPago. The patterns match a whole account number; None means no account may be given."""

    key: str
    description: str
    payer_account: str | None = None
    beneficiary_account: str | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of c_TasaOCuota: a fixed rate (`low == high`) or a closed range. `border` marks the 8 % credit."""

    tax: str
    factor: Factor
    low: Decimal
    high: Decimal
    transfer: bool
    withholding: bool
    border: bool = False


_Row = TypeVar("_Row", Regime, Use, PaymentForm)


def _by_key(rows: Iterator[_Row]) -> Mapping[str, _Row]:
    return MappingProxyType({row.key: row for row in rows})


# --- régimes -----------------------------------------------------------------------------------------------

_PERSONS: Mapping[str, frozenset[Person]] = {
    "F": frozenset({"F"}),
    "M": frozenset({"M"}),
    "FM": frozenset({"F", "M"}),
}
_REGIMES = (
    ("601", "M", "General de Ley Personas Morales"),
    ("603", "M", "Personas Morales con Fines no Lucrativos"),
    ("605", "F", "Sueldos y Salarios e Ingresos Asimilados a Salarios"),
    ("606", "F", "Arrendamiento"),
    ("607", "F", "Régimen de Enajenación o Adquisición de Bienes"),
    ("608", "F", "Demás ingresos"),
    ("610", "FM", "Residentes en el Extranjero sin Establecimiento Permanente en México"),
    ("611", "F", "Ingresos por Dividendos (socios y accionistas)"),
    ("612", "F", "Personas Físicas con Actividades Empresariales y Profesionales"),
    ("614", "F", "Ingresos por intereses"),
    ("615", "F", "Régimen de los ingresos por obtención de premios"),
    ("616", "F", "Sin obligaciones fiscales"),
    ("620", "M", "Sociedades Cooperativas de Producción que optan por diferir sus ingresos"),
    ("621", "F", "Incorporación Fiscal"),
    ("622", "M", "Actividades Agrícolas, Ganaderas, Silvícolas y Pesqueras"),
    ("623", "M", "Opcional para Grupos de Sociedades"),
    ("624", "M", "Coordinados"),
    ("625", "F", "Régimen de las Actividades Empresariales con ingresos a través de Plataformas Tecnológicas"),
    ("626", "FM", "Régimen Simplificado de Confianza"),
)
REGIMES: Mapping[str, Regime] = _by_key(Regime(key, text, _PERSONS[who]) for key, who, text in _REGIMES)

# In the XSD and in some packages, but not in the workbook a PAC validates against.
LEGACY_REGIMES = frozenset({"609", "628", "629", "630"})

# --- uses: five patterns of régimes, each use names its pattern ----------------------------------------------

_EVERY_REGIME = frozenset(REGIMES)
_BUSINESS = frozenset(["601", "603", "606", "612", "620", "621", "622", "623", "624", "625", "626"])
_USE_PATTERNS: Mapping[str, tuple[str, frozenset[str]]] = {
    "expenses": ("FM", _BUSINESS),
    "refunds": ("FM", _BUSINESS | {"616"}),
    "deductions": ("F", frozenset(["605", "606", "607", "608", "611", "612", "614", "615", "625"])),
    "payroll": ("F", frozenset({"605"})),
    "any": ("FM", _EVERY_REGIME),
}
_USES = (
    ("G01", "expenses", "Adquisición de mercancías"),
    ("G02", "refunds", "Devoluciones, descuentos o bonificaciones"),
    ("G03", "expenses", "Gastos en general"),
    ("I01", "expenses", "Construcciones"),
    ("I02", "expenses", "Mobiliario y equipo de oficina por inversiones"),
    ("I03", "expenses", "Equipo de transporte"),
    ("I04", "expenses", "Equipo de computo y accesorios"),
    ("I05", "expenses", "Dados, troqueles, moldes, matrices y herramental"),
    ("I06", "expenses", "Comunicaciones telefónicas"),
    ("I07", "expenses", "Comunicaciones satelitales"),
    ("I08", "expenses", "Otra maquinaria y equipo"),
    ("D01", "deductions", "Honorarios médicos, dentales y gastos hospitalarios"),
    ("D02", "deductions", "Gastos médicos por incapacidad o discapacidad"),
    ("D03", "deductions", "Gastos funerales"),
    ("D04", "deductions", "Donativos"),
    ("D05", "deductions", "Intereses reales efectivamente pagados por créditos hipotecarios (casa habitación)"),
    ("D06", "deductions", "Aportaciones voluntarias al SAR"),
    ("D07", "deductions", "Primas por seguros de gastos médicos"),
    ("D08", "deductions", "Gastos de transportación escolar obligatoria"),
    ("D09", "deductions", "Depósitos en cuentas para el ahorro, primas que tengan como base planes de pensiones"),
    ("D10", "deductions", "Pagos por servicios educativos (colegiaturas)"),
    ("S01", "any", "Sin efectos fiscales"),
    ("CP01", "any", "Pagos"),
    ("CN01", "payroll", "Nómina"),
)
USES: Mapping[str, Use] = _by_key(
    Use(key, text, _PERSONS[_USE_PATTERNS[pattern][0]], _USE_PATTERNS[pattern][1]) for key, pattern, text in _USES
)

LEGACY_USES = frozenset({"P01"})  # "por definir", CFDI 3.3 only
RESERVED_USES: Mapping[str, str] = {"CP01": "payment receipts", "CN01": "payroll"}


# --- payments ------------------------------------------------------------------------------------------------

_ANY_ACCOUNT = "[0-9]{10,11}|[0-9]{15,16}|[0-9]{18}|[A-Z0-9_]{10,50}"
_PAYMENT_FORMS = (
    PaymentForm("01", "Efectivo"),
    PaymentForm("02", "Cheque nominativo", "[0-9]{11}|[0-9]{18}", _ANY_ACCOUNT),
    PaymentForm("03", "Transferencia electrónica de fondos", "[0-9]{10}|[0-9]{16}|[0-9]{18}", "[0-9]{10}|[0-9]{18}"),
    PaymentForm("04", "Tarjeta de crédito", "[0-9]{16}", _ANY_ACCOUNT),
    PaymentForm("05", "Monedero electrónico", _ANY_ACCOUNT, _ANY_ACCOUNT),
    PaymentForm("06", "Dinero electrónico", "[0-9]{10}"),
    PaymentForm("08", "Vales de despensa"),
    PaymentForm("12", "Dación en pago"),
    PaymentForm("13", "Pago por subrogación"),
    PaymentForm("14", "Pago por consignación"),
    PaymentForm("15", "Condonación"),
    PaymentForm("17", "Compensación"),
    PaymentForm("23", "Novación"),
    PaymentForm("24", "Confusión"),
    PaymentForm("25", "Remisión de deuda"),
    PaymentForm("26", "Prescripción o caducidad"),
    PaymentForm("27", "A satisfacción del acreedor"),
    PaymentForm("28", "Tarjeta de débito", "[0-9]{16}", _ANY_ACCOUNT),
    PaymentForm("29", "Tarjeta de servicios", "[0-9]{15,16}", _ANY_ACCOUNT),
    PaymentForm("30", "Aplicación de anticipos"),
    PaymentForm("31", "Intermediario pagos"),
    PaymentForm("99", "Por definir"),
)
PAYMENT_FORMS: Mapping[str, PaymentForm] = _by_key(iter(_PAYMENT_FORMS))
LEGACY_PAYMENT_FORMS = frozenset(["07", "09", "10", "11", "16", "18", "19", "20", "21", "22", "98"])

PAYMENT_METHODS: Mapping[str, str] = MappingProxyType(
    {"PUE": "Pago en una sola exhibición", "PPD": "Pago en parcialidades o diferido"}
)

# What people write for a currency, folded to upper case without dots, and what they mean.
CURRENCY_SPELLINGS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("MXP", "MN", "PESO", "PESOS", "PESO MEXICANO", "MEX"), "MXN")
    | dict.fromkeys(("US", "DLS", "DLLS", "DLL", "DOLAR", "DÓLAR", "DOLARES", "DÓLARES", "USDLLS"), "USD")
    | dict.fromkeys(("EURO", "EUROS", "€"), "EUR")
)
NO_CURRENCY = "XXX"
TEST_CURRENCY = "XTS"

# --- taxes ---------------------------------------------------------------------------------------------------

TAXES: Mapping[str, str] = MappingProxyType({"001": "ISR", "002": "IVA", "003": "IEPS"})
FACTORS: tuple[Factor, ...] = ("Tasa", "Cuota", "Exento")

TAX_OBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "01": "No objeto de impuesto",
        "02": "Sí objeto de impuesto",
        "03": "Sí objeto del impuesto y no obligado al desglose",
        "04": "Sí objeto del impuesto y no causa impuesto",
        "05": "Sí objeto del impuesto, IVA crédito PODEBI",
        "06": "Sí objeto del IVA, No traslado IVA",
        "07": "No traslado del IVA, Sí desglose IEPS",
        "08": "No traslado del IVA, No desglose IEPS",
    }
)

# SAT raises the cap every 1 January: above the last one known is a doubt, not an error (rule TAX-RATE).
IEPS_QUOTA_CAPS: Mapping[int, Decimal] = MappingProxyType(
    {
        2022: Decimal("59.1449"),
        2024: Decimal("66.5062"),
        2025: Decimal("69.5255"),
        2026: Decimal("72.1605"),
    }
)
_IEPS_RATES = ["0.06", "0.07", "0.08", "0.09", "0.25", "0.265", "0.30", "0.304", "0.50", "0.53", "1.60"]


def _fixed(tax: str, rate: str, *, withholding: bool = False, border: bool = False) -> Rate:
    value = Decimal(rate)
    return Rate(tax, "Tasa", value, value, transfer=True, withholding=withholding, border=border)


_ZERO = Decimal(0)
RATES: tuple[Rate, ...] = (
    _fixed("IVA", "0"),
    _fixed("IVA", "0.16"),
    _fixed("IVA", "0.08", border=True),
    Rate("IVA", "Tasa", _ZERO, Decimal("0.16"), transfer=False, withholding=True),
    Rate("ISR", "Tasa", _ZERO, Decimal("0.35"), transfer=False, withholding=True),
    _fixed("IEPS", "0"),
    _fixed("IEPS", "0.03"),
    *(_fixed("IEPS", rate, withholding=True) for rate in _IEPS_RATES),
    Rate("IEPS", "Cuota", _ZERO, max(IEPS_QUOTA_CAPS.values()), transfer=True, withholding=True),
)


def rates(tax: str, factor: str, *, withholding: bool) -> tuple[Rate, ...]:
    """The rates SAT lists for one kind of tax line; none means that the line itself is impossible.

    `Exento` carries no rate, so it is never listed: it is legal for an IVA transfer and nothing else.
    """
    return tuple(
        rate
        for rate in RATES
        if rate.tax == tax and rate.factor == factor and (rate.withholding if withholding else rate.transfer)
    )


# --- places --------------------------------------------------------------------------------------------------

_STATES = (
    ("AGU", "Aguascalientes", "20"),
    ("BCN", "Baja California", "21-22"),
    ("BCS", "Baja California Sur", "23"),
    ("CAM", "Campeche", "24"),
    ("CHP", "Chiapas", "29-30"),
    ("CHH", "Chihuahua", "31-33"),
    ("CMX", "Ciudad de México", "01-16"),
    ("COA", "Coahuila", "25-27"),
    ("COL", "Colima", "28"),
    ("DUR", "Durango", "34-35"),
    ("GUA", "Guanajuato", "36-38"),
    ("GRO", "Guerrero", "39-41"),
    ("HID", "Hidalgo", "42-43"),
    ("JAL", "Jalisco", "44-49"),
    ("MEX", "Estado de México", "50-57"),
    ("MIC", "Michoacán", "58-61"),
    ("MOR", "Morelos", "62"),
    ("NAY", "Nayarit", "63 68"),
    ("NLE", "Nuevo León", "64-67"),
    ("OAX", "Oaxaca", "68-71"),
    ("PUE", "Puebla", "72-75"),
    ("QUE", "Querétaro", "76"),
    ("ROO", "Quintana Roo", "77"),
    ("SLP", "San Luis Potosí", "78-79"),
    ("SIN", "Sinaloa", "80-82"),
    ("SON", "Sonora", "83-85"),
    ("TAB", "Tabasco", "86"),
    ("TAM", "Tamaulipas", "87-89"),
    ("TLA", "Tlaxcala", "90"),
    ("VER", "Veracruz", "91-96"),
    ("YUC", "Yucatán", "97"),
    ("ZAC", "Zacatecas", "98-99"),
)
STATES: Mapping[str, str] = MappingProxyType({key: name for key, name, _ in _STATES})


def _prefixes(ranges: str) -> Iterator[str]:
    for span in ranges.split():
        first, _, last = span.partition("-")
        yield from (f"{number:02d}" for number in range(int(first), int(last or first) + 1))


def _states_by_prefix() -> Mapping[str, frozenset[str]]:
    states: dict[str, frozenset[str]] = {}
    for key, _, ranges in _STATES:
        for prefix in _prefixes(ranges):
            states[prefix] = states.get(prefix, frozenset()) | {key}
    return MappingProxyType(states)


# First two digits of a postal code to the states it can be in; only 68 has two (Oaxaca, and one code of Nayarit).
STATES_OF_ZIP: Mapping[str, frozenset[str]] = _states_by_prefix()

# --- keys with a meaning of their own --------------------------------------------------------------------------

NATIONAL_GENERIC_RFC = "XAXX010101000"
FOREIGN_GENERIC_RFC = "XEXX010101000"
GENERIC_RFCS = frozenset({NATIONAL_GENERIC_RFC, FOREIGN_GENERIC_RFC})
THIRD_PARTY_RFC = "EXT990101NI1"  # only for sales on account of a third party, never a client
PUBLIC_NAME = "PUBLICO EN GENERAL"

GENERIC_PRODUCT_KEY = "01010101"  # "No existe en el catálogo": legal, meant for global invoices
BILLING_PRODUCT_KEY = "84111506"  # reserved for payment receipts and advances
UNUSABLE_UNIT_KEYS = frozenset({"Dx"})  # the workbook says Dx, the XSD says DX: refused either way
UNASSIGNED_ZIP = "00000"  # in the XSD and the workbook, not a postal code
