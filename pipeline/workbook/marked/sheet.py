"""A sheet's part, copied as a stream with marks laid over its cells: rows without a mark pass as the bytes they are."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import IO

from pipeline.workbook.marked.styles import StyleSheet
from pipeline.workbook.marks import Level, SheetMarks, column_letters, column_number
from pipeline.workbook.xml_parts.sheet_stream import CELL, SheetStream, find_cells, open_row, split_rows
from pipeline.workbook.xml_text import escape_text, find_tag, read_attribute, set_attribute

__all__ = ["SheetPatch", "find_last_column", "patch_sheet"]

_WIDTHS = (60, 30)
"""Widths of the remark columns, in characters: a sentence, an id of the API."""
_SHEET_DATA = rb"<((?:\w+:)?)sheetData\b"
_AFTER_LEGACY = (
    b"legacyDrawingHF", b"picture", b"oleObjects", b"controls", b"webPublishItems", b"tableParts", b"extLst",
)  # fmt: skip
"""What may follow `legacyDrawing` in a worksheet (ECMA-376 part 1, 18.3.1.99), in order."""


@dataclass(frozen=True, slots=True)
class SheetPatch:
    """All that changes in one sheet. `drawing` is the relationship of notes that are new, in its namespace."""

    marks: SheetMarks
    remark_column: int
    styles: StyleSheet
    drawing: tuple[str, bytes] | None = None

    @property
    def touched(self) -> Collection[int]:
        """The rows that bear a mark; the headings' row where there are remarks."""
        headed = {self.marks.heading_row} if self.marks.remarks else set()
        return self.marks.cells.keys() | self.marks.remarks.keys() | headed

    @property
    def former_remarks(self) -> range:
        """The columns in which an earlier run wrote its remarks."""
        if self.marks.remark_column is None:
            return range(0)
        return range(self.marks.remark_column, self.marks.remark_column + len(self.marks.headings))


def find_last_column(sheet: IO[bytes]) -> int:
    """The number of the last column in which any row has a cell; 0 in an empty sheet."""
    stream = SheetStream(sheet)
    last = (_last_of_row(row) for block in stream.blocks() for row in split_rows(block, stream.prefix))
    return max(last, default=0)


def _last_of_row(row: bytes) -> int:
    prefix = row[1 : row.index(b"row")]
    start = max(row.rfind(form % prefix) for form in (b"<%sc ", b"<%sc>", b"<%sc/>"))
    address = read_attribute(row[start : row.index(b">", start) + 1], b"r") if start >= 0 else None
    if address is not None:
        return column_number(address.rstrip(b"0123456789").decode())
    return max((column for column, _ in find_cells(row)), default=0)


def patch_sheet(source: IO[bytes], target: IO[bytes], patch: SheetPatch) -> None:
    """Copy a sheet's part with its marks. CutShort when it ends in the middle."""
    stream = SheetStream(source)
    target.write(_patch_head(stream.head, patch))
    former, marked, number = _former_marks(patch), patch.touched, 0
    for block in stream.blocks():
        first = block.find(b"<%srow" % stream.prefix)
        target.write(block[:first] if first >= 0 else block)
        for row in split_rows(block, stream.prefix):
            said = read_attribute(row[: row.index(b">") + 1], b"r")
            number = int(said) if said else number + 1
            if number in marked or (former is not None and former.search(row)):
                row = (_mark_addressed(row, number, patch) if former is None else None) or _patch_row(
                    row, number, patch
                )
            target.write(row)
    target.write(_patch_tail(stream.tail, *patch.drawing) if patch.drawing else stream.tail)


def _former_marks(patch: SheetPatch) -> re.Pattern[bytes] | None:
    """What a row holds that an earlier run has marked; None where none has."""
    styles = [b"%d" % style for style in patch.styles.marked_styles]
    words = [rb"""\ss=["'](?:%s)["']""" % b"|".join(styles)] if styles else []
    if patch.marks.remark_column is not None:
        letters = [column_letters(column).encode() for column in patch.former_remarks]
        words.append(rb"""\sr=["'](?:%s)\d""" % b"|".join(letters))
    return re.compile(b"|".join(words)) if words else None


def _mark_addressed(row: bytes, number: int, patch: SheetPatch) -> bytes | None:
    """A row that bears no former mark, its marked cells found by their addresses: the others are not looked at.

    None for the headings, whose look the remark's headings take, for rows that hold more than cells, and where a
    marked cell is not found.
    """
    opening, inner, closing = open_row(row)
    if number == patch.marks.heading_row or b"<!" in inner or b"extLst" in inner:
        return None
    prefix = closing[2 : closing.index(b"row")]
    for column, level in patch.marks.cells.get(number, {}).items():
        at = inner.find(b'<%sc r="%s%d"' % (prefix, column_letters(column).encode(), number))
        found = CELL.match(inner, at) if at >= 0 else None
        if found is None:
            return None
        inner = inner[:at] + _styled(found[0], level, patch.styles) + inner[found.end() :]
    end = max((inner.rfind(tag) + len(tag) for tag in (b"</%sc>" % prefix, b"/>") if tag in inner), default=0)
    added = _remark_cells(patch.marks.remarks.get(number, ()), prefix, number, patch, 0)
    return _without_spans(opening, added) + inner[:end] + added + inner[end:] + closing


def _patch_row(row: bytes, number: int, patch: SheetPatch) -> bytes:
    opening, inner, closing = open_row(row)
    prefix = closing[2 : closing.index(b"row")]
    pieces, at = _marked_cells(inner, number, patch)
    row_style = int(read_attribute(opening, b"s") or 0)
    levels = patch.marks.cells.get(number, {})
    for column in levels.keys() - pieces.keys():
        pieces[column] = _made_cell(prefix, number, column, patch.styles.marked(row_style, levels[column]))
    cells = [pieces[column] for column in sorted(pieces)]
    heading = number == patch.marks.heading_row
    style = _style_of(cells[-1]) if heading and cells else 0
    texts = patch.marks.headings if heading else patch.marks.remarks.get(number, ())
    added = _remark_cells(texts, prefix, number, patch, style)
    return _without_spans(opening, added) + b"".join(cells) + added + inner[at:] + closing


def _remark_cells(texts: Sequence[str], prefix: bytes, number: int, patch: SheetPatch, style: int) -> bytes:
    return b"".join(
        _text_cell(prefix, number, patch.remark_column + n, text, style)
        for n, text in enumerate(texts)
        if text and patch.marks.remarks
    )


def _without_spans(opening: bytes, added: bytes) -> bytes:
    """The opening of a row, which no longer says how far its cells reach."""
    return re.sub(rb'\s+spans="[^"]*"', b"", opening) if added else opening


def _marked_cells(inner: bytes, number: int, patch: SheetPatch) -> tuple[dict[int, bytes], int]:
    """A row's cells by their column, marked or as they were before a mark, without former remarks; where they end."""
    levels = patch.marks.cells.get(number, {})
    pieces: dict[int, bytes] = {}
    at = 0
    for column, found in find_cells(inner):
        if column not in patch.former_remarks:
            pieces[column] = inner[at : found.start()] + _styled(found[0], levels.get(column), patch.styles)
        at = found.end()
    return pieces, at


def _styled(cell: bytes, level: Level | None, styles: StyleSheet) -> bytes:
    old = _style_of(cell)
    new = styles.marked(old, level) if level else styles.unmarked(old)
    return cell if new == old else set_attribute(cell, b"s", b"%d" % new if new else None)


def _style_of(cell: bytes) -> int:
    start = cell.index(b"<")
    return int(read_attribute(cell[start : cell.index(b">", start) + 1], b"s") or 0)


def _made_cell(prefix: bytes, row: int, column: int, style: int) -> bytes:
    return b'<%sc r="%s%d" s="%d"/>' % (prefix, column_letters(column).encode(), row, style)


def _text_cell(prefix: bytes, row: int, column: int, text: str, style: int) -> bytes:
    p = prefix
    opening = b'<%sc r="%s%d"%s t="inlineStr">' % (
        p, column_letters(column).encode(), row, b' s="%d"' % style if style else b"",
    )  # fmt: skip
    return opening + b'<%sis><%st xml:space="preserve">%s</%st></%sis></%sc>' % (p, p, escape_text(text), p, p, p)


def _patch_head(head: bytes, patch: SheetPatch) -> bytes:
    """The declared rectangle reaches over the remark, and the remark's column is wide enough to be read."""
    if not patch.marks.remarks:
        return head
    last = patch.remark_column + len(patch.marks.headings) - 1
    found = re.search(rb"<(?:\w+:)?dimension\b[^>]*>", head)
    corners = (
        re.fullmatch(r"([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?", (read_attribute(found[0], b"ref") or b"").decode())
        if found
        else None
    )
    if found and corners:
        right = column_letters(max(last, column_number(corners[3] or corners[1])))
        reference = f"{corners[1]}{corners[2]}:{right}{corners[4] or corners[2]}".encode()
        head = head[: found.start()] + set_attribute(found[0], b"ref", reference) + head[found.end() :]
    for column, (_, width) in enumerate(zip(patch.marks.headings, _WIDTHS, strict=False), patch.remark_column):
        head = _widen(head, column, width)
    return head


def _widen(head: bytes, column: int, width: int) -> bytes:
    data = find_tag(_SHEET_DATA, head)
    p = data[1]
    wide = b'<%scol min="%d" max="%d" width="%d" customWidth="1"/>' % (p, column, column, width)
    cols = re.search(rb"<%scols\s*>(.*?)</%scols>" % (p, p), head, re.DOTALL)
    if cols is None:
        if re.search(rb"<%scols\b" % p, head):
            return head
        return head[: data.start()] + b"<%scols>%s</%scols>" % (p, wide, p) + head[data.start() :]
    place = cols.start(1)
    for each in re.finditer(rb"<%scol\b[^>]*>" % p, cols[1]):
        lowest, highest = (int(read_attribute(each[0], word) or 0) for word in (b"min", b"max"))
        if lowest <= column <= highest:
            return head  # the user's own width, or one for all the rest of the sheet
        if highest < column:
            place = cols.start(1) + each.end()
    return head[:place] + wide + head[place:]


def _patch_tail(tail: bytes, relation: str, namespace: bytes) -> bytes:
    """With the reference to the drawing of notes, in its place in the order of elements."""
    closing = re.search(rb"</((?:\w+:)?)worksheet\s*>", tail)
    if closing is None:
        return tail
    p = closing[1]
    later = re.search(rb"<%s(?:%s)\b" % (p, b"|".join(_AFTER_LEGACY)), tail)
    place = later.start() if later else closing.start()
    alternative = tail.rfind(b"<mc:AlternateContent", 0, place)
    if alternative >= 0 and tail.find(b"</mc:AlternateContent>", alternative) > place:
        place = alternative
    made = b'<%slegacyDrawing xmlns:r="%s" r:id="%s"/>' % (p, namespace, relation.encode())
    return tail[:place] + made + tail[place:]
