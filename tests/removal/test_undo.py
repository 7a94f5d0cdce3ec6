"""An undo called from Python: what is no import of this account is refused before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.removal.flow import Remover
from pipeline.removal.undo import undo_run
from pipeline.settings import Settings


def test_a_run_that_is_no_import_of_this_account_is_not_undone(tmp_path: Path) -> None:
    settings = Settings(api_key="k", base_url="http://127.0.0.1:9/v2", dialect="2026", state_dir=tmp_path)
    with pytest.raises(ConfigError, match="There is no import r9"):
        undo_run("r9", settings, Remover())
