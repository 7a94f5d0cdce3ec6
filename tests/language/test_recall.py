"""A sentence that was kept as English text is known again, with its values, and can be read in Spanish."""

from __future__ import annotations

import pytest

from pipeline.language.catalogue import translate
from pipeline.language.recall import restore_sentence, restore_sentences
from pipeline.language.say import Said, say

PAGE = say("a web page titled “{title}”", title="502 Bad Gateway")
KEPT = [
    say("looked up: not in the account"),
    say("{status} from a proxy: {page}", status=502, page=PAGE),
    say("{page} instead of JSON ({status})", page=PAGE, status=200),
    say("{status}, a redirect to {elsewhere}", status=302, elsewhere="other.example"),
    say("{status} from a proxy, without the API's own words{reply}", status=413, reply=""),
]


@pytest.mark.parametrize("said", KEPT)
def test_a_kept_sentence_is_translated_as_if_it_were_said_now(said: Said) -> None:
    recalled = restore_sentence(str(said))
    assert recalled == said
    assert translate(recalled, "es") == translate(said, "es") != said


def test_each_of_several_sentences_in_one_line_is_translated_by_itself() -> None:
    told = translate(restore_sentences("; ".join(KEPT[:2])), "es")
    assert told == "; ".join(translate(said, "es") for said in KEPT[:2])


@pytest.mark.parametrize("text", ["", "El RFC no es válido", "{status}", "rfc {0} } {", "1,234", "a\nb; c"])
def test_what_nobody_of_ours_said_stays_what_it_is(text: str) -> None:
    assert restore_sentences(text) == text == translate(restore_sentences(text), "es")
