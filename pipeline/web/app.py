"""The page's routes, and how a handler is asked: reads plainly, writes with a form that is ours."""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pipeline.errors import InputError, OutputError, PipelineError
from pipeline.language.say import say
from pipeline.web.access import CSRF, Forbidden, Guard, User
from pipeline.web.benches import BenchError, BenchMistake
from pipeline.web.kept.disk import describe_disk_error, is_of_disk
from pipeline.web.kept.expiry import remove_expired
from pipeline.web.mistakes import describe_mistake
from pipeline.web.pages import confirm, correct, drop, exports, past, progress, understood
from pipeline.web.site import Site, Visit
from pipeline.web.uploads import TooLarge

__all__ = ["build_app"]

_STATIC = Path(__file__).parent / "static"
_FORM_LIMIT = 1 << 20
_SWEEP_S = 3600


class FormTooLarge(InputError):
    """More bytes than any form of ours has."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            say("This form is larger than {limit} MB, which is more than any of the page's.", limit=limit >> 20),
            say("Shorten what you typed, and press the button once more."),
        )


_STATUS: dict[type[PipelineError], int] = {Forbidden: 403, TooLarge: 413, FormTooLarge: 413, OutputError: 507}
"""What an error is in HTTP's own words; any other is 400."""

_LOG = logging.getLogger("gigbulk.web")


Handler = Callable[[Visit], Awaitable[Response]]


def build_app(site: Site) -> Starlette:
    """The ASGI application of one page."""

    def read(path: str, handler: Handler) -> Route:
        return Route(path, functools.partial(_read, site, handler), methods=["GET"])

    def write(path: str, handler: Handler) -> Route:
        return Route(path, functools.partial(_write, site, handler), methods=["POST"])

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with site.benches.tended():
            sweeping = asyncio.create_task(_remove_expired(site))
            yield
            sweeping.cancel()

    routes = [
        read("/", drop.show),
        Route("/baskets", functools.partial(_read, site, drop.take_files), methods=["POST"]),  # checks its form itself
        read("/template/{resource}.xlsx", drop.serve_template),
        write("/delete-all", drop.remove_all),
        write("/b/{basket}/delete", drop.remove_basket),
        read("/b/{basket}/understood", understood.show),
        write("/b/{basket}/understood", understood.answer),
        read("/b/{basket}/correct", correct.show),
        write("/b/{basket}/edits", correct.edit),
        write("/b/{basket}/undo", correct.undo),
        write("/b/{basket}/check", correct.check_again),
        read("/b/{basket}/catalogue", correct.show_keys),
        read("/b/{basket}/confirm", confirm.show),
        write("/b/{basket}/send", confirm.send),
        read("/b/{basket}/progress", progress.show),
        read("/b/{basket}/events", progress.follow_events),
        write("/b/{basket}/stop", progress.stop),
        write("/b/{basket}/resume", progress.resume),
        read("/b/{basket}/download/{job}/{what}", progress.serve_file),
        read("/runs", past.show_all),
        read("/runs/{run}", past.show),
        write("/runs/{run}/resume", past.resume),
        write("/runs/{run}/settle", past.settle),
        read("/runs/{run}/report", past.report),
        read("/exports", exports.show_all),
        write("/exports", exports.begin),
        read("/exports/{job}", exports.show),
        write("/exports/{job}/stop", exports.stop),
        read("/exports/{job}/files/{name}", exports.serve_export),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    handlers = {
        HTTPException: functools.partial(_tell_http, site),
        Exception: functools.partial(_tell_mistake, site),
    }
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, access=site.access, refuse=functools.partial(_refuse, site))],
        exception_handlers=handlers,
        lifespan=lifespan,
    )


async def _remove_expired(site: Site) -> None:
    while True:
        await asyncio.to_thread(remove_expired, site.folder, site.keep_days, site.edge.now())
        await asyncio.sleep(_SWEEP_S)


async def _read(site: Site, handler: Handler, request: Request) -> Response:
    return await _handle(handler, Visit(site, request))


async def _write(site: Site, handler: Handler, request: Request) -> Response:
    try:
        visit = Visit(site, request, await _read_form(request))
        form = visit.form
        site.access.check_form(visit.user, form.get(CSRF, "") or request.headers.get("x-csrf-token", ""))
    except PipelineError as error:
        return await _tell(site, request, error)
    return await _handle(handler, visit)


async def _read_form(request: Request) -> dict[str, str]:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _FORM_LIMIT:
                raise FormTooLarge(_FORM_LIMIT)
    except ClientDisconnect as error:
        raise InputError(say("The form broke off on its way."), say("Press the button once more.")) from error
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


async def _handle(handler: Handler, visit: Visit) -> Response:
    try:
        return await handler(visit)
    except PipelineError as error:
        return await _tell(visit.site, visit.request, error)
    except BenchError as error:
        status = 400 if error.of_file else 507
        return visit.page("error.html", status, message=error.told["message"], hint=error.told["hint"])
    except OSError as error:
        if not is_of_disk(error):
            raise
        return await _tell(visit.site, visit.request, describe_disk_error(error, visit.site.folder))


async def _tell(site: Site, request: Request, error: PipelineError) -> Response:
    """An error as a page: what is wrong and what to do, and the way back."""
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    return Visit(site, request).page("error.html", status, message=error.message, hint=error.hint)


async def _tell_http(site: Site, request: Request, error: HTTPException) -> Response:
    if error.status_code == 405:
        refused = Forbidden(
            say("This address is not asked in this way."), say("Go back, and use the page's own buttons.")
        )
        return await _tell(site, request, refused)
    missing = InputError(say("There is no such page."), say("Begin at the first step."))
    return Visit(site, request).page("error.html", error.status_code, message=missing.message, hint=missing.hint)


async def _tell_mistake(site: Site, request: Request, error: Exception) -> Response:
    """A mistake of ours: said as one, and shown in full to whoever started the page."""
    name, told = (error.name, error.where) if isinstance(error, BenchMistake) else _own(error)
    _LOG.log(logging.ERROR, "%s", told)
    return Visit(site, request).page(
        "error.html",
        500,
        message=say("This is a mistake in gigbulk, not in your file ({name}).", name=name),
        hint=say("Look where gigbulk web was started, and report what it shows; the journal is safe."),
    )


def _own(error: Exception) -> tuple[str, str]:
    return type(error).__name__, describe_mistake(error)


async def _refuse(site: Site, request: Request, refused: Forbidden) -> Response:
    """To who is not known: a page that shows nothing of anybody."""
    request.scope["user"] = User("", "")
    return Visit(site, request).page("refused.html", 403, message=refused.message, hint=refused.hint)
