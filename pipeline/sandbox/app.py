"""The Starlette application: one walk that every request takes, whatever its operation.

A request is read, waits the latency, and is then decided in one synchronous stretch: key, rate, faults that
strike before the operation, the operation itself, the log line, faults that strike after it. Nothing awaits in
that stretch and everything runs on one event loop, so no two requests see the store half changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.sandbox.bucket import TokenBucket
from pipeline.sandbox.exchange import WRITES, Call, Generation, Operation, Refusal, Reply, error_body
from pipeline.sandbox.faults import Fault, FaultPlan, Kind
from pipeline.sandbox.inspection import inspection_routes
from pipeline.sandbox.keys import Identity, Standing, identify
from pipeline.sandbox.misbehave import EFFECTS
from pipeline.sandbox.options import DIALECTS, Options
from pipeline.sandbox.state import Store

BASE_PATH = "/v2"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ends, and what the log says of it."""

    answer: ASGIApp
    status: int | None
    """The status that the client is about to see, None when it gets no answer."""
    reply: Reply | None
    """What the operation answered, even if a fault spoils it; None when it did not run."""
    fault: str | None = None


def _replied(reply: Reply) -> Outcome:
    answer = Response(reply.body, reply.status, reply.headers, media_type="application/json")
    return Outcome(answer, reply.status, reply)


def _spoiled(fault: Fault, reply: Reply | None) -> Outcome:
    effect = EFFECTS[fault.effect]
    return Outcome(effect.respond(reply), effect.status, reply, fault.name)


class PretendApi:
    """One server's memory and manners. Raises OSError when its file cannot be used."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.generation: Generation = importlib.import_module(DIALECTS[options.dialect]).GENERATION
        self.store = Store(self.generation.tables, options.data)
        try:
            self.reset_faults()
            self.plant()
        except BaseException:
            self.store.close()
            raise

    def reset_faults(self) -> None:
        self.faults = FaultPlan(self.options.faults, self.options.seed)
        self._bucket = TokenBucket(self.options.rate) if self.options.rate is not None else None

    def plant(self) -> None:
        self.generation.plant(self.store, self.options.rows, self.options.seed)

    async def answer(self, operation: Operation, request: Request) -> ASGIApp:
        content = await request.body()
        if self.options.latency_ms:
            await asyncio.sleep(self.options.latency_ms / 1000)
        if operation.method not in WRITES:
            return self._decide(operation, request, content, None).answer
        internal_id = self._internal_id(content)
        with self.store.transaction():
            outcome = self._decide(operation, request, content, internal_id)
            self._log(request, internal_id, outcome)
        return outcome.answer

    def _decide(self, operation: Operation, request: Request, content: bytes, internal_id: str | None) -> Outcome:
        try:
            identity = self._admit(request)
            striking = self._striking(operation, request, content, internal_id)
            spoiling = next((fault for fault in striking if fault.effect), None)
            if spoiling is not None and spoiling.kind in (Kind.ANY, Kind.BEFORE):
                return _spoiled(spoiling, None)
            twists = frozenset(fault.name for fault in striking if not fault.effect)
            reply = operation.run(self._call(request, content, identity, twists))
        except Refusal as refusal:
            return _replied(refusal.reply)
        return _replied(reply) if spoiling is None else _spoiled(spoiling, reply)

    def _striking(self, operation: Operation, request: Request, content: bytes, internal_id: str | None) -> list[Fault]:
        if not self.faults.any:
            return []
        kinds = [Kind.ANY]
        kinds += (Kind.BEFORE, Kind.AFTER, Kind.TWIST) if operation.method in WRITES else (Kind.READ,)
        if operation.lists:
            kinds += (Kind.LIST, Kind.PAGING)
        record = internal_id or hashlib.blake2b(content, digest_size=8).hexdigest()
        return self.faults.striking(kinds, f"{request.method} {request.url.path}?{request.url.query} {record}")

    def _admit(self, request: Request) -> Identity:
        """Let a good key pass. Raises Refusal 401, 403 or 429."""
        identity = identify(request.headers.get("authorization"))
        if identity.standing is Standing.REFUSED:
            raise Refusal(401, "unauthorized", "the Authorization header holds no valid key")
        if identity.standing is Standing.FORBIDDEN:
            raise Refusal(403, "forbidden", "this key has no permission")
        if self._bucket is not None and (wait_s := self._bucket.take()):
            retry_after = {"Retry-After": str(math.ceil(wait_s))}
            raise Refusal(429, "rate_limit_exceeded", "too many requests", retry_after)
        if self.faults.token_expired():
            raise Refusal(401, "invalid_token", "the key has expired")
        return identity

    def _call(self, request: Request, content: bytes, identity: Identity, twists: frozenset[str]) -> Call:
        return Call(
            method=request.method,
            path=request.scope["path"],
            ids=request.path_params,
            query=request.query_params if request.scope["query_string"] else {},
            content=content,
            content_type=request.headers.get("content-type", ""),
            identity=identity,
            store=self.store,
            now_ms=time.time_ns() // 1_000_000,
            strict=self.options.strict,
            duplicates=self.faults.duplicates,
            twists=twists,
        )

    def _internal_id(self, content: bytes) -> str | None:
        """`metadata.internalId` of a body, whatever else is wrong with it."""
        try:
            return _internal_id_of(content).metadata.internalId
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _log(self, request: Request, internal_id: str | None, outcome: Outcome) -> None:
        reply = outcome.reply
        self.store.log(
            request.method,
            request.scope["path"],
            internal_id,
            committed=reply is not None and reply.committed,
            status=outcome.status,
            fault=outcome.fault,
            resource_id=reply.resource_id if reply else None,
        )


class _Metadata(msgspec.Struct):
    internalId: str | None = None


class _Tagged(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_internal_id_of = msgspec.json.Decoder(_Tagged).decode


def create_app(options: Options) -> Starlette:
    """The application of one server; its `state.api` is the PretendApi behind it."""
    api = PretendApi(options)
    by_path: dict[str, dict[str, Operation]] = defaultdict(dict)
    for operation in api.generation.operations:
        by_path[BASE_PATH + operation.path][operation.method] = operation
    routes = [Route(path, _endpoint(api, operations), methods=list(operations)) for path, operations in by_path.items()]
    app = Starlette(routes=[*routes, *inspection_routes(api)], exception_handlers={HTTPException: _http_error})
    app.router.redirect_slashes = False
    app.state.api = api
    return app


def _endpoint(api: PretendApi, operations: dict[str, Operation]) -> Callable[[Request], Awaitable[ASGIApp]]:
    async def endpoint(request: Request) -> ASGIApp:
        operation = operations["GET" if request.method == "HEAD" else request.method]
        try:
            return await api.answer(operation, request)
        except ClientDisconnect:
            return _nothing  # the request never arrived whole

    return endpoint


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """No answer, for nobody is there."""


_CODES = {404: "resource_not_found", 405: "operation_not_allowed"}


async def _http_error(request: Request, error: Exception) -> Response:
    """What the router refuses, in the error shape of the API."""
    refused = cast("HTTPException", error)
    code = _CODES.get(refused.status_code, "invalid_request_body")
    body = error_body(code, f"{request.method} {request.url.path}: {refused.detail}")
    return Response(body, refused.status_code, refused.headers, media_type="application/json")
