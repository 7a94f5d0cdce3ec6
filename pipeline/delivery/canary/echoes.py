"""Members an answer repeats of what was sent, by the words of the dialect (`Create.shows`)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pipeline.delivery.canary.item_echoes import Difference, ItemReader
from pipeline.delivery.canary.tax_echoes import TaxReader
from pipeline.delivery.canary.ways import find_first, find_values
from pipeline.language.say import say
from pipeline.remote.members import read_number
from schemas.dialects.paths import Way, split_path
from schemas.dialects.spec import Create, Epoch, Read, Unit

__all__ = ["Difference", "EchoReader", "Echoes"]

_ITEMS = "items."
_EMPTY = (None, "")
_HERE = ZoneInfo("America/Mexico_City")
_SECOND, _TWO_DAYS = timedelta(seconds=1), timedelta(days=2)
_HALF_A_CENT = Decimal("0.005")
_IN_MILLISECONDS = 10**11
"""A moment told as a number from here on counts milliseconds: in seconds it would be in the year 5138."""


class Echoes(NamedTuple):
    """The fields that an answer repeats as they were sent, and those it shows otherwise."""

    same: frozenset[str]
    other: tuple[Difference, ...]


class _Place(NamedTuple):
    """Where answers show what some fields were sent as; ways are paths in steps. `fixed` is said by the path alone.

    Most are of one `field` and nothing `fixed`, which is told by its `way`.
    """

    sent: tuple[tuple[str, Way], ...]
    fixed: Mapping[str, Any]
    said: tuple[Way, ...]
    agree: Callable[[Any, Any], bool | None]
    write: Callable[[Any], str]
    field: str = ""
    way: Way = ()

    def find_sent(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The values that a body holds of the fields."""
        found = {field: value for field, way in self.sent if (value := find_first(body, way)) is not None}
        return found | dict(self.fixed)

    def repeats(self, value: Any, shown: Any) -> bool:
        """Whether a text or a switch is shown as it was sent, to the letter: most are."""
        if isinstance(value, str):
            return value != "" and bool(value == shown)
        return value is shown and isinstance(value, bool) and self.agree is _agree


class EchoReader:
    """Compares what one way of creating sends with what its answers show."""

    def __init__(self, create: Create) -> None:
        places: dict[Read, list[tuple[str, Way]]] = {}
        for field, read in create.shows.items():
            if not field.startswith(_ITEMS):
                path = _find_path(create, field)
                if path is not None or field in create.when:
                    places.setdefault(read, []).append((field, () if path is None else split_path(path)))
        self._places = tuple(
            _Place(
                tuple((field, way) for field, way in sent if way),
                {field: create.when[field] for field, way in sent if not way},
                tuple(map(split_path, read.paths)),
                _choose_agreement(read),
                _write_moment if read.moment else _write,
                *(sent[0] if len(sent) == 1 and sent[0][1] else ()),
            )
            for read, sent in places.items()
        )
        """Fields shown at one place are shown together: a list there holds what any of them asked for."""
        self._items = ItemReader(create)
        self._taxes = TaxReader(create)

    @property
    def shows_anything(self) -> bool:
        return bool(self._places)

    def compare(self, body: Mapping[str, Any], answer: Mapping[str, Any]) -> Echoes:
        """What the answer shows of the fields the body holds. Fields it does not show are in neither part."""
        same: set[str] = set()
        other = []
        for place in self._places:
            shown = find_first(answer, place.said[0])
            if shown is None and len(place.said) == 1:
                continue
            if place.field:
                value = find_first(body, place.way)
                if value is None:
                    continue
                if place.repeats(value, shown):
                    same.add(place.field)
                    continue
                sent = {place.field: value}
            elif not (sent := place.find_sent(body)):
                continue
            said = [value for way in place.said for value in find_values(answer, way) if value not in _EMPTY]
            agreed = _agree_on_any(sent, said, place.agree)
            if agreed:
                same.update(sent)
            elif agreed is False:
                field = next((name for name in sent if sent[name]), next(iter(sent)))
                other.append(Difference(field, place.write(_join(sent)), place.write(said[0])))
        for found in (self._items.compare(body, answer), self._taxes.compare(body, answer)):
            if found is not None:
                other.append(found)
        return Echoes(frozenset(same), tuple(other))

    def read_taxes(self, answer: Mapping[str, Any]) -> frozenset[str] | None:
        """The taxes an answer's items show, as features; None when they say nothing of taxes."""
        return self._taxes.read_features(answer)


def _find_path(create: Create, field: str) -> str | None:
    """Where a field stands in a body, as one value."""
    word = create.fields.get(field)
    if isinstance(word, Epoch):
        return word.to
    return word if isinstance(word, str) else None


def _join(sent: Mapping[str, Any]) -> Any:
    """What fields shown at one place were sent as, together: switches, of which any may be on."""
    values = sent.values()
    return any(values) if len(sent) > 1 else next(iter(values))


def _choose_agreement(read: Read) -> Callable[[Any, Any], bool | None]:
    if read.moment:
        return _agree_on_moment
    if read.means:
        return partial(_agree_on_word, dict(read.means))
    return _agree_in_units if read.unit is Unit.UNITS else _agree


def _agree_on_any(
    sent: Mapping[str, Any], said: Sequence[Any], agree: Callable[[Any, Any], bool | None]
) -> bool | None:
    """Whether any of what is shown is what was sent; None when nothing of it is comparable."""
    value = _join(sent)
    if value in said and isinstance(value, str):  # as it was sent, to the letter
        return True
    agreements = [agree(value, one) for one in said]
    return True if True in agreements else False if False in agreements else None


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
        case str(), bool():
            return None
        case str(), int() | Decimal():  # zeros before a number count: 06600 is no 6600
            return sent.strip() == _write(Decimal(said))
    return None


def _agree_on_word(means: Mapping[str, bool], sent: Any, said: Any) -> bool | None:
    """As `_agree`, of a switch told by a word: it may be on for other reasons, so only what was asked for is missed."""
    word = means.get(said) if isinstance(said, str) else None
    return None if word is None or not sent else word


def _agree_in_units(sent: Any, said: Any) -> bool | None:
    """As `_agree`, of money in currency units, which may have been rounded to the cent."""
    meant, shown = read_number(sent), read_number(said)
    return None if meant is None or shown is None else abs(meant - shown) <= _HALF_A_CENT


def _is_invoicing(automation: Any) -> bool:
    """An automation that stamps: its words are not documented, so any that names an invoice."""
    return isinstance(automation, Mapping) and any("invoice" in str(value).lower() for value in automation.values())


def _agree_on_moment(sent: Any, said: Any) -> bool | None:
    """As `_agree`. Another time of the same day proves nothing; another day, where we count days, is another value."""
    meant, shown = _read_moment(sent), _read_moment(said)
    if not isinstance(meant, datetime) or shown is None:
        return None
    here = meant.astimezone(_HERE).date()
    if not isinstance(shown, datetime):
        return shown == here
    apart = abs(shown - meant)
    if apart < _SECOND or apart > _TWO_DAYS:  # so far from it, it may stand where no calendar reaches from here
        return apart < _SECOND
    return None if shown.astimezone(_HERE).date() == here else False


def _read_moment(said: Any) -> datetime | date | None:
    """A moment, or only its day; one without a zone is told as here. None for what no calendar holds."""
    try:
        if isinstance(said, int | Decimal) and not isinstance(said, bool):
            seconds = float(said)
            return datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= _IN_MILLISECONDS else seconds, UTC)
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    if moment is None or moment.tzinfo:
        return moment
    return moment.date() if len(said) <= len("2026-01-31") else moment.replace(tzinfo=_HERE)


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
    """As it is here; as it stands where it cannot be told here."""
    moment = _read_moment(said)
    try:
        return moment.astimezone(_HERE).isoformat() if isinstance(moment, datetime) else str(said)
    except OverflowError:
        return str(said)
