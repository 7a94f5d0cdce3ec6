"""What a block refers to, asked of the journal before it is judged: a frame of answers, one row a reference.

`find_references` and the reading of the answers are pure; only `References.answer` asks. So the judgement of a block
needs no journal and may run in another process.
"""

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from pipeline.formats import LINE
from pipeline.model import RECORD, RecordKey
from pipeline.source.columns.meanings import ITEMS
from pipeline.validation.items import decode_items
from schemas.cleaning.cell_formats import CellFormats
from schemas.cleaning.repair.normalise import NO_CELL_FORMATS, normalise_cells
from schemas.spec import Resource

__all__ = [
    "LOCAL", "SERVICE_REF", "ReferenceLookup", "References", "find_answers", "find_references", "find_referred",
]  # fmt: skip

SERVICE_REF = "items.service_ref"
"""The column by which an item names its service."""

LOCAL = ("name", "description", "product_key", "unit_key", "unit_name", "price")
"""The fields an item may take from its service: `schemas.resources.services` keeps them for that."""

_SCHEMA = {"resource": pl.String, "ref": pl.String, "known": pl.Boolean, "rejected": pl.Boolean} | dict.fromkeys(
    (f"local.{field}" for field in LOCAL), pl.String
)
_NAMED_IN_JSON = pl.col(ITEMS).str.contains(r"service_ref|\\u")
"""Cells worth decoding: they name a service, or may spell it in escapes."""

ReferenceLookup = Callable[[str, list[str]], dict[str, dict[str, str]]]
"""(resource, keys) → the local fields of those keys that exist, or will when this call's files are pushed in order."""


class References:
    """Answers whether an internalId can be referred to, and what an item may take from it."""

    def __init__(self, lookup: ReferenceLookup) -> None:
        self._lookup = lookup
        self._rejected: dict[str, set[str]] = {}

    def reject(self, resource: str, internal_ids: list[str]) -> None:
        """Records of this call that did not pass validation: what refers to them falls with them."""
        self._rejected.setdefault(resource, set()).update(internal_ids)

    def answer(self, wanted: Mapping[str, list[str]]) -> pl.DataFrame:
        """One row a reference: `resource`, `ref`, whether it is `known`, whether it was `rejected` in this call, and
        `local.*`, what may be taken from it. `wanted` has the distinct internalIds by resource."""
        rows = []
        for resource, internal_ids in wanted.items():
            found = self._lookup(resource, [RecordKey.of(i) for i in internal_ids]) if internal_ids else {}
            rejected = self._rejected.get(resource, set())
            for ref in internal_ids:
                local = found.get(RecordKey.of(ref))
                taken = (local or {}).get
                rows.append((resource, ref, local is not None, ref in rejected, *(taken(field) for field in LOCAL)))
        return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def find_referred(resources: Iterable[Resource]) -> frozenset[str]:
    """The names of the resources that records of these may refer to."""
    return frozenset(target for declared in resources for _, target in _targets(declared))


def _targets(declared: Resource) -> list[tuple[str, str]]:
    """The columns that name other records, and the resource of those."""
    return [(r.column, r.resource) for r in (*declared.references, *declared.line_references)]


def find_references(
    raw: pl.DataFrame, fields: Mapping[str, str], declared: Resource, cell_formats: CellFormats
) -> dict[str, list[str]]:
    """The distinct internalIds a block names, by resource: cells as `pipeline.validation.validate` will read them.

    `raw` has the user's own columns, LINE and RECORD; `fields` maps its headings to fields.
    """
    wanted: dict[str, list[str]] = {}
    for column, target in _targets(declared):
        for heading in (h for h, f in fields.items() if f == column):
            _add(wanted, target, raw.select(pl.col(heading).alias(column)), cell_formats)
        if column in cell_formats.constants:
            _add(wanted, target, pl.DataFrame({column: [cell_formats.constants[column]]}), NO_CELL_FORMATS)
    for heading in (h for h, f in fields.items() if f == ITEMS and declared.lines is not None):
        cells = normalise_cells(raw.select(LINE, RECORD, pl.col(heading).alias(ITEMS)), [ITEMS], cell_formats)
        named = {r.column: r.resource for r in declared.line_references}
        lines, _ = decode_items(cells.filter(_NAMED_IN_JSON), [*named])
        for column, target in named.items():
            _add(wanted, target, lines.select(column), NO_CELL_FORMATS)
    return wanted


def _add(wanted: dict[str, list[str]], target: str, cells: pl.DataFrame, cell_formats: CellFormats) -> None:
    known = dict.fromkeys(wanted.get(target, ()))
    found = normalise_cells(cells, cells.columns, cell_formats).to_series().drop_nulls().unique(maintain_order=True)
    wanted[target] = list(known | dict.fromkeys(found.to_list()))


def find_answers(answers: pl.DataFrame, resource: str, refs: pl.Series) -> pl.DataFrame:
    """The answers to those references of one resource. KeyError for one that nobody asked about: it is not unknown."""
    own = answers.filter(pl.col("resource") == resource)
    named = refs.drop_nulls().unique()
    unasked = named.filter(~named.is_in(own["ref"].implode()))
    if len(unasked):
        raise KeyError(f"nobody asked about the {resource} {unasked[0]!r}")
    return own.filter(pl.col("ref").is_in(named.implode()))
