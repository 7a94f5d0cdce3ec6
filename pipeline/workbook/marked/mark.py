"""The same workbook with marks: every part that no mark touches is copied as the bytes it was."""

import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from pipeline.errors import InputError
from pipeline.language.say import say
from pipeline.workbook.marked.notes import add_boxes, add_notes, build_comments, build_drawing
from pipeline.workbook.marked.sheet import SheetPatch, find_last_column, patch_sheet
from pipeline.workbook.marked.styles import StyleSheet, build_stylesheet
from pipeline.workbook.marked.summary import build_summary
from pipeline.workbook.marks import SUMMARY_SHEET, SheetMarks, Summary
from pipeline.workbook.package import CONTENT_TYPES, Package, SheetPart, build_entry, open_package, rels_path
from pipeline.workbook.xml_parts.sheet_stream import CutShort
from pipeline.workbook.xml_text import find_tag, read_attribute

__all__ = ["mark_workbook"]

_CHUNK = 1 << 20
_PACK = 4
"""Compression of what is written anew: three quarters of the time of zlib's usual 6 for a few per cent more bytes."""
_TYPES = "application/vnd.openxmlformats-officedocument."
_NAMESPACES = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_RELATIONS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
"""Namespaces of transitional and of strict files."""

Writer = Callable[[IO[bytes]], None]


def mark_workbook(source: Path, target: Path, sheets: Sequence[SheetMarks], summary: Summary | None = None) -> None:
    """Write `source` with marks to `target`: one SheetMarks a sheet, marks of an earlier run taken off first.

    Memory: the styles, the notes and one row at a time; the marks themselves. InputError when the workbook is damaged.
    """
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, True, _PACK) as out:
        changes = _Changes(archive, open_package(archive, source.name))
        try:
            for marks in sheets:
                changes.mark(marks)
            if summary is not None:
                changes.add_summary(summary)
            changes.write(out)
        except CutShort as error:
            raise InputError(
                say("{source} is damaged inside: a sheet ends in the middle.", source=source.name),
                say("Open it in Excel and save it again."),
            ) from error


class _Changes:
    """The parts that will differ: small ones as bytes, sheets as a way to write them."""

    def __init__(self, archive: zipfile.ZipFile, package: Package) -> None:
        self._archive, self._package = archive, package
        self._parts: dict[str, bytes] = {}
        self._sheets: dict[str, SheetPatch] = {}
        self._strict = b"purl.oclc.org/ooxml" in archive.read(package.workbook)[:2000]
        styles = archive.read(package.styles) if package.styles else build_stylesheet()
        self._styles = StyleSheet(styles, second_colours=not package.application.startswith("LibreOffice"))

    def mark(self, marks: SheetMarks) -> None:
        sheet = self._package.sheet(marks.sheet)
        column = marks.remark_column
        if column is None:
            with self._archive.open(sheet.part) as stream:
                marked = (column for columns in marks.cells.values() for column in columns)
                column = max(find_last_column(stream), *marked, 0) + 1
        drawing = self._notes(sheet, marks)
        self._sheets[sheet.part] = SheetPatch(marks, column, self._styles, drawing)

    def _notes(self, sheet: SheetPart, marks: SheetMarks) -> tuple[str, bytes] | None:
        """Put the notes in the sheet's list; the relationship of its drawing, where the sheet has none yet."""
        comments, boxes = sheet.related("comments"), sheet.related("vmlDrawing")
        if not marks.notes and comments is None:
            return None
        old = self._archive.read(comments) if comments else build_comments(_NAMESPACES[self._strict])
        listed, fresh, gone = add_notes(old, marks.notes)
        if not marks.notes and not gone and listed == old:
            return None
        number = self._package.sheets.index(sheet) + 1
        if comments is None:
            comments = self._new(f"xl/gigbulkComments{number}.xml", _TYPES + "spreadsheetml.comments+xml")
            self._relate(sheet.part, f"rIdGigbulkNotes{number}", "comments", comments)
        self._parts[comments] = listed
        relation = None
        if boxes is None:
            boxes = f"xl/drawings/gigbulkNotes{number}.vml"
            relation = (f"rIdGigbulkBoxes{number}", _RELATIONS[self._strict].encode())
            self._default("vml", _TYPES + "vmlDrawing")
            self._relate(sheet.part, relation[0], "vmlDrawing", boxes)
            self._parts[boxes] = add_boxes(build_drawing(), fresh, gone)
        else:
            self._parts[boxes] = add_boxes(self._archive.read(boxes), fresh, gone)
        return relation

    def add_summary(self, summary: Summary) -> None:
        data = build_summary(summary, self._styles, _NAMESPACES[self._strict])
        known = next((s for s in self._package.sheets if s.name == SUMMARY_SHEET), None)
        if known is not None:
            self._parts[known.part] = data
            return
        part = self._new("xl/worksheets/gigbulk.xml", _TYPES + "spreadsheetml.worksheet+xml")
        self._parts[part] = data
        self._relate(self._package.workbook, "rIdGigbulk", "worksheet", part)
        book = self._read(self._package.workbook)
        closing = re.search(rb"</((?:\w+:)?)sheets\s*>", book)
        if closing is None:
            return
        highest = max((int(n) for n in re.findall(rb'\bsheetId="(\d+)"', book)), default=0)
        made = b'<%ssheet xmlns:r="%s" name="%s" sheetId="%d" r:id="rIdGigbulk"/>' % (
            closing[1], _RELATIONS[self._strict].encode(), SUMMARY_SHEET.encode(), highest + 1,
        )  # fmt: skip
        self._parts[self._package.workbook] = book[: closing.start()] + made + book[closing.start() :]

    def write(self, out: zipfile.ZipFile) -> None:
        """The parts in their old order, then the new ones; styles last, once all sheets have asked for theirs."""
        styles, names = self._package.styles, self._archive.namelist()
        self._read(rels_path(self._package.workbook))  # it may have to name the styles
        for info in self._archive.infolist():
            if info.filename in (styles, CONTENT_TYPES) or info.filename in self._parts:
                continue
            with self._archive.open(info) as source, out.open(build_entry(info), "w", force_zip64=True) as target:
                if info.filename in self._sheets:
                    patch_sheet(source, target, self._sheets[info.filename])
                else:
                    while chunk := source.read(_CHUNK):
                        target.write(chunk)
        if styles or self._styles.changed:
            self._parts[styles or self._add_styles()] = self._styles.to_bytes()
        self._read(CONTENT_TYPES)
        for part, data in self._parts.items():
            info = self._archive.getinfo(part) if part in names else zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0))
            out.writestr(build_entry(info), data)

    def _add_styles(self) -> str:
        part = self._new("xl/styles.xml", _TYPES + "spreadsheetml.styles+xml")
        self._relate(self._package.workbook, "rIdGigbulkStyles", "styles", part)
        return part

    def _read(self, part: str) -> bytes:
        """A part as it stands so far."""
        if part not in self._parts:
            self._parts[part] = self._archive.read(part)
        return self._parts[part]

    def _new(self, part: str, content_type: str) -> str:
        """The name of a part that is not there yet, its type declared."""
        types = self._read(CONTENT_TYPES)
        made = f'<Override PartName="/{part}" ContentType="{content_type}"/>'.encode()
        self._parts[CONTENT_TYPES] = _before_end(types, b"Types", made)
        return part

    def _default(self, extension: str, content_type: str) -> None:
        types = self._read(CONTENT_TYPES)
        known = (read_attribute(m[0], b"Extension") for m in re.finditer(rb"<(?:\w+:)?Default\b[^>]*>", types))
        if extension.encode() in (word.lower() for word in known if word):
            return
        opening = find_tag(rb"<(?:\w+:)?Types\b[^>]*>", types)
        made = f'<Default Extension="{extension}" ContentType="{content_type}"/>'.encode()
        self._parts[CONTENT_TYPES] = types[: opening.end()] + made + types[opening.end() :]

    def _relate(self, part: str, id_: str, kind: str, target: str) -> None:
        path = rels_path(part)
        if path not in self._parts and path not in self._archive.namelist():
            self._parts[path] = (
                b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
                b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
            )
        kind = f"{_RELATIONS[self._strict]}/{kind}"
        made = f'<Relationship Id="{id_}" Type="{kind}" Target="/{target}"/>'.encode()
        self._parts[path] = _before_end(self._read(path), b"Relationships", made)


def _before_end(xml: bytes, root: bytes, made: bytes) -> bytes:
    closing = re.search(rb"</(?:\w+:)?%s\s*>" % root, xml)
    if closing is not None:
        return xml[: closing.start()] + made + xml[closing.start() :]
    empty = find_tag(rb"<((?:\w+:)?%s)\b([^>]*)/>" % root, xml)
    return xml[: empty.start()] + b"<%s%s>%s</%s>" % (empty[1], empty[2], made, empty[1]) + xml[empty.end() :]
