"""The only author of counts: what a check found, and what the journal knows of every record that it passed on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from pipeline.journal.protocol import Journal
from pipeline.journal.rows import Fates
from pipeline.model import Counts

__all__ = ["KnownRecords", "count_killed", "count_records"]

_CHUNK = 10_000


class KnownRecords(NamedTuple):
    """What a check knows of one table: the records whose fate it could tell, and the journal ids of all others."""

    resource: str
    counts: Counts
    record_ids: Sequence[int]


def count_records(
    tables: Iterable[KnownRecords], journal: Journal | None, *, dry_run: bool = False
) -> dict[str, Counts]:
    """Records by fate, per resource, of every table of which something was read.

    Asked are the records of this call, not those of its run: a doubt that an earlier run left is accounted for here,
    and what an earlier part of this run planned and no longer passes the check is not. Without a journal that can be
    read nobody can tell what was sent: then they are in doubt.
    """
    counts: dict[str, Counts] = {}
    for table in tables:
        if table.counts.read:
            total = counts.setdefault(table.resource, Counts())
            total.add(table.counts)
            _add_fates(total, _ask(table.record_ids, journal))
    if dry_run:
        for total in counts.values():
            total.would_create = total.unsent
    return counts


def count_killed(checked: Mapping[str, Mapping[str, int]], fates: Mapping[str, Fates]) -> dict[str, dict[str, int]]:
    """What is known of the records of a run that was killed, per resource, without what is 0.

    `checked` are the counts of its check, of which only those that the journal has of no record are believed: what was
    read, and what validation rejected. They need not balance: doubts of earlier runs are counted there.
    """
    counts: dict[str, dict[str, int]] = {}
    for resource in {**checked, **fates}:
        said = checked.get(resource, {})
        total = Counts(read=said.get("read", 0), rejected=said.get("rejected", 0))
        _add_fates(total, [fates.get(resource, Fates())])
        counts[resource] = {name: count for name, count in total.as_dict().items() if count}
    return counts


def _add_fates(total: Counts, fates: Iterable[Fates]) -> None:
    for told in fates:
        total.add(Counts(**told._asdict()))


def _ask(record_ids: Sequence[int], journal: Journal | None) -> Iterator[Fates]:
    if journal is None:
        yield Fates(in_doubt=len(record_ids))
        return
    ids = iter(record_ids)
    while chunk := list(islice(ids, _CHUNK)):
        yield journal.fates_of(chunk)
