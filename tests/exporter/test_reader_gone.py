"""A reader of standard output that goes away (`| head`) is no mistake of anybody's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from exporter import ROOT
from listing import KEY, listing

PIPE_BUFFER_ROWS = 900
"""More than fits into the buffer of a pipe."""


def test_a_reader_that_goes_away_ends_the_export_quietly(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    own = {"GIGSTACK_API_KEY": KEY, "GIGBULK_STATE_DIR": str(tmp_path)}
    words = [sys.executable, "-m", "pipeline", "export", "payments", "-o", "-", "--format", "jsonl", "--quiet"]
    with listing(payments=PIPE_BUFFER_ROWS) as sandbox:
        export = subprocess.Popen(
            words, cwd=tmp_path, env=environment | own | {"GIGSTACK_BASE_URL": sandbox.base_url},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert export.stdout and export.stderr
        assert export.stdout.readline().startswith(b'{"id":')
        export.stdout.close()
        said = export.stderr.read()
        export.stderr.close()
        assert (export.wait(60), said) == (141, b"")
