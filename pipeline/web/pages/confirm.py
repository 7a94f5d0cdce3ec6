"""Step 4: what a send would do, counted anew of the files as corrected, and the one button that does it."""

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response

from pipeline.errors import ConfigError
from pipeline.language.say import say
from pipeline.web.access import Forbidden
from pipeline.web.job.asked import Asked
from pipeline.web.jobs import JobFolder, begin_job, find_job, find_no_room, list_jobs
from pipeline.web.pages.understood import PAGE_PATIENCE_S
from pipeline.web.site import Visit

__all__ = ["send", "show"]

_LOOK_S = 0.05


async def show(visit: Visit) -> Response:
    """The plan; while it is made, how far."""
    basket, live = visit.basket, visit.request.query_params.get("live") == "1"
    sending = visit.job()
    if sending is not None and sending.runs:
        return visit.go(f"/b/{basket.name}/progress")
    planned = find_job(basket.jobs, visit.request.query_params.get("plan", ""))
    if planned is None:
        begun = begin_job(basket.jobs, Asked(step="plan", live=live), visit.settings, basket.folder)
        await _until_done(begun, PAGE_PATIENCE_S)
        return visit.go(f"/b/{basket.name}/confirm?plan={begun.name}" + ("&live=1" if live else ""))
    await _until_done(planned, PAGE_PATIENCE_S)
    result = planned.result
    known_live = planned.asked.live  # whatever the address says
    common: dict[str, Any] = {"step": "confirm", "basket": basket, "live": known_live}
    if result is None and planned.runs:
        return visit.page("reading.html", progress=planned.latest().get("progress"), **common)
    if result is None or "plan" not in result:
        no_room = find_no_room(planned) if result is None else None
        return visit.page("stopped.html", result=result or {}, no_room=no_room, **common)
    word = visit.site.confirmations.give(_bound(planned, result))
    creating = sum(counts.get("would_create") or 0 for counts in result["plan"]["counts"].values())
    return visit.page(
        "confirm.html", plan=result["plan"], result=result, planned=planned, word=word, creating=creating, **common
    )


async def send(visit: Visit) -> Response:
    """Begin the send of what was shown. Forbidden for a word that is used, old, or of another plan."""
    visit.refuse_who_only_prepares()
    if visit.form.get("how") not in ("one", "all") or not visit.form.get("sure"):
        raise ConfigError(
            say("Say that you have looked at the totals; nothing was sent."), say("Go back, and tick it.")
        )
    basket = visit.basket
    planned = find_job(basket.jobs, visit.form.get("plan", ""))
    result = planned.result if planned is not None else None
    if planned is None or result is None or "plan" not in result:
        raise ConfigError(say("There is no such plan any more."), say("Look at the counts again."))
    if not visit.site.confirmations.take(visit.form.get("word", ""), _bound(planned, result)):
        raise Forbidden(
            say("This was confirmed before, or is not what was shown; nothing was sent."),
            say("Look at the counts again, and confirm them."),
        )
    _refuse_other_jobs(visit, planned)
    asked = Asked(
        step="send",
        live=planned.asked.live,
        limit=None if visit.form["how"] == "all" else 1,
        confirmed=result["plan"],
        who=visit.who,
    )
    begin_job(basket.jobs, asked, visit.settings, basket.folder)
    return visit.go(f"/b/{basket.name}/progress")


def _refuse_other_jobs(visit: Visit, planned: JobFolder) -> None:
    """Forbidden while another works on these files, and for a plan made before they were last sent."""
    sent = visit.job()
    if sent is not None and sent.runs:
        raise Forbidden(say("These files are being sent already."), say("Look at how far they are."))
    if sent is not None and int(sent.name) > int(planned.name):
        raise Forbidden(
            say("This was confirmed before, or is not what was shown; nothing was sent."),
            say("Look at the counts again, and confirm them."),
        )
    if any(job.runs for job in list_jobs(visit.basket.jobs)):
        raise Forbidden(
            say("These files are being counted in another window; nothing was sent."),
            say("Look at the counts again, and confirm them."),
        )


def _bound(planned: JobFolder, result: dict[str, Any]) -> dict[str, Any]:
    """What a word is good for: the files by their hashes, the mode, the counts and sums."""
    bound: dict[str, Any] = msgspec.to_builtins({"job": str(planned.folder), "plan": result["plan"]})
    return bound


async def _until_done(job: JobFolder, patience_s: float) -> None:
    """Wait a little for a job that is about to end."""
    for _ in range(int(patience_s / _LOOK_S)):
        if job.result is not None or not job.runs:
            return
        await asyncio.sleep(_LOOK_S)
