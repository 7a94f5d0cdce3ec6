"""Numbers within items that are written as JSON: what those that are texts, such as `"USD 1,500.00"`, tell of their
decimal mark.

A JSON number has a decimal point, and so has a text of digits with one point. Other texts are looked at like the cells
of a column: one cell is decoded for all whose texts differ in digits above zero alone.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from schemas.cleaning.json_keys import decode_unambiguous
from schemas.cleaning.sniff import Cell, NumberColumn

__all__ = ["ItemNumbers"]

_OF_ITEMS = "items."


class ItemNumbers:
    """Evidence of the decimal mark of each of `fields` within cells of items. Feed it the cells, frame by frame."""

    def __init__(self, fields: Iterable[str]) -> None:
        self.columns = {field: NumberColumn() for field in fields}
        self._names = {field.removeprefix(_OF_ITEMS): field for field in self.columns}
        self._texts = rf'"(?:{"|".join(self._names)})"\s*:\s*"(?:[^"]*[^"0-9.+-][^"]*|[+-]?[0-9]+(?:\.[0-9]+){{2,}})"'

    def add(self, cells: pl.Series, lines: pl.Series) -> None:
        frame = pl.DataFrame({"cell": cells, "line": lines}).drop_nulls("cell")
        for name, field in self._names.items():
            column = self.columns[field]
            column.point = column.point or _first_fraction(frame, name)
        odd = frame.filter(pl.col("cell").str.contains(self._texts))
        shape = pl.col("cell").str.extract_all(self._texts).list.join(" ").str.replace_all("[1-9]", "1")
        told = pl.DataFrame(
            self._told(odd.filter(shape.is_first_distinct())),
            schema={"field": pl.String, "text": pl.String, "line": pl.UInt32},
            orient="row",
        )
        for (field,), texts in told.group_by(["field"], maintain_order=True):
            self.columns[str(field)].add(texts["text"], texts["line"])

    def _told(self, odd: pl.DataFrame) -> list[tuple[str, str, int]]:
        return [
            (field, item[name], line)
            for cell, line in odd.iter_rows()
            for item in _objects(decode_unambiguous(cell))
            for name, field in self._names.items()
            if isinstance(item.get(name), str)
        ]


def _first_fraction(frame: pl.DataFrame, name: str) -> Cell | None:
    """The first number of that name with a point, quoted or not."""
    fraction = r"([+-]?[0-9]*\.[0-9]+)"
    number = [pl.col("cell").str.extract(rf'"{name}"\s*:\s*(?:"{fraction}"|{fraction})', n) for n in (1, 2)]
    found = frame.select(pl.coalesce(number).alias("number"), "line").drop_nulls().head(1)
    return Cell(str(found["number"][0]), int(found["line"][0])) if found.height else None


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
