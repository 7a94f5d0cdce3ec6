"""Pages from templates: escaped always, in the language of whoever reads, with the words of its forms."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from pipeline.language.catalogue import translate
from pipeline.language.names import name_word
from pipeline.language.say import Said, say_known
from schemas.cleaning.dates import ZONE

__all__ = ["Renderer", "build_environment"]

_TEMPLATES = Path(__file__).parent / "templates"


class Renderer:
    """The templates. One environment a language; what a template does not know is an error, not an empty place."""

    def __init__(self) -> None:
        self._of = {lang: build_environment(lang) for lang in ("es", "en")}

    def page(self, template: str, lang: str, status: int = 200, **known: Any) -> HTMLResponse:
        """A whole page, or the part of one that is swapped in."""
        html = self._of[lang].get_template(template).render(lang=lang, **known)
        return HTMLResponse(html, status)


def build_environment(lang: str) -> Environment:
    """The templates in one language, with the filters they use."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )

    def word(text: str) -> str:
        return translate(say_known(text), lang)

    def words(one: str, many: str, count: int) -> str:
        return translate(Said(one, {}, many, count), lang)

    environment.install_gettext_callables(word, words, newstyle=True)  # type: ignore[attr-defined]
    filters: Mapping[str, Callable[..., Any]] = {
        "said": lambda text: translate(text, lang),
        "named": lambda name: translate(name_word(name), lang),
        "count": lambda number: f"{number:,}",
        "cents": lambda cents: f"{Decimal(cents) / 100:,.2f}",
        "moment": _moment,
    }
    environment.filters.update(filters)
    return environment


def _moment(value: datetime | str) -> str:
    """A moment on Mexico City's clock."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%d %H:%M")
