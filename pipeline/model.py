"""What stages hand to one another: sources, actions, what the journal knows of records, and their counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec
import polars as pl

from pipeline.api.cause import Cause
from pipeline.fates import COUNTED, FATES, PLANNED_ONLY
from pipeline.formats import Shape
from pipeline.storage.steady import UNKNOWN_STAMP, FileStamp
from schemas import resource
from schemas.cleaning.cell_formats import CellFormats
from schemas.cleaning.repair.normalise import NO_CELL_FORMATS
from schemas.spec import Text

__all__ = [
    "FINDING_COLUMNS",
    "FINDING_SCHEMA",
    "RECORD",
    "Account",
    "Action",
    "Counts",
    "Doubt",
    "Entry",
    "JoinedColumn",
    "JudgedRows",
    "Provenance",
    "RecordKey",
    "Source",
    "State",
    "label_table",
]

RECORD = "@record"
"""Column with the number of the record a line belongs to, counted from 0 in the order of first appearance."""

FINDING_COLUMNS = (
    "file", "sheet", "line", "column", "resource", "key", "rule", "severity", "sat_code", "value", "proposal",
    "message", "advice",
)  # fmt: skip
"""The columns of the problems file, in order (docs/check-and-correct.md, Read the problems)."""

FINDING_SCHEMA = {column: pl.UInt32 if column == "line" else pl.String for column in FINDING_COLUMNS}


class JoinedColumn(NamedTuple):
    """Several columns of a file read as one. `heading` names it as `A + B` among the user's own headings.

    A cell is the first that says something of: `instead`, the pieces together, `otherwise`. `pieces` are headings, each
    with what stands before its cell.
    """

    heading: str
    field: str
    pieces: tuple[tuple[str, str], ...]
    instead: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()


def label_table(name: str, sheet: str | None) -> str:
    """A table of a file by both their names."""
    return name if sheet is None else f"{name}[{sheet}]"


@dataclass(frozen=True, slots=True)
class Source:
    """One table of an input, looked at as a whole before anything is sent: a file, or one sheet of a file of several.

    `path` is the file read, `name` what the user called it (`-` for standard input). `fields` maps each heading that is
    understood to its field. `hashes` and `lines` run in parallel: a 64-bit hash of each row's key, null where the row
    has none, and the line it stands on. `cell_formats` say how its dates and numbers are written, `traits` what its
    rows are compared by (pipeline.source.duplicates), `notes` what was found out about its columns, `passed_over`
    the headings that are understood and not sent, `changeable` its ids of which a spreadsheet may have changed one
    of the call, `cased` those with a large letter (pipeline.source.changed_ids), `joined` its columns that are read
    as one. `stamp` tells whether the file was touched since.
    """

    path: Path
    name: str
    format: str
    shape: Shape
    sha256: str
    resource: str
    fields: Mapping[str, str]
    unknown: tuple[str, ...]
    hashes: pl.Series
    lines: pl.Series
    cell_formats: CellFormats = NO_CELL_FORMATS
    traits: pl.DataFrame = field(default_factory=pl.DataFrame)
    notes: tuple[Text, ...] = ()
    passed_over: tuple[str, ...] = ()
    stamp: FileStamp = UNKNOWN_STAMP
    changeable: pl.DataFrame = field(default_factory=pl.DataFrame)
    cased: pl.DataFrame = field(default_factory=pl.DataFrame)
    joined: tuple[JoinedColumn, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.lines)

    @property
    def sheet(self) -> str | None:
        """The sheet of the file; None where a file holds one table only."""
        return self.shape.sheet

    @property
    def label(self) -> str:
        """What messages call it: `pagos.csv`, `libro.xlsx[Pagos]`."""
        return label_table(self.name, self.sheet)

    def heading(self, name: str) -> str:
        """The user's own heading for a field, or for what it is worked out from; else the field's name."""
        declared = resource(self.resource).column(name)
        worked_out = declared.derived.of if declared is not None and declared.derived is not None else ()
        return next((h for wanted in (name, *worked_out) for h, f in self.fields.items() if f == wanted), name)

    def column(self, name: str) -> str | None:
        """The letter above a field's column, the first of several; None where it has no such column or no letters."""
        heading = self.heading(name)
        first = next((j.pieces[0][0] for j in self.joined if j.heading == heading), heading)
        return dict(zip(self.shape.headings, self.shape.columns, strict=False)).get(first)


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """What validation says of one block of records.

    `findings` has FINDING_COLUMNS plus RECORD. `records` (one row a record) and `lines` (one row an item; empty for
    resources without lines) hold only records without an error, text cells under the API's own field names.
    `rejected` are the user's own lines of failing records. `read` counts the records looked at.
    """

    read: int
    records: pl.DataFrame
    lines: pl.DataFrame
    findings: pl.DataFrame
    rejected: pl.DataFrame


class RecordKey(str):
    """What the journal knows a record by: `id:` and its internalId, or the name of a natural key and its value.

    Keys travel and are stored as plain text; whoever wants to know what one says reads it as `RecordKey(text)`.
    """

    __slots__ = ()

    @staticmethod
    def of(internal_id: str) -> str:
        """The key of a record known by its internalId, as it is stored (msgspec writes no subclass of str)."""
        return f"{_BY_INTERNAL_ID}{internal_id}"

    @property
    def internal_id(self) -> str | None:
        """The caller's own reference; None for a record known by a natural key."""
        return self[len(_BY_INTERNAL_ID) :] if self.startswith(_BY_INTERNAL_ID) else None

    @property
    def value(self) -> str:
        """The internalId or the value of the natural key."""
        return self.partition(":")[2]

    @property
    def shown(self) -> str:
        """As messages name the record: by its internalId, else by the whole key."""
        return self.internal_id if self.internal_id is not None else str(self)


_BY_INTERNAL_ID = "id:"


class Account(NamedTuple):
    """Whose records the journal speaks of: a name that outlives a key, and whether they are live."""

    name: str
    livemode: bool


class State(StrEnum):
    """What the journal knows of a record.

    REJECTED: set aside after planning and before sending, because of what it refers to or because the account holds it
    or differs from it; nothing was sent. It may be planned again, as one that was REFUSED by the API may.
    """

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    REJECTED = "rejected"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"


class Expected(NamedTuple):
    """What the reply to a payment should say of money (docs/api.md Q2, Q3): its currency, cents without and with tax,
    and how many cents the latter may lie off, since whoever rounds line by line comes to another sum."""

    currency: str
    net: int
    gross: int
    tolerance: int

    def fits_net(self, amount: int) -> bool:
        """Whether so many cents are what was meant, without tax."""
        return amount == self.net

    def fits_gross(self, amount: int) -> bool:
        """Whether so many cents are what was meant, with tax."""
        return abs(amount - self.gross) <= self.tolerance

    def fits(self, amount: int) -> bool:
        """Whether so many cents are what was meant, either way."""
        return self.fits_net(amount) or self.fits_gross(amount)

    def add(self, other: "Expected") -> "Expected":
        """Both together, of one currency."""
        return Expected(self.currency, self.net + other.net, self.gross + other.gross, self.tolerance + other.tolerance)


class Action(msgspec.Struct, frozen=True, array_like=True):
    """One record to create.

    `body` is JSON without its references; `references` maps a path in the body to (resource, key) whose remote id goes
    there. `local` are fields later files may take from this record. `expected` is what the reply should say of a
    payment's money. `create` says by which of the endpoint's ways it is created, counted from 0; `features` names the
    features its answer can prove (pipeline.delivery.canary.features); `query` stands in the address it is sent to.

    `then` is the body of a second request that makes it what its row says (`Create.then`). With `begun`, the id it was
    created with, the action is that second request and nothing else.
    """

    resource: str
    key: str
    livemode: bool
    line: int
    body: bytes
    references: dict[str, tuple[str, str]] = {}
    local: dict[str, str] | None = None
    expected: Expected | None = None
    create: int = 0
    features: str = ""
    query: dict[str, str] | None = None
    then: bytes | None = None
    begun: str | None = None


class Doubt(NamedTuple):
    """A record that was sent and whose fate is unknown. `said_to_exist` says that the API itself called it existing;
    `cause` why it is in doubt, None where only the journal knows."""

    record_id: int
    action: Action
    said_to_exist: bool = False
    cause: Cause | None = None


class Provenance(NamedTuple):
    """Where a record was last read: the run, the position of its input there, its first line."""

    run: str
    position: int
    line: int


class Entry(NamedTuple):
    """What the journal holds of a record.

    `fields` and `digests` are its fingerprint (pipeline.delivery.payload). `matched` says that it was found in the
    account, not created by us; `cause` is the last answer or failure it met. `begun`: it is created, as `remote_id`,
    and the state is that of its second request.
    """

    state: State
    origin: Provenance
    fields: tuple[str, ...]
    digests: bytes
    remote_id: str | None
    record_id: int
    matched: bool
    cause: Cause | None = None
    begun: bool = False


@dataclass(slots=True)
class Counts:
    """Records by fate. They must balance: read = created + existing + rejected + refused + in_doubt + unsent."""

    read: int = 0
    created: int = 0
    existing: int = 0
    rejected: int = 0
    refused: int = 0
    in_doubt: int = 0
    unsent: int = 0
    would_create: int | None = field(default=None)

    def add(self, more: "Counts") -> None:
        """The records of another file of the same resource, or those whose fate was told later."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(more, name))

    @property
    def balanced(self) -> bool:
        """Whether every record that was read has a fate."""
        fates: int = sum(getattr(self, fate) for fate in FATES)
        return self.read == fates

    def as_dict(self) -> dict[str, int]:
        """As the result object has them (docs/exit-codes-and-results.md, The result as JSON)."""
        counts = {name: getattr(self, name) for name in COUNTED}
        return counts if self.would_create is None else {**counts, PLANNED_ONLY: self.would_create}
