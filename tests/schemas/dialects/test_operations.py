"""What can be done with each resource, as the declarations say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.dialects import DIALECTS
from schemas.dialects.operations import EVERY_VERB, dialects_that, operations, page

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


def test_the_page_is_what_the_declarations_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_verb_of_every_resource_says_what_proves_and_what_repeats_it() -> None:
    said = {verb for spoken in DIALECTS.values() for e in spoken.endpoints.values() for verb in operations(e)}
    assert said == EVERY_VERB.keys()
    assert all(all(told) for told in EVERY_VERB.values())


@pytest.mark.parametrize(
    ("verb", "resource", "where"),
    [
        ("create", "payments", ("2025-06", "2026")),
        ("update", "clients", ("2026",)),
        ("delete", "clients", ("2026",)),
        ("delete", "receipts", ("2025-06", "2026")),
        ("delete", "invoices", ()),
        ("paid", "payments", ("2026",)),
        ("list", "users", ("2026",)),
        ("list", "nobody", ()),
    ],
)
def test_it_is_known_in_which_generations_it_can_be_done(verb: str, resource: str, where: tuple[str, ...]) -> None:
    assert dialects_that(verb, resource) == where
