"""A mere check: the same judgement of the same files, without key and network, and nothing remembered of records.

What `--save-mapping` asks to be kept of columns is kept, once every row was judged.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import polars as pl

from pipeline.delivery.plan import check_block
from pipeline.edge import PROCESS, Edge
from pipeline.events import SILENT, Events, Stop
from pipeline.importer.account import find_account
from pipeline.importer.check import answer_references, check_inputs
from pipeline.importer.checked import CheckedFiles
from pipeline.importer.context import ImportCall, open_import
from pipeline.importer.judge import judge_block
from pipeline.importer.mappings import remember_mappings
from pipeline.importer.request import ImportRequest
from pipeline.importer.results.outputs import write_outputs
from pipeline.importer.sources import inspect_files
from pipeline.journal import Journal, journal_exists, open_journal, open_scratch_journal
from pipeline.model import Account
from pipeline.result import Result
from pipeline.settings import Settings
from pipeline.storage.naming import run_name
from pipeline.storage.scratch import scratch
from pipeline.validation.references import find_referred
from schemas import resource

__all__ = ["OfflineCheck", "check_offline"]


class OfflineCheck(CheckedFiles):
    """Files that are read and judged, and never sent."""

    def judge_again(self, position: int, rows: pl.DataFrame) -> pl.DataFrame:
        """The findings (FINDING_COLUMNS and RECORD) of whole records of the table at that position of `sources`, with
        other cells than the file has. `rows` is as `read_blocks` gives them.

        What depends on other rows (a key that stands twice) is told as of the files: it takes a check of all to know.
        """
        judge = self._run.inputs[position].judge
        if judge is None:
            raise ValueError("this table was not judged yet")
        return judge_block(rows, judge, answer_references(self._run, rows, judge)).findings

    def finish(self) -> Result:
        """Write the result files. OutputError when one cannot be written."""
        run = self._run
        run.result.resources = self.counts
        write_outputs(run)
        run.finish()
        return run.result


@contextmanager
def check_offline(
    request: ImportRequest,
    settings: Settings,
    events: Events = SILENT,
    edge: Edge = PROCESS,
    *,
    stop: Stop | None = None,
) -> Iterator[OfflineCheck]:
    """Look at every file and judge every row. Interrupted when `stop` is set meanwhile, from any thread.

    PipelineError when a file or a setting cannot be used.
    """
    with scratch() as folder:
        sources = inspect_files(request, folder, events, settings, edge, stop)
        with open_scratch_journal(folder, edge.now) as journal, _earlier_journal(settings, edge) as earlier:
            account, name = Account("check", request.live), run_name(edge.now())
            theirs = find_account(settings, live=request.live) if settings.api_key or settings.account else None

            def local(resource: str, keys: list[str]) -> dict[str, dict[str, str]]:
                before = earlier.local(theirs, resource, keys) if earlier else {}
                return before | journal.local(account, resource, keys, name)

            run = open_import(
                ImportCall(request, settings, events, edge, stop or Stop()),
                journal=journal,
                account=account,
                name=name,
                folder=folder,
                local=local,
                result=Result("check", None),
            )
            referred = find_referred(resource(source.resource) for source in sources)
            check_inputs(run, sources, partial(check_block, referred=referred))
            remember_mappings(sources, request, settings, name, events)
            yield OfflineCheck(run, sources)


@contextmanager
def _earlier_journal(settings: Settings, edge: Edge) -> Iterator[Journal | None]:
    """What earlier runs created, when there is a journal; a check makes none."""
    if not journal_exists(settings):
        yield None
        return
    with open_journal(settings, edge.now) as journal:
        yield journal
