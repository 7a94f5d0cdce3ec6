"""What an answer means: a look-up in the dialect's tables, nothing else. Pure.

A write is judged by one question: may the record exist now? Only a record with an id says yes, only a refusal in the
API's own form (or proof that nothing was sent) says no; everything else is in doubt. ADR 0003 gives the reasons.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from pipeline.api.already_exists import says_duplicate
from pipeline.api.cause import Cause, describe_wait, find_cause
from pipeline.api.error_body import error_code, error_text, is_page
from pipeline.api.no_such_path import says_no_path
from pipeline.api.reply import NoReply, Reply
from pipeline.api.throttle.admission import Signal
from pipeline.language.say import join_said, say
from schemas.dialects.spec import Dialect, Verdict, VerdictTable

__all__ = ["Judgement", "Verdict", "judge_read", "judge_write", "signal_of"]

RATE_LIMITED, GAVE_UP_WAITING = 429, 408
NOT_FOUND, NOT_ALLOWED = 404, 405

MOST_REASON_CHARS = 300
"""Of a message."""

CHECK_KEY = say("Check the key with: gigbulk doctor")
CHECK_ADDRESS = say("Check GIGSTACK_BASE_URL: it must be the address of the API itself.")
CHECK_PATH = say("Check GIGSTACK_BASE_URL and GIGSTACK_DIALECT with: gigbulk doctor")


class Judgement(msgspec.Struct, frozen=True):
    """What one exchange came to.

    `message` is one line for a person, secrets and personal data masked. `data` is the created object of a write, the
    whole envelope of a read, also of one that says it failed and holds rows all the same. `status` is None where no
    answer came. `fate_known` is False when the server may have done the work: always when IN_DOUBT, and at a STOP whose
    answer is not the API's own. RETRY out of `attempts` means that all attempts were used up and that none was carried
    out. `advice` is what to do about a STOP, empty otherwise. `cause` is what is remembered of it: None only when DONE.
    `repaired` tells of half characters in the answer of a read, replaced by U+FFFD (`pipeline.api.json_body`).
    """

    verdict: Verdict
    message: str
    remote_id: str | None = None
    code: str | None = None
    status: int | None = None
    retry_after_s: float | None = None
    data: Mapping[str, Any] | None = None
    fate_known: bool = True
    advice: str = ""
    cause: Cause | None = None
    repaired: bool = False


def judge_write(dialect: Dialect, outcome: Reply | NoReply) -> Judgement:
    """DONE only with the id of the created object; RETRY only when it was certainly not carried out."""
    if isinstance(outcome, NoReply):
        return _unanswered(dialect, outcome, Verdict.IN_DOUBT if outcome.sent else Verdict.RETRY)
    body = outcome.json()
    envelope = dialect.envelope
    data = body.get(envelope.data) if isinstance(body, dict) else None
    remote_id = data.get(dialect.identifier) if isinstance(data, dict) else None
    if not (outcome.ok and isinstance(remote_id, str) and remote_id):
        return _failed(dialect, dialect.write, outcome, body)
    if body.get(envelope.success) is False:  # says no and shows a record: only a look-up can tell
        return _answered(dialect, dialect.write.foreign["2xx"], outcome, body)
    return Judgement(Verdict.DONE, "created", remote_id=remote_id, status=outcome.status, data=data)


def judge_read(dialect: Dialect, outcome: Reply | NoReply) -> Judgement:
    """RETRY for whatever may pass by itself, since a read changes nothing."""
    if isinstance(outcome, NoReply):
        return _unanswered(dialect, outcome, Verdict.RETRY)
    body, repaired, fault = outcome.body()
    if outcome.ok and isinstance(body, Mapping) and body.get(dialect.envelope.success) is not False:
        return Judgement(Verdict.DONE, "read", status=outcome.status, data=body, repaired=repaired)
    if outcome.ok and not isinstance(body, Mapping) and not is_page(outcome, body):
        # It may hold rows: not a word of it is shown.
        said = say(
            "The server's answer {fault} ({status})", fault=fault or "is JSON, but no object", status=outcome.status
        )
        verdict = dialect.read.foreign["2xx"]
        cause = find_cause(verdict, outcome, dialect.envelope, body)
        return Judgement(verdict, said, status=outcome.status, retry_after_s=outcome.retry_after_s, cause=cause)
    judgement = _failed(dialect, dialect.read, outcome, body)
    return _with_rows(dialect, judgement, outcome, body, repaired=repaired)


def _with_rows(dialect: Dialect, judgement: Judgement, reply: Reply, body: Any, *, repaired: bool) -> Judgement:
    """Of an answer that says it failed and holds rows all the same: these. It has given what it has, unless its code
    says that this passes."""
    if not reply.ok or judgement.verdict is Verdict.STOP or not _holds_rows(dialect, body):
        return judgement
    passes = dialect.read.code.get(judgement.code or "") is Verdict.RETRY
    kept = judgement if passes else _answered(dialect, Verdict.REFUSED, reply, body)
    return replace(kept, data=body, repaired=repaired)


def _holds_rows(dialect: Dialect, body: Any) -> bool:
    """Whether an answer holds at least one row of a list."""
    rows = body.get(dialect.envelope.data) if isinstance(body, Mapping) else None
    return isinstance(rows, list) and any(isinstance(row, Mapping) for row in rows)


def signal_of(judgement: Judgement) -> Signal:
    """What the throttle should learn from it."""
    status = judgement.status
    if status is None or status >= 500 or status == GAVE_UP_WAITING:
        return Signal.ERROR
    if status == RATE_LIMITED or (status >= 300 and judgement.verdict is Verdict.RETRY):
        return Signal.PUSH_BACK
    if status < 300:
        return Signal.OK if judgement.verdict is Verdict.DONE else Signal.ERROR
    return Signal.REFUSED


def _failed(dialect: Dialect, tables: VerdictTable, reply: Reply, body: Any) -> Judgement:
    code = error_code(dialect.envelope, body)
    if is_page(reply, body):
        verdict = _by_status(tables.foreign, reply.status)
    elif reply.ok:
        verdict = tables.code.get(code or "", tables.foreign["2xx"])
    else:
        verdict = _by_status(tables.status, reply.status)
        if verdict is Verdict.REFUSED:
            verdict = tables.code.get(code or "", verdict)
        if verdict is Verdict.REFUSED and tables is dialect.write:
            verdict = _by_words(dialect, reply, body)
    return _answered(dialect, verdict, reply, body)


def _by_words(dialect: Dialect, reply: Reply, body: Any) -> Verdict:
    """What a refusal of a write comes to by its words: the record is there already, or the path is none."""
    code, text = error_code(dialect.envelope, body), error_text(dialect.envelope, reply, body)
    duplicate = dialect.duplicate
    if reply.status in duplicate.statuses and any(says_duplicate(said, duplicate) for said in (code or "", text)):
        return Verdict.EXISTS
    return Verdict.STOP if reply.status == NOT_FOUND and says_no_path(code, text) else Verdict.REFUSED


def _by_status(table: Mapping[str, Verdict], status: int) -> Verdict:
    """The exact status, else its class; a class nobody knows is in doubt."""
    return table.get(str(status)) or table.get(f"{status // 100}xx", Verdict.IN_DOUBT)


def _answered(dialect: Dialect, verdict: Verdict, reply: Reply, body: Any) -> Judgement:
    code = error_code(dialect.envelope, body)
    foreign = is_page(reply, body)
    said = error_text(dialect.envelope, reply, body)
    label = " ".join(str(part) for part in (reply.status, code) if part)
    stopped, redirected = verdict is Verdict.STOP, 300 <= reply.status < 400
    sentence = join_said(", ", filter(None, (_sentence(verdict, reply, foreign=foreign), describe_wait(reply))))
    return Judgement(
        verdict,
        (say("{sentence} ({label})", sentence=sentence, label=label) + (f": {said}" if said else ""))[
            :MOST_REASON_CHARS
        ],
        code=code,
        status=reply.status,
        retry_after_s=reply.retry_after_s,
        fate_known=verdict is not Verdict.IN_DOUBT and not (stopped and (foreign or redirected)),
        advice=_advise(reply.status, elsewhere=foreign or redirected) if stopped else "",
        cause=find_cause(verdict, reply, dialect.envelope, body),
    )


def _sentence(verdict: Verdict, reply: Reply, *, foreign: bool) -> str:
    """What an answer comes to, for a person. `foreign`: it is a page of somebody else."""
    if verdict is Verdict.STOP and 300 <= reply.status < 400:
        return say(
            "The server redirects to {elsewhere}, which is not followed with the key",
            elsewhere=reply.elsewhere or "another path",
        )
    own = _STOPS.get(reply.status) if verdict is Verdict.STOP else None
    if reply.ok and not foreign and verdict in (Verdict.RETRY, Verdict.REFUSED):
        own = say("The server says that it failed")
    return own or (_PAGES if foreign else _SENTENCES)[verdict]


def _advise(status: int, *, elsewhere: bool) -> str:
    """What to do about a STOP. `elsewhere`: the answer is not the API's own."""
    if elsewhere:
        return CHECK_ADDRESS
    return CHECK_PATH if status in (NOT_FOUND, NOT_ALLOWED) else CHECK_KEY


def _unanswered(dialect: Dialect, outcome: NoReply, verdict: Verdict) -> Judgement:
    if outcome.hopeless:
        verdict, sentence = Verdict.STOP, say("The server cannot be trusted, nothing was sent; check the base URL")
    elif not outcome.sent:
        sentence = say("The server could not be reached, nothing was sent; check the network and the base URL")
    elif verdict is Verdict.IN_DOUBT:
        sentence = say("It was sent and no whole answer came, so it may have been carried out")
    else:
        sentence = say("No whole answer came, try again")
    message = say("{sentence}: {cause}", sentence=sentence, cause=outcome.cause)[:MOST_REASON_CHARS]
    advice = CHECK_ADDRESS if verdict is Verdict.STOP else ""
    cause = find_cause(verdict, outcome, dialect.envelope)
    return Judgement(verdict, message, fate_known=verdict is not Verdict.IN_DOUBT, advice=advice, cause=cause)


_SENTENCES: Mapping[Verdict, str] = {
    Verdict.RETRY: say("The server asks to try again later"),
    Verdict.REFUSED: say("The API refused it"),
    Verdict.EXISTS: say("The API says it is there already"),
    Verdict.IN_DOUBT: say("The answer does not say whether it was carried out"),
    Verdict.STOP: say("The API does not let us go on"),
}
_PAGES: Mapping[Verdict, str] = {
    Verdict.RETRY: say("Not the API answered but a web page, try again later"),
    Verdict.REFUSED: say("Not the API answered but a web page, check the base URL"),
    Verdict.IN_DOUBT: say("Not the API answered but a web page, which does not say whether it was carried out"),
    Verdict.STOP: say("Not the API answered but a web page, check the base URL"),
}
_STOPS: Mapping[int, str] = {
    401: say("The API refused the key, check GIGSTACK_API_KEY"),
    402: say("The API asks for a payment of the account itself"),
    403: say("The key may not do this, check its permissions"),
    404: say("The server knows no such path"),
    405: say("The server takes no such request at this path"),
}
