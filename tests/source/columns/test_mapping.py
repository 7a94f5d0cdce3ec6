"""What a person says of columns: a heading means a field, a field is the same where records say nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import Files, a_client, a_line
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError, InputError, JournalError
from pipeline.source.columns.headings import find_near_fields, match_headings
from pipeline.source.columns.layouts import Mappings, read_layouts, write_layouts
from pipeline.source.columns.mapping import (
    NOTHING_MAPPED,
    ColumnMapping,
    build_mapping,
    hash_layout,
    match_table,
    parse_pairs,
    refuse_unused,
)
from pipeline.source.detect import detect_resource
from pipeline.source.read import inspect_file
from schemas.cleaning.cell_formats import SaidFormats

CLIENT = ("internalId", "name", "rfc", "email")


def test_a_heading_nobody_knows_means_what_is_said_of_it_whatever_its_case_and_accents() -> None:
    headings = ("internalId", "name", "MI COLUMNA:", "email")
    assert match_headings(headings, "clients", "a.csv", {"Mi cólumna": "rfc"}).fields["MI COLUMNA:"] == "rfc"


def test_what_is_said_goes_before_what_a_heading_would_mean_and_ends_the_choice_between_two() -> None:
    headings = (*CLIENT, "Correo", "Razón social")
    with pytest.raises(InputError, match="both mean email"):
        match_headings(headings, "clients", "a.csv")
    matched = match_headings(headings, "clients", "a.csv", {"Correo": "email"})
    assert matched.fields["Correo"] == "email"
    assert matched.passed_over == ("email",)
    assert match_headings(headings, "clients", "a.csv", {"email": "metadata.old", "Correo": "email"}).passed_over == ()


def test_a_field_is_named_as_a_person_would_and_only_where_the_resource_has_it() -> None:
    said = build_mapping({"X": "internalId", "Y": "Régimen fiscal", "Z": "items.total"}, {"moneda": " mxn"})
    assert said.of("clients").columns == {"X": "metadata.internalId", "Y": "tax_system"}
    assert said.of("payments").columns["Z"] == "items.total"
    assert said.of("payments").constants == {"currency": "MXN"}


def test_a_column_said_to_be_a_field_tells_what_the_file_holds() -> None:
    headings = ("A", "B", "C", "D")
    said = {"A": "items.name", "B": "items.total", "C": "internalId", "D": "paymentMethod"}
    assert detect_resource(headings, "a.csv", said) == "payments"


@pytest.mark.parametrize(
    ("columns", "constants", "message", "hint"),
    [
        ({"A": "rcf"}, {}, "--map: there is no field 'rcf'", "Did you mean 'rfc'"),
        ({}, {"curency": "MXN"}, "--set: there is no field 'curency'", "'currency'"),
        ({}, {"zzzzzz": "1"}, "--set: there is no field 'zzzzzz'", "There are: 'metadata.internalId'"),
        ({"A": "rfc", "B": "rfc"}, {}, "'A' and 'B' both mean rfc", "one of them"),
        ({}, {"internalId": "1"}, "every record the same internalId", "a column"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused_with_near_names(
    columns: dict[str, str], constants: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        build_mapping(columns, constants)
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("columns", "constants", "message", "hint"),
    [
        ({"Mi colunma": "rfc"}, {}, "no file has a column 'Mi colunma'", "'Mi columna'"),
        ({"Mi columna": "items.total"}, {}, "a.csv holds clients, which have no field 'items.total'", "There are"),
        ({}, {"items.total": "1"}, "a.csv holds clients, which have no field 'items.total'", "There are"),
    ],
)
def test_what_no_file_takes_up_is_refused(
    columns: dict[str, str], constants: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_unused(ColumnMapping(columns, constants), [("a.csv", "clients", (*CLIENT, "Mi columna"))])
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_misspelt_heading_is_told_where_its_column_is_missed() -> None:
    with pytest.raises(ConfigError) as caught:
        match_table(
            ("internalId", "name", "Clave fiscal", "email"),
            "clients",
            "a.csv",
            ColumnMapping({"Clave fical": "rfc"}, {}),
        )
    assert "no column 'Clave fical'" in caught.value.message
    assert "no column for rfc" in caught.value.message
    assert "'Clave fiscal'" in caught.value.hint


def test_a_constant_stands_in_for_a_column_that_every_record_needs() -> None:
    matched, constants = match_table(CLIENT[:3], "clients", "a.csv", ColumnMapping({}, {"correo": "a@b.mx"}))
    assert "email" not in matched.fields.values()
    assert constants == {"email": "a@b.mx"}


@pytest.mark.parametrize("pair", ["rfc", "=rfc", "A=", "", " = "])
def test_a_pair_of_one_side_is_refused(pair: str) -> None:
    with pytest.raises(ConfigError, match="no two sides"):
        parse_pairs([pair], "--map", last=True)


def test_a_heading_may_hold_an_equals_sign_and_so_may_a_value() -> None:
    assert parse_pairs(["a=b=rfc"], "--map", last=True) == {"a=b": "rfc"}
    assert parse_pairs(["metadata.x=a=b"], "--set", last=False) == {"metadata.x": "a=b"}
    with pytest.raises(ConfigError, match="two things of 'a'"):
        parse_pairs(["a=rfc", "a=name"], "--map", last=True)


def test_a_constant_that_says_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="says nothing"):
        build_mapping({}, {"currency": "N/A"}).of("payments")


# --- remembered by layout -----------------------------------------------------------------------------------------

_TEXTS = st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=3)


@given(st.dictionaries(st.text(), st.builds(ColumnMapping, _TEXTS, _TEXTS), max_size=3))
def test_what_is_remembered_is_read_again_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, layouts: dict[str, ColumnMapping]
) -> None:
    folder = tmp_path_factory.mktemp("state") / "new"
    write_layouts(folder, layouts)
    assert read_layouts(folder) == {layout: said for layout, said in layouts.items() if said != NOTHING_MAPPED}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"a": {"map": {"b": 1}, "set": {}}}'])
def test_a_damaged_memory_is_refused_and_not_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "layouts.json").write_text(content, encoding="utf-8")
    with pytest.raises(JournalError, match="does not hold mappings"):
        read_layouts(tmp_path)


def test_a_layout_is_its_headings_in_their_order_and_not_the_columns_of_a_rejects_file() -> None:
    assert hash_layout(("Código", "b")) == hash_layout(("CODIGO", "B:", "_line", "_errors"))
    assert hash_layout(("a", "b")) != hash_layout(("b", "a"))


def test_what_this_call_says_goes_before_what_is_remembered_and_that_before_the_settings() -> None:
    headings = ("A", "B")
    remembered = {hash_layout(headings): ColumnMapping({"a": "name", "B": "rfc"}, {"currency": "USD"})}
    settings = ColumnMapping({"B": "email", "C": "phone"}, {"currency": "MXN", "use": "G03"})
    found = Mappings(ColumnMapping({"A": "email"}, {}), remembered, settings).find(headings)
    assert found == ColumnMapping({"C": "phone", "B": "rfc", "A": "email"}, {"currency": "USD", "use": "G03"})


# --- a constant in a file -----------------------------------------------------------------------------------------


def test_a_constant_is_clean_and_kept_beside_the_formats_of_cells(files: Files) -> None:
    path = files.csv([a_line()], "payments.csv")
    mappings = Mappings(build_mapping({}, {"Forma de pago": "3"}))
    (source,) = inspect_file(path, "payments.csv", None, SaidFormats(), mappings=mappings)
    assert source.cell_formats.constants == {"paymentMethod": "03"}


def test_clients_with_an_rfc_by_constant_are_known_by_it_from_the_first_look(files: Files) -> None:
    rows = [a_client(internalId="", rfc=rfc) for rfc in ("LOAA800101AB1", "")]
    path = files.csv(rows)
    mappings = Mappings(build_mapping({}, {"rfc": "LOAA800101AB1"}))
    (source,) = inspect_file(path, "clients.csv", None, SaidFormats(), mappings=mappings)
    assert source.hashes[0] == source.hashes[1]


# --- what is nearly known -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Razon Socila", "legal_name"),
        ("Codigo Psotal", "address.zip"),
        ("Regimen fiscla", "tax_system"),
        ("Telefno", "phone"),
        ("Vendedor", None),
        ("Notas", None),
        ("Zona", None),
    ],
)
def test_a_slip_of_the_pen_is_proposed_and_never_applied(heading: str, field: str | None) -> None:
    matched = match_headings((*CLIENT, heading), "clients", "a.csv")
    assert heading in matched.unknown
    assert find_near_fields(matched.unknown, "clients", matched.fields.values()).get(heading) == field


def test_a_field_that_has_its_column_is_not_proposed() -> None:
    assert find_near_fields(["Razon Socila"], "clients", ["legal_name"]) == {}


def test_a_misspelt_heading_that_a_needed_field_lacks_is_asked_about_with_the_flag_that_answers() -> None:
    with pytest.raises(InputError, match="no column for email") as caught:
        match_table(("internalId", "name", "rfc", "Correo elctronico"), "clients", "a.csv", NOTHING_MAPPED)
    assert '--map "Correo elctronico=email"' in caught.value.hint


def test_two_columns_for_one_field_are_one_question_with_cells_of_both_and_the_flag_that_answers(files: Files) -> None:
    path = files.csv([a_client() | {"Correo": cell} for cell in ("", "b@empresa.example", "c@empresa.example")])
    with pytest.raises(InputError) as caught:
        inspect_file(path, "a.csv")
    assert "'email' (ana@empresa.example …)" in caught.value.message
    assert "'Correo' (b@empresa.example, c@empresa.example …) both mean email" in caught.value.message
    assert '--map "Correo=email"' in caught.value.hint


@pytest.mark.parametrize("name", ["UUID", "Folio", "clave rastreo"])
def test_a_column_that_may_be_the_key_of_payments_is_proposed_and_never_taken(name: str) -> None:
    headings = (name, *(h for h in a_line() if h != "internalId"))
    with pytest.raises(InputError, match=r"no column for metadata\.internalId") as asked:
        match_table(headings, "payments", "a.csv", NOTHING_MAPPED)
    assert f'--map "{name}=metadata.internalId"' in asked.value.hint


def test_all_that_every_line_would_lack_is_one_question_which_a_service_answers_too() -> None:
    headings = ("internalId", "clientId", "Concepto", "Importe")
    lacking = r"items\.quantity, items\.product_key, items\.unit_key, items\.unit_name"
    with pytest.raises(InputError, match=lacking) as asked:
        match_table(headings, "payments", "a.csv", NOTHING_MAPPED)
    assert '--set "items.product_key=…"' in asked.value.hint
    match_table((*headings, "service_ref"), "payments", "a.csv", NOTHING_MAPPED)
    said = dict.fromkeys(("items.quantity", "items.product_key", "items.unit_key", "items.unit_name"), "1")
    match_table(headings, "payments", "a.csv", build_mapping({}, said))


def test_beside_a_reference_to_a_client_columns_that_cannot_describe_one_are_passed_over() -> None:
    headings = ("internalId", "client_ref", "Razón social", "items.name")
    assert match_headings(headings, "payments", "a.csv").passed_over == ("Razón social",)
    whole = match_headings((*headings, "RFC"), "payments", "a.csv")
    assert whole.fields["Razón social"] == "client.legal_name"
