"""What really happened: endpoints beside the API, without a key, on loopback like the rest of the sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.sandbox.exchange import Generation, error_body
from pipeline.sandbox.faults import FAULTS, FaultPlan
from pipeline.sandbox.options import Options
from pipeline.sandbox.state import Store

OPENAPI_FILE = Path(__file__).with_name("openapi_2025_06.json")


class Inspected(Protocol):
    """What of a server can be looked at and set back from outside."""

    store: Store
    faults: FaultPlan
    options: Options
    generation: Generation

    def reset_faults(self) -> None: ...

    def plant(self) -> None: ...


def inspection_routes(api: Inspected) -> list[Route]:
    """The routes under /_sandbox; `docs/sandbox.md` describes each."""

    async def received(request: Request) -> Response:
        return _json(api.store.received())

    async def records(request: Request) -> Response:
        try:
            bodies = list(api.store.all(request.query_params.get("resource", "")))
        except KeyError:
            return _wrong(f"resource must be one of {', '.join(api.generation.tables)}")
        return Response(f"[{','.join(bodies)}]", media_type="application/json")

    async def counts(request: Request) -> Response:
        return _json(api.store.counts())

    async def faults(request: Request) -> Response:
        if request.method == "POST":
            try:
                wanted = msgspec.json.decode(await request.body(), type=dict[str, float])
                api.faults = FaultPlan(wanted, api.options.seed)
            except (msgspec.DecodeError, ValueError) as error:
                return _wrong(str(error))
        return _json({"faults": api.faults.numbers, "known": FAULTS})

    async def reset(request: Request) -> Response:
        api.store.clear()
        api.reset_faults()
        api.plant()
        return _json(api.store.counts())

    async def openapi(request: Request) -> Response:
        return Response(OPENAPI_FILE.read_bytes(), media_type="application/json")

    table: dict[str, tuple[Callable[[Request], Awaitable[Response]], list[str]]] = {
        "received": (received, ["GET"]),
        "records": (records, ["GET"]),
        "counts": (counts, ["GET"]),
        "faults": (faults, ["GET", "POST"]),
        "reset": (reset, ["POST"]),
        "openapi": (openapi, ["GET"]),
    }
    return [Route(f"/_sandbox/{name}", endpoint, methods=methods) for name, (endpoint, methods) in table.items()]


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")


def _wrong(message: str) -> Response:
    return Response(error_body("invalid_request_body", message), 400, media_type="application/json")
