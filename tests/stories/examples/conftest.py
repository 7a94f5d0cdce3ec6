"""An account that an example finds in its environment, as a scheduler's worker would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.sandbox import EmbeddedSandbox, Options


@pytest.fixture
def account_in_environment(
    monkeypatch: pytest.MonkeyPatch, state_dir: Path, tmp_path: Path
) -> Iterator[EmbeddedSandbox]:
    """Some clients, services and payments behind a key in GIGSTACK_API_KEY; no settings file."""
    with EmbeddedSandbox(Options(rows={"clients": 30, "services": 4, "payments": 20})) as sandbox:
        monkeypatch.chdir(tmp_path)
        for name, value in {
            "GIGSTACK_API_KEY": "key-that-nobody-may-see",
            "GIGSTACK_BASE_URL": sandbox.base_url,
            "GIGBULK_STATE_DIR": str(state_dir),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
        }.items():
            monkeypatch.setenv(name, value)
        yield sandbox
