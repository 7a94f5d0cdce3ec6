"""Exports: choose lists of the account, watch them being read, take the files away."""

import asyncio

from starlette.responses import FileResponse, Response

from pipeline.errors import InputError
from pipeline.exporter.request import list_exportable
from pipeline.language.say import say
from pipeline.web.job.asked import Asked
from pipeline.web.jobs import JobFolder, begin_job, find_job, find_no_room, list_jobs
from pipeline.web.site import Visit
from schemas.dialects import dialect

__all__ = ["begin", "serve_export", "show", "show_all", "stop"]

_FORMATS = ("xlsx", "csv", "parquet", "jsonl")


async def show_all(visit: Visit) -> Response:
    """What can be exported, and the exports there are."""
    resources = list_exportable(dialect(visit.settings.dialect))
    return visit.page("exports.html", resources=resources, formats=_FORMATS, jobs=list_jobs(visit.exports)[:20])


async def begin(visit: Visit) -> Response:
    """Begin an export of what is ticked."""
    known = list_exportable(dialect(visit.settings.dialect))
    wanted = tuple(name for name in known if f"resource:{name}" in visit.form)
    form = visit.form.get("format", "")
    asked = Asked(
        step="export",
        resources=wanted,
        format=form if form in _FORMATS else "xlsx",
        since=visit.form.get("since", ""),
        until=visit.form.get("until", ""),
    )
    job = begin_job(visit.exports, asked, visit.settings)
    return visit.go(f"/exports/{job.name}")


async def show(visit: Visit) -> Response:
    """One export: how far it is, and its files."""
    job = _find(visit)
    files = sorted((job.folder / "files").glob("*")) if job.result is not None else []
    return visit.page(
        "export.html",
        job=job,
        runs=job.runs,
        result=job.result,
        no_room=None if job.runs or job.result is not None else find_no_room(job),
        latest=job.latest(),
        files=[path.name for path in files if path.is_file() and not path.name.startswith(".")],
    )


async def stop(visit: Visit) -> Response:
    """Wish that it end; the same export goes on from the pages it has read."""
    job = _find(visit)
    job.stop()
    await asyncio.sleep(0.5)
    return visit.go(f"/exports/{job.name}")


async def serve_export(visit: Visit) -> Response:
    """One file of an export."""
    job, name = _find(visit), visit.request.path_params["name"]
    path = next((path for path in (job.folder / "files").glob("*") if path.name == name and path.is_file()), None)
    if path is None:
        raise InputError(say("There is no such file."), say("Look at what the export has written."))
    return FileResponse(path, filename=path.name)


def _find(visit: Visit) -> JobFolder:
    job = find_job(visit.exports, visit.request.path_params["job"])
    if job is None:
        raise InputError(say("There is no such export."), say("Begin another."))
    return job
