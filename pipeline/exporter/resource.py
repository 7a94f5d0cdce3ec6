"""One resource from the API to its files: pull → flatten → window → sink."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from pipeline.api.session import ApiSession
from pipeline.errors import ApiStop, OutputError
from pipeline.exporter.by_metadata import MetadataFilter
from pipeline.exporter.finished import Finished
from pipeline.exporter.pages.by_id import pull_by_id
from pipeline.exporter.pages.checkpoint import PageCheckpoint
from pipeline.exporter.pages.pull import Pulled, pull
from pipeline.exporter.query import ListQuery
from pipeline.exporter.transform import Transform, pause_collector
from pipeline.exporter.window import Window
from pipeline.failpoints import ExportPoint, failpoint
from pipeline.language.say import say
from pipeline.sink.spec import Sink
from pipeline.storage.scratch import scratch
from schemas.dialects.spec import Endpoint, Unit
from schemas.tables import Table

__all__ = ["Exported", "run_export_resource"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export of one resource came to. `files` are keyed by table (in a dataset by partition); `address`
    names one as the user would.

    `stopped` is the ApiStop that cut it off, if one did; `complete` is False whenever `why` says why.
    """

    resource: str
    rows: int
    pages: int
    complete: bool
    why: str | None
    files: dict[str, Path]
    manifest: Path | None
    raw: Path | None
    address: Callable[[Path], str] = str
    notes: tuple[str, ...] = ()
    null_rows: int = 0
    duplicate_rows: int = 0
    continued: int = 0
    stopped: ApiStop | None = None
    missing: tuple[str, ...] = ()


async def run_export_resource(
    session: ApiSession,
    asked: ListQuery,
    table: Table,
    sink: Sink,
    pages: PageCheckpoint,
    *,
    now: Callable[[], datetime],
    raw: bool = False,
    on_rows: Callable[[int, int | None], None] = lambda rows, total: None,
) -> Exported:
    """Read one list into the family of `table` and give its tables to the sink, which is prepared; with `raw` the
    pages too.

    An interrupted export goes on from `pages`; the caller commits the watermark of a complete one, then clears them
    where nothing stopped it. `on_rows` is told the rows read so far and how many there are by the server's count.
    ApiStop when nothing at all could be read, OutputError when a file cannot be written; neither changes what stood
    there.
    """
    started = now()
    with _scratch() as folder:
        transform = Transform(
            table, folder, asked.window, on_rows, _money_unit(session.dialect.endpoints[asked.resource])
        )
        pulled = await _pull(session, asked, pages, transform)
        failpoint(ExportPoint.PAGES_KEPT)
        _tell(pulled, asked.window)
        finished = Finished(session.dialect.name, asked, pulled, transform, started, now)
        placed = sink.write(finished.table_set(folder, pages.taken() if raw else None))
    failpoint(ExportPoint.MANIFEST_PLACED)
    return Exported(
        resource=asked.resource,
        rows=transform.rows,
        pages=pulled.pages,
        complete=pulled.complete,
        why=pulled.why,
        files=placed.files,
        manifest=placed.manifest,
        raw=placed.raw,
        address=sink.address,
        notes=tuple(pulled.notes),
        null_rows=pulled.null_rows,
        duplicate_rows=pulled.duplicate_rows,
        continued=pulled.continued,
        stopped=pulled.stopped,
        missing=tuple(pulled.missing),
    )


def _money_unit(endpoint: Endpoint) -> Unit:
    """What the `amount` in the rows of a list counts; cents where the dialect says nothing of it."""
    read = endpoint.reads.get("amount")
    return read.unit or Unit.CENTS if read is not None and "amount" in read.paths else Unit.CENTS


async def _pull(session: ApiSession, asked: ListQuery, pages: PageCheckpoint, transform: Transform) -> Pulled:
    """The rows of the list into their tables."""
    matching = MetadataFilter(asked.query, transform.add)
    with pause_collector(), _nested_sanely(asked.resource):
        if asked.ids is not None:
            reading = pull_by_id(
                session, asked.resource, asked.ids, checkpoint=pages, on_page=transform.add, on_total=transform.expect
            )
        else:
            reading = pull(
                session,
                asked.resource,
                checkpoint=pages,
                on_page=matching.add,
                on_total=transform.expect,
                query=asked.query,
            )
        pulled = await reading
        transform.flush()
    if matching.others:
        said = say("{others} rows without the metadata asked for came too and were left out.", others=matching.others)
        pulled.notes.append(said)
    return pulled


@contextmanager
def _nested_sanely(resource: str) -> Iterator[None]:
    """ApiStop for values nested so deeply that they can be read and not be written."""
    try:
        yield
    except RecursionError as error:
        raise ApiStop(
            say(
                "{resource}: the server's answer holds a value that is nested hundreds of levels deep.",
                resource=resource,
            ),
            say("No record is meant to be like that: find the one that is, by --since and --until, and mend it."),
        ) from error


def _tell(pulled: Pulled, window: Window) -> None:
    """Note what the window did, where the server did not do it."""
    if window.outside:
        pulled.notes.append(
            say("{outside} rows outside the time asked for came too and were left out.", outside=window.outside)
        )
    if window.timeless:
        pulled.notes.append(
            say("{timeless} rows tell no time of creation and are exported each time.", timeless=window.timeless)
        )


@contextmanager
def _scratch() -> Iterator[Path]:
    try:
        with scratch() as folder:
            yield folder
    except pl.exceptions.PolarsError as error:
        raise OutputError(
            say("The rows cannot be kept for writing: {error}.", error=error), say("Free disk space (TMPDIR).")
        ) from error
