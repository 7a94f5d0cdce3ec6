"""A real sandbox, and one export from it, in the fewest words."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.api.client import Client
from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.api.transport import open_transport
from pipeline.edge import utc_now
from pipeline.exporter.pages.checkpoint import PageCheckpoint
from pipeline.exporter.pages.pull import Pulled, Row, pull
from pipeline.exporter.query import ListQuery
from pipeline.exporter.resource import Exported, run_export_resource
from pipeline.exporter.window import Window
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.sink.destination import Destination
from pipeline.sink.folder import FolderSink
from pipeline.sink.spec import Sink
from pipeline.sink.stream import StreamSink
from schemas.dialects import dialect
from schemas.dialects.spec import Dialect
from schemas.tables import TABLES

DIALECT = dialect("2025-06")
KEY = "opaque-key"


@contextmanager
def listing(faults: dict[str, float] | None = None, **rows: int) -> Iterator[EmbeddedSandbox]:
    """A sandbox with so many rows of each resource."""
    with EmbeddedSandbox(Options(rows=rows, faults=faults or {})) as sandbox:
        yield sandbox


async def _asleep(_: float) -> None:
    """No time passes between attempts."""


def a_session(
    base_url: str, key: str = KEY, concurrency: int = 8, spoken: Dialect = DIALECT, **options: Any
) -> ApiSession:
    client = Client(spoken, open_transport(concurrency), base_url=base_url, key=key, timeout_s=5)
    return ApiSession(client, Throttle(concurrency=concurrency), **options)


def pulled(
    base_url: str,
    resource: str,
    folder: Path,
    on_page: Callable[[list[Row]], None] = lambda _: None,
    concurrency: int = 8,
    spoken: Dialect = DIALECT,
    **options: Any,
) -> Pulled:
    """Read a list; failed reads are tried again without waiting."""

    async def run() -> Pulled:
        async with a_session(base_url, concurrency=concurrency, spoken=spoken, sleep=_asleep) as session:
            return await pull(
                session, resource, checkpoint=PageCheckpoint(folder, now=utc_now), on_page=on_page, **options
            )

    return asyncio.run(run())


def exported(
    base_url: str,
    asked: str | ListQuery,
    place: Path | Destination | BinaryIO,
    checkpoint: Path,
    format: str = "csv",
    *,
    key: str = KEY,
    concurrency: int = 8,
    raw: bool = False,
    spoken: Dialect = DIALECT,
    **options: Any,
) -> Exported:
    """Export a resource into a folder, a destination or a stream; pages stay where another export could go on."""
    query = asked if isinstance(asked, ListQuery) else ListQuery(asked, Window(ceiling=utc_now()))
    destination = Destination(place) if isinstance(place, Path) else place
    sink: Sink = (
        FolderSink(destination, format) if isinstance(destination, Destination) else StreamSink(destination, format)
    )
    table = TABLES[query.resource]
    pages = PageCheckpoint.of_list(checkpoint, spoken.name, query.resource, query.query, table, now=utc_now)

    async def run() -> Exported:
        async with a_session(base_url, key, concurrency, spoken) as session:
            sink.prepare()
            return await run_export_resource(session, query, table, sink, pages, raw=raw, **{"now": utc_now} | options)

    done = asyncio.run(run())
    if done.stopped is None:
        pages.clear()
    return done
