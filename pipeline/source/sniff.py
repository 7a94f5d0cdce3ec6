"""How a file's columns are written, gathered while it is first looked at and decided once for the whole of it.

Where a column cannot decide, the file stops: a date or an amount read the wrong way round is a wrong invoice.
"""

from collections.abc import Collection, Mapping
from typing import NoReturn

import polars as pl

from pipeline.errors import Choice, InputError
from pipeline.formats import LINE
from pipeline.language.say import say
from pipeline.source.columns.meanings import ITEMS
from pipeline.source.item_numbers import ItemNumbers
from schemas.cleaning.cell_formats import CellFormats, DateOrder, Decimal, read_date, read_number
from schemas.cleaning.sniff import Cell, DateColumn, NumberColumn
from schemas.spec import Kind, Resource, Text

__all__ = ["ColumnSniffer"]

_RATES = frozenset({"exchange", "taxRate"})
"""Numbers that hardly ever reach a thousand."""

SHIFTED_FROM = 10
"""Cells a column must have before it is said to be the wrong column: a handful of mistakes proves nothing."""

_SHAPES = {
    "rfc": r"^[A-Z0-9Ñ&]*(?:[A-ZÑ&]{2}[A-Z0-9Ñ&]*[0-9]{3}|[0-9]{3}[A-Z0-9Ñ&]*[A-ZÑ&]{2})[A-Z0-9Ñ&]*$",
    "email": r"^\S*[@.(]\S*$",
    "address.zip": r"^[0-9A-Z]{4,6}$",
    "items.product_key": r"^[0-9A-Z]{5,10}$",
    "product_key": r"^[0-9A-Z]{5,10}$",
}
"""What a cell of the column looks like, mistakes included: less than the rule asks, more than another column gives."""


class ColumnSniffer:
    """Feed it every frame of one file, then ask for its cell_formats.

    `fields` maps headings to fields; `typed` is True for formats that know numbers (JSONL, Parquet), whose point is
    never a thousands mark.
    """

    def __init__(self, name: str, fields: Mapping[str, str], declared: Resource, *, typed: bool) -> None:
        self._name = name
        self._heading = {field: heading for heading, field in fields.items()}
        self._typed = typed
        kinds = {c.field: c.kind for c in declared.columns if c.field in self._heading}
        self._dates = {f: DateColumn() for f, kind in kinds.items() if kind is Kind.DATE}
        self._numbers = {f: NumberColumn() for f, kind in kinds.items() if kind in (Kind.MONEY, Kind.NUMBER)}
        in_items = declared.lines.columns if declared.lines is not None and ITEMS in self._heading else ()
        self._items = ItemNumbers(
            c.field for c in in_items if c.kind in (Kind.MONEY, Kind.NUMBER) and c.field not in self._heading
        )
        self._shapes = {f: shape for f, shape in _SHAPES.items() if f in self._heading}
        self._cells = dict.fromkeys(self._shapes, 0)
        self._misfits = dict.fromkeys(self._shapes, 0)
        self.notes: list[Text] = []

    @property
    def looked_at(self) -> Collection[str]:
        """The fields of which canonical cells are looked at."""
        return self._shapes.keys()

    def add(self, raw: pl.DataFrame, canonical: pl.DataFrame) -> None:
        """One frame as the user wrote it (his headings, LINE) and the same rows under field names, normalised."""
        for field, dates in self._dates.items():
            dates.add(raw[self._heading[field]], raw[LINE])
        for field, numbers in self._numbers.items():
            numbers.add(raw[self._heading[field]], raw[LINE])
        if self._items.columns:
            self._items.add(raw[self._heading[ITEMS]], raw[LINE])
        counts = canonical.select(
            pl.col(field).str.contains(shape).not_().sum().alias(field) for field, shape in self._shapes.items()
        )
        for field in self._shapes:
            self._cells[field] += canonical.height - canonical[field].null_count()
            self._misfits[field] += int(counts[field][0])

    def cell_formats(self, dates: DateOrder | None = None, decimal: Decimal | None = None) -> CellFormats:
        """The cell_formats of the file; `dates` and `decimal` are what the user says they are, which settles it.

        InputError when a column can be read in two ways, or does not hold what its heading says (X-COLUMN-SHIFT).
        """
        self._refuse_shifted()
        orders = {f: self._order(f, column, dates) for f, column in self._dates.items()}
        marks = {f: self._choose_decimal(f, column, decimal) for f, column in self._numbers.items()}
        marks |= {f: self._choose_decimal_in_items(f, column, decimal) for f, column in self._items.columns.items()}
        found = CellFormats(
            {f: order for f, order in orders.items() if order is not DateOrder.ISO},
            {f: mark for f, mark in marks.items() if mark is not None},
        )
        self.notes = [*self._told_dates(found), *self._told_mixed(orders), *self._told_numbers(found)]
        return found

    def _refuse_shifted(self) -> None:
        for field, cells in self._cells.items():
            if cells >= SHIFTED_FROM and self._misfits[field] * 2 > cells:
                raise InputError(
                    say(
                        "{name}: the column mapping looks wrong (X-COLUMN-SHIFT): {misfits:,} of"
                        " {cells:,} cells of '{heading}' do not look like {field}.",
                        name=self._name,
                        misfits=self._misfits[field],
                        cells=cells,
                        heading=self._heading[field],
                        field=field,
                    ),
                    say("Check that headings and cells of the file stand in the same order."),
                )

    # --- dates ---

    def _order(self, field: str, column: DateColumn, wished: DateOrder | None) -> DateOrder:
        order = DateOrder.SERIAL if column.order is DateOrder.SERIAL else wished or column.order
        if order is not None:
            return order
        told = column.day_first, column.month_first
        if all(told):
            day_first, month_first = (cell for cell in told if cell)
            raise InputError(
                say(
                    "{name}: '{heading}' has dates of both orders: '{text}' (line"
                    " {line}) begins with the day, '{text2}' (line {line2}) does not.",
                    name=self._name,
                    heading=self._heading[field],
                    text=day_first.text,
                    line=day_first.line,
                    text2=month_first.text,
                    line2=month_first.line,
                ),
                say("Write the dates as YYYY-MM-DD, or say how to read them with --dates dmy or --dates mdy."),
                [Choice("dates", "dmy", day_first.text), Choice("dates", "mdy", month_first.text)],
            )
        cell = column.example or Cell("", 0)
        as_dmy, as_mdy = (_read(read_date(pl.col("cell"), order), cell) for order in (DateOrder.DMY, DateOrder.MDY))
        raise InputError(
            say(
                "{name}: '{heading}' can be read in two ways, for no day is above 12:"
                " '{text}' (line {line}) is {as_dmy} with the day first (dmy),"
                " or {as_mdy} with the month first (mdy).",
                name=self._name,
                heading=self._heading[field],
                text=cell.text,
                line=cell.line,
                as_dmy=as_dmy,
                as_mdy=as_mdy,
            ),
            say("Say which it is: --dates dmy or --dates mdy."),
            [Choice("dates", "dmy", f"{cell.text} = {as_dmy}"), Choice("dates", "mdy", f"{cell.text} = {as_mdy}")],
        )

    def _told_dates(self, found: CellFormats) -> list[Text]:
        words = {
            DateOrder.DMY: ("día/mes/año", "day/month/year"),
            DateOrder.MDY: ("mes/día/año", "month/day/year"),
            DateOrder.SERIAL: ("como los números de día de una hoja de cálculo", "as a spreadsheet's day numbers"),
        }
        return [
            Text(
                f"«{self._heading[f]}» se lee {words[order][0]}{_because(self._dates[f], 'por')}",
                f"'{self._heading[f]}' is read {words[order][1]}{_because(self._dates[f], 'by')}",
            )
            for f, order in found.dates.items()
        ]

    def _told_mixed(self, orders: Mapping[str, DateOrder]) -> list[Text]:
        """Advice for a column of several forms: the cells of all but one are refused, each with its row."""
        forms = {f: cells for f, order in orders.items() if (cells := self._dates[f].mixed(order))}
        return [
            Text(
                f"«{self._heading[f]}» mezcla formas de fecha: {_listed(cells, 'línea')}; solo se lee la primera."
                " Escríbalas todas como AAAA-MM-DD",
                f"'{self._heading[f]}' mixes forms of dates: {_listed(cells, 'line')}; only the first is read."
                " Write all as YYYY-MM-DD",
            )
            for f, cells in forms.items()
        ]

    # --- numbers ---

    def _choose_decimal(self, field: str, column: NumberColumn, wished: Decimal | None) -> Decimal | None:
        """The mark to read the column by; None where its cells are plain numbers as they stand."""
        if wished is not None:
            return None if column.plain and wished is Decimal.POINT else wished
        if column.point and column.comma:
            self._refuse_both(
                field,
                column.point,
                column.comma,
                say("Write one of them in the whole column, or say how to read it with --decimal . or --decimal ,"),
            )
        mark = column.decimal
        if mark is None and column.doubtful is not None:
            mark = self._elsewhere(field, column)
            if mark is None:
                self._refuse_doubtful(field, column.doubtful)
        if mark is Decimal.POINT and column.plain:
            return None
        return mark or (None if column.plain else Decimal.POINT)

    def _choose_decimal_in_items(self, field: str, column: NumberColumn, wished: Decimal | None) -> Decimal | None:
        """A JSON number has a decimal point: where there is one with a fraction, no text beside it has a comma."""
        if column.plain:
            return None
        if column.point is None:
            return self._choose_decimal(field, column, wished)
        comma = column.comma or (column.doubtful if wished is Decimal.COMMA else None)
        if comma is not None and wished is not Decimal.POINT:
            self._refuse_both(
                field, column.point, comma, say("Write amounts within items as JSON numbers, such as 1500.50.")
            )
        return Decimal.POINT

    def _refuse_both(self, field: str, point: Cell, comma: Cell, hint: str) -> NoReturn:
        raise InputError(
            say(
                "{name}: '{heading}' has both decimal marks: '{text}' (line"
                " {line}) has a point, '{text2}' (line {line2}) a comma.",
                name=self._name,
                heading=self._heading.get(field, field),
                text=point.text,
                line=point.line,
                text2=comma.text,
                line2=comma.line,
            ),
            hint,
            [Choice("decimal", ".", point.text), Choice("decimal", ",", comma.text)],
        )

    def _elsewhere(self, field: str, column: NumberColumn) -> Decimal | None:
        """What the file's other columns prove; a typed number or a rate has no thousands.

        So a rate `1,850` is not read as 1850 for the amounts beside it: people write rates with either mark.
        """
        if column.plain and (self._typed or field == "exchange"):
            return Decimal.POINT
        proven = {other.decimal for other in self._numbers.values()} - {None}
        mark = proven.pop() if len(proven) == 1 else None
        return None if field in _RATES and column.either.keys() != {mark} else mark

    def _refuse_doubtful(self, field: str, cell: Cell) -> NoReturn:
        as_point, as_comma = (_read(read_number(pl.col("cell"), mark), cell) for mark in Decimal)
        raise InputError(
            say(
                "{name}: '{heading}' can be read in two ways: '{text}' (line {line}) is"
                " {as_point} with a decimal point, or {as_comma} with a decimal comma.",
                name=self._name,
                heading=self._heading.get(field, field),
                text=cell.text,
                line=cell.line,
                as_point=as_point,
                as_comma=as_comma,
            ),
            say("Say which it is: --decimal . or --decimal ,"),
            [Choice("decimal", ".", f"{cell.text} = {as_point}"), Choice("decimal", ",", f"{cell.text} = {as_comma}")],
        )

    def _told_numbers(self, found: CellFormats) -> list[Text]:
        words = {
            Decimal.POINT: ("punto decimal", "a decimal point"),
            Decimal.COMMA: ("coma decimal", "a decimal comma"),
        }
        return [
            Text(
                f"«{self._heading.get(f, f)}» se lee con {words[mark][0]}",
                f"'{self._heading.get(f, f)}' is read with {words[mark][1]}",
            )
            for f, mark in found.decimals.items()
        ]


def _read(reading: pl.Expr, cell: Cell) -> str:
    return str(pl.DataFrame({"cell": [cell.text]}).select(reading).item())


def _listed(cells: list[Cell], line: str) -> str:
    return ", ".join(f"{cell.text} ({line} {cell.line})" for cell in cells)


def _because(column: DateColumn, word: str) -> str:
    if column.order is DateOrder.SERIAL and column.serial:
        day = _read(read_date(pl.col("cell"), DateOrder.SERIAL), column.serial)
        return f" ({column.serial.text}: {day})"
    cell = column.day_first or column.month_first
    return f" ({word} {cell.text}, {cell.line})" if cell else ""
