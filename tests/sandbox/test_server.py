"""The server itself: starting, stopping, many clients at once, and what survives its death."""

from __future__ import annotations

import ast
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from played import Build, Play, Played

import pipeline.sandbox
from pipeline.sandbox import EmbeddedSandbox, Options

ROOT = Path(pipeline.sandbox.__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
from pipeline.sandbox import Options, serve
serve(Options(data=Path(sys.argv[1])), lambda base_url: print(base_url, flush=True))
print("ended", flush=True)
"""


def _serve(data: Path) -> tuple[subprocess.Popen[str], str]:
    """A server process of its own and its base URL."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(data)], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


# --- concurrency -----------------------------------------------------------------------------------------


def test_two_hundred_parallel_posts_of_one_internal_id_store_exactly_one(play: Play, a_payment: Build) -> None:
    sandbox = play(latency_ms=20)
    body = a_payment("A-1")
    with ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(lambda _: sandbox.api.post("/payments", json=body).status_code, range(200)))
    assert sorted(set(statuses)) == [200, 409]
    assert statuses.count(200) == len(sandbox.stored()) == len(sandbox.stored("clients")) == 1
    received = sandbox.inspect("received")
    assert [entry["n"] for entry in received] == list(range(1, 201))
    assert sum(entry["committed"] for entry in received) == 1


def test_parallel_posts_get_ids_of_their_own_and_lose_nothing(sandbox: Played, a_payment: Build) -> None:
    with ThreadPoolExecutor(20) as pool:
        ids = set(pool.map(lambda n: sandbox.create("/payments", a_payment(f"A-{n}"))["id"], range(300)))
    assert {payment["id"] for payment in sandbox.stored()} == ids
    assert len(ids) == 300


def test_latency_is_waited_before_the_answer(play: Play) -> None:
    sandbox = play(latency_ms=150)
    began = time.perf_counter()
    sandbox.api.get("/ping")
    assert time.perf_counter() - began >= 0.15


# --- stopping --------------------------------------------------------------------------------------------


def test_the_embedded_server_stops_within_a_second_though_requests_are_stalled(a_payment: Build) -> None:
    results: list[object] = []

    def post(base_url: str) -> None:
        try:
            httpx.post(f"{base_url}/payments", json=a_payment(), headers={"Authorization": "Bearer k"}, timeout=30)
        except httpx.TransportError as error:
            results.append(error)

    with EmbeddedSandbox(Options(faults={"stall": 1})) as sandbox:
        threads = [threading.Thread(target=post, args=(sandbox.base_url,)) for _ in range(5)]
        for thread in threads:
            thread.start()
        while httpx.get(f"{sandbox.origin}/_sandbox/counts").json()["payments"] < 5:
            time.sleep(0.01)
        began = time.perf_counter()
    assert time.perf_counter() - began < 1
    for thread in threads:
        thread.join(5)
    assert len(results) == 5
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{sandbox.origin}/_sandbox/counts")


def test_the_embedded_server_installs_no_signal_handler() -> None:
    before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    with EmbeddedSandbox():
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_the_same_port_can_be_taken_again_at_once(play: Play) -> None:
    with EmbeddedSandbox() as first:
        port = int(first.origin.rpartition(":")[2])
        httpx.get(f"{first.origin}/_sandbox/counts")
    assert play(port=port).api.get("/ping").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_serve_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    process, base_url = _serve(tmp_path / "sandbox.sqlite")
    assert httpx.get(f"{base_url}/ping", headers={"Authorization": "Bearer k"}).status_code == 200
    process.send_signal(number)
    output, _ = process.communicate(timeout=5)
    assert (process.returncode, output) == (0, "ended\n")


# --- what survives ---------------------------------------------------------------------------------------


def test_records_and_log_survive_sigkill_and_uniqueness_with_them(tmp_path: Path, a_payment: Build) -> None:
    data = tmp_path / "sandbox.sqlite"
    process, base_url = _serve(data)
    headers = {"Authorization": "Bearer k"}
    acknowledged: set[str] = set()

    def post(n: int) -> None:
        try:
            reply = client.post("/payments", json=a_payment(f"A-{n}"))
        except httpx.TransportError:
            return
        acknowledged.add(reply.json()["data"]["id"])
        if len(acknowledged) == 60:
            process.kill()

    with httpx.Client(base_url=base_url, headers=headers) as client, ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(200)))
    process.communicate(timeout=5)

    with (
        EmbeddedSandbox(Options(data=data)) as sandbox,
        httpx.Client(base_url=sandbox.base_url, headers=headers) as client,
    ):
        stored = client.get(f"{sandbox.origin}/_sandbox/records?resource=payments").json()
        received = client.get(f"{sandbox.origin}/_sandbox/received").json()
        assert acknowledged <= {payment["id"] for payment in stored}
        assert [payment["id"] for payment in stored] == [
            entry["resourceId"] for entry in received if entry["committed"]
        ]
        again = stored[0]["metadata"]["internalId"]
        assert client.post("/payments", json=a_payment(again)).status_code == 409


def test_a_second_server_on_the_same_file_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "sandbox.sqlite"
    process, _ = _serve(data)
    try:
        with pytest.raises(OSError, match="cannot keep its records"), EmbeddedSandbox(Options(data=data)):
            raise AssertionError("two servers share one file")
    finally:
        process.kill()
        process.communicate(timeout=5)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "journal.sqlite"
    with sqlite3.connect(data) as other:
        other.execute("CREATE TABLE rows (id)")
    other.close()
    before = data.read_bytes()
    with pytest.raises(OSError, match="another program"), EmbeddedSandbox(Options(data=data)):
        raise AssertionError("it was taken over")
    assert data.read_bytes() == before


def test_rows_are_planted_once_in_a_file(tmp_path: Path, play: Play) -> None:
    options: dict[str, Any] = {"data": tmp_path / "sandbox.sqlite", "rows": {"clients": 5}}
    for _ in range(2):
        with EmbeddedSandbox(Options(**options)) as sandbox:
            assert httpx.get(f"{sandbox.origin}/_sandbox/counts").json()["clients"] == 5


def test_reset_brings_back_the_beginning(play: Play, a_payment: Build) -> None:
    sandbox = play(rows={"services": 3})
    sandbox.create("/payments", a_payment("A-1"))
    sandbox.misbehave(read_error_500=1)
    counts = sandbox.api.post(f"{sandbox.origin}/_sandbox/reset").json()
    assert (counts["services"], counts["payments"], counts["clients"]) == (3, 0, 0)
    assert sandbox.inspect("received") == []
    assert sandbox.api.get("/services").json()["totalResults"] == 3
    sandbox.create("/payments", a_payment("A-1"))


def test_records_of_an_unknown_resource_are_refused(sandbox: Played) -> None:
    reply = sandbox.api.get(f"{sandbox.origin}/_sandbox/records?resource=sqlite_master")
    assert (reply.status_code, "payments" in reply.json()["message"]) == (400, True)


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_planted_in_seconds(play: Play) -> None:
    began = time.perf_counter()
    sandbox = play(rows={"payments": 100_000})
    assert time.perf_counter() - began < 15  # about 2 s on a quiet machine
    envelope = sandbox.api.get("/payments", params={"limit": 100, "offset": 99_950}).json()
    assert (len(envelope["data"]), envelope["totalResults"], envelope["hasMore"]) == (50, 100_000, False)


# --- options ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"host": "0.0.0.0"}, "loopback only"),  # noqa: S104
        ({"host": "example.com"}, "loopback only"),
        ({"port": 70000}, "port 70000"),
        ({"latency_ms": -1}, "latency_ms -1"),
        ({"rate": 0}, "more than zero requests"),
        ({"rate": float("nan")}, "more than zero requests"),
        ({"dialect": "1999"}, "speaks 2025-06"),
        ({"rows": {"payments": -1}}, "less than none"),
    ],
)
def test_an_impossible_option_is_refused_with_a_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Options(**options)


def test_rows_of_an_unknown_resource_are_refused_at_start() -> None:
    with pytest.raises(ValueError, match="can make rows of payments"), EmbeddedSandbox(Options(rows={"planets": 1})):
        raise AssertionError("it started")


def test_a_taken_port_is_said_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"), EmbeddedSandbox(Options(port=port)):
            raise AssertionError("it started")


# --- independence ----------------------------------------------------------------------------------------


def test_the_sandbox_imports_nothing_else_of_ours() -> None:
    """Client and server cannot share a mistake."""
    for module in (ROOT / "pipeline" / "sandbox").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            for name in names:
                if name.partition(".")[0] in ("pipeline", "schemas"):
                    assert name.startswith("pipeline.sandbox"), f"{module.name} imports {name}"


def test_importing_the_sandbox_loads_no_server() -> None:
    heavy = "{'starlette', 'uvicorn', 'msgspec', 'asyncio', 'sqlite3', 'anyio'}"
    code = f"import sys, pipeline.sandbox; print({heavy} & set(sys.modules) - {{'pipeline'}} or '')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
