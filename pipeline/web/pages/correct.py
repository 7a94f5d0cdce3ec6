"""Step 3: the rows, failing ones first; a cell is corrected in its place, and its record judged again at once."""

from typing import Any

from starlette.responses import Response

from pipeline.errors import InputError
from pipeline.language.say import say
from pipeline.web.benches import BenchError
from pipeline.web.catalogue import find_keys, is_coded
from pipeline.web.pages.understood import PAGE_PATIENCE_S
from pipeline.web.site import Visit

__all__ = ["check_again", "edit", "show", "show_keys", "undo"]

WINDOW = 200
"""Rows a page shows."""

_SHOWN = ("errors", "warnings", "all")


async def show(visit: Visit) -> Response:
    """One window of the rows of one table."""
    basket, bench = visit.basket, visit.bench
    try:
        told = await bench.opened(PAGE_PATIENCE_S)
    except BenchError:
        return visit.go(f"/b/{basket.name}/understood")
    common: dict[str, Any] = {"step": "correct", "basket": basket}
    if told is None:
        return visit.page("reading.html", progress=bench.progress, **common)
    query = visit.request.query_params
    counts = (await bench.ask("count"))["by_table"]
    failing = next((number for number, count in enumerate(counts) if count["errors"]), 0)
    table = _number(query.get("table", str(failing)), len(counts) - 1)
    show = query.get("show", "errors")
    start = _number(query.get("from"), 1 << 31)
    window = await bench.ask("window", table=table, show=show if show in _SHOWN else "errors", start=start, size=WINDOW)
    columns = told["tables"][table]["columns"]
    return visit.page(
        "correct.html",
        told=told,
        by_table=counts,
        table=table,
        columns=columns,
        window=window,
        show=show,
        size=WINDOW,
        editing=_number(query.get("edit"), 1 << 31),
        coded=_list_coded(columns),
        **common,
    )


async def edit(visit: Visit) -> Response:
    """Lay one correction over the files."""
    form = visit.form
    try:
        table, line, heading = int(form["table"]), int(form["line"]), form["heading"]
    except (KeyError, ValueError) as error:
        raise InputError(say("This form lacks what it is about."), say("Go back, and try again.")) from error
    told = await visit.bench.ask(
        "edit",
        table=table,
        line=line,
        heading=heading,
        value=" ".join(form.get("value", "").splitlines()),  # a line more would move those below it
        same=form.get("same") == "1",
        who=visit.user.name,
    )
    return await _answer(visit, table, told)


async def undo(visit: Visit) -> Response:
    """Take the last correction back."""
    told = await visit.bench.ask("undo")
    return await _answer(visit, told.get("table", 0), told)


async def check_again(visit: Visit) -> Response:
    """Check all of it anew, with the corrections so far: what depends on other rows is known then."""
    await visit.bench.check_again()
    return visit.go(f"/b/{visit.basket.name}/correct")


async def show_keys(visit: Visit) -> Response:
    """Keys of a field's catalogue that fit some words: beside the cell, or without script on a page of their own."""
    query = visit.request.query_params
    field, words = query.get("field", ""), query.get("q", "")
    template = "catalogue.html" if visit.swaps else "keys.html"
    return visit.page(template, found=find_keys(field, words), field=field, query=words, basket=visit.basket)


async def _answer(visit: Visit, table: int, told: dict[str, Any]) -> Response:
    """With script the rows that changed and the counts; else the page anew."""
    show, start = visit.form.get("show", "errors"), _number(visit.form.get("from"), 1 << 31)
    if not visit.swaps or len(told["lines"]) > 1:
        row = f"#row-{told['lines'][0]}" if told["lines"] else ""
        # the number of corrections makes each address another: a browser that stands at the same one loads nothing
        query = f"table={table}&show={show}&from={start}&edits={told['edits']}"
        return visit.go(f"/b/{visit.basket.name}/correct?{query}{row}")
    understood = await visit.bench.ask("understood")
    columns = understood["tables"][table]["columns"]
    return visit.page(
        "rows.html",
        table=table,
        columns=columns,
        tables=understood["tables"],
        told=told,
        window=told,
        show=show,
        start=start,
        coded=_list_coded(columns),
        basket=visit.basket,
    )


def _list_coded(columns: list[dict[str, Any]]) -> list[str]:
    """The headings whose cells are keys of a catalogue that can be searched."""
    return [column["heading"] for column in columns if column["field"] and is_coded(column["field"])]


def _number(text: str | None, most: int) -> int:
    return min(int(text), max(most, 0)) if text is not None and text.isdecimal() else 0
