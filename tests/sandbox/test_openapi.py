"""The sandbox keeps to its own OpenAPI file, under whatever schemathesis thinks of, good and bad."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from played import Played

from pipeline.sandbox.inspection import OPENAPI_FILE
from pipeline.sandbox.v2025_06 import GENERATION


def test_the_openapi_file_lists_exactly_the_operations_served(sandbox: Played) -> None:
    document = sandbox.inspect("openapi")
    assert document == json.loads(OPENAPI_FILE.read_text(encoding="utf-8"))
    listed = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
        if method != "parameters"
    }
    assert listed == {(operation.method, operation.path) for operation in GENERATION.operations}


@pytest.mark.slow
def test_schemathesis_finds_no_reply_that_breaks_the_file(sandbox: Played, tmp_path: Path) -> None:
    config = Path(__file__).with_name("schemathesis.toml")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(OPENAPI_FILE)),
            *("--url", sandbox.server.base_url, "--header", "Authorization: Bearer k"),
            *("--phases", "coverage,fuzzing", "--max-examples", "3", "--seed", "20250616", "--warnings", "off"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert sandbox.inspect("counts")["payments"] > 0, "no valid payment got through: the run proved little"
