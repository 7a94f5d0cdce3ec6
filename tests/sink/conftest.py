"""Exports to a store start from an account with some of everything, and a desk from where it is exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from exporter import Account, Desk, open_account


@pytest.fixture
def account() -> Iterator[Account]:
    with open_account() as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path, account: Account) -> Desk:
    return Desk(tmp_path, account.base_url)
