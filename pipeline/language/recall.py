"""A sentence that was kept as English text, in the journal for one, as what was once said: it can be translated again.

The templates of the catalogue are compared with the text, and what fills their fields is recalled in turn: `200
database_error from the API` is `{status} {code} from the API` with two values. Of several readings the one that knows
most of the text is taken. A text of nobody's stays what it is.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from string import Formatter
from typing import NamedTuple

from pipeline.language.catalogue import list_templates
from pipeline.language.names import restore_count
from pipeline.language.say import Said, join_said, say_known

__all__ = ["restore_sentence"]

_FEWEST_LETTERS = 6
"""A template with fewer letters of its own would know its like in texts that have nothing to do with it."""

_DEEPEST = 6
"""A stop holds what a canary got wrong, that a sentence, the sentence two amounts; nothing of ours is deeper."""

_SENTENCES = re.compile(r"(?<=\.) (?=[A-ZÁ-Ú])|; ")
"""Between two that stand by themselves: either may be ours."""

_PARTS = re.compile(r": |, ")
"""Between two that were joined, `a discount: the amount is 4`: the first is ours."""

_LONGEST = 2_000
_MOST_PARTS = 50
"""A longer text is taken sentence by sentence: that many parts take half a second to be told apart."""

_BEARER = re.compile(r": \{(\w+)\}\.?$|^\{(said)\}")
"""The field of a template with few letters that must hold one of ours, `Error: {message}`: then it is known by that."""

_QUOTES = ("“", "'", '"', "`")
"""What stands before a text of somebody else's, which is shown as it is."""

_BRACKETED = "{said} ({aside})"
"""How a count or a status follows a sentence: `no answer within 30 s (2)`. Without a word it is in no catalogue."""

_NUMBER = r"-?[\d,]*\d(?:\.\d+)?"
_FORMS = {"": ".*?", ",": _NUMBER, ".1f": _NUMBER, ".0f": _NUMBER, "%H:%M": r"\d\d:\d\d"}
"""What a field looks like that was given such a form."""


class _Formed(str):
    """A value in the form it was given when it was said, the same in every language."""

    __slots__ = ()

    def __format__(self, form: str, /) -> str:
        return str(self)


class _Reading(NamedTuple):
    """What a text may have been, and how many of its characters are ours."""

    known: int
    said: Said
    is_telling: bool = True
    """Whether it is ours beyond doubt; anybody writes a word such as `currency`."""

    @property
    def after_another(self) -> str:
        """As what follows a sentence: a lone word there may be the API's own, `The API refused it: currency`."""
        return self.said if self.is_telling else str(self.said)


class _Piece(NamedTuple):
    """Of a template: words of its own, the field after them, and the form that is given to it."""

    own: str
    name: str
    form: str


class _Pattern(NamedTuple):
    """A template with fields, as it is looked for."""

    anchored: bool  # it begins with a word of its own
    letters: int  # of its own
    template: str
    expression: str
    needle: str  # the longest piece that is its own
    bearer: str  # the field that must hold one of ours; empty where the letters suffice
    fixed: frozenset[str]  # fields that hold no sentence: those with a form, and what stands in quotation marks


def restore_sentence(text: str) -> Said:
    """What was said: one sentence, or several one after another; the text itself where it is nobody's of ours."""
    if _is_short(text):
        return _recall(text, _DEEPEST).said
    pieces = re.split(f"({_SENTENCES.pattern})", text)
    return join_said("", [_recall(piece, _DEEPEST).said if _is_short(piece) else piece for piece in pieces])


def _is_short(text: str) -> bool:
    return len(text) <= _LONGEST and len(_SENTENCES.findall(text)) + len(_PARTS.findall(text)) <= _MOST_PARTS


@lru_cache(maxsize=8192)
def _recall(text: str, deepest: int) -> _Reading:
    if text in list_templates():
        return _Reading(len(text), say_known(text), " " in text)
    if counted := restore_count(text):
        return _Reading(len(text), counted)
    nobodys = _Reading(0, say_known(text), is_telling=False)
    return max((nobodys, *_read(text, deepest)), key=lambda reading: reading.known) if deepest else nobodys


def _read(text: str, deepest: int) -> Iterator[_Reading]:
    yield from _read_joined(text, _SENTENCES, deepest)
    for pattern in _patterns():
        if pattern.needle in text:
            yield from _read_template(text, pattern, deepest)
    yield from _read_joined(text, _PARTS, deepest)
    if text.endswith("."):
        whole = _recall(text[:-1], deepest)
        yield whole._replace(said=join_said("", (whole.said, ".")))


def _read_joined(text: str, separator: re.Pattern[str], deepest: int) -> Iterator[_Reading]:
    for found in separator.finditer(text):
        first = _recall(text[: found.start()], deepest)
        if first.known or separator is _SENTENCES:
            rest = _recall(text[found.end() :], deepest)
            if first.is_telling:
                yield _Reading(first.known + rest.known, join_said(found[0], (first.said, rest.after_another)))
            elif (first.known and rest.known) or (rest.is_telling and separator is _SENTENCES):
                both = join_said(found[0], (first.said, rest.said))
                yield _Reading(first.known + rest.known, both, rest.is_telling)


def _read_template(text: str, pattern: _Pattern, deepest: int) -> Iterator[_Reading]:
    """Where its own pieces are found as early as they can be, and as late."""
    for expression in dict.fromkeys((pattern.expression, pattern.expression.replace(".*?", ".*"))):
        if found := _compile(expression).fullmatch(text):
            fields = found.groupdict()
            told = {name: _recall(v, deepest - 1) for name, v in fields.items() if name not in pattern.fixed}
            if not pattern.bearer or told[pattern.bearer].is_telling:
                values = {name: told[name].said if name in told else _Formed(v) for name, v in fields.items()}
                own = len(text) - sum(map(len, fields.values()))
                known = sum(reading.known for reading in told.values())
                yield _Reading(own + known, Said(pattern.template, values))


@cache
def _compile(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL)


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """Where two know as much the first is taken: one that begins with its own word, for it holds the other."""
    templates = ((template, _parse(template)) for template in (_BRACKETED, *list_templates()))
    patterns = (_pattern(template, pieces) for template, pieces in templates if pieces)
    return tuple(sorted(filter(None, patterns), reverse=True))


def _parse(template: str) -> list[_Piece]:
    """Empty for a sentence without fields, lone braces and all, and for one of click's with `{name!r}`."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:  # a lone brace
        return []
    pieces = [_Piece(own, name or "", form or "") for own, name, form, _ in parts]
    names = [piece.name for piece in pieces if piece.name]
    plain = not any(conversion for *_, conversion in parts) and all(piece.form in _FORMS for piece in pieces)
    return pieces if names and plain and all(map(str.isidentifier, names)) else []


def _pattern(template: str, pieces: list[_Piece]) -> _Pattern | None:
    letters = sum(map(str.isalpha, "".join(piece.own for piece in pieces)))
    bearer = _BEARER.search(template) if letters < _FEWEST_LETTERS else None
    if letters < _FEWEST_LETTERS and not bearer:
        return None
    return _Pattern(
        anchored=bool(pieces[0].own),
        letters=letters,
        template=template,
        expression=_express(pieces),
        needle=max((piece.own for piece in pieces), key=len),
        bearer=bearer[1] or bearer[2] if bearer else "",
        fixed=frozenset(piece.name for piece in pieces if piece.form or piece.own.endswith(_QUOTES)),
    )


def _express(pieces: list[_Piece]) -> str:
    expression, named = "", set[str]()
    for own, name, form in pieces:
        field = f"(?P={name})" if name in named else f"(?P<{name}>{_FORMS[form]})"
        expression += re.escape(own) + (field if name else "")
        named.add(name)
    return expression
