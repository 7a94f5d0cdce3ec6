"""The counts of a result: what the check found, and what the journal knows of every record that it passed on."""

from collections.abc import Iterable, Iterator
from itertools import islice

from pipeline.importer.context import InputFile
from pipeline.journal import Fates, Journal
from pipeline.model import Counts

__all__ = ["count_records"]

_CHUNK = 10_000


def count_records(inputs: Iterable[InputFile], journal: Journal | None, *, dry_run: bool = False) -> dict[str, Counts]:
    """Records by fate, per resource, of every file of which something was read. The only author of counts.

    Asked are the records of this call, not those of its run: a doubt that an earlier run left is accounted for here,
    and what an earlier part of this run planned and no longer passes the check is not. Without a journal that can be
    read nobody can tell what was sent: then they are in doubt.
    """
    counts: dict[str, Counts] = {}
    for entry in inputs:
        if entry.found.read:
            total = counts.setdefault(entry.source.resource, Counts())
            _add_found(total, entry)
            for fates in _ask(entry, journal):
                _add_fates(total, fates)
    if dry_run:
        for total in counts.values():
            total.would_create = total.unsent
    return counts


def _add_found(total: Counts, entry: InputFile) -> None:
    total.read += entry.found.read
    total.rejected += entry.found.rejected
    total.created += entry.found.created
    total.existing += entry.found.existing
    total.unsent += entry.found.unsent


def _ask(entry: InputFile, journal: Journal | None) -> Iterator[Fates]:
    if journal is None:
        yield Fates(in_doubt=len(entry.record_ids))
        return
    ids = iter(entry.record_ids)
    while chunk := list(islice(ids, _CHUNK)):
        yield journal.fates_of(chunk)


def _add_fates(total: Counts, fates: Fates) -> None:
    total.created += fates.created
    total.existing += fates.existing
    total.rejected += fates.rejected
    total.refused += fates.refused
    total.in_doubt += fates.in_doubt
    total.unsent += fates.unsent
