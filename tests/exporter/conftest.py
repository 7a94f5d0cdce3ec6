"""Fixtures of the export tests: an account with some of everything, and a desk from where it is exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from exporter import Account, Desk

from pipeline.sandbox import EmbeddedSandbox, Options


@pytest.fixture
def account() -> Iterator[Account]:
    """An account of 30 clients, 25 payments and some of everything else."""
    rows = {"clients": 30, "payments": 25, "services": 5, "receipts": 12, "invoices": 4, "webhooks": 2, "teams": 2}
    with EmbeddedSandbox(Options(rows=rows)) as sandbox:
        opened = Account(sandbox)
        yield opened
        opened.close()


@pytest.fixture
def desk(tmp_path: Path, account: Account) -> Desk:
    return Desk(tmp_path, account.base_url)
