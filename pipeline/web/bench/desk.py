"""What can be asked of a basket's files: to be checked, for windows of rows, to lay a correction over, to undo it."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import polars as pl

from pipeline.edge import PROCESS
from pipeline.errors import InputError, PipelineError
from pipeline.events import Progress, Silent
from pipeline.formats import detect_format
from pipeline.importer.offline import OfflineCheck, check_offline
from pipeline.importer.request import ImportRequest
from pipeline.importer.sources import describe_source
from pipeline.language.catalogue import translate
from pipeline.language.say import say
from pipeline.model import FINDING_SCHEMA, Source
from pipeline.settings import Settings
from pipeline.source.columns.missing import MissingFields
from pipeline.storage.scratch import scratch
from pipeline.web.bench.corrections import Correction, CorrectionList
from pipeline.web.bench.tables import JudgedTable, ShownRows
from pipeline.web.handed_over import build_edge
from pipeline.web.kept.baskets import Basket, Baskets
from pipeline.web.kept.corrected import build_read_options, write_corrected
from pipeline.workbook.corrected.calculated import list_calculating_sheets

__all__ = ["VERBS", "Desk", "build_request", "describe_error"]

_EXAMPLES = 3
"""Cells of a column that are shown beside what it means."""


class _Teller(Silent):
    """Progress as plain JSON."""

    def __init__(self, tell: Callable[[dict[str, Any]], None], lang: str) -> None:
        self._tell, self._lang = tell, lang
        self.notes: list[str] = []

    def warn(self, text: str) -> None:
        self.notes.append(translate(text, self._lang))

    def progress(self, progress: Progress) -> None:
        what = translate(progress.what, self._lang)
        self._tell({"what": what, "done": progress.done, "total": progress.total})


class Desk:
    """A basket opened. `open` checks its files; everything else is asked of what that found."""

    def __init__(
        self,
        baskets: Baskets,
        name: str,
        settings: Settings,
        tell: Callable[[dict[str, Any]], None],
        now: Callable[[], datetime] = PROCESS.now,
    ) -> None:
        self._now = now
        self._baskets = baskets
        self.basket = baskets.open(name)
        self.settings = settings
        self.edits = CorrectionList(self.basket.edits)
        self.tables: list[JudgedTable] = []
        self.events = _Teller(tell, settings.lang)
        self._open = ExitStack()
        self._names: dict[str, str] = {}
        self._calculating: dict[str, list[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def open(self) -> dict[str, Any]:
        """Check the files as they stand now, corrections laid over. What was understood, and how many of what."""
        self._open.close()
        self.basket = self._baskets.open(self.basket.name)  # something else may be said of its files by now
        self.tables = []
        self.events.notes = []
        self._names = write_corrected(self.basket, self.edits, self.basket.checked)
        folder = self._open.enter_context(scratch())
        checked = self._open.enter_context(
            check_offline(
                build_request(self.basket, tuple(self._names)),
                self.settings,
                self.events,
                build_edge(self.basket.checked),
            )
        )
        self._calculating = {name: list_calculating_sheets(self.basket.checked / name) for name in self._names}
        found = pl.concat([pl.DataFrame(schema=FINDING_SCHEMA), *checked.findings.frames()])
        for position, source in enumerate(checked.sources):
            own = found.filter((pl.col("file") == source.name) & pl.col("sheet").eq_missing(pl.lit(source.sheet)))
            self.tables.append(JudgedTable(source, own, _judge_of(checked, position), folder))
        return self.understood()

    def understood(self) -> dict[str, Any]:
        """What was understood of each table, and how many records are good."""
        return {"tables": [self._describe(table) for table in self.tables], "notes": self.events.notes} | self.count()

    def count(self) -> dict[str, Any]:
        """Records by what is wrong with them, in all and by table, and how many corrections there are."""
        counts = [table.count() for table in self.tables]
        total = {name: sum(count[name] for count in counts) for name in ("read", "errors", "warnings", "good")}
        return {"counts": total, "by_table": counts, "edits": len(self.edits)}

    def window(self, table: int, show: str, start: int, size: int) -> dict[str, Any]:
        """A window of the rows of one table, and the counts."""
        asked = self._find_table(table)
        return {"headings": asked.headings, **asked.window(ShownRows(show), start, size), **self.count()}

    def edit(self, table: int, line: int, heading: str, value: str, same: bool, who: str) -> dict[str, Any]:
        """Lay a correction over one cell, or over all cells of the column that hold the same."""
        asked = self._find_table(table)
        if heading not in asked.headings or not asked.holds(line):
            raise _other_files()
        lines = asked.find_equal(line, heading) if same else [line]
        old = asked.read_cells(lines, heading)
        source = asked.source
        ordered = {line: old[line]} | old
        original = self.basket.originals / self._names[source.name]
        detect_format(original).refuse_texts(original, source.shape, {line: {heading: value}})
        self.edits.add(
            Correction(
                file=self._names[source.name],
                sheet=source.sheet,
                heading=heading,
                value=value,
                old=ordered,
                who=who,
                when=self._now(),
            )
        )
        rows = asked.lay_over({number: {heading: value} for number in ordered})
        return {"headings": asked.headings, "rows": rows, "lines": sorted(old), **self.count()}

    def undo(self) -> dict[str, Any]:
        """Take the last correction back; `rows` is empty where there was none."""
        last = self.edits.take_back()
        if last is None:
            return {"rows": [], "lines": [], **self.count()}
        places = [(self._names[table.source.name], table.source.sheet) for table in self.tables]
        if (last.file, last.sheet) not in places:  # another sheet was chosen since: nothing that is shown has changed
            return {"rows": [], "lines": [], **self.count()}
        number = places.index((last.file, last.sheet))
        asked = self.tables[number]
        rows = asked.lay_over({line: {last.heading: cell or ""} for line, cell in last.old.items()})
        return {"table": number, "headings": asked.headings, "rows": rows, "lines": sorted(last.old), **self.count()}

    def look(self) -> list[dict[str, Any]]:
        """The tables of the files by their headings alone, for when they cannot be checked yet: a question is open."""
        tables = []
        for name in self.basket.files:
            path = self.basket.originals / name
            try:
                kind = detect_format(path)
                for shape in kind.look(path, build_read_options(self.basket)):
                    first = next(iter(kind.read(path, shape, 100)), pl.DataFrame())
                    tables.append(
                        {
                            "file": name,
                            "sheet": shape.sheet,
                            "columns": [
                                {"heading": h, "letter": c, "field": None, "examples": _examples(first, h)}
                                for h, c in _lettered(shape.headings, shape.columns)
                            ],
                        }
                    )
            except InputError as error:
                tables.append({"file": name, "sheet": None, "columns": [], "error": str(error.message)})
        return tables

    def _find_table(self, number: int) -> JudgedTable:
        if not 0 <= number < len(self.tables):
            raise _other_files()
        return self.tables[number]

    def _describe(self, table: JudgedTable) -> dict[str, Any]:
        source = table.source
        rows = table.window(ShownRows.ALL, 0, 20)["rows"]
        cells = {h: [row["cells"][n] for row in rows if row["cells"][n]] for n, h in enumerate(table.headings)}
        return {
            "file": self._names[source.name],
            "sheet": source.sheet,
            "resource": source.resource,
            "first_line": source.shape.first_line,
            "rows": source.rows,
            "notes": [translate(note, self.settings.lang) for note in describe_source(source)],
            "told": table.of_headings["message"].to_list(),
            "calculates": source.sheet in self._calculating.get(source.name, ()),
            "columns": [
                {"heading": h, "letter": c, **_meaning(source, h), "examples": [*dict.fromkeys(cells[h])][:_EXAMPLES]}
                for h, c in _lettered(table.headings, source.shape.columns)
            ],
        }


def _other_files() -> InputError:
    """For a page that was shown before something else was said of the files."""
    return InputError(
        say("This page shows other rows than there are now."), say("Open the step anew; nothing was changed.")
    )


def _judge_of(checked: OfflineCheck, position: int) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda block: checked.judge_again(position, block)


def _lettered(headings: Any, letters: Any) -> list[tuple[str, str]]:
    return [(h, letters[n] if n < len(letters) else "") for n, h in enumerate(headings)]


def _meaning(source: Source, heading: str) -> dict[str, Any]:
    """The field a column is read as, and what is done with it: sent, joined, passed over, unknown."""
    joined = next((j for j in source.joined if heading in {p for p, _ in j.pieces}), None)
    if joined is not None:
        return {"field": joined.field, "state": "joined"}
    if heading in source.fields:
        return {"field": source.fields[heading], "state": "read"}
    return {"field": None, "state": "unknown" if heading in source.unknown else "passed over"}


def _examples(frame: pl.DataFrame, heading: str) -> list[str]:
    if heading not in frame.columns:
        return []
    return (
        frame[heading]
        .drop_nulls()
        .filter(frame[heading].drop_nulls() != "")
        .unique(maintain_order=True)
        .head(_EXAMPLES)
        .to_list()
    )


def build_request(basket: Basket, files: tuple[str, ...], **asked: Any) -> ImportRequest:
    """What is asked of the files of a basket, under the answers given so far."""
    answers = basket.answers
    said = {name: getattr(answers, name) for name in answers.__struct_fields__}
    return ImportRequest(files, **{**said, **asked})


def describe_error(error: PipelineError, lang: str) -> dict[str, Any]:
    """An error as the page shows it: sentence, what to do, and where one word would mend it the words there are."""
    choices = [choice._asdict() for choice in error.choices] if isinstance(error, InputError) else []
    missing = list(error.fields) if isinstance(error, MissingFields) else []
    return {
        "message": translate(error.message, lang),
        "hint": translate(error.hint, lang),
        "exit_code": error.exit_code,
        "choices": choices,
        "missing": missing,
    }


VERBS: Mapping[str, Callable[..., Any]] = {
    verb.__name__: verb
    for verb in (
        Desk.open,
        Desk.understood,
        Desk.count,
        Desk.window,
        Desk.edit,
        Desk.undo,
        Desk.look,
    )
}
"""What a line may ask for, by name."""
