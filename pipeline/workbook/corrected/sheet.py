"""A sheet's part, copied as a stream with some cells changed: rows without one pass as the bytes they are.

A formula gives way to what is written in its cell. One that is shared goes on in the next cell that has it; one that
fills several cells goes, and its values stay, for it would fill the cell again. A cell that is hidden by others it is
merged with is shown: they are merged no longer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from pipeline.workbook.corrected.content import CellContents, Former
from pipeline.workbook.corrected.formulas import Area, read_area, shift_formula
from pipeline.workbook.marks import column_letters
from pipeline.workbook.xml_parts.sheet_stream import SheetStream, find_cells, open_row, split_rows
from pipeline.workbook.xml_text import escape_text, read_attribute, set_attribute, unescape_text

__all__ = ["SheetCorrections", "correct_sheet"]

_FORMULA = re.compile(rb"<((?:\w+:)?)f(?=[\s/>])([^>]*?)(?:/>|>([^<]*)</\1f\s*>)")
_VALUE = re.compile(rb"<(?:\w+:)?v(?=[\s>])[^>]*>[^<]+<")
_FILLING = re.compile(rb"""\st\s*=\s*["'](?:array|dataTable)["']""")
_SHARED = re.compile(rb"""\st\s*=\s*["']shared["']""")
_SPANS = re.compile(rb'\s+spans="[^"]*"')
_BEHIND = 1 << 20
"""A column right of all that a sheet may have."""
_OF_FORMER = {b"": Former.NUMBER, b"n": Former.NUMBER, b"b": Former.BOOLEAN, b"e": Former.NOTHING}


class _Shared(NamedTuple):
    """A shared formula that has lost its first cell: its words, where that stood, and the cells that share it."""

    words: str
    row: int
    column: int
    area: Area


@dataclass(slots=True)
class SheetCorrections:
    """The cells of a sheet that change, by row and column, and how texts become contents.

    Once the sheet is copied `missing` are the rows that it does not have, and `formulas_gone` says whether any went.
    """

    cells: Mapping[int, Mapping[int, str]]
    contents: CellContents
    missing: set[int] = field(default_factory=set)
    formulas_gone: bool = False
    shared: dict[bytes, _Shared] = field(default_factory=dict)
    column_styles: list[tuple[int, int, int]] = field(default_factory=list)


def correct_sheet(source: IO[bytes], target: IO[bytes], sheet: SheetCorrections) -> None:
    """Copy a sheet's part with its corrections. CutShort when it ends in the middle."""
    stream = SheetStream(source)
    sheet.column_styles = list(_column_styles(stream.head))
    sheet.missing = set(sheet.cells)
    target.write(stream.head)
    number = 0
    for block in stream.blocks():
        first = block.find(b"<%srow" % stream.prefix)
        target.write(block[:first] if first >= 0 else block)
        may_fill = _FILLING.search(block) is not None
        for row in split_rows(block, stream.prefix):
            said = read_attribute(row[: row.index(b">") + 1], b"r")
            number = int(said) if said else number + 1
            if number in sheet.cells or (sheet.shared and _SHARED.search(row)) or (may_fill and _FILLING.search(row)):
                row = _Row(sheet, number).correct(row)
            target.write(row)
    target.write(_without_merges(stream.tail, sheet.cells))


def _column_styles(head: bytes) -> Iterator[tuple[int, int, int]]:
    for found in re.finditer(rb"<(?:\w+:)?col\b[^>]*>", head):
        first, last, style = (int(read_attribute(found[0], word) or 0) for word in (b"min", b"max", b"style"))
        if style:
            yield first, last, style


@dataclass(frozen=True, slots=True)
class _Row:
    """One row as it is copied."""

    sheet: SheetCorrections
    number: int

    def correct(self, row: bytes) -> bytes:
        self.sheet.missing.discard(self.number)
        opening, inner, closing = open_row(row)
        prefix = closing[2 : closing.index(b"row")]
        texts = self.sheet.cells.get(self.number, {})
        waiting = sorted(texts, reverse=True)
        pieces: list[bytes] = []
        created, at = False, 0
        for column, found in [*find_cells(inner), (_BEHIND, None)]:
            while waiting and waiting[-1] < column:
                pieces.append(self._create(waiting[-1], texts[waiting.pop()], opening, prefix))
                created = True
            if found is not None:
                pieces += [inner[at : found.start()], self._change(found[0], column, texts.get(column))]
                waiting = [other for other in waiting if other != column]
                at = found.end()
        opening = _SPANS.sub(b"", opening) if created else opening
        return b"".join([opening, *pieces, inner[at:], closing]) if pieces else row

    def _change(self, cell: bytes, column: int, text: str | None) -> bytes:
        return self._keep(cell, column) if text is None else self._replace(cell, column, text)

    def _replace(self, cell: bytes, column: int, text: str) -> bytes:
        """The cell with other contents in its own style."""
        end = cell.index(b">") + 1
        opening = cell[: end - 2].rstrip() + b">" if cell[:end].endswith(b"/>") else cell[:end]
        prefix = opening[1 : opening.index(b"c")]
        self._take_formula(cell, column)
        former, style = _former(cell), int(read_attribute(opening, b"s") or 0)
        for name in (b"t", b"cm", b"vm"):  # the last two say what made the value, and what else belongs to it
            opening = set_attribute(opening, name, None)
        return self._fill(opening, former, style, text, prefix)

    def _create(self, column: int, text: str, row: bytes, prefix: bytes) -> bytes:
        """A cell in the style of its row, or else of its column, as a spreadsheet makes one."""
        style = int(read_attribute(row, b"s") or 0) or next(
            (style for first, last, style in self.sheet.column_styles if first <= column <= last), 0
        )
        address = b"%s%d" % (column_letters(column).encode(), self.number)
        opening = b'<%sc r="%s"%s>' % (prefix, address, b' s="%d"' % style if style else b"")
        return self._fill(opening, Former.NOTHING, style, text, prefix)

    def _fill(self, opening: bytes, former: Former, style: int, text: str, prefix: bytes) -> bytes:
        if text == "":
            return opening[:-1] + b"/>"
        kind, elements = self.sheet.contents.write(text, former, style, prefix)
        typed = set_attribute(opening, b"t", kind) if kind else opening
        return typed + elements + b"</%sc>" % prefix

    def _take_formula(self, cell: bytes, column: int) -> None:
        """Note that a formula goes; one that others share is kept for the next of them."""
        found = _FORMULA.search(cell)
        if found is None:
            return
        self.sheet.formulas_gone = True
        area = read_area((read_attribute(found[2], b"ref") or b"").decode())
        number = read_attribute(found[2], b"si")
        if number is not None and found[3] and area is not None and _SHARED.search(found[2]):
            self.sheet.shared[number] = _Shared(unescape_text(found[3]), self.number, column, area)

    def _keep(self, cell: bytes, column: int) -> bytes:
        """The cell as it is, but for a formula that may not stay so."""
        found = _FORMULA.search(cell)
        if found is None:
            return cell
        shared = self.sheet.shared.get(read_attribute(found[2], b"si") or b"") if _SHARED.search(found[2]) else None
        if shared is not None:
            return cell[: found.start()] + self._share_on(found, shared, column) + cell[found.end() :]
        area = read_area((read_attribute(found[2], b"ref") or b"").decode()) if _FILLING.search(found[2]) else None
        if area is None or not _meets(area, self.sheet.cells):
            return cell
        self.sheet.formulas_gone = True
        return set_attribute(cell[: found.start()] + cell[found.end() :], b"cm", None)

    def _share_on(self, found: re.Match[bytes], shared: _Shared, column: int) -> bytes:
        """The shared formula, written in this cell from now on."""
        prefix, number = found[1], read_attribute(found[2], b"si") or b""
        del self.sheet.shared[number]
        words = shift_formula(shared.words, self.number - shared.row, column - shared.column)
        area = shared.area
        if area.left == area.right:
            area = area._replace(top=self.number)
        elif area.top == area.bottom:
            area = area._replace(left=column)
        corners = f"{column_letters(area.left)}{area.top}:{column_letters(area.right)}{area.bottom}".encode()
        return b'<%sf t="shared" ref="%s" si="%s">%s</%sf>' % (prefix, corners, number, escape_text(words), prefix)


def _former(cell: bytes) -> Former:
    """What a person saw in the cell."""
    kind = read_attribute(cell[: cell.index(b">") + 1], b"t") or b""
    if kind == b"inlineStr":
        return Former.TEXT
    return _OF_FORMER.get(kind, Former.TEXT) if _VALUE.search(cell) else Former.NOTHING


def _meets(area: Area, cells: Mapping[int, Mapping[int, str]]) -> bool:
    """Whether any of the cells stands in the area."""
    rows = range(area.top, area.bottom + 1)
    among = rows if len(rows) < len(cells) else [row for row in cells if row in rows]
    return any(area.left <= column <= area.right for row in among for column in cells.get(row, ()))


def _without_merges(tail: bytes, cells: Mapping[int, Mapping[int, str]]) -> bytes:
    """What follows the rows, without the merges that would hide a corrected cell."""
    merges = re.search(rb"<((?:\w+:)?)mergeCells\b[^>]*>(.*?)</\1mergeCells\s*>", tail, re.DOTALL)
    if merges is None:
        return tail
    filled = {row: {column: "" for column, text in texts.items() if text} for row, texts in cells.items()}
    listed = re.findall(rb"<(?:\w+:)?mergeCell\b[^>]*?(?:/>|>\s*</(?:\w+:)?mergeCell\s*>)", merges[2])
    kept = [merge for merge in listed if not _hides(merge, filled)]
    if len(kept) == len(listed):
        return tail
    opening = set_attribute(tail[merges.start() : merges.start(2)], b"count", b"%d" % len(kept))
    closing = tail[merges.end(2) : merges.end()]
    made = opening + b"".join(kept) + closing if kept else b""
    return tail[: merges.start()] + made + tail[merges.end() :]


def _hides(merge: bytes, filled: Mapping[int, Mapping[int, str]]) -> bool:
    area = read_area((read_attribute(merge, b"ref") or b"").decode())
    if area is None:
        return False
    shown = {column: "" for column in filled.get(area.top, {}) if column != area.left}
    return _meets(area, {**filled, area.top: shown})
