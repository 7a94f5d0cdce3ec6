"""A file is looked at as a whole first (structure, headings, keys, hash), then read in batches of text.

Nothing is sent before every file of a call has been looked at: a ragged line near the end of the last file stops the
run before its first request.
"""

import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from pipeline.errors import Choice, ConfigError, InputError
from pipeline.formats import FORMATS, LINE, Format, ReadOptions, Shape, detect_format, find_codec, sniff_format
from pipeline.formats.opening import detect_compression
from pipeline.language.causes import os_cause
from pipeline.language.say import say
from pipeline.model import Source, label_table
from pipeline.source.changed_ids import keep_cased, keep_changeable, tell_equal_doubles
from pipeline.source.columns.fields import fill_constants, rename_columns
from pipeline.source.columns.headings import find_taxed
from pipeline.source.columns.joined import join_columns
from pipeline.source.columns.layouts import NO_MAPPINGS, Mappings
from pipeline.source.columns.mapping import match_table
from pipeline.source.columns.meanings import ITEMS, is_known_heading
from pipeline.source.columns.several import refuse_lists, refuse_objects
from pipeline.source.detect import detect_resource
from pipeline.source.duplicates import row_traits
from pipeline.source.keys import hash_keys
from pipeline.source.sheets import choose_sheets
from pipeline.source.sniff import ColumnSniffer
from pipeline.storage.atomic import disk_errors
from pipeline.storage.steady import SteadyFile, hash_file, stamp_file
from schemas import resource
from schemas.cleaning.cell_formats import SaidFormats
from schemas.rules.tax.totals import NET_OF_TAXES
from schemas.spec import INTERNAL_ID, Text

__all__ = ["BATCH_ROWS", "STDIN", "inspect_file", "read_batches", "spill_stdin"]

BATCH_ROWS = 50_000
"""Rows read at a time. Measured on 300,000 payments: 100,000 rows take 482 MB, 50,000 take 317 MB and no more time."""

STDIN = "-"
_LINES_COUNTED = 4 << 20
"""Bytes whose lines are counted, to say how far the reading is; counting all took a fiftieth of a check."""
_LOOKED_AT, _CELLS_SHOWN, _CELL_SHOWN = 1_000, 2, 30
"""Rows looked at for examples of a column, how many of them are shown, and characters of each."""
NOTHING_SAID = SaidFormats()


def inspect_file(
    path: Path,
    name: str,
    as_resource: str | None = None,
    said: SaidFormats = NOTHING_SAID,
    on_rows: Callable[[int, int | None], None] = lambda read, expected: None,
    mappings: Mappings = NO_MAPPINGS,
) -> list[Source]:
    """Everything known of a file before its rows are judged, one source a table. InputError when any cannot be used,
    ConfigError when it has no sheets and one is asked for.

    `said` settles how the file writes its text, dates and amounts, where it does not tell. `on_rows` is told how many
    rows were read, of about how many. `mappings` is what is said of columns.
    """
    _refuse_unreadable(path, name)
    codec = find_codec(said.encoding) if said.encoding else None
    options = ReadOptions(codec, said.sheet, is_known_heading)
    steady = SteadyFile(path, name, stamp_file(path))
    with steady.reading():
        kind = sniff_format(path) if name == STDIN else detect_format(path)
        _refuse_idle_sheet(kind, name, said.sheet)
        tables = choose_sheets(kind.look(path, options), name, as_resource, mappings)
        steady.sha256 = hash_file(path)
        sources = [_inspect_table(steady, kind, shape, held, said, on_rows, mappings) for shape, held in tables]
        steady.refuse_changed()
    return [replace(source, stamp=steady.stamp) for source in sources]


def _refuse_idle_sheet(kind: Format, name: str, sheet: str | None) -> None:
    """ConfigError for a sheet that is asked for of a file that has none: it would be passed over in silence."""
    if sheet is not None and not kind.several_tables:
        raise ConfigError(
            say("{name} has no sheets, and --sheet {sheet} asks for one.", name=name, sheet=sheet),
            say("Leave --sheet out, or import workbooks by themselves."),
        )


def _inspect_table(
    steady: SteadyFile,
    kind: Format,
    shape: Shape,
    as_resource: str | None,
    said: SaidFormats,
    on_rows: Callable[[int, int | None], None],
    mappings: Mappings,
) -> Source:
    label = label_table(steady.name, shape.sheet)
    mapping = mappings.find(shape.headings)
    held = as_resource or detect_resource(shape.headings, label, mapping.columns)
    refuse_objects(label, shape, mapping.columns, held)
    matched, constants = match_table(
        shape.headings, held, label, mapping, lambda heading: _show_cells(steady.path, kind, shape, heading)
    )
    fields = matched.fields
    taxed = _taxed(label, find_taxed(fields, held), said)
    unknown = tuple(heading for heading in matched.unknown if heading not in shape.nothing)
    refuse_lists(label, shape, fields, held)
    _refuse_lost_taxes(label, unknown, held, {*fields.values(), *constants})
    hashes: list[pl.Series] = []
    lines: list[pl.Series] = []
    kept: list[pl.DataFrame] = []
    notes = list(shape.notes)
    changeable: list[pl.DataFrame] = []
    cased: list[pl.DataFrame] = []
    declared = resource(held)
    sniffer = ColumnSniffer(label, fields, declared, typed=kind.typed)
    # rows of payments are not compared with one another, so most of their columns wait until they are judged
    looked_at = None if declared.lines is None else {INTERNAL_ID, *declared.key().meta.root_names(), *sniffer.looked_at}
    read, expected = 0, _expected_rows(steady.path, kind)
    on_rows(read, expected)
    for frame in kind.read(steady.path, shape, BATCH_ROWS, notes.append):
        steady.refuse_changed()
        frame = join_columns(frame, matched.joined)
        clean = rename_columns(frame, fields, declared, looked_at)
        sniffer.add(frame, clean)
        if declared.lines is None:  # else it takes whole records to say which of them say nothing
            clean = fill_constants(clean, constants)
        hashes.append(hash_keys(clean, declared))
        kept.append(row_traits(clean, declared))
        changeable.append(keep_changeable(clean))
        cased.append(keep_cased(clean))
        lines.append(frame[LINE])
        read += frame.height
        on_rows(read, expected and max(read, expected))
    on_rows(read, read)
    if not lines:
        raise InputError(say("{label} has headings but no rows.", label=label), say("Check the export that made it."))
    cell_formats = replace(
        sniffer.cell_formats(said.dates, said.decimal), with_tax=frozenset(taxed), constants=constants
    )
    return Source(
        path=steady.path,
        name=steady.name,
        format=kind.name,
        shape=replace(shape, notes=tuple(notes)),
        sha256=steady.sha256 or "",
        resource=held,
        fields=fields,
        unknown=unknown,
        hashes=pl.concat(hashes),
        lines=pl.concat(lines),
        cell_formats=cell_formats,
        traits=pl.concat(kept),
        notes=(*sniffer.notes, *_told_taxes(taxed), *_told_ids(pl.concat(changeable), fields)),
        passed_over=matched.passed_over,
        changeable=pl.concat(changeable),
        cased=pl.concat(cased),
        joined=matched.joined,
    )


def _taxed(label: str, found: Mapping[str, str], said: SaidFormats) -> Mapping[str, str]:
    """Of the amounts that may be with tax those that are. InputError where only the user can say, or nobody can net it.

    An amount with tax that is taken for one before tax is an invoice of 16 % too much.
    """
    if not found or said.total_with_tax is False:
        return {}
    field, heading = next(iter(found.items()))
    if field != NET_OF_TAXES:
        raise InputError(
            say(
                "{label}: '{heading}' is an amount with tax; {field} is before tax.",
                label=label,
                heading=heading,
                field=field,
            ),
            say(
                "Add a column '{field}' with the amounts before tax, or say that these are with --total-with-tax no.",
                field=field,
            ),
            [Choice("total_with_tax", "no", heading)],
        )
    if said.total_with_tax is None:
        raise InputError(
            say(
                "{label}: '{heading}' may be with tax or before tax; {field} is before tax, and nobody but you knows.",
                label=label,
                heading=heading,
                field=field,
            ),
            say("Say which: --total-with-tax yes (the taxes of each row are taken off) or --total-with-tax no."),
            [Choice("total_with_tax", "yes", heading), Choice("total_with_tax", "no", heading)],
        )
    return found


def _refuse_lost_taxes(label: str, unknown: Iterable[str], name: str, fields: Collection[str]) -> None:
    """A column of a tax that would be left out, and nothing else says the taxes: payments would be made without any."""
    if resource(name).lines is None or ITEMS in fields or _TAXES in fields:
        return
    heading = next((h for h in unknown if _TAX_WORDS & {*_WORD.findall(h.casefold())}), None)
    if heading is not None:
        raise InputError(
            say(
                "{label}: '{heading}' holds a tax and is no column of ours; without items.taxes there would be no tax.",
                label=label,
                heading=heading,
            ),
            say(
                'Say the taxes of all rows with --set "items.taxes=IVA 16%", read the column with '
                '--map "{heading}=items.taxes", or keep it as --map "{heading}=metadata.tax".',
                heading=heading,
            ),
            [
                Choice("set", "items.taxes=IVA 16%", "IVA 16%"),
                Choice("map", f"{heading}=items.taxes", heading),
                Choice("map", f"{heading}=metadata.tax", heading),
            ],
        )


_TAXES = "items.taxes"
_TAX_WORDS = {
    "iva",
    "isr",
    "ieps",
    "impuesto",
    "impuestos",
    "tax",
    "taxes",
    "withholding",
    "retencion",
    "retención",
    "retenciones",
}
_WORD = re.compile(r"[^\W\d_]+")


def _told_taxes(taxed: Mapping[str, str]) -> tuple[Text, ...]:
    return tuple(
        Text(
            f"«{heading}» se lee con impuestos, que se descuentan con los de cada renglón",
            f"'{heading}' is read with tax, taken off by the taxes of each row",
        )
        for heading in taxed.values()
    )


def _told_ids(changeable: pl.DataFrame, fields: Mapping[str, str]) -> Iterator[Text]:
    heading = next((heading for heading, field in fields.items() if field == INTERNAL_ID), INTERNAL_ID)
    if (note := tell_equal_doubles(changeable, heading)) is not None:
        yield note


def _show_cells(path: Path, kind: Format, shape: Shape, heading: str) -> str:
    """The first cells of a column that say something, for the question what it means."""
    first = next(iter(kind.read(path, shape, _LOOKED_AT)), pl.DataFrame({heading: [""]}))
    cells = first[heading].str.strip_chars().replace("", None).drop_nulls().unique(maintain_order=True)
    return ", ".join(cell[:_CELL_SHOWN] for cell in cells.head(_CELLS_SHOWN))


def _expected_rows(path: Path, kind: Format) -> int | None:
    """About how many: the lines of a text file, of which a cell may have several, by those of its first megabytes. None
    where lines do not tell."""
    if not kind.plain_text or detect_compression(path) is not None:
        return None
    with path.open("rb") as file:
        head = file.read(_LINES_COUNTED)
    return head.count(b"\n") * path.stat().st_size // max(len(head), 1)


def _refuse_unreadable(path: Path, name: str) -> None:
    try:
        if path.is_dir():
            raise InputError(say("{name} is a folder, not a file.", name=name), say("Name the file inside it."))
        if not path.exists():
            raise InputError(say("{name} does not exist.", name=name), say("Check the path."))
        if not path.is_file():
            raise InputError(
                say("{name} is not a regular file.", name=name), say("To read from a pipe, name - in its place.")
            )
        with path.open("rb"):
            pass
    except PermissionError as error:
        raise InputError(
            say("{name} may not be read by this user.", name=name), say("Give read permission, or copy the file.")
        ) from error
    except OSError as error:
        raise InputError(
            say("{name} cannot be opened: {cause}.", name=name, cause=os_cause(error)), say("Check the path.")
        ) from error


def read_batches(source: Source) -> Iterator[pl.DataFrame]:
    """The table's rows in order, every column text under the user's own headings, with LINE (and RAW).

    InputError when the file is not the one that was inspected any more.
    """
    steady = SteadyFile(source.path, source.name, source.stamp, source.sha256)
    steady.refuse_changed()
    read = 0
    frames = FORMATS[source.format].read(source.path, source.shape, BATCH_ROWS)
    while True:
        with steady.reading():
            frame = next(frames, None)
        if frame is None:
            break
        steady.refuse_changed()
        read += frame.height
        if read > source.rows:
            raise steady.changed()
        yield join_columns(frame, source.joined)
    steady.refuse_changed(whole=True)


def spill_stdin(stdin: BinaryIO, folder: Path) -> Path:
    """Standard input as a file, because it must be looked at before it is read."""
    path = folder / "stdin"
    with disk_errors(folder), path.open("wb") as file:
        shutil.copyfileobj(stdin, file)
    return path
