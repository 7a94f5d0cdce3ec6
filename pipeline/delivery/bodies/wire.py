"""The fields of a record to the body of one request, by the words of the dialect. Pure.

Words are read once, when the writer is made; a record then costs one look-up a field.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.language.say import Said, say
from schemas.dialects.paths import split_path
from schemas.dialects.spec import (
    Choose,
    Constant,
    Copy,
    Create,
    Day,
    Divide,
    Epoch,
    InAddress,
    Lead,
    Listed,
    Not,
    Percent,
    Same,
    Search,
    Word,
)

__all__ = ["BodyWriter", "Unwritable", "can_update"]

BodyPath = tuple[tuple[str, ...], str]
"""Where a value stands in a body: the names of the objects around it, and its own."""

_ANY = ".*"
_PER_SECOND = {"s": 1, "ms": 1000}


class Unwritable(ValueError):
    """A record that the dialect cannot say: nothing is rounded, dropped or guessed instead. `said` tells why, a hole
    `field` naming what of the record."""

    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self.said = said


class AnotherDay(Unwritable):
    """A record whose `Day` is not today; `past` where it is over."""

    past = False


class BodyWriter:
    """Writes the bodies of one endpoint's records on the day `today`. With `updates` the API is asked to change a
    record that it finds; `in_two`: what has a past day may be created by two requests."""

    def __init__(
        self, creates: Sequence[Create], *, today: date | None = None, updates: bool = False, in_two: bool = False
    ) -> None:
        self._creates = creates
        self._writers = [_ObjectWriter(create, today=today) for create in creates]
        self._seconds = [_ObjectWriter(create.then) if create.then else None for create in creates]
        self._updates, self._in_two = updates, in_two

    def write(self, values: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Which way to create a record of these canonical fields, and its body. Unwritable when there is none."""
        other_day: AnotherDay | None = None
        for number, create in enumerate(self._creates):
            if _fits(create, values) and (create.then is None or other_day is not None):
                try:
                    return number, self._write_by(number, values)
                except AnotherDay as why:
                    other_day = self._allow_two(why)
        raise Unwritable(say("the dialect has no way to create such a record"))

    def _write_by(self, number: int, values: Mapping[str, Any]) -> dict[str, Any]:
        body = self._writers[number].write(values)
        search = self._creates[number].search
        if search is not None:
            _ask_to_search(body, values, search, self._updates)
        return body

    def write_second(self, create: int, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The body of the second request of such a record; None where one is enough."""
        writer, then = self._seconds[create], self._creates[create].then
        if writer is None or then is None:
            return None
        return writer.write({name: values[name] for name in then.fields if name in values})

    def _allow_two(self, why: AnotherDay) -> AnotherDay:
        """It, where two requests may say that day; else Unwritable."""
        if not why.past or not any(self._seconds):
            raise why
        if not self._in_two:
            raise Unwritable(
                say(
                    "{why}; --two-step says it by two requests",
                    why=why.said,
                )
            )
        return why

    def find_query(self, create: int, values: Mapping[str, Any]) -> dict[str, str]:
        """What of a record stands in the address it is sent to."""
        words = self._creates[create].fields
        return {
            word.parameter: str(values[n]) for n, word in words.items() if isinstance(word, InAddress) and n in values
        }

    def find_path(self, create: int, field: str) -> str:
        """The path a reference's id goes to."""
        path = self._creates[create].fields[field]
        if not isinstance(path, str):
            raise Unwritable(say("{field}: the id of another record goes to one plain path", field=field))
        return path


def _fits(create: Create, values: Mapping[str, Any]) -> bool:
    return all(values.get(name) == value for name, value in create.when.items())


class _ObjectWriter:
    """The words of one object: the body itself, or (under `prefix`, whose place is `target`) a member of a list."""

    def __init__(self, create: Create, prefix: str = "", target: str = "", today: date | None = None) -> None:
        self._prefix, self._target, self._today = prefix, target, today
        nearest = _nearest_lists(create, prefix)
        own = _own_words(create, prefix, nearest)
        self._constants = self._own_constants(create, nearest)
        self._words: dict[str, Word] = {n: w for n, w in own.items() if not n.endswith(_ANY)}
        self._plain = {n: _body_path(self._below(w)) for n, w in self._words.items() if isinstance(w, str)}
        self._free = {n[:-1]: w for n, w in own.items() if n.endswith(_ANY)}
        self._leads = {n: w for n, w in self._words.items() if isinstance(w, Lead)}
        self._lists = {
            name.removeprefix(prefix): (
                _body_path(self._below(path)),
                _ObjectWriter(create, f"{name}.", f"{path}.", today),
            )
            for name, path in nearest.items()
        }
        self.same: bool = self._moves_nothing(own)

    def _own_constants(self, create: Create, nearest: Mapping[str, str]) -> list[tuple[BodyPath, Constant]]:
        """Those of this object, not of a member of one of its lists."""
        deeper = tuple(f"{path}." for path in nearest.values())
        return [
            (_body_path(path.removeprefix(self._target)), value)
            for path, value in create.constants.items()
            if path.startswith(self._target) and not path.startswith(deeper)
        ]

    def _moves_nothing(self, own: Mapping[str, Word]) -> bool:
        """Whether an object so written is its own body, so that it need not be built again."""
        as_they_are = all(isinstance(word, str) and self._below(word) == name for name, word in own.items())
        unmoved = all(place == _body_path(name) and writer.same for name, (place, writer) in self._lists.items())
        return as_they_are and unmoved and not self._constants

    def _below(self, path: str) -> str:
        if not path.startswith(self._target):
            raise Unwritable(say("{path} is not below {target}", path=path, target=self._target))
        return path.removeprefix(self._target)

    def write(self, values: Mapping[str, Any], record: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The object of these values, a member of a list of `record` or the record itself."""
        whole = values if record is None else record
        body: dict[str, Any] = {}
        for name, value in values.items():
            place = self._plain.get(name)
            if place is not None:
                _put(body, place, value)
            elif name in self._lists:
                place, writer = self._lists[name]
                _put(body, place, value if writer.same else [writer.write(member, whole) for member in value])
            elif isinstance(word := self._words.get(name), Same):
                self._require_same(name, value, whole.get(word.field, word.default))
            else:
                self._say(body, name, value, values)
        for name, lead in self._leads.items():
            if name in values:
                _put_before(body, _body_path(self._below(lead.to)), values[name])
        for (parents, leaf), value in self._constants:
            _object(body, parents).setdefault(leaf, value)
        return body

    def _say(self, body: dict[str, Any], name: str, value: Any, values: Mapping[str, Any]) -> None:
        match self._words.get(name):
            case Copy(to):
                for path in to:
                    _put(body, _body_path(self._below(path)), value)
            case Not(to):
                _put(body, _body_path(self._below(to)), not value)
            case Epoch(to, unit):
                seconds = int(datetime.fromisoformat(value).timestamp())
                _put(body, _body_path(self._below(to)), seconds * _PER_SECOND[unit])
            case Divide(to, by, decimals):
                whole = values[by.removeprefix(self._prefix)]
                _put(body, _body_path(self._below(to)), _divide(self._prefix + name, value, whole, decimals))
            case Choose(to, table):
                self._choose(body, name, _body_path(self._below(to)), value, table)
            case Listed(to):
                _put(body, _body_path(self._below(to)), [value])
            case Percent(to, member, beside):
                _put(body, _body_path(self._below(to)), [{**beside, member: value / 100}])
            case Day(zone):
                self._require_today(name, value, ZoneInfo(zone))
            case None:
                self._put_free(body, name, value)

    def _require_today(self, name: str, value: str, zone: ZoneInfo) -> None:
        day = datetime.fromisoformat(value).astimezone(zone).date()
        if day != self._today:
            why = AnotherDay(
                say(
                    "{field}: the API dates it by the day it is sent, so {value} would be lost",
                    field=self._prefix + name,
                    value=value,
                )
            )
            why.past = self._today is not None and day < self._today
            raise why

    def _require_same(self, name: str, value: Any, other: Any) -> None:
        if value != other:
            raise Unwritable(
                say(
                    "{field}: {value} differs from {other}, and the dialect has one place for both",
                    field=self._prefix + name,
                    value=value,
                    other=other,
                )
            )

    def _choose(self, body: dict[str, Any], name: str, place: BodyPath, value: Any, table: Mapping[Any, Any]) -> None:
        if value not in table:
            raise Unwritable(
                say("{field}: the dialect has no word for {value!r}", field=self._prefix + name, value=value)
            )
        chosen, (parents, leaf) = table[value], place
        if chosen is None:
            return
        if _object(body, parents).setdefault(leaf, chosen) != chosen:
            raise Unwritable(
                say(
                    "{field}: {chosen!r} contradicts {body!r}",
                    field=self._prefix + name,
                    chosen=chosen,
                    body=_object(body, parents)[leaf],
                )
            )

    def _put_free(self, body: dict[str, Any], name: str, value: Any) -> None:
        for start, word in self._free.items():
            if name.startswith(start):
                if isinstance(word, str):
                    _put(body, _body_path(self._below(word)[:-1] + name.removeprefix(start)), value)
                return
        raise Unwritable(say("{field}: the dialect has no place for it", field=self._prefix + name))


def _nearest_lists(create: Create, prefix: str) -> dict[str, str]:
    """The lists that stand in the object itself, not in one of its lists: their fields, and the paths they go to."""
    inner = [name for name in create.lists if name.startswith(prefix) and name + "." != prefix]
    return {n: _list_path(create, n) for n in inner if not any(n.startswith(f"{other}.") for other in inner)}


def _own_words(create: Create, prefix: str, nearest: Iterable[str]) -> dict[str, Word]:
    """The words of the object's own fields, by their names in it."""
    lists = tuple(nearest)
    deeper = tuple(f"{name}." for name in lists)
    return {
        name.removeprefix(prefix): word
        for name, word in create.fields.items()
        if name.startswith(prefix) and name not in lists and not name.startswith(deeper)
    }


def _list_path(create: Create, name: str) -> str:
    path = create.fields.get(name, name)
    if not isinstance(path, str):
        raise Unwritable(say("{name}: a list goes to one plain path", name=name))
    return path


def _body_path(path: str) -> BodyPath:
    *parents, leaf = split_path(path)
    return tuple(parents), leaf


def _object(body: dict[str, Any], parents: tuple[str, ...]) -> dict[str, Any]:
    for parent in parents:
        body = body.setdefault(parent, {})
        if not isinstance(body, dict):
            raise Unwritable(say("{parents}: a value and an object at the same place", parents=".".join(parents)))
    return body


def _put(body: dict[str, Any], place: BodyPath, value: Any) -> None:
    parents, leaf = place
    there = _object(body, parents).setdefault(leaf, value)
    if there is not value and there != value:
        raise Unwritable(say("{name}: two values for the same place", name=".".join((*parents, leaf))))


def _put_before(body: dict[str, Any], place: BodyPath, text: str) -> None:
    """Put a text before the one that is there, unless that begins with it."""
    parents, leaf = place
    there = _object(body, parents).setdefault(leaf, text)
    if not there.casefold().startswith(text.casefold()):
        _object(body, parents)[leaf] = f"{text}: {there}"


def _ask_to_search(body: dict[str, Any], values: Mapping[str, Any], search: Search, updates: bool) -> None:
    """Put the block in which the API is asked to look for the record; Unwritable where there is nothing to look for."""
    if not any(name.startswith(search.below) for name in values):
        return
    for name, key in search.by.items():
        if (value := values.get(name)) and str(value).upper() not in search.shared:
            block = {"on_key": key, "on_value": value, **search.says}
            _put(body, _body_path(search.at), block | ({search.update: updates} if search.update else {}))
            return
    raise Unwritable(say("the API needs one of these to know the client again: {fields}", fields=", ".join(search.by)))


def _divide(name: str, value: Decimal, by: Decimal, decimals: int) -> Decimal:
    quotient = round(value / by, decimals) if by else Decimal(0)
    if quotient * by != value:
        raise Unwritable(
            say(
                "{field}: {value} divided by {by} has more than {decimals} decimals: "
                "write a value that divides, or the quantity 1",
                field=name,
                value=value,
                by=by,
                decimals=decimals,
            )
        )
    return quotient


def can_update(creates: Sequence[Create]) -> bool:
    """Whether the API changes a record that it finds rather than creates, if it is told to."""
    return any(create.search is not None and create.search.update is not None for create in creates)
