"""The words in which a resource is declared: Text, Column, Rule, Resource.

A declaration is data. A column says what a cell may hold, a rule says what must be true of a row; pandera checks are
made of both (`schemas.rules.pandera_schemas`). Field names are the API's own (dialect 2025-06), with dots for nesting.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import polars as pl

from schemas.rule_options import RuleOptions

__all__ = [
    "INTERNAL_ID",
    "Column",
    "Derived",
    "Join",
    "Kind",
    "Part",
    "Piece",
    "Reference",
    "Resource",
    "Rule",
    "Severity",
    "Text",
]

INTERNAL_ID = "metadata.internalId"
"""The caller's own reference: what makes an import repeatable (docs/columns.md)."""


class Text(NamedTuple):
    """A sentence in Spanish and in English; `{value}`, `{column}` and `{proposal}` are filled in per finding."""

    es: str
    en: str

    def in_language(self, lang: str) -> str:
        return self.es if lang == "es" else self.en


class Kind(StrEnum):
    """What a cell holds. Everything is read as text; the kind says how it is checked and written into a body."""

    TEXT = "text"
    CODE = "code"  # a key of a catalogue: text, zeros kept
    EMAIL = "email"
    MONEY = "money"  # Decimal, at most two decimals
    NUMBER = "number"  # Decimal, at most six decimals
    BOOLEAN = "boolean"
    DATE = "date"  # ISO 8601; without an offset America/Mexico_City
    TAXES = "taxes"  # JSON or shorthand, see schemas.rules.tax.lines
    MAP = "map"  # a JSON object of plain values: each member becomes a field below this one


class Severity(StrEnum):
    """error rejects the record; warning, fix and info do not."""

    ERROR = "error"
    WARNING = "warning"
    FIX = "fix"
    INFO = "info"


class Piece(NamedTuple):
    """One column of several that say one field together: its headings, and what stands before its cell."""

    headings: tuple[str, ...]
    before: str = " "


class Join(NamedTuple):
    """Columns whose cells together are one field: the first piece and at least one other must be there.

    `alone` is False where they only fill the empty cells of a column of the field.
    """

    pieces: tuple[Piece, ...]
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Derived:
    """How a field is read from others in files that say it by them, as those of another generation of the API do.

    `value` is text, over the cells of `of`: null where they say nothing, and what stands in them where they say
    nothing that is understood, so that the field's own rules refuse it.
    """

    of: tuple[str, ...]
    value: pl.Expr


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a resource.

    `aliases` are headings understood besides the field's own name; they are compared without case, accents, spaces
    and underscores. `spare` are headings understood where no better one says the field, the best first; `with_tax`
    headings of the same amount with its taxes. `exported` is its heading in our own exports, where that is another.
    `else_from` is the field that stands in where the file lacks this one. `join` are the columns that say the field
    together; `derived` says it where its own cell is empty and those of other fields are not. `proposed` are headings
    that may be meant: named where the field has none, never taken unasked. `sent` is False for columns that are ours
    and never leave this machine. `default` is written into the body when the cell is empty.
    """

    field: str
    kind: Kind = Kind.TEXT
    aliases: tuple[str, ...] = ()
    required: bool = False
    choices: tuple[str, ...] = ()
    sent: bool = True
    default: bool | str | None = None
    max_chars: int | None = None
    spare: tuple[str, ...] = ()
    with_tax: tuple[str, ...] = ()
    exported: str = ""
    else_from: str = ""
    join: Join | None = None
    proposed: tuple[str, ...] = ()
    derived: Derived | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What must be true of every row of a frame.

    `passes` is a polars expression, True where the row is right and null where the rule does not apply; None for a rule
    that needs more than one row (schemas.rules.cross_record), which the pipeline decides. The finding is shown at
    `field`.
    `sat_code` is the code SAT or the PAC would answer. `proposal` is the concrete correction, as text, worked out on
    failing rows only and said in the advice; `gloss`, over the column `proposal`, is its name in words.

    `catalog` names the catalogue a "not found" rests on: an old edition takes the finding one step down.
    `essential` marks what the tool itself relies on, such as a number being a number: no option silences it.
    `quiet` marks a finding of use only to those who ask for it by its id. `on_empty` marks a rule that judges an empty
    cell of `field` too; the others need not run on a column without cells.
    """

    id: str
    field: str
    passes: pl.Expr | None
    message: Text
    advice: Text
    severity: Severity = Severity.ERROR
    sat_code: str | None = None
    proposal: pl.Expr | None = None
    gloss: pl.Expr | None = None
    catalog: str | None = None
    essential: bool = False
    quiet: bool = False
    on_empty: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that names a record of another resource by its internalId; the field its remote id goes to, if any."""

    column: str
    resource: str
    fills: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A frame of a resource on which rules run: its columns and its rules.

    `facts` adds what several rules ask of a row (is the RFC a person's? which state is the postal code in?), worked out
    once, as columns whose names begin with `~`; rules are expressions over columns and facts.
    """

    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    facts: "Callable[[pl.DataFrame, RuleOptions], pl.DataFrame] | None" = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing the API stores, as a row of a file.

    `record` describes the row itself; `lines`, where there is one, the several lines of a record (a payment's items),
    whose columns begin with `items.`. `key` turns a frame of record columns into the text that identifies a record in
    the journal (null where there is none). `level` orders imports: what is referred to comes first. `local` are the
    fields the journal keeps so that later files can refer to them. `passed_over` are headings of widespread programs
    for which the API has no place.

    `singular` is the word for one of them. `sheet_words` are words of a sheet's name that speak of it, folded.
    `known_by` says, in words of the catalogue of messages, by what a record without an internalId is recognised.
    `line_references` are columns of lines: what they name fills a line's empty cells from its `local` fields.
    `clashing`: its rows are held against one another, by RFC and e-mail (schemas.rules.cross_record).
    """

    name: str
    level: int
    record: Part
    key: Callable[[], pl.Expr]
    lines: Part | None = None
    references: tuple[Reference, ...] = ()
    local: tuple[str, ...] = ()
    switches: Mapping[str, bool] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()
    singular: str = ""
    sheet_words: frozenset[str] = frozenset()
    known_by: str = ""
    line_references: tuple[Reference, ...] = ()
    clashing: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.record.columns + (self.lines.columns if self.lines else ())

    def column(self, name: str) -> Column | None:
        """The declared column of that field, or None (free metadata columns are not declared)."""
        return next((c for c in self.columns if c.field == name), None)
