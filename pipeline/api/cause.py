"""Why a request did not simply succeed: one word of a closed set and a short text, kept with the record it was for.

A cause is shown, logged and written down, so it holds nothing of a body but the title of a web page, masked. What the
API itself says of a record is in the message of its judgement.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pipeline.api.error_body import error_code, is_page, read_title
from pipeline.api.reply import NoReply, Reply
from pipeline.language.say import Said, join_said, say, say_known
from pipeline.redact import join_lines, redact_text
from schemas.cleaning.dates import ZONE
from schemas.dialects.spec import Envelope, Verdict

__all__ = [
    "ANSWERED_BEFORE",
    "OTHER_RECORD",
    "PATIENCE_S",
    "PROCESS_ENDED",
    "Cause",
    "CauseKind",
    "count_causes",
    "describe_wait",
    "find_cause",
]

MOST_CAUSE_CHARS = 200

PATIENCE_S = 300.0
"""A server that asks for a longer pause than this is not waited for: the caller stops and says when to come back."""

_A_YEAR_S = 365 * 86_400.0
_UP_TO_THE_MINUTE_S = 59.0


class CauseKind(StrEnum):
    """What kind of answer or failure it was."""

    REFUSED = "refused"  # the API says no to this record
    EXISTS = "exists"  # the API says that it holds it
    API_ERROR = "api_error"  # the API, in its own form, about itself
    KEY = "key"  # the API says no to the key or the account
    RATE_LIMITED = "rate_limited"
    PROXY = "proxy"  # a status without the API's own words
    WEB_PAGE = "web_page"  # a page for a browser where JSON should be
    NOT_JSON = "not_json"  # a success that cannot be read
    NO_RECORD = "no_record"  # a success that does not show the record
    OTHER_RECORD = "other_record"  # a success that shows another one
    REDIRECT = "redirect"
    NO_CONNECTION = "no_connection"  # nothing was sent
    UNTRUSTED = "untrusted"  # nothing was sent: the server's certificate
    NO_ANSWER = "no_answer"  # sent, and silence
    CONNECTION_LOST = "connection_lost"  # sent, and the connection broke
    PROCESS_ENDED = "process_ended"  # it was being sent when gigbulk was killed


class Cause(NamedTuple):
    """The last answer or failure of a record, at most 200 characters of it, on one line, masked."""

    kind: CauseKind
    text: str


PROCESS_ENDED = Cause(CauseKind.PROCESS_ENDED, say("the process ended while it was being sent"))
OTHER_RECORD = Cause(CauseKind.OTHER_RECORD, say("the answer shows another record's internalId"))
ANSWERED_BEFORE = Cause(CauseKind.OTHER_RECORD, say("the answer shows the id that another record was given"))


def find_cause(verdict: Verdict, outcome: Reply | NoReply, envelope: Envelope, body: Any = None) -> Cause:
    """Of anything but a plain success."""
    kind, text = _of_silence(outcome) if isinstance(outcome, NoReply) else _of_reply(verdict, outcome, envelope, body)
    return Cause(kind, say_known(text).edited(_shorten) if not isinstance(text, Said) else text.edited(_shorten))


def _shorten(text: str) -> str:
    """On one line, without secrets, and no longer than what is kept."""
    text = redact_text(join_lines(text))
    return text if len(text) <= MOST_CAUSE_CHARS else text[: MOST_CAUSE_CHARS - 1] + "…"


def _of_silence(outcome: NoReply) -> tuple[CauseKind, str]:
    if outcome.hopeless:
        return CauseKind.UNTRUSTED, outcome.cause
    if not outcome.sent:
        return CauseKind.NO_CONNECTION, outcome.cause
    if outcome.timed_out:
        return CauseKind.NO_ANSWER, outcome.cause
    return CauseKind.CONNECTION_LOST, say("{cause}, after the request was sent", cause=outcome.cause)


def _of_reply(verdict: Verdict, reply: Reply, envelope: Envelope, body: Any) -> tuple[CauseKind, str]:
    if 300 <= reply.status < 400:
        return CauseKind.REDIRECT, say(
            "{status}, a redirect to {elsewhere}", status=reply.status, elsewhere=reply.elsewhere or "another path"
        )
    if body is not None:
        return _of_the_api(verdict, reply, envelope, body)
    if is_page(reply, body):
        title = read_title(reply)
        page = say("a web page titled “{title}”", title=title) if title else say("a web page without a title")
        if reply.ok:
            return CauseKind.WEB_PAGE, say("{page} instead of JSON ({status})", page=page, status=reply.status)
        return CauseKind.PROXY, say("{status} from a proxy: {page}", status=reply.status, page=page)
    if reply.ok:
        return CauseKind.NOT_JSON, say(
            "{status}, and the answer {fault}", status=reply.status, fault=reply.body().fault or "holds nothing"
        )
    return CauseKind.PROXY, say(
        "{status} from a proxy, without the API's own words{reply}", status=reply.status, reply=_asked(reply)
    )


def _of_the_api(verdict: Verdict, reply: Reply, envelope: Envelope, body: Any) -> tuple[CauseKind, str]:
    code = error_code(envelope, body)
    if reply.ok and code is None:
        if isinstance(body, Mapping) and body.get(envelope.success) is False:
            return CauseKind.API_ERROR, say("{status}, and the API says that it failed", status=reply.status)
        return CauseKind.NO_RECORD, say("{status} without the created record", status=reply.status)
    kind = CauseKind.RATE_LIMITED if reply.status == 429 else _OF_VERDICT.get(verdict, CauseKind.API_ERROR)
    label = " ".join(filter(None, (str(reply.status), code)))
    return kind, say("{label} from the API", label=label) + _asked(reply)


_OF_VERDICT: Mapping[Verdict, CauseKind] = {
    Verdict.REFUSED: CauseKind.REFUSED,
    Verdict.EXISTS: CauseKind.EXISTS,
    Verdict.STOP: CauseKind.KEY,
}


def _asked(reply: Reply) -> str:
    return ", " + when if (when := describe_wait(reply)) else ""


def describe_wait(reply: Reply) -> str:
    """`not before 14:30 (Mexico City time)`, where the server asks for a long pause; empty where it does not."""
    if reply.retry_after_s is None or reply.retry_after_s <= PATIENCE_S:
        return ""
    if reply.retry_after_s > _A_YEAR_S or reply.received_at is None:
        return say("and not soon")
    now = reply.received_at.astimezone(ZoneInfo(ZONE))
    until = now + timedelta(seconds=reply.retry_after_s + _UP_TO_THE_MINUTE_S)
    day = "" if until.date() == now.date() else f"{until:%Y-%m-%d} "
    return say("not before {day}{until:%H:%M} (Mexico City time)", day=day, until=until)


def count_causes(causes: Iterable[Cause | None], most: int = 3) -> str:
    """`413 from a proxy (2), no answer within 30 s (1)`: the commonest first. Empty where nobody knows any."""
    known = Counter(cause.text for cause in causes if cause is not None)
    shown: list[str] = [say("{text} ({count:,})", text=text, count=count) for text, count in known.most_common(most)]
    more = len(known) - len(shown)
    return join_said(", ", [*shown, say("{more:,} other causes", more=more)] if more else shown)
