"""Step 5: how far the send is, what came of it, and the files of its result. It goes on without this page."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from starlette.responses import FileResponse, Response, StreamingResponse

from pipeline.errors import ConfigError, InputError
from pipeline.language.say import say
from pipeline.web.job.asked import Asked
from pipeline.web.jobs import JobFolder, begin_job, find_job, find_no_room, list_jobs
from pipeline.web.kept.defused import write_defused
from pipeline.web.site import Visit

__all__ = ["find_run", "follow_events", "list_downloads", "resume", "serve_file", "show", "show_report", "stop"]

_LOOK_S = 0.2
_OFFERED = ("rejects", "created", "report", "problems")
_LISTS = ("created", "problems")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def show(visit: Visit) -> Response:
    """The newest send of the basket."""
    basket, job = visit.basket, visit.job()
    if job is None:
        return visit.go(f"/b/{basket.name}/confirm")
    result, runs = job.result, job.runs
    if result is None and not runs:
        result = job.result  # it may have ended between the two
    return visit.page(
        "progress_part.html" if visit.swaps else "progress.html",
        step="progress",
        basket=basket,
        job=job,
        runs=runs and result is None,
        result=result,
        begun=find_run(job) is not None,
        latest=job.latest(),
        no_room=find_no_room(job) if result is None and not runs else None,
        downloads=list_downloads(basket.folder, job, result),
    )


def find_run(job: JobFolder) -> str | None:
    """The run a job works on; None of one that has not begun any."""
    return (job.result or {}).get("run") or job.latest().get("run") or job.asked.run


async def follow_events(visit: Visit) -> Response:
    """What the job tells, as server-sent events; a reader that comes back says which it has seen."""
    job = visit.job()
    if job is None:
        raise ConfigError(say("Nothing was sent of these files."), say("Confirm them first."))
    seen = visit.request.headers.get("last-event-id", "0")
    after = int(seen) if seen.isdecimal() else 0
    return StreamingResponse(_follow(job, after), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _follow(job: JobFolder, after: int) -> AsyncIterator[bytes]:
    while True:
        ended = job.result is not None or not job.runs
        for number, line in job.told(after):
            after = number
            yield b"id: %d\ndata: %s\n\n" % (number, msgspec.json.encode(line))
        if ended:
            yield b"event: ended\ndata: {}\n\n"
            return
        await asyncio.sleep(_LOOK_S)


async def stop(visit: Visit) -> Response:
    """Wish that the job end: nothing new is sent, what is under way is waited for."""
    job = visit.job()
    if job is not None:
        job.stop()
        for _ in range(50):
            if not job.runs:
                break
            await asyncio.sleep(0.1)
    return visit.go(f"/b/{visit.basket.name}/progress")


async def resume(visit: Visit) -> Response:
    """Finish the run of the newest job, which was stopped or killed."""
    basket, job = visit.basket, visit.job()
    visit.refuse_who_only_prepares()
    if job is None or any(each.runs for each in list_jobs(basket.jobs)):
        raise ConfigError(say("There is nothing to resume."), say("Look at how far the files are."))
    run = find_run(job)
    if run is None:  # it was killed before it had begun one
        raise ConfigError(say("Nothing was begun of these files."), say("Look at the counts again, and confirm them."))
    begin_job(
        basket.jobs, Asked(step="resume", live=job.asked.live, run=run, who=visit.who), visit.settings, basket.folder
    )
    return visit.go(f"/b/{basket.name}/progress")


def list_downloads(folder: Path, job: JobFolder, result: dict[str, Any] | None) -> dict[str, Path]:
    """What there is to take away: name → file. Files are found among those of the basket, never by a path. What goes
    on with a run writes where the job did that began it."""
    outputs: dict[str, Any] = (result or {}).get("outputs") or {}
    places = (folder / "corrected", *(each.folder for each in list_jobs(job.folder.parent)))
    there = {path.parts[-2:]: path for place in places if place.is_dir() for path in place.iterdir()}
    named = {name: (places[0] / outputs[name]).parts[-2:] for name in _OFFERED if isinstance(outputs.get(name), str)}
    return {name: there[file] for name, file in named.items() if file in there and there[file].is_file()}


async def serve_file(visit: Visit) -> Response:
    """One file of a job's result. A report is shown, with the styles that stand in it; all else is taken away."""
    basket = visit.basket
    job = find_job(basket.jobs, visit.request.path_params["job"])
    what = visit.request.path_params["what"]
    found = list_downloads(basket.folder, job, job.result) if job is not None else {}
    if what not in found:
        raise InputError(say("There is no such file."), say("Look at what the result offers."))
    path = found[what]
    if what == "report":
        return show_report(path)
    if what in _LISTS and path.suffix == ".csv":
        shown = await asyncio.to_thread(write_defused, path)
        return FileResponse(shown, media_type=_TYPES[".csv"], filename=path.name)
    return FileResponse(path, media_type=_TYPES.get(path.suffix, "application/octet-stream"), filename=path.name)


def show_report(path: Path) -> Response:
    """A report has no script, and its own styles."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
    return FileResponse(path, media_type=_TYPES[".html"], headers={"content-security-policy": policy})
