"""What a flow says is said as a person would."""

import pytest

from pipeline.events import format_count


@pytest.mark.parametrize(
    ("count", "what", "said"),
    [(0, "rows", "0 rows"), (1, "rows", "1 row"), (1, "clients", "1 client"), (1234, "payments", "1,234 payments")],
)
def test_one_is_one_and_more_are_many(count: int, what: str, said: str) -> None:
    assert format_count(count, what) == said
