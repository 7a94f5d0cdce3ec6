"""Pictures of numbers as SVG inside the page: no script, no fixed colours, a name for those who cannot see them.

Colours are classes of page.html, so that a dark screen and paper have their own. A word stands beside every colour.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from pipeline.report.markup import Html, element

__all__ = ["Line", "Share", "Stack", "draw_columns", "draw_lines", "draw_ranks", "draw_shares"]

WIDTH, HEIGHT = 720, 190
"""Of a picture, in units that the page stretches to its own width."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 10, 12, 26
"""Margins of a picture with axes."""

_WIDEST = 60
"""Of a column: of two, neither fills half a page."""

_BAR, _GAP, _LEAST = 26, 2, 4
"""Height of a bar, the room between two parts, the least width of a part that is not nothing."""

_RANK, _LABEL, _NUMBER = 24, 270, 120
"""Height of a row of ranks; room for its label on the left and for its number on the right."""


class Share(NamedTuple):
    """A share of a whole: its class (its colour), its size, what it says when it is pointed at."""

    kind: str
    size: int
    said: str


class Stack(NamedTuple):
    """One slot of time: its label on the axis, and its parts, one on the other."""

    label: str
    parts: Sequence[Share]


class Line(NamedTuple):
    """A line of points, one a slot, in the unit of the axis; None where there is none."""

    kind: str
    points: Sequence[float | None]
    said: Sequence[str]


def draw_shares(name: str, title: str, parts: Sequence[Share]) -> Html:
    """One bar of all parts, side by side. A part that is small is shown larger than it is, never left out."""
    present = [part for part in parts if part.size]
    total = sum(part.size for part in present)
    room = WIDTH - _GAP * (len(present) - 1)
    wished = [max(_LEAST, room * part.size / total) for part in present]
    pieces, x = [], 0.0
    for part, width in zip(present, wished, strict=True):
        width *= room / sum(wished)
        pieces.append(_rectangle(part, x, 0, width, _BAR))
        x += width + _GAP
    return _picture(name, title, _BAR, *pieces)


def draw_columns(name: str, title: str, columns: Sequence[Stack]) -> Html:
    """Stacked columns over time, with an axis of whole numbers."""
    top = _round_up(max(2, *(sum(part.size for part in column.parts) for column in columns)))
    step = _step(len(columns))
    width = min(step - _GAP, _WIDEST)
    pieces = []
    for number, column in enumerate(columns):
        y = float(HEIGHT - _BOTTOM)
        for part in column.parts:
            height = _scale(part.size, top)
            y -= height
            if part.size:
                pieces.append(_rectangle(part, _LEFT + (number + 0.5) * step - width / 2, y, width, height))
    labels = [column.label for column in columns]
    return _picture(name, title, HEIGHT, *_axes(top, labels, ""), *pieces)


def draw_lines(name: str, title: str, lines: Sequence[Line], labels: Sequence[str], unit: str) -> Html:
    """Lines over time, broken where there is no point."""
    top = _round_up(max(point for line in lines for point in line.points if point is not None))
    step = _step(len(labels))
    pieces: list[Html] = []
    for line in lines:
        places = [
            None if point is None else (_LEFT + (number + 0.5) * step, HEIGHT - _BOTTOM - _scale(point, top))
            for number, point in enumerate(line.points)
        ]
        for there, run in groupby(places, key=lambda place: place is not None):
            if there:
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in filter(None, run))
                pieces.append(element("polyline", points=path, class_=f"line {line.kind}"))
        pieces += [
            element("circle", element("title", said), cx=f"{x:.1f}", cy=f"{y:.1f}", r=3, class_=f"point {line.kind}")
            for place, said in zip(places, line.said, strict=True)
            if place is not None
            for x, y in [place]
        ]
    return _picture(name, title, HEIGHT, *_axes(top, labels, unit), *pieces)


def draw_ranks(name: str, title: str, rows: Sequence[tuple[str, Share]]) -> Html:
    """Horizontal bars, a label before each and its words behind it."""
    most = max(part.size for _, part in rows)
    room = WIDTH - _LABEL - _NUMBER
    pieces = []
    for number, (label, part) in enumerate(rows):
        y = number * _RANK
        width = max(_LEAST, room * part.size / most)
        middle = y + _RANK // 2 + 4
        pieces += [
            element("text", label, x=_LABEL - 8, y=middle, text_anchor="end", class_="label"),
            _rectangle(part, _LABEL, y + 4, width, _RANK - 8),
            element("text", part.said, x=f"{_LABEL + width + 8:.1f}", y=middle),
        ]
    return _picture(name, title, len(rows) * _RANK, *pieces)


def _picture(name: str, title: str, height: int, *pieces: Html) -> Html:
    """`name` is its own on the page: those who hear the page are told the title by it."""
    told = element("title", title, id=f"{name}-title")
    return element(
        "svg", told, *pieces, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_labelledby=f"{name}-title",
        class_="chart",
    )  # fmt: skip


def _rectangle(part: Share, x: float, y: float, width: float, height: float) -> Html:
    size = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    return element("rect", element("title", part.said), **size, class_=f"part {part.kind}")


def _axes(top: float, labels: Sequence[str], unit: str) -> Iterator[Html]:
    """Three lines with their numbers; the first, the middle and the last label."""
    for share in (0.0, 0.5, 1.0):
        y = HEIGHT - _BOTTOM - _scale(top * share, top)
        yield element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid")
        yield element("text", _mark(top * share) + unit, x=_LEFT - 6, y=f"{y + 4:.1f}", text_anchor="end")
    step = _step(len(labels))
    for number in sorted({0, len(labels) // 2, len(labels) - 1}):
        anchor = "middle" if 0 < number < len(labels) - 1 or len(labels) == 1 else "end" if number else "start"
        edge = {"middle": 0.5, "end": 1.0, "start": 0.0}[anchor]
        x = f"{_LEFT + (number + edge) * step:.1f}"
        yield element("text", labels[number], x=x, y=HEIGHT - 8, text_anchor=anchor)


def _mark(number: float) -> str:
    return f"{number:,.0f}" if number == round(number) else f"{number:g}"


def _step(count: int) -> float:
    """The width of one slot."""
    return (WIDTH - _LEFT - _RIGHT) / count


def _scale(size: float, top: float) -> float:
    return (HEIGHT - _TOP - _BOTTOM) * size / top


def _round_up(number: float) -> float:
    """The end of an axis: 1, 2, 4, 6 or 10 of a power of ten, whose half is as short."""
    power = 10.0 ** math.floor(math.log10(number))
    return next(step * power for step in (1, 2, 4, 6, 10) if step * power >= number * 0.999999)
