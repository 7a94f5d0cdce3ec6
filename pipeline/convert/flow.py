"""`gigbulk convert`: a file's rows under the names of another generation, whole or not at all."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.convert.spelling import Unsayable, rename_cells
from pipeline.delivery.bodies.writable import find_dropped
from pipeline.edge import PROCESS, Edge
from pipeline.errors import ConfigError, InputError
from pipeline.events import SILENT, Events, format_count
from pipeline.formats import FORMATS, LINE, Format, format_of_suffix
from pipeline.importer.request import ImportRequest
from pipeline.importer.sources import inspect_files
from pipeline.language.say import Said, join_said, say, say_both
from pipeline.model import RECORD, Source
from pipeline.settings import Settings
from pipeline.source.group import read_blocks
from pipeline.storage.atomic import replace_atomically, spill
from pipeline.storage.scratch import scratch
from pipeline.validation.canonical import canonicalise_block
from pipeline.validation.constants import fill_items, fill_records
from pipeline.validation.derived import derive_fields
from pipeline.validation.items import Parts, split_items
from pipeline.validation.net_amounts import take_off_taxes
from schemas import resource
from schemas.cleaning.dates import instant
from schemas.dialects import DIALECTS, dialect
from schemas.dialects.spec import Create, Day, Dialect
from schemas.rules.declared import says
from schemas.spec import Resource

__all__ = ["Converted", "convert_file"]

_SHOWN = 5


class Converted(NamedTuple):
    """What was written: records by resource, and what was said of what is lost."""

    rows: Mapping[str, int]
    warnings: tuple[Said, ...]


def convert_file(
    request: ImportRequest,
    to: str,
    output: Path,
    settings: Settings,
    events: Events = SILENT,
    edge: Edge = PROCESS,
) -> Converted:
    """Write the rows of the request's file to `output` as generation `to` names them.

    A value that has no place there is left out and warned of. InputError, naming rows, where its meaning would change,
    and for a file that cannot be used; ConfigError for an output nobody writes. `output` is then as it was.
    """
    spoken, kind = _dialect_of(to), _writer_of(output)
    _refuse_over_itself(request, output, edge)
    with scratch() as folder:
        sources = inspect_files(request, folder, events, settings, edge)
        if len(sources) > 1 and not kind.several_tables:
            raise ConfigError(
                say(
                    "{output}: the file holds several tables, and a .{kind} file holds one.",
                    output=output,
                    kind=kind.suffixes[0],
                ),
                say("Name an .xlsx file, or one sheet with --sheet."),
            )
        tables: dict[str | None, pl.LazyFrame] = {}
        warnings: list[Said] = []
        rows: dict[str, int] = {}
        for number, source in enumerate(sources):
            table = _Table(source, spoken, folder / f"converted-{number}", edge.now())
            parts = table.spill_blocks(folder)
            warnings += table.warnings()
            tables[source.sheet if kind.several_tables else None] = _whole(parts, table.headings)
            rows[source.resource] = rows.get(source.resource, 0) + source.rows
        for warning in warnings:
            events.warn(warning)
        with replace_atomically(edge.locate(output)) as temporary:
            kind.write(tables, temporary, ())
    return Converted(rows, tuple(warnings))


def _refuse_over_itself(request: ImportRequest, output: Path, edge: Edge) -> None:
    """A file is not written over what it is made from: what has no place in the other generation would be gone."""
    written = edge.locate(output)
    for name in request.files:
        read = edge.locate(name)
        if written.exists() and read.exists() and written.samefile(read):
            raise ConfigError(
                say("-o {output} is the file that is read.", output=output),
                say("Name another: what the other generation has no place for would be lost."),
            )


def _dialect_of(name: str) -> Dialect:
    try:
        return dialect(name)
    except ValueError as error:
        raise ConfigError(
            say("--to {name}: there is no such generation of the API.", name=name),
            say("There are: {known}.", known=", ".join(DIALECTS)),
        ) from error


def _writer_of(output: Path) -> Format:
    kind = format_of_suffix(output.suffix.lstrip("."))
    if kind is None or output.suffix.lstrip(".").lower() not in kind.written_suffixes:
        known = ", ".join(f".{suffix}" for f in FORMATS.values() for suffix in f.written_suffixes)
        raise ConfigError(
            say("-o {output}: no such file is written.", output=output),
            say("Name it with one of {known}.", known=known),
        )
    return kind


class _Table:
    """One table on its way: its rows are written to `place`, block by block, under their new names."""

    def __init__(self, source: Source, spoken: Dialect, place: Path, today: datetime) -> None:
        self._source, self._spoken, self._place = source, spoken, place
        self._declared: Resource = resource(source.resource)
        self._creates = spoken.endpoints[source.resource].creates
        self._said = dict.fromkeys([*source.fields.values(), *source.cell_formats.constants])
        self._filled: set[str] = set()
        self._today = today
        self._dated: Counter[str] = Counter()
        self.headings: list[str] = []

    def spill_blocks(self, folder: Path) -> list[Path]:
        """InputError where a cell cannot be said; else a file for each block."""
        refused: list[tuple[str, int, Said]] = []
        written: list[Path] = []
        for block in read_blocks(self._source, folder):
            rows = self._clean(block, refused)
            fields = self._fields_of(rows)
            spelled = rename_cells(rows, fields, self._declared, self._creates[0])
            refused += [each for one in spelled.refused for each in _places(one, rows)]
            self.headings += [h for h in spelled.frame.columns if h not in self.headings]
            self._dated.update(_count_other_days(rows, self._creates[0], self._today))
            written.append(self._place.with_suffix(f".{len(written)}.parquet"))
            spill(spelled.frame, written[-1])
        if refused:
            raise self._refusal(refused)
        return written

    def warnings(self) -> Iterator[Said]:
        """What is left out, a sentence a field."""
        for field, lost in find_dropped(self._creates[:1], [f for f in self._said if f in self._filled]):
            yield say(
                "{source}: {field}: {lost}",
                source=self._source.label,
                field=self._source.heading(field),
                lost=say_both(lost.en, lost.es),
            )
        for field, count in self._dated.items():
            yield say(
                "{source}: {field}: {count} of another day than today: API {dialect} dates a record by the day it is "
                "sent; an import refuses them, or with --two-step says a past day by two requests",
                source=self._source.label,
                field=self._source.heading(field),
                count=format_count(count, self._source.resource),
                dialect=self._spoken.name,
            )

    def _clean(self, block: pl.DataFrame, refused: list[tuple[str, int, Said]]) -> pl.DataFrame:
        """The rows of a block, every declared field there, as an import would read them."""
        formats = self._source.cell_formats
        written = canonicalise_block(block, self._source.fields, self._declared, formats)
        parts = derive_fields(split_items(written.frame, self._declared, formats), self._declared)
        parts = fill_items(fill_records(parts, formats.constants), formats.constants)
        if formats.with_tax and not parts.lines.is_empty():
            parts.lines, taxed = take_off_taxes(parts.lines)
            taxes = say("its taxes cannot be taken off exactly")
            refused += [(rule.field, line, taxes) for rule, cells in taxed for line in cells[LINE].to_list()]
        unclear = say("one record says two things here")
        refused += [(field, line, unclear) for line, field in parts.disagreeing.select(LINE, "field").iter_rows()]
        unread = say("it is no list of items")
        refused += [("items", line, unread) for line in parts.unreadable[LINE].to_list()]
        return _joined(parts)

    def _fields_of(self, rows: pl.DataFrame) -> list[str]:
        """The fields the file speaks of, those it says by others included; of items in one cell, those they have."""
        named = [c for c in rows.columns if c not in (LINE, RECORD) and rows[c].null_count() < rows.height]
        self._filled |= {*named}
        known = dict.fromkeys([*(f for f in self._said if f in rows.columns), *named])
        return list(known)

    def _refusal(self, refused: list[tuple[str, int, Said]]) -> InputError:
        fields = dict.fromkeys((field, str(why)) for field, _, why in refused)
        told = []
        for field, reason in list(fields)[:_SHOWN]:
            lines = [(line, why) for f, line, why in refused if f == field and str(why) == reason]
            told.append(
                say(
                    "{field}, line {line} ({count} in all): {why}",
                    field=self._source.heading(field),
                    line=min(line for line, _ in lines),
                    count=len(lines),
                    why=lines[0][1],
                )
            )
        return InputError(
            say(
                "{source} cannot be said in the names of {dialect}: {told}.",
                source=self._source.label,
                dialect=self._spoken.name,
                told=join_said("; ", told),
            ),
            say("Correct these cells and run it again; nothing was written."),
        )


def _joined(parts: Parts) -> pl.DataFrame:
    """One row a line, the record's own fields on each; a record without lines is a row too."""
    if parts.lines.is_empty():
        return parts.records.sort(LINE)
    whole = parts.records.join(parts.lines, on=RECORD, how="left", maintain_order="left", suffix="@of")
    return (
        whole.with_columns(pl.coalesce(f"{LINE}@of", LINE).alias(LINE))
        .drop(f"{LINE}@of")
        .sort(LINE, maintain_order=True)
    )


def _count_other_days(rows: pl.DataFrame, create: Create, today: datetime) -> dict[str, int]:
    """How many records say, in a field that is said by the day it is sent on alone, another day."""
    fits = pl.all_horizontal(pl.lit(True), *(says(name, value) for name, value in create.when.items()))
    counted = {}
    for name, word in create.fields.items():
        if isinstance(word, Day) and name in rows.columns:
            there = today.astimezone(ZoneInfo(word.zone)).date()
            day = instant(pl.col(name)).dt.convert_time_zone(word.zone).dt.date()
            counted[name] = rows.filter(fits & (day != there))[RECORD].n_unique()
    return {name: count for name, count in counted.items() if count}


def _places(refused: Unsayable, rows: pl.DataFrame) -> Iterator[tuple[str, int, Said]]:
    for line in rows.filter(refused.rows)[LINE].to_list():
        yield refused.field, line, refused.why


def _whole(parts: list[Path], headings: list[str]) -> pl.LazyFrame:
    """The blocks one behind the other; a column that some of them lack is empty there."""
    frames = [pl.scan_parquet(part) for part in parts]
    return pl.concat(frames, how="diagonal").select(headings)
