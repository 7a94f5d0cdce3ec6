"""Good records against the journal: what is new is planned, what was sent is left alone, what changed is a conflict."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import Files, a_client, an_action, inspect_table

from pipeline.delivery.plan import Decision, Plan, PlanContext, check_block, decide, plan_block
from pipeline.findings.compose import FindingContext, no_findings
from pipeline.formats import LINE
from pipeline.journal import Claim, Journal, Outcome, Planned
from pipeline.model import RECORD, Account, Entry, JudgedRows, Provenance, State
from schemas import resource
from schemas.dialects import dialect

CLIENTS = resource("clients")
CREATES = dialect("2025-06").endpoints["clients"].creates
FIELDS = [c.field for c in CLIENTS.columns]


@pytest.fixture
def voice(files: Files) -> FindingContext:
    return FindingContext(inspect_table(files.csv([a_client()]), "clients.csv"), "en")


def checked(*rows: dict[str, str]) -> JudgedRows:
    """Records that passed every rule, from line 2 on."""
    named = [{"metadata.internalId" if k == "internalId" else k: v for k, v in row.items()} for row in rows]
    records = pl.DataFrame(
        {
            LINE: range(2, len(rows) + 2),
            RECORD: range(len(rows)),
            **{field: [row.get(field) for row in named] for field in FIELDS},
        },
        schema={LINE: pl.UInt32, RECORD: pl.UInt32, **dict.fromkeys(FIELDS, pl.String)},
    )
    return JudgedRows(len(rows), records, pl.DataFrame(), no_findings(), pl.DataFrame())


def planned(place: PlanContext, voice: FindingContext, *rows: dict[str, str]) -> Plan:
    plan = plan_block(checked(*rows), CLIENTS, CREATES, voice, place)
    assert len(plan.create) + len(plan.doubtful) + plan.created + plan.existing + plan.conflicts.height == len(rows)
    return plan


@pytest.fixture
def place(empty_journal: Journal, account: Account) -> PlanContext:
    return PlanContext(empty_journal, account, "r1", 0)


def later(place: PlanContext) -> PlanContext:
    return PlanContext(place.journal, place.account, "r2", 0)


ANA, EVA = a_client(internalId="c1"), a_client(internalId="c2", rfc="EVAA800101AB1")


def test_new_records_are_planned_in_their_order_and_are_in_the_journal_before_anything_is_sent(
    place: PlanContext, voice: FindingContext
) -> None:
    plan = planned(place, voice, ANA, EVA)
    assert [action.key for _, action in plan.create] == ["id:c1", "id:c2"]
    known = place.journal.known(place.account, "clients", ["id:c1", "id:c2"])
    assert [known[a.key].record_id for _, a in plan.create] == [record_id for record_id, _ in plan.create]


def test_a_record_that_is_done_exists_and_is_not_planned_again(
    place: PlanContext, voice: FindingContext, claim: Claim
) -> None:
    ((record_id, _), _) = planned(place, voice, ANA, EVA).create
    place.journal.commit([Outcome(record_id, State.DONE, "client_1", 201)], claim)
    plan = planned(later(place), voice, ANA, EVA)
    assert (plan.existing, [action.key for _, action in plan.create]) == (1, ["id:c2"])


@pytest.mark.parametrize("state", [State.SENDING, State.IN_DOUBT])
def test_a_record_of_unknown_fate_is_never_planned_but_handed_on_to_be_looked_up(
    state: State, place: PlanContext, voice: FindingContext, claim: Claim
) -> None:
    ((record_id, _),) = planned(place, voice, ANA).create
    place.journal.commit([Outcome(record_id, state)], claim)
    plan = planned(later(place), voice, ANA)
    assert plan.create == []
    assert [doubt.record_id for doubt in plan.doubtful] == [record_id]


def test_a_record_that_was_refused_or_never_sent_is_planned_anew(
    place: PlanContext, voice: FindingContext, claim: Claim
) -> None:
    ((record_id, _), _) = planned(place, voice, ANA, EVA).create
    place.journal.commit([Outcome(record_id, State.REFUSED, None, 400)], claim)
    assert len(planned(later(place), voice, ANA, EVA).create) == 2


@pytest.mark.parametrize(("state", "rule"), [(State.DONE, "X-CONFLICT"), (State.IN_DOUBT, "X-CONFLICT-OPEN")])
def test_the_same_key_with_other_data_is_a_conflict_that_names_the_fields_and_sends_nothing(
    state: State, rule: str, place: PlanContext, voice: FindingContext, claim: Claim
) -> None:
    ((record_id, _),) = planned(place, voice, ANA).create
    place.journal.commit([Outcome(record_id, state, "client_1")], claim)
    changed = ANA | {"name": "Ana María", "phone": "5555555555"}
    plan = planned(later(place), voice, EVA, changed)
    assert [action.key for _, action in plan.create] == ["id:c2"]
    (conflict,) = plan.conflicts.to_dicts()
    assert (conflict["rule"], conflict["severity"], conflict["line"]) == (rule, "error", 3)
    assert conflict["key"] == "c1"
    assert "name, phone" in conflict["message"]
    entry = place.journal.known(place.account, "clients", ["id:c1"])["id:c1"]
    assert entry.state is state


@pytest.mark.parametrize("cell", ['{"a": "x", "a.b": "y"}', '{"a.b": "y", "a": "x"}'])
def test_a_record_the_dialect_cannot_say_is_a_finding_and_the_others_go_on(
    cell: str, place: PlanContext, voice: FindingContext
) -> None:
    plan = plan_block(checked(ANA, EVA | {"metadata": cell}), CLIENTS, CREATES, voice, place)
    assert [action.key for _, action in plan.create] == ["id:c1"]
    (found,) = plan.unwritable.to_dicts()
    assert (found["rule"], found["severity"], found["line"], found["key"]) == ("API-UNWRITABLE", "error", 3, "c2")
    assert "metadata.a: " in found["value"]
    told = check_block(checked(ANA, EVA | {"metadata": cell}), CLIENTS, CREATES, voice, later(place), referred=())
    assert (told.unsent, told.unwritable.to_dicts()) == (1, [found]), "a check finds the same"
    assert place.journal.known(place.account, "clients", ["id:c2"]) == {}


@pytest.mark.parametrize(("referred", "kept"), [(("clients",), {"id:c1"}), (("services",), set()), ((), set())])
def test_a_check_remembers_only_what_its_other_files_may_refer_to(
    referred: tuple[str, ...], kept: set[str], place: PlanContext, voice: FindingContext
) -> None:
    told = check_block(checked(ANA), CLIENTS, CREATES, voice, place, referred=referred)
    assert told.unsent == 1
    assert set(place.journal.known(place.account, "clients", ["id:c1"])) == kept


def test_a_record_changed_before_it_was_ever_sent_is_no_conflict(place: PlanContext, voice: FindingContext) -> None:
    planned(place, voice, ANA)
    plan = planned(later(place), voice, ANA | {"name": "Ana María"})
    assert [b"Ana Mar" in action.body for _, action in plan.create] == [True]


def test_another_generation_issues_anew_on_purpose_under_a_key_of_its_own(
    place: PlanContext, voice: FindingContext, claim: Claim
) -> None:
    ((record_id, _),) = planned(place, voice, ANA).create
    place.journal.commit([Outcome(record_id, State.DONE, "client_1")], claim)
    second = PlanContext(place.journal, place.account, "r2", 0, generation=2)
    ((_, action),) = planned(second, voice, ANA).create
    assert b'"c1~2"' in action.body
    assert planned(later(place), voice, ANA).existing == 1


def test_the_journal_of_the_plan_holds_no_body(place: PlanContext, voice: FindingContext, state_dir: Path) -> None:
    planned(place, voice, a_client(name="Nombre Muy Privado"))
    place.journal.close()
    assert b"Privado" not in b"".join(path.read_bytes() for path in state_dir.iterdir())


@pytest.mark.parametrize("sent", ["1001.0", '="1001"', "'1001"])
@pytest.mark.parametrize("state", [State.DONE, State.IN_DOUBT])
def test_an_id_that_was_sent_as_a_spreadsheet_had_changed_it_is_not_sent_again_under_its_repaired_name(
    sent: str, state: State, place: PlanContext, voice: FindingContext, claim: Claim
) -> None:
    ((record_id, _),) = planned(place, voice, a_client(internalId=sent)).create
    place.journal.commit([Outcome(record_id, state, "client_1" if state is State.DONE else None, 201)], claim)
    plan = planned(later(place), voice, a_client(internalId="1001"), a_client(internalId="1002", rfc="EVAA800101AB1"))
    assert [action.key for _, action in plan.create] == ["id:1002"]
    assert plan.conflicts.select("rule", "proposal").rows() == [("X-ID-CHANGED", sent)]
    anew = PlanContext(place.journal, place.account, "r3", 0, generation=2)
    assert len(planned(anew, voice, a_client(internalId="1001")).create) == 1, "on purpose"


# --- one record, case by case: the table behind every plan ------------------------------------------------------------

HERE = Provenance("this run", 0, 7)
ELSEWHERE = Provenance("this run", 0, 8)
EARLIER = Provenance("an earlier run", 0, 7)
TWIN = Planned(an_action(), ("rfc",), b"1234")


def entry(state: State, origin: Provenance, *, matched: bool = False) -> Entry:
    return Entry(state, origin, ("rfc",), b"1234", None, 1, matched)


UNTOUCHED = [State.REFUSED, State.REJECTED]
OPEN = [State.SENDING, State.IN_DOUBT]
CASES = [
    (None, None, (), Decision.CREATE),
    (None, TWIN, (), Decision.EXISTS),
    (None, TWIN, ("rfc",), Decision.CONFLICT),
    *((entry(state, origin), None, ("rfc",), Decision.CREATE) for state in UNTOUCHED for origin in (HERE, EARLIER)),
    (entry(State.PLANNED, HERE), None, ("rfc",), Decision.CREATE),
    (entry(State.PLANNED, EARLIER), None, ("rfc",), Decision.CREATE),
    (entry(State.PLANNED, ELSEWHERE), None, (), Decision.EXISTS),
    (entry(State.PLANNED, ELSEWHERE), None, ("rfc",), Decision.CONFLICT),
    *((entry(state, EARLIER), None, (), Decision.LOOK_UP) for state in OPEN),
    *((entry(state, EARLIER), None, ("rfc",), Decision.CONFLICT) for state in OPEN),
    (entry(State.DONE, HERE), None, (), Decision.CREATED),
    (entry(State.DONE, HERE, matched=True), None, (), Decision.EXISTS),
    (entry(State.DONE, ELSEWHERE), None, (), Decision.EXISTS),
    (entry(State.DONE, EARLIER), None, (), Decision.EXISTS),
    (entry(State.DONE, EARLIER), None, ("rfc",), Decision.CONFLICT),
]


@pytest.mark.parametrize(("known", "twin", "changed", "decision"), CASES)
def test_a_record_is_created_looked_up_known_or_a_contradiction(
    known: Entry | None, twin: Planned | None, changed: tuple[str, ...], decision: Decision
) -> None:
    assert decide(known, twin, changed, HERE) is decision


@pytest.mark.parametrize("state", [State.SENDING, State.IN_DOUBT, State.DONE])
def test_what_may_have_been_sent_is_never_created_again(state: State) -> None:
    for origin in (HERE, ELSEWHERE, EARLIER):
        for changed in ((), ("rfc",)):
            assert decide(entry(state, origin), None, changed, HERE) is not Decision.CREATE
