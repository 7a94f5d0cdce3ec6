"""A sentence that was kept as English text, in the journal for one, as what was once said: it can be translated again.

The templates of the catalogue are compared with the text, and what fills their fields is recalled in turn: `200
database_error from the API` is `{status} {code} from the API` with two values. A text of nobody's stays what it is.
"""

import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

from pipeline.language.catalogue import list_templates
from pipeline.language.names import restore_count
from pipeline.language.say import Said, join_said, say_known

__all__ = ["restore_sentence", "restore_sentences", "restore_text"]

_FEWEST_LETTERS = 6
"""A template with fewer letters of its own would know its like in texts that have nothing to do with it."""

_DEEPEST = 5
"""A stop holds what a canary got wrong, that a sentence, the sentence two amounts; nothing of ours is deeper."""


def restore_sentences(text: str, separator: str = "; ") -> Said:
    """Several sentences in one line, each by itself."""
    return join_said(separator, [restore_sentence(part) for part in text.split(separator)])


def restore_text(text: str) -> Said:
    """Sentences one after another, as an error tells them: each is known by the shortest piece that is one of ours."""
    pieces = _split(text)
    told: list[Said] = []
    while pieces:
        tried = (restore_sentence(" ".join(pieces[:length])) for length in range(1, len(pieces) + 1))
        found = next((said for said in tried if _is_ours(said)), say_known(pieces[0]))
        told.append(found)
        pieces = pieces[len(_split(found)) :]
    return join_said(" ", told)


def _split(text: str) -> list[str]:
    return re.split(r"(?<=\.) (?=[A-ZÁ-Ú])", text)


def _is_ours(said: Said) -> bool:
    return bool(said.fields) or str(said) in list_templates()


def restore_sentence(text: str, deepest: int = _DEEPEST) -> Said:
    """What was said, by the template with the most letters of its own; the text itself where there is none.

    `a discount: the amount is 4` is two that were joined, where the first is one of ours.
    """
    if text in list_templates() or not deepest:
        return say_known(text)
    found = restore_count(text) or _restore_joined(text, ": ", deepest)
    found = found or _restore_template(text, deepest) or _restore_joined(text, ", ", deepest)
    return say_known(text) if found is None else found


def _restore_template(text: str, deepest: int) -> Said | None:
    for template, pattern, needle in _patterns():
        found = re.fullmatch(pattern, text, re.DOTALL) if needle in text else None
        if found:
            fields = found.groupdict()
            return Said(template, {name: restore_sentence(value, deepest - 1) for name, value in fields.items()})
    return None


def _restore_joined(text: str, separator: str, deepest: int) -> Said | None:
    first, found, rest = text.partition(separator)
    known = restore_sentence(first, deepest - 1) if found else say_known("")
    return join_said(separator, (known, restore_sentence(rest, deepest - 1))) if _is_ours(known) else None


@cache
def _patterns() -> tuple[tuple[str, str, str], ...]:
    """Templates with fields, their patterns and the longest piece that is their own; the most telling first."""
    return tuple((template, own, needle) for _, template, own, needle in sorted(_telling(), reverse=True))


def _telling() -> Iterator[tuple[int, str, str, str]]:
    for template in list_templates():
        try:
            parts = list(Formatter().parse(template))
        except ValueError:  # a lone brace: a sentence without fields
            continue
        names = [name for _, name, _, _ in parts if name]
        plain = not any(form or conversion for _, _, form, conversion in parts)  # a kept number is text, `1,234`
        letters = sum(map(str.isalpha, "".join(own for own, *_ in parts)))
        if names and plain and len({*names}) == len(names) and letters >= _FEWEST_LETTERS:
            pattern = "".join(re.escape(own) + (f"(?P<{name}>.*?)" if name else "") for own, name, _, _ in parts)
            yield letters, template, pattern, max((own for own, *_ in parts), key=len)
