"""Step 1: drop a file. What is here already, what was cut short, and workbooks to fill in."""

import asyncio
import shutil
from pathlib import Path

from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, Response

from pipeline.errors import ConfigError, InputError
from pipeline.language.say import say
from pipeline.runs import CUT_SHORT, list_runs
from pipeline.storage.atomic import replace_atomically
from pipeline.template.write import write_template
from pipeline.web.access import CSRF
from pipeline.web.jobs import list_jobs
from pipeline.web.site import Visit
from pipeline.web.uploads import Upload, read_upload
from schemas import RESOURCE_NAMES

__all__ = ["remove_all", "remove_basket", "serve_template", "show", "take_files"]

_RECENT = 10
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def show(visit: Visit) -> Response:
    """The first step."""
    runs = await asyncio.to_thread(list_runs, visit.settings, _RECENT, visit.site.edge)
    recent = list(visit.baskets)[:_RECENT]
    busy = find_busy_runs(visit)
    cut_short = [
        run
        for run in runs
        if run["status"] in CUT_SHORT and run["command"] == "import" and not run["dry_run"] and run["run"] not in busy
    ]
    prepared = sorted((b for each in visit.others for b in each), key=lambda basket: basket.made_at, reverse=True)
    return visit.page(
        "drop.html",
        step="drop",
        recent=recent,
        prepared=prepared[:_RECENT],
        cut_short=cut_short,
        resources=RESOURCE_NAMES,
    )


def find_busy_runs(visit: Visit) -> set[str]:
    """The runs that a job of this user's works on now: their journal says no more than of one that was killed."""
    folders = (visit.resumed, *(basket.jobs for basket in visit.baskets))
    running = (job for folder in folders for job in list_jobs(folder) if job.runs)
    return {str(job.asked.run or job.latest().get("run")) for job in running}


async def take_files(visit: Visit) -> Response:
    """Take the files of the form in; a basket of which nothing arrived whole is not kept."""
    basket = visit.baskets.make(visit.site.edge.now(), visit.who)

    def allow(fields: dict[str, str]) -> None:
        word = fields.get(CSRF, "") or visit.request.headers.get("x-csrf-token", "")
        visit.site.access.check_form(visit.user, word)

    upload = Upload(basket, visit.site.upload_limit, allow)
    try:
        await read_upload(visit.request.stream(), visit.request.headers.get("content-type", ""), upload)
    except ClientDisconnect as error:
        basket.delete()
        raise InputError(say("The upload broke off."), say("Choose the file again.")) from error
    except Exception:
        basket.delete()
        raise
    return visit.go(f"/b/{basket.name}/understood")


async def remove_basket(visit: Visit) -> Response:
    """One basket, with its bench."""
    basket = visit.baskets.open(visit.request.path_params["basket"])  # her own: who confirms deletes nobody else's
    _refuse_while_busy(basket.jobs)
    await visit.site.benches.close(basket.folder)
    basket.delete()
    return visit.go("/")


async def remove_all(visit: Visit) -> Response:
    """Everything this user has dropped and exported. The journal and the account are what they were."""
    _refuse_while_busy(visit.exports, visit.resumed, *(basket.jobs for basket in visit.baskets))
    for basket in visit.baskets:
        await visit.site.benches.close(basket.folder)
    folder = visit.baskets.folder
    if folder.exists():
        await asyncio.to_thread(shutil.rmtree, folder)
    return visit.go("/")


def _refuse_while_busy(*jobs: Path) -> None:
    """ConfigError while something is sent or read: what came of it could not be written down."""
    if any(job.runs for folder in jobs for job in list_jobs(folder)):
        raise ConfigError(
            say("These files are being worked on; nothing was deleted."),
            say("Wait for the end, or stop the sending, and delete them then."),
        )


async def serve_template(visit: Visit) -> Response:
    """A workbook to fill in."""
    resource = visit.request.path_params["resource"]
    if resource not in (*RESOURCE_NAMES, "all"):
        raise ConfigError(say("There is no such workbook."), say("Begin at the first step."))
    wanted = tuple(RESOURCE_NAMES) if resource == "all" else (resource,)
    folder = visit.baskets.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"gigbulk-{resource}.xlsx"
    await asyncio.to_thread(_write, wanted, path)
    return FileResponse(path, media_type=_WORKBOOK, filename=path.name)


def _write(wanted: tuple[str, ...], path: Path) -> None:
    with replace_atomically(path) as temporary:
        write_template(wanted, temporary)
