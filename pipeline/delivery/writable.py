"""Which good records a dialect cannot say, without writing the bodies of all others: what a check asks of them.

Most dialects can say any record but one that puts two values in one place, which its columns show.
"""

from collections.abc import Sequence

import polars as pl

from pipeline.delivery.payload import Sending, build_actions
from pipeline.model import RECORD
from schemas.dialects.spec import Copy, Create, Drop, Epoch, Not
from schemas.spec import Resource

__all__ = ["find_unwritable"]


def find_unwritable(
    records: pl.DataFrame, lines: pl.DataFrame, declared: Resource, creates: Sequence[Create], sending: Sending
) -> list[tuple[int, str]]:
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
