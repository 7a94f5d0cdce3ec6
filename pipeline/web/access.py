"""Who may ask the page, and from where: the first thing every request meets.

* `Host` must be in a list, always: a name that somebody else points at this machine sends no `Origin`.
* On the user's own machine, a word in the address becomes a cookie, once (HttpOnly, SameSite=Strict).
* Behind a proxy, the proxy proves itself by a shared secret in a header, and names the user in another.
* A write must come from a page of ours: `Origin` or `Sec-Fetch-Site` says so, and the form has a word of the cookie.
* Every answer says that it is not to be kept, framed, or given anything from elsewhere.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import PipelineError
from pipeline.language.say import say
from pipeline.web.kept.baskets import name_safely

__all__ = ["CSRF", "Access", "Forbidden", "Guard", "User"]

COOKIE = "gigbulk"
CSRF = "csrf"
SECRET_HEADER, USER_HEADER = "x-gigbulk-secret", "x-forwarded-user"
_OWNER = "me"
"""The one who started the page."""

_READING = ("GET", "HEAD")

_HEADERS = {
    b"content-security-policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        b"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    b"cache-control": b"no-store",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
"""What every answer carries. A report, whose styles stand in it, is given its own policy (pipeline.web.pages.past)."""


class Forbidden(PipelineError):
    """This request may not be made, by whom or from where it comes."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. On one's own machine there is one, who may do everything.

    `cookie` binds the words of forms; `folder` is where the user's baskets are, and no other's. Who was named as
    one who confirms sees what others have prepared.
    """

    name: str
    cookie: str
    folder: str = ""
    may_confirm: bool = True
    confirms_for_others: bool = False


@dataclass(slots=True)
class Access:
    """What requests are held against. `hosts` are the values of `Host` that are ours, port included.

    `proxy_secret` None: the page is for the one who started it. Else a proxy stands before it; `confirmers` are those
    of its users who may send, all where none is named.
    """

    hosts: frozenset[str]
    proxy_secret: str | None = None
    confirmers: frozenset[str] = frozenset()
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _cookies: set[str] = field(default_factory=set)

    def enter(self, token: str) -> str | None:
        """The cookie for the word in the address, which is good once; None for any other word."""
        if not self.token or not secrets.compare_digest(token.encode(), self.token.encode()):
            return None
        self.token = ""
        cookie = secrets.token_urlsafe(32)
        self._cookies.add(cookie)
        return cookie

    def find_user(self, headers: Headers, cookies: Mapping[str, str]) -> User | None:
        """Who asks; None for nobody known."""
        if self.proxy_secret is None:
            cookie = cookies.get(COOKIE, "")
            return User(_OWNER, cookie, _OWNER) if cookie in self._cookies else None
        if not secrets.compare_digest(headers.get(SECRET_HEADER, "").encode(), self.proxy_secret.encode()):
            return None
        name = _read_name(headers)
        folder = f"{name_safely(name)[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        named = name in self.confirmers
        return User(name, name, folder, named or not self.confirmers, named) if name else None

    def form_word(self, user: User) -> str:
        """What every form of this user's carries."""
        return hmac.new(self._key, user.cookie.encode(), hashlib.sha256).hexdigest()

    def check_form(self, user: User, word: str) -> None:
        """Forbidden for a form that is none of ours."""
        if not secrets.compare_digest(self.form_word(user).encode(), word.encode()):
            raise Forbidden(
                say("This form is not of this page."), say("Open the page anew, and press the button again.")
            )

    def check_origin(self, headers: Mapping[str, str]) -> None:
        """Forbidden for a write that comes from elsewhere."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        ours = {f"{scheme}://{host}" for scheme in ("http", "https") for host in self.hosts}
        if origin is not None and origin not in ours:
            raise Forbidden(say("This form comes from another page."), say("Use the page that gigbulk has opened."))
        if origin is None and site not in ("same-origin", "none"):
            raise Forbidden(
                say("Nobody says where this form comes from."), say("Use the page that gigbulk has opened.")
            )


def _read_name(headers: Headers) -> str:
    """The user as the proxy names him, once: of two headers a browser may have sent one. UTF-8, or Latin-1."""
    named = headers.getlist(USER_HEADER)
    if len(named) != 1:
        return ""
    try:
        return named[0].encode("latin-1").decode("utf-8").strip()
    except UnicodeDecodeError:
        return named[0].strip()


class Guard:
    """ASGI middleware: nothing behind it is asked by anybody else. The user stands in `scope["user"]`."""

    def __init__(
        self, app: ASGIApp, access: Access, refuse: Callable[[Request, Forbidden], Awaitable[Response]]
    ) -> None:
        self._app, self._access, self._refuse = app, access, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                added = [header for header in _HEADERS.items() if header[0] not in given]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        request = Request(scope, receive)
        try:
            answer = self._admit(request)
        except Forbidden as refused:
            answer = await self._refuse(request, refused)
        await (answer or self._app)(scope, receive, send_guarded)

    def _admit(self, request: Request) -> Response | None:
        """None for those who may pass; an answer to who brings the word of the address. Forbidden for all others."""
        access = self._access
        if request.headers.get("host", "") not in access.hosts:
            raise Forbidden(
                say("This page is not served under that name."), say("Open the address gigbulk has printed.")
            )
        if request.url.path == "/open" and request.method in _READING and access.proxy_secret is None:
            return self._open(request)
        user = access.find_user(request.headers, request.cookies)
        if user is None:
            raise Forbidden(
                say("This page belongs to whoever started it."),
                say(
                    "Open the address that gigbulk web has printed; it is good once. "
                    "End gigbulk web and start it again for a new one."
                ),
            )
        if request.method not in _READING:
            access.check_origin(request.headers)
        request.scope["user"] = user
        return None

    def _open(self, request: Request) -> Response:
        token = parse_qs(request.url.query).get("token", [""])[0]
        cookie = self._access.enter(token)
        if cookie is None:
            raise Forbidden(
                say("This address was used before, or is not of this page."),
                say("End gigbulk web and start it again for a new one."),
            )
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/")
        return answer
