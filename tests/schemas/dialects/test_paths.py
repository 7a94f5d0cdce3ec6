"""Paths as dialects write them."""

from __future__ import annotations

import pytest

from schemas.dialects.paths import split_path


@pytest.mark.parametrize(
    ("path", "steps"),
    [("name", ("name",)), ("client.rfc", ("client", "rfc")), ("items.taxes.rate", ("items", "taxes", "rate"))],
)
def test_a_path_is_read_step_by_step_from_the_outside(path: str, steps: tuple[str, ...]) -> None:
    assert split_path(path) == steps
