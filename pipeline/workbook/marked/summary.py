"""The sheet that sums up, as XML of its own: a title, what is to be done, and each rule with a cell to go to.

Bold, sizes and the look of a link are written as runs of text, so that the user's styles need none of ours.
"""

from collections.abc import Iterator, Sequence

from pipeline.workbook.marked.styles import StyleSheet
from pipeline.workbook.marks import Summary, SummaryCell, column_letters
from pipeline.workbook.xml_text import escape_text

__all__ = ["build_summary"]

_WIDTHS = (18, 28, 10, 18, 110)
"""In characters; the last column holds whole sentences."""
_TAB = b"FFC00000"
_STRONG = b'<rPr><b/><sz val="%d"/><rFont val="Calibri"/></rPr>'
_LINK = b'<rPr><u/><sz val="11"/><color rgb="FF0563C1"/><rFont val="Calibri"/></rPr>'


def build_summary(summary: Summary, styles: StyleSheet, namespace: bytes) -> bytes:
    """The part of the sheet. `styles` are given the grounds that its words ask for."""
    rows = (
        b'<row r="%d">%s</row>' % (number, b"".join(_cells(row, number, styles)))
        for number, row in enumerate(summary.rows, 1)
    )
    widths = b"".join(
        b'<col min="%d" max="%d" width="%d" customWidth="1"/>' % (n, n, width) for n, width in enumerate(_WIDTHS, 1)
    )
    links = b"".join(_links(summary.rows))
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="%s">'
        b'<sheetPr><tabColor rgb="%s"/><pageSetUpPr fitToPage="1"/></sheetPr><cols>%s</cols><sheetData>%s</sheetData>%s'
        b'<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
        % (namespace, _TAB, widths, b"".join(rows), b"<hyperlinks>%s</hyperlinks>" % links if links else b"")
    )


def _cells(row: Sequence[str | int | SummaryCell], number: int, styles: StyleSheet) -> Iterator[bytes]:
    for column, value in enumerate(row, 1):
        place = b"%s%d" % (column_letters(column).encode(), number)
        if isinstance(value, int):
            yield b'<c r="%s"><v>%d</v></c>' % (place, value)
            continue
        words = value if isinstance(value, SummaryCell) else SummaryCell(value)
        style = b' s="%d"' % styles.marked(0, words.level) if words.level else b""
        yield b'<c r="%s"%s t="inlineStr"><is>%s</is></c>' % (place, style, _text(words, title=number == 1))


def _text(words: SummaryCell, *, title: bool) -> bytes:
    text = b'<t xml:space="preserve">%s</t>' % escape_text(words.text)
    if not (words.strong or words.goes_to):
        return text
    look = _LINK if words.goes_to else _STRONG % (14 if title else 11)
    return b"<r>%s%s</r>" % (look, text)


def _links(rows: Sequence[Sequence[str | int | SummaryCell]]) -> Iterator[bytes]:
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if isinstance(value, SummaryCell) and value.goes_to:
                target = escape_text(value.goes_to).replace(b'"', b"&quot;")
                yield b'<hyperlink ref="%s%d" location="%s"/>' % (column_letters(column).encode(), number, target)
