"""A real sandbox, and one export from it, in the fewest words."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.api.attempts import read
from pipeline.api.client import Client
from pipeline.api.throttle.admission import Throttle
from pipeline.exporter.checkpoint import PageCheckpoint
from pipeline.exporter.pull import Pulled, Row, pull
from pipeline.exporter.resource import Exported, run_export_resource
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.sink.destination import Destination
from schemas.dialects import dialect

DIALECT = dialect("2025-06")
KEY = "opaque-key"


@contextmanager
def listing(faults: dict[str, float] | None = None, **rows: int) -> Iterator[EmbeddedSandbox]:
    """A sandbox with so many rows of each resource."""
    with EmbeddedSandbox(Options(rows=rows, faults=faults or {})) as sandbox:
        yield sandbox


async def _asleep(_: float) -> None:
    """No time passes between attempts."""


def pulled(
    base_url: str, resource: str, folder: Path, on_page: Callable[[list[Row]], None] = lambda _: None, **options: Any
) -> Pulled:
    """Read a list; failed reads are tried again without waiting."""

    async def run() -> Pulled:
        async with Client(DIALECT, base_url=base_url, key=KEY, connections=8, timeout_s=5) as client:
            return await pull(
                client, Throttle(concurrency=8), DIALECT, resource,
                checkpoint=PageCheckpoint(folder), on_page=on_page,
                reader=partial(read, attempts=8, sleep=_asleep), **options,
            )  # fmt: skip

    return asyncio.run(run())


def exported(
    base_url: str,
    resource: str,
    place: Path | Destination | BinaryIO,
    checkpoint: Path,
    format: str = "csv",
    key: str = KEY,
    **options: Any,
) -> Exported:
    """Export a resource into a folder, a destination or a stream."""

    async def run() -> Exported:
        async with Client(DIALECT, base_url=base_url, key=key, connections=8, timeout_s=5) as client:
            return await run_export_resource(
                client, Throttle(concurrency=8), DIALECT, resource,
                destination=Destination(place) if isinstance(place, Path) else place,
                format=format, checkpoint=checkpoint, **options,
            )  # fmt: skip

    return asyncio.run(run())
