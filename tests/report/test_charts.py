"""Pictures of numbers: what is drawn is as large as what is counted, and everybody can read it."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.charts import (
    WIDTH,
    Line,
    Share,
    Stack,
    draw_columns,
    draw_lines,
    draw_ranks,
    draw_shares,
)

CSS = files("pipeline.report").joinpath("page.html").read_text("utf-8")
SCHEMES = dict(zip(("light", "dark", "print"), re.findall(r":root \{(.*?)\}", CSS, re.DOTALL), strict=True))


def rectangles(svg: str, axis: str = "width") -> list[float]:
    return [float(size) for size in re.findall(rf'<rect [^>]*\b{axis}="([\d.]+)"', svg)]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    whole = "".join(2 * c for c in colour) if len(colour) == 3 else colour
    parts = [part / 255 for part in bytes.fromhex(whole)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", SCHEMES)
def test_colours_stand_out_from_the_page_as_words_or_shapes_must(scheme: str) -> None:
    """WCAG 2.2: 4.5 for text (1.4.3), 3 for shapes (1.4.11). A status is text of the paper's colour on a shape."""
    colours = dict(re.findall(r"--(\w+): #(\w+)", SCHEMES[scheme]))
    paper = luminance(colours["paper"])
    for name in colours.keys() - {"page", "paper", "line", "tint"}:
        light, dark = sorted((luminance(colours[name]), paper), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, name


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=6).filter(any))
def test_a_bar_is_as_wide_as_the_picture_and_its_parts_are_as_wide_as_they_are_many(sizes: list[int]) -> None:
    widths = rectangles(draw_shares("x", "t", [Share("created", n, str(n)) for n in sizes]))
    present = [n for n in sizes if n]
    assert len(widths) == len(present)
    assert sum(widths) + 2 * (len(present) - 1) == pytest.approx(WIDTH, abs=0.5)
    assert min(widths) > 3
    for a, wide_a in zip(present, widths, strict=True):
        for b, wide_b in zip(present, widths, strict=True):
            assert a > b or wide_a <= wide_b + 0.11


def test_columns_are_as_high_as_they_are_many_on_an_axis_that_ends_in_a_round_number() -> None:
    stacks = [Stack(f"12:00:0{n}", [Share("created", n * 30, "c"), Share("refused", n * 10, "r")]) for n in range(4)]
    svg = draw_columns("x", "t", stacks)
    heights = rectangles(svg, "height")
    assert heights == pytest.approx([heights[1] * part for part in (3, 1, 6, 2, 9, 3)], abs=0.3)
    assert re.findall(r'text-anchor="end">([^<:]+)<', svg) == ["0", "100", "200"]
    assert "12:00:00" in svg
    assert "12:00:03" in svg


def test_a_line_is_broken_where_there_is_no_point() -> None:
    svg = draw_lines("x", "t", [Line("p50", [1, 2, None, 4], ["a", "b", "c", "d"])], ["0", "1", "2", "3"], " ms")
    assert [len(points.split()) for points in re.findall(r'points="([^"]+)"', svg)] == [2, 1]
    assert re.findall(r"<circle.*?<title>(\w)</title>", svg) == ["a", "b", "d"]


def test_ranks_have_a_label_before_and_words_behind_each_bar() -> None:
    svg = draw_ranks("x", "t", [("A", Share("error", 10, "10 errors")), ("B", Share("fix", 5, "5 fixes"))])
    wide, half = rectangles(svg)
    assert half == pytest.approx(wide / 2, abs=0.1)
    assert re.findall(r"<text[^>]*>([^<]+)<", svg) == ["A", "10 errors", "B", "5 fixes"]


@pytest.mark.parametrize("most", [0.004, 0.9, 1, 3, 7.5, 10, 1234, 10**9])
def test_the_end_of_an_axis_is_never_below_what_it_shows(most: float) -> None:
    svg = draw_lines("x", "t", [Line("p50", [most], ["a"])], ["0"], "")
    (y,) = re.findall(r'cy="([\d.]+)"', svg)
    assert 11.9 <= float(y) < 110, "in the upper half"
