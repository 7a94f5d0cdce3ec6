"""An outside judge of what is accepted: each stored payment becomes a CFDI, and SAT's own schema takes it.

Not the gate's answer but the record at the server is judged, so the whole way counts: file, repairs, rules, payload.
"""

from __future__ import annotations

import copy
import csv
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from cfdi import Record, judge

from pipeline import run_import
from pipeline.sandbox import EmbeddedSandbox
from schemas.sat.small import REGIMES, USES

SAMPLES = Path(__file__).parents[2] / "samples"
SEED = 20261126
COUNT = 300
CENT = Decimal("0.01")

pytestmark = pytest.mark.slow

# --- payments of many shapes ------------------------------------------------------------------------------------------

TAXES = (
    "", "IVA 0.16", "IVA 0.08", "IVA 0", "IVA exento", "IVA 0.16; ISR ret 0.10", "IVA 0.16; ISR ret 0.0125",
    "IVA 0.16; IVA ret 0.106667; ISR ret 0.10", "IVA 0.16; IVA ret 0.04", "IVA 0; IEPS 0.08", "IVA 0.16; IEPS 0.265",
    "IVA 0.16; IEPS 1.6", "IVA 0.16; IEPS cuota 6.4555", "IEPS 0.53; IEPS ret 0.53", "IVA 0.160000",
    "IVA exento; IEPS 0.25",
)  # fmt: skip
TEXTS = (
    "Consultoría", "Café & pan <mezcla> \"fina\" 'extra'", "Ñandú, ünïcode, 漢字 y 😀", "línea\tcon tabulador",
    "a" * 1000, "  espacios   de más  ", "100% algodón; 3/4\"", "=1+1", "Renglón \\ barra",
)  # fmt: skip
KEYS = (
    ("80101500", "HUR", "Hora"), ("01010101", "H87", "Pieza"), ("50202301", "XBX", "Caja"),
    ("84111506", "ACT", "Actividad"), ("43211503", "KGM", "Kilogramo"), ("81112200", "E48", "Unidad de servicio"),
)  # fmt: skip
NAMES = ("ESCUELA KEMPER URGATE", "H & E INGENIERIA", "EL ÑANDÚ D'ORO", 'GRUPO "TRES" HERMANOS', "A", "B" * 300)
RFCS = {"M": ("EKU9003173C9", "H&E951128469", "ZUÑ920208KL4"), "F": ("XIQB891116QE4", "RAQÑ7701212M3", "FUNK671228PH6")}
RATES = {"MXN": ("",), "USD": ("18.3755", "20", "18.123456"), "EUR": ("21.5", "21.000001")}

Row = dict[str, str]


def a_client(draw: random.Random) -> Row:
    """A client inline: any régime with any use it allows."""
    person = draw.choice("FM")
    regime = draw.choice([key for key, r in REGIMES.items() if person in r.persons])
    use = draw.choice([k for k, u in USES.items() if person in u.persons and regime in u.regimes])
    name = draw.choice(NAMES)
    return {
        "client.name": name.title(),
        "client.legal_name": name,
        "client.rfc": draw.choice(RFCS[person]),
        "client.email": "facturas@empresa.example",
        "client.tax_system": regime,
        "client.use": use,
        "client.address.zip": draw.choice(("01000", "26015", "42501", "99999", "64000")),
    }


def an_item(draw: random.Random) -> Row:
    quantity = draw.choice(("1", "2", "3", "7", "0.5", "2.25", "0.333333", "0.000001", "1200"))
    total = Decimal(draw.choice((draw.randrange(2, 100), draw.randrange(2, 10**6), draw.randrange(2, 10**9)))) / 100
    discount = draw.choice(("", "", "0", str((total * draw.randrange(100) / 100).quantize(CENT, ROUND_DOWN))))
    key, unit, unit_name = draw.choice(KEYS)
    return {
        "items.name": draw.choice(TEXTS)[:60],
        "items.description": draw.choice(TEXTS),
        "items.quantity": quantity,
        "items.total": str(total),
        "items.product_key": key,
        "items.unit_key": unit,
        "items.unit_name": unit_name,
        "items.discount": discount,
        "items.taxes": draw.choice(TAXES),
    }


def payment_rows(count: int = COUNT) -> list[Row]:
    """Lines of payments of one to three items; always the same."""
    draw = random.Random(SEED)
    rows = []
    for number in range(count):
        currency = draw.choice(("MXN", "MXN", "USD", "EUR"))
        paid = draw.random() < 0.7
        record = {
            "internalId": f"G-{number:04d}",
            **a_client(draw),
            "paid": str(paid).lower(),
            "paymentMethod": draw.choice(("01", "03", "04", "17", "28", "31")) if paid else "",
            "date": f"2026-1{draw.randrange(2)}-{draw.randrange(1, 21):02d}T{draw.randrange(24):02d}:00:00-06:00",
            "currency": currency,
            "exchange": draw.choice(RATES[currency]),
            "invoiceConfig.series": draw.choice(("", "A", "FAC-2026")),
            "invoiceConfig.folio": draw.choice(("", "1", "000123")),
        }
        rows += [record | an_item(draw) for _ in range(draw.choice((1, 1, 2, 3)))]
    return rows


# --- the way of a file ------------------------------------------------------------------------------------------------


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def imported(files: Sequence[Path], folder: Path, problems: Path | None = None) -> list[Record]:
    """The payments an empty account holds after an import, amounts as decimals."""
    with EmbeddedSandbox() as sandbox:
        run_import(files, problems=problems, base_url=sandbox.base_url, api_key="any", state_dir=folder / "state")
        body = httpx.get(f"{sandbox.origin}/_sandbox/records", params={"resource": "payments"}).content
    payments: list[Record] = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal).decode(body)
    return payments


def refused(payments: Sequence[Record]) -> dict[str, list[str]]:
    return {p["metadata"]["internalId"]: said for p in payments if (said := judge(p))}


def test_every_accepted_payment_of_the_samples_is_a_cfdi_to_sat(tmp_path: Path) -> None:
    names = ("clients.csv", "services.csv", "payments.csv", "payments.jsonl", "payments_mistakes.csv")
    payments = imported([Path(shutil.copy(SAMPLES / name, tmp_path)) for name in names], tmp_path)
    kinds = Counter(p["metadata"]["internalId"].split("-")[0] for p in payments)
    assert kinds["PAG"] == 220 + 12 and "MAL" not in kinds and len(payments) > 235
    assert refused(payments) == {}


def test_every_accepted_payment_of_many_shapes_is_a_cfdi_to_sat(tmp_path: Path) -> None:
    path = tmp_path / "payments.csv"
    write_csv(path, payment_rows())
    payments = imported([path], tmp_path)
    assert len(payments) == COUNT
    assert refused(payments) == {}


def test_what_sat_refuses_of_an_accepted_payment_is_warned_of(tmp_path: Path) -> None:
    """A discount of the whole line leaves its taxes no base. The API may leave them out, so it is no error."""
    path, problems = tmp_path / "payments.csv", tmp_path / "problems.csv"
    row = payment_rows(1)[0] | {"items.total": "100.00", "items.discount": "100.00", "items.taxes": "IVA 0.16"}
    write_csv(path, [row])
    (payment,) = imported([path], tmp_path, problems=problems)
    assert "attribute 'Base'" in "".join(judge(payment))
    assert "PAY-DISCOUNT,warning" in problems.read_text(encoding="utf-8")


# --- the judge itself -------------------------------------------------------------------------------------------------


SPOILT: dict[str, Any] = {
    "ClaveProdServ": lambda p: p["items"][0].update(product_key="99999999"),
    "ClaveUnidad": lambda p: p["items"][0].update(unit_key="PZA"),
    "Unidad": lambda p: p["items"][0].update(unit_name="Unidad de servicio larga"),
    "Descripcion": lambda p: p["items"][0].update(description="a|b"),
    "Nombre": lambda p: p["client"].update(legal_name="A|B"),
    "Rfc": lambda p: p["client"].update(rfc="GODE561331GR8"),
    "RegimenFiscalReceptor": lambda p: p["client"].update(tax_system="699"),
    "UsoCFDI": lambda p: p["client"].update(use="G09"),
    "DomicilioFiscalReceptor": lambda p: p["client"]["address"].update(zip="6600"),
    "FormaPago": lambda p: p.update(payment_form="77", status="succeeded"),
    "Folio": lambda p: p["invoiceConfig"].update(folio="1" * 41),
    "total": lambda p: p.update(amount=p["amount"] + 10),
}


@pytest.mark.parametrize("named", SPOILT)
def test_the_judge_refuses_what_is_wrong_and_names_it(named: str, one: Record) -> None:
    assert judge(one) == []
    SPOILT[named](one)
    assert named in "".join(judge(one))


@pytest.fixture(scope="module")
def stored_one(tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("one")
    return imported([Path(shutil.copy(SAMPLES / name, folder)) for name in ("clients.csv", "payments.jsonl")], folder)[
        1
    ]


@pytest.fixture
def one(stored_one: Record) -> Record:
    return copy.deepcopy(stored_one)
