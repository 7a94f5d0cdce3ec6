"""Rules that a record breaks by the API's own word: it said no to creating it, or to changing it."""

from schemas.spec import INTERNAL_ID, Rule, Text

__all__ = ["CHANGE_REFUSED", "REFUSED"]

REFUSED = Rule(
    "API-REFUSED",
    INTERNAL_ID,
    None,
    Text("No se creó: {value}.", "Not created: {value}."),
    Text("Corrija lo que dice la API e importe este archivo.", "Correct what the API names, then import this file."),
)

CHANGE_REFUSED = Rule(
    "API-CHANGE",
    INTERNAL_ID,
    None,
    Text("No se cambió en la cuenta: {value}.", "Not changed in the account: {value}."),
    Text("Corrija lo que dice la API e importe este archivo.", "Correct what the API names, then import this file."),
)
