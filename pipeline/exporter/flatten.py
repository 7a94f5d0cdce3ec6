"""JSON objects of a list to the typed frames of a declared table and its nested tables, column by column.

The declared columns decide the schema, never the data: an empty page and a missing field give the same columns and
types. What a row holds beyond them, and what did not fit, stands in its `_extra` cell as a JSON object from path to
value; secrets stand nowhere. Only names seen in the whole chunk are looked at, so a chunk of some thousand rows costs
a few list comprehensions per column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import polars as pl

from pipeline.exporter.cells import DTYPES, encode_json, read_cells
from schemas.dialects.spec import Unit
from schemas.tables import EXTRA, Field, FieldKind, Table, is_secret, without_secrets

__all__ = ["flatten", "schema_of"]

Object = dict[str, Any]


@cache
def schema_of(table: Table) -> pl.Schema:
    """The columns of a table and their types, in order."""
    keys = {key: pl.UInt32() if i else pl.String() for i, key in enumerate(table.keys)}
    typed = {
        name: dtype
        for declared in table.fields
        for name, dtype in zip(declared.columns, DTYPES[declared.kind], strict=True)
    }
    return pl.Schema({**keys, **typed, EXTRA: pl.String()})


def flatten(rows: Sequence[Object], table: Table, money: Unit = Unit.CENTS) -> dict[str, pl.DataFrame]:
    """The frames of a table and its nested tables, by name. `rows` are objects as `cells.decode_json` gives them,
    `money` is what their amounts count."""
    frames: dict[str, pl.DataFrame] = {}
    _flatten(list(rows), table, [], _Frames(frames, money))
    return frames


class _Frames(NamedTuple):
    """The frames made so far, and what their amounts count."""

    made: dict[str, pl.DataFrame]
    money: Unit


def _flatten(rows: list[Object], table: Table, keys: list[pl.Series], frames: _Frames) -> None:
    """`keys` are the values of the table's key columns."""
    collected = _ColumnCollector(frames.money)
    _collect(rows, _tree(table), "", collected)
    lists = [collected.lists(child.path) for child in table.children]
    columns = [key.alias(name) for name, key in zip(table.keys, keys, strict=True)]
    for declared in table.fields:
        cells = collected.columns(declared, len(rows))
        columns += [cell.alias(name) for name, cell in zip(declared.columns, cells, strict=True)]
    columns.append(pl.Series(EXTRA, collected.extra_cells(len(rows)), pl.String))
    frames.made[table.name] = frame = pl.DataFrame(columns)
    for child, listed in zip(table.children, lists, strict=True):
        _flatten_nested(child, listed, keys or [frame["id"]], frames)


def _flatten_nested(table: Table, listed: list[list[Any]], parent_keys: list[pl.Series], frames: _Frames) -> None:
    """`listed` is the list each parent row holds. A null in it is no row, but counts in the position (Q22)."""
    owners = [owner for owner, members in enumerate(listed) for member in members if member is not None]
    positions = [at for members in listed for at, member in enumerate(members, start=1) if member is not None]
    rows = [member for members in listed for member in members if member is not None]
    keys = [column.gather(owners) for column in parent_keys]
    objects = [row if isinstance(row, dict) else {table.scalar: row} for row in rows]
    _flatten(objects, table, [*keys, pl.Series(positions, dtype=pl.UInt32)], frames)


@dataclass(frozen=True, slots=True)
class _Node:
    """What is declared of an object: its members by name. A leaf has none; `rest` has a column for the others."""

    members: dict[str, _Node] = field(default_factory=dict)
    rest: bool = False
    secrets: frozenset[str] = frozenset()

    @property
    def is_object(self) -> bool:
        return bool(self.members) or self.rest


@cache
def _tree(table: Table) -> _Node:
    declared = [(source, f.kind) for f in table.fields for source in f.sources]
    lists = [(child.path, FieldKind.JSON) for child in table.children]
    return _grown([(source.split("."), kind) for source, kind in declared + lists], table.secrets)


def _grown(paths: list[tuple[list[str], FieldKind]], secrets: frozenset[str] = frozenset()) -> _Node:
    members: dict[str, _Node] = {}
    for name in dict.fromkeys(path[0] for path, _ in paths):
        deeper = [(path[1:], kind) for path, kind in paths if path[0] == name and len(path) > 1]
        rest = ([name], FieldKind.REST) in paths
        members[name] = _Node(_grown(deeper).members, rest)
    return _Node(members, secrets=secrets)


def _collect(objects: list[Object], node: _Node, prefix: str, collected: _ColumnCollector) -> None:
    """Note the values of every declared member, one a row, and whatever is not declared."""
    shapes = set(map(tuple, objects))
    present: set[str] = set().union(*shapes)
    for name, values in _values(objects, present & node.members.keys(), shapes):
        member = node.members[name]
        if member.is_object:
            _collect(collected.objects(prefix + name, values), member, f"{prefix}{name}.", collected)
        else:
            collected.values[prefix + name] = values
    unknown = {name for name in present - node.members.keys() - node.secrets if not is_secret(name)}
    if unknown and node.rest:
        others = [{k: without_secrets(o[k]) for k in o if k in unknown and o[k] is not None} or None for o in objects]
        collected.values[prefix.removesuffix(".")] = others
    elif unknown:
        for row, o in enumerate(objects):
            for name in o.keys() & unknown:
                collected.keep(row, prefix + name, o[name])


def _values(objects: list[Object], names: set[str], shapes: set[tuple[str, ...]]) -> Iterator[tuple[str, list[Any]]]:
    """(name, its value in each object). Members that every object has are taken in one go: half the time of `get`."""
    everywhere = tuple(names.intersection(*shapes)) if shapes else ()
    if len(everywhere) > 1:
        columns = zip(*map(itemgetter(*everywhere), objects), strict=True)
        yield from zip(everywhere, map(list, columns), strict=True)
        names = names.difference(everywhere)
    for name in names:
        yield name, [o.get(name) for o in objects]


class _ColumnCollector:
    """The values of a chunk by path, one a row, and what is left over of each row."""

    def __init__(self, money: Unit) -> None:
        self._money = money
        self.values: dict[str, list[Any]] = {}
        self._extras: dict[int, Object] = {}

    def keep(self, row: int, path: str, value: Any) -> None:
        """Put a value into the row's `_extra`, unless it is null."""
        if value is not None:
            self._extras.setdefault(row, {})[path] = without_secrets(value)

    def objects(self, path: str, values: list[Any]) -> list[Object]:
        return self._only(dict, path, values)

    def lists(self, path: str) -> list[list[Any]]:
        return self._only(list, path, self.values.get(path, []))

    def _only(self, wanted: type, path: str, values: list[Any]) -> list[Any]:
        """The values of the wanted type; an empty one in the place of null and of anything else, which is kept."""
        if set(map(type, values)) <= {wanted}:
            return values
        for row, value in enumerate(values):
            if not isinstance(value, wanted):
                self.keep(row, path, value)
        empty = wanted()
        return [value if isinstance(value, wanted) else empty for value in values]

    def columns(self, declared: Field, height: int) -> tuple[pl.Series, ...]:
        """The columns of a field: what its best source says; another source that says otherwise is left over."""
        sources = [source for source in declared.sources if source in self.values]
        if not sources:
            return tuple(pl.Series([None], dtype=dtype).new_from_index(0, height) for dtype in DTYPES[declared.kind])
        if declared.kind is FieldKind.CENTS:
            return self._amounts(declared, sources)
        values = self.values[sources[0]]
        origin = dict.fromkeys(range(height) if len(sources) > 1 else (), sources[0])
        for other in sources[1:]:
            values = [
                self._merged(row, v, o, other, origin)
                for row, (v, o) in enumerate(zip(values, self.values[other], strict=True))
            ]
        if declared.kind is FieldKind.JSON:
            values = [value and without_secrets(value) for value in values]
        cells = read_cells(declared.kind, values)
        for row in cells.misfits:
            self.keep(row, origin.get(row, sources[0]), values[row])
        return cells.columns

    def _amounts(self, declared: Field, sources: list[str]) -> tuple[pl.Series, ...]:
        """Each source in its own unit; of two that differ the first counts, and the other is left over."""
        columns: tuple[pl.Series, ...] = ()
        for source in sources:
            values = self.values[source]
            cells = read_cells(declared.kind, values, Unit.UNITS if source in declared.in_units else self._money)
            for row in cells.misfits:
                self.keep(row, source, values[row])
            if columns:
                for row in (columns[0] != cells.columns[0]).fill_null(value=False).arg_true():
                    self.keep(row, source, values[row])
                columns = tuple(
                    a.zip_with(columns[0].is_not_null(), b) for a, b in zip(columns, cells.columns, strict=True)
                )
            else:
                columns = cells.columns
        return columns

    def _merged(self, row: int, value: Any, other: Any, path: str, origin: dict[int, str]) -> Any:
        if value is None and other is not None:
            origin[row] = path
            return other
        if other is not None and other != value:
            self.keep(row, path, other)
        return value

    def extra_cells(self, height: int) -> list[str | None]:
        cells: list[str | None] = [None] * height
        for row, members in self._extras.items():
            cells[row] = encode_json(dict(sorted(members.items()))).decode()
        return cells
