"""What a column's cells say of how they are written: counts of telling cells, and what follows from them.

A number tells its decimal mark when it can be read in one way only: 4800.50, 1.234,5. A date tells its order when a day
is beyond 12. A cell that can be read both ways (1.234; 05/06/2026) is doubtful.
"""

from dataclasses import dataclass, field

import polars as pl

from schemas.cleaning.cell_formats import APOSTROPHE, SLASHED, DateOrder, Decimal
from schemas.cleaning.currency_words import CURRENCY_MARKS
from schemas.cleaning.repair.markers import missing_code
from schemas.cleaning.repair.wrappers import unquoted
from schemas.cleaning.written_dates import SERIAL, written_date

__all__ = ["Cell", "DateColumn", "NumberColumn"]

_CLEAR = r"^[+-]?[0-9]+(?:\.(?:[0-9]{1,2}|[0-9]{4,}))?$"
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as the user wrote it, and its line."""

    text: str
    line: int


def _telling(mark: str) -> str:
    """Numbers that make sense with this decimal mark only."""
    m, t = ("\\.", ",") if mark == "." else (",", "\\.")
    return (
        rf"^[+-]?(?:[0-9]{{1,3}}(?:{t}[0-9]{{3}})+{m}[0-9]*|[0-9]*{m}(?:[0-9]{{0,2}}|[0-9]{{4,}})|0{m}[0-9]{{3}}"
        rf"|[0-9]{{4,}}{m}[0-9]{{3}}|[0-9]{{1,3}}(?:{t}[0-9]{{3}}){{2,}})$"
    )


def _without_apostrophes(cell: pl.Expr) -> pl.Expr:
    """`1'234,567.89` as `1,234,567.89`, `4'800.00` as `4800.00`."""
    point = cell.str.replace(rf"^([+-]?[0-9]+){APOSTROPHE}([0-9]{{3}},[0-9]{{3}}\.)", "${1},${2}")
    comma = point.str.replace(rf"^([+-]?[0-9]+){APOSTROPHE}([0-9]{{3}}\.[0-9]{{3}},)", "${1}.${2}")
    return comma.str.replace_all(APOSTROPHE, "")


def _first(frame: pl.DataFrame, mask: pl.Expr) -> Cell | None:
    hit = frame.filter(mask).head(1)
    return Cell(str(hit["cell"][0]), int(hit["line"][0])) if hit.height else None


@dataclass(slots=True)
class NumberColumn:
    """Evidence of the decimal mark of one column. `plain` is True while every cell is digits and at most a point.

    `either` has, by the mark in it, the first cell that can be read both ways.
    """

    point: Cell | None = None
    comma: Cell | None = None
    either: dict[Decimal, Cell] = field(default_factory=dict)
    plain: bool = True

    def add(self, cells: pl.Series, lines: pl.Series) -> None:
        frame = pl.DataFrame({"cell": cells, "line": lines}).drop_nulls("cell")
        cell = pl.col("cell")
        clear = frame.select(cell.str.contains(_CLEAR)).to_series()
        if self.point is None:
            self.point = _first(frame.filter(clear), cell.str.contains(".", literal=True))
        rest = frame.filter(~clear).with_columns(unquoted(cell).alias("cell"))
        marked = cell.str.replace_all(CURRENCY_MARKS, "").str.replace_all(r"\s", "")
        either = marked.str.contains(rf"{APOSTROPHE}[0-9]{{3}}[.,][0-9]{{3}}$")  # 1'234,567: read as 1,000 would be
        rest = rest.with_columns(bare=pl.when(either).then(pl.lit("1,000")).otherwise(_without_apostrophes(marked)))
        if rest.is_empty():
            return
        bare = pl.col("bare")
        written_plainly = bare.str.contains(r"^[+-]?[0-9]+(?:\.[0-9]+)?$") & (bare == cell)
        self.plain = self.plain and bool(
            rest.select((written_plainly | ~bare.str.contains("^[0-9.,+-]+$")).all()).item()
        )
        self.point = self.point or _first(rest, bare.str.contains(_telling(".")))
        self.comma = self.comma or _first(rest, bare.str.contains(_telling(",")))
        for mark in Decimal:
            if mark not in self.either:
                cell_of_it = _first(rest, bare.str.contains(rf"^[+-]?[1-9][0-9]{{0,2}}\{mark}[0-9]{{3}}$"))
                self.either |= {mark: cell_of_it} if cell_of_it else {}

    @property
    def doubtful(self) -> Cell | None:
        """The first cell that can be read both ways."""
        return min(self.either.values(), key=lambda cell: cell.line, default=None)

    @property
    def decimal(self) -> Decimal | None:
        """The one mark the column proves; None for none or both."""
        if (self.point is None) == (self.comma is None):
            return None
        return Decimal.POINT if self.point else Decimal.COMMA


@dataclass(slots=True)
class DateColumn:
    """Evidence of the order of day and month of one column."""

    iso: int = 0
    slashed: int = 0
    day_first: Cell | None = None
    month_first: Cell | None = None
    example: Cell | None = field(default=None)
    serial: Cell | None = None
    clear: Cell | None = None
    others: int = 0

    def add(self, cells: pl.Series, lines: pl.Series) -> None:
        frame = pl.DataFrame({"cell": cells.str.strip_chars(), "line": lines}).drop_nulls("cell")
        iso = frame.select(pl.col("cell").str.contains(_ISO)).to_series()
        self.iso += int(iso.sum())
        self.clear = self.clear or _first(frame.filter(iso), pl.lit(True))
        rest = frame.filter(~iso).with_columns(missing_code(unquoted(pl.col("cell"))).alias("cell")).drop_nulls("cell")
        serials = rest.filter(pl.col("cell").str.contains(SERIAL))
        self.serial = self.serial or _first(serials, pl.lit(True))
        self.others += rest.height - serials.height
        rest = rest.with_columns(written=written_date(pl.col("cell")))
        self.clear = self.clear or _first(rest, pl.col("written").str.contains(_ISO))
        rest = rest.with_columns(cell="written")
        first, second = (pl.col("cell").str.extract(SLASHED, n).cast(pl.Int32) for n in (1, 2))
        rest = rest.with_columns(first=first, second=second).drop_nulls("first")
        if rest.is_empty():
            return
        self.slashed += rest.height
        self.example = self.example or _first(rest, pl.lit(True))
        self.day_first = self.day_first or _first(rest, pl.col("first").is_between(13, 31) & (pl.col("second") <= 12))
        self.month_first = self.month_first or _first(
            rest, pl.col("second").is_between(13, 31) & (pl.col("first") <= 12)
        )

    @property
    def order(self) -> DateOrder | None:
        """Serial where every cell is one, ISO where most are; else what the column proves; None for none or both."""
        if self.serial is not None and self.iso == self.others == 0:
            return DateOrder.SERIAL
        if self.slashed == 0 or self.iso >= self.slashed:
            return DateOrder.ISO
        if (self.day_first is None) == (self.month_first is None):
            return None
        return DateOrder.DMY if self.day_first else DateOrder.MDY

    def mixed(self, order: DateOrder) -> list[Cell]:
        """The first cell of the form that is read by that order, then of each form that is not; empty for one form."""
        if order is DateOrder.SERIAL:
            return []
        slashed, numbered = (self.example, self.serial)
        read = self.clear if order is DateOrder.ISO else self.clear or slashed
        refused = [cell for cell in (slashed if order is DateOrder.ISO else None, numbered) if cell]
        return [read, *refused] if read and refused else []
