"""Searching a key by words: what people type finds what they mean, at once."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.sat import frames as catalogs
from schemas.sat.search import search

NOWHERE = Path("no-such-folder")  # the shipped set, whoever runs the tests


@pytest.mark.parametrize(
    ("query", "key", "within"),
    [
        ("consultoría de software", "81111500", 1),
        ("renta de oficina", "80131502", 1),
        ("renta de oficina", "80131500", 3),
        ("desarrollo de programas", "81111504", 3),
        ("flete", "78101800", 10),
        ("honorarios contables", "84111500", 1),
        ("asesoría legal", "94131603", 1),
        ("mantenimiento de aire acondicionado", "72101511", 1),
        ("publicidad en internet", "82101603", 1),
        ("diseño gráfico", "82141502", 1),
        ("limpieza de oficinas", "76111500", 1),
        ("hospedaje", "90111501", 3),
        ("renta de local comercial", "80131502", 1),
        ("servicio de facturación", "84111506", 1),
        ("tornillos", "31161500", 1),
        ("gasolina", "15101506", 1),
        ("laptop", "43211508", 3),
        ("playeras", "53103000", 1),
        ("pieza", "H87", 1),
        ("hora", "HUR", 1),
        ("kg", "KGM", 1),
        ("litros", "LTR", 1),
        ("caja", "XBX", 1),
        ("mes", "MON", 1),
    ],
)
def test_what_people_type_finds_what_they_mean(query: str, key: str, within: int) -> None:
    assert key in [match.key for match in search(query, within, NOWHERE)]


def test_accents_case_order_and_filler_words_do_not_matter() -> None:
    expected = search("publicidad internet", folder=NOWHERE)
    assert expected
    for query in ("PUBLICIDAD EN INTERNET", "  Publicidad, en la Internet ", "internet publicidad"):
        assert search(query, folder=NOWHERE) == expected


@pytest.mark.parametrize(("one", "many"), [("camión", "CAMIONES"), ("tornillo", "tornillos"), ("luz", "luces")])
def test_singular_and_plural_find_the_same(one: str, many: str) -> None:
    assert search(one, folder=NOWHERE) == search(many, folder=NOWHERE)


def test_names_with_all_the_words_come_before_names_with_some() -> None:
    words = [match.words for match in search("mantenimiento de aire acondicionado", 50, NOWHERE)]
    assert words[0] == 3
    assert words == sorted(words, reverse=True)


def test_a_whole_word_comes_before_a_beginning_and_a_beginning_before_the_inside_of_a_word() -> None:
    names = [match.name for match in search("mesa", 400, NOWHERE)]
    assert names.index("Sal de mesa") < names.index("Mesalamina") < names.index("Tornamesas")


def test_a_key_or_its_beginning_finds_keys() -> None:
    assert [match.key for match in search("84111506", folder=NOWHERE)] == ["84111506"]
    assert [match.key for match in search("h87", folder=NOWHERE)] == ["H87"]
    assert all(match.key.startswith("8411") for match in search("8411", folder=NOWHERE))


def test_sats_own_similar_words_are_searched_too() -> None:
    [first, *_] = search("guajolotes", folder=NOWHERE)
    assert (first.key, first.name) == ("10101603", "Pavos vivos")
    assert "Guajolotes" in first.similar


@pytest.mark.parametrize("query", ["", "   ", "¿?", "de la", "zzzzqqq", "日本"])
def test_words_that_are_nowhere_find_nothing(query: str) -> None:
    assert search(query, folder=NOWHERE) == []


def test_no_more_than_the_limit_is_returned() -> None:
    assert len(search("servicio", 3, NOWHERE)) == 3


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=20))
def test_no_text_breaks_the_search(query: str) -> None:
    matches = search(query, 5, NOWHERE)
    assert len(matches) <= 5
    assert all(match.score > 0 for match in matches)


def test_every_key_with_a_name_can_be_found_by_its_key() -> None:
    """The search text and the frames are two copies of the same names: they must not drift apart."""
    named = catalogs.product_keys(NOWHERE).filter("in_workbook").sample(200, seed=7)
    for key, description in named.select("key", "description").rows():
        [match, *_] = search(key, 1, NOWHERE)
        assert (match.key, match.name) == (key, description)


def test_a_search_needs_neither_polars_nor_much_time() -> None:
    """Processor time of import, load and search in a new process, without the interpreter's own start."""
    script = (
        "import time; start = time.process_time()\n"
        "import pathlib, sys, types\n"
        # What the package as a whole imports is the command line's to keep small; here the search alone is measured.
        "package = types.ModuleType('schemas'); package.__path__ = ['schemas']; sys.modules['schemas'] = package\n"
        "from schemas.sat.search import search\n"
        "assert search('consultoría de software', folder=pathlib.Path('nowhere'))\n"
        "assert 'polars' not in sys.modules\n"
        "print(time.process_time() - start)"
    )
    root = Path(__file__).parents[3]
    seconds = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
        seconds.append(float(done.stdout))
    assert min(seconds) < 0.3
