"""SECURITY.md says who may read what gigbulk writes; that is looked at after an import and an export."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which rows were rejected and a list was exported, by a user whose files everybody may read."""
    folder = tmp_path_factory.mktemp("written")
    samples = ROOT / "samples"
    for words, code in (
        (("import", samples / "clients_mistakes.csv", "--rejects", "rejects.csv"), 1),
        (("export", "clients", "-o", "out", "--raw"), 0),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, words), "--sandbox", "--quiet"],
            cwd=folder, capture_output=True, text=True, check=False, timeout=100, umask=0o022,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GIGBULK_STATE_DIR": str(folder / "state")},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
    return folder


def test_the_state_folder_is_the_users_own_and_so_is_each_file_in_it_but_the_pretend_account(written: Path) -> None:
    assert mode(written / "state") == 0o700
    open_to_others = {path.name for path in (written / "state").rglob("*") if path.is_file() and mode(path) != 0o600}
    assert open_to_others == {"sandbox.sqlite"}
    assert (written / "state" / "journal.sqlite").exists()


def test_what_the_user_asked_for_follows_the_umask(written: Path) -> None:
    asked_for = [written / "rejects.csv", *(path for path in (written / "out").rglob("*") if path.is_file())]
    assert {path.parent.name for path in asked_for} >= {"out", "clients.raw"}
    assert {mode(path) for path in asked_for} == {0o644}


def test_every_place_the_page_names_exists() -> None:
    links = re.findall(r"\]\(([^)\s#]+)[^)]*\)", PAGE)
    assert links and [link for link in links if not (ROOT / link).exists()] == []
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {*re.findall(r"`make ([a-z-]+)`", PAGE)} <= set(targets)
