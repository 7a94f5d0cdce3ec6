"""A sentence as the code says it: English that remembers its template and what fills it, to be translated later.

    raise InputError(say("{file} has no column {column}.", file=file, column=column))

A `Said` is text: a log, the journal or a caller of the library reads English without asking. Whoever shows it to a
person translates it then (`pipeline.language.catalogue`), so no stage knows a language and no thread sets one.
Templates are literals: what extracts them for the catalogue reads the source and runs nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, SupportsIndex

__all__ = ["Both", "Said", "join_said", "name_few", "say", "say_both", "say_count", "say_known"]


Edit = tuple[Callable[..., str], tuple[Any, ...]]
"""What makes a text of a text, and its further arguments."""


class Said(str):
    """English text, its template, the values of the template's fields, and whether the template may be translated.

    `many` is the template for every count but one; `number` chooses between the two; `edits` is what was cut off or
    replaced since. Values may be `Said` themselves.
    """

    __slots__ = ("edits", "fields", "many", "number", "template")

    template: str
    fields: dict[str, Any]
    many: str | None
    number: int
    edits: tuple[Edit, ...]

    def __new__(
        cls,
        template: str,
        fields: dict[str, Any],
        many: str | None = None,
        number: int = 1,
        edits: tuple[Edit, ...] = (),
    ) -> "Said":
        said = super().__new__(cls, edit(fill(template if many is None or number == 1 else many, fields), edits))
        said.template, said.fields, said.many, said.number, said.edits = template, fields, many, number, edits
        return said

    def __getnewargs__(self) -> Any:  # the text alone, as `str` hands it to pickle and copy, would lose the rest
        return self.template, self.fields, self.many, self.number, self.edits

    def __add__(self, other: str) -> "Said":
        return join_said("", (self, other))

    def __radd__(self, other: str) -> "Said":
        return join_said("", (other, self))

    def rstrip(self, chars: str | None = None, /) -> "Said":
        return self.edited(str.rstrip, chars)

    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> "Said":
        """In every language: for commands, which are the same in all."""
        return self.edited(str.replace, old, new, count)

    def __getitem__(self, key: SupportsIndex | slice) -> "Said":
        return self.edited(str.__getitem__, key)

    def edited(self, change: Callable[..., str], *arguments: Any) -> "Said":
        """What `change` makes of it, in whatever language it will be read."""
        return Said(self.template, self.fields, self.many, self.number, (*self.edits, (change, arguments)))

    def __mul__(self, times: SupportsIndex) -> str:
        return str(self) * times


def edit(text: str, edits: Iterable[Edit]) -> str:
    """The text after what was done to it when it was said, whatever its language."""
    for change, arguments in edits:
        text = change(text, *arguments)
    return text


def fill(template: str, fields: dict[str, Any]) -> str:
    """The template with its fields; as it stands, braces too, where there are none."""
    return template.format(**fields) if fields else template


def say(template: str, /, **fields: Any) -> Said:
    """What is to be told to a person. `template` is a literal with `{field}` for each value."""
    return Said(template, fields)


def say_count(one: str, many: str, /, count: int, **fields: Any) -> Said:
    """What is to be told of so many things: `say_count("{count:,} row", "{count:,} rows", 5)`."""
    return Said(one, {"count": count, **fields}, many, count)


def say_known(text: str) -> Said:
    """A text from elsewhere that the catalogue may know, such as a cause an operating system gives."""
    return Said(text, {})


class Both(NamedTuple):
    """A sentence that brings its Spanish along, as those of rules do; as text it is English."""

    english: str
    spanish: str

    def __str__(self) -> str:
        return self.english


def say_both(english: str, spanish: str) -> Said:
    """A sentence that has its two languages side by side and is in no catalogue."""
    return Said("{told}", {"told": Both(english, spanish)})


def join_said(separator: str, parts: Iterable[str]) -> Said:
    """The parts one after another, each still to be translated by itself."""
    named = {f"part{number}": part for number, part in enumerate(parts)}
    template = separator.replace("{", "{{").replace("}", "}}").join(f"{{{name}}}" for name in named)
    return Said(template, named)


def name_few(names: Sequence[str], shown: int) -> Said:
    """`a, b and 3 more`: the first so many, and how many are left."""
    few = join_said(", ", names[:shown])
    return say("{names} and {more:,} more", names=few, more=len(names) - shown) if names[shown:] else few
