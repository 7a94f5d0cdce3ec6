"""Past runs: what each did, to resume what was cut short, to settle what is in doubt."""

import asyncio
from pathlib import Path

from starlette.responses import Response

from pipeline.errors import ConfigError
from pipeline.language.say import say
from pipeline.report import report_run_later
from pipeline.runs import Fate, list_runs, resolve, show_run
from pipeline.web.job.asked import Asked
from pipeline.web.jobs import JobFolder, begin_job, list_jobs
from pipeline.web.kept.baskets import Basket
from pipeline.web.kept.senders import list_senders
from pipeline.web.pages.progress import find_run, show_report
from pipeline.web.site import Visit

__all__ = ["report", "resume", "settle", "show", "show_all"]

_MOST = 100
_OPEN = ("in_doubt", "sending")
"""What a killed process was just sending is in doubt as well; while one runs, its claim keeps a settling off."""


async def show_all(visit: Visit) -> Response:
    """The latest runs that sent or fetched something; counting for the confirm step is none of them."""
    known = await asyncio.to_thread(list_runs, visit.settings, 3 * _MOST, visit.site.edge)
    runs = [run for run in known if not run["dry_run"]][:_MOST]
    return visit.page("runs.html", runs=runs)


async def show(visit: Visit) -> Response:
    """One run: counts, and the records that need somebody."""
    known = await asyncio.to_thread(show_run, visit.settings, visit.request.path_params["run"], visit.site.edge)
    doubtful = [record for record in known["notable"] if record["state"] in _OPEN]
    busy = next((job for job in list_jobs(visit.resumed) if job.runs and job.asked.run == known["run"]), None)
    return visit.page(
        "run.html",
        run=known,
        doubtful=doubtful,
        busy=busy,
        senders=list_senders(visit.site.folder, known["run"]),
        kept=_find_basket(visit, known["run"]),
    )


async def resume(visit: Visit) -> Response:
    """Finish a run that was cut short or left records in doubt or unsent."""
    visit.refuse_who_only_prepares()
    run = visit.request.path_params["run"]
    basket = _find_basket(visit, run)
    if basket is not None:  # where its files are, its result and its lists are to be taken away
        if not any(job.runs for job in list_jobs(basket.jobs)):
            _begin(visit, basket.jobs, run, basket)
        return visit.go(f"/b/{basket.name}/progress")
    if not any(job.runs and job.asked.run == run for job in list_jobs(visit.resumed)):
        job = _begin(visit, visit.resumed, run)
        for _ in range(20):
            if not job.runs:
                break
            await asyncio.sleep(0.1)
    return visit.go(f"/runs/{run}")


def _begin(visit: Visit, jobs: Path, run: str, basket: Basket | None = None) -> JobFolder:
    live = basket is not None and any(job.asked.live for job in list_jobs(jobs) if find_run(job) == run)
    asked = Asked(step="resume", live=live, run=run, who=visit.who)
    return begin_job(jobs, asked, visit.settings, basket.folder if basket is not None else None)


def _find_basket(visit: Visit, run: str) -> Basket | None:
    """Her basket that was sent as this run, if it is kept still."""
    return next((one for one in visit.baskets if run in map(find_run, list_jobs(one.jobs))), None)


async def settle(visit: Visit) -> Response:
    """Say of records in doubt what became of them, after somebody has looked at the account."""
    visit.refuse_who_only_prepares()
    fate, key = visit.form.get("fate"), visit.form.get("key")
    if fate not in tuple(Fate) or not visit.form.get("sure"):
        raise ConfigError(say("Say what became of the record, and that you have looked."), say("Go back to the run."))
    run = visit.request.path_params["run"]
    keys = (key,) if key else ()
    done = await asyncio.to_thread(resolve, visit.settings, run, keys, visit.site.edge, Fate(fate))
    if done.left:
        raise ConfigError(*done.said_of_left)
    return visit.go(f"/runs/{run}")


async def report(visit: Visit) -> Response:
    """The page about a run."""
    folder = visit.baskets.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    run = visit.request.path_params["run"]
    _, path = await asyncio.to_thread(report_run_later, visit.settings, run, folder / "run.report.html")
    return show_report(path)
