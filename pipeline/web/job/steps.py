"""What a job does: plan a basket, send it, resume a run, export. Each is the library's own flow, told to a file.

A job's folder has `request.json` (Asked) and gets `progress.jsonl`, at the end `result.json`, and the files it makes.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import ConfigError
from pipeline.events import Stop
from pipeline.exporter.flow import export_resources
from pipeline.exporter.request import ExportRequest
from pipeline.importer.checked import check
from pipeline.importer.flow import Caller, import_files, resume_run
from pipeline.importer.questions import Question, describe_questions
from pipeline.importer.request import ImportRequest
from pipeline.language.catalogue import translate
from pipeline.language.say import say
from pipeline.result import build_result
from pipeline.runs import list_runs
from pipeline.settings import Settings
from pipeline.signals import watch_interrupts
from pipeline.storage.steady import hash_file
from pipeline.web.baskets import Basket
from pipeline.web.bench.corrections import CorrectionList
from pipeline.web.bench.desk import build_request
from pipeline.web.corrected import write_corrected
from pipeline.web.handed_over import build_edge
from pipeline.web.job.asked import Asked
from pipeline.web.job.telling import Telling

__all__ = ["JOB_STEPS", "JobCall", "count_fates"]


class JobCall:
    """One job: its folder, what is asked, and how it is set."""

    def __init__(self, folder: Path, settings: Settings, basket: Basket | None) -> None:
        self.folder = folder
        self.basket = basket
        self.settings = settings
        self.asked = msgspec.json.decode((folder / "request.json").read_bytes(), type=Asked)
        secrets = (settings.api_key,) if settings.api_key else ()
        self.telling = Telling(folder / "progress.jsonl", settings.lang, secrets)


def plan(job: JobCall) -> dict[str, Any]:
    """What a send would do: the hash of each file, records by fate, money by currency, what wants a yes."""
    files = _files(job)
    request = _request(job, files, dry_run=True)
    with check(request, job.settings, job.telling, build_edge(_basket(job).corrected)) as checked:
        questions = [_describe(question, job.settings.lang) for question in checked.find_questions()]
        money = checked.sum_money()
        result = asyncio.run(checked.send())
    counts = {name: count.as_dict() for name, count in result.resources.items()}
    shown = {"files": files, "live": job.asked.live, "counts": counts, "money": money, "questions": questions}
    return {"plan": shown, **build_result(result)}


def send(job: JobCall) -> dict[str, Any]:
    """Send what was planned, or the first of it. ConfigError, and nothing sent, where the plan is another by now."""
    files = _files(job)
    confirmed = job.asked.confirmed or {}
    if confirmed.get("files") != files or confirmed.get("live") != job.asked.live:
        raise ConfigError(
            say("The files are not those that were confirmed; nothing was sent."),
            say("Look at the counts again, and confirm them."),
        )
    request = _request(
        job,
        files,
        limit=job.asked.limit,
        created=job.folder / "created.csv",
        report=job.folder / "report.html",
        problems=job.folder / "problems.csv",
    )
    agreed = {(q["kind"], q["subject"]) for q in confirmed.get("questions", ())}

    def ask(questions: Sequence[Question]) -> Collection[Question]:
        return [q for q in questions if (q.kind.value, q.subject) in agreed]

    return build_result(import_files(request, job.settings, _caller(job, ask)))


def resume(job: JobCall) -> dict[str, Any]:
    """Finish a run that something has ended. What was agreed to when it began is agreed to."""
    return build_result(resume_run(job.asked.run, job.settings, _caller(job, lambda questions: questions)))


def export(job: JobCall) -> dict[str, Any]:
    """Lists of the account as files in the job's folder."""
    asked = job.asked
    output = job.folder / "files"
    output.mkdir(mode=0o700, exist_ok=True)
    request = ExportRequest(
        asked.resources, str(output), format=asked.format, since=asked.since or None, until=asked.until or None
    )
    stop = Stop()
    with watch_interrupts(stop):
        return build_result(export_resources(request, job.settings, job.telling, stop=stop))


JOB_STEPS: Mapping[str, Callable[[JobCall], dict[str, Any]]] = {
    step.__name__: step for step in (plan, send, resume, export)
}
"""What may be asked, by name."""


def _describe(question: Question, lang: str) -> dict[str, Any]:
    words = translate(describe_questions([question]), lang)
    return {"kind": question.kind.value, "subject": question.subject, "count": question.count, "words": words}


def _basket(job: JobCall) -> Basket:
    if job.basket is None:
        raise ConfigError(say("These files are not here any more."), say("Drop them again."))
    return job.basket


def _files(job: JobCall) -> dict[str, str]:
    """Name → hash of the files to be sent."""
    basket = _basket(job)
    names = write_corrected(basket, CorrectionList(basket.edits), basket.corrected)
    return {name: hash_file(basket.corrected / name) for name in names}


def _request(job: JobCall, files: Mapping[str, str], **asked: Any) -> ImportRequest:
    return build_request(_basket(job), tuple(files), live=job.asked.live, **asked)


def _caller(job: JobCall, ask: Callable[[Sequence[Question]], Collection[Question]]) -> Caller:
    """Hears everything, and counts the fates in the journal while records are sent."""

    @contextmanager
    def watch(stop: Stop) -> Iterator[None]:
        with watch_interrupts(stop), job.telling.counting(lambda: count_fates(job)):
            yield

    folder = _basket(job).corrected if job.basket is not None else job.folder
    return Caller(job.telling, ask, watch, build_edge(folder))


def count_fates(job: JobCall) -> dict[str, int] | None:
    """The fates of the run's records as the journal has them now; None before it has any."""
    runs = list_runs(job.settings, 1, build_edge(job.folder))
    return runs[0]["totals"] if runs else None
