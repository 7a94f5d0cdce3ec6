"""The words in which an exported table is declared: FieldKind, Field, Table.

A declaration is data and needs no polars. Column names are the API's own (dialect 2025-06), dots for nesting; how a
kind becomes typed columns is the business of `pipeline.exporter.cells`.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["EXTRA", "Field", "FieldKind", "Table"]

EXTRA = "_extra"
"""JSON object of everything a row held that its declared columns do not: path of the value → value."""


class FieldKind(StrEnum):
    """What a field's values are, and which columns they become."""

    TEXT = "text"  # one text column; a number keeps its digits
    INTEGER = "integer"  # one 64-bit column
    NUMBER = "number"  # one decimal column, ten decimals; never by way of a float
    BOOLEAN = "boolean"
    JSON = "json"  # one text column with the value as JSON
    REST = "rest"  # one text column: JSON object of the members that are not declared beside it
    CENTS = "cents"  # `x` whole cents, `x_decimal` currency units, from whichever the API answers (docs/api.md Q2)
    TIME = "time"  # `x` as answered, `x_utc` the instant, `x_mx` the same in America/Mexico_City (Q11)
    STATUS = "status"  # `x` as answered, `x_normalized` with one spelling of canceled (0.3 item 6)


_COLUMNS = {
    FieldKind.CENTS: ("", "_decimal"),
    FieldKind.TIME: ("", "_utc", "_mx"),
    FieldKind.STATUS: ("", "_normalized"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a reply and the columns it becomes.

    `paths` are the places it may stand in, dots for nesting, the best first: the reference gives two spellings for
    many fields, and reading accepts all of them (Q1). Empty means: under its own name. `in_units` are those of an
    amount that count currency units in whatever dialect.
    """

    name: str
    kind: FieldKind = FieldKind.TEXT
    paths: tuple[str, ...] = ()
    in_units: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        return self.paths or (self.name,)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.name + suffix for suffix in _COLUMNS.get(self.kind, ("",)))


@dataclass(frozen=True, slots=True)
class Table:
    """One exported table.

    `path` is the member of the parent's object that lists this table's objects, empty for a resource of its own.
    `keys` join a row of a nested table to its parent: first the id of the outermost object, then the position of each
    list on the way, counted from 1. `scalar` is the field meant by a list member that is not an object.
    `secrets` are members dropped here besides those `schemas.tables.secrets` knows everywhere; `shown` are members kept
    though they are secret elsewhere, because the user asked for them.
    """

    name: str
    fields: tuple[Field, ...]
    path: str = ""
    keys: tuple[str, ...] = ()
    children: tuple["Table", ...] = ()
    scalar: str = "value"
    secrets: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column in order, keys first and `_extra` last."""
        return (*self.keys, *(column for field in self.fields for column in field.columns), EXTRA)

    @property
    def id_column(self) -> str:
        """What another table calls the id of a row of this one: `payment_id`."""
        return f"{self.name.removesuffix('s')}_id"

    @property
    def family(self) -> tuple["Table", ...]:
        """This table and every nested one, parents first."""
        return (self, *(table for child in self.children for table in child.family))

    @property
    def created_column(self) -> str | None:
        """The column that tells when a row came to be, for the time bounds of an export."""
        return "timestamp_utc" if "timestamp_utc" in self.columns else None
