"""A sentence that was kept as English text is known again, with its values, and can be read in Spanish."""

from __future__ import annotations

import re
from datetime import time
from string import Formatter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.delivery.canary.comparison import Wrong
from pipeline.language.catalogue import list_templates, translate
from pipeline.language.names import count_things
from pipeline.language.recall import restore_sentence
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
    told = translate(restore_sentence(kept), "es")
    assert told == f"{translate(said[0], 'es')} Ana Ruiz S.A. Sucursal Norte. {translate(said[1], 'es')}"


def test_each_of_several_sentences_in_one_line_is_translated_by_itself() -> None:
    told = translate(restore_sentence("; ".join(KEPT[:2])), "es")
    assert told == "; ".join(translate(said, "es") for said in KEPT[:2])


@pytest.mark.parametrize("text", ["", "El RFC no es válido", "{status}", "rfc {0} } {", "1,234", "a\nb; c"])
def test_what_nobody_of_ours_said_stays_what_it_is(text: str) -> None:
    assert restore_sentence(text) == text == translate(restore_sentence(text), "es")


def test_a_record_that_was_settled_by_hand_is_told_so_in_spanish() -> None:
    assert translate(restore_sentence("settled by hand"), "es") == "resuelto a mano"


PAST = {
    "413 from a proxy: a web page titled “413 Too Large” (2)": (
        "413 de un intermediario: una página web titulada «413 Too Large» (2)"
    ),
    "The API stopped the run: The server redirects to https://a.example/b, which is not followed with the key (302)": (
        "El API detuvo la corrida: El servidor redirige a https://a.example/b, adonde no se va con la clave (302)"
    ),
    "The server asks to try again later, not before 10:05 (Mexico City time) (429)": (
        "El servidor pide intentar más tarde, no antes de 10:05 (hora de la Ciudad de México) (429)"
    ),
    "429 from a proxy, without the API's own words, not before 2026-11-27 10:05 (Mexico City time)": (
        "429 de un intermediario, sin palabras del API, no antes de 2026-11-27 10:05 (hora de la Ciudad de México)"
    ),
    "looked up: not in the account; 200, and the API says that it failed (1,234)": (
        "buscado: no está en la cuenta; 200, y el API dice que falló (1,234)"
    ),
    "the server closed the connection without a whole answer, after the request was sent (1), 500 x from the API (2)": (
        "el servidor cerró la conexión sin una respuesta completa, después de enviar la petición (1), 500 x del API (2)"
    ),
    "Not the API answered but a web page, check the base URL (502): Bad; Gateway": (
        "No contestó el API sino una página web, revise la dirección base (502): Bad; Gateway"
    ),
    "The list of payments cannot be read: The API refused it (400): bad limit": (
        "La lista de pagos no se puede leer: El API lo rechazó (400): bad limit"
    ),
}
"""Texts as journals hold them, and how they were said in Spanish."""


@pytest.mark.parametrize("kept", PAST)
def test_a_sentence_in_another_or_before_a_count_in_brackets_is_translated_too(kept: str) -> None:
    assert restore_sentence(kept) == kept
    assert translate(restore_sentence(kept), "es") == PAST[kept]


THEIR_OWN = [
    "amount, currency, tax: must be positive",
    "amount: the amount is bad of yours",
    "currency is bad.",
    "Ferretería; no",
    "Not found, payments",
    "Ana, the API: read, please",
]


@pytest.mark.parametrize("theirs", THEIR_OWN)
def test_what_the_api_or_a_user_wrote_is_not_translated_by_accident(theirs: str) -> None:
    """Words of ours, `currency`, are in it: only a whole sentence of ours is known."""
    refused = f"{say('The API refused it')} (400): {theirs}"
    assert translate(restore_sentence(theirs), "es") == theirs
    assert translate(restore_sentence(refused), "es") == f"El API lo rechazó (400): {theirs}"


def test_what_stands_in_quotation_marks_is_somebody_elses() -> None:
    page = "a web page titled “Not Found; the API refused it, read”"
    assert translate(restore_sentence(f"413 from a proxy: {page} (2)"), "es") == (
        "413 de un intermediario: una página web titulada «Not Found; the API refused it, read» (2)"
    )


def test_a_text_of_a_thousand_parts_is_known_sentence_by_sentence() -> None:
    theirs = ", ".join(f"a{number}: b" for number in range(1_000))
    told = translate(restore_sentence(f"The API refused it; {theirs}; the answer could not be unpacked"), "es")
    assert told == f"El API lo rechazó; {theirs}; la respuesta no se pudo descomprimir"


SENTENCES = {"message", "cause", "causes", "why", "text", "sentence", "wrong", "told", "page", "error", "hint"}
"""Fields that are filled with a sentence."""


def fields(template: str) -> dict[str, str]:
    """The fields of a template and their forms; none of those of click, which are not kept."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        return {}
    plain = not any(conversion for *_, conversion in parts)
    return {name: form or "" for _, name, form, _ in parts if name and name.isidentifier()} if plain else {}


def letters(template: str) -> int:
    """Of its own."""
    return sum(map(str.isalpha, "".join(own for own, *_ in Formatter().parse(template))))


def filled(template: str, sentence: str = "Q7") -> Said:
    values = {"": "Q7", "%H:%M": time(10, 5)}
    forms = fields(template)
    return Said(template, {n: sentence if n in SENTENCES else values.get(form, 1234) for n, form in forms.items()})


def holds_a_sentence(template: str) -> bool:
    """Whether a field stands for a sentence, between words and not as somebody else's in quotation marks."""
    parts = list(Formatter().parse(template)) if fields(template) else []
    found = [(number, own) for number, (own, name, *_) in enumerate(parts) if name in SENTENCES]
    return bool(found) and all((own or number == 0) and not own.endswith(("'", "“")) for number, own in found)


def words(text: str) -> list[str]:
    return sorted(re.findall(r"\w+", text))


MESSAGES = sorted(name for name in list_templates() if fields(name) and letters(name) >= 6)
HOLDERS = list(filter(holds_a_sentence, MESSAGES))
PLAIN = sorted(name for name in list_templates() if "{" not in name and " " in name)


def test_there_are_messages_and_holders_to_try() -> None:
    assert len(MESSAGES) > 400 and len(PLAIN) > 200 and len(HOLDERS) > 50


@pytest.mark.parametrize("outer", ["The API stopped the run: {message}", "{sentence} (502): Q7", "Q7 Q7. {why}"])
def test_every_message_is_known_within_another(outer: str) -> None:
    (field,) = fields(outer)
    for message in [*map(filled, MESSAGES), *map(say, PLAIN)]:
        if outer.startswith("Q7") and not message[0].isupper():
            continue  # it begins no sentence
        said = Said(outer, {field: message})
        assert translate(restore_sentence(str(said)), "es") == translate(said, "es")


@given(outer=st.sampled_from(HOLDERS), between=st.sampled_from(HOLDERS), inner=st.sampled_from([*MESSAGES, *PLAIN]))
def test_any_message_is_known_in_any_that_takes_a_sentence_and_that_in_another(
    outer: str, between: str, inner: str
) -> None:
    """Which of two holds the other may be open, `A: B is set` of `A: {b}` and of `{a} is set`; the words are not."""
    assume(outer != between)
    said = filled(outer, filled(between, filled(inner)))
    recalled = restore_sentence(str(said))
    assert recalled == said
    assert words(translate(recalled, "es")) == words(translate(said, "es"))
