"""The cell styles of a workbook, and marked copies of them: the same style on a red or amber ground.

A cell names its style by a number, the place of an `xf` in `cellXfs` (ECMA-376 part 1, 18.8). A mark is a copy of that
style with another fill, so number formats, fonts and borders stay. The colour the fill had is kept in the fill's second
colour, which programs do not show on a solid ground and Excel keeps when it saves: so a mark can be taken off again.
LibreOffice writes a second colour of its own: there a mark gives way to no fill.
"""

import re

from pipeline.workbook.marks import Level
from pipeline.workbook.xml_text import find_tag

__all__ = ["StyleSheet", "build_stylesheet"]

_TRANSITIONAL = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LEVELS = {level.value.encode(): level for level in Level}
_AFTER_FILLS = (b"borders", b"cellStyleXfs", b"cellXfs")
_AFTER_XFS = (b"cellStyles", b"dxfs", b"tableStyles", b"colors", b"extLst")
_NO_FILL = b'<%sfill><%spatternFill patternType="none"/></%sfill>'
_GRAY = b'<%sfill><%spatternFill patternType="gray125"/></%sfill>'


def build_stylesheet() -> bytes:
    """The styles of a workbook that has none."""
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="%s">'
        b'<fonts count="1"><font/></fonts><borders count="1"><border/></borders>'
        b'<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf/></cellXfs></styleSheet>' % _TRANSITIONAL
    )


class StyleSheet:
    """The styles part, to which marked styles are added by inserting text: what is not understood stays as it is."""

    def __init__(self, data: bytes, *, second_colours: bool = True) -> None:
        """`second_colours` says whether the program that saved the workbook keeps second colours as they were."""
        self._second_colours = second_colours
        found = re.search(rb"<((?:\w+:)?)styleSheet\b", data)
        self._p = found[1] if found else b""
        self._data = data
        self._fills = self._children(b"fills", b"fill")
        self._xfs = self._children(b"cellXfs", b"xf") or [b"<%sxf/>" % self._p]
        self._old_fills, self._old_xfs = len(self._fills), len(self._xfs)
        while len(self._fills) < 2:  # the first two are no fill and dots, whatever they say
            self._fills.append((_GRAY if self._fills else _NO_FILL) % (self._p, self._p, self._p))
        self._marked: dict[tuple[int, Level], int] = {}
        self._fill_ids: dict[bytes, int] = {}
        self._levels = {n: level for n, fill in enumerate(self._fills) if (level := _level(fill)) is not None}
        self._old_levels = frozenset(self._levels)
        self._plain: dict[int, int] = {}
        self._known = {key: n for n, xf in reversed([*enumerate(self._xfs)]) if (key := self._key(xf, _fill_id(xf)))}

    @property
    def changed(self) -> bool:
        return len(self._xfs) != self._old_xfs

    def marked(self, style: int, level: Level) -> int:
        """The number of a style like `style` on the ground of `level`."""
        style = self.unmarked(style)
        key = (style, level)
        if key not in self._marked:
            xf = self._xfs[style]
            old = self._fills[min(_fill_id(xf), len(self._fills) - 1)]
            self._marked[key] = self._add(xf, self._fill(_ground(level, old, self._p)))
        return self._marked[key]

    def unmarked(self, style: int) -> int:
        """The number of the style that `style` was before a mark of ours; itself where it bears none."""
        if style >= len(self._xfs):
            return 0  # some programs number styles they do not write; a reader takes the first
        if not self._levels and style < self._old_xfs:
            return style
        fill = _fill_id(self._xfs[style])
        if fill not in self._levels:
            return style
        if style not in self._plain:
            self._plain[style] = self._add(self._xfs[style], self._fill(self._former(self._fills[fill])))
        return self._plain[style]

    @property
    def marked_styles(self) -> list[int]:
        """The styles by which an earlier run has marked cells."""
        return [n for n, xf in enumerate(self._xfs[: self._old_xfs]) if _fill_id(xf) in self._old_levels]

    def to_bytes(self) -> bytes:
        if not self.changed:
            return self._data
        data = self._grown(self._data, b"fills", self._fills[self._old_fills :], self._fills, _AFTER_FILLS)
        fresh = self._xfs[self._old_xfs :] if self._has(b"cellXfs") else self._xfs
        return self._grown(data, b"cellXfs", fresh, self._xfs, _AFTER_XFS)

    def _has(self, parent: bytes) -> bool:
        return re.search(rb"<%s%s\b[^>]*[^/]>" % (self._p, parent), self._data) is not None

    def _children(self, parent: bytes, child: bytes) -> list[bytes]:
        p = self._p
        inner = re.search(rb"<%s%s\b[^>]*(?<!/)>(.*?)</%s%s>" % (p, parent, p, parent), self._data, re.DOTALL)
        if inner is None:
            return []
        return re.findall(
            rb"<%s%s\b[^>]*/>|<%s%s\b[^>]*>.*?</%s%s>" % (p, child, p, child, p, child), inner[1], re.DOTALL
        )

    def _grown(
        self, data: bytes, parent: bytes, fresh: list[bytes], whole: list[bytes], after: tuple[bytes, ...]
    ) -> bytes:
        """With `fresh` at the end of `parent`, which is made where there is none, before the first of `after`."""
        p = self._p
        opening = re.search(rb"<%s%s\b[^>]*>" % (p, parent), data)
        if opening is not None and not opening[0].endswith(b"/>"):
            end = data.index(b"</%s%s>" % (p, parent), opening.end())
            start = re.sub(rb'\bcount="\d+"', b'count="%d"' % len(whole), opening[0])
            return data[: opening.start()] + start + data[opening.end() : end] + b"".join(fresh) + data[end:]
        made = b'<%s%s count="%d">%s</%s%s>' % (p, parent, len(whole), b"".join(whole), p, parent)
        if opening is not None:
            return data[: opening.start()] + made + data[opening.end() :]
        places = [m.start() for word in after if (m := re.search(rb"<%s%s\b" % (p, word), data))]
        place = min(places, default=data.rindex(b"</%sstyleSheet" % p))
        return data[:place] + made + data[place:]

    def _fill(self, fill: bytes) -> int:
        if fill not in self._fill_ids:
            self._fill_ids[fill] = self._fills.index(fill) if fill in self._fills else len(self._fills)
            if self._fill_ids[fill] == len(self._fills):
                self._fills.append(fill)
                if (level := _level(fill)) is not None:
                    self._levels[self._fill_ids[fill]] = level
        return self._fill_ids[fill]

    def _former(self, fill: bytes) -> bytes:
        """The fill a marked one was made from."""
        p = self._p
        colour = re.search(rb"<%sbgColor\b([^>]*?)/?>" % p, fill) if self._second_colours else None
        if colour is None or b'indexed="64"' in colour[1]:  # 64 is what programs write where they have no colour
            return _NO_FILL % (p, p, p)
        former = b"<%sfgColor%s/>" % (p, colour[1].rstrip())
        return b'<%sfill><%spatternFill patternType="solid">%s</%spatternFill></%sfill>' % (p, p, former, p, p)

    def _add(self, xf: bytes, fill: int) -> int:
        """The number of a style like `xf` on another fill: one that is there already, or a new one."""
        key = self._key(xf, fill)
        if key not in self._known:
            opening, rest = key[0]
            self._known[key] = len(self._xfs)
            self._xfs.append(opening + b' fillId="%d" applyFill="1"' % fill + rest)
        return self._known[key]

    def _key(self, xf: bytes, fill: int) -> tuple[tuple[bytes, bytes], int]:
        """What makes two styles the same: all they say but for the fill, and the fill."""
        opening = find_tag(rb"<%sxf\b[^>]*?(?=/?>)" % self._p, xf)
        plain = re.sub(rb"""\s+(?:fillId|applyFill)\s*=\s*(?:"[^"]*"|'[^']*')""", b"", opening[0]).rstrip()
        return (plain, xf[opening.end() :]), fill


def _fill_id(xf: bytes) -> int:
    found = re.match(rb'<[^>]*?\bfillId="(\d+)"', xf)
    return int(found[1]) if found else 0


def _level(fill: bytes) -> Level | None:
    colour = re.search(rb'fgColor\b[^>]*?\brgb="(\w{8})"', fill)
    return _LEVELS.get(colour[1].upper()) if colour else None


def _ground(level: Level, old: bytes, p: bytes) -> bytes:
    """A solid fill in the colour of the level, with the solid colour that was there before as its second."""
    colour = re.search(rb"<%sfgColor\b([^>]*?)/?>" % p, old) if b'"solid"' in old else None
    former = b"<%sbgColor%s/>" % (p, colour[1].rstrip()) if colour else b""
    mark = b'<%sfgColor rgb="%s"/>' % (p, level.value.encode())
    return b'<%sfill><%spatternFill patternType="solid">%s%s</%spatternFill></%sfill>' % (p, p, mark, former, p, p)
