"""The brakes of a team: a plan beyond one of its bounds ends before the first request."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stage import Desk, Recorder, payment

from pipeline.errors import ConfigError
from pipeline.importer.consent.brakes import Brakes, find_pulled, read_brakes
from pipeline.importer.request import ImportRequest
from pipeline.model import Counts
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.settings import Settings, resolve_settings

MONEY = {"MXN": {"payments": 2, "net": 200_00, "gross": 232_00}}
ONE_OF_FOUR_WRONG = {"payments": Counts(read=4, rejected=1, unsent=3)}


@pytest.fixture
def sandbox() -> Iterator[EmbeddedSandbox]:
    with EmbeddedSandbox(Options()) as running:
        yield running


@pytest.fixture
def desk(sandbox: EmbeddedSandbox, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk", sandbox.base_url)


@pytest.fixture
def server(sandbox: EmbeddedSandbox) -> Recorder:
    return Recorder(sandbox.origin)


BOUNDS: list[tuple[Brakes, str | None]] = [
    (Brakes(), None),
    (Brakes(max_create=3), None),
    (Brakes(max_create=2), "3 records would be created, and max_create is 2"),
    (Brakes(max_create=0), "3 records would be created, and max_create is 0"),
    (Brakes(max_reject_pct=25), None),
    (Brakes(max_reject_pct=24.9), "1 of 4 payments were rejected, and max_reject_pct is 24.9"),
    (Brakes(max_reject_pct=0), "1 of 4 payments were rejected, and max_reject_pct is 0"),
    (Brakes(max_amount={"MXN": Decimal(232)}), None),
    (Brakes(max_amount={"MXN": Decimal("231.99")}), "232.00 MXN would be created, and max_amount is 231.99"),
    (Brakes(max_amount={"USD": Decimal(9999)}), "232.00 MXN would be created, and max_amount says nothing of it"),
]


@pytest.mark.parametrize(("brakes", "said"), BOUNDS)
def test_a_plan_at_its_bound_goes_and_one_beyond_it_is_stopped_with_both_figures(
    brakes: Brakes, said: str | None
) -> None:
    pulled = find_pulled(brakes, 3, ONE_OF_FOUR_WRONG, MONEY)
    assert (pulled is None) == (said is None)
    assert said is None or (pulled is not None and said in pulled.message and pulled.exit_code == 1)


def test_a_resource_of_which_all_is_wrong_is_not_hidden_by_the_many_of_another() -> None:
    counts = {"clients": Counts(read=2, rejected=2), "payments": Counts(read=10_000, unsent=10_000)}
    assert find_pulled(Brakes(max_reject_pct=50), 10_000, counts, {}) is not None


@pytest.mark.parametrize("said", ["1,000", "x", "-1", "nan", "1e", "inf"])
def test_an_amount_that_is_none_is_refused_with_the_form_it_has(said: str) -> None:
    with pytest.raises(ConfigError, match="no sum of a currency") as refused:
        read_brakes(ImportRequest(("a.csv",), max_amount={"MXN": said}), Settings())
    assert "--max-amount MXN=1500000.00" in refused.value.hint


def test_a_flag_comes_before_the_settings_of_the_team(tmp_path: Path) -> None:
    (tmp_path / "gigbulk.toml").write_text(
        'max_create = 10\nmax_reject_pct = 5\n[max_amount]\nmxn = "500"\nusd = "20"\n', encoding="utf-8"
    )
    settings = resolve_settings({}, {}, tmp_path)
    assert read_brakes(ImportRequest(("a.csv",), max_create=0, max_amount={"USD": "30"}), settings) == Brakes(
        0, 5.0, {"MXN": Decimal(500), "USD": Decimal(30)}
    )


@pytest.mark.parametrize("line", ["max_create = -1", "max_create = true", "max_reject_pct = 101", "max_amount = 5"])
def test_a_bound_that_is_none_is_refused_where_it_is_set(line: str, tmp_path: Path) -> None:
    (tmp_path / "gigbulk.toml").write_text(line, encoding="utf-8")
    with pytest.raises(ConfigError, match=line.split(" ")[0]):
        resolve_settings({}, {}, tmp_path)


PULLED: list[tuple[tuple[str, ...], str]] = [
    (("--max-create", "2"), "3 records would be created"),
    (("--max-reject-pct", "10"), "1 of 4 payments were rejected"),
    (("--max-amount", "MXN=300"), "MXN would be created"),
]


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
@pytest.mark.parametrize(("flags", "said"), PULLED)
def test_a_brake_ends_an_import_with_one_sentence_before_anything_is_sent_and_the_rejects_are_written(
    desk: Desk, server: Recorder, flags: tuple[str, ...], said: str, more: tuple[str, ...]
) -> None:
    rows = [*(payment(n) for n in (1, 2, 3)), payment(4, **{"items.total": "x"})]
    path = desk.csv("payments.csv", rows)
    done = desk.gigbulk("import", path, "--json", *flags, *more)
    assert (done.code, server.received()) == (1, [])
    assert said in done.said and done.balanced
    assert done.counts()["unsent"] == 3 and done.counts()["rejected"] == 1
    assert done.result["status"] == "failed" and Path(done.result["outputs"]["rejects"]).exists()


def test_a_run_that_was_braked_brakes_again_when_it_is_resumed_and_goes_when_imported_with_a_higher_bound(
    desk: Desk, server: Recorder
) -> None:
    path = desk.csv("payments.csv", [payment(n) for n in (1, 2, 3)])
    assert desk.gigbulk("import", path, "--max-create", "2").code == 1
    assert desk.gigbulk("runs", "resume").code == 1
    assert server.received() == []
    assert desk.gigbulk("import", path, "--max-create", "3").code == 0
    assert len(server.stored()) == 3


def test_a_brake_comes_before_the_question_of_mail(desk: Desk, server: Recorder) -> None:
    path = desk.csv("payments.csv", [payment(n, avoidEmail="false") for n in (1, 2)])
    done = desk.gigbulk("import", path, "--max-create", "1")
    assert done.code == 1 and "max_create is 1" in done.said and "Not confirmed" not in done.said
    assert server.received() == []


def test_records_that_exist_already_pull_no_brake(desk: Desk) -> None:
    rows: list[dict[str, Any]] = [payment(n) for n in (1, 2, 3)]
    assert desk.gigbulk("import", desk.csv("a.csv", rows)).code == 0
    assert desk.gigbulk("import", desk.csv("b.csv", [*rows, payment(4)]), "--max-create", "1").code == 0
