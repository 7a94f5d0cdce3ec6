"""Members an answer repeats of what was sent, by the words of the dialect (`Create.shows`)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple

from pipeline.delivery.canary.features import name_tax
from pipeline.language.say import say
from schemas.dialects.spec import Create, Read

__all__ = ["Difference", "EchoReader", "Echoes"]

_TAXES = "items.taxes"
_EMPTY = (None, "")


class Difference(NamedTuple):
    """A field that the answer shows otherwise than it was sent."""

    field: str
    sent: str
    said: str


class Echoes(NamedTuple):
    """The fields that an answer repeats as they were sent, and those it shows otherwise."""

    same: frozenset[str]
    other: tuple[Difference, ...]


class EchoReader:
    """Compares what one way of creating sends with what its answers show."""

    def __init__(self, create: Create) -> None:
        self._create = create
        places: dict[Read, list[str]] = {}
        for field, read in create.shows.items():
            if field != _TAXES:
                places.setdefault(read, []).append(field)
        self._groups = tuple(places.items())
        """Fields shown at one place are shown together: a list there holds what any of them asked for."""

    @property
    def shows_anything(self) -> bool:
        return bool(self._groups)

    def compare(self, body: Mapping[str, Any], answer: Mapping[str, Any]) -> Echoes:
        """What the answer shows of the fields the body holds. Fields it does not show are in neither part."""
        same: set[str] = set()
        other = []
        for read, fields in self._groups:
            sent = {field: value for field in fields if (value := self._sent(body, field)) is not None}
            said = [value for path in read.paths for value in _values_at(answer, path) if value not in _EMPTY]
            if not sent or not said:
                continue
            value = any(sent.values()) if len(sent) > 1 else next(iter(sent.values()))
            agreements = [_agree(value, one) for one in said]
            if True in agreements:
                same.update(sent)
            elif False in agreements:
                field = next((name for name in sent if sent[name]), next(iter(sent)))
                other.append(Difference(field, _write(value), _write(said[0])))
        return Echoes(frozenset(same), tuple(other))

    def read_taxes(self, answer: Mapping[str, Any]) -> frozenset[str] | None:
        """The taxes an answer's items show, as features; None when they say nothing of taxes."""
        read = self._create.shows.get(_TAXES)
        shown = [taxes for path in read.paths for taxes in _values_at(answer, path)] if read else []
        if not shown:
            return None
        return frozenset(
            name_tax(
                str(tax.get("type", "")).upper(), str(tax.get("factor", "Tasa")).title(), bool(tax.get("retained"))
            )
            for taxes in shown
            if isinstance(taxes, list)
            for tax in taxes
            if isinstance(tax, Mapping)
        )

    def _sent(self, body: Mapping[str, Any], field: str) -> Any:
        path = self._create.fields.get(field)
        return next(iter(_values_at(body, path)), None) if isinstance(path, str) else None


def _values_at(row: Any, path: str) -> Sequence[Any]:
    """Every value at a path, in each member of the lists on its way."""
    *way, last = _steps(path)
    places = [row]
    for step in way:
        values = [place.get(step) for place in places if isinstance(place, dict)]
        places = [member for value in values for member in (value if isinstance(value, list) else (value,))]
    return [place[last] for place in places if isinstance(place, dict) and place.get(last) is not None]


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _agree(sent: Any, said: Any) -> bool | None:
    """Whether an answer shows what was sent; None when it says nothing comparable."""
    match sent, said:
        case bool(), bool():
            return sent is said
        case bool(), list():
            return bool(said) if sent else not any(_is_invoicing(one) for one in said)
        case bool(), _:
            return None
        case ((int() | Decimal()), _):
            number = _number(said)
            return None if number is None else number == sent
        case str(), str():
            return sent.strip().casefold() == said.strip().casefold()
    return None


def _is_invoicing(automation: Any) -> bool:
    """An automation that stamps: its words are not documented, so any that names an invoice."""
    return isinstance(automation, Mapping) and any("invoice" in str(value).lower() for value in automation.values())


def _number(said: Any) -> Decimal | None:
    if isinstance(said, bool) or not isinstance(said, int | Decimal | str):
        return None
    try:
        return Decimal(said)
    except InvalidOperation:
        return None


def _write(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return say("a list of {length}", length=len(value))
        case Decimal():
            return format(value.normalize(), "f")
    return str(value)
