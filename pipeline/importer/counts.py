"""The counts of a result: what the check found, and what the journal knows of every record that it passed on."""

from collections.abc import Iterable, Iterator
from itertools import islice

from pipeline.importer.context import InputSource
from pipeline.journal import Fates, Journal
from pipeline.model import Counts

__all__ = ["count_records"]

_CHUNK = 10_000


def count_records(
    inputs: Iterable[InputSource], journal: Journal | None, *, dry_run: bool = False
) -> dict[str, Counts]:
    """Records by fate, per resource, of every file of which something was read. The only author of counts.

    Asked are the records of this call, not those of its run: a doubt that an earlier run left is accounted for here,
    and what an earlier part of this run planned and no longer passes the check is not. Without a journal that can be
    read nobody can tell what was sent: then they are in doubt.
    """
    counts: dict[str, Counts] = {}
    for entry in inputs:
        if entry.known.read:
            total = counts.setdefault(entry.source.resource, Counts())
            total.add(entry.known)
            for fates in _ask(entry, journal):
                total.add(Counts(**fates._asdict()))
    if dry_run:
        for total in counts.values():
            total.would_create = total.unsent
    return counts


def _ask(entry: InputSource, journal: Journal | None) -> Iterator[Fates]:
    if journal is None:
        yield Fates(in_doubt=len(entry.record_ids))
        return
    ids = iter(entry.record_ids)
    while chunk := list(islice(ids, _CHUNK)):
        yield journal.fates_of(chunk)
