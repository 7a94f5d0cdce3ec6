"""`gigbulk catalogs`: a key by its words, what is known of it, how old the catalogues are, SAT's own file taken in."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from builders import python
from running import Gigbulk

from pipeline.cli.commands import catalogs as command
from schemas.sat.editions import SHIPPED

KEYS = {
    "c_ClaveProdServ": ["01010101", "10101500", "80111700", "84111506", "43231500"],
    "c_ClaveUnidad": ["05", "E48", "H87", "NA", "ACT"],
    "c_CodigoPostal": ["01000", "06600", "21000", "64000", "99999"],
}


# --- search -----------------------------------------------------------------------------------------------------------


def test_words_find_the_key_that_fits_best_first(gigbulk: Gigbulk) -> None:
    ran = gigbulk("catalogs", "search", "renta", "de", "oficina", "--limit", 3)
    assert ran.code == 0
    [first, *others] = [line.split() for line in ran.out.splitlines() if line.strip()][2:]
    assert first[:2] == ["80131502", "product"]
    assert len(others) == 2


def test_words_may_come_as_one_argument_or_as_many(gigbulk: Gigbulk) -> None:
    several = gigbulk("catalogs", "search", "renta", "de", "oficina", "--json").result
    assert gigbulk("catalogs", "search", "renta de oficina", "--json").result == several
    assert several["command"] == "catalogs search"
    assert several["status"] == "ok"
    assert several["matches"][0]["key"] == "80131502"


def test_a_search_without_a_hit_is_an_answer_and_no_error(gigbulk: Gigbulk) -> None:
    assert gigbulk("catalogs", "search", "xyzzyqwerty", "--json").result["matches"] == []
    ran = gigbulk("catalogs", "search", "xyzzyqwerty")
    assert ran.code == 0
    assert "No key fits 'xyzzyqwerty'. Try fewer words" in ran.out


def test_names_are_shown_as_they_are_whatever_they_hold(gigbulk: Gigbulk) -> None:
    """Rich reads [square brackets] as markup unless told not to."""
    ran = gigbulk("catalogs", "search", "[bold]tornillos[/bold]")
    assert "31161500" in ran.out


def test_a_search_loads_no_data_frame_library() -> None:
    """Polars alone takes as long to import as the whole search (benchmarks/start_up.py measures it)."""
    code = """
import sys
from pipeline.cli import cli
sys.argv = ["gigbulk", "catalogs", "search", "tornillos"]
assert cli.main(["catalogs", "search", "tornillos"], standalone_mode=False) == 0
loaded = {"polars", "pandera", "httpx2", "starlette"} & set(sys.modules)
assert not loaded, loaded
"""
    ran = python(code)
    assert ran.returncode == 0, ran.stderr
    assert "31161500" in ran.stdout


# --- show -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("84111506", "84111506  Servicios de facturación  (product key)"),
        ("h87", "H87  Pieza  (unit key)"),
        ("06600", "06600  Cuauhtémoc, Ciudad de México  (postal code)"),
        ("601", "601  General de Ley Personas Morales  (regime)"),
        ("mxn", "MXN  Peso Mexicano  (currency)"),
    ],
)
def test_a_key_of_any_catalogue_is_shown_with_its_name(gigbulk: Gigbulk, key: str, said: str) -> None:
    ran = gigbulk("catalogs", "show", key)
    assert ran.code == 0
    assert said in ran.out.splitlines()


def test_a_key_that_is_in_several_catalogues_is_shown_for_each(gigbulk: Gigbulk) -> None:
    entries = gigbulk("catalogs", "show", "05", "--json").result["entries"]
    assert [entry["catalog"] for entry in entries] == ["payment_form", "tax_object", "unit_key"]


def test_facts_are_words_for_a_person_and_values_for_a_script(gigbulk: Gigbulk) -> None:
    assert "  in workbook: yes" in gigbulk("catalogs", "show", "84111506").out.splitlines()
    [entry] = gigbulk("catalogs", "show", "G03", "--json").result["entries"]
    assert entry["facts"]["persons"] == ["F", "M"]


def test_a_key_nobody_has_is_exit_1_and_the_nearest_one_is_named(gigbulk: Gigbulk) -> None:
    ran = gigbulk("catalogs", "show", "84111056", "--json")
    assert ran.code == 1
    assert "Near it: 84111506 Servicios de facturación." in ran.err
    assert ran.result["status"] == "failed"
    assert [near["hint"] for near in ran.result["nearest"]] == ["84111506"]


def test_a_key_near_to_nothing_is_simply_unknown(gigbulk: Gigbulk) -> None:
    ran = gigbulk("catalogs", "show", "¿?")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: No catalogue has the key '¿?'.\n  Find keys by words: gigbulk catalogs search TEXT\n"


# --- info -------------------------------------------------------------------------------------------------------------


def test_info_names_every_catalogue_with_its_day_age_and_number_of_keys(gigbulk: Gigbulk) -> None:
    in_use = {c["name"]: c for c in gigbulk("catalogs", "info", "--json").result["catalogs"]}
    assert set(in_use) == {"product_keys", "unit_keys", "postal_codes", "small_catalogs"}
    manifest = json.loads((SHIPPED / "SOURCES.json").read_text("utf-8"))["files"]
    for name in ("product_keys", "unit_keys", "postal_codes"):
        assert in_use[name]["edition"] == manifest[name]["edition"]
        assert in_use[name]["keys"] == manifest[name]["rows"]
        assert in_use[name]["kind"] == "shipped"
    shown = gigbulk("catalogs", "info").out
    assert f"{manifest['postal_codes']['rows']:,}" in shown


@pytest.mark.parametrize(("today", "old"), [(date(2026, 11, 22), False), (date(2028, 1, 1), True)])
def test_a_catalogue_over_a_year_old_is_said_so_with_the_remedy(
    gigbulk: Gigbulk, monkeypatch: pytest.MonkeyPatch, today: date, old: bool
) -> None:
    monkeypatch.setattr(command, "_today", lambda: today)
    ran = gigbulk("catalogs", "info")
    assert ran.code == 0
    assert ("gigbulk catalogs update FILE" in ran.err) is old


# --- update -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """SAT's schema with five keys of each catalogue."""
    types = "".join(
        f'<xs:simpleType name="{name}"><xs:restriction base="xs:string">'
        + "".join(f'<xs:enumeration value="{key}"/>' for key in keys)
        + "</xs:restriction></xs:simpleType>"
        for name, keys in KEYS.items()
    )
    path = tmp_path / "catCFDI.xsd"
    path.write_text(f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{types}</xs:schema>', "utf-8")
    return path


def test_a_file_of_sat_becomes_the_catalogue_in_use(gigbulk: Gigbulk, schema: Path) -> None:
    ran = gigbulk("catalogs", "update", schema, "--edition", "2026-09-01", "--allow-loss", "--json")
    assert ran.code == 0, ran.err
    changes = {change["catalog"]: change for change in ran.result["changes"]}
    assert changes["product_keys"]["rows"] == 5
    assert changes["product_keys"]["edition"] == "2026-09-01"
    in_use = {c["name"]: c for c in gigbulk("catalogs", "info", "--json").result["catalogs"]}
    assert in_use["product_keys"]["kind"] == "user"
    assert in_use["product_keys"]["edition"] == "2026-09-01"


def test_what_an_update_changed_is_told(gigbulk: Gigbulk, schema: Path) -> None:
    ran = gigbulk("catalogs", "update", schema, "--edition", "2026-09-01", "--allow-loss")
    [_, _, *lines] = [line.split() for line in ran.out.splitlines() if line.strip()]
    assert ["product", "keys", "2026-09-01", "5", "+0"] in [line[:5] for line in lines]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--edition", "2026-09-01"), "repeat with --allow-loss"),
        (("--edition", "2019-09-01", "--allow-loss"), "older than the catalogues in use"),
    ],
)
def test_a_file_that_looks_wrong_is_exit_3_with_a_hint_and_changes_nothing(
    gigbulk: Gigbulk, schema: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = gigbulk("catalogs", "update", schema, *arguments, "--json")
    assert ran.code == 3
    assert said in ran.err
    assert ran.result["exit_code"] == 3
    in_use = gigbulk("catalogs", "info", "--json").result["catalogs"]
    assert {c["kind"] for c in in_use} == {"shipped", "code"}


@pytest.mark.parametrize("content", [None, b"", b"clave,nombre\n"])
def test_a_file_that_is_missing_or_not_sats_is_exit_3(gigbulk: Gigbulk, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "claves.csv"
    if content is not None:
        path.write_bytes(content)
    assert gigbulk("catalogs", "update", path).code == 3


def test_an_edition_that_is_no_date_is_a_mistake_of_usage(gigbulk: Gigbulk, schema: Path) -> None:
    ran = gigbulk("catalogs", "update", schema, "--edition", "06/08/2026")
    assert ran.code == 2
    assert "--edition" in ran.err


@pytest.mark.parametrize("arguments", [("search", "tornillos"), ("show", "84111506"), ("info",)])
def test_a_damaged_catalogue_is_exit_3_and_says_how_to_repair_it(
    gigbulk: Gigbulk, schema: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert gigbulk("catalogs", "update", schema, "--edition", "2026-09-01", "--allow-loss").code == 0
    [kept] = (tmp_path / "XDG_DATA_HOME").rglob("SOURCES.json")
    spoiled = kept.parent.with_name("2026-09-02.0001")
    shutil.copytree(kept.parent, spoiled)
    manifest = spoiled / "SOURCES.json"
    if arguments == ("info",):
        manifest.write_text("{", "utf-8")
    else:
        manifest.write_text(manifest.read_text("utf-8").replace("2026-09-01", "2026-09-02"), "utf-8")
        for path in spoiled.glob("*"):
            if path != manifest:
                path.write_bytes(b"spoiled")
    ran = gigbulk("catalogs", *arguments, "--json")
    assert ran.code == 3
    assert "Delete" in ran.err
    assert ran.result["status"] == "failed"
