"""Good records against the journal: what is to be created, what exists already, what contradicts what was sent."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from itertools import repeat
from typing import NamedTuple

import polars as pl

from pipeline.api.cause import PROCESS_ENDED
from pipeline.delivery.bodies.writable import find_unwritable
from pipeline.delivery.payload import Fingerprint, Sending, build_actions, build_second, compare_fingerprints
from pipeline.delivery.sent_before import find_sent_before
from pipeline.findings.compose import FindingContext, compose_findings, no_findings
from pipeline.formats import LINE
from pipeline.journal import Journal, Planned, Revised
from pipeline.language.catalogue import translate
from pipeline.language.say import Said
from pipeline.model import RECORD, Account, Action, Doubt, Entry, JudgedRows, Provenance, Source, State
from schemas.dialects.spec import Create
from schemas.rules.cross_record import CONFLICT, CONFLICT_OPEN, ID_CHANGED, UNWRITABLE
from schemas.spec import INTERNAL_ID, Resource, Rule

__all__ = ["Decision", "Held", "Plan", "PlanContext", "check_block", "decide", "plan_block"]


_OPEN = (State.IN_DOUBT, State.SENDING)


@dataclass(frozen=True, slots=True)
class PlanContext:
    """Where a block comes from, and whose journal it is held against.

    `accepts_changed_ids`: an id may be one of the journal's but for what a spreadsheet changes of it. `today` is the
    day records are sent on, for an API that dates them so, `in_two` lets another day be said by two requests;
    `updates`: the API changes what it finds. `changes`: what was sent before is to be changed in the account, where the
    file says otherwise now.
    """

    journal: Journal
    account: Account
    run: str
    position: int
    generation: int = 1
    accepts_changed_ids: bool = False
    today: date | None = None
    updates: bool = False
    changes: bool = False
    in_two: bool = False


class Held(NamedTuple):
    """A record that the account holds and that may be changed there; `revised` is what the journal is to know of it
    once the account holds what the file says, None where it knows that already."""

    action: Action
    remote_id: str
    revised: Revised | None


@dataclass(slots=True)
class Plan:
    """What is to be done about one block of checked records.

    `create`, `begun` and `doubtful` have the journal id of each action: to be sent, created and without its second
    request, or sent before with an unknown fate.
    `created` were created by an earlier part of this same run, `existing` by another run, found in the account, or
    equal to a record of this call; `unsent` those of a check. `conflicts` are findings of records that were sent before
    with other contents, `unwritable` those of records that the dialect cannot say. `passed` are line, mode and key of
    all records without any, and whether their fate is open. `held` are those that may be changed.
    """

    create: list[tuple[int, Action]] = field(default_factory=list)
    begun: list[tuple[int, Action]] = field(default_factory=list)
    doubtful: list[Doubt] = field(default_factory=list)
    created: int = 0
    existing: int = 0
    unsent: int = 0
    passed: list[tuple[int, bool, str, bool]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    conflicts: pl.DataFrame = field(default_factory=no_findings)
    unwritable: pl.DataFrame = field(default_factory=no_findings)


def plan_block(
    checked: JudgedRows, declared: Resource, creates: Sequence[Create], voice: FindingContext, origin: PlanContext
) -> Plan:
    """Decide about one block and remember, before anything is sent, what is to be created."""
    generation = origin.generation
    prepared, unwritable = build_actions(checked.records, checked.lines, declared, creates, _sending(origin))
    known = _known(origin, declared.name, [action for action, _ in prepared])
    new = [action for action, _ in prepared if (action.livemode, action.key) not in known]
    asked = [] if origin.accepts_changed_ids else new
    otherwise = find_sent_before(origin.journal, origin.account, declared.name, asked, generation)
    plan = Plan(unwritable=_unwritable(checked.records, unwritable, voice))
    decided = [(action, print_) for action, print_ in prepared if (action.livemode, action.key) not in otherwise]
    seconds = {name for create in creates if create.then for name in create.then.fields}
    rows, contradicted = _sort_actions(decided, known, origin, plan, seconds)
    ids = origin.journal.plan(origin.account, origin.run, origin.position, rows, origin.generation)
    for record_id, row in zip(ids, rows, strict=True):
        (plan.create if row.action.begun is None else plan.begun).append((record_id, row.action))
    renamed = [
        (action.line, otherwise[who], ID_CHANGED)
        for action, _ in prepared
        if (who := (action.livemode, action.key)) in otherwise
    ]
    if clashes := [*renamed, *contradicted]:
        plan.conflicts = _conflicts(checked.records, clashes, voice)
    failing = {line for line, *_ in clashes}
    undecided = {row.action.line for row in rows} | {doubt.action.line for doubt in plan.doubtful}
    passed = (action for action, _ in prepared if action.line not in failing)
    plan.passed = [(action.line, action.livemode, action.key, action.line in undecided) for action in passed]
    return plan


def _sort_actions(
    prepared: Iterable[tuple[Action, Fingerprint]],
    known: Mapping[tuple[bool, str], Entry],
    origin: PlanContext,
    plan: Plan,
    second_fields: Container[str],
) -> tuple[list[Planned], list[tuple[int, str, Rule]]]:
    """What is to be created, and what contradicts what was sent; what is neither goes into the plan itself."""
    fresh: dict[tuple[bool, str], Planned] = {}
    clashes: list[tuple[int, str, Rule]] = []
    for action, print_ in prepared:
        who = (action.livemode, action.key)
        entry, twin = known.get(who), fresh.get(who)
        changed = _changed(entry, twin, print_)
        if entry is not None and entry.begun and entry.state is not State.DONE:
            changed = _forbid_first(action, changed, entry, second_fields)
        if origin.changes and twin is None and entry is not None and entry.state is State.DONE and entry.remote_id:
            revised = Revised(entry.record_id, print_.fields, print_.digests)
            plan.held.append(Held(action, entry.remote_id, revised))
            changed = ()
        match decide(entry, twin, changed, Provenance(origin.run, origin.position, action.line)):
            case Decision.CREATE:
                fresh[who] = Planned(action, print_.fields, print_.digests)
            case Decision.FINISH if entry is not None and entry.remote_id:
                fresh[who] = Planned(build_second(action, entry.remote_id), print_.fields, print_.digests)
            case Decision.LOOK_UP if entry is not None:
                plan.doubtful.append(_doubt(entry, action))
            case Decision.CREATED:
                plan.created += 1
            case Decision.EXISTS:
                plan.existing += 1
            case _:
                open_ = entry is not None and entry.state in _OPEN
                clashes.append((action.line, ", ".join(changed), CONFLICT_OPEN if open_ else CONFLICT))
    return list(fresh.values()), clashes


def _doubt(entry: Entry, action: Action) -> Doubt:
    """What an earlier process left open. Of what it was just sending, it had no time to say why."""
    cause = PROCESS_ENDED if entry.state is State.SENDING else entry.cause
    if entry.begun and entry.remote_id:
        action = build_second(action, entry.remote_id)
    return Doubt(entry.record_id, action, said_to_exist=entry.matched, cause=cause)


def _forbid_first(
    action: Action, changed: Sequence[str], entry: Entry, second_fields: Container[str]
) -> tuple[str, ...]:
    """The fields of a begun record that may not differ any more: those of its first request, which was carried out, and
    all while its second is in doubt. So too where it would now take one request."""
    if action.then is None:
        return tuple(changed) or ("date",)
    if entry.state in _OPEN:
        return tuple(changed)
    return tuple(name for name in changed if name not in second_fields)


class Decision(Enum):
    """What is to be done about one record."""

    CREATE = auto()
    FINISH = auto()  # it is created: its second request alone
    LOOK_UP = auto()
    CREATED = auto()
    EXISTS = auto()
    CONFLICT = auto()


def decide(entry: Entry | None, twin: Planned | None, changed: Sequence[str], here: Provenance) -> Decision:
    """By what the journal holds of it, an equal key before it in this block, and the fields that differ from those."""
    if twin is None and (entry is None or _may_be_planned(entry, here)):
        if entry is None or not entry.begun:
            return Decision.CREATE
        return Decision.CONFLICT if changed else Decision.FINISH
    if changed:
        return Decision.CONFLICT
    if entry is None:
        return Decision.EXISTS
    if entry.state in _OPEN:
        return Decision.LOOK_UP
    return Decision.CREATED if entry.origin == here and not entry.matched else Decision.EXISTS


def _changed(entry: Entry | None, twin: Planned | None, print_: Fingerprint) -> tuple[str, ...]:
    """The fields in which a record differs from what is known under its key."""
    known = twin or entry
    return compare_fingerprints(Fingerprint(known.fields, known.digests), print_) if known is not None else ()


def check_block(
    checked: JudgedRows,
    declared: Resource,
    creates: Sequence[Create],
    voice: FindingContext,
    origin: PlanContext,
    *,
    referred: Container[str],
) -> Plan:
    """As `plan_block` for a check, which sends nothing: only what its other files may refer to is remembered."""
    unsaid = find_unwritable(checked.records, checked.lines, declared, creates, _sending(origin))
    good = checked.records.filter(~pl.col(LINE).is_in([line for line, _ in unsaid]))
    plan = Plan(unsent=good.height, unwritable=_unwritable(checked.records, unsaid, voice))
    if declared.name in referred:
        keys = good.select(declared.key().alias("key"))["key"].to_list()
        lines = good[LINE].to_list()
        local = good.select(declared.local).iter_rows(named=True) if declared.local else repeat({})
        rows = [
            Planned(Action(declared.name, key, origin.account.livemode, line, b"", local=_present(cells)), (), b"")
            for key, line, cells in zip(keys, lines, local, strict=False)
        ]
        origin.journal.plan(origin.account, origin.run, origin.position, rows)
    return plan


def _sending(origin: PlanContext) -> Sending:
    return Sending(origin.account, origin.generation, origin.today, origin.updates, origin.in_two)


def _present(cells: Mapping[str, str | None]) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if cell is not None}


def _may_be_planned(entry: Entry, here: Provenance) -> bool:
    """Unsent or turned away: plan it (again). Not so an equal record that another line of this very run has planned."""
    if entry.state in (State.REFUSED, State.REJECTED):
        return True
    return entry.state is State.PLANNED and (entry.origin == here or entry.origin.run != here.run)


def _known(origin: PlanContext, resource: str, actions: Iterable[Action]) -> dict[tuple[bool, str], Entry]:
    by_mode: dict[bool, list[str]] = {}
    for action in actions:
        by_mode.setdefault(action.livemode, []).append(action.key)
    return {
        (livemode, key): entry
        for livemode, keys in by_mode.items()
        for key, entry in origin.journal.known(
            origin.account._replace(livemode=livemode), resource, keys, origin.generation
        ).items()
    }


def _unwritable(records: pl.DataFrame, lines: list[tuple[int, Said]], voice: FindingContext) -> pl.DataFrame:
    """A finding each, under the heading of the field that cannot be said, where the file has one."""
    by_field: dict[str | None, list[tuple[int, str]]] = {}
    for line, said in lines:
        named, field = _name_by_heading(said, voice.source)
        by_field.setdefault(field, []).append((line, translate(named, voice.lang)))
    found = [no_findings()]
    for field, told in by_field.items():
        why = pl.DataFrame(told, schema={LINE: pl.UInt32, "value": pl.String}, orient="row")
        rows = records.join(why, on=LINE, how="inner", maintain_order="left")
        found.append(compose_findings(rows.select(LINE, RECORD, INTERNAL_ID, "value"), UNWRITABLE, voice, field))
    return pl.concat(found)


def _name_by_heading(said: Said, source: Source) -> tuple[Said, str | None]:
    """The sentence with the user's own heading for its field; and the field, where the file has a column for it."""
    inner, field = said.fields.get("why"), said.fields.get("field")
    if isinstance(inner, Said):
        named, found = _name_by_heading(inner, source)
        return Said(said.template, {**said.fields, "why": named}), found
    if field is None:
        return said, None
    heading = source.heading(field)
    return Said(said.template, {**said.fields, "field": heading}), field if heading in source.fields else None


def _conflicts(records: pl.DataFrame, clashes: list[tuple[int, str, Rule]], voice: FindingContext) -> pl.DataFrame:
    found = []
    for rule in (CONFLICT, CONFLICT_OPEN, ID_CHANGED):
        own = [(line, fields) for line, fields, broken in clashes if broken is rule]
        changed = pl.DataFrame(own, schema={LINE: pl.UInt32, "proposal": pl.String}, orient="row")
        rows = records.join(changed, on=LINE, how="inner", maintain_order="left")
        found.append(
            compose_findings(rows.select(LINE, RECORD, INTERNAL_ID, "proposal", value=INTERNAL_ID), rule, voice)
        )
    return pl.concat(found)
