"""A real PostgreSQL in a temporary folder, for as long as the tests run; in memory where there is such a folder.

Found on PATH, or in the folder that GIGBULK_TEST_PG names. It refuses to run as root, so there as the user `postgres`.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes free there, below which a server stands on disk: containers often have 64 MB."""

USER = "gigbulk"


def find_program(name: str) -> str | None:
    """Where a program of the server is."""
    folder = os.environ.get("GIGBULK_TEST_PG")
    if folder:
        return shutil.which(name, path=folder)
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parent.parent.name))
    return shutil.which(name) or (str(newest[-1]) if newest else None)


def why_none() -> str:
    """Why no server can be started here; empty where one can."""
    if find_program("initdb") is None or find_program("postgres") is None:
        return "there is no PostgreSQL here (initdb and postgres on PATH, or GIGBULK_TEST_PG)"
    return "" if os.geteuid() != 0 or _server_user() else "PostgreSQL does not run as root, and there is no user for it"


def ask_server(address: str, sql: str, values: Sequence[object] = (), patience_s: float = 20) -> list[tuple[Any, ...]]:
    """The rows of one statement; again where the server was just crashing."""
    end = time.monotonic() + patience_s
    while True:
        try:
            with psycopg.connect(address, autocommit=True) as db:
                cursor = db.execute(sql.encode(), values)
                return cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError:
            assert time.monotonic() < end, "the server stays away"
            time.sleep(0.1)


class Postgres:
    """One server: started, killed, and started again on the same data."""

    def __init__(self, folder: Path, **options: str) -> None:
        self.folder, self.options = folder, options
        self.data = folder / "data"
        self.port = _free_port()
        folder.chmod(0o755)
        user = _server_user()
        if os.geteuid() == 0 and user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        self._run("initdb", "-D", self.data, "-U", USER, "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Postgres:
        told = {"port": str(self.port), "unix_socket_directories": "", "listen_addresses": "127.0.0.1",
                "max_connections": "60", "shared_buffers": "32MB"} | self.options  # fmt: skip
        program = find_program("postgres")
        assert program is not None
        flags = [part for name, value in told.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "-D", str(self.data), *flags], stdout=log, stderr=log, **_as_user()
            )
        for _ in range(200):
            try:
                psycopg.connect(self.address(), connect_timeout=2).close()
            except psycopg.Error:
                time.sleep(0.05)
            else:
                return self
        raise AssertionError((self.folder / "log").read_text())

    def address(self, database: str = "postgres", user: str = USER) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """SIGQUIT ends it at once, as if the machine had failed; SIGINT in order."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    @contextmanager
    def crashing(self, every_s: float = 4.0) -> Iterator[list[float]]:
        """Crash it again and again, for as long as the block lasts, away for a moment each time; gives the moments."""
        crashes: list[float] = []
        ended = threading.Event()

        def crash() -> None:
            while not ended.wait(random.uniform(0.25, 1.75) * every_s):
                self.stop(signal.SIGQUIT)
                crashes.append(time.monotonic())
                ended.wait(random.uniform(0, 0.6))
                self.start()

        crasher = threading.Thread(target=crash)
        crasher.start()
        try:
            yield crashes
        finally:
            ended.set()
            crasher.join()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def schema_for(self, folder: Path) -> str:
        """The address of a schema of its own for each folder; made where there is none."""
        name = "j" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        ask_server(self.address(), f"CREATE SCHEMA IF NOT EXISTS {name}")
        return f"{self.address()}?options=-csearch_path%3D{name}"

    def _run(self, name: str, *arguments: object) -> None:
        program = find_program(name)
        assert program is not None
        done = subprocess.run(
            [program, *map(str, arguments)], capture_output=True, text=True, check=False, **_as_user()
        )
        assert done.returncode == 0, done.stdout + done.stderr


def start_postgres(**options: str) -> Postgres:
    """A server of the caller's own. Skips where there is none, but not in CI."""
    why = why_none()
    if why:
        assert not os.environ.get("GIGBULK_CI"), why
        pytest.skip(why)
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = tempfile.mkdtemp(prefix="gigbulk-pg-", dir=MEMORY if roomy else None)
    return Postgres(Path(folder), **options).start()


@functools.cache
def shared_postgres() -> Postgres:
    """The server of this process's tests, until the process ends."""
    server = start_postgres()
    atexit.register(server.remove)
    return server


def _server_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


def _as_user() -> dict[str, Any]:
    user = _server_user()
    if os.geteuid() != 0 or user is None:
        return {"cwd": "/"}
    return {"cwd": "/", "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
