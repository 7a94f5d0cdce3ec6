"""The list of what the account holds now: each record's own id beside the API's (docs/import.md).

Which records a call is about is noted while they are planned; what became of them is asked of the journal at the end.
So a run that was killed and resumed gives the whole list, with what it created before.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from pipeline.findings.problems import problems_format
from pipeline.formats import FORMATS
from pipeline.journal import Journal
from pipeline.model import Account, RecordKey, Source
from pipeline.storage.atomic import replace_atomically, spill

__all__ = ["CREATED_SCHEMA", "LINKED_SCHEMA", "PlannedRecords"]

CREATED_SCHEMA = {
    name: pl.UInt32 if name == "line" else pl.String
    for name in ("file", "sheet", "line", "resource", "internalId", "id", "state", "cause")
}
"""The columns of the list, in order. `cause` is the last answer or failure of a record that was found by looking."""

LINKED_SCHEMA = CREATED_SCHEMA | {"link": pl.String}
"""With the page where a payment is paid: a secret, so the file is for its owner alone."""

_PLANNED = {"line": pl.UInt32, "livemode": pl.Boolean, "key": pl.String, "open": pl.Boolean}
_DONE = {"key": pl.String, "id": pl.String, "run": pl.String, "position": pl.Int64, "first": pl.UInt32,
         "matched": pl.Boolean, "cause": pl.String, "link": pl.String}  # fmt: skip


class PlannedRecords:
    """The records of a call that passed its check, kept on disk in the order of the files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[tuple[Path, int, Source]] = []

    def add(self, position: int, source: Source, records: Sequence[tuple[int, bool, str, bool]]) -> None:
        """Records of one block (`Plan.passed`) of a source, which stands at `position` among the inputs."""
        if records:
            part = self._folder / f"planned-{len(self._parts)}.parquet"
            spill(pl.DataFrame(records, schema=_PLANNED, orient="row"), part)
            self._parts.append((part, position, source))

    def list_done(self, journal: Journal, account: str, run: str, generation: int) -> Iterator[pl.DataFrame]:
        """LINKED_SCHEMA: every record that is done, created by this run or existing, block by block."""
        for part, position, source in self._parts:
            planned = pl.read_parquet(part)
            done = pl.concat(_done(planned, source.resource, journal, account, generation))
            rows = planned.join(done, on=["livemode", "key"], how="inner", maintain_order="left")
            ours = (pl.col("run") == run) & (pl.col("position") == position) & (pl.col("first") == pl.col("line"))
            yield _listed(rows, source, (ours | pl.col("open")) & ~pl.col("matched"))

    def write(self, path: Path, done: Iterable[pl.DataFrame], *, with_links: bool = False) -> None:
        """Put the list in place, as `list_done` gives it."""
        schema = LINKED_SCHEMA if with_links else CREATED_SCHEMA
        listed = []
        for number, frame in enumerate(done):
            listed.append(self._folder / f"done-{number}.parquet")
            spill(frame.select(*schema), listed[-1])
        with replace_atomically(path) as temporary:
            table = pl.scan_parquet(listed) if listed else pl.LazyFrame(schema=schema)
            if with_links:
                temporary.touch(mode=0o600)  # before anything is in it
            FORMATS[problems_format(path, "--created")].write({None: table}, temporary, ())
            if with_links:
                temporary.chmod(0o600)


def _done(
    planned: pl.DataFrame, resource: str, journal: Journal, account: str, generation: int
) -> Iterator[pl.DataFrame]:
    """What the journal says of those that are done, in either mode."""
    for livemode in (False, True):
        keys = planned.filter(pl.col("livemode") == livemode)["key"].unique().to_list()
        rows = journal.done(Account(account, livemode), resource, keys, generation) if keys else []
        yield pl.DataFrame(rows, schema=_DONE, orient="row").with_columns(pl.lit(livemode).alias("livemode"))


def _listed(rows: pl.DataFrame, source: Source, created: pl.Expr) -> pl.DataFrame:
    """The columns of the list. Created is what the call counts so: made by this run of this very line, or found of a
    doubt that it settled."""
    own = pl.col("key").str.strip_prefix(RecordKey.of(""))
    cells = {
        "file": pl.lit(source.name),
        "sheet": pl.lit(source.sheet, dtype=pl.String),
        "resource": pl.lit(source.resource),
        "internalId": pl.when(own != pl.col("key")).then(own),
        "state": pl.when(created).then(pl.lit("created")).otherwise(pl.lit("existing")),
    }
    return rows.with_columns(**cells).select(pl.col(name).cast(dtype) for name, dtype in LINKED_SCHEMA.items())
