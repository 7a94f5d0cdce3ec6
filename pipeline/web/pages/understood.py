"""Step 2: what was understood of the files, the questions they leave open, and what is said of their columns."""

from typing import Any

from starlette.responses import Response

from pipeline.source.columns.meanings import list_fields
from pipeline.web.benches import BenchError
from pipeline.web.kept.baskets import Answers, Basket
from pipeline.web.site import Visit
from schemas import RESOURCE_NAMES

__all__ = ["answer", "show"]

PAGE_PATIENCE_S = 2.0
"""Seconds a page waits for a check before it shows how far it is."""

_WORDS = ("as_resource", "sheet", "dates", "decimal", "total_with_tax", "encoding")


async def show(visit: Visit) -> Response:
    """What was understood; while it is still read, how far; where it cannot be used, the question to be answered."""
    basket, bench = visit.basket, visit.bench
    common: dict[str, Any] = {
        "step": "understood",
        "basket": basket,
        "fields": list_fields(),
        "resources": RESOURCE_NAMES,
    }
    try:
        told = await bench.opened(PAGE_PATIENCE_S)
    except BenchError as error:
        if not error.of_file:
            raise
        looked = await bench.look()
        return visit.page("question.html", error=error.told, tables=looked, **common)
    if told is None:
        return visit.page("reading.html", progress=bench.progress, **common)
    return visit.page("understood.html", told=await bench.ask("understood"), **common)


async def answer(visit: Visit) -> Response:
    """Keep what the form says of the files, and have them checked anew under it."""
    basket = visit.basket
    basket.answer(_read_answers(visit, basket))
    await visit.bench.check_again()
    return visit.go(f"/b/{basket.name}/{'correct' if visit.form.get('next') else 'understood'}")


def _read_answers(visit: Visit, basket: Basket) -> Answers:
    """The form's words over those given before. A field is said of a column as `map:HEADING`, of all rows as
    `set:FIELD`; an empty one takes back what was said. A choice is `choice=FLAG:VALUE`."""
    form, before = visit.form, basket.answers
    words = {name: form[name] or None if name in form else getattr(before, name) for name in _WORDS}
    map_, set_ = dict(before.map), dict(before.set)
    for name, value in form.items():
        kind, _, about = name.partition(":")
        if kind in ("map", "set") and about:
            pairs = map_ if kind == "map" else set_
            pairs.pop(about, None)
            if value.strip():
                pairs[about] = value.strip()
        elif kind == "column" and value:  # a field that had none
            map_[value] = about
    flag, _, chosen = form.get("choice", "").partition(":")
    if flag in ("map", "set"):
        about, _, value = chosen.rpartition("=") if flag == "map" else chosen.partition("=")
        (map_ if flag == "map" else set_)[about] = value
    elif flag in _WORDS:
        words[flag] = chosen
    if form.get("set_field") and form.get("set_value", "").strip():
        set_[form["set_field"]] = form["set_value"].strip()
    return Answers(**words, map=map_, set=set_, save_mapping="save_mapping" in form)
