"""What templates say: in the reader's language, counts with the right form of the word, everything escaped."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, UndefinedError

from pipeline.web.render import build_environment


def rendered(lang: str, template: str, **known: object) -> str:
    environment = build_environment(lang)
    environment.loader = DictLoader({"t": template})
    return environment.get_template("t").render(**known)


@pytest.mark.parametrize(
    ("lang", "count", "said"),
    [("es", 1, "1 error"), ("es", 9, "9 errores"), ("en", 1, "1 error"), ("en", 9, "9 errors")],
)
def test_a_count_has_its_form_of_the_word(lang: str, count: int, said: str) -> None:
    assert rendered(lang, '{{ ngettext("%(num)s error", "%(num)s errors", n) }}', n=count) == said


def test_what_a_file_holds_is_escaped() -> None:
    assert rendered("es", "{{ cell }}", cell="<script>&'\"") == "&lt;script&gt;&amp;&#39;&#34;"


def test_what_a_template_does_not_know_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        rendered("es", "{{ nothing }}")


def test_cents_are_shown_as_money_to_the_cent() -> None:
    assert rendered("es", "{{ sum|cents }}", sum=4907520) == "49,075.20"
