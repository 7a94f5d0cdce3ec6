"""The parts of an .xlsx file: which part is which sheet, and what belongs to it.

The container is that of ECMA-376 part 2: a zip archive whose parts name one another by relationships. Parts are found
by following those, never by their usual names. Only small parts are parsed; a sheet's part is never held as a whole.
"""

import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.language.say import say

__all__ = [
    "CONTENT_TYPES", "Package", "Relationship", "SheetPart", "build_entry", "is_open_xml", "open_package", "rels_path",
]  # fmt: skip

CONTENT_TYPES = "[Content_Types].xml"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Relationship:
    """One part naming another. `kind` is the last word of its type, which strict and transitional files share."""

    id: str
    kind: str
    target: str
    external: bool


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One worksheet: its name, the part that holds it, and whether the program shows it."""

    name: str
    part: str
    hidden: bool
    relations: tuple[Relationship, ...] = ()

    def related(self, kind: str) -> str | None:
        """The part of a kind (`comments`, `vmlDrawing`) that belongs to the sheet; None where there is none."""
        return next((r.target for r in self.relations if r.kind == kind and not r.external), None)


@dataclass(frozen=True, slots=True)
class Package:
    """The parts that matter to a table.

    `calc_chain` lists the cells with formulas as Excel calculates them; where it is gone Excel makes it anew.
    `date1904` says that day 0 is 1 January 1904, as on old Macintoshes. `application` is the program that saved it.
    """

    workbook: str
    sheets: tuple[SheetPart, ...]
    styles: str | None
    strings: str | None
    calc_chain: str | None
    date1904: bool
    calculate_on_load: bool
    macros: bool
    external_links: int
    application: str

    def sheet(self, name: str) -> SheetPart:
        return next(sheet for sheet in self.sheets if sheet.name == name)


def is_open_xml(path: Path) -> bool:
    """Whether a file is an archive, and to be taken for an Office Open XML workbook: .xlsb has binary parts, .ods a
    `mimetype`. An .xls may end in an archive, that of its theme.

    True too for one that cannot be opened: whoever opens it says what is wrong.
    """
    with path.open("rb") as file:
        if file.read(len(_ZIP)) != _ZIP:
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return True
    return "mimetype" not in names and not any(name.endswith("workbook.bin") for name in names)


def open_package(archive: zipfile.ZipFile, name: str) -> Package:
    """Find the sheets. InputError where the archive holds no workbook; `name` is what the user calls the file."""
    names = {_folded(n): n for n in archive.namelist()}
    root = {r.kind: r.target for r in _relations(archive, names, "")}
    workbook = names.get(_folded(root.get("officeDocument", "")))
    if workbook is None:
        raise InputError(
            say("{name} is a zip archive, not an Excel workbook.", name=name),
            say("Open it in Excel and save it as .xlsx."),
        )
    tree = parse_xml(archive.read(workbook), name)
    relations = tuple(_relations(archive, names, workbook))
    by_id = {r.id: r for r in relations}
    said = {_local(element.tag): element.attrib for element in tree}
    kinds = {r.kind: r.target for r in relations}
    return Package(
        workbook=workbook,
        sheets=tuple(_sheets(archive, names, tree, by_id)),
        styles=kinds.get("styles"),
        strings=kinds.get("sharedStrings"),
        calc_chain=kinds.get("calcChain"),
        date1904=said.get("workbookPr", {}).get("date1904") in ("1", "true"),
        calculate_on_load=said.get("calcPr", {}).get("fullCalcOnLoad") in ("1", "true"),
        macros="vbaProject" in kinds,
        external_links=sum(r.kind == "externalLink" for r in relations),
        application=_application(archive, names.get(_folded(root.get("extended-properties", "")))),
    )


def build_entry(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The entry under which a part is written again."""
    made = zipfile.ZipInfo(info.filename, info.date_time)
    made.compress_type, made.external_attr = zipfile.ZIP_DEFLATED, info.external_attr
    return made


def _application(archive: zipfile.ZipFile, part: str | None) -> str:
    found = re.search(rb"<(?:\w+:)?Application>([^<]*)<", archive.read(part)) if part else None
    return found[1].decode("utf-8", "replace") if found else ""


def rels_path(part: str) -> str:
    """Where the relationships of a part stand."""
    folder, file = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def parse_xml(data: bytes, name: str) -> ET.Element:
    """A small part as a tree. Its archive has passed `check_workbook`: it declares no entities."""
    try:
        return ET.fromstring(data)  # noqa: S314 - no entities, see above
    except ET.ParseError as error:
        raise InputError(
            say("{name} is damaged inside: {error}.", name=name, error=error),
            say("Open it in Excel or LibreOffice and save it again as .xlsx."),
        ) from error


def _sheets(
    archive: zipfile.ZipFile, names: Mapping[str, str], tree: ET.Element, by_id: Mapping[str, Relationship]
) -> Iterator[SheetPart]:
    for element in tree.iter():
        if _local(element.tag) != "sheet":
            continue
        id_ = next((value for key, value in element.attrib.items() if key.startswith("{") and _local(key) == "id"), "")
        relation = by_id.get(id_)
        if relation is None or relation.kind != "worksheet" or _folded(relation.target) not in names:
            continue  # a sheet of charts or dialogs holds no table
        part = names[_folded(relation.target)]
        hidden = element.get("state", "visible") != "visible"
        yield SheetPart(element.get("name", ""), part, hidden, tuple(_relations(archive, names, part)))


def _relations(archive: zipfile.ZipFile, names: Mapping[str, str], part: str) -> Iterator[Relationship]:
    path = names.get(_folded(rels_path(part)))
    if path is None:
        return
    for element in parse_xml(archive.read(path), part or path):
        external = element.get("TargetMode") == "External"
        target = element.get("Target", "")
        yield Relationship(
            id=element.get("Id", ""),
            kind=element.get("Type", "").rsplit("/", 1)[-1],
            target=target if external else _resolved(target, part, names),
            external=external,
        )


def _resolved(target: str, part: str, names: Mapping[str, str]) -> str:
    whole = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")
    return names.get(_folded(whole), whole)


def _folded(name: str) -> str:
    """Names of parts are compared without case (ECMA-376 part 2); some programs write a backslash."""
    return name.replace("\\", "/").lower()


def _local(tag: str) -> str:
    return re.sub(r"^\{.*\}", "", tag)
