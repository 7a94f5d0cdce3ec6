"""A workbook written back: the same file, its failing cells marked, the reason in words, and each record's own id.

What is written is what the rejects file of a CSV says, at the place where it can be mended: red for errors, amber for
warnings, a remark column right of the table, notes on the first cells, and a sheet that sums up. A workbook that is
not .xlsx or .xlsm comes back as a new .xlsx with its tables, each cell where it stood.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.findings.problems import Problems
from pipeline.findings.rejects import Rejects
from pipeline.formats import FORMATS, LINE
from pipeline.model import Source
from pipeline.workbook.marked.mark import mark_workbook
from pipeline.workbook.marks import Level, SheetMarks, Summary, SummaryCell, column_number
from pipeline.workbook.package import is_open_xml
from pipeline.workbook.write import PlacedTable, write_placed_tables
from schemas.spec import Severity, Text

__all__ = ["bears_remarks", "is_marked", "write_marked"]

_MOST_NOTES = 1_000
"""Notes a sheet: LibreOffice needs half a minute to open one with 5,000 (measured)."""
_HEADINGS = (Text("_resultado", "_result"), Text("_id", "_id"))
_TOLD = ("line", "column", "severity", "rule", "message", "advice")
"""What marks say of a finding: the rest stays on disk, where a workbook may have a million."""
_FORMER = frozenset({"_resultado", "_result"})
_LEVELS = {Severity.ERROR.value: Level.ERROR, Severity.WARNING.value: Level.WARNING}
_WORDS = {
    "rejected": Text("Rechazado", "Rejected"),
    "warning": Text("Aviso", "Warning"),
    "created": Text("Creado", "Created"),
    "existing": Text("Ya existía", "It existed already"),
    "title": Text("gigbulk: lo que hay que corregir", "gigbulk: what to correct"),
    "next": Text(
        "Corrija las celdas rojas, guarde el libro y vuelva a importarlo: sólo se envía lo corregido.",
        "Correct the red cells, save the workbook and import it again: only what was corrected is sent.",
    ),
    "sheet": Text("Hoja", "Sheet"),
    "rows": Text("Filas rechazadas", "Rows rejected"),
    "done": Text("Creados o que ya existían", "Created or existing"),
    "severity": Text("Gravedad", "Severity"),
    "error": Text("Error", "Error"),
    "rule": Text("Regla", "Rule"),
    "count": Text("Veces", "Count"),
    "cell": Text("Por ejemplo", "For example"),
    "example": Text("Qué pasa y qué hacer", "What is wrong, and what to do"),
}
_CELL = r"(?:'(?:[^']|'')*'|[^\s!:]+)![A-Z]{1,3}[0-9]+: "
_ADDRESS = f"^{_CELL}"


@dataclass(frozen=True, slots=True)
class _Said:
    """What is to be said of one sheet: findings (_TOLD), rejected lines with `_errors`, records with ids."""

    findings: pl.DataFrame
    rejected: pl.DataFrame
    done: pl.DataFrame


def is_marked(source: Source, path: Path) -> bool:
    """Whether a file comes back at `path` whole, with marks."""
    return path.suffix.lstrip(".").lower() in FORMATS[source.format].marked


def bears_remarks(source: Source) -> bool:
    """Whether an earlier run has marked this sheet."""
    return not _FORMER.isdisjoint(source.shape.headings)


def write_marked(
    rejects: Sequence[Rejects], problems: Problems, done: Iterable[pl.DataFrame], path: Path, lang: str
) -> None:
    """Write the workbook of these sources, with marks, to `path`. `done` has CREATED_SCHEMA: what the account holds.

    InputError when the workbook was damaged since it was read; OSError as the disk does.
    """
    created = pl.concat([*done, pl.DataFrame(schema=_DONE_SCHEMA)], how="diagonal_relaxed")
    said = {each.source.sheet: _gather(each, problems, created) for each in rejects}
    source = rejects[0].source
    summary = _sum_up(said, lang)
    marks = [_sheet_marks(each.source, said[each.source.sheet], lang) for each in rejects]
    if is_open_xml(source.path):
        mark_workbook(source.path, path, marks, summary)
        return
    fresh = path.with_suffix(".fresh.xlsx")
    try:
        write_placed_tables({str(each.source.sheet): _own_table(each.source) for each in rejects}, fresh)
        mark_workbook(fresh, path, marks, summary)
    finally:
        fresh.unlink(missing_ok=True)


_DONE_SCHEMA = {"file": pl.String, "sheet": pl.String, "line": pl.UInt32, "id": pl.String, "state": pl.String}


def _gather(rejects: Rejects, problems: Problems, created: pl.DataFrame) -> _Said:
    source = rejects.source
    here = (pl.col("file") == source.name) & pl.col("sheet").eq_missing(source.sheet)
    wanted = here & pl.col("severity").is_in(list(_LEVELS)) & pl.col("line").is_not_null()
    frames = (*problems.frames(), problems.page(0, 0))
    found = pl.concat(frame.lazy().filter(wanted).select(_TOLD).collect() for frame in frames)
    lines = {"_line": pl.UInt32, "_errors": pl.String}
    rejected = rejects.rows().select(*lines).collect() if rejects.lines else pl.DataFrame(schema=lines)
    return _Said(found, rejected, created.filter(here))


def _sheet_marks(source: Source, said: _Said, lang: str) -> SheetMarks:
    columns = {h: column_number(c) for h, c in zip(source.shape.headings, source.shape.columns, strict=True)}
    former = next((columns[h] for h in source.shape.headings if h in _FORMER), None)
    return SheetMarks(
        sheet=str(source.sheet),
        heading_row=source.shape.first_line,
        headings=tuple(heading.in_language(lang) for heading in _HEADINGS),
        remarks=_remarks(said, lang),
        cells=_cells(said.findings, columns),
        notes=dict(_notes(said.findings, columns)),
        remark_column=former,
    )


def _cells(findings: pl.DataFrame, columns: Mapping[str, int]) -> dict[int, dict[int, Level]]:
    """The worst that is said of each cell, by line and column."""
    found: dict[int, dict[int, Level]] = {}
    for line, heading, severity in findings.select("line", "column", "severity").unique().iter_rows():
        column = columns.get(heading)
        if column is not None:
            row = found.setdefault(line, {})
            row[column] = Level.ERROR if Level.ERROR in (row.get(column), _LEVELS[severity]) else Level.WARNING
    return found


def _notes(findings: pl.DataFrame, columns: Mapping[str, int]) -> Iterator[tuple[tuple[int, int], str]]:
    """The first of each rule first, so that every rule is explained somewhere."""
    placed = findings.filter(pl.col("column").is_in(list(columns)))
    nth = placed.select("line", "column", nth=pl.int_range(pl.len(), dtype=pl.UInt32).over("rule"))
    noted = nth.sort("nth", maintain_order=True).unique(["line", "column"], keep="first", maintain_order=True)
    noted = noted.head(_MOST_NOTES).select("line", "column", at=pl.int_range(pl.len()))
    cells = (
        placed.with_columns(nth["nth"])
        .join(noted, on=["line", "column"])
        .sort("at", "nth", maintain_order=True)
        .group_by("line", "column", maintain_order=True)
        .agg(_sentence().unique(maintain_order=True).str.join("\n").alias("text"))
    )
    for line, heading, text in cells.iter_rows():
        yield (line, columns[heading]), text


def _sentence() -> pl.Expr:
    """Message and advice, without the address: it is where the sentence stands."""
    return pl.concat_str([pl.col("message").str.replace(_ADDRESS, ""), pl.col("advice")], separator=" ")


def _remarks(said: _Said, lang: str) -> dict[int, tuple[str, ...]]:
    """By line: the reason, or what became of the record; and its id."""
    word = {name: text.in_language(lang) for name, text in _WORDS.items()}
    warned = said.findings.filter(pl.col("severity") == Severity.WARNING.value).group_by("line", maintain_order=True)
    warnings = warned.agg(
        pl.format("{}: {}", pl.col("column"), _sentence()).unique(maintain_order=True).str.join(" | ")
    )
    states = said.done.select("line", "state", "id")
    texts: dict[int, list[str]] = {}
    ids: dict[int, str] = {}
    for line, state, remote in states.iter_rows():
        texts.setdefault(line, []).append(f"{word[state]}.")
        ids[line] = remote or ""
    errors_here = pl.col("_errors").str.replace_all(f": {_CELL}", ": ")  # the row is the address
    for line, errors in said.rejected.select("_line", errors_here).iter_rows():
        texts.setdefault(line, []).append(f"{word['rejected']}: {errors}")
    for line, warning in warnings.iter_rows():
        texts.setdefault(line, []).append(f"{word['warning']}: {warning}")
    return {line: (" ".join(parts), ids.get(line, "")) for line, parts in texts.items()}


def _sum_up(said: Mapping[str | None, _Said], lang: str) -> Summary:
    """How each sheet fared, and each rule that was broken: errors first, the most frequent first."""
    word = {name: text.in_language(lang) for name, text in _WORDS.items()}
    rows: list[Sequence[str | int | SummaryCell]] = [(SummaryCell(word["title"], strong=True),), (word["next"],), ()]
    rows.append([SummaryCell(word[name], strong=True) for name in ("sheet", "rows", "done")])
    rows += [(str(sheet), each.rejected.height, each.done.height) for sheet, each in said.items()]
    rows += [(), [SummaryCell(word[name], strong=True) for name in ("severity", "rule", "count", "cell", "example")]]
    counted = (
        pl.concat(each.findings for each in said.values())
        .group_by("severity", "rule", maintain_order=True)
        .agg(pl.len().alias("count"), pl.col("message").first(), _sentence().first().alias("said"))
        .sort("severity", -pl.col("count").cast(pl.Int64), maintain_order=True)
    )
    for severity, rule, count, message, sentence in counted.iter_rows():
        address = re.match(_ADDRESS, message)
        cell = SummaryCell(address[0].rstrip(": "), goes_to=address[0].rstrip(": ")) if address else ""
        rows.append((SummaryCell(word[severity], level=_LEVELS[severity]), rule, count, cell, sentence))
    return Summary(rows)


def _own_table(source: Source) -> PlacedTable:
    """The user's own columns where they stood, so that an address says the same in both workbooks."""
    kind, shape = FORMATS[source.format], source.shape
    letters = dict(zip(shape.headings, shape.columns, strict=True))
    frames = (frame.rename(letters) for frame in kind.read(source.path, shape, 50_000))
    return PlacedTable({column: text for text, column in letters.items()}, shape.first_line, LINE, frames)
