"""Notes on cells: the list of comments and the drawing of their boxes, ours added to the user's and taken off again.

A note is two things in two parts: its text (ECMA-376 part 1, 18.7) and a box in VML, without which programs do not show
it. The text of ours begins with NOTE_PREFIX. A cell that has the user's note keeps it, with ours under it.
"""

import re
from collections.abc import Iterable, Mapping

from pipeline.workbook.marks import NOTE_PREFIX, column_letters, column_number
from pipeline.workbook.xml_text import escape_text, find_tag, read_attribute, unescape_text

__all__ = ["add_boxes", "add_notes", "build_comments", "build_drawing"]

_PREFIX = NOTE_PREFIX.encode()
_COMMENT = re.compile(rb"<((?:\w+:)?)comment(?=\s)[^>]*>.*?</\1comment>", re.DOTALL)
_RUN = re.compile(rb"<((?:\w+:)?)t\b[^>]*>([^<]*)</\1t>")
_SHAPE = re.compile(rb"<v:shape\b(?![^>]*/>)[^>]*>.*?</v:shape>", re.DOTALL)
_CELL_OF_SHAPE = re.compile(rb"<x:Row>\s*(\d+)\s*</x:Row>.*?<x:Column>\s*(\d+)\s*</x:Column>", re.DOTALL)
_FIRST_SHAPE = 60_000
"""Number of our first box: programs number theirs from 1025 for each sheet."""

NoteCell = tuple[int, int]
"""Row and column, counted from 1."""


def build_comments(namespace: bytes) -> bytes:
    """The list of comments of a sheet that has none."""
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        b'<comments xmlns="%s"><authors></authors><commentList></commentList></comments>' % namespace
    )


def build_drawing() -> bytes:
    """The drawing of boxes of a sheet that has none."""
    return (
        b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        b'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
        b'</o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
        b'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" '
        b'o:connecttype="rect"/></v:shapetype></xml>'
    )


def add_notes(data: bytes, notes: Mapping[NoteCell, str]) -> tuple[bytes, set[NoteCell], set[NoteCell]]:
    """The list with ours in place of those an earlier run left; the cells that need a box, and those that lose it."""
    p = find_tag(rb"<((?:\w+:)?)comments\b", data)[1]
    first = find_tag(rb"<%scommentList\b[^>]*?(?:/>|>(.*)</%scommentList>)" % (p, p), data)
    kept, gone, changed = _users_notes(first[1] or b"")
    if not notes and not changed:
        return data, set(), set()
    head, author = _with_author(data[: first.start()], p)
    fresh = notes.keys() - kept.keys()
    for cell, text in notes.items():
        kept[cell] = _appended(kept[cell], p, text) if cell in kept else _made(cell, p, author, text)
    listed = b"<%scommentList>%s</%scommentList>" % (p, b"".join(kept[cell] for cell in sorted(kept)), p)
    return head + listed + data[first.end() :], fresh - gone, gone - notes.keys()


def _users_notes(listed: bytes) -> tuple[dict[NoteCell, bytes], set[NoteCell], bool]:
    """The user's own notes by cell, the cells that had only ours, and whether there were any words of ours."""
    kept: dict[NoteCell, bytes] = {}
    gone: set[NoteCell] = set()
    changed = False
    for each in _COMMENT.finditer(listed):
        cell = _cell(read_attribute(each[0][: each[0].index(b">") + 1], b"ref") or b"A1")
        comment = _without_ours(each[0])
        changed = changed or comment != each[0]
        if comment is None:
            gone.add(cell)
        else:
            kept[cell] = comment
    return kept, gone, changed


def _with_author(head: bytes, p: bytes) -> tuple[bytes, int]:
    """The part up to its list with us among the authors, and our place among them."""
    names = re.findall(rb"<%sauthor\b[^>]*?(?:/>|>([^<]*)</%sauthor>)" % (p, p), head)
    if b"gigbulk" in names:
        return head, names.index(b"gigbulk")
    made = b"<%sauthor>gigbulk</%sauthor>" % (p, p)
    closing = head.find(b"</%sauthors>" % p)
    if closing >= 0:
        return head[:closing] + made + head[closing:], len(names)
    listed = b"<%sauthors>%s</%sauthors>" % (p, made, p)
    empty = re.search(rb"<%sauthors\s*/>" % p, head)
    if empty is not None:
        return head[: empty.start()] + listed + head[empty.end() :], 0
    return head + listed, 0


def _without_ours(comment: bytes) -> bytes | None:
    """A comment without the words of ours; None where it has no others."""
    text = "".join(unescape_text(run[2]) for run in _RUN.finditer(comment))
    if text.startswith(NOTE_PREFIX):
        return None
    if f"\n{NOTE_PREFIX}" not in text:
        return comment
    ours = rb"<((?:\w+:)?)r>\s*<\1t\b[^>]*>\n%s[^<]*</\1t>\s*</\1r>" % _PREFIX
    return re.sub(rb"\n%s[^<]*(?=<)" % _PREFIX, b"", re.sub(ours, b"", comment))


def _appended(comment: bytes, p: bytes, text: str) -> bytes:
    """The user's note with ours under it. A threaded one is a shadow of what stands elsewhere: it stays as it is."""
    closing = comment.rfind(b"</%stext>" % p)
    if closing < 0 or b"[Threaded comment]" in comment:
        return comment
    words = escape_text(f"\n{NOTE_PREFIX}{text}")
    return (
        comment[:closing] + b'<%sr><%st xml:space="preserve">%s</%st></%sr>' % (p, p, words, p, p) + comment[closing:]
    )


def _made(cell: NoteCell, p: bytes, author: int, text: str) -> bytes:
    reference = f"{column_letters(cell[1])}{cell[0]}".encode()
    words = escape_text(NOTE_PREFIX + text)
    opening = b'<%scomment ref="%s" authorId="%d"><%stext>' % (p, reference, author, p)
    return opening + b'<%st xml:space="preserve">%s</%st></%stext></%scomment>' % (p, words, p, p, p)


def add_boxes(data: bytes, fresh: Iterable[NoteCell], gone: Iterable[NoteCell]) -> bytes:
    """The drawing with a hidden box for each cell of `fresh`, and without those of `gone`."""
    lost = {(row - 1, column - 1) for row, column in gone}

    def kept(shape: re.Match[bytes]) -> bytes:
        place = _CELL_OF_SHAPE.search(shape[0])
        return b"" if place and (int(place[1]), int(place[2])) in lost else shape[0]

    if lost:
        data = _SHAPE.sub(kept, data)
    number = max((int(n) for n in re.findall(rb'"_x0000_s(\d+)"', data)), default=0)
    boxes = [_box(max(number, _FIRST_SHAPE) + n, cell) for n, cell in enumerate(sorted(fresh), 1)]
    end = data.rindex(b"</xml>")
    return data[:end] + b"".join(boxes) + data[end:]


def _box(number: int, cell: NoteCell) -> bytes:
    row, column = cell[0] - 1, cell[1] - 1
    anchor = f"{column + 1}, 15, {max(row - 1, 0)}, 2, {column + 4}, 31, {row + 4}, 1".encode()
    return (
        b'<v:shape id="_x0000_s%d" type="#_x0000_t202" style="position:absolute;visibility:hidden" fillcolor="#ffffe1" '
        b'o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        b'<v:path o:connecttype="none"/><v:textbox/><x:ClientData ObjectType="Note">'
        b"<x:MoveWithCells/><x:SizeWithCells/>"
        b"<x:Anchor>%s</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column>"
        b"</x:ClientData></v:shape>" % (number, anchor, row, column)
    )


def _cell(reference: bytes) -> NoteCell:
    text = reference.decode()
    letters = text.rstrip("0123456789")
    return int(text[len(letters) :]), column_number(letters)
