"""The result object of an export that did not end well: what is known of it stands in it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exporter import ROOT, Desk
from listing import KEY

from pipeline.sandbox import EmbeddedSandbox, Options


def test_a_failed_export_tells_how_long_it_took_and_which_run_it_was(desk: Desk) -> None:
    ran = desk.gigbulk("export", "clients", "services", "-o", "out", GIGSTACK_API_KEY="a-revoked-key")
    assert (ran.code, ran.result["status"]) == (4, "failed")
    assert ran.result["seconds"] > 0
    assert ran.result["run"]
    assert {name: r["complete"] for name, r in ran.result["resources"].items()} == {"clients": False, "services": False}


def test_an_export_that_cannot_be_written_tells_what_was_done_before(desk: Desk) -> None:
    (desk.folder / "out" / "services.csv").mkdir(parents=True)
    ran = desk.gigbulk("export", "clients", "services", "receipts", "-o", "out")
    assert (ran.code, ran.result["status"]) == (5, "failed")
    assert ran.result["seconds"] > 0
    assert ran.result["resources"]["clients"] == {"rows": 30, "pages": 1, "complete": True}
    assert ran.result["resources"]["services"]["rows"] == 5
    assert ran.result["resources"]["services"]["complete"] is False
    assert ran.result["resources"]["receipts"] | {"why": ""} == {"rows": 0, "pages": 0, "complete": False, "why": ""}
    assert ran.result["outputs"]["files"] == ["out/clients.csv"]


@contextmanager
def running(desk: Desk, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command while it runs."""
    environment = {
        "PYTHONPATH": str(ROOT), "GIGSTACK_API_KEY": KEY, "GIGSTACK_BASE_URL": desk.base_url,
        "GIGBULK_STATE_DIR": str(desk.folder / "state"), "HOME": str(desk.folder),
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments, "--json"], cwd=desk.folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        yield process


def test_a_server_that_is_not_there_is_named_at_once_while_it_is_tried_again(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        desk = Desk(tmp_path, f"http://127.0.0.1:{nobody.getsockname()[1]}/v2")
        begun = time.monotonic()
        with running(desk, "export", "clients", "services", "-o", "out") as process:
            assert process.stderr is not None
            said = process.stderr.readline()
            took = time.monotonic() - begun
            process.send_signal(signal.SIGINT)
            out, rest = process.communicate(timeout=30)
    assert "could not be reached" in said
    assert "Trying again for up to" in said
    assert took < 10
    assert "could not be reached" not in rest
    assert (process.returncode, json.loads(out)["status"]) == (130, "interrupted")


def test_an_interrupted_export_tells_what_it_had_read_and_the_next_goes_on_from_there(tmp_path: Path) -> None:
    with EmbeddedSandbox(Options(rows={"clients": 2000, "services": 5}, latency_ms=150)) as sandbox:
        desk = Desk(tmp_path, sandbox.base_url)
        with running(desk, "export", "services", "clients", "-o", "out", "--concurrency", "1") as process:
            while len(list(tmp_path.glob("state/exports/*/clients-*/page-*.json"))) < 3:
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        cut = json.loads(out)
        assert (process.returncode, cut["status"], cut["exit_code"]) == (130, "interrupted", 130), err
        assert cut["run"]
        assert cut["seconds"] > 0.3
        assert cut["resources"]["services"] == {"rows": 5, "pages": 1, "complete": True}
        read = cut["resources"]["clients"]
        assert read["complete"] is False
        assert read["pages"] >= 2
        assert 100 * read["pages"] >= read["rows"] > 100
        assert "Run the same export again" in err
        again = desk.gigbulk("export", "services", "clients", "-o", "out")
        assert (again.code, again.rows("clients")) == (0, 2000)
        assert desk.manifest("out/manifest.json")["exports"]["clients"]["pages_continued"] >= read["pages"] - 1
