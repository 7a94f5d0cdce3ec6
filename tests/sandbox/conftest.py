"""Fixtures: the real server on a free port, and a payment to send it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from played import Build, Play, Played, playing


@pytest.fixture
def play() -> Iterator[Play]:
    """Start a sandbox with the given options; all are stopped at the end of the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(playing(**options))


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Played]:
    with playing() as played:
        yield played


@pytest.fixture
def sandbox(shared_sandbox: Played) -> Played:
    """A sandbox with default options, empty and without faults."""
    assert shared_sandbox.api.post(f"{shared_sandbox.origin}/_sandbox/reset").status_code == 200
    return shared_sandbox


@pytest.fixture
def a_payment() -> Build:
    """Builds a good payment body with an inline client; members given by name replace or add."""

    def build(internal_id: str | None = None, **members: Any) -> dict[str, Any]:
        body: dict[str, Any] = {
            "client": {"name": "Ana López", "rfc": "LOAA800101AB1", "email": "ana@empresa.example"},
            "items": [
                {
                    "name": "Plan",
                    "description": "Monthly plan",
                    "quantity": 1,
                    "total": 1500,
                    "product_key": "84111506",
                    "unit_key": "E48",
                    "unit_name": "Unidad de servicio",
                }
            ],
        }
        if internal_id is not None:
            body["metadata"] = {"internalId": internal_id}
        return body | members

    return build
