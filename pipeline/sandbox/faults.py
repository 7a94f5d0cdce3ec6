"""Declared misbehaviour: which faults exist, and which of them strikes a given request.

Whether a fault strikes is a function of the seed, the fault, the request (method, path, query and its
`metadata.internalId`, or a digest of its body) and how often that request has come before. So a run is
repeated exactly by its seed, in whatever order concurrent requests arrive.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """When a fault acts; the value says what its number means."""

    ANY = "any request, before it is handled; the number is a probability"
    BEFORE = "a write, before anything is stored; the number is a probability"
    AFTER = "a write, after it was stored; the number is a probability"
    READ = "a read; the number is a probability"
    TWIST = "a create, which is stored and answered wrong; the number is a probability"
    LIST = "a list; the number is a probability"
    PAGING = "how the server pages its lists; 1 is on, 0 is off"
    MODE = "how the server works; 1 is on, 0 is off"
    COUNT = "the whole server; the number is a count of requests, 0 is off"


@dataclass(frozen=True)
class Fault:
    name: str
    kind: Kind
    effect: str
    """The misbehaviour to answer with, a key of `misbehave.EFFECTS`; empty where the handler itself acts."""
    sentence: str


_TABLE = (
    Fault("rate_429_seconds", Kind.ANY, "429_seconds", "Answers 429 with Retry-After in seconds."),
    Fault("rate_429_date", Kind.ANY, "429_date", "Answers 429 with Retry-After as an HTTP date."),
    Fault("drop_before_commit", Kind.BEFORE, "drop", "Closes the connection unanswered; the write was not stored."),
    Fault("error_500_before_commit", Kind.BEFORE, "error_500", "Answers a JSON 500; the write was not stored."),
    Fault("html_502", Kind.BEFORE, "html_502", "Answers a proxy's HTML 502; the write was not stored."),
    Fault("html_413", Kind.BEFORE, "html_413", "Answers a proxy's HTML 413; the write was not stored."),
    Fault("login_page", Kind.BEFORE, "login_page", "Answers 200 with a page to sign in; the write was not stored."),
    Fault("redirect", Kind.BEFORE, "redirect", "Redirects to another host; the write was not stored."),
    Fault("rate_429_later", Kind.BEFORE, "429_later", "Answers 429: come back in an hour; the write was not stored."),
    Fault("stall_before_commit", Kind.BEFORE, "stall", "Takes the request and never answers; nothing was stored."),
    Fault("false_success", Kind.BEFORE, "false_success", "Answers 200 with success: false; nothing was stored."),
    Fault("drop_after_commit", Kind.AFTER, "drop", "Closes the connection unanswered; the write was stored."),
    Fault("error_500_after_commit", Kind.AFTER, "error_500", "Answers a JSON 500 although the write was stored."),
    Fault("html_502_after_commit", Kind.AFTER, "html_502", "Answers an HTML 502 although the write was stored."),
    Fault("truncated_reply", Kind.AFTER, "truncated", "Stores the write and ends its reply half way."),
    Fault("bad_json", Kind.AFTER, "bad_json", "Stores the write and answers 200 with JSON that cannot be parsed."),
    Fault("stall", Kind.AFTER, "stall", "Stores the write and never answers."),
    Fault("read_drop", Kind.READ, "drop", "Closes the connection of a read unanswered."),
    Fault("read_error_500", Kind.READ, "error_500", "Answers a read with a JSON 500."),
    Fault("read_html_502", Kind.READ, "html_502", "Answers a read with a proxy's HTML 502."),
    Fault("read_truncated", Kind.READ, "truncated", "Ends the reply to a read half way."),
    Fault("read_bad_json", Kind.READ, "bad_json", "Answers a read with JSON that cannot be parsed."),
    Fault("read_stall", Kind.READ, "stall", "Never answers a read."),
    Fault("amount_in_pesos", Kind.TWIST, "", "Answers a payment's amount in currency units instead of cents."),
    Fault("wrong_livemode", Kind.TWIST, "", "Stores a payment or client in the other mode, live for test or back."),
    Fault("wrong_currency", Kind.TWIST, "", "Stores the payment in another currency than the one sent."),
    Fault("total_as_unit_price", Kind.TWIST, "", "Takes an item's total for the price of one unit."),
    Fault("discount_ignored", Kind.TWIST, "", "Stores a payment's items without their discounts."),
    Fault("tax_added_twice", Kind.TWIST, "", "Adds every tax of a payment twice."),
    Fault("exchange_ignored", Kind.TWIST, "", "Stores a payment with an exchange rate of 1."),
    Fault("currency_dropped", Kind.TWIST, "", "Stores a payment in MXN, whatever its currency."),
    Fault("cents_for_units", Kind.TWIST, "", "Takes a payment's amounts for cents, a hundredth of what was meant."),
    Fault("date_as_utc_day", Kind.TWIST, "", "Stores a payment's date as midnight of its day in UTC."),
    Fault("quantity_dropped", Kind.TWIST, "", "Stores every item of a payment with a quantity of 1."),
    Fault("item_lost", Kind.TWIST, "", "Stores a payment of several items without the last of them."),
    Fault("metadata_lost", Kind.TWIST, "", "Stores a payment without its metadata, its internalId among them."),
    Fault("tax_rate_turned", Kind.TWIST, "", "Stores a payment's taxes at another rate, its amount as it was meant."),
    Fault("product_key_lost", Kind.TWIST, "", "Stores a payment's items under the product key 01010101."),
    Fault("rfc_replaced", Kind.TWIST, "", "Stores a client under the general RFC, XAXX010101000."),
    Fault("price_in_cents", Kind.TWIST, "", "Stores a service's price a hundredfold."),
    Fault("ignore_offset", Kind.LIST, "", "Lists from the first row whatever the offset."),
    Fault("repeat_page", Kind.LIST, "", "Lists the page before the one asked for once more."),
    Fault("null_rows", Kind.LIST, "", "Puts a null among the rows of a page."),
    Fault("failed_page", Kind.LIST, "", "Answers a page of a list with success: false and half of its rows."),
    Fault(
        "empty_page", Kind.LIST, "", "Gives an empty page that says more is behind it; only where lists go by cursor."
    ),
    Fault("shrinking_list", Kind.LIST, "", "Loses one row already read per page, so that later rows are skipped."),
    Fault("empty_list", Kind.LIST, "", "Lists nothing, whatever there is."),
    Fault("page_by_next", Kind.PAGING, "", "Ignores the offset; each page names the next, to be asked for as `next`."),
    Fault("duplicate_reject", Kind.MODE, "", "Answers 409 to a metadata.internalId seen before (the default)."),
    Fault("duplicate_return_first", Kind.MODE, "", "Answers a repeated internalId with the first payment."),
    Fault("duplicate_ignore", Kind.MODE, "", "Does not enforce that metadata.internalId is unique."),
    Fault("expired_token", Kind.COUNT, "", "Answers 401 to every request after this many."),
)

BY_NAME: Mapping[str, Fault] = {fault.name: fault for fault in _TABLE}
FAULTS: dict[str, str] = {fault.name: fault.sentence for fault in _TABLE}


def check_faults(faults: Mapping[str, float]) -> None:
    """Raise ValueError, with a sentence naming the fault, unless every name and number has a meaning."""
    for name, number in faults.items():
        if name not in BY_NAME:
            raise ValueError(f"fault {name!r} is not known; the faults are {', '.join(FAULTS)}")
        kind = BY_NAME[name].kind
        if kind is Kind.COUNT:
            if not (math.isfinite(number) and number >= 0 and number == int(number)):
                raise ValueError(f"fault {name}={number}: the number is a whole count of requests, or 0 for off")
        elif kind in (Kind.MODE, Kind.PAGING):
            if number not in (0, 1):
                raise ValueError(f"fault {name}={number}: a mode is 1 (on) or 0 (off)")
        elif not 0 <= number <= 1:  # also refuses NaN
            raise ValueError(f"fault {name}={number}: the number is a probability from 0 to 1")
    modes = [name for name, number in faults.items() if number and BY_NAME[name].kind is Kind.MODE]
    if len(modes) > 1:
        raise ValueError(f"faults {' and '.join(modes)} contradict each other: choose one")


class FaultPlan:
    """The faults of one server: asked once per request, remembers how often each request came."""

    def __init__(self, faults: Mapping[str, float], seed: int) -> None:
        check_faults(faults)
        self.numbers = dict(faults)
        self._seed = seed
        self._active = [BY_NAME[name] for name in FAULTS if faults.get(name)]
        self._seen: Counter[str] = Counter()
        self._admitted = 0

    @property
    def any(self) -> bool:
        """Whether there is anything to ask: a server without faults need not name its requests."""
        return bool(self._active)

    @property
    def duplicates(self) -> str:
        """`reject`, `return_first` or `ignore`: what happens to a repeated `metadata.internalId`."""
        modes = [fault.name for fault in self._active if fault.kind is Kind.MODE]
        return modes[0].removeprefix("duplicate_") if modes else "reject"

    def token_expired(self) -> bool:
        """Count one request with a good key, and say whether the key has expired by now."""
        self._admitted += 1
        lifetime = self.numbers.get("expired_token", 0)
        return bool(lifetime) and self._admitted > lifetime

    def striking(self, kinds: Iterable[Kind], request: str) -> list[Fault]:
        """The faults of these kinds that strike this request, in the order of the table."""
        self._seen[request] += 1
        identity = f"{request}|{self._seen[request]}"
        kinds = tuple(kinds)
        return [fault for fault in self._active if fault.kind in kinds and self._draw(fault, identity)]

    def _draw(self, fault: Fault, identity: str) -> bool:
        digest = hashlib.blake2b(f"{self._seed}|{fault.name}|{identity}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64 < self.numbers[fault.name]
