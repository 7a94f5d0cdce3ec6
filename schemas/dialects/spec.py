"""The words in which a contract with the API is declared: Verdict, Paging, Envelope, Endpoint, VerdictTable, Dialect.

A dialect is data: literals only, no functions and no branches. Interpreters are few: `pipeline.api.client`, `verdict`
and `paging`. The sandbox does not read dialects; `tests/conformance` holds both against the API's own documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Dialect", "Endpoint", "Envelope", "Paging", "Verdict", "VerdictTable"]


class Verdict(StrEnum):
    """What an answer, or the lack of one, means for the request."""

    DONE = "done"
    RETRY = "retry"  # certainly not carried out: the same request may be sent again
    REFUSED = "refused"  # the API said no to this row; the run goes on
    EXISTS = "exists"  # the API says it is there already: look it up
    IN_DOUBT = "in_doubt"  # may have been carried out: never sent again before it was looked up
    STOP = "stop"  # nothing more may be sent: key, account, contract


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is asked for page by page. `size` is the most rows the server gives in one page."""

    limit: str
    offset: str
    size: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """Names of the members around the rows. Several spellings of one member: the first one present counts.

    `error_code` and `error_message` are paths with dots into the body of an error.
    """

    data: str
    next: str
    more: tuple[str, ...]
    total: tuple[str, ...]
    success: str
    error_code: tuple[str, ...]
    error_message: tuple[str, ...]
    error_details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One resource of the API, by the path its list and its create share.

    `fields` maps our canonical field names to the path in the body; a resource without them cannot be imported.
    `filters` are the query parameters its list understands, `lookups` those among them that find one record by its
    value, `since` and `until` those that bound the creation time (ISO 8601). `tables` are the lists nested in a row,
    outer ones first. `idempotency` is the body field the server is said to keep unique, None where there is none.
    `lists` is False for an endpoint that answers one object.
    """

    path: str
    lists: bool = True
    create: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    lookups: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    tables: tuple[str, ...] = ()
    idempotency: str | None = None


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
    """One generation of the API. `auth_prefix` stands before the key in the Authorization header."""

    name: str
    base_url: str
    auth_prefix: str
    identifier: str
    envelope: Envelope
    paging: Paging
    endpoints: Mapping[str, Endpoint]
    write: VerdictTable
    read: VerdictTable
