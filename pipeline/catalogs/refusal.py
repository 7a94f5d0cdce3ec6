"""What `schemas.sat` says of a catalogue it cannot use, as a refusal of ours that can be translated."""

from typing import Any

from pipeline.errors import InputError
from pipeline.language.say import Said, say_known
from schemas.sat.editions import CatalogError, Sentence

__all__ = ["refuse_catalog"]


def refuse_catalog(error: CatalogError) -> InputError:
    """A damaged catalogue is a file that cannot be used: exit 3, with what to do."""
    return InputError(_spoken(error.message), _spoken(error.hint))


def _spoken(sentence: Sentence) -> Said:
    fields: dict[str, Any] = {name: say_known(value) for name, value in sentence.fields.items()}
    return Said(sentence.template, fields)
