"""Is everything in place? One line a question, each either fine or with what to do."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.api.session import ApiSession, open_session
from pipeline.api.throttle.admission import Throttle
from pipeline.api.verdict import CHECK_KEY, Judgement, Verdict
from pipeline.api_key import read_key_facts
from pipeline.edge import PROCESS, Edge
from pipeline.errors import ConfigError, PipelineError
from pipeline.journal import open_journal
from pipeline.language.names import name_word
from pipeline.language.say import join_said, say
from pipeline.ops.generation import detect_generation, tell_generation, tell_generation_of_rows
from pipeline.settings import Settings, find_config_files
from schemas.dialects import dialect
from schemas.dialects.spec import Dialect

__all__ = ["CheckLine", "run_checks"]

_TIMEOUT_S = 10.0
_NO_PING = 404
_PROBED = "payments"
_OTHER_CONTRACT = (400, 404, 405, 422)
"""What a server answers to a question of another generation."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One answer. `exit_code` is what an import would end with if this stays as it is; 0 when fine."""

    name: str
    ok: bool
    text: str
    advice: str = ""
    exit_code: int = 0


def run_checks(settings: Settings, edge: Edge = PROCESS) -> list[CheckLine]:
    """Every line, in the order in which an import would stumble."""
    spoken = dialect(settings.dialect)
    lines = [_configuration(edge), _state(settings, edge), *_catalogues(edge)]
    try:
        key = settings.key() if settings.has_key else None
    except ConfigError as error:  # of the command that prints it
        return [*lines, CheckLine("key", False, error.message, error.hint, error.exit_code)]
    lines += [_key(settings, key), *_account(settings, key)]
    if key is not None:
        lines += asyncio.run(_network(settings, spoken, edge))
    return lines


def _configuration(edge: Edge) -> CheckLine:
    found = [str(path) for path in find_config_files(edge.folder()) if path.exists()]
    return CheckLine("settings", True, ", ".join(found) if found else say("no gigbulk.toml; environment and defaults"))


def _state(settings: Settings, edge: Edge) -> CheckLine:
    """The journal, where it is; of one that has an address of its own, only what keeps it is told."""
    address = settings.journal
    name, place = ("state folder", settings.state_dir) if address is None else ("journal", address.partition(":")[0])
    try:
        with open_journal(settings, edge.now) as journal:
            runs = len(journal.runs(1))
    except PipelineError as error:
        return CheckLine(name, False, error.message, error.hint, error.exit_code)
    told = say("{folder} ({runs})", folder=place, runs=say("has runs") if runs else say("no run yet"))
    return CheckLine(name, True, told)


def _catalogues(edge: Edge) -> Iterator[CheckLine]:
    from schemas.sat.editions import editions

    today = edge.now().date()
    known = editions()
    old = [e for e in known if e.is_stale(today)]
    if old:
        names = join_said(", ", (name_word(e.name) for e in old))
        yield CheckLine(
            "catalogues",
            False,
            say("older than 12 months: {names}", names=names),
            say("Run: gigbulk catalogs update FILE"),
        )
    else:
        told = (say("{name} {edition}", name=name_word(e.name), edition=e.edition) for e in known)
        yield CheckLine("catalogues", True, join_said(", ", told))


def _key(settings: Settings, key: str | None) -> CheckLine:
    if key is None and settings.key_refused is not None:
        return CheckLine("key", False, *settings.key_refused, 2)
    if key is None:
        return CheckLine("key", False, say("there is none"), say("Set GIGSTACK_API_KEY, or try --sandbox."), 2)
    facts = read_key_facts(key)
    mode = {True: say("live"), False: say("test"), None: say("mode not told by the key")}[facts.livemode]
    parts = [
        say("present, {mode}", mode=mode),
        *([say("team {team}", team=facts.team)] if facts.team else []),
        *([say("printed by api_key_command")] if settings.api_key is None else []),
        *([say("kept by the official client in {place}", place=settings.key_place)] if settings.key_place else []),
    ]
    return CheckLine("key", True, join_said(", ", parts))


def _account(settings: Settings, key: str | None) -> Iterator[CheckLine]:
    """A key that names no team is all the journal knows the account by: a new key would look like a new account."""
    if settings.account:
        yield CheckLine("account", True, settings.account)
    elif key is not None and read_key_facts(key).team is None:
        advice = say('Set account = "a name of yours" in gigbulk.toml, so that a new key is still the same account.')
        yield CheckLine("account", True, say("known by its key only"), advice)


async def _network(settings: Settings, spoken: Dialect, edge: Edge) -> list[CheckLine]:
    base_url = settings.base_url or spoken.base_url
    try:
        way = open_session(
            spoken,
            replace(settings, concurrency=1, timeout_s=_TIMEOUT_S),
            settings.account_name(),
            connections=1,
            warn=lambda text: None,
            edge=edge,
        )
    except PipelineError as error:
        return [CheckLine("address", False, error.message, error.hint, error.exit_code)]
    # A question or two, at once: they neither wait for the pace that imports have learnt nor add to it.
    async with way.paced_by(Throttle(concurrency=1), asyncio.sleep) as session:
        pong = await session.read(spoken.ping, {}, tries=1) if spoken.ping is not None else None
        if pong is not None and pong.verdict is not Verdict.DONE and pong.status != _NO_PING:
            return [_reached(pong, base_url)]
        listed = await session.read(spoken.endpoints[_PROBED].path, {spoken.paging.limit: 1}, tries=1)
        told = await _find_generation(session, listed)
    return [
        _reached(listed, base_url, silent=pong is not None and pong.status == _NO_PING),
        *_dialect_line(told, spoken, tells=listed.data is not None),
    ]


async def _find_generation(session: ApiSession, listed: Judgement) -> str | None:
    """As the answer looks; where that leaves it open, by what else the server has."""
    if listed.verdict is not Verdict.DONE:
        return await detect_generation(session) if listed.status in _OTHER_CONTRACT else None
    answer = listed.data or {}
    return tell_generation(answer) or tell_generation_of_rows(answer, _PROBED) or await detect_generation(session)


def _reached(answer: Judgement, base_url: str, *, silent: bool = False) -> CheckLine:
    """Whether the API answers. `silent`: its ping, which is documented, is not there."""
    if answer.verdict is Verdict.DONE:
        if silent:
            said = say(
                "{base_url} answers and takes the key; it has no ping, so its payments were asked for",
                base_url=base_url,
            )
            return CheckLine("API", True, said)
        return CheckLine("API", True, say("{base_url} answers and takes the key", base_url=base_url))
    advice = say("Check the key.") if answer.advice == CHECK_KEY else answer.advice
    advice = advice or say("Check the address and the network, try again later.")
    return CheckLine("API", False, say("{base_url}: {message}", base_url=base_url, message=answer.message), advice, 4)


def _dialect_line(told: str | None, spoken: Dialect, *, tells: bool) -> Iterator[CheckLine]:
    """Read-only probe (docs/api.md Q1): tell, never switch."""
    if told is None and not tells:
        return
    if told is None:
        yield CheckLine("dialect", True, say("{spoken} is set; the server does not tell", spoken=spoken.name))
    elif told == spoken.name:
        yield CheckLine("dialect", True, say("{spoken}, as the server's answers look", spoken=spoken.name))
    else:
        yield CheckLine(
            "dialect",
            False,
            say("{spoken} is set, the answers look like {told}", spoken=spoken.name, told=told),
            say("Set GIGSTACK_DIALECT={told}; nothing is switched by itself.", told=told),
            4,
        )
