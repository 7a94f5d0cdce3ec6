"""Lists and objects of JSON where the API takes one value: refused with their type, never sent as text or left out."""

from __future__ import annotations

from typing import Any

import pytest
from builders import Files, a_client, inspect_table

from pipeline.errors import InputError

SEVERAL: dict[str, tuple[dict[str, Any], str]] = {
    "a list": ({"phone": ["5555555555"]}, "'phone' holds an array"),
    "an empty list": ({"phone": []}, "'phone' holds an array"),
    "a list within an object": ({"address": {"zip": ["26015"]}}, "'address.zip' holds an array"),
    "an object": ({"name": {"a": "x"}}, "'name' holds an object"),
    "an object under a Spanish heading": ({"Teléfono": {"red": "55"}}, "'Teléfono' holds an object"),
    "an object as an id": ({"metadata": {"internalId": {"a": "1"}}}, "'metadata.internalId' holds an object"),
}


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(("members", "said"), SEVERAL.values(), ids=SEVERAL)
def test_several_values_of_json_in_a_column_of_one_are_refused_with_their_type(
    members: dict[str, Any], said: str, later: bool, files: Files
) -> None:
    taken = {"internalId"} if "metadata" in members else {*members}
    row = {name: cell for name, cell in a_client().items() if name not in taken} | members
    path = files.jsonl([a_client() | ({"phone": "55"} if "phone" in members else {})] * later + [row])
    with pytest.raises(InputError) as caught:
        inspect_table(path, path.name)
    assert caught.value.message == f"clients.jsonl: {said}, and is one value."


@pytest.mark.parametrize(
    "members", [{"address": {"city": "Ensenada"}}, {"metadata": {"tags": ["a"]}}, {"name": "[a]"}, {"extra": {"a": 1}}]
)
def test_objects_of_several_fields_and_texts_that_look_like_lists_are_read(
    members: dict[str, Any], files: Files
) -> None:
    path = files.jsonl([a_client() | members])
    assert inspect_table(path, path.name).rows == 1
