"""A mistake of ours is told by its place and kind: no log holds a cell, and no bench a key."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from page import Reader, open_page
from walk import a_list

from pipeline.web.jobs import JobFolder
from pipeline.web.mistakes import describe_mistake

KEY = "sk_test_no_one_shall_find_this_anywhere_0123456789"
SECRET = "s" * 32


def test_a_mistake_is_told_by_place_and_kind_and_without_its_words() -> None:
    try:
        int("GODE561231GR8")
    except ValueError as error:
        told = describe_mistake(error)
    assert "test_mistakes.py" in told and told.endswith("ValueError") and told.count("GODE561231GR8") == 1  # our line


def test_what_ends_a_process_or_a_thread_unforeseen_is_told_without_its_words() -> None:
    program = """
import threading
from pipeline.web.mistakes import watch_mistakes
watch_mistakes(lambda name, where: print(name, where.count(name)))
cell = "GODE56" + "1231GR8"
thread = threading.Thread(target=int, args=(cell,))
thread.start(); thread.join()
{}[cell]
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["ValueError 1", "KeyError 1"]
    assert "GODE561231GR8" not in done.stdout + done.stderr


def test_a_bench_has_no_key_and_no_child_has_one_in_its_environment(tmp_path: Path) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc here: the environment of another process cannot be read")
    known = {"GIGSTACK_API_KEY": KEY, "GIGSTACK_BASE_URL": "http://127.0.0.1:9", "GIGBULK_WEB_SECRET": SECRET}
    with open_page(tmp_path / "state", **known) as page:
        Reader(page).drop(a_list(tmp_path / "c.csv")).step("correct")
        children = Path(f"/proc/{page.process.pid}/task/{page.process.pid}/children").read_text().split()
        assert children
        for child in children:
            environment = Path(f"/proc/{child}/environ").read_bytes()
            assert b"GIGBULK_STATE_DIR" in environment
            assert KEY.encode() not in environment and SECRET.encode() not in environment


def test_a_bench_that_has_a_mistake_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'pipeline.web.bench' in sys.orig_argv:\n"
        "    import pipeline.web.bench.desk as desk\n"
        "    def stumble(self, **asked): raise KeyError('BERTA' + ' LUNA')\n"
        "    desk.VERBS['window'] = stumble\n"
    )
    path = f"{tmp_path / 'broken'}:{':'.join(filter(None, sys.path))}"
    with open_page(tmp_path / "state", "--sandbox", PYTHONPATH=path) as page:
        user = Reader(page).drop(a_list(tmp_path / "c.csv"))
        user.go(f"/b/{user.basket}/correct")
        assert user.shown.status_code == 500 and "mistake in gigbulk" in user.text and "KeyError" in user.text
        page.process.terminate()
        told = "".join(page.process.communicate(timeout=20))
    assert "stumble" in told and "KeyError" in told and "BERTA LUNA" not in told


def test_figures_that_cannot_be_counted_end_alone(tmp_path: Path) -> None:
    program = """
import sys, time
from pathlib import Path
from pipeline.web.job.telling import Telling
telling = Telling(Path(sys.argv[1]) / "progress.jsonl", "en", ())
with telling.counting(lambda: {}["fates"]):
    time.sleep(0.8)
    telling.tell(run="goes on")
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, capture_output=True)
    assert JobFolder(tmp_path).latest() == {"blind": True, "run": "goes on"}
