"""The files a run leaves: rejects, problems, the list of created records, report."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.findings.marked_workbook import bears_remarks, is_marked, write_marked
from pipeline.findings.rejects import group_by_file, rejects_path, replace_kept, write_rejects
from pipeline.importer.context import ImportRun
from pipeline.importer.sources import describe_source
from pipeline.report import compose_report, write_report
from schemas.sat.editions import editions

__all__ = ["report_run", "write_outputs"]


def write_outputs(run: ImportRun) -> None:
    """Rejects, problems and the list of records into place; all paths into the result. OutputError when one cannot."""
    written = [str(path) for path in _write_rejects(run)]
    outputs = run.result.outputs
    outputs["rejects"] = written[0] if written else None
    outputs["rejects_files"] = written
    if run.request.problems is not None:
        run.problems.write(run.edge.locate(run.request.problems))
        outputs["problems"] = str(run.request.problems)
    if run.request.created is not None:
        path = run.edge.locate(run.request.created)
        run.planned.write(path, run.done_records(), with_links=run.request.with_links)
        outputs["created"] = str(run.request.created)
    outputs["report"] = str(run.request.report) if run.request.report else None
    run.result.examples = run.problems.examples


def _write_rejects(run: ImportRun) -> Iterator[Path]:
    """What comes back of each input: its failing rows, or the whole workbook with its marks."""
    for rejects in group_by_file(entry.rejects for entry in run.inputs):
        sources = [each.source for each in rejects]
        path = rejects_path(sources[0], run.request.rejects)
        failing = [each for each in rejects if each.lines]
        if is_marked(sources[0], path):
            if failing or any(map(bears_remarks, sources)) or run.request.rejects:
                with replace_kept(run.edge.locate(path)) as temporary:
                    write_marked(rejects, run.problems, run.done_records(), temporary, run.settings.lang)
                yield path
        elif failing:
            write_rejects(failing, run.edge.locate(path))
            yield path


def report_run(run: ImportRun, stopped: PipelineError | None) -> None:
    """The HTML page about the run, from the journal; `stopped` is what it ended with, if it did not end well."""
    remembered = run.journal.run(run.name)
    if run.request.report is None or remembered is None:
        return
    page = compose_report(
        run.journal,
        remembered,
        run.result.as_dict() | {"imbalance": stopped.message if stopped else None},
        run.problems.rules,
        run.settings.lang,
        catalogs=editions(),
        dialect=run.dialect.name,
        notes=[
            *((e.source.label, note) for e in run.inputs for note in describe_source(e.source)),
            *((run.name, said) for said in run.result.warnings_said),
        ],
    )
    write_report(run.edge.locate(run.request.report), page)
