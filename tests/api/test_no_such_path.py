"""A 404 about the path is no refusal of a record."""

from __future__ import annotations

import pytest

from pipeline.api.no_such_path import says_no_path


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (None, ""),
        (None, "Not Found"),
        (None, "404: Not Found."),
        ("not_found", "Not found"),
        (None, "Cannot POST /v2/payments"),
        ("resource_not_found", "POST /v3/payments: Not Found"),
        (None, "The requested URL was not found on the server."),
        (None, "Route POST:/v2/payments not found"),
        (None, "no such endpoint"),
        (None, "La ruta solicitada no existe"),
    ],
)
def test_words_about_the_path_or_about_nothing_say_that_there_is_no_such_path(code: str | None, text: str) -> None:
    assert says_no_path(code, text)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("resource_not_found", ""),
        ("resource_not_found", "Resource not found"),
        (None, "client not found"),
        (None, "No client with id client_1"),
        (None, "El cliente no existe"),
    ],
)
def test_words_about_something_else_leave_it_to_the_record(code: str | None, text: str) -> None:
    assert not says_no_path(code, text)
