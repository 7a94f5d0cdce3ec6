"""Members an answer repeats of what was sent, by the words of the dialect (`Create.shows`)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pipeline.delivery.canary.features import name_tax
from pipeline.delivery.canary.item_echoes import Difference, ItemReader, read_number
from pipeline.language.say import say
from schemas.dialects.spec import Create, Read

__all__ = ["Difference", "EchoReader", "Echoes"]

_ITEMS = "items."
_TAXES = "items.taxes"
_WITHHELD = "items.taxes.retained"
_EMPTY = (None, "")
_HERE = ZoneInfo("America/Mexico_City")
_SECOND = timedelta(seconds=1)
_IN_MILLISECONDS = 10**11
"""A moment told as a number from here on counts milliseconds: in seconds it would be in the year 5138."""


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
            if not field.startswith(_ITEMS):
                places.setdefault(read, []).append(field)
        self._groups = tuple(places.items())
        """Fields shown at one place are shown together: a list there holds what any of them asked for."""
        self._items = ItemReader(create)
        withheld = create.fields.get(_WITHHELD, "retained")
        self._withheld = withheld.rpartition(".")[2] if isinstance(withheld, str) else "retained"

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
            agree = _agree_on_moment if read.moment else _agree
            agreements = [agree(value, one) for one in said]
            if True in agreements:
                same.update(sent)
            elif False in agreements:
                field = next((name for name in sent if sent[name]), next(iter(sent)))
                write = _write_moment if read.moment else _write
                other.append(Difference(field, write(value), write(said[0])))
        if (difference := self._items.compare(body, answer)) is not None:
            other.append(difference)
        return Echoes(frozenset(same), tuple(other))

    def read_taxes(self, answer: Mapping[str, Any]) -> frozenset[str] | None:
        """The taxes an answer's items show, as features; None when they say nothing of taxes.

        One that does not say whether it is withheld may be either.
        """
        read = self._create.shows.get(_TAXES)
        shown = [taxes for path in read.paths for taxes in _values_at(answer, path)] if read else []
        if not shown:
            return None
        return frozenset(
            name_tax(str(tax.get("type", "")).upper(), str(tax.get("factor", "Tasa")).title(), retained)
            for taxes in shown
            if isinstance(taxes, list)
            for tax in taxes
            if isinstance(tax, Mapping)
            for retained in ((bool(tax[self._withheld]),) if self._withheld in tax else (False, True))
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
            number = read_number(said)
            return None if number is None else number == sent
        case str(), str():
            return sent.strip().casefold() == said.strip().casefold()
    return None


def _is_invoicing(automation: Any) -> bool:
    """An automation that stamps: its words are not documented, so any that names an invoice."""
    return isinstance(automation, Mapping) and any("invoice" in str(value).lower() for value in automation.values())


def _agree_on_moment(sent: Any, said: Any) -> bool | None:
    """As `_agree`. Another time of the same day proves nothing; another day, where we count days, is another value."""
    meant, shown = _read_moment(sent), _read_moment(said)
    if not isinstance(meant, datetime) or shown is None:
        return None
    if isinstance(shown, datetime):
        if abs(shown - meant) < _SECOND:
            return True
        return None if shown.astimezone(_HERE).date() == meant.astimezone(_HERE).date() else False
    return shown == meant.astimezone(_HERE).date()


def _read_moment(said: Any) -> datetime | date | None:
    """A moment, or only its day; one without a zone is told as here."""
    if isinstance(said, bool):
        return None
    if isinstance(said, int | Decimal):
        number = float(said)
        seconds = number / 1000 if abs(number) >= _IN_MILLISECONDS else number
        return datetime.fromtimestamp(seconds, UTC) if abs(seconds) < _IN_MILLISECONDS else None
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    if len(str(said)) <= len("2026-01-31"):
        return moment.date()
    return moment if moment.tzinfo else moment.replace(tzinfo=_HERE)


def _write(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return say("a list of {length}", length=len(value))
        case Decimal():
            return format(value.normalize(), "f")
    return str(value)


def _write_moment(said: Any) -> str:
    moment = _read_moment(said)
    return moment.astimezone(_HERE).isoformat() if isinstance(moment, datetime) else str(said)
