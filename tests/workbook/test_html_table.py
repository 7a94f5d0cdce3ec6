"""The table of a page is the one with the most cells that say something; a page's layout is none."""

from __future__ import annotations

import pytest

from pipeline.workbook.html_table import read_largest_table


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        ("", []),
        ("<p>nothing</p>", []),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", [["A", "B"], ["1", "2"]]),
        ("<table><tr><td>1<td>2<tr><td>3<td>4</table>", [["1", "2"], ["3", "4"]]),
        ("<TABLE><TR><TD> a\n b </TD></TR></TABLE>", [["a b"]]),
        ("<table><tr><td>a<br>b</td></tr></table>", [["a b"]]),
        ("<table><tr><td>Jos&eacute; &amp; C&#237;a</td></tr></table>", [["José & Cía"]]),
        ("<table><tr><td colspan=2>a</td><td>b</td></tr></table>", [["a", "", "b"]]),
        ("<table><tr><td colspan=x>a</td><td>b</td></tr></table>", [["a", "b"]]),
        ("<table><tr><td></td><td>b</td></tr></table>", [["", "b"]]),
        ("<table><tr><td>x</td></tr></table><table><tr><td>1</td><td>2</td></tr></table>", [["1", "2"]]),
        ("<table><tr><td><table><tr><td>1</td><td>2</td></tr></table></td></tr></table>", [["1", "2"]]),
        ("<table><tr><td>a<table><tr><td>1</td></tr></table>b</td><td>c</td></tr></table>", [["ab", "c"]]),
        ("<td>outside</td>", []),
    ],
)
def test_the_cells_of_the_largest_table_are_read_as_they_are_shown(page: str, rows: list[list[str]]) -> None:
    assert read_largest_table([page]) == rows
    assert read_largest_table(page) == rows, "letter by letter"
