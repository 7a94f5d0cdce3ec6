"""What is said in the code is English that can still be translated."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.language.catalogue import detect_language, translate, translate_all
from pipeline.language.causes import os_cause
from pipeline.language.names import count_things, name_word
from pipeline.language.say import Said, join_said, name_few, say, say_count, say_known


def test_what_was_said_is_english_to_whoever_does_not_ask() -> None:
    said = say("{path} is not TOML: {error}.", path=Path("a.toml"), error="line 3")
    assert said == "a.toml is not TOML: line 3."
    assert f"{said}" == "a.toml is not TOML: line 3."
    assert json.dumps({"message": said}) == '{"message": "a.toml is not TOML: line 3."}'


def test_it_is_translated_when_it_is_shown() -> None:
    said = say("{path} is not TOML: {error}.", path="a.toml", error="line 3")
    assert translate(said, "es") == "a.toml no es TOML: line 3."
    assert translate(said, "en") == "a.toml is not TOML: line 3."


def test_what_a_file_or_a_server_gave_is_never_translated() -> None:
    assert translate("Correct the file.", "es") == "Correct the file."
    assert translate(say("{message} {hint}", message="Correct the file.", hint=""), "es") == "Correct the file. "


def test_a_sentence_within_a_sentence_is_translated_too() -> None:
    inner = say("Correct the file.")
    told = say("{message} {hint}", message=inner, hint=inner)
    assert translate(told, "es") == "Corrija el archivo. Corrija el archivo."


def test_one_and_many_differ_in_both_languages() -> None:
    assert [str(count_things(n, "rows")) for n in (0, 1, 1234)] == ["0 rows", "1 row", "1,234 rows"]
    spanish = [translate(count_things(n, "rows"), "es") for n in (0, 1, 1234)]
    assert spanish == ["0 renglones", "1 renglón", "1,234 renglones"]


def test_added_and_joined_each_part_is_still_translated() -> None:
    row, run = count_things(1, "rows"), count_things(2, "runs")
    assert translate(row + "; " + run, "es") == "1 renglón; 2 corridas"
    assert translate("> " + row, "es") == "> 1 renglón"
    assert translate(join_said(" {} ", [row, "x", run]), "es") == "1 renglón {} x {} 2 corridas"
    assert translate(join_said(", ", []), "es") == ""


def test_a_few_names_are_said_and_the_others_counted() -> None:
    assert name_few(["a", "b"], 2) == "a, b"
    assert translate(name_few(["a", "b", "c"], 2), "es") == "a, b y 1 más"


def test_braces_of_a_value_and_of_a_sentence_without_fields_stay() -> None:
    assert say("{text}: a brace stands alone.", text="{x") == "{x: a brace stands alone."
    kept = say("--keep needs {date} or {run} in -o: else every run replaces the one before.")
    assert "{date}" in kept
    assert "{date}" in translate(kept, "es")


def test_a_name_of_ours_has_a_word_and_a_strange_one_stands_for_itself() -> None:
    assert translate(name_word("in_doubt"), "es") == "en duda"
    assert translate(name_word("something_new"), "es") == "something new"


def test_the_cause_an_operating_system_gives_is_known(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        (tmp_path / "x").read_text()
    assert os_cause(missing.value) == "No such file or directory"
    assert translate(os_cause(missing.value), "es") == "no existe ese archivo o carpeta"
    assert os_cause(OSError()) == "OSError"


@pytest.mark.parametrize("said", [say("{a} {b}", a=1, b=say("Correct the file.")), count_things(3, "rows"), say("x")])
def test_copied_it_can_still_be_translated(said: Said) -> None:
    for other in (copy.copy(said), copy.deepcopy(said)):  # as pickle does it, between processes
        assert (other, translate(other, "es")) == (said, translate(said, "es"))


def test_an_error_keeps_both_its_sentences_to_be_translated() -> None:
    error = InputError(say("There is nothing to import."), say("Name a file."))
    assert str(error) == "There is nothing to import."
    assert translate(error.message, "es") == "No hay nada que importar."
    assert translate(error.hint, "es") == "Nombre un archivo."


def test_in_json_sentences_are_translated_and_nothing_else() -> None:
    lines = [{"name": "state folder", "text": say_count("{count:,} row", "{count:,} rows", 2)}]
    told = {"status": "failed", "error": say("Name a file."), "lines": lines, "rows": 3, "run": None}
    assert translate_all(told, "es") == {
        "status": "failed",
        "error": "Nombre un archivo.",
        "lines": [{"name": "state folder", "text": "2 renglones"}],
        "rows": 3,
        "run": None,
    }


def test_a_text_from_elsewhere_is_translated_where_the_catalogue_knows_it() -> None:
    assert translate(say_known("Permission denied"), "es") == "falta permiso"
    assert translate(say_known("Some text of an API"), "es") == "Some text of an API"
    assert translate(say_known(""), "es") == ""


@pytest.mark.parametrize(
    ("environ", "arguments", "lang"),
    [
        ({"LANG": "es_MX.UTF-8"}, [], "es"),
        ({"LC_MESSAGES": "es", "LANG": "en_US"}, [], "es"),
        ({"LC_ALL": "en_US.UTF-8", "LC_MESSAGES": "es", "LANG": "es"}, [], "en"),
        ({"LC_ALL": "", "LANG": "es"}, [], "es"),
        ({}, [], "en"),
        ({"LANG": "C"}, [], "en"),
        ({"LANG": "fr_FR"}, [], "en"),
        ({"LANG": "es"}, ["check", "--lang", "en"], "en"),
        ({}, ["check", "--lang=es", "x"], "es"),
        ({}, ["check", "es", "--lang"], "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_that_of_the_locale(
    environ: dict[str, str], arguments: list[str], lang: str
) -> None:
    assert detect_language(environ, arguments) == lang
