"""The real command in a process of its own, and an account whose rows come and go."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
from listing import KEY

from pipeline.sandbox import EmbeddedSandbox, Options

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, its JSON line (empty when it was killed), what it said."""

    code: int
    result: dict[str, Any]
    err: str

    def rows(self, resource: str) -> int:
        return int(self.result["resources"][resource]["rows"])


class Desk:
    """A folder with a state folder, from where the command is run."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        self.base_url = base_url

    def gigbulk(self, *arguments: object, death: str = "", **environment: str) -> Ran:
        """Run the command to its end; `death` is what `dying.py` understands."""
        done = self.stream(*arguments, "--json", death=death, **environment)
        lines = done.stdout.splitlines()
        return Ran(done.returncode, json.loads(lines[-1]) if lines else {}, done.stderr)

    def stream(
        self, *arguments: object, death: str = "", stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end, as it stands."""
        own = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "GIGSTACK_API_KEY": KEY,
            "GIGSTACK_BASE_URL": self.base_url,
            "GIGBULK_STATE_DIR": str(self.folder / "state"),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "DEATH": death,
        }
        return subprocess.run(
            [sys.executable, str(Path(__file__).with_name("dying.py")), *map(str, arguments)], input=stdin,
            capture_output=True, text=True, cwd=self.folder, env={**own, **environment}, timeout=100,
        )  # fmt: skip

    def manifest(self, name: str = "manifest.json") -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
        return found


class Account:
    """What happens in the account meanwhile, by the API itself."""

    def __init__(self, sandbox: EmbeddedSandbox) -> None:
        self.base_url = sandbox.base_url
        self._api = httpx.Client(base_url=sandbox.base_url, headers={"Authorization": f"Bearer {KEY}"})

    def add(self, resource: str, body: dict[str, Any]) -> str:
        reply = self._api.post(f"/{resource}", json=body)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["data"]["id"])

    def client(self, number: int) -> str:
        return self.add(
            "clients", {"name": f"Nueva {number}", "rfc": "XAXX010101000", "email": f"n{number}@empresa.example"}
        )

    def receipt(self, number: int) -> str:
        return self.add("receipts", {"clientId": self.client(number), "metadata": {"internalId": f"R-{number}"}})

    def change(self, resource: str, identity: str, body: dict[str, Any]) -> None:
        assert self._api.put(f"/{resource}/{identity}", json=body).status_code == 200

    def delete(self, resource: str, identity: str) -> None:
        assert self._api.delete(f"/{resource}/{identity}").status_code == 200

    def ids(self, resource: str) -> list[str]:
        origin = self.base_url.removesuffix("/v2")
        return [row["id"] for row in httpx.get(f"{origin}/_sandbox/records?resource={resource}").json()]

    def misbehave(self, **faults: float) -> None:
        origin = self.base_url.removesuffix("/v2")
        assert httpx.post(f"{origin}/_sandbox/faults", json=faults).status_code == 200

    def close(self) -> None:
        self._api.close()


@contextmanager
def open_account(rows: dict[str, int] | None = None) -> Iterator[Account]:
    """An account of 30 clients, 25 payments and some of everything else, if no other `rows` are named."""
    rows = rows or {
        "clients": 30,
        "payments": 25,
        "services": 5,
        "receipts": 12,
        "invoices": 4,
        "webhooks": 2,
        "teams": 2,
    }
    with EmbeddedSandbox(Options(rows=rows)) as sandbox:
        opened = Account(sandbox)
        yield opened
        opened.close()
