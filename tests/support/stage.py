"""What stories of death and return are played on: a desk with files and a journal, the real command line in a process
of its own, and the server's own record of what reached it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psycopg

from tests.support.postgres import ask_server

ROOT = Path(__file__).parents[2]
MORTAL = ROOT / "tests" / "stories" / "kill" / "mortal.py"
PATIENCE_S = 300
KEY = "an-opaque-key"
LEASE_S = 1.5
"""Of a shared journal: short, so that who takes an account over need not wait for long."""


@dataclass(frozen=True)
class Ended:
    """How a process of gigbulk ended. `code` is negative for a signal; `result` is its JSON line, empty when killed."""

    code: int
    result: dict[str, Any]
    said: str

    def counts(self, resource: str = "payments") -> dict[str, int]:
        """The fates of a resource, those of nobody left out."""
        return {fate: n for fate, n in self.result["resources"].get(resource, {}).items() if n}

    @property
    def balanced(self) -> bool:
        """read = the sum of all fates, of every resource."""
        fates = ("created", "existing", "rejected", "refused", "in_doubt", "unsent")
        return all(c["read"] == sum(c[f] for f in fates) for c in self.result["resources"].values())


@dataclass(frozen=True)
class Recorder:
    """The server's own record, by the sandbox's inspection endpoints."""

    origin: str

    def stored(self, resource: str = "payments") -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self._get(f"records?resource={resource}")
        return records

    def ids(self, resource: str = "payments") -> Counter[str]:
        """How often each internalId is stored (the RFC of a record that has none)."""
        return Counter(_name(record) for record in self.stored(resource))

    def received(self) -> list[dict[str, Any]]:
        """Every write request that arrived."""
        requests: list[dict[str, Any]] = self._get("received")
        return requests

    def sent(self, internal_id: str) -> int:
        """How often a record was sent."""
        return sum(1 for request in self.received() if request["internalId"] == internal_id)

    def misbehave(self, **faults: float) -> None:
        assert httpx.post(f"{self.origin}/_sandbox/faults", json=faults).status_code == 200

    def reset(self) -> None:
        assert httpx.post(f"{self.origin}/_sandbox/reset").status_code == 200

    def _get(self, what: str) -> Any:
        return httpx.get(f"{self.origin}/_sandbox/{what}").raise_for_status().json()


def _name(record: Mapping[str, Any]) -> str:
    metadata = record.get("metadata") or {}
    own = metadata.get("internalId") or record.get("sku")
    return str(own or record.get("rfc") or record.get("tax_id") or (record.get("client") or {}).get("rfc"))


@contextmanager
def sandbox_process(folder: Path, *flags: str) -> Iterator[Recorder]:
    """`gigbulk sandbox` in a process of its own, its records in an SQLite file of the folder."""
    command = [sys.executable, "-m", "pipeline", "sandbox", "--port", "0", "--data", str(folder / "sandbox.sqlite")]
    with subprocess.Popen([*command, *flags], stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        origin = line.partition("listening at ")[2].split("/v2")[0]
        try:
            assert origin, f"the sandbox did not start: {line}{process.stderr.read()}"
            yield Recorder(origin)
        finally:
            process.terminate()
            process.wait(20)


class Desk:
    """A folder with input files, gigbulk.toml and a state folder, from where the real command is run."""

    def __init__(
        self,
        folder: Path,
        base_url: str,
        *,
        timeout_s: float = 2.0,
        settle_s: float = 0.3,
        dialect: str = "2025-06",
        journal: str = "",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.state_dir = folder / "state"
        self.base_url = base_url
        self.address = journal
        settings = f"timeout_s = {timeout_s}\nsettle_s = {settle_s}\nlang = 'en'\ndialect = '{dialect}'\n"
        settings += f"journal = '{journal}'\nlease_s = {LEASE_S}\njournal_wait_s = 15\n" if journal else ""
        (folder / "gigbulk.toml").write_text(settings)

    def csv(self, name: str, rows: Sequence[Mapping[str, str]]) -> Path:
        path = self.folder / name
        lines = [list(rows[0]), *(list(row.values()) for row in rows)]
        path.write_text("".join(",".join(cells) + "\n" for cells in lines), encoding="utf-8")
        return path

    def gigbulk(self, *arguments: object, death: str = "", key: str = KEY, **options: Any) -> Ended:
        """Run the command to its end. `death` is what the mortal of tests/stories/kill takes: `answered:3`."""
        with self.running(*arguments, death=death, key=key, **options) as process:
            return ended(process)

    @contextmanager
    def running(
        self, *arguments: object, death: str = "", key: str = KEY, **options: Any
    ) -> Iterator[subprocess.Popen[str]]:
        """The command while it runs; killed when the block is left before its end."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("GIG", "XDG_"))}
        environ |= {
            "GIGSTACK_API_KEY": key,
            "GIGSTACK_BASE_URL": self.base_url,
            "GIGBULK_STATE_DIR": str(self.state_dir),
            "HOME": str(self.folder),
            "MORTAL": death,
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, str(MORTAL), *map(str, arguments), "--json"]
        with subprocess.Popen(
            command, cwd=self.folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            **{"stdin": subprocess.DEVNULL} | options,
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def runs(self) -> list[str]:
        """The runs that the journal knows, in the order in which they began."""
        try:
            return [run for (run,) in self.journal("SELECT run FROM runs ORDER BY started_at")]
        except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
            return []

    def journal(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the journal."""
        if self.address:
            return ask_server(self.address, sql.replace("?", "%s"), values)
        path = self.state_dir / "journal.sqlite"
        if not path.exists():
            return []
        db = sqlite3.connect(path)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def states(self, resource: str = "payments") -> dict[str, str]:
        """internalId (or natural key) and state of each record that the journal knows."""
        rows = self.journal("SELECT key, state FROM records WHERE resource = ?", resource)
        return {key.split(":", 1)[1]: state for key, state in rows}


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for the end of a process and read what it said."""
    out, said = process.communicate(timeout=PATIENCE_S)
    lines = [json.loads(line) for line in out.splitlines()]
    return Ended(process.returncode, lines[-1] if lines else {}, said)


def until(true: Any, patience_s: float = 20) -> None:
    """Wait until something holds."""
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


KILLED = -signal.SIGKILL


def client(number: int, prefix: str = "", **cells: str) -> dict[str, str]:
    row = {"internalId": f"{prefix}c{number}", "name": f"Cliente {number}", "rfc": "XAXX010101000"}
    return row | {"email": f"{prefix}c{number}@empresa.example".lower()} | cells


def service(number: int, prefix: str = "", **cells: str) -> dict[str, str]:
    row = {"internalId": f"{prefix}s{number}", "name": f"Servicio {prefix}{number}", "description": "Por mes"}
    return row | {"price": "100.00", "currency": "MXN"} | cells


def payment(number: int, prefix: str = "", client_ref: str = "", **cells: str) -> dict[str, str]:
    row = {
        "internalId": f"{prefix}p{number}",
        "client_ref": client_ref,
        "paid": "true",
        "paymentMethod": "03",
        "currency": "MXN",
        "items.name": "Plan",
        "items.description": "Plan mensual",
        "items.quantity": "1",
        "items.total": f"{100 + number}.00",
        "items.product_key": "84111506",
        "items.unit_key": "E48",
        "items.unit_name": "Unidad de servicio",
        "items.taxes": "IVA 0.16",
    }
    if not client_ref:
        row |= {"client.name": "Ana López", "client.rfc": "LOAA800101AB1", "client.email": "ana@empresa.example"}
    return row | cells
