"""JSON objects to declared tables: same schema always, nothing lost, no secret kept."""

import json
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.exporter.cells import decode_json, encode_json
from pipeline.exporter.flatten import flatten, schema_of
from schemas.tables import EXTRA, TABLES, FieldKind, Table, is_secret

PAYMENT = {
    "id": "p_1", "amount": 150000, "status": "cancelled", "timestamp": 1748779200000, "invoices": None,
    "client": {"id": "c_1", "address": {"zipCode": "06600"}, "metadata": {"tier": "gold"}},
    "metadata": {"internalId": "ERP-1", "color": "rojo", "n": 1, "gone": None},
    "items": [
        {"name": "Plan", "total": Decimal("1500.10"), "taxes": [{"type": "IVA", "rate": Decimal("0.16")}, None]},
        None,
        {"name": "Otro", "taxes": [{"type": "ISR"}, {"type": "IEPS"}], "novel": True},
    ],
    "token": "eyJ", "client_secret": "x", "shortURL": "https://pay", "paymentIntent": "pi",
    "surprise": {"deep": [1, {"accessToken": "no"}]},
}  # fmt: skip


def row_of(frames: dict[str, pl.DataFrame], table: str, row: int = 0) -> dict[str, Any]:
    return frames[table].row(row, named=True)


def test_nested_objects_become_dotted_columns_and_both_spellings_are_read() -> None:
    row = row_of(flatten([PAYMENT], TABLES["payments"]), "payments")
    assert row["client.id"] == "c_1"
    assert row["client.address.zip"] == "06600"
    assert row["amount_decimal"] == Decimal("1500.00")
    assert (row["status"], row["status_normalized"]) == ("cancelled", "canceled")


def test_nested_lists_become_tables_joined_by_id_and_position() -> None:
    frames = flatten([PAYMENT, {"id": "p_2"}, {"id": "p_3", "items": [{"name": "x"}]}], TABLES["payments"])
    items, taxes = frames["payments.items"], frames["payments.items.taxes"]
    assert items.select("payment_id", "position", "name").rows() == [
        ("p_1", 1, "Plan"),
        ("p_1", 3, "Otro"),
        ("p_3", 1, "x"),
    ]
    assert taxes.select("payment_id", "item_position", "position", "type").rows() == [
        ("p_1", 1, 1, "IVA"), ("p_1", 3, 1, "ISR"), ("p_1", 3, 2, "IEPS"),
    ]  # fmt: skip


def test_metadata_keys_that_are_not_declared_stand_together_as_json() -> None:
    row = row_of(flatten([PAYMENT], TABLES["payments"]), "payments")
    assert row["metadata.internalId"] == "ERP-1"
    assert json.loads(row["metadata"]) == {"color": "rojo", "n": 1}


def test_unknown_fields_are_kept_under_their_path_without_secrets() -> None:
    frames = flatten([PAYMENT, {"id": "p_2"}], TABLES["payments"])
    assert json.loads(row_of(frames, "payments")[EXTRA]) == {"surprise": {"deep": [1, {}]}}
    assert frames["payments"][EXTRA][1] is None
    assert json.loads(row_of(frames, "payments.items", 1)[EXTRA]) == {"novel": True}


def test_a_second_spelling_that_says_otherwise_is_kept() -> None:
    rows = [
        {"id": "1", "rfc": "AAA010101AAA", "tax_id": "BBB010101BBB"},
        {"id": "2", "rfc": "AAA010101AAA", "tax_id": "AAA010101AAA"},
        {"id": "3", "client": {"rfc": "CCC010101CCC", "email": 5}},
    ]
    clients = flatten(rows, TABLES["clients"])["clients"]
    assert clients["rfc"].to_list() == ["AAA010101AAA", "AAA010101AAA", "CCC010101CCC"]
    assert clients["email"].to_list() == [None, None, "5"]
    assert clients[EXTRA].to_list() == ['{"tax_id":"BBB010101BBB"}', None, None]


def test_a_value_of_another_type_is_kept_beside_its_empty_cell() -> None:
    row = row_of(
        flatten([{"id": "1", "amount": "many", "client": "c_1", "items": "none"}], TABLES["payments"]), "payments"
    )
    assert row["amount"] is None
    assert json.loads(row[EXTRA]) == {"amount": "many", "client": "c_1", "items": "none"}


def test_a_member_that_is_only_an_id_is_a_row_with_that_id() -> None:
    frames = flatten([{"id": "t", "members": ["u_1", {"id": "u_2", "role": "admin"}]}], TABLES["teams"])
    assert frames["teams.members"].select("team_id", "position", "id", "role").rows() == [
        ("t", 1, "u_1", None), ("t", 2, "u_2", "admin"),
    ]  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_an_empty_page_has_the_same_columns_and_types_as_a_full_one(table: Table) -> None:
    nothing, bare = flatten([], table), flatten([{}], table)
    for one in table.family:
        assert nothing[one.name].schema == bare[one.name].schema == schema_of(one)


SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**6), 2 * 10**12) | st.decimals(-99, 99, places=2) | st.text(max_size=4)
)
VALUES = st.recursive(
    SCALARS,
    lambda v: (
        st.lists(v, max_size=2) | st.dictionaries(st.sampled_from(["a", "id", "token", "_seconds"]), v, max_size=2)
    ),
    max_leaves=4,
)


def objects(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that use declared names at every depth, with values of any type."""
    paths = sorted({source for field in table.fields for source in field.sources})
    return st.dictionaries(st.sampled_from([*paths, "novel", "client_secret"]), VALUES, max_size=6).map(nested)


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for path, value in flat.items():
        at, names = out, path.split(".")
        for name in names[:-1]:
            at = at.setdefault(name, {}) if isinstance(at.get(name, {}), dict) else {}
        at.setdefault(names[-1], value)
    return out


def said(kind: FieldKind, value: Any) -> Any:
    """A value as its column must show it."""
    if kind in (FieldKind.NUMBER, FieldKind.CENTS, FieldKind.INTEGER):
        return Decimal(value)
    if kind is FieldKind.BOOLEAN:
        return value if isinstance(value, bool) else {"true": True, "false": False}[value]
    if kind in (FieldKind.JSON, FieldKind.REST):
        return encode_json(without(value)).decode()
    return value if isinstance(value, str) else encode_json(value).decode()


def without(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without(v) for k, v in value.items() if not is_secret(k)}
    return [without(v) for v in value] if isinstance(value, list) else value


@settings(max_examples=150)
@given(
    st.sampled_from(["clients", "services", "receipts", "webhooks"]).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(objects(TABLES[n]), max_size=4))
    )
)
def test_every_value_is_in_its_column_or_in_extra(drawn: tuple[str, list[dict[str, Any]]]) -> None:
    """Nothing but nulls and secrets is lost, whatever the types are."""
    name, rows = drawn
    rows = decode_json(encode_json(rows))
    table = TABLES[name]
    frame = flatten(rows, table)[name]
    assert frame.schema == schema_of(table)
    sources = {source: field for field in table.fields for source in field.sources}
    assert not any(is_secret(key) for text in frame[EXTRA].drop_nulls() for key in names_in(json.loads(text)))
    for row, given_row in zip(frame.iter_rows(named=True), rows, strict=True):
        extra = decode_json(row[EXTRA].encode()) if row[EXTRA] else {}
        for path, value in leaves(given_row, sources):
            if path.split(".")[-1] in table.secrets or is_secret(path.split(".")[-1]):
                continue
            spellings = sources[path].sources if path in sources else (path,)
            if any(spelling in extra and extra[spelling] == without(value) for spelling in spellings):
                continue
            if path in sources:
                assert row[sources[path].name] == said(sources[path].kind, value)
            else:
                assert path.startswith("metadata.")
                assert decode_json(row["metadata"].encode())[path.removeprefix("metadata.")] == without(value)


def leaves(value: dict[str, Any], sources: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """(path, value) of everything but null; objects are entered only where something in them is declared."""
    found: list[tuple[str, Any]] = []
    for name, member in value.items():
        path = prefix + name
        inside = any(source.startswith(f"{path}.") for source in sources)
        if isinstance(member, dict) and inside:
            found += leaves(member, sources, f"{path}.")
        elif member is not None:
            found.append((path, member))
    return found


def names_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(names_in, value.values()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()
