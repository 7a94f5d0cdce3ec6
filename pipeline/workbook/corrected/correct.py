"""The same workbook with some cells changed: every part that no correction touches is copied as the bytes it was."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from pipeline.errors import InputError
from pipeline.language.say import say
from pipeline.workbook.corrected.content import CellContents
from pipeline.workbook.corrected.sheet import SheetCorrections, correct_sheet
from pipeline.workbook.marks import column_letters
from pipeline.workbook.number_formats import find_untyped_styles, read_number_formats
from pipeline.workbook.package import CONTENT_TYPES, Package, build_entry, open_package, rels_path
from pipeline.workbook.xml_parts.sheet_stream import CutShort
from pipeline.workbook.xml_text import read_attribute, set_attribute

__all__ = ["correct_workbook"]

_CHUNK = 1 << 20
_PACK = 4
"""As for marks: three quarters of the time of zlib's usual 6."""
_LONGEST = 32_767

SheetCells = Mapping[int, Mapping[int, str]]
"""Texts by row and column, counted from 1."""


def correct_workbook(source: Path, target: Path, sheets: Mapping[str, SheetCells]) -> None:
    """Write `source` to `target` with other contents in some cells, by the name of their sheet.

    Memory: one row at a time, and the corrections. InputError when the workbook is damaged, has no such row, or a text
    is too long for a cell.
    """
    _refuse_long(sheets)
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, True, _PACK) as out:
        package = open_package(archive, source.name)
        contents = _read_contents(archive, package)
        patches = {package.sheet(name).part: SheetCorrections(cells, contents) for name, cells in sheets.items()}
        late = {CONTENT_TYPES, package.workbook, rels_path(package.workbook)} & {*archive.namelist()}
        try:
            for info in archive.infolist():
                if info.filename not in late and info.filename != package.calc_chain:
                    _copy(archive, info, out, patches.get(info.filename))
        except CutShort as error:
            raise InputError(
                say("{source} is damaged inside: a sheet ends in the middle.", source=source.name),
                say("Open it in Excel and save it again."),
            ) from error
        _refuse_missing(source, package, patches)
        parts = {name: archive.read(name) for name in archive.namelist() if name in late or name == package.calc_chain}
        changed = _with_calculation(parts, package, gone=any(patch.formulas_gone for patch in patches.values()))
        for name, data in changed.items():
            out.writestr(build_entry(archive.getinfo(name)), data)


def _read_contents(archive: zipfile.ZipFile, package: Package) -> CellContents:
    styles = archive.read(package.styles) if package.styles in archive.namelist() else b""
    untyped, texts = find_untyped_styles(styles)
    return CellContents(read_number_formats(styles), untyped, texts, package.date1904)


def _copy(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, out: zipfile.ZipFile, patch: SheetCorrections | None
) -> None:
    with archive.open(info) as part, out.open(build_entry(info), "w", force_zip64=True) as made:
        if patch is not None:
            correct_sheet(part, made, patch)
        else:
            _pass_on(part, made)


def _pass_on(part: IO[bytes], made: IO[bytes]) -> None:
    while chunk := part.read(_CHUNK):
        made.write(chunk)


def _with_calculation(parts: dict[str, bytes], package: Package, *, gone: bool) -> dict[str, bytes]:
    """The small parts of a workbook whose formulas are calculated anew once Excel opens it.

    A list of formulas that names one which is not there is damage to Excel, so the list goes with the first of them:
    Excel makes it anew. A formula that stands on a corrected cell has a value from before: Excel calculates all of them
    where the workbook was calculated by an older Excel than any.
    """
    chain = package.calc_chain
    if chain is None or chain not in parts:
        return parts
    book = parts[package.workbook]
    found = re.search(rb"<(?:\w+:)?calcPr\b[^>]*>", book)
    if found is not None:
        parts[package.workbook] = book[: found.start()] + set_attribute(found[0], b"calcId", None) + book[found.end() :]
    if gone:
        del parts[chain]
        rels = rels_path(package.workbook)
        parts[rels] = _without(parts[rels], b"Relationship", b"Type", rb".*/calcChain")
        parts[CONTENT_TYPES] = _without(
            parts[CONTENT_TYPES], b"Override", b"PartName", rb"/?%s" % re.escape(chain.encode())
        )
    return parts


def _without(xml: bytes, element: bytes, attribute: bytes, value: bytes) -> bytes:
    """The part without the elements whose attribute is of a form."""
    form = re.compile(value, re.IGNORECASE)
    return re.sub(
        rb"<(?:\w+:)?%s\b[^>]*?(?:/>|>\s*</(?:\w+:)?%s\s*>)" % (element, element),
        lambda found: b"" if form.fullmatch(read_attribute(found[0], attribute) or b"") else found[0],
        xml,
    )


def _refuse_missing(source: Path, package: Package, patches: Mapping[str, SheetCorrections]) -> None:
    for sheet in package.sheets:
        missing = patches[sheet.part].missing if sheet.part in patches else set()
        if missing:
            raise InputError(
                say("{source}[{sheet}] has no row {row}.", source=source.name, sheet=sheet.name, row=min(missing)),
                say("Upload the file again and correct it as it is now."),
            )


def _refuse_long(sheets: Mapping[str, SheetCells]) -> None:
    """A text that is cut short is another one."""
    for name, cells in sheets.items():
        for row, texts in cells.items():
            for column, text in texts.items():
                if len(text.encode("utf-16-le", "surrogatepass")) > 2 * _LONGEST:
                    raise InputError(
                        say(
                            "{sheet}!{cell}: a cell of a workbook holds {most:,} characters, and this text has more.",
                            sheet=name,
                            cell=f"{column_letters(column)}{row}",
                            most=_LONGEST,
                        ),
                        say("Shorten it."),
                    )
