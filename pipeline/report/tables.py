"""Tables that stay readable on a phone, where each row becomes a card and each cell says its own heading."""

from collections.abc import Sequence

from pipeline.report.markup import Content, Html, element

__all__ = ["table"]

_KINDS = {"n": "number", "s": "short", "t": "text", "w": "wide"}


def table(headings: Sequence[str], rows: Sequence[Sequence[Content]], kinds: str, *, fixed: bool = False) -> Html:
    """`kinds` has a letter for each column: n a number, to the right; s short, kept on one line; t text; w sentences,
    with more room than the rest. `fixed` sets the widths beforehand: one long value cannot squeeze the others,
    and tables below one another line up.
    """
    classes = [_KINDS[kind] for kind in kinds]
    head = [element("th", text, scope="col", class_=kind) for text, kind in zip(headings, classes, strict=True)]
    body = [
        element(
            "tr",
            *(
                element("td", element("div", cell), data_label=heading, class_=kind)
                for cell, heading, kind in zip(row, headings, classes, strict=True)
            ),
        )
        for row in rows
    ]
    return element(
        "table",
        element("thead", element("tr", *head)),
        element("tbody", *body),
        class_="fixed" if fixed else "fluid",
    )
