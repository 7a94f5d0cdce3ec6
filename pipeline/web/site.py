"""What every step of the page shares: the settings of the one who asks, her baskets, their benches, the templates."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline.edge import PROCESS, Edge
from pipeline.language.catalogue import LANGUAGES
from pipeline.language.say import say
from pipeline.settings import Settings
from pipeline.web.access import Access, Forbidden, User
from pipeline.web.benches import Bench, Benches
from pipeline.web.confirmations import Confirmations
from pipeline.web.jobs import JobFolder, list_jobs
from pipeline.web.kept.baskets import Basket, Baskets
from pipeline.web.render import Renderer

__all__ = ["PAGE_STEPS", "Site", "Visit"]

PAGE_STEPS = ("drop", "understood", "correct", "confirm", "progress")
LANG = "gigbulk-lang"


@dataclass(slots=True)
class Site:
    """The page as it was started. `upload_limit` is in bytes, `keep_days` how long what was dropped is kept."""

    settings: Settings
    access: Access
    sandbox: bool = False
    upload_limit: int = 200 << 20
    keep_days: int = 30
    edge: Edge = PROCESS
    benches: Benches = field(default_factory=Benches)
    confirmations: Confirmations = field(default_factory=Confirmations)
    renderer: Renderer = field(default_factory=Renderer)

    @property
    def folder(self) -> Path:
        """Where the baskets of all users are."""
        return self.settings.state_dir / "web"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, and what it is about."""

    site: Site
    request: Request
    form: dict[str, str] = field(default_factory=dict)

    @property
    def user(self) -> User:
        user: User = self.request.scope["user"]
        return user

    @property
    def lang(self) -> str:
        """Spanish, unless the reader has said English."""
        asked = self.request.query_params.get("lang") or self.request.cookies.get(LANG) or "es"
        return asked if asked in LANGUAGES else "es"

    @property
    def settings(self) -> Settings:
        return replace(self.site.settings, lang=self.lang)

    @property
    def baskets(self) -> Baskets:
        return Baskets(self.site.folder / self.user.folder)

    @property
    def exports(self) -> Path:
        """Where this user's exports are, a job each."""
        return self.baskets.folder / "exports"

    @property
    def resumed(self) -> Path:
        """Where the jobs are that finish a run of no basket of hers."""
        return self.baskets.folder / "resumed"

    @property
    def who(self) -> str:
        """The user's name; none where the page has one user."""
        return "" if self.site.access.proxy_secret is None else self.user.name

    @property
    def others(self) -> list[Baskets]:
        """What other users have prepared, for who confirms it; for nobody else."""
        if not self.user.confirms_for_others or not self.site.folder.exists():
            return []
        return [Baskets(path) for path in self.site.folder.iterdir() if path.is_dir() and path.name != self.user.folder]

    @property
    def basket(self) -> Basket:
        """The basket the address names: her own, or one she may confirm. ConfigError when it is gone."""
        name = self.request.path_params["basket"]
        return next((each.open(name) for each in self.others if each.holds(name)), None) or self.baskets.open(name)

    @property
    def bench(self) -> Bench:
        return self.site.benches.of(self.basket.folder, self.settings)

    @property
    def swaps(self) -> bool:
        """Whether a script asks, for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    def refuse_who_only_prepares(self) -> None:
        """Forbidden for a user whom others confirm for."""
        if not self.user.may_confirm:
            raise Forbidden(say("You may prepare, and others confirm."), say("Ask one of them to open this page."))

    def job(self) -> JobFolder | None:
        """The newest job of the basket that sends something."""
        return next((job for job in list_jobs(self.basket.jobs) if job.asked.step != "plan"), None)

    def page(self, template: str, status: int = 200, **known: Any) -> Response:
        """A page with what all have. The choice of a language is kept."""
        common = {
            "csrf": self.site.access.form_word(self.user),
            "user": self.user,
            "site": self.site,
            "path": self.request.url.path,
            "steps": PAGE_STEPS,
            "step": None,
            "basket": None,
        }
        answer = self.site.renderer.page(template, self.lang, status, **common | known)
        if "lang" in self.request.query_params:
            answer.set_cookie(LANG, self.lang, httponly=True, samesite="strict", path="/")
        return answer

    def go(self, path: str) -> Response:
        """The answer to a form: look at that page now."""
        if self.swaps:
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, 303)
