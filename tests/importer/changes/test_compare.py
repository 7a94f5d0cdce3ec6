"""What the account holds otherwise than a file says: only what the file says counts, numbers by their value."""

import json
from typing import Any

import pytest
from builders import an_action
from hypothesis import given
from hypothesis import strategies as st

from pipeline.importer.changes.compare import compare_record
from schemas.dialects import dialect

CLIENT = dialect("2026").endpoints["clients"].creates[0]
SERVICE = dialect("2026").endpoints["services"].creates[0]


def compared(said: dict[str, Any], held: dict[str, Any], create: Any = CLIENT) -> Any:
    action = an_action("id:c1", resource="clients", body=json.dumps(said).encode())
    return compare_record(action, held, create, "client_1")


def test_only_members_that_differ_are_sent_with_their_old_values_beside() -> None:
    change = compared({"name": "Ana", "email": "b@x.mx"}, {"id": "client_1", "name": "Ana", "email": "a@x.mx"})
    assert json.loads(change.body) == {"email": "b@x.mx"}
    assert change.differences == (("email", "a@x.mx", "b@x.mx"),)


def test_what_the_file_does_not_say_and_how_a_record_is_searched_for_is_no_difference() -> None:
    assert compared({"name": "Ana", "search": {"on_key": "tax_id"}}, {"name": "Ana", "phone": "55"}) is None


def test_an_object_is_sent_whole_with_what_the_account_holds_of_it() -> None:
    change = compared({"address": {"zip": "06700"}}, {"address": {"zip": "06600", "street": "Reforma 1"}})
    assert json.loads(change.body) == {"address": {"zip": "06700", "street": "Reforma 1"}}
    assert change.differences == (("address.zip", "06600", "06700"),)


@pytest.mark.parametrize("held", [None, {}])
def test_an_object_the_account_lacks_is_new(held: Any) -> None:
    change = compared({"metadata": {"reference": "R-1"}}, {"metadata": held})
    assert change.differences == (("metadata.reference", None, "R-1"),)


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({"unit_price": 100}, {"unit_price": 100.0}),
        ({"unit_price": 100.5}, {"unit_price": "100.50"}),
        ({"taxes": [{"type": "IVA", "rate": 0.16}]}, {"taxes": [{"type": "IVA", "rate": "0.16", "base": 100}]}),
    ],
)
def test_numbers_are_the_same_by_their_value_and_more_members_do_no_harm(said: Any, held: Any) -> None:
    assert compared(said, held, SERVICE) is None


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({"taxes": [{"rate": 0.16}]}, {"taxes": [{"rate": 0.08}]}),
        ({"taxes": [{"rate": 0.16}]}, {"taxes": [{"rate": 0.16}, {"rate": 0.1}]}),
        ({"unit_price": 1}, {"unit_price": True}),
        ({"name": "ana"}, {"name": "Ana"}),
        ({"unit_price": 1}, {"unit_price": "mucho"}),
    ],
)
def test_other_values_other_lists_and_other_kinds_differ(said: Any, held: Any) -> None:
    assert compared(said, held, SERVICE) is not None


_VALUES = st.recursive(
    st.text(max_size=4) | st.integers(-9, 9) | st.booleans(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(said=st.dictionaries(st.sampled_from("abc"), _VALUES), held=st.dictionaries(st.sampled_from("abcd"), _VALUES))
def test_once_what_is_sent_stands_in_the_record_nothing_differs_any_more(said: Any, held: Any) -> None:
    change = compared(said, held)
    assert change is None or compared(said, held | json.loads(change.body)) is None
