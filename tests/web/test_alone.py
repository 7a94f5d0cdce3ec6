"""Two pages of one state folder would each write the corrections they know of: the second says so and ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from page import Reader, open_page
from walk import a_list


def begin_another(state: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "pipeline", "web", "--no-browser", "--sandbox"]
    known = os.environ | {"GIGBULK_STATE_DIR": str(state), "LANG": "C.UTF-8"}
    return subprocess.run(words, capture_output=True, text=True, env=known, timeout=60)


def test_a_second_page_says_that_there_is_one_and_the_first_goes_on(tmp_path: Path) -> None:
    with open_page(tmp_path / "state", "--sandbox") as page:
        user = Reader(page).drop(a_list(tmp_path / "c.csv"))
        other = begin_another(tmp_path / "state")
        assert other.returncode == 2 and "open already" in other.stderr
        assert "c.csv" in user.go("/").text
        page.kill()
    with open_page(tmp_path / "state", "--sandbox") as page:  # a page that was killed holds nothing
        assert "c.csv" in Reader(page).text
