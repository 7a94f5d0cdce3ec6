"""The items an answer shows, held against those that were sent: how many, their quantities and their amounts."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from pipeline.remote.members import read_number
from schemas.dialects.spec import Create, Divide, Word

__all__ = ["Difference", "ItemReader"]

_SLACK = Decimal("0.01")
_CENTS = 100
_EMPTY = (None, "")


class Difference(NamedTuple):
    """A field that the answer shows otherwise than it was sent."""

    field: str
    sent: str
    said: str


class ItemReader:
    """Compares the items of one way of creating, in whatever order the answer has them."""

    def __init__(self, create: Create) -> None:
        self._members = tuple(
            (field, *_split(_find_path(create.fields[field])), *_split(read.paths[0]), find)
            for field, find in _COMPARED.items()
            if (read := create.shows.get(field)) is not None
        )
        places = {(sent, said) if member == other else (sent, "") for _, sent, member, said, other, _ in self._members}
        (sent, said), *more = places or {("", "")}
        self._repeated = sent if sent == said and not more else ""
        """The list that answers show under the names it was sent with."""

    def compare(self, body: Mapping[str, Any], answer: Mapping[str, Any]) -> Difference | None:
        """The first difference. An answer without items, or with items that lack a member, says nothing of it."""
        if self._repeated and body.get(self._repeated) == answer.get(self._repeated):  # as it was sent: most are
            return None
        for field, sent_list, sent_member, said_list, said_member, find in self._members:
            sent, said = body.get(sent_list), answer.get(said_list)
            if not (isinstance(sent, list) and isinstance(said, list) and said):
                continue
            if len(sent) != len(said):
                return Difference(sent_list, str(len(sent)), str(len(said)))
            ours, theirs = _read_members(sent, sent_member), _read_members(said, said_member)
            if ours == theirs:  # as they were sent, in their order: most are
                continue
            if (found := find(ours, theirs)) is not None:
                return Difference(field, *found)
        return None


def _find_path(word: Word) -> str:
    match word:
        case str():
            return word
        case Divide(to):
            return to
    raise TypeError(f"what {word} makes of a value cannot be compared")


def _split(path: str) -> tuple[str, str]:
    around, _, member = path.partition(".")
    return around, member


def _read_members(items: Sequence[Any], member: str) -> list[Any]:
    """What each item says, None where it says nothing."""
    return [item.get(member) if isinstance(item, dict) else None for item in items]


def _read_numbers(said: Sequence[Any]) -> list[Decimal] | None:
    """In order of size; None where one of the items says no number."""
    numbers = [number for one in said if (number := read_number(one)) is not None]
    return sorted(numbers) if len(numbers) == len(said) else None


def _find_other_numbers(
    agree: Callable[[list[Decimal], list[Decimal]], bool], ours: Sequence[Any], theirs: Sequence[Any]
) -> tuple[str, str] | None:
    """What was meant and what is shown, where these differ and both can be read."""
    meant, shown = _read_numbers(ours), _read_numbers(theirs)
    if meant is None or shown is None or agree(meant, shown):
        return None
    return _write(meant), _write(shown)


def _find_other_keys(ours: Sequence[Any], theirs: Sequence[Any]) -> tuple[str, str] | None:
    """As `_find_other_numbers`, of keys of a catalogue: zeros before them count, also where shown as numbers."""
    if any(key in _EMPTY for key in (*ours, *theirs)):
        return None
    meant, shown = sorted(str(key).upper() for key in ours), sorted(str(key).upper() for key in theirs)
    return None if meant == shown else (", ".join(meant), ", ".join(shown))


def _agree_exactly(meant: list[Decimal], shown: list[Decimal]) -> bool:
    return meant == shown


def _agree_in_money(meant: list[Decimal], shown: list[Decimal]) -> bool:
    """In currency units, as they are sent, or in cents, into which the API's document says it turns them (2.2.1).

    A price may have been rounded to the cent.
    """
    return any(
        all(abs(one * unit - other) <= _SLACK * unit for one, other in zip(meant, shown, strict=True))
        for unit in (1, _CENTS)
    )


def _write(numbers: Sequence[Decimal]) -> str:
    return ", ".join(format(number.normalize(), "f") for number in numbers)


_COMPARED: Mapping[str, Callable[[Sequence[Any], Sequence[Any]], tuple[str, str] | None]] = {
    "items.quantity": partial(_find_other_numbers, _agree_exactly),
    "items.total": partial(_find_other_numbers, _agree_in_money),
    "items.product_key": _find_other_keys,
    "items.unit_key": _find_other_keys,
}
