"""The matrices cell by cell, and membership, against SAT's own catalogues (RULES 3; ../shared/sat/catalogs)."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import polars as pl
import pytest
from judging import a_client, a_payment, a_service, checked

ORACLE = Path(__file__).parents[4] / "shared" / "sat" / "catalogs"
pytestmark = pytest.mark.skipif(not ORACLE.is_dir(), reason="SAT's catalogues are not beside this checkout")

RFCS = {"F": "XIQB891116QE4", "M": "EKU9003173C9"}
NAMES = {"F": "BERENICE XIMO QUEZADA", "M": "ESCUELA KEMPER URGATE"}


def oracle(name: str) -> pl.DataFrame:
    return pl.read_parquet(ORACLE / f"cfdi_40_{name}.parquet")


def codes_by_id(name: str, rows: list[dict[str, str | None]]) -> dict[str, set[str]]:
    found = checked(name, rows).findings.filter(severity="error")
    codes: dict[str, set[str]] = {str(row["internalId"]): set() for row in rows}
    for key, code in found.select("key", "sat_code").iter_rows():
        codes[key].add(code)
    return codes


def test_every_regime_use_and_person_is_judged_as_the_catalogues_say() -> None:
    regimes = oracle("regimenes_fiscales").rows_by_key("key", named=True, unique=True)
    uses = oracle("usos_cfdi").rows_by_key("key", named=True, unique=True)
    column = {"F": "fisica", "M": "moral"}
    rows, expected = [], {}
    for person, regime, use in product("FM", regimes, uses):
        key = f"{person}-{regime}-{use}"
        rows.append(
            a_client(
                internalId=key,
                rfc=RFCS[person],
                legal_name=NAMES[person],
                tax_system=regime,
                use=use,
                email=f"{key}@x.mx",
            )
        )
        wrong = set()
        if not regimes[regime][column[person]]:
            wrong.add("CFDI40158")
        if regime not in uses[use]["regimenes"] or not uses[use][column[person]]:
            wrong.add("CFDI40161")
        expected[key] = wrong
    judged = codes_by_id("clients", rows)
    # One RFC under several régimes is legal: nothing of section 6 may be an error here.
    assert len(rows) == 2 * 19 * 24
    assert judged == expected


def test_every_payment_form_and_no_other_two_digits_are_accepted() -> None:
    forms = set(oracle("formas_pago")["key"])
    rows = [a_payment(internalId=f"{n:02d}", paymentMethod=f"{n:02d}") for n in range(100)]
    judged = codes_by_id("payments", rows)
    assert {key for key, codes in judged.items() if "CFDI40104" not in codes} == forms


def test_every_rate_of_the_table_is_accepted() -> None:
    rows, expected = [], {}
    for n, rate in enumerate(oracle("reglas_tasa_cuota").iter_rows(named=True)):
        if rate["value"] is None or rate["factor"] == "Exento":
            continue
        for withheld, allowed in ((False, rate["traslado"]), (True, rate["retencion"])):
            if allowed:
                key = f"{n}-{withheld}"
                factor = "" if rate["factor"] == "Tasa" else " cuota"
                text = f"{rate['impuesto'].split()[0]}{factor}{' ret' if withheld else ''} {rate['value']}"
                rows.append(a_payment(internalId=key, items_taxes=text))
                expected[key] = set()
    assert codes_by_id("payments", rows) == expected


def test_every_product_key_unit_key_and_postal_code_of_the_oracle_is_known() -> None:
    products = oracle("productos_servicios").filter("in_workbook")["key"]
    base = pl.DataFrame(a_service() | {"internalId": None}).select(pl.exclude("product_key", "internalId"))
    frame = base.join(products.alias("product_key").to_frame(), how="cross").with_columns(
        internalId=pl.col("product_key")
    )
    found = checked("services", frame).findings
    assert found.filter(pl.col("severity") == "error").is_empty()

    units = oracle("claves_unidades")["key"]
    frame = base.drop("unit_key").join(units.alias("unit_key").to_frame(), how="cross")
    frame = frame.with_columns(internalId=pl.col("unit_key"), product_key=pl.lit("80101500"))
    assert checked("services", frame).findings.filter(pl.col("severity") == "error").is_empty()

    zips = oracle("codigos_postales").filter(pl.col("key") != "00000")["key"]
    client = pl.DataFrame(a_client()).drop("address.zip", "internalId", "email", "rfc")
    frame = client.join(zips.alias("address.zip").to_frame(), how="cross").with_columns(
        internalId=pl.col("address.zip"), email=pl.col("address.zip") + "@x.mx", rfc=pl.lit("XEXX010101000"),
        tax_system=pl.lit("616"), use=pl.lit("S01"),
    )  # fmt: skip
    assert set(checked("clients", frame).findings["rule"]) == {"CLIENT-GEN-ZIP"}
