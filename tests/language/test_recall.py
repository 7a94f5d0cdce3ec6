"""A sentence that was kept as English text is known again, with its values, and can be read in Spanish."""

from __future__ import annotations

import pytest

from pipeline.delivery.canary.comparison import Wrong
from pipeline.language.catalogue import translate
from pipeline.language.names import count_things
from pipeline.language.recall import restore_sentence, restore_sentences, restore_text
from pipeline.language.say import Said, say

PAGE = say("a web page titled “{title}”", title="502 Bad Gateway")
WRONG = Wrong(
    say("the amount is {amount} cents of {currency}, expected {meant}", amount=4, currency="MXN",
        meant=say("{net} without or {gross} with tax", net=3, gross=5)),
    ("discount", "tax:IVA:Tasa"),
).told  # fmt: skip
KEPT = [
    say("looked up: not in the account"),
    say("{status} from a proxy: {page}", status=502, page=PAGE),
    say("{page} instead of JSON ({status})", page=PAGE, status=200),
    say("{status}, a redirect to {elsewhere}", status=302, elsewhere="other.example"),
    say("{status} from a proxy, without the API's own words{reply}", status=413, reply=""),
    say("Not sent: {records}.", records=count_things(12_345, "records")),
    say("Not sent: {records}; {why}.", records=count_things(1, "records"), why=say("looked up: not in the account")),
    say(
        "A {one} ({shown}, {remote_id}) was not understood as meant: {wrong}.",
        one=say("payment"),
        shown="p1",
        remote_id="payment_1",
        wrong=WRONG,
    ),
]


@pytest.mark.parametrize("said", KEPT)
def test_a_kept_sentence_is_translated_as_if_it_were_said_now(said: Said) -> None:
    recalled = restore_sentence(str(said))
    assert recalled == said
    assert translate(recalled, "es") == translate(said, "es") != said


def test_sentences_one_after_another_are_known_each_by_itself() -> None:
    """As the error of a past run has them; what stands between them and is nobody's stays."""
    said = [KEPT[-1], say("Not sent: {records}.", records=count_things(3, "records"))]
    kept = f"{said[0]} Ana Ruiz S.A. Sucursal Norte. {said[1]}"
    told = translate(restore_text(kept), "es")
    assert told == f"{translate(said[0], 'es')} Ana Ruiz S.A. Sucursal Norte. {translate(said[1], 'es')}"


def test_each_of_several_sentences_in_one_line_is_translated_by_itself() -> None:
    told = translate(restore_sentences("; ".join(KEPT[:2])), "es")
    assert told == "; ".join(translate(said, "es") for said in KEPT[:2])


@pytest.mark.parametrize("text", ["", "El RFC no es válido", "{status}", "rfc {0} } {", "1,234", "a\nb; c"])
def test_what_nobody_of_ours_said_stays_what_it_is(text: str) -> None:
    assert restore_sentences(text) == text == translate(restore_sentences(text), "es")


def test_a_record_that_was_settled_by_hand_is_told_so_in_spanish() -> None:
    assert translate(restore_sentence("settled by hand"), "es") == "resuelto a mano"
