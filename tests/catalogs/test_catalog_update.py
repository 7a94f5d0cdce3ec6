"""`gigbulk catalogs update`: SAT's own files are read with all their traps, or refused with a reason."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import sat_files
import xlwt
from judging import a_service, errors

from pipeline.catalogs.build import find_similar_words
from pipeline.catalogs.update import Change, update_catalogs
from pipeline.errors import InputError, OutputError
from schemas.rule_options import RuleOptions
from schemas.sat import frames as catalogs
from schemas.sat.editions import edition, user_sets
from schemas.sat.search import search

TODAY = date(2026, 11, 22)
NAME = "catCFDI_V_4_20260806.xls"


@dataclass(frozen=True)
class World:
    """A user without a set of their own, the catalogues that ship, and a small part of them to publish anew."""

    folder: Path
    files: Path
    products: pl.DataFrame
    units: pl.DataFrame
    codes: pl.DataFrame

    def sheets(self) -> dict[str, tuple[sat_files.Rows, sat_files.Rows]]:
        return sat_files.sat_sheets(self.products, self.units, self.codes)

    def update(self, path: Path, **options: object) -> dict[str, Change]:
        """Small files lack most keys in use, so the tests say that this is meant."""
        changes = update_catalogs(path, TODAY, self.folder, **{"allow_loss": True, **options})  # type: ignore[arg-type]
        return {change.catalog: change for change in changes}


@pytest.fixture
def world(tmp_path: Path) -> World:
    folder = tmp_path / "data" / "catalogs"
    shipped = catalogs.product_keys(folder).filter("in_workbook")
    wanted = shipped.filter(pl.col("key").is_in(["01010101", "10101500", "80111700", "84111506", "43231500"]))
    zips = catalogs.postal_codes(folder).filter(
        pl.col("key").is_in(["01000", "06600", "06601", "21000", "64000", "99999"])
    )
    return World(
        folder,
        tmp_path,
        wanted.join(find_similar_words(folder), on="key", how="left"),
        catalogs.unit_keys(folder).filter(pl.col("key").is_in(["05", "E48", "H87", "NA", "Dx", "18", "ACT"])),
        zips,
    )


# --- the workbook ----------------------------------------------------------------------------------------------------


def test_a_workbook_becomes_the_set_in_use_with_its_keys_flags_and_dates(world: World) -> None:
    """Numbers for keys, split sheets, second headings, metadata above: all of it is in the file."""
    changes = world.update(sat_files.write_workbook(world.files / NAME, world.sheets()))

    products = catalogs.product_keys(world.folder).filter("in_workbook")
    assert products.drop("valid_from", "valid_to").equals(world.products.drop("valid_from", "valid_to", "similar"))
    assert products["valid_from"].unique().to_list() == [date(2022, 1, 1)]
    assert catalogs.unit_keys(world.folder)["key"].to_list() == ["05", "18", "ACT", "Dx", "E48", "H87", "NA"]
    codes = catalogs.postal_codes(world.folder)
    assert codes.drop("valid_from", "valid_to").equals(world.codes.drop("valid_from", "valid_to"))
    assert changes["product_keys"].edition == date(2026, 8, 6)
    assert changes["postal_codes"].rows == 6
    assert edition("postal_codes", world.folder).source == f"SAT, {NAME}"


def test_keys_that_only_the_schema_lists_stay_marked_after_a_workbook(world: World) -> None:
    world.update(sat_files.write_workbook(world.files / NAME, world.sheets()))
    assert catalogs.product_keys(world.folder).filter(~pl.col("in_workbook")).height == 233


def test_the_search_finds_what_the_new_workbook_says(world: World) -> None:
    renamed = world.products.with_columns(
        description=pl.when(pl.col("key") == "84111506").then(pl.lit("Timbrado masivo")).otherwise("description")
    )
    sheets = sat_files.sat_sheets(renamed, world.units, world.codes)
    world.update(sat_files.write_workbook(world.files / NAME, sheets))
    assert [match.key for match in search("timbrado", folder=world.folder)] == ["84111506"]
    assert [match.key for match in search("público en general", folder=world.folder)] == ["01010101"]


@pytest.mark.parametrize(
    "write",
    [
        lambda day: sat_files.serial(day),
        lambda day: day.isoformat(),
        lambda day: f"{day:%d/%m/%Y}",
        lambda day: datetime(day.year, day.month, day.day),  # noqa: DTZ001 - as Excel has it
    ],
)
def test_a_date_is_read_as_serial_as_text_or_as_a_date_cell(world: World, write: Callable[[date], object]) -> None:
    sheets = world.sheets()
    headings, rows = sheets["c_ClaveProdServ"]
    ended = [(*row[:6], write(date(2026, 3, 31)), *row[7:]) for row in rows]
    path = world.files / NAME
    sat_files.write_workbook(path, {**sheets, "c_ClaveProdServ": (headings, ended)})
    world.update(path)
    ends = catalogs.product_keys(world.folder).filter("in_workbook")["valid_to"]
    assert ends.unique().to_list() == [date(2026, 3, 31)]


@pytest.mark.parametrize(("last", "broken"), [(date(2026, 11, 21), True), (TODAY, False)])
def test_a_key_whose_last_day_is_past_is_an_error(last: date, broken: bool, world: World) -> None:
    sheets = world.sheets()
    headings, rows = sheets["c_ClaveProdServ"]
    ended = [(*row[:6], last.isoformat(), *row[7:]) for row in rows]
    world.update(sat_files.write_workbook(world.files / NAME, {**sheets, "c_ClaveProdServ": (headings, ended)}))
    options = RuleOptions(today=TODAY, catalogs=world.folder)
    found = errors("services", a_service(product_key="43231500"), options)
    assert ("SERVICE-PRODKEY-VALIDITY" in found) is broken


@pytest.mark.parametrize(
    ("name", "published", "expected"),
    [
        ("catCFDI_V_4_20260806.xls", "2024-05-01", date(2026, 8, 6)),
        ("catalogo.xls", "2026-05-01", date(2026, 5, 1)),
        ("catalogo.xls", sat_files.serial(date(2026, 5, 1)), date(2026, 5, 1)),
        ("catalogo_99999999.xls", "2026-05-01", date(2026, 5, 1)),
    ],
)
def test_the_edition_is_the_files_name_or_else_the_publication_date_inside(
    world: World, name: str, published: object, expected: date
) -> None:
    path = sat_files.write_workbook(world.files / name, world.sheets(), published)
    assert world.update(path)["unit_keys"].edition == expected


def test_a_given_edition_wins_over_the_files_name(world: World) -> None:
    path = sat_files.write_workbook(world.files / NAME, world.sheets())
    assert world.update(path, edition_date=date(2026, 9, 9))["unit_keys"].edition == date(2026, 9, 9)


def refused(world: World, path: Path, **options: object) -> InputError:
    with pytest.raises(InputError) as caught:
        world.update(path, **options)
    assert caught.value.hint
    assert edition("product_keys", world.folder).kind == "shipped"
    assert not world.folder.exists() or not any(world.folder.iterdir())
    return caught.value


def test_a_workbook_without_a_date_is_refused_with_the_name_it_should_have(world: World) -> None:
    error = refused(world, sat_files.write_workbook(world.files / "catalogo.xls", world.sheets()))
    assert "which edition" in error.message
    assert "catCFDI_V_4_YYYYMMDD.xls" in error.hint


@pytest.mark.parametrize("sheet", ["c_ClaveProdServ", "c_ClaveUnidad", "C_Municipio"])
def test_a_workbook_without_a_sheet_is_refused(world: World, sheet: str) -> None:
    sheets = {name: content for name, content in world.sheets().items() if name != sheet}
    error = refused(world, sat_files.write_workbook(world.files / NAME, sheets))
    assert "has no sheet" in error.message


@pytest.mark.parametrize(
    ("break_row", "said"),
    [
        (lambda row: ("8411150X", *row[1:]), "c_ClaveProdServ line 7: '8411150X' is not a key"),
        (lambda row: (8411150.0, *row[1:]), "'8411150' is not a key"),
        (lambda row: (84111506.5, *row[1:]), "'84111506.5' is not a key"),
        (lambda row: (*row[:2], "Quizá", *row[3:]), "Incluir IVA trasladado: 'quiza' is none of"),
        (lambda row: (*row[:5], "mañana", *row[6:]), "FechaInicioVigencia"),
        (lambda row: ("", *row[1:]), "a line without a key"),
        (lambda row: ("01010101", *row[1:]), "01010101 stands more than once"),
    ],
)
def test_a_line_that_makes_no_sense_is_named_and_nothing_is_taken(
    world: World, break_row: Callable[[tuple[object, ...]], tuple[object, ...]], said: str
) -> None:
    sheets = world.sheets()
    headings, (first, second, *rest) = sheets["c_ClaveProdServ"]
    rows = [first, break_row(tuple(second)), *rest]
    path = sat_files.write_workbook(world.files / NAME, {**sheets, "c_ClaveProdServ": (headings, rows)})
    assert said.replace("FechaInicioVigencia", "Fecha inicio vigencia") in refused(world, path).message


def test_many_problems_are_counted_and_the_first_are_quoted(world: World) -> None:
    sheets = world.sheets()
    headings, rows = sheets["c_ClaveUnidad"]
    wrong = [(f"bad key {number}", *row[1:]) for number, row in enumerate(rows)]
    path = sat_files.write_workbook(world.files / NAME, {**sheets, "c_ClaveUnidad": (headings, wrong)})
    message = refused(world, path).message
    assert "bad key 4" in message
    assert "bad key 5" not in message
    assert "(and 2 more)" in message


def test_a_missing_column_is_named(world: World) -> None:
    sheets = world.sheets()
    _, rows = sheets["c_ClaveUnidad"]
    path = sat_files.write_workbook(
        world.files / NAME, {**sheets, "c_ClaveUnidad": ((("c_ClaveUnidad", "Title"),), rows)}
    )
    assert "no column 'Nombre'" in refused(world, path).message


def test_a_sheet_without_headings_is_named(world: World) -> None:
    path = sat_files.write_workbook(world.files / NAME, {**world.sheets(), "c_ClaveUnidad": ((("Clave",),), ())})
    assert "no heading c_ClaveUnidad" in refused(world, path).message


# --- the schema ------------------------------------------------------------------------------------------------------


def schema_keys(world: World) -> dict[str, list[str]]:
    return {
        "c_ClaveProdServ": catalogs.product_keys(world.folder)["key"].to_list(),
        "c_ClaveUnidad": [key.upper() if key == "Dx" else key for key in catalogs.unit_keys(world.folder)["key"]],
        "c_CodigoPostal": ["00000", *catalogs.postal_codes(world.folder)["key"]],
    }


def test_a_schema_adds_and_removes_keys_and_keeps_every_name(world: World) -> None:
    keys = schema_keys(world)
    keys["c_ClaveProdServ"] = [key for key in keys["c_ClaveProdServ"] if key != "10101501"] + ["84119999"]
    keys["c_ClaveUnidad"] += ["QQ9"]
    keys["c_CodigoPostal"] += ["17001"]
    keys["c_CodigoPostal"].remove("20000")
    path = sat_files.write_schema(world.files / "catCFDI_20260901.xsd", keys)

    changes = world.update(path, allow_loss=False)

    assert {name: (change.added, change.removed) for name, change in changes.items()} == {
        "product_keys": (1, 1),
        "unit_keys": (1, 0),
        "postal_codes": (1, 1),
    }
    products = catalogs.product_keys(world.folder)
    assert products.filter(pl.col("key") == "84119999").select("description", "in_workbook").row(0) == (None, False)
    assert products.filter(pl.col("key") == "84111506")["description"].item() == "Servicios de facturación"
    units = catalogs.unit_keys(world.folder)
    assert units.filter(pl.col("folded") == "DX")["key"].item() == "Dx"
    assert units.filter(pl.col("key") == "QQ9")["name"].item() is None
    assert [match.key for match in search("guajolotes", 1, world.folder)] == ["10101603"]


def test_a_schema_without_a_date_in_its_name_is_of_the_files_own_day(world: World) -> None:
    path = sat_files.write_schema(world.files / "catCFDI.xsd", schema_keys(world))
    os.utime(path, (1_790_000_000, 1_790_000_000))  # 2026-09-21
    assert world.update(path)["unit_keys"].edition == date(2026, 9, 21)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<xs:schema", "not well-formed"),
        ("<html><body>404</body></html>", "it is not SAT's catCFDI.xsd"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
        (f'<!--{"x" * 5000}--><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
        (f"<a>{' ' * (20 << 20)}</a>", "larger than 20 MiB"),
    ],
)
def test_xml_that_is_not_sats_schema_is_refused(world: World, content: str, said: str) -> None:
    path = world.files / "catCFDI_20260901.xsd"
    path.write_text(content)
    assert said in refused(world, path).message


# --- guards ----------------------------------------------------------------------------------------------------------


def test_a_file_that_lost_many_keys_is_refused_unless_that_is_meant(world: World) -> None:
    path = sat_files.write_workbook(world.files / NAME, world.sheets())
    error = refused(world, path, allow_loss=False)
    assert "52,509 of the 52,747 product_keys" in error.message
    assert "--allow-loss" in error.hint


def test_a_file_older_than_the_catalogues_in_use_is_refused(world: World) -> None:
    path = sat_files.write_workbook(world.files / "catCFDI_V_4_20241213.xls", world.sheets())
    assert "older than the catalogues in use" in refused(world, path).message


def test_a_file_from_the_future_is_refused(world: World) -> None:
    path = sat_files.write_workbook(world.files / "catCFDI_V_4_20270101.xls", world.sheets())
    assert "yet to come" in refused(world, path).message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "neither an Excel workbook nor an XML schema"),
        (b"key,description\n01010101,No existe\n", "neither an Excel workbook nor an XML schema"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and then nothing", "cannot be read as an Excel workbook"),
        (b"PK\x03\x04 not a zip at all", "cannot be read as an Excel workbook"),
    ],
)
def test_a_file_that_is_something_else_is_refused(world: World, content: bytes, said: str) -> None:
    path = world.files / NAME
    path.write_bytes(content)
    assert said in refused(world, path).message


def test_a_workbook_that_is_not_sats_is_refused(world: World) -> None:
    book = xlwt.Workbook()
    book.add_sheet("Clientes").write(0, 0, "RFC")
    book.save(str(world.files / NAME))
    assert "has no sheet c_ClaveProdServ" in refused(world, world.files / NAME).message


def test_a_missing_file_is_refused(world: World) -> None:
    assert "cannot be read" in refused(world, world.files / "nothing.xls").message


def test_a_folder_that_cannot_be_written_leaves_the_catalogues_as_they_were(world: World) -> None:
    world.folder.parent.mkdir()
    world.folder.write_text("a file where the folder should be")
    path = sat_files.write_workbook(world.files / NAME, world.sheets())
    with pytest.raises(OutputError, match="cannot be written"):
        world.update(path)


def test_a_second_update_of_the_same_day_takes_over_and_old_sets_go(world: World) -> None:
    path = sat_files.write_workbook(world.files / NAME, world.sheets())
    for _ in range(3):
        world.update(path)
    assert [one.name for one in user_sets(world.folder)] == ["2026-08-06.0002", "2026-08-06.0003"]
    assert edition("unit_keys", world.folder).path == world.folder / "2026-08-06.0003" / "unit_keys.parquet"
    assert sorted(path.name for path in world.folder.iterdir()) == ["2026-08-06.0002", "2026-08-06.0003"]


def test_one_in_ten_of_all_keys_comes_back_from_a_workbook_cell_by_cell(world: World) -> None:
    """Products, units and postal codes from the whole range, written as SAT writes them and read again."""
    products = catalogs.product_keys(world.folder).filter("in_workbook").gather_every(10)
    units = catalogs.unit_keys(world.folder)
    codes = catalogs.postal_codes(world.folder).gather_every(10)
    similar = find_similar_words(world.folder).join(products, on="key", how="semi")
    sheets = sat_files.sat_sheets(products.join(similar, on="key", how="left"), units, codes)

    world.update(sat_files.write_workbook(world.files / NAME, sheets))

    read = catalogs.product_keys(world.folder).filter("in_workbook")
    assert read.drop("valid_from").equals(products.drop("valid_from"))
    assert catalogs.unit_keys(world.folder).drop("valid_from").equals(units.drop("valid_from"))
    assert catalogs.postal_codes(world.folder).drop("valid_from").equals(codes.drop("valid_from"))
    assert find_similar_words(world.folder).equals(similar)
