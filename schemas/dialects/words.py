"""The words that say what becomes of one field of a record on its way into a request; `schemas.dialects.spec` has the
others, and offers these too."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.spec import Text

__all__ = [
    "Choose",
    "Constant",
    "Copy",
    "Day",
    "Divide",
    "Drop",
    "Epoch",
    "InAddress",
    "Lead",
    "Listed",
    "Not",
    "Percent",
    "Same",
    "Scalar",
    "Word",
]

Scalar = str | bool | int
Constant = Scalar | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """The value goes to several places."""

    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True becomes false, false true."""

    to: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """An instant becomes the whole seconds (`s`) or milliseconds (`ms`) since 1970."""

    to: str
    unit: str = "s"


@dataclass(frozen=True, slots=True)
class Divide:
    """A number is divided by that of another field of the same object; it must come out even in so many decimals."""

    to: str
    by: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Choose:
    """The value picks another from a table; None says nothing. Fields that choose for one place must agree."""

    to: str
    table: Mapping[Scalar, Scalar | None]


@dataclass(frozen=True, slots=True)
class Drop:
    """The API has no place for it. `warn` tells the user what becomes of it; None where nothing is lost."""

    warn: Text | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """The API dates a record by the moment it is told of it: a value of that day in `zone` is said by saying nothing,
    one of another day cannot be said."""

    zone: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A text that stands before that of another field at `to`, unless it is repeated there. `warn` as in Drop."""

    to: str
    warn: Text


@dataclass(frozen=True, slots=True)
class Listed:
    """The value is the only member of a list."""

    to: str


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage becomes the fraction `member` of an object, `beside` what else it says; the only one of a list."""

    to: str
    member: str
    beside: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class InAddress:
    """It stands in the address, as a parameter of that name."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Same:
    """It has no place of its own and must be what the record says in `field`, or `default` where it says nothing."""

    field: str
    default: Scalar


Word = str | Copy | Not | Epoch | Divide | Choose | Drop | Day | Lead | Listed | Percent | InAddress | Same
"""What becomes of a field. A plain path: the value goes there as it is."""
