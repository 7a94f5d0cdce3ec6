"""The large catalogues: against the oracle, cell by cell; how they are chosen, dated, and looked up."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from oracle import needs_oracle, oracle

from schemas.sat import frames as catalogs
from schemas.sat import small as sat
from schemas.sat.editions import CATALOGS, MANIFEST, SEARCH_TEXT, SHIPPED, CatalogError, edition
from schemas.sat.entries import CatalogEntry, show
from schemas.sat.hints import UNIT_SPELLINGS, product_key_hints, unit_key_hints


@pytest.fixture
def no_sets(tmp_path: Path) -> Path:
    """A user's folder without any set, so that the shipped one is in use whoever runs the tests."""
    return tmp_path / "catalogs"


def add_set(folder: Path, day: str, source: str = "SAT, a test") -> Path:
    """A user's set: the shipped files, dated `day`."""
    target = folder / f"{day}.0001"
    shutil.copytree(SHIPPED, target)
    manifest = json.loads((target / MANIFEST).read_text("utf-8"))
    for entry in manifest["files"].values():
        entry |= {"edition": day, "source": source}
    (target / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    return target


# --- content ---------------------------------------------------------------------------------------------------------


@needs_oracle
def test_every_product_key_agrees_with_the_oracle(no_sets: Path) -> None:
    expected = oracle("productos_servicios").select(
        "key",
        "description",
        "in_workbook",
        iva_required=pl.col("iva_trasladado") == "Sí",
        border_stimulus="estimulo_frontera",
    )
    found = catalogs.product_keys(no_sets).select(expected.columns)
    assert found.equals(expected.sort("key"))
    assert found["in_workbook"].sum() == 52_514
    assert found.height - found["in_workbook"].sum() == 233


@needs_oracle
def test_every_unit_key_agrees_with_the_oracle_in_its_own_spelling(no_sets: Path) -> None:
    """Names may differ in spaces and a final full stop, which the two sources treat differently."""
    name = pl.col("name").str.replace_all(r"\s+", " ").str.strip_chars(" .")
    expected = oracle("claves_unidades").select("key", name="description").with_columns(name).sort("key")
    found = catalogs.unit_keys(no_sets)
    assert found.select("key", name).equals(expected)
    assert found.height == 2_418


@needs_oracle
def test_every_postal_code_agrees_with_the_oracle(no_sets: Path) -> None:
    """The oracle also holds 00000, which is no postal code and is left out."""
    expected = (
        oracle("codigos_postales")
        .filter(pl.col("key") != sat.UNASSIGNED_ZIP)
        .select("key", state="estado", assigned=pl.col("municipio") != "", border_stimulus="estimulo_frontera")
        .sort("key")
    )
    found = catalogs.postal_codes(no_sets)
    with_flag = found.with_columns(assigned=pl.col("municipality").is_not_null())
    assert with_flag.select(expected.columns).equals(expected)
    assert found.height == 95_748


@pytest.mark.parametrize("key", ["84111506", "81112100", "80101500", "10101500", "01010101"])
def test_product_keys_the_rules_page_passes_are_found(no_sets: Path, key: str) -> None:
    assert catalogs.product_keys(no_sets).filter(pl.col("key") == key, "in_workbook").height == 1


@pytest.mark.parametrize("key", ["99999999", "8411150", "84111506X", "1010101"])
def test_product_keys_the_rules_page_fails_are_not_found(no_sets: Path, key: str) -> None:
    assert catalogs.product_keys(no_sets).filter(pl.col("key") == key).is_empty()


def test_four_product_keys_require_an_iva_transfer(no_sets: Path) -> None:
    required = catalogs.product_keys(no_sets).filter("iva_required")["key"]
    assert required.to_list() == ["80111700", "80111701", "84121603", "84121604"]


def test_a_key_that_only_the_schema_lists_is_marked_and_has_no_description(no_sets: Path) -> None:
    [row] = catalogs.product_keys(no_sets).filter(pl.col("key") == "46111500").to_dicts()
    assert row["in_workbook"] is False
    assert row["description"] is None


def test_unit_keys_are_unique_in_upper_case_and_eight_have_lower_case(no_sets: Path) -> None:
    units = catalogs.unit_keys(no_sets)
    assert units["folded"].n_unique() == units.height
    assert units.filter(pl.col("key") != pl.col("folded"))["key"].to_list() == [
        "Dx", "Gd", "Jo", "Ohm", "Ts", "Tu", "X1w", "Xyv",
    ]  # fmt: skip


def test_units_called_NA_and_NIL_are_units_and_not_missing_values(no_sets: Path) -> None:
    assert catalogs.unit_keys(no_sets).filter(pl.col("key").is_in(["NA", "NIL"])).height == 2


@pytest.mark.parametrize(
    ("zip_code", "state"), [("01000", "CMX"), ("26015", "COA"), ("64000", "NLE"), ("99999", "ZAC")]
)
def test_postal_codes_of_the_rules_page_are_in_their_state(no_sets: Path, zip_code: str, state: str) -> None:
    assert catalogs.postal_codes(no_sets).filter(pl.col("key") == zip_code)["state"].to_list() == [state]


@pytest.mark.parametrize("zip_code", ["17000", "00000"])
def test_postal_codes_that_do_not_exist_are_not_found(no_sets: Path, zip_code: str) -> None:
    assert catalogs.postal_codes(no_sets).filter(pl.col("key") == zip_code).is_empty()


def test_catalogues_are_sorted_without_repeats_and_have_the_declared_columns(no_sets: Path) -> None:
    for name, frame in {
        "product_keys": catalogs.product_keys(no_sets),
        "unit_keys": catalogs.unit_keys(no_sets).drop("folded"),
        "postal_codes": catalogs.postal_codes(no_sets),
    }.items():
        assert frame.schema == pl.Schema(catalogs.COLUMNS[name])
        assert frame["key"].is_sorted()
        assert frame["key"].n_unique() == frame.height


def test_the_shipped_files_are_small_dated_and_as_the_manifest_says(no_sets: Path) -> None:
    files = [path for path in SHIPPED.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    manifest = json.loads((SHIPPED / MANIFEST).read_text("utf-8"))
    assert "Not affiliated with SAT" in manifest["notice"]
    assert {path.name for path in files} == {entry["file"] for entry in manifest["files"].values()} | {MANIFEST}
    for name in (*CATALOGS, SEARCH_TEXT):
        assert edition(name, no_sets).read_bytes()  # raises when the sha256 differs


def test_importing_the_catalogues_reads_no_data() -> None:
    """With the data folder out of reach the import still works; only a look-up fails."""
    script = (
        "import schemas.sat.editions as e, pathlib; e.SHIPPED = pathlib.Path('nowhere');"
        "import schemas.sat.frames as c, schemas.sat.search, schemas.sat.hints, schemas.sat.entries\n"
        "try: c.product_keys(pathlib.Path('nowhere'))\n"
        "except c.CatalogError as error: print('only now', error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "only now Install gigbulk again.\n"


# --- editions --------------------------------------------------------------------------------------------------------


def test_editions_name_source_day_and_rows_of_every_catalogue(no_sets: Path) -> None:
    listed = {one.name: one for one in catalogs.editions(no_sets)}
    assert set(listed) == {*CATALOGS, "small_catalogs"}
    assert {one.kind for one in listed.values()} == {"shipped", "code"}
    assert listed["product_keys"].rows == catalogs.product_keys(no_sets).height
    assert "satcfdi" in listed["product_keys"].source


@pytest.mark.parametrize(
    ("today", "months", "stale"),
    [
        (date(2026, 1, 1), 0, False),
        (date(2026, 1, 31), 0, False),
        (date(2026, 2, 1), 1, False),
        (date(2026, 12, 31), 11, False),
        (date(2027, 1, 1), 12, True),
        (date(2025, 6, 1), 0, False),
    ],
)
def test_age_is_counted_in_whole_months_and_twelve_are_stale(today: date, months: int, stale: bool) -> None:
    one = catalogs.Edition("x", "", date(2026, 1, 1), date(2026, 1, 1), 0, "shipped")
    assert one.age_months(today) == months
    assert one.is_stale(today) is stale


def test_a_users_newer_set_is_preferred_and_an_older_one_is_not(no_sets: Path) -> None:
    add_set(no_sets, "2020-01-01")
    assert edition("product_keys", no_sets).kind == "shipped"
    add_set(no_sets, "2030-01-01")
    newest = edition("product_keys", no_sets)
    assert (newest.kind, newest.edition) == ("user", date(2030, 1, 1))
    assert catalogs.product_keys(no_sets).height == 52_747


def test_on_the_same_day_the_users_set_wins(no_sets: Path) -> None:
    add_set(no_sets, edition("product_keys", no_sets).edition.isoformat())
    assert edition("product_keys", no_sets).kind == "user"


def test_a_draft_that_was_never_finished_is_not_seen(no_sets: Path) -> None:
    add_set(no_sets, "2030-01-01").rename(no_sets / ".draft-abc")
    assert edition("product_keys", no_sets).kind == "shipped"


def test_a_damaged_file_is_an_error_that_says_what_to_do(no_sets: Path) -> None:
    target = add_set(no_sets, "2030-01-01")
    (target / "product_keys.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(CatalogError, match="is damaged") as caught:
        catalogs.product_keys(no_sets)
    assert "gigbulk catalogs update" in str(caught.value.hint)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": {"product_keys": {}}, "generated": "2026-01-01"}'])
def test_an_unusable_manifest_is_an_error_that_names_it(no_sets: Path, text: str) -> None:
    target = add_set(no_sets, "2030-01-01")
    (target / MANIFEST).write_text(text)
    with pytest.raises(CatalogError, match=MANIFEST):
        catalogs.product_keys(no_sets)


# --- proposals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "hint", "reason"),
    [
        ("841115", "84111500", "class"),
        ("84111506X", "84111506", "digits"),
        ("84 11-15.06", "84111506", "digits"),
        ("841115O6", "84111506", "digits"),
        ("84111506 - Servicios de facturación", "84111506", "prefix"),
        ("48111506", "84111506", "swapped"),
        ("841115066", "84111506", "extra_digit"),
        ("8411150", "84111500", "same_class"),
        ("84111599", "84111500", "same_class"),
    ],
)
def test_a_bad_product_key_gets_the_nearest_one(no_sets: Path, value: str, hint: str, reason: str) -> None:
    [row] = product_key_hints(pl.Series([value]), no_sets).to_dicts()
    assert (row["value"], row["hint"], row["reason"]) == (value, hint, reason)
    assert row["name"] in {"Servicios de facturación", "Servicios contables"}


@pytest.mark.parametrize("value", ["99999999", "abc", "", "841", None, "46111599"])
def test_a_product_key_near_to_none_gets_no_proposal(no_sets: Path, value: str | None) -> None:
    assert product_key_hints(pl.Series([value], dtype=pl.String), no_sets).is_empty()


def test_every_one_digit_change_of_a_key_leads_back_to_a_key_one_digit_away(no_sets: Path) -> None:
    known = set(catalogs.product_keys(no_sets).filter("in_workbook")["key"])
    broken = {
        "84111506"[:at] + digit + "84111506"[at + 1 :] for at in range(8) for digit in "0123456789"
    } - known  # fmt: skip
    hints = product_key_hints(pl.Series(sorted(broken)), no_sets)
    for value, hint, reason in hints.select("value", "hint", "reason").rows():
        assert hint in known
        if reason == "typo":
            assert sum(a != b for a, b in zip(value, hint, strict=True)) == 1


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("PIEZA", "H87"),
        ("pza", "H87"),
        ("HORA", "HUR"),
        ("SERV", "E48"),
        ("Servicio", "E48"),
        ("kg.", "KGM"),
        ("día", "DAY"),
        ("h87", "H87"),
        ("x1W", "X1w"),
        ("H87 - Pieza", "H87"),
        ("Metro  cuadrado", "MTK"),
    ],
)
def test_a_unit_in_words_gets_its_key(no_sets: Path, value: str, hint: str) -> None:
    assert unit_key_hints(pl.Series([value]), no_sets)["hint"].to_list() == [hint]


@pytest.mark.parametrize("value", ["NO APLICA", "DX", "XYZ1", ""])
def test_a_unit_nobody_can_guess_gets_no_proposal(no_sets: Path, value: str) -> None:
    assert unit_key_hints(pl.Series([value]), no_sets).is_empty()


def test_repeated_values_get_one_proposal_each(no_sets: Path) -> None:
    hints = unit_key_hints(pl.Series(["PZA", "HORA"] * 50_000), no_sets)
    assert sorted(hints["hint"]) == ["H87", "HUR"]


def test_every_spelling_of_a_unit_leads_to_a_unit(no_sets: Path) -> None:
    assert set(UNIT_SPELLINGS.values()) <= set(catalogs.unit_keys(no_sets)["key"])


# --- one key ---------------------------------------------------------------------------------------------------------


def test_a_product_key_is_shown_with_its_flags(no_sets: Path) -> None:
    assert show("84111506", no_sets) == [
        CatalogEntry(
            "product_key",
            "84111506",
            "Servicios de facturación",
            {"in_workbook": True, "iva_required": False, "border_stimulus": True},
        )
    ]


@pytest.mark.parametrize(
    ("key", "catalog", "name"),
    [
        ("h87", "unit_key", "Pieza"),
        ("626", "regime", "Régimen Simplificado de Confianza"),
        ("g03", "use", "Gastos en general"),
        ("03", "payment_form", "Transferencia electrónica de fondos"),
        ("PUE", "payment_method", "Pago en una sola exhibición"),
        ("mxn", "currency", "Peso Mexicano"),
        ("06600", "postal_code", "Cuauhtémoc, Ciudad de México"),
        ("42501", "postal_code", "Hidalgo"),
        ("07", "tax_object", "No traslado del IVA, Sí desglose IEPS"),
        ("002", "tax", "IVA"),
    ],
)
def test_a_key_of_any_catalogue_can_be_shown(no_sets: Path, key: str, catalog: str, name: str) -> None:
    assert (catalog, name) in [(entry.catalog, entry.name) for entry in show(key, no_sets)]


def test_a_key_of_several_catalogues_is_shown_in_each(no_sets: Path) -> None:
    assert {entry.catalog for entry in show("05", no_sets)} == {"payment_form", "tax_object", "unit_key"}


def test_a_key_of_no_catalogue_shows_nothing(no_sets: Path) -> None:
    assert show("99999999", no_sets) == []
