"""A list by the token each page gives for the next: where the dialect says so, and where a server turns out to."""

from pipeline.api.paging.page import MOST_PAGES, Page, PagerState, Query, RawPage, RepeatedPage
from pipeline.api.paging.seen_rows import BadPaging
from pipeline.language.say import say
from schemas.dialects.spec import Cursor, Dialect

__all__ = ["CursorPager", "follow_next"]


class CursorPager(PagerState):
    """Walks one list by the token each page gives for the next. Pages cannot be asked for ahead.

    The list ends where no token is given. An empty page with a token is gone on from: a server may filter after it has
    cut its pages. Rows that come twice are given once; a page of nothing else with a token is a server that ignores it.
    """

    def __init__(
        self,
        dialect: Dialect,
        filters: Query | None = None,
        *,
        most_pages: int = MOST_PAGES,
        undeclared: Cursor | None = None,
        may_repeat: bool = False,
    ) -> None:
        """With `undeclared` words, which are not the dialect's, no page is believed that brings nothing new; where rows
        `may_repeat`, because another walk has given them, any page is whose token is a new one."""
        paging = undeclared or dialect.paging
        if not isinstance(paging, Cursor):
            raise TypeError(f"dialect {dialect.name} does not page by cursor")
        super().__init__(dialect, filters, most_pages)
        self._paging = paging
        self._undeclared = undeclared is not None
        self._may_repeat = may_repeat
        self._tokens: set[str] = set()
        self._asked: Query = self.first()

    @property
    def undeclared(self) -> bool:
        return self._undeclared

    @property
    def due(self) -> Query:
        """The query of the page that is to be handed over next."""
        return self._asked

    def first(self) -> Query:
        return {**self.filters, self._paging.limit: self._paging.size}

    def expect(self, token: str) -> None:
        """The page of that token is due now."""
        self._tokens.add(token)
        self._asked = {**self.first(), self._paging.position: token}

    def ahead(self, count: int) -> list[Query]:
        return []

    def take(self, envelope: RawPage) -> Page:
        came = self.known.of(envelope)
        present = [row for row in came if row is not None]
        new = self.known.unseen(present)
        self.total = self.known.total(envelope, self.total)
        if (
            present
            and not new
            and not self._may_repeat
            and (self._undeclared or self.known.token(envelope) is not None)
        ):
            position = self._paging.position
            raise RepeatedPage(f"{position}={self._asked.get(position, '')}")
        token = self._token(envelope, full=len(came) >= self._paging.size)
        self.pages += 1
        self.rows += len(new)
        self.nulls += len(came) - len(present)
        self.repeated += len(present) - len(new)
        if token is None:
            return Page(new, None)
        self.refuse_endless()
        self.expect(token)
        return Page(new, self._asked)

    def _token(self, envelope: RawPage, *, full: bool) -> str | None:
        """The token of the next page; None at the end."""
        token, more = self.known.token(envelope), self.known.more(envelope)
        if more is True and token is None:
            raise BadPaging(
                say("The server says that the list goes on and does not say where."),
                say("Check the dialect with `gigbulk doctor`; the list is incomplete."),
            )
        if token is None or (more is False and not full):
            return None
        if token in self._tokens:
            raise BadPaging(
                say(
                    "The server gave {position}={token} again: it does not page as expected.",
                    position=self._paging.position,
                    token=token,
                ),
                say("Nothing is wrong with your data; the list cannot be read to its end in this dialect."),
            )
        return token


def follow_next(walked: PagerState, envelope: RawPage) -> CursorPager | None:
    """The way on from that page by its `next`, which the dialect does not say is a parameter; None without one."""
    name, paging = walked.dialect.envelope.next, walked.dialect.paging
    token = walked.known.token(envelope)
    if isinstance(paging, Cursor) or token is None:
        return None
    words = Cursor(paging.limit, name, (name,), paging.size)
    pager = CursorPager(walked.dialect, walked.filters, most_pages=walked.most_pages, undeclared=words)
    pager.continue_from(walked)
    pager.expect(token)
    return pager
