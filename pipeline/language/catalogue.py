"""From what was said to what a person reads: the catalogue of a language, and the choice of one.

`es/LC_MESSAGES/gigbulk.po` is edited by people, `.mo` beside it is compiled of it (`make messages`); both are kept, so
that an installation needs no tool. Read with the standard library's gettext.
"""

import gettext
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipeline.language.say import Both, Said, edit, fill

__all__ = ["DOMAIN", "FOLDER", "LANGUAGES", "detect_language", "list_templates", "translate", "translate_all"]

DOMAIN = "gigbulk"
FOLDER = Path(__file__).parent
LANGUAGES = ("es", "en")


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, FOLDER, [lang], fallback=lang == "en")


@cache
def list_templates() -> frozenset[str]:
    """Every template that the catalogue knows, in English. gettext has no call for it: this is what it looks up in."""
    return frozenset(key for key in vars(_catalogue("es"))["_catalog"] if isinstance(key, str) and key)


def translate(text: str, lang: str) -> str:
    """The text in that language. What was not said by `say` (a value of a file, a name) stays what it is."""
    if not isinstance(text, Said):
        return text
    if lang == "en":
        return str(text)
    told = fill(_template(text, lang), {name: _value(value, lang) for name, value in text.fields.items()})
    return edit(told, text.edits)


def _template(said: Said, lang: str) -> str:
    if said.many is not None:
        return _catalogue(lang).ngettext(said.template, said.many, said.number)
    return _catalogue(lang).gettext(said.template) if said.template else ""  # the empty one is the catalogue's header


def _value(value: Any, lang: str) -> Any:
    if isinstance(value, Both):
        return value.spanish if lang == "es" else value.english
    return translate(value, lang) if isinstance(value, Said) else value


def translate_all(value: Any, lang: str) -> Any:
    """A value of JSON whose sentences are in that language; names and everything else are what they were."""
    if isinstance(value, Mapping):
        return {name: translate_all(member, lang) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [translate_all(member, lang) for member in value]
    return _value(value, lang)


def detect_language(environ: Mapping[str, str], arguments: Sequence[str] = ()) -> str:
    """The language of `--lang` among the arguments, else of the locale: Spanish for a Spanish one, else English."""
    for word, after in pairwise([*arguments, ""]):
        asked = after if word == "--lang" else word.removeprefix("--lang=")
        if asked in LANGUAGES and asked != word:
            return asked
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "es" if locale.lower().startswith("es") else "en"
