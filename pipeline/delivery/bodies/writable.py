"""Which good records a dialect cannot say, and what it loses of others: what a check asks of them.

Most dialects can say any record but one that puts two values in one place, which its columns show.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import polars as pl

from pipeline.delivery.payload import Sending, build_actions
from pipeline.language.say import Said
from pipeline.model import RECORD, JudgedRows
from schemas.dialects.spec import Copy, Create, Drop, Epoch, Lead, Not, Word
from schemas.rules.declared import says
from schemas.spec import Resource, Text

__all__ = ["find_dropped", "find_lost", "find_unwritable"]

_ANY = ".*"


def find_unwritable(
    records: pl.DataFrame, lines: pl.DataFrame, declared: Resource, creates: Sequence[Create], sending: Sending
) -> list[tuple[int, Said]]:
    """The lines of records that cannot be said, with why."""
    unsure = records if sending.updates or _may_lack_words(creates) else _with_nested_cells(records)
    if unsure.is_empty():
        return []
    own = lines.join(unsure.select(RECORD), on=RECORD, how="semi") if RECORD in lines.columns else lines
    return build_actions(unsure, own, declared, creates, sending).unwritable


def _may_lack_words(creates: Sequence[Create]) -> bool:
    """Whether some value of a field may have no word, or some record no way to be created."""
    sure = (isinstance(word, str | Copy | Not | Epoch | Drop) for create in creates for word in create.fields.values())
    return len(creates) != 1 or bool(creates[0].when) or not all(sure)


def _with_nested_cells(records: pl.DataFrame) -> pl.DataFrame:
    """Records with a cell in a column above another: `metadata`, beside `metadata.reference`."""
    names = records.columns
    above = [name for name in names if any(other.startswith(f"{name}.") for other in names)]
    return records.filter(pl.any_horizontal(pl.col(above).is_not_null())) if above else records.clear()


def find_dropped(creates: Sequence[Create], fields: Iterable[str]) -> Iterator[tuple[str, Text]]:
    """Of the fields a file has, those that lose something in some way to create a record, and what is said of them."""
    for name in fields:
        words = (_word_of(create.fields, name) for create in creates)
        yield from dict.fromkeys((name, word.warn) for word in words if isinstance(word, Drop | Lead) and word.warn)


def find_lost(checked: JudgedRows, creates: Sequence[Create], fields: Collection[str]) -> Iterator[tuple[str, Text]]:
    """Of `fields`, those that lose something of these very records, each by the way it is created.

    A way of two requests is that of another day of the same records, and loses what the one before it does.
    """
    left = pl.lit(True)
    for create in creates:
        if create.then is None:
            takes = left & pl.all_horizontal(pl.lit(True), *(says(name, value) for name, value in create.when.items()))
            left &= ~takes
            if lossy := [*find_dropped((create,), fields)]:
                own = checked.records.filter(takes)
                said = {*_filled(own), *_filled(checked.lines, own)}
                yield from (one for one in lossy if one[0] in said)


def _filled(rows: pl.DataFrame, records: pl.DataFrame | None = None) -> list[str]:
    """The columns that say something in these rows, or in those of them that are of these records."""
    if records is not None and RECORD in rows.columns:
        rows = rows.join(records.select(RECORD), on=RECORD, how="semi")
    return [name for name in rows.columns if rows[name].null_count() < rows.height]


def _word_of(fields: Mapping[str, Word], name: str) -> Word | None:
    whole = (word for any_, word in fields.items() if any_.endswith(_ANY) and f"{name}.".startswith(any_[:-1]))
    return fields.get(name, next(whole, None))
