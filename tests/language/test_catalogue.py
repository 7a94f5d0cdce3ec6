"""The Spanish catalogue has everything the source says, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

from scripts.messages import PO, list_untranslated, read_catalogue, update_catalogue, write_catalogue

AFTER = "after `make messages`, and with every msgstr filled in, this passes"


@pytest.fixture(scope="module")
def known() -> Catalog:
    return read_catalogue()


def test_the_catalogue_is_what_is_extracted_from_the_source(known: Catalog) -> None:
    assert write_catalogue(update_catalogue(known)).decode() == PO.read_text(encoding="utf-8"), AFTER


def test_every_message_has_its_spanish(known: Catalog) -> None:
    assert list_untranslated(known) == [], AFTER


def test_no_translation_is_a_guess(known: Catalog) -> None:
    assert [message.id for message in known if message.id and message.fuzzy] == []


def test_what_is_compiled_is_what_is_written(known: Catalog) -> None:
    with PO.with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert pairs(compiled) == pairs(known), AFTER


def pairs(catalogue: Catalog) -> dict[str | tuple[str, ...], str | tuple[str, ...]]:
    """English to Spanish, those with two forms as tuples, whatever babel reads them as."""
    return {said(m.id): said(m.string) for m in catalogue if m.id}


def said(forms: str | Iterable[str]) -> str | tuple[str, ...]:
    return forms if isinstance(forms, str) else tuple(forms)


def test_both_languages_have_the_same_fields_in_the_same_form(known: Catalog) -> None:
    both = [(m.id, m.string) if isinstance(m.id, str) else (m.id[-1], m.string[-1]) for m in known if m.id]
    assert [(english, spanish) for english, spanish in both if fields(english) != fields(spanish)] == []


def fields(template: str) -> list[tuple[str, ...]]:
    """The fields of a template, each with its format; of click's oldest message, its names in the older form."""
    if old := re.findall(r"%\((\w+)\)s", template):
        return sorted((name,) for name in old)
    try:
        parsed = [part for part in Formatter().parse(template) if part[1] is not None]
    except ValueError:  # a lone brace: a sentence without fields
        return []
    return sorted((name or "", form or "", conversion or "") for _, name, form, conversion in parsed)


def test_examples_in_help_are_the_same_commands_in_both_languages(known: Catalog) -> None:
    def commands(text: str) -> list[str]:
        return [re.split(r"\s{2,}", line)[0] for line in re.findall(r"^  (\S*gigbulk .*)$", text, re.MULTILINE)]

    told = [(m.id, m.string) for m in known if isinstance(m.id, str) and "\b" in m.id]
    assert told
    assert [english for english, spanish in told if commands(english) != commands(spanish)] == []
