"""What the journal knows a record by, as text."""

import sqlite3

import msgspec
import pytest

from pipeline.model import Action, RecordKey


@pytest.mark.parametrize(
    ("text", "internal_id", "value", "shown"),
    [
        ("id:c-1", "c-1", "c-1", "c-1"),
        ("id:rfc:X", "rfc:X", "rfc:X", "rfc:X"),
        ("id:", "", "", ""),
        ("rfc:LOAA800101AB1", None, "LOAA800101AB1", "rfc:LOAA800101AB1"),
        ("email:a@b.mx", None, "a@b.mx", "email:a@b.mx"),
        ("name:Corte: dama", None, "Corte: dama", "name:Corte: dama"),
    ],
)
def test_a_key_tells_an_internal_id_from_a_natural_key(
    text: str, internal_id: str | None, value: str, shown: str
) -> None:
    key = RecordKey(text)
    assert (key.internal_id, key.value, key.shown) == (internal_id, value, shown)


def test_a_key_is_the_same_text_wherever_it_is_stored() -> None:
    key = RecordKey.of("c-1")
    assert key == "id:c-1"
    action = Action("clients", key, False, 2, b"{}", {"clientId": ("clients", key)})
    assert msgspec.json.decode(msgspec.json.encode(action), type=Action) == action
    with sqlite3.connect(":memory:") as db:
        assert db.execute("SELECT ?, typeof(?)", (key, key)).fetchone() == ("id:c-1", "text")
    db.close()
