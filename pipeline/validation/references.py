"""What a row may refer to: records of this call and of earlier runs, as the journal knows them."""

from collections.abc import Callable

import polars as pl

from pipeline.model import RecordKey

__all__ = ["References"]

Lookup = Callable[[str, list[str]], dict[str, dict[str, str]]]
"""(resource, keys) → the local fields of those keys that exist, or will when this call's files are pushed in order."""


class References:
    """Answers whether an internalId can be referred to, and what an item may take from it."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._rejected: dict[str, set[str]] = {}

    def reject(self, resource: str, internal_ids: list[str]) -> None:
        """Records of this call that did not pass validation: what refers to them falls with them."""
        self._rejected.setdefault(resource, set()).update(internal_ids)

    def find(self, resource: str, internal_ids: pl.Series) -> pl.DataFrame:
        """One row a distinct internalId: `ref`, whether it is `known`, whether it was `rejected` in this call."""
        ids = internal_ids.drop_nulls().unique().to_list()
        known, rejected = self.local(resource, ids), self._rejected.get(resource, set())
        return pl.DataFrame(
            {"ref": ids, "known": [i in known for i in ids], "rejected": [i in rejected for i in ids]},
            schema={"ref": pl.String, "known": pl.Boolean, "rejected": pl.Boolean},
        )

    def local(self, resource: str, internal_ids: list[str]) -> dict[str, dict[str, str]]:
        """internalId → its local fields, for those that are known."""
        found = self._lookup(resource, [RecordKey.of(i) for i in internal_ids])
        return {RecordKey(key).shown: local for key, local in found.items()}
