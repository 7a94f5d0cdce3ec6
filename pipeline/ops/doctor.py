"""Is everything in place? One line a question, each either fine or with what to do."""

import asyncio
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

from pipeline.api.session import open_session
from pipeline.api.throttle.admission import Throttle
from pipeline.api.verdict import CHECK_KEY, Judgement, Verdict
from pipeline.api_key import read_key_facts
from pipeline.edge import PROCESS, Edge
from pipeline.errors import PipelineError
from pipeline.journal import open_journal
from pipeline.language.names import name_word
from pipeline.language.say import join_said, say
from pipeline.settings import Settings, find_config_files
from schemas.dialects import DIALECTS, dialect
from schemas.dialects.spec import Dialect

__all__ = ["CheckLine", "run_checks", "tell_generation"]

_TIMEOUT_S = 10.0
_NO_PING = 404


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
    lines = [_configuration(edge), _state(settings, edge), *_catalogues(edge), _key(settings), *_account(settings)]
    if settings.api_key:
        lines += asyncio.run(_network(settings, spoken, edge))
    return lines


def _configuration(edge: Edge) -> CheckLine:
    found = [str(path) for path in find_config_files(edge.folder()) if path.exists()]
    return CheckLine("settings", True, ", ".join(found) if found else say("no gigbulk.toml; environment and defaults"))


def _state(settings: Settings, edge: Edge) -> CheckLine:
    try:
        with open_journal(settings, edge.now) as journal:
            runs = len(journal.runs(1))
    except PipelineError as error:
        return CheckLine("state folder", False, error.message, error.hint, error.exit_code)
    return CheckLine(
        "state folder",
        True,
        say("{folder} ({runs})", folder=settings.state_dir, runs=say("has runs") if runs else say("no run yet")),
    )


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


def _key(settings: Settings) -> CheckLine:
    if not settings.api_key:
        return CheckLine("key", False, say("there is none"), say("Set GIGSTACK_API_KEY, or try --sandbox."), 2)
    facts = read_key_facts(settings.api_key)
    mode = {True: say("live"), False: say("test"), None: say("mode not told by the key")}[facts.livemode]
    return CheckLine(
        "key", True, say("present, {mode}", mode=mode) + (say(", team {team}", team=facts.team) if facts.team else "")
    )


def _account(settings: Settings) -> Iterator[CheckLine]:
    """A key that names no team is all the journal knows the account by: a new key would look like a new account."""
    if settings.account:
        yield CheckLine("account", True, settings.account)
    elif settings.api_key and read_key_facts(settings.api_key).team is None:
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
        listed = await session.read(spoken.endpoints["payments"].path, {spoken.paging.limit: 1}, tries=1)
    return [
        _reached(listed, base_url, silent=pong is not None and pong.status == _NO_PING),
        *_dialect_line(listed, spoken),
    ]


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


def tell_generation(envelope: Container[str]) -> str | None:
    """The generation whose marks the names of an envelope show; None where it shows none, or those of several."""
    shown = [name for name, spoken in DIALECTS.items() if any(mark in envelope for mark in spoken.envelope.marks)]
    return shown[0] if len(shown) == 1 else None


def _dialect_line(answer: Judgement, spoken: Dialect) -> Iterator[CheckLine]:
    """Read-only probe (docs/api.md Q1): tell, never switch."""
    if answer.data is None:
        return
    told = tell_generation(answer.data)
    if told is None:
        yield CheckLine("dialect", True, say("{spoken} is set; the server does not tell", spoken=spoken.name))
    elif told == spoken.name:
        yield CheckLine("dialect", True, say("{spoken}, as the server's answers look", spoken=spoken.name))
    else:
        yield CheckLine(
            "dialect",
            False,
            say("{spoken} is set, the answers look like {told}", spoken=spoken.name, told=told),
            say("Set GIGSTACK_DIALECT."),
            4,
        )
