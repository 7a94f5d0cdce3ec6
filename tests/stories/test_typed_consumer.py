"""Types come with the package: whoever imports gigbulk has their own calls checked against ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]

RIGHT = """\
from pathlib import Path

from pipeline import PipelineError, run_export, run_import
from schemas import resource

def nightly(folder: Path) -> int:
    try:
        outcome = run_import([folder / "payments.csv"], problems="problems.csv", rate=5)
    except PipelineError as error:
        return error.exit_code
    created: int = outcome["resources"]["payments"]["created"]
    lists = run_export("payments", folder, since="last", lang="es")
    return created + lists["exit_code"] + len(resource("clients").columns)
"""

WRONG = """\
from pipeline import run_export, run_import
from schemas import resource

run_import("payments.csv", limit="three")
run_import("payments.csv", on_existing="overwrite")
run_export(["payments"], "out", rate="fast")
name: int = run_import("payments.csv")["run"]
resource(3)
"""


def test_a_consumer_under_strict_mypy_sees_our_types(tmp_path: Path) -> None:
    """One run of mypy over both, for time; what is right gives no error, what is wrong one on each line."""
    (tmp_path / "right.py").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    # A folder of its own, without settings and MYPYPATH: mypy finds us as installed, where only py.typed lets it look.
    environment = {name: value for name, value in os.environ.items() if name != "MYPYPATH"}
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir", str(tmp_path / "cache"),
         "right.py", "wrong.py"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    found = re.findall(r"^(\w+\.py):(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE)
    assert found == [
        ("wrong.py", "4", "arg-type"),
        ("wrong.py", "5", "arg-type"),
        ("wrong.py", "6", "arg-type"),
        ("wrong.py", "7", "assignment"),
        ("wrong.py", "8", "arg-type"),
    ], done.stdout + done.stderr
    assert done.stdout.count("error: ") == len(found)


def test_the_wheel_ships_the_mark_of_both_packages() -> None:
    shipped = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert {"pipeline/py.typed", "schemas/py.typed"} <= shipped
