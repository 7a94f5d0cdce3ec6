"""The words in which a contract with the API is declared: what is sent where, what is read where, what answers mean.

A dialect is data: literals only, no functions and no branches. Interpreters are few: in `pipeline.api` `client`,
`verdict`, `already_exists` and `paging`, `pipeline.delivery.bodies.wire` for what is sent, `pipeline.remote.members`
for what is read. The sandbox does not read dialects; `tests/conformance` holds both against the API's own documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from schemas.dialects.words import (
    Choose,
    Constant,
    Copy,
    Day,
    Divide,
    Drop,
    Epoch,
    InAddress,
    Lead,
    Listed,
    Not,
    Percent,
    Same,
    Scalar,
    Word,
)

__all__ = [
    "Choose",
    "Constant",
    "Copy",
    "Create",
    "Cursor",
    "Day",
    "Dialect",
    "Divide",
    "Drop",
    "Duplicate",
    "Endpoint",
    "Envelope",
    "Epoch",
    "Filter",
    "InAddress",
    "Lead",
    "Listed",
    "Not",
    "Numbered",
    "Offset",
    "Paging",
    "Percent",
    "Read",
    "Removal",
    "Same",
    "Search",
    "TimeForm",
    "Unit",
    "Verdict",
    "VerdictTable",
    "Word",
]


class Verdict(StrEnum):
    """What an answer, or the lack of one, means for the request."""

    DONE = "done"
    RETRY = "retry"  # certainly not carried out: the same request may be sent again
    REFUSED = "refused"  # the API said no to this row; the run goes on
    EXISTS = "exists"  # the API says it is there already: look it up
    IN_DOUBT = "in_doubt"  # may have been carried out: never sent again before it was looked up
    STOP = "stop"  # nothing more may be sent: key, account, contract


@dataclass(frozen=True, slots=True)
class Offset:
    """A list is asked for by how many rows to pass over.

    `limit` and `position` are query parameters: how many rows, and from which on. `size` is the most rows the server
    gives in one page.
    """

    limit: str
    position: str
    size: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """A list is asked for by a token that the page before gave, under one of the names of `token`; else as Offset."""

    limit: str
    position: str
    token: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Numbered:
    """A list is asked for by the number of the page, from 1; else as Offset."""

    limit: str
    position: str
    size: int


Paging = Offset | Cursor | Numbered


@dataclass(frozen=True, slots=True)
class Envelope:
    """Names of the members around the rows. Several spellings of one member: the first one present counts.

    `error_code` and `error_message` are paths with dots into the body of an error. `own_names` are names that no other
    generation's envelope has: an answer that shows one of them tells its generation.
    """

    data: str
    next: str
    more: tuple[str, ...]
    total: tuple[str, ...]
    own_names: tuple[str, ...]
    success: str
    error_code: tuple[str, ...]
    error_message: tuple[str, ...]
    error_details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """The block `at` in which a body asks the API to look for a record before it creates one.

    `by` are the fields it may be found by, the best first, each with the API's name for it; a value of `shared` is
    known to belong to many and is passed over. `says` is what else the block holds, `update` the member that says
    whether what is found is changed. `below` begins the fields the block is about: a body without any has no block, and
    one with them must have a value to look for. An answer with the status `found` shows a record that was there, one
    with `several` says that more than one fits.
    """

    at: str
    by: Mapping[str, str]
    shared: tuple[str, ...] = ()
    says: Mapping[str, Scalar] = field(default_factory=dict)
    update: str | None = None
    below: str = ""
    found: int | None = None
    several: int | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """One way to create a record: by POST to `path`, for records whose fields have the values of `when`.

    `fields` maps every canonical field name to its word; `name.*` stands for all fields that begin so. `lists` are the
    fields that hold a list of objects, outer ones first: the words of what is in them give whole paths, below the
    list's own. `constants` are what the body says at a path where no field has said anything.

    `shows` says where the answer repeats a field as it was sent, which proves that it was understood. A switch that is
    shown as a list is on when the list holds something; switches of one list are shown together. What is shown of items
    is compared item by item, in any order. Names are not said: servers tidy them. `mode` is the member
    in which a body asks for live mode, where records have no field for it. `once` is the member whose value tells the
    API that it has seen this record before (pipeline.delivery.once); `search` makes it look for the record.

    `then` is a second request without which the record is not what its row says, `{id}` in its path standing for the id
    that the first was answered with. A way with it is taken only where it is asked for, by records that the way before
    cannot say because of their `Day`.
    """

    path: str
    fields: Mapping[str, Word]
    when: Mapping[str, Scalar] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    constants: Mapping[str, Constant] = field(default_factory=dict)
    shows: Mapping[str, "Read"] = field(default_factory=dict)
    mode: str | None = None
    once: str | None = None
    search: Search | None = None
    then: "Create | None" = None


class Unit(StrEnum):
    """What an amount of money counts."""

    CENTS = "cents"
    UNITS = "units"


@dataclass(frozen=True, slots=True)
class Read:
    """Where a member stands in a row or an answer: paths with dots, the first that is filled counts.

    A `moment` may be told as text or as seconds or milliseconds since 1970. `means` are words that tell a switch, each
    with what it tells; others tell nothing.
    """

    paths: tuple[str, ...]
    unit: Unit | None = None
    moment: bool = False
    means: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that finds records by a value; `in_part`: also those that only contain it."""

    parameter: str
    in_part: bool = False


class TimeForm(StrEnum):
    """How a query tells an instant."""

    ISO = "iso"  # 2026-01-31T18:00:00Z
    SECONDS = "s"  # since 1970
    MILLISECONDS = "ms"
    DAY = "day"  # 2026-01-31


@dataclass(frozen=True, slots=True)
class Removal:
    """DELETE of one record by its `path`, `{id}` standing for its id.

    It is carried out when the record is not there any more, or shows one of the words of `leaves` as its status: then
    the account keeps it, and it cannot be created anew under its internalId. `built` are members that are filled once
    something stands on the record, such as an invoice: then no undo touches it.
    """

    path: str
    leaves: tuple[str, ...] = ()
    built: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One resource of the API, by the path of its list; `record` is that of one record, `{id}` standing for its id, and
    `change` that to which members of one are PUT, where records can be changed; `removal` how one is taken away.

    `creates` are the ways to create a record, the first that fits counts; without any it cannot be imported. `filters`
    are the query parameters its list understands, `since` and `until` those that bound the creation time, told by
    `times`. `paging` and `identifier` stand where the list has others than its dialect; `by_metadata` where it can be
    asked for by a member of metadata (`metadata.KEY`): so it is paged then.

    `reads` says where a row, an answer and a body say what this tool must understand: `internal_id`, `livemode`, and
    `amount`, `currency` and `link` of a payment. `natural_keys` are those among them that identify a record without an
    internalId, the strongest first, each with the filter that finds it, if there is one. `by_internal_id` is the query
    parameter that finds one by its internalId, where documents offer one; what it answers is compared, never trusted.
    With `learnt_once` the whole list is read once for each account and kept in the journal.
    """

    path: str
    record: str | None = None
    change: str | None = None
    removal: Removal | None = None
    creates: tuple[Create, ...] = ()
    filters: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    reads: Mapping[str, Read] = field(default_factory=dict)
    natural_keys: Mapping[str, Filter | None] = field(default_factory=dict)
    by_internal_id: str | None = None
    learnt_once: bool = False
    times: TimeForm = TimeForm.ISO
    paging: Paging | None = None
    by_metadata: Paging | None = None
    identifier: str | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """What a refusal in words alone must name for the record itself to be there already.

    `statuses` leave it to the words. `key` is the path in the body of what the API keeps unique, `terms` are the
    contract's words for that, also as the beginning of a longer one; spelling and the names above the key may vary.
    """

    statuses: tuple[int, ...]
    key: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerdictTable:
    """What an answer to one kind of request (a write, a read) means.

    `status` and `foreign` are keyed by an HTTP status (`404`) or its class (`4xx`), the exact one counting first;
    `foreign` is for answers the API does not give: an HTML page, a 2xx without the JSON object it must hold. `code` is
    keyed by the machine code of an error and decides where the status leaves room: for a REFUSED, and for a 2xx that
    says it failed.
    """

    status: Mapping[str, Verdict]
    foreign: Mapping[str, Verdict]
    code: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One generation of the API. `auth_prefix` stands before the key in the Authorization header. `ping` is the path
    that answers any good key, where there is one; `landmark` a list that this generation has and no other.
    """

    name: str
    base_url: str
    auth_prefix: str
    identifier: str
    envelope: Envelope
    paging: Paging
    endpoints: Mapping[str, Endpoint]
    duplicate: Duplicate
    write: VerdictTable
    read: VerdictTable
    landmark: str
    ping: str | None = None

    def speak_of(self, resource: str, *, by_metadata: bool = False) -> "Dialect":
        """The dialect as one resource is listed in it; `by_metadata`: where members of metadata are asked for."""
        own = self.endpoints[resource]
        paging = (own.by_metadata if by_metadata else None) or own.paging or self.paging
        return replace(self, paging=paging, identifier=own.identifier or self.identifier)
