"""What samples/README.md promises of the sample files, checked without the code that reads them."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

SAMPLES = Path(__file__).parents[1] / "samples"
ORACLE = Path(__file__).parents[2] / "shared" / "sat" / "catalogs"
needs_oracle = pytest.mark.skipif(not ORACLE.is_dir(), reason="SAT's catalogues are not beside this checkout")

Row = dict[str, str]

ERP_COLUMNS = {
    "Identificador interno": "internalId",
    "Nombre": "name",
    "Razón social": "legal_name",
    "RFC": "rfc",
    "Correo electrónico": "email",
    "Teléfono": "phone",
    "Régimen fiscal": "tax_system",
    "Uso CFDI": "use",
    "Calle": "address.street",
    "Ciudad": "address.city",
    "Estado": "address.state",
    "Código postal": "address.zip",
    "País": "address.country",
}
PAYMENT_COLUMNS = {
    "client_ref",
    "paid",
    "paymentMethod",
    "date",
    "currency",
    "exchange",
    "metadata.reference",
}
FORM = re.compile(r"0[1-68]|1[2-57]|2[3-9]|3[01]")  # the 22 of SAT, without 99 (to be defined)
GENERIC = {"XAXX010101000", "XEXX010101000"}
PEOPLE = {"605", "606", "607", "608", "610", "611", "612", "614", "615", "616", "621", "625", "626"}
COMPANIES = {"601", "603", "610", "620", "622", "623", "624", "626"}
BUSINESSES = {"601", "603", "606", "612", "620", "621", "622", "623", "624", "625", "626"}
DEDUCTING = {"605", "606", "607", "608", "611", "612", "614", "615", "625"}
SUFFIX = re.compile(r"[\s,](S\.?A\.?(P\.?I\.?)?|S\.? DE R\.?L\.?|S\.?C\.?|A\.?C\.?|DE C\.?V\.?)\s*$")
STATES = {
    "Aguascalientes": "AGU",
    "Baja California": "BCN",
    "Baja California Sur": "BCS",
    "Campeche": "CAM",
    "Chiapas": "CHP",
    "Chihuahua": "CHH",
    "Ciudad de México": "CMX",
    "Coahuila": "COA",
    "Colima": "COL",
    "Durango": "DUR",
    "Estado de México": "MEX",
    "Guanajuato": "GUA",
    "Guerrero": "GRO",
    "Hidalgo": "HID",
    "Jalisco": "JAL",
    "Michoacán": "MIC",
    "Morelos": "MOR",
    "Nayarit": "NAY",
    "Nuevo León": "NLE",
    "Oaxaca": "OAX",
    "Puebla": "PUE",
    "Querétaro": "QUE",
    "Quintana Roo": "ROO",
    "San Luis Potosí": "SLP",
    "Sinaloa": "SIN",
    "Sonora": "SON",
    "Tabasco": "TAB",
    "Tamaulipas": "TAM",
    "Tlaxcala": "TLA",
    "Veracruz": "VER",
    "Yucatán": "YUC",
    "Zacatecas": "ZAC",
}
TAX = re.compile(r"(IVA (0\.16|16%|0%?|exento)|IEPS (0\.08|8%)|ISR ret 0\.10)")

WRONG_IN_CLIENT = {
    "MAL-rfc-mes-13": {"rfc"},
    "MAL-rfc-corto": {"rfc"},
    "MAL-sin-rfc": {"rfc"},
    "MAL-rfc-letra-por-digito": {"rfc"},
    "AVISO-digito-verificador": {"check digit"},
    "MAL-regimen-612-moral": {"tax_system"},
    "MAL-uso-g03-asalariado": {"use"},
    "MAL-uso-p01": {"use"},
    "MAL-regimen-629": {"tax_system"},
    "MAL-cp-3-digitos": {"zip"},
    "MAL-cp-00000": {"zip"},
    "MAL-correo": {"email"},
    "MAL-sin-nombre": {"name"},
    "MAL-generico-g03": {"use"},
    "AVISO-nombre-con-sociedad": {"suffix"},
    "ARREGLO-nombre-minusculas": {"capitals"},
    "ARREGLO-cp-sin-cero": {"zip"},
    "ARREGLO-rfc-con-guiones": {"rfc"},
    "ARREGLO-regimen-decimal": {"tax_system"},
    "MAL-id-repetido": set(),
}
CHANGED_IN_PAYMENT = {
    "MAL-sin-cliente": {"client_ref"},
    "MAL-dos-clientes": {"clientId"},
    "MAL-cliente-desconocido": {"client_ref"},
    "MAL-partida-sin-nombre": {"items.name"},
    "MAL-cantidad-cero": {"items.quantity"},
    "MAL-cantidad-negativa": {"items.quantity"},
    "MAL-total-tres-decimales": {"items.total"},
    "MAL-total-nan": {"items.total"},
    "MAL-total-texto": {"items.total"},
    "MAL-forma-07": {"paymentMethod"},
    "MAL-forma-letra": {"paymentMethod"},
    "ARREGLO-forma-un-digito": {"paymentMethod"},
    "MAL-moneda-pesos": {"currency"},
    "ARREGLO-moneda-minuscula": {"currency"},
    "MAL-pagado-sin-forma": {"paymentMethod"},
    "MAL-pagado-ilegible": {"paid"},
    "MAL-fecha-imposible": {"date"},
    "MAL-fecha-mezclada": {"date"},
    "MAL-correo": {"email"},
    "MAL-impuesto-ilegible": {"items.taxes"},
    "MAL-tasa-16": {"items.taxes"},
    "MAL-exento-con-tasa": {"items.taxes"},
    "MAL-isr-trasladado": {"items.taxes"},
    "MAL-clave-7-digitos": {"items.product_key"},
    "MAL-unidad-pza": {"items.unit_key", "items.unit_name"},
    "AVISO-usd-sin-tipo-de-cambio": {"currency"},
    "MAL-mxn-con-tipo-de-cambio": {"exchange"},
    "MAL-descuento-mayor": {"items.discount"},
    "MAL-descuento-negativo": {"items.discount"},
}


def rows_of(name: str, *, delimiter: str = ",", encoding: str = "utf-8") -> list[Row]:
    """The file's lines, every one as wide as the heading."""
    text = (SAMPLES / name).read_bytes().decode(encoding)
    heading, *lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [dict(zip(heading, line, strict=True)) for line in lines]


def erp_rows() -> list[Row]:
    rows = rows_of("clientes_erp.csv", delimiter=";", encoding="cp1252")
    return [{ERP_COLUMNS[heading]: value for heading, value in row.items()} for row in rows]


def json_payments() -> list[dict[str, Any]]:
    text = (SAMPLES / "payments.jsonl").read_text("utf-8")
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def clean_clients() -> list[Row]:
    return rows_of("clients.csv") + erp_rows()


def payments_of(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Lines by internalId, wherever they stand."""
    payments: dict[str, list[Row]] = {}
    for row in rows:
        payments.setdefault(row["internalId"], []).append(row)
    return payments


def check_digit(rfc: str) -> str:
    """The last character as SAT's procedure gives it."""
    values = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
    padded = f" {rfc}"[-13:-1]
    remainder = sum(values.index(c) * weight for c, weight in zip(padded, range(13, 1, -1), strict=True)) % 11
    return {0: "0", 1: "A"}.get(remainder, str(11 - remainder))


def faults_of_rfc(rfc: str) -> Iterator[str]:
    shape = re.fullmatch(r"[A-ZÑ&]{3,4}(\d\d)(\d\d)(\d\d)[1-9A-V][1-9A-Z][0-9A]", rfc)
    if not shape or int(shape[2]) > 12:
        yield "rfc"
        return
    year, month, day = (int(part) for part in shape.groups())
    # The century does not matter to a calendar, except for 00: 29 February 2000 was, 1900 was not.
    date(2000 if year == 0 else 1900 + year, month, day)
    if check_digit(rfc) != rfc[-1]:
        yield "check digit"


def faults_of_client(row: Row) -> set[str]:
    """What this page's own short reading of SAT's rules holds against a client."""
    faults = set() if row["rfc"] in GENERIC else set(faults_of_rfc(row["rfc"]))
    regime, use = row["tax_system"], row["use"]
    person = len(row["rfc"].replace("-", "")) != 12
    if regime not in (PEOPLE if person else COMPANIES):
        faults.add("tax_system")
    open_to = {"S": PEOPLE | COMPANIES, "D": DEDUCTING, "G": BUSINESSES, "I": BUSINESSES}.get(use[0], set())
    if not (regime in open_to or (use == "G02" and regime == "616") or faults & {"tax_system"}):
        faults.add("use")
    if not re.fullmatch(r"\d{5}", row["address.zip"]) or row["address.zip"] == "00000":
        faults.add("zip")
    if not re.fullmatch(r"[a-z.-]+@[a-z.-]+\.example", row["email"]):
        faults.add("email")
    if not row["name"]:
        faults.add("name")
    if SUFFIX.search(row["legal_name"]):
        faults.add("suffix")
    if row["legal_name"] != row["legal_name"].upper():
        faults.add("capitals")
    return faults


def test_regenerating_gives_the_same_bytes(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-B", SAMPLES / "make_samples.py", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in SAMPLES.iterdir() if path.suffix in {".csv", ".jsonl"}}
    assert made == kept


def test_all_sample_files_together_stay_below_200_kb() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.iterdir() if path.is_file()) < 200_000


def test_the_readme_lists_every_file_with_its_number_of_records() -> None:
    readme = (SAMPLES / "README.md").read_text("utf-8")
    promised = {name: int(count) for name, count in re.findall(r"^\| `([\w.]+)` \|.*?\| (\d+) \|", readme, re.M)}
    counted = {
        "clients.csv": len(rows_of("clients.csv")),
        "clientes_erp.csv": len(erp_rows()),
        "services.csv": len(rows_of("services.csv")),
        "payments.csv": len(payments_of(rows_of("payments.csv"))),
        "payments.jsonl": len(json_payments()),
        "clients_mistakes.csv": len(rows_of("clients_mistakes.csv")),
        "payments_mistakes.csv": len(payments_of(rows_of("payments_mistakes.csv"))),
    }
    assert promised == counted
    assert set(counted) == {path.name for path in SAMPLES.iterdir() if path.suffix in {".csv", ".jsonl"}}


@pytest.mark.parametrize("name", ["clients_mistakes.csv", "payments_mistakes.csv"])
def test_the_readme_explains_every_mistake_and_no_other(name: str) -> None:
    section = (SAMPLES / "README.md").read_text("utf-8").split(f"### {name}")[1].split("###")[0]
    explained = set(re.findall(r"`((?:MAL|AVISO|ARREGLO|BIEN)-[\w-]+)`", section))
    assert explained == {row["internalId"] for row in rows_of(name)} - {""}


def test_clean_clients_have_unique_ids_emails_and_rfcs() -> None:
    for column in ("internalId", "email", "rfc", "phone"):
        values = [row[column] for row in clean_clients()]
        assert [value for value, count in Counter(values).items() if count > 1] == []


@pytest.mark.parametrize("row", clean_clients(), ids=lambda row: row["internalId"])
def test_a_clean_client_breaks_no_rule(row: Row) -> None:
    assert faults_of_client(row) == set()


@pytest.mark.parametrize("row", clean_clients(), ids=lambda row: row["internalId"])
def test_the_letters_of_an_rfc_are_initials_of_the_name(row: Row) -> None:
    rfc, words = row["rfc"], row["legal_name"].split()
    letters = rfc[0] + rfc[2:4] if len(rfc) == 13 else rfc[:3]
    assert rfc in GENERIC or set(letters) <= {word[0] for word in words}


def test_both_generic_rfcs_come_with_the_regime_the_use_and_one_postal_code() -> None:
    generic = {row["rfc"]: row for row in rows_of("clients.csv") if row["rfc"] in GENERIC}
    assert {(row["tax_system"], row["use"], row["address.zip"]) for row in generic.values()} == {
        ("616", "S01", "06600")
    }
    assert generic["XAXX010101000"]["legal_name"] == "PUBLICO EN GENERAL"


def test_clients_are_companies_and_people_under_sixteen_regimes() -> None:
    rows = rows_of("clients.csv")
    assert Counter(len(row["rfc"]) for row in rows) == {12: 30, 13: 18}
    assert len({row["tax_system"] for row in rows}) == 16


def test_the_erp_file_is_windows_1252_with_semicolons_and_crlf() -> None:
    content = (SAMPLES / "clientes_erp.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert content.count(b"\r\n") == content.count(b"\n") == 13
    assert content.startswith("Identificador interno;Nombre;Razón social;RFC;".encode("cp1252"))


def test_the_erp_file_keeps_the_zeros_of_ids_and_postal_codes() -> None:
    assert {row["internalId"][:3] for row in erp_rows()} == {"000"}
    assert sum(row["address.zip"].startswith("0") for row in erp_rows()) >= 6
    assert {len(row["address.zip"]) for row in erp_rows()} == {5}
    assert "Ñ" in "".join(row["rfc"] for row in erp_rows())


@needs_oracle
def test_postal_codes_exist_and_lie_in_the_state_of_the_row() -> None:
    codes = pl.read_parquet(ORACLE / "cfdi_40_codigos_postales.parquet").filter(pl.col("municipio") != "")
    state_of = dict(codes.select("key", "estado").iter_rows())
    for row in clean_clients():
        abroad = row["rfc"] == "XEXX010101000"
        expected = state_of[row["address.zip"]] if not abroad else ""
        assert STATES.get(row["address.state"], "") == expected, row["internalId"]


@needs_oracle
def test_regimes_and_uses_agree_with_sat() -> None:
    uses = pl.read_parquet(ORACLE / "cfdi_40_usos_cfdi.parquet").rows_by_key("key", named=True, unique=True)
    for row in clean_clients():
        use = uses[row["use"]]
        assert row["tax_system"] in use["regimenes"], row["internalId"]
        assert use["moral" if len(row["rfc"]) == 12 else "fisica"], row["internalId"]


def test_services_have_short_unit_names_two_decimal_prices_and_three_currencies() -> None:
    rows = rows_of("services.csv")
    assert len({row["internalId"] for row in rows}) == len({row["name"] for row in rows}) == 28
    assert all(0 < len(row["unit_name"]) <= 20 for row in rows)
    assert all(re.fullmatch(r"[1-9]\d*\.\d\d", row["price"]) for row in rows)
    assert {row["currency"] for row in rows} == {"MXN", "USD", "EUR"}
    assert {row["taxRate"] for row in rows} == {"16.0", "0.0"}


@needs_oracle
def test_product_and_unit_keys_of_clean_files_are_in_the_catalogues() -> None:
    products = pl.read_parquet(ORACLE / "cfdi_40_productos_servicios.parquet").filter("in_workbook")["key"]
    units = pl.read_parquet(ORACLE / "cfdi_40_claves_unidades.parquet")["key"]
    rows = rows_of("services.csv")
    lines = [row for row in rows_of("payments.csv") if row["items.product_key"]]
    assert {row["product_key"] for row in rows} | {row["items.product_key"] for row in lines} <= set(products)
    assert {row["unit_key"] for row in rows} | {row["items.unit_key"] for row in lines} <= set(units)


def test_payments_have_one_to_four_items_on_over_400_lines() -> None:
    rows = rows_of("payments.csv")
    sizes = Counter(len(lines) for lines in payments_of(rows).values())
    assert set(sizes) == {1, 2, 3, 4}
    assert len(rows) > 400


def test_payment_columns_agree_or_are_empty_and_both_habits_occur() -> None:
    habits = set()
    for lines in payments_of(rows_of("payments.csv")).values():
        for line in lines[1:]:
            repeated = {line[column] == lines[0][column] for column in PAYMENT_COLUMNS if lines[0][column]}
            empty = {line[column] == "" for column in PAYMENT_COLUMNS}
            assert repeated == {True} or empty == {True}
            habits.add("repeated" if repeated == {True} else "empty")
    assert habits == {"repeated", "empty"}


def test_a_few_payments_have_lines_far_apart() -> None:
    rows = rows_of("payments.csv")
    runs = Counter(key for key, _ in groupby(row["internalId"] for row in rows))
    apart = [key for key, count in runs.items() if count > 1]
    assert 3 <= len(apart) <= 15
    places = {key: [n for n, row in enumerate(rows) if row["internalId"] == key] for key in apart}
    assert any(right - left > 300 for lines in places.values() for left, right in pairwise(lines))


def test_references_of_payments_resolve_to_clients_and_active_services() -> None:
    clients = {row["internalId"] for row in rows_of("clients.csv")}
    services = {row["internalId"] for row in rows_of("services.csv") if row["isActive"] == "true"}
    rows = rows_of("payments.csv")
    assert {lines[0]["client_ref"] for lines in payments_of(rows).values()} <= clients
    assert {row["items.service_ref"] for row in rows} - {""} <= services
    assert {payment["client_ref"] for payment in json_payments()} <= clients
    referred = {item.get("service_ref", "") for payment in json_payments() for item in payment["items"]}
    assert "" in referred
    assert referred - {""}
    assert referred - {""} <= services


def test_a_line_is_either_written_out_or_left_to_a_service_of_the_same_currency() -> None:
    services = {row["internalId"]: row for row in rows_of("services.csv")}
    filled = ["name", "description", "total", "product_key", "unit_key", "unit_name"]
    left_to_service = 0
    for lines in payments_of(rows_of("payments.csv")).values():
        for line in lines:
            present = {bool(line[f"items.{field}"]) for field in filled}
            assert present == {not line["items.service_ref"]}
            if line["items.service_ref"]:
                left_to_service += 1
                service = services[line["items.service_ref"]]
                assert service["currency"] == lines[0]["currency"]
                whole = Decimal(line["items.quantity"]) * Decimal(service["price"])
                assert whole == round(whole, 2)
                assert Decimal(line["items.discount"] or 0) <= whole
            else:
                assert 0 <= Decimal(line["items.discount"] or 0) <= Decimal(line["items.total"])
    assert left_to_service > 50


def test_money_in_payments_is_positive_with_at_most_two_decimals() -> None:
    for row in rows_of("payments.csv"):
        assert Decimal(row["items.quantity"]) > 0
        for column in ("items.total", "items.discount"):
            assert re.fullmatch(r"(\d+\.\d\d)?", row[column])


def test_exchange_is_filled_exactly_when_the_currency_is_not_pesos() -> None:
    payments = [lines[0] for lines in payments_of(rows_of("payments.csv")).values()]
    assert {row["currency"] for row in payments} == {"MXN", "USD", "EUR"}
    assert all(bool(row["exchange"]) == (row["currency"] != "MXN") for row in payments)


def test_a_paid_payment_has_a_real_form() -> None:
    for row in (lines[0] for lines in payments_of(rows_of("payments.csv")).values()):
        if row["paid"] == "true":
            assert FORM.fullmatch(row["paymentMethod"]), row["internalId"]
        else:
            assert row["paymentMethod"] in {"", "99"}, row["internalId"]


def test_dates_lie_in_the_last_year_and_carry_an_offset_by_channel() -> None:
    for row in (lines[0] for lines in payments_of(rows_of("payments.csv")).values()):
        moment = datetime.fromisoformat(row["date"])
        assert date(2026, 6, 1) <= moment.date() < date(2026, 11, 22)
        offset = "" if row["metadata.reference"].startswith("MOS-") else "-06:00"
        assert row["date"][19:] == offset


def test_taxes_occur_in_every_spelling() -> None:
    spelled = {row["items.taxes"] for row in rows_of("payments.csv")}
    written_as_json = {text for text in spelled if text.startswith("[")}
    for text in spelled - written_as_json:
        assert all(TAX.fullmatch(part) for part in text.split("; ")), text
    assert {"type", "factor"} <= {name for text in written_as_json for tax in json.loads(text) for name in tax}
    assert {"IVA 0.16", "IVA 16%; ISR ret 0.10", "IVA exento", "IVA 0", "IVA 0; IEPS 0.08"} <= spelled


def test_json_payments_are_other_payments_with_items_metadata_and_an_invoice_configuration() -> None:
    payments = json_payments()
    ids = {payment["metadata"]["internalId"] for payment in payments}
    assert len(ids) == 12
    assert ids.isdisjoint(row["internalId"] for row in rows_of("payments.csv"))
    assert all(set(payment["invoiceConfig"]) == {"series", "folio"} for payment in payments)
    assert all(len(payment["items"]) >= 1 for payment in payments)
    assert all(isinstance(value, str) for payment in payments for value in payment["metadata"].values())


@pytest.mark.parametrize("row", rows_of("clients_mistakes.csv"), ids=lambda row: row["internalId"])
def test_a_client_has_the_one_mistake_its_id_names(row: Row) -> None:
    internal_id = row["internalId"]
    expected = set() if internal_id.startswith("BIEN") else WRONG_IN_CLIENT[internal_id]
    assert faults_of_client(row) == expected


def test_mistaken_clients_repeat_one_id_and_no_rfc_of_the_clean_ones() -> None:
    rows = rows_of("clients_mistakes.csv")
    repeated = [key for key, count in Counter(row["internalId"] for row in rows).items() if count > 1]
    assert repeated == ["MAL-id-repetido"]
    rfcs = [row["rfc"] for row in rows if row["rfc"]]
    assert len(set(rfcs)) == len(rfcs)
    assert set(rfcs) & {row["rfc"] for row in clean_clients()} == {"XAXX010101000"}
    assert {row["email"] for row in rows}.isdisjoint(row["email"] for row in clean_clients())


def test_a_payment_differs_from_a_good_one_only_where_its_id_says() -> None:
    payments = payments_of(rows_of("payments_mistakes.csv"))
    good = payments["BIEN-uno"][0]
    own = {"internalId", "client_ref", "date", "metadata.reference"}
    for internal_id, changed in CHANGED_IN_PAYMENT.items():
        [row] = payments[internal_id]
        assert {column for column in row if row[column] != good[column]} - own == changed - own, internal_id


def test_the_mistakes_in_own_columns_and_whole_lines_are_what_they_say() -> None:
    payments = payments_of(rows_of("payments_mistakes.csv"))
    clients = {row["internalId"] for row in rows_of("clients.csv")}
    assert payments["MAL-sin-cliente"][0]["client_ref"] == ""
    strangers = {lines[0]["client_ref"] for lines in payments.values()} - clients
    assert strangers == {"", payments["MAL-cliente-desconocido"][0]["client_ref"]}
    assert payments["MAL-servicio-desconocido"][0]["items.service_ref"] == "SRV-999"
    empty = payments["MAL-sin-partidas"][0]
    assert not any(value for column, value in empty.items() if column.startswith("items."))
    first, second = payments["MAL-encabezado-distinto"]
    assert {column for column in first if first[column] != second[column]} == {"paymentMethod"}
    assert len(payments[""]) == 1
    with pytest.raises(ValueError, match="day is out of range"):
        datetime.fromisoformat(payments["MAL-fecha-imposible"][0]["date"])


def test_every_mistakes_file_holds_good_records_too() -> None:
    good = {row["internalId"] for row in rows_of("payments_mistakes.csv") if row["internalId"].startswith("BIEN")}
    assert len(good) == 5
    assert sum(row["internalId"].startswith("BIEN") for row in rows_of("clients_mistakes.csv")) == 3
