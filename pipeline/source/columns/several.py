"""Lists and objects where the API takes one value: of several values none is known to be the one that is meant."""

from collections.abc import Collection, Mapping

from pipeline.errors import InputError
from pipeline.formats import Shape
from pipeline.language.say import say
from pipeline.source.columns.heading_text import fold_heading, repair_heading
from pipeline.source.columns.meanings import ITEMS, list_meanings
from schemas import resource
from schemas.spec import Kind

__all__ = ["refuse_lists", "refuse_objects"]


def refuse_objects(label: str, shape: Shape, mapped: Collection[str], name: str) -> None:
    """InputError for an object in place of a value: its members have other headings, and would be left out.

    Not where one of its members is understood, or said by the user: `mapped` are the headings he speaks of.
    """
    known = {word: meanings[0].field for word, meanings in list_meanings(name).items()}
    above = {c.field[:at] for c in resource(name).columns for at, char in enumerate(c.field) if char == "."}
    understood = {*mapped, *(h for h in shape.headings if _fold(h) in known)}
    for heading, dtype in shape.several.items():
        if heading in shape.headings or heading in above or known.get(_fold(heading)) not in _single(name):
            continue
        if not any(member.startswith(f"{heading}.") for member in understood):
            raise _several(label, heading, dtype)


def refuse_lists(label: str, shape: Shape, fields: Mapping[str, str], name: str) -> None:
    """InputError for a list in place of a value: it would be sent as the text `["a"]`."""
    for heading, dtype in shape.several.items():
        if fields.get(heading) in _single(name):
            raise _several(label, heading, dtype)


def _fold(heading: str) -> str:
    return fold_heading(repair_heading(heading))


def _single(name: str) -> set[str]:
    return {c.field for c in resource(name).columns if c.kind not in (Kind.MAP, Kind.TAXES)} - {ITEMS}


def _several(label: str, heading: str, dtype: str) -> InputError:
    return InputError(
        say("{label}: '{heading}' holds {dtype}, and is one value.", label=label, heading=heading, dtype=dtype),
        say("Store one value of each row in that column, as text."),
    )
