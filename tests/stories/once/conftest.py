"""States of the world for the stories: the user's desk, the server's own record, and imports in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from builders import RecordingEvents
from stage import KEY, Desk, Recorder

from pipeline.failpoints import enable
from pipeline.importer.flow import ImportRequest, import_files, resume_run
from pipeline.result import Result
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings


@pytest.fixture
def server(sandbox: EmbeddedSandbox) -> Recorder:
    """The server's own record of what reached it."""
    return Recorder(sandbox.origin)


@pytest.fixture
def desk(tmp_path: Path, sandbox: EmbeddedSandbox) -> Desk:
    """A folder with settings, from where the real command is run against the sandbox."""
    return Desk(tmp_path / "desk", sandbox.base_url)


class Importing:
    """Imports in this process, with the desk's state folder: the flow and its result, without the command line."""

    def __init__(self, desk: Desk, console: RecordingEvents) -> None:
        self.console = console
        self.settings = Settings(
            api_key=KEY, base_url=desk.base_url, state_dir=desk.state_dir, timeout_s=2, settle_s=0.05, concurrency=1
        )

    def __call__(self, *files: Path, **asked: Any) -> Result:
        return import_files(ImportRequest(tuple(map(str, files)), **asked), self.settings, self.console.caller())

    def resume(self, run: str | None = None, *, yes: bool = False) -> Result:
        return resume_run(run, self.settings, self.console.caller(), yes=yes)


@pytest.fixture
def importing(desk: Desk, console: RecordingEvents) -> Importing:
    return Importing(desk, console)


@pytest.fixture
def held(sandbox: EmbeddedSandbox) -> Callable[..., str]:
    """Creates a record that the account holds before anything is imported; gives its id."""

    def create(resource: str, **members: Any) -> str:
        url = f"{sandbox.base_url}/{resource}"
        reply = httpx.post(url, json=members, headers={"Authorization": f"Bearer {KEY}"})
        assert reply.status_code in (200, 201), reply.text
        created: str = reply.json()["data"]["id"]
        return created

    return create


@pytest.fixture
def witness(held: Callable[..., str]) -> str:
    """A payment the account's list shows: without one an empty list proves no absence."""
    item = {"name": "x", "description": "x", "quantity": 1, "total": 1, "product_key": "80101500", "unit_key": "E48"}
    item |= {"unit_name": "Unidad de servicio"}
    one = {"client": {"name": "Ana"}, "items": [item], "metadata": {"internalId": "w"}}
    return held("payments", **one)


@pytest.fixture
def disarmed() -> Iterator[None]:
    """Whatever a test hangs into the crash points of this process is taken out again."""
    yield
    enable(None)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between attempts are hundredths of a second; how often is tried stays as it is."""
    monkeypatch.setattr("pipeline.api.attempts.LONGEST_WAIT_S", 0.02)
