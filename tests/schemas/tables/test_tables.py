"""Exported tables as declared: pinned, joinable, and readable by our own importer."""

from pathlib import Path

import pytest

from pipeline.exporter.flatten import schema_of
from pipeline.source.columns.headings import match_fields
from schemas import resource
from schemas.tables import EXTRA, TABLES, Table, is_secret, without_secrets

PINNED = Path(__file__).with_name("pinned_tables.txt")
EVERY = [table for root in TABLES.values() for table in root.family]


def described(table: Table) -> str:
    columns = "".join(f"  {name}: {dtype}\n" for name, dtype in schema_of(table).items())
    return f"{table.name}\n{columns}"


def test_columns_and_types_of_every_table_are_those_users_already_have() -> None:
    """A change here breaks somebody's load job: make it on purpose, and say so in the CHANGELOG."""
    assert "\n".join(map(described, EVERY)) == PINNED.read_text(encoding="utf-8")


@pytest.mark.parametrize("table", EVERY, ids=lambda t: t.name)
def test_a_table_has_no_column_twice_and_ends_with_what_was_not_declared(table: Table) -> None:
    assert len(set(table.columns)) == len(table.columns)
    assert table.columns[-1] == EXTRA
    assert table.columns == tuple(schema_of(table))


@pytest.mark.parametrize("table", EVERY, ids=lambda t: t.name)
def test_no_source_is_read_into_two_columns_of_a_table(table: Table) -> None:
    sources = [source for field in table.fields for source in field.sources]
    assert len(set(sources)) == len(sources)


@pytest.mark.parametrize("table", EVERY, ids=lambda t: t.name)
def test_no_secret_has_a_column(table: Table) -> None:
    for field in table.fields:
        for source in field.sources:
            assert not any(is_secret(name) or name in table.secrets for name in source.split("."))


@pytest.mark.parametrize("name", ["clients", "services"])
def test_an_exported_file_has_every_column_its_import_understands(name: str) -> None:
    fields, unknown = match_fields(TABLES[name].columns, name, f"{name}.csv")
    assert {column.field for column in resource(name).columns if column.sent} <= set(fields.values())
    assert "id" not in fields
    assert unknown == ()


@pytest.mark.parametrize(
    "name",
    ["token", "client_secret", "clientSecret", "paymentIntent", "shortURL", "shortUrl", "short_url", "accessToken",
     "webhook-secret", "SIGNING_SECRET", "apiKey", "onboardingUrl", "portal_url", "Authorization",
     "secretKey", "stripeSecretKey", "signature", "x-signature-v1", "jwt", "bearer", "credentials", "passwd", "pwd",
     "cookie", "auth", "proxy-authorization", "csdPassword", "checkoutUrl"],
)  # fmt: skip
def test_what_gives_access_is_a_secret_however_it_is_spelled(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["id", "product_key", "unit_key", "url", "logo", "status", "internalId", "zip", "keys", "paymentKey", "tokenized",
     "author", "authorizationCode", "automations"],
)  # fmt: skip
def test_ordinary_members_are_not_secrets(name: str) -> None:
    assert not is_secret(name)


def test_secrets_are_taken_out_at_any_depth() -> None:
    reply = {"a": [{"token": 1, "b": {"clientSecret": 2, "c": 3}}], "url": "x"}
    assert without_secrets(reply, frozenset({"url"})) == {"a": [{"b": {"c": 3}}]}
