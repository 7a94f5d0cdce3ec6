"""What a job does: plan a basket, send it, resume a run, export. Each is the library's own flow, told to a file.

A job's folder has `request.json` (Asked) and gets `progress.jsonl`, at the end `result.json`, and the files it makes.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import ConfigError
from pipeline.events import Stop
from pipeline.exporter.flow import export_resources
from pipeline.exporter.request import ExportRequest
from pipeline.importer.checked import check
from pipeline.importer.consent.questions import Question, describe_questions
from pipeline.importer.flow import Caller, resume_run
from pipeline.importer.request import ImportRequest
from pipeline.language.catalogue import translate
from pipeline.language.say import say
from pipeline.result import Result, build_result
from pipeline.runs import count_run
from pipeline.settings import Settings
from pipeline.signals import watch_interrupts
from pipeline.storage.steady import hash_file
from pipeline.web.bench.corrections import CorrectionList
from pipeline.web.bench.desk import build_request
from pipeline.web.handed_over import build_edge
from pipeline.web.job.asked import Asked
from pipeline.web.job.telling import Telling
from pipeline.web.kept.baskets import Basket
from pipeline.web.kept.corrected import write_corrected
from pipeline.web.kept.senders import Sender, remember_sender

__all__ = ["JOB_STEPS", "JobCall", "count_fates"]


class JobCall:
    """One job: its folder, what is asked, and how it is set."""

    def __init__(self, folder: Path, settings: Settings, basket: Basket | None) -> None:
        self.folder = folder
        self.basket = basket
        self.settings = settings
        self.asked = msgspec.json.decode((folder / "request.json").read_bytes(), type=Asked)
        secrets = (settings.api_key,) if settings.api_key else ()
        files = basket.corrected if basket is not None else None
        self.telling = Telling(folder / "progress.jsonl", settings.lang, secrets, files)


def plan(job: JobCall) -> dict[str, Any]:
    """What a send would do: the hash of each file, records by fate, money by currency, what wants a yes."""
    shown, result = _plan(job, _files(job))
    return {"plan": shown, **build_result(result)}


def _plan(job: JobCall, files: Mapping[str, str], stop: Stop | None = None) -> tuple[dict[str, Any], Result]:
    basket = _basket(job)
    request, edge = _request(job, files, dry_run=True), build_edge(basket.corrected)
    with check(request, job.settings, job.telling, edge, stop=stop) as checked:
        questions = [_describe(question, job.settings.lang) for question in checked.find_questions()]
        money = checked.sum_money()
        columns = {source.label: source.fields for source in checked.sources}
        result = asyncio.run(checked.send())
    counts = {name: count.as_dict() for name, count in result.resources.items()}
    shown = {"files": files, "live": job.asked.live, "counts": counts, "money": money, "questions": questions}
    return shown | {"answers": msgspec.to_builtins(basket.answers), "columns": columns}, result


def send(job: JobCall) -> dict[str, Any]:
    """Send what was planned, or the first of it. ConfigError, and nothing sent, where the plan is another by now."""
    stop = Stop()
    with watch_interrupts(stop):  # from the first moment on: who presses Stop at once shall not kill it
        return _send(job, stop)


def _send(job: JobCall, stop: Stop) -> dict[str, Any]:
    files = _files(job)
    confirmed = job.asked.confirmed or {}
    if _without_words(_plan(job, files, stop)[0]) != _without_words(confirmed):
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
    edge = build_edge(_basket(job).corrected)
    with check(request, job.settings, job.telling, edge, stop=stop) as checked:
        _remember(job, checked.name, _basket(job).who)
        job.telling.tell(run=checked.name)
        answers = [q for q in checked.questions if (q.kind.value, q.subject) in agreed]
        with job.telling.counting(lambda: count_fates(job, checked.name)):
            return build_result(asyncio.run(checked.send(answers, stop)))


def resume(job: JobCall) -> dict[str, Any]:
    """Finish a run that something has ended. What was agreed to when it began is agreed to."""
    run = job.asked.run
    if run is None:  # the newest of the journal may be anybody's
        raise ConfigError(say("Nothing was begun of these files."), say("Look at the counts again, and confirm them."))

    _remember(job, run)

    @contextmanager
    def watch(stop: Stop) -> Iterator[None]:
        with watch_interrupts(stop), job.telling.counting(lambda: count_fates(job, run)):
            yield

    folder = _basket(job).corrected if job.basket is not None else job.folder
    caller = Caller(job.telling, lambda questions: questions, watch, build_edge(folder))
    return build_result(resume_run(run, job.settings, caller))


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


def _remember(job: JobCall, run: str, prepared: str = "") -> None:
    if job.asked.who:
        sender = Sender(run=run, confirmed=job.asked.who, prepared=prepared, when=build_edge(job.folder).now())
        remember_sender(job.settings.state_dir / "web", sender)


def _without_words(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan as it was confirmed, in whichever language."""
    questions = [{**question, "words": ""} for question in plan.get("questions", ())]
    bare: dict[str, Any] = msgspec.to_builtins({**plan, "questions": questions})
    return bare


def count_fates(job: JobCall, run: str) -> dict[str, int]:
    """The fates of that run's records as the journal has them now."""
    return count_run(job.settings, run, build_edge(job.folder))
