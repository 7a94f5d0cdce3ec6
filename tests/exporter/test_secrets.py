"""Members that give access to something reach no file: not a table, not a raw page, not the state folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import polars as pl
import pytest
from exporter import Account, Desk

from pipeline.sandbox import EmbeddedSandbox, Options

SECRETS = ("token", "client_secret", "paymentIntent", "shortURL", "shortUrl")
ROWS = 40


@pytest.fixture
def account() -> Iterator[tuple[EmbeddedSandbox, Account]]:
    """Payments of two kinds, pretend ones and sent ones, and a team whose onboarding link lets anybody in."""
    with EmbeddedSandbox(Options(rows={"payments": ROWS, "clients": 2})) as sandbox:
        account = Account(sandbox)
        item = {"name": "Plan", "description": "Plan mensual", "quantity": 1, "total": 100}
        keys = {"product_key": "84111506", "unit_key": "E48", "unit_name": "Unidad"}
        account.add("payments", {"clientId": account.ids("clients")[0], "items": [item | keys]})
        account.add("connect/teams", {"alias": "Norte"})
        yield sandbox, account
        account.close()


def secrets(sandbox: EmbeddedSandbox) -> set[str]:
    """What the server holds and nobody else may: found by the members' names in its own records."""

    def records(resource: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{sandbox.origin}/_sandbox/records?resource={resource}").json()
        return found

    payments = records("payments")
    assert len(payments) == ROWS + 1 and all(set(SECRETS) <= payment.keys() for payment in payments)
    return {p[name] for p in payments for name in SECRETS} | {team["onboardingUrl"] for team in records("teams")}


def contents(folder: Path) -> dict[str, str]:
    """The text of every file below a folder."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if data.startswith(b"PAR1"):
            data = pl.read_parquet(path).write_ndjson().encode()
        found[str(path.relative_to(folder))] = data.decode("utf-8", "replace")
    return found


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_no_secret_of_the_account_is_in_any_file_of_an_export(
    format: str, account: tuple[EmbeddedSandbox, Account], tmp_path: Path
) -> None:
    sandbox, at = account
    desk = Desk(tmp_path, sandbox.base_url)
    ran = desk.gigbulk("export", "payments", "teams", "--format", format, "--raw", "-o", "out")
    assert ran.code == 0, ran.err
    held = secrets(sandbox)
    written = contents(tmp_path) | {"said": ran.err, "result": str(ran.result)}
    assert [(name, secret) for name, text in written.items() for secret in held if secret in text] == []
    ids = at.ids("payments")
    whole = [name for name, text in written.items() if all(i in text for i in ids)]
    assert any("raw" in name for name in whole) and f"out/payments.{format}" in whole


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_links_are_written_where_they_are_asked_for_into_files_that_the_owner_alone_reads(
    form: str, account: tuple[EmbeddedSandbox, Account], tmp_path: Path
) -> None:
    sandbox, _ = account
    desk = Desk(tmp_path, sandbox.base_url)
    flags = ("export", "payments", "--format", form, "--with-links", "-o", "out")
    assert desk.gigbulk(*flags).code == 0
    shown = {path.name for path in (tmp_path / "out").iterdir() if path.stat().st_mode & 0o077}
    assert shown == {"manifest.json"}
    if form == "csv":
        links = pl.read_csv(tmp_path / "out/payments.csv", infer_schema=False)["link"].to_list()
        assert len(links) == ROWS + 1
        assert set(links) <= secrets(sandbox)
        others = "".join(contents(tmp_path / "out").values())
        assert not any(p in others for p in secrets(sandbox) - set(links))


@pytest.mark.parametrize("flags", [("--append",), ("--raw",), ("-o", "s3://lake/out")])
def test_links_go_into_no_other_place(flags: tuple[str, ...], tmp_path: Path, account: Any) -> None:
    ran = Desk(tmp_path, account[0].base_url).gigbulk("export", "payments", "--with-links", *flags)
    assert ran.code == 2
    assert "link" in ran.err
