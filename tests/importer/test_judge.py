"""A block's judgement is a value: what fails, who falls with it, how many, and which switches want a yes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import Files, a_client, an_action, inspect_table

from pipeline.delivery.outbox import Outbox
from pipeline.delivery.plan import Plan
from pipeline.findings.compose import FindingContext, compose_findings, no_findings
from pipeline.findings.rejects import Rejects
from pipeline.formats import LINE
from pipeline.importer.context import InputSource
from pipeline.importer.judge import Judged, compose_judgement, count_switched, find_rejected_ids
from pipeline.model import RECORD, Counts, Doubt, JudgedRows, Source
from schemas import resource
from schemas.rules.cross_record import CONFLICT, SAME_ROW, UNIQUE, UNWRITABLE
from schemas.spec import INTERNAL_ID, Rule

CLIENTS = resource("clients")
WRITTEN = [
    ([], True, 0),
    ([None, None], True, 0),
    (["true", "false", None], True, 1),
    (["TRUE", "Sí", "x", "1"], True, 4),
    (["false", "NO", "0", "true"], False, 3),
    (["perhaps"], True, 0),
    (["perhaps"], False, 0),
]


@pytest.mark.parametrize(("cells", "value", "count"), WRITTEN)
def test_a_record_asks_for_a_switch_only_by_a_word_that_says_so(
    cells: list[str | None], value: bool, count: int
) -> None:
    records = pl.DataFrame({"avoidEmail": pl.Series(cells, dtype=pl.String)})
    assert count_switched(records, "avoidEmail", value) == count


def test_only_errors_reject_and_each_record_is_named_once() -> None:
    found = pl.DataFrame(
        {
            "severity": ["error", "error", "warning", "fix", "error"],
            "key": ["c1", "c1", "c2", "c3", None],
        }
    )
    assert find_rejected_ids(found) == ["c1"]


@pytest.fixture
def source(files: Files) -> Source:
    return inspect_table(files.csv([a_client()]), "clients.csv")


BLOCK = pl.DataFrame(
    {LINE: [2, 3, 4, 5], RECORD: [0, 1, 2, 3], "internalId": ["c1", "c2", "c3", None]},
    schema={LINE: pl.UInt32, RECORD: pl.UInt32, "internalId": pl.String},
)


def found(source: Source, rule: Rule, *records: int) -> pl.DataFrame:
    """One finding of a rule for each of those records of the block."""
    rows = BLOCK.filter(pl.col(RECORD).is_in(records)).rename({"internalId": INTERNAL_ID})
    return compose_findings(rows.with_columns(value=pl.lit("v")), rule, FindingContext(source, "en"))


def judged(source: Source, failing: dict[int, Rule], conflicts: list[int], unwritable: list[int]) -> Judged:
    """The judgement of BLOCK in which validation found those rules broken, and the plan what follows."""
    findings = pl.concat([no_findings(), *(found(source, rule, record) for record, rule in failing.items())])
    broken = BLOCK.filter(pl.col(RECORD).is_in([r for r, rule in failing.items() if rule.severity.value == "error"]))
    records = BLOCK.join(broken, on=RECORD, how="anti").rename({"internalId": INTERNAL_ID})
    reasons = broken.with_columns(_errors=pl.lit("e"), _codes=pl.lit("c"))
    plan = Plan(
        existing=1, conflicts=found(source, CONFLICT, *conflicts), unwritable=found(source, UNWRITABLE, *unwritable)
    )
    return compose_judgement(BLOCK, CLIENTS, JudgedRows(4, records, pl.DataFrame(), findings, reasons), plan)


JUDGEMENTS: list[tuple[str, dict[int, Rule], list[int], list[int], list[int], list[str]]] = [
    ("all are good", {}, [], [], [], []),
    ("one breaks a rule: what refers to it falls", {0: UNIQUE}, [], [], [0], ["c1"]),
    ("a warning rejects nobody", {0: SAME_ROW}, [], [], [], []),
    ("one was sent with other contents: it is there, and nobody falls", {}, [1], [], [1], []),
    ("one cannot be said in the dialect", {}, [], [2], [2], ["c3"]),
    ("one of each", {0: UNIQUE}, [1], [2], [0, 1, 2], ["c1", "c3"]),
    ("one without an internalId takes nobody with it", {3: UNIQUE}, [], [], [3], []),
]


@pytest.mark.parametrize(
    ("what", "failing", "conflicts", "unwritable", "rejected", "fallen"), JUDGEMENTS, ids=[j[0] for j in JUDGEMENTS]
)
def test_what_fails_in_a_block_is_rejected_and_counted_once(
    source: Source,
    what: str,
    failing: dict[int, Rule],
    conflicts: list[int],
    unwritable: list[int],
    rejected: list[int],
    fallen: list[str],
) -> None:
    one = judged(source, failing, conflicts, unwritable)
    assert sorted(one.rejected[RECORD].to_list()) == rejected
    assert sorted(one.fallen) == fallen
    assert one.counts == Counts(read=4, rejected=len(rejected), existing=1)
    assert one.findings.height == len(failing) + len(conflicts) + len(unwritable)


def test_only_good_records_are_counted_as_known_by_something_else_than_an_internal_id(source: Source) -> None:
    assert judged(source, {}, [], []).nameless == 1
    assert judged(source, {3: UNIQUE}, [], []).nameless == 0


def test_an_input_takes_the_judgements_of_its_blocks_one_after_the_other(source: Source, tmp_path: Path) -> None:
    entry = InputSource(0, source, Outbox(tmp_path), Rejects(source, tmp_path))
    first, second = (an_action(key=f"id:c{n}") for n in (1, 2))
    blocks = [
        Plan(create=[(7, first)], existing=2),
        Plan(doubtful=[Doubt(8, second)], created=1),
    ]
    for plan in blocks:
        entry.take(
            Judged(plan, no_findings(), BLOCK.head(0), [], Counts(read=4, existing=plan.existing), {"livemode": 2}, 1)
        )
    assert [*entry.outbox] == [(7, first)]
    assert [doubt.record_id for doubt in entry.doubts] == [8]
    assert [*entry.record_ids] == [7, 8]
    assert entry.known == Counts(read=8, existing=2)
    assert (entry.switched, entry.nameless) == ({"livemode": 4}, 2)
