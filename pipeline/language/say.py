"""A sentence as the code says it: English that remembers its template and what fills it, to be translated later.

    raise InputError(say("{file} has no column {column}.", file=file, column=column))

A `Said` is text: a log, the journal or a caller of the library reads English without asking. Whoever shows it to a
person translates it then (`pipeline.language.catalogue`), so no stage knows a language and no thread sets one.
Templates are literals: what extracts them for the catalogue reads the source and runs nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any, SupportsIndex

__all__ = ["Said", "join_said", "name_few", "say", "say_count", "say_known"]


class Said(str):
    """English text, its template, the values of the template's fields, and whether the template may be translated.

    `many` is the template for every count but one; `number` chooses between the two. Values may be `Said` themselves.
    """

    __slots__ = ("fields", "many", "number", "template")

    template: str
    fields: dict[str, Any]
    many: str | None
    number: int

    def __new__(cls, template: str, fields: dict[str, Any], many: str | None = None, number: int = 1) -> "Said":
        said = super().__new__(cls, fill(template if many is None or number == 1 else many, fields))
        said.template, said.fields, said.many, said.number = template, fields, many, number
        return said

    def __getnewargs__(self) -> Any:  # the text alone, as `str` hands it to pickle and copy, would lose the rest
        return self.template, self.fields, self.many, self.number

    def __add__(self, other: str) -> "Said":
        return join_said("", (self, other))

    def __radd__(self, other: str) -> "Said":
        return join_said("", (other, self))

    def __mul__(self, times: SupportsIndex) -> str:
        return str(self) * times


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


def join_said(separator: str, parts: Iterable[str]) -> Said:
    """The parts one after another, each still to be translated by itself."""
    named = {f"part{number}": part for number, part in enumerate(parts)}
    template = separator.replace("{", "{{").replace("}", "}}").join(f"{{{name}}}" for name in named)
    return Said(template, named)


def name_few(names: Sequence[str], shown: int) -> Said:
    """`a, b and 3 more`: the first so many, and how many are left."""
    few = join_said(", ", names[:shown])
    return say("{names} and {more:,} more", names=few, more=len(names) - shown) if names[shown:] else few
