"""The table of a web page: what banks and office programs send under the name of a workbook."""

from collections.abc import Iterable
from html.parser import HTMLParser

from pipeline.errors import InputError
from pipeline.language.say import say

__all__ = ["read_largest_table"]

_MOST_CELLS = 5_000_000


class _Tables(HTMLParser):
    """Collects the rows of every table. What stands in a table within a cell is that table's, not the cell's."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[list[list[str]]] = []
        self._open: list[list[list[str]]] = []
        self._around: list[tuple[list[str] | None, int]] = []  # of each open table, the cell it stands in
        self._cell: list[str] | None = None
        self._span = 1
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append([])
            self._around.append((self._cell, self._span))
            self._cell = None
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open and self._open[-1]:
            self._end_cell()
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 1_000) if span.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self._open:
            self.found.append(self._open.pop())
            self._cell, self._span = self._around.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None or not self._open:
            return
        self._cells += self._span
        if self._cells > _MOST_CELLS:
            raise InputError(say("The page's table has more than five million cells."), say("Export it as CSV."))
        self._open[-1][-1] += [" ".join("".join(self._cell).split()), *[""] * (self._span - 1)]
        self._cell = None


def read_largest_table(pieces: Iterable[str]) -> list[list[str]]:
    """The rows of the page's largest table, texts without their layout; none where it has no table."""
    parser = _Tables()
    for piece in pieces:
        parser.feed(piece)
    parser.close()
    return max(parser.found, key=lambda rows: sum(bool(cell) for row in rows for cell in row), default=[])
