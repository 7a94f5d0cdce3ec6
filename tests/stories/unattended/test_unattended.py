"""A job run by nobody: what monitoring, metrics and logs tell of it, however it ends."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builders import RecordingEvents
from textfile import samples
from witness import Witness

from pipeline.cli.watched import Watchers, watch_job
from pipeline.errors import ApiStop
from pipeline.sandbox import EmbeddedSandbox, Options
from tests.stories.unattended.conftest import KEY, Gigbulk


def value(path: Path, metric: str) -> float:
    return next(v for name, v in samples(path).items() if name.startswith(metric))


def test_an_export_that_succeeds_pings_start_and_success_and_leaves_its_figures(
    gigbulk: Gigbulk, monitor: Witness, tmp_path: Path
) -> None:
    ping = f"{monitor.origin}/secret-id"
    done = gigbulk("export", "clients", "-o", "out", "--json", "--metrics", "m.prom", GIGBULK_PING_URL=ping)
    assert done.returncode == 0, done.stderr
    assert monitor.paths == ["/secret-id/start", "/secret-id"]
    assert value(tmp_path / "m.prom", "gigbulk_last_run_rows") == 30
    assert value(tmp_path / "m.prom", "gigbulk_last_run_complete") == 1
    assert "secret-id" not in done.stdout + done.stderr


def test_an_import_with_rejected_rows_pings_failure_with_its_exit_code(
    gigbulk: Gigbulk, monitor: Witness, tmp_path: Path
) -> None:
    (tmp_path / "clients.csv").write_text(
        "internalId,name,rfc,email\nc1,ANA,LOAA800101AB1,ana@empresa.example\nc2,,x,x\n"
    )
    done = gigbulk("import", "clients.csv", "--ping", f"{monitor.origin}/id", "--metrics", "m.prom", "--json")
    assert done.returncode == 1, done.stderr
    assert monitor.paths == ["/id/start", "/id/fail?exit_code=1"]
    fates = {
        name.split('fate="')[1].rstrip('"}'): v for name, v in samples(tmp_path / "m.prom").items() if "fate" in name
    }
    assert fates == json.loads(done.stdout)["resources"]["clients"]
    assert fates["created"] == 1 and fates["rejected"] == 1


def test_a_job_that_stops_with_an_error_pings_its_code_and_leaves_it_in_the_metrics(
    gigbulk: Gigbulk, monitor: Witness, tmp_path: Path
) -> None:
    ping = f"{monitor.origin}/id"
    done = gigbulk("export", "clients", "--metrics", "m.prom", GIGBULK_PING_URL=ping, GIGSTACK_API_KEY="")
    assert done.returncode == 2
    assert monitor.paths == ["/id/start", "/id/fail?exit_code=2"]
    assert value(tmp_path / "m.prom", "gigbulk_last_run_exit_code") == 2


WRONG_ROW = "internalId,name,rfc,email\nc1,ANA,LOAA800101AB1,ana@empresa.example\nc2,,x,x\n"


@pytest.mark.parametrize(("on", "posted"), [("failure", 0), ("degraded", 1), ("success", 1)])
def test_an_alert_tells_of_rejected_rows_where_that_is_asked_for(
    on: str, posted: int, gigbulk: Gigbulk, monitor: Witness, tmp_path: Path
) -> None:
    (tmp_path / "clients.csv").write_text(WRONG_ROW)
    done = gigbulk("import", "clients.csv", "--alert", f"{monitor.origin}/hook", "--alert-on", on)
    assert (done.returncode, len(monitor.posted)) == (1, posted)
    for body in monitor.posted:
        told = json.loads(body)
        assert told["text"].startswith("gigbulk import: done, with rows rejected or refused (exit 1).")
        assert told["resources"]["clients"]["created"] == 1 and "ana@" not in body.decode()


def test_a_job_that_cannot_begin_alerts_a_chat_in_the_language_of_its_people(
    gigbulk: Gigbulk, monitor: Witness
) -> None:
    address = {"GIGBULK_ALERT_URL": f"{monitor.origin}/secret-id"}
    done = gigbulk("export", "clients", "--alert-as", "slack", "--lang", "es", GIGSTACK_API_KEY="", **address)
    assert done.returncode == 2 and "secret-id" not in done.stdout + done.stderr
    told = json.loads(monitor.posted[0])
    assert told.keys() == {"text"}
    assert told["text"].startswith("gigbulk export: falló (salida 2). No hay clave del API.")


def test_an_alert_that_cannot_be_posted_fails_no_job(gigbulk: Gigbulk, monitor: Witness) -> None:
    monitor.answers = [500] * 9
    done = gigbulk("export", "clients", "-o", "out", "--alert", f"{monitor.origin}/x", "--alert-on", "success")
    assert done.returncode == 0
    assert done.stderr.count("An alert to 127.0.0.1 failed (answered 500)") == 1


def test_a_monitoring_service_that_is_down_and_a_metrics_file_without_a_folder_fail_no_job(
    gigbulk: Gigbulk, monitor: Witness
) -> None:
    monitor.answers = [500] * 9
    done = gigbulk("export", "clients", "-o", "out", "--metrics", "none/m.prom", GIGBULK_PING_URL=monitor.origin)
    assert done.returncode == 0
    assert done.stderr.count("A ping to 127.0.0.1 failed (answered 500)") == 2
    assert "m.prom cannot be written" in done.stderr


def test_an_address_that_cannot_be_pinged_stops_the_job_before_it_begins(gigbulk: Gigbulk, tmp_path: Path) -> None:
    done = gigbulk("export", "clients", "-o", "out", GIGBULK_PING_URL="http://hc.example/secret-id")
    assert done.returncode == 2
    assert "without encryption" in done.stderr and "secret-id" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_sigterm_ends_an_export_as_an_interrupt_and_monitoring_is_told(
    environment: dict[str, str], monitor: Witness, tmp_path: Path
) -> None:
    """As systemd and containers stop a job."""
    command = [sys.executable, "-m", "pipeline", "export", "payments", "-o", "out", "--rate", "0.2", "--json"]
    with subprocess.Popen(
        command, env={**environment, "GIGBULK_PING_URL": monitor.origin}, cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        while monitor.paths != ["/start"]:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert json.loads(out)["status"] == "interrupted"
    assert monitor.paths[-1] == "/fail?exit_code=130"


def test_with_log_json_every_line_on_stderr_is_an_object_and_the_key_in_none(gigbulk: Gigbulk, tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text(
        "internalId,name,rfc,email,mood\nc1,ANA,LOAA800101AB1,ana@empresa.example,good\n"
    )
    done = gigbulk("import", "clients.csv", "--log-json", "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {line["level"] for line in lines} == {"info", "warning"}
    assert any("mood" in line["message"] for line in lines if line["event"] == "warning")
    assert any(line["event"] == "progress" and line["done"] == 1 for line in lines)
    assert json.loads(done.stdout)["event"] == "result"
    assert KEY not in done.stderr


def test_an_error_is_a_log_line_too(gigbulk: Gigbulk) -> None:
    done = gigbulk("export", "nonsense", "--log-json")
    assert done.returncode == 2
    (line,) = (json.loads(text) for text in done.stderr.splitlines())
    assert line["level"] == "error" and "nonsense" in line["message"] and "clients" in line["hint"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ApiStop("x"), 4),
        (KeyboardInterrupt(), 130),
        (OSError(errno.ENOSPC, "No space left on device"), 5),
        (OSError(errno.EIO, "Input/output error"), 70),
        (ZeroDivisionError(), 70),
    ],
)
def test_metrics_have_the_exit_code_the_command_ends_with_whatever_the_error(
    tmp_path: Path, console: RecordingEvents, error: BaseException, code: int
) -> None:
    path = tmp_path / "m.prom"
    with pytest.raises(type(error)), watch_job("export", console, Watchers(metrics=path)):
        raise error
    assert value(path, "gigbulk_last_run_exit_code") == code


def test_what_was_done_before_an_error_is_in_the_metrics(tmp_path: Path, console: RecordingEvents) -> None:
    path = tmp_path / "m.prom"
    error = ApiStop("x")
    error.result = {"command": "import", "resources": {"payments": {"read": 9, "created": 4}}}
    with pytest.raises(ApiStop), watch_job("import", console, Watchers(metrics=path)):
        raise error
    assert value(path, 'gigbulk_last_run_records{task="m",command="import",resource="payments",fate="created"}') == 4


def test_an_export_that_begins_while_the_last_one_works_ends_with_5_and_names_it_and_another_place_is_free(
    gigbulk: Gigbulk, environment: dict[str, str], state_dir: Path, tmp_path: Path
) -> None:
    """The name with placeholders is the place: two days' folders are one job."""
    with EmbeddedSandbox(Options(rows={"clients": 3}, latency_ms=2500)) as slow:
        command = [sys.executable, "-m", "pipeline", "export", "clients", "-o", "out/{run}"]
        quiet = subprocess.DEVNULL
        environment["GIGSTACK_BASE_URL"] = slow.base_url
        with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=quiet, stderr=quiet) as first:
            while not list(state_dir.glob("*.holder")):
                assert first.poll() is None
                time.sleep(0.02)
            second = gigbulk("export", "clients", "-o", "out/{run}")
            assert first.poll() is None
            other = gigbulk("export", "clients", "-o", "elsewhere", GIGSTACK_BASE_URL=slow.base_url)
            assert first.wait(30) == 0
    assert second.returncode == 5
    assert f"process {first.pid}" in second.stderr
    assert other.returncode == 0
    assert len(list((tmp_path / "out").iterdir())) == 1
