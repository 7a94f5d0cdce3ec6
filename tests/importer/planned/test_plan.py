"""A plan that is written, approved and applied: that plan, or nothing, with what has moved told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stage import Desk, Ended, Recorder, client, payment

from pipeline.errors import InputError
from pipeline.importer.planned.plan import read_plan
from pipeline.sandbox import EmbeddedSandbox, Options


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


def planned(desk: Desk, *words: object) -> dict[str, Any]:
    done = desk.gigbulk("import", *words, "--plan", "plan.json")
    assert done.code == 0, done.said
    found: dict[str, Any] = json.loads((desk.folder / "plan.json").read_text(encoding="utf-8"))
    return found


def applied(desk: Desk, *words: object) -> Ended:
    return desk.gigbulk("apply", "plan.json", *words)


def created(server: Recorder) -> int:
    """POST requests that created something."""
    return sum(request["method"] == "POST" for request in server.received())


ROWS = [payment(n) for n in (1, 2, 3)]


def test_a_plan_says_what_a_send_would_do_and_sends_nothing(desk: Desk, server: Recorder) -> None:
    assert desk.gigbulk("import", desk.csv("before.csv", [payment(1)]), key="another-key").code == 0
    path = desk.csv("payments.csv", [*ROWS, payment(4, **{"items.total": "x"})])
    before = created(server)
    done = desk.gigbulk("import", path, "--plan", "plan.json")
    plan = json.loads((desk.folder / "plan.json").read_text(encoding="utf-8"))
    assert (done.code, created(server)) == (1, before)
    resource = plan["resources"]["payments"]
    assert (resource["create"], resource["held"], resource["counts"]["rejected"]) == (2, 1, 1)
    assert plan["money"]["MXN"]["payments"] == 2 and plan["dialect"] == "2025-06"
    [file] = plan["files"]
    assert file["path"] == str(path) and len(file["sha256"]) == 64 and plan["catalogues"]
    counts = done.counts()
    assert (counts["would_create"], counts["existing"], counts["rejected"]) == (2, 1, 1) and done.balanced


def test_a_plan_that_holds_is_done_and_a_second_time_it_does_not_hold(desk: Desk, server: Recorder) -> None:
    planned(desk, desk.csv("payments.csv", ROWS))
    done = applied(desk, "--approved-by", "Ana López")
    assert (done.code, done.counts()["created"], len(server.stored())) == (0, 3, 3)
    assert desk.gigbulk("runs", "show", done.result["run"]).result["approved_by"] == "Ana López"
    again = applied(desk)
    assert again.code == 2 and "does not hold any more" in again.said
    assert "resources.payments.create was 3, is 0" in again.said and len(server.stored()) == 3


def test_a_file_that_has_changed_is_named_and_nothing_is_sent(desk: Desk, server: Recorder) -> None:
    planned(desk, desk.csv("payments.csv", ROWS))
    desk.csv("payments.csv", [*ROWS[:2], payment(3, **{"items.total": "999.00"})])
    done = applied(desk)
    assert done.code == 2 and "files[1].sha256 was" in done.said and "money.MXN.gross was" in done.said
    assert created(server) == 0


def test_what_somebody_else_created_since_is_told(desk: Desk, server: Recorder) -> None:
    planned(desk, desk.csv("payments.csv", ROWS))
    assert desk.gigbulk("import", desk.csv("other.csv", [payment(2)]), key="another-key").code == 0
    done = applied(desk)
    assert done.code == 2 and created(server) == 1
    assert "resources.payments.create was 3, is 2" in done.said and "held was 0, is 1" in done.said


def test_what_an_earlier_run_of_ours_created_since_is_told(desk: Desk, server: Recorder) -> None:
    planned(desk, desk.csv("payments.csv", ROWS))
    assert desk.gigbulk("import", "payments.csv", "--limit", "1").code == 0
    done = applied(desk)
    assert done.code == 2 and "resources.payments.counts.created" not in done.said
    assert "resources.payments.counts.existing was 0, is 1" in done.said and created(server) == 1


def test_a_plan_keeps_the_flags_it_was_made_with(desk: Desk, server: Recorder) -> None:
    plan = planned(desk, desk.csv("payments.csv", ROWS), "--limit", "2", "--set", "metadata.lote=7")
    assert plan["asked"]["limit"] == 2
    done = applied(desk)
    assert (done.code, done.counts()) == (0, {"read": 3, "created": 2, "unsent": 1})
    assert {one["metadata"]["lote"] for one in server.stored()} == {"7"}


def test_a_plan_of_another_account_or_dialect_is_refused(desk: Desk, server: Recorder) -> None:
    planned(desk, desk.csv("payments.csv", ROWS))
    other = desk.gigbulk("apply", "plan.json", key="another-key")
    assert other.code == 2 and "account was" in other.said
    spoken = applied(desk, "--dialect", "2026")
    assert spoken.code == 2 and "The plan was made in dialect 2025-06, and 2026 is set." in spoken.said
    assert created(server) == 0


def test_what_wants_a_yes_wants_it_when_the_plan_is_applied(desk: Desk, server: Recorder) -> None:
    plan = planned(desk, desk.csv("payments.csv", [payment(1, avoidEmail="false")]))
    assert plan["questions"] == [["switch", "avoidEmail", 1]]
    assert applied(desk).code == 2 and created(server) == 0
    assert applied(desk, "--yes").code == 0 and len(server.stored()) == 1


def test_several_files_are_planned_and_applied_together(desk: Desk, server: Recorder) -> None:
    clients = desk.csv("clients.csv", [client(1)])
    payments = desk.csv("payments.csv", [payment(1, client_ref=client(1)["internalId"])])
    plan = planned(desk, clients, payments)
    assert {name: one["create"] for name, one in plan["resources"].items()} == {"clients": 1, "payments": 1}
    assert applied(desk).code == 0
    assert (len(server.stored("clients")), len(server.stored())) == (1, 1)


def test_an_applied_plan_that_is_killed_is_finished_by_a_resume(desk: Desk, server: Recorder) -> None:
    planned(desk, desk.csv("payments.csv", ROWS))
    assert desk.gigbulk("apply", "plan.json", death="answered:2").code < 0
    assert desk.gigbulk("runs", "resume").code == 0
    assert sorted(server.ids().values()) == [1, 1, 1]


def test_a_plan_that_pulls_a_brake_is_not_written(desk: Desk) -> None:
    path = desk.csv("payments.csv", ROWS)
    assert desk.gigbulk("import", path, "--plan", "plan.json", "--max-create", "1").code == 1
    assert not (desk.folder / "plan.json").exists()


def test_without_a_key_there_is_no_plan(desk: Desk) -> None:
    done = desk.gigbulk("import", desk.csv("payments.csv", ROWS), "--plan", "plan.json", key="")
    assert done.code == 2 and not (desk.folder / "plan.json").exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", "id,name\n1,x\n", '{"form": 99}'])
def test_a_file_that_is_no_plan_is_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"plan\.json is no plan of an import"):
        read_plan(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_plan(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("payments.csv", 2, "--plan payments.csv is also the input"),
        ("nowhere/plan.json", 5, "--plan nowhere/plan.json cannot be written there"),
    ],
)
def test_a_plan_is_written_over_no_input_and_into_a_folder_that_is_there(
    place: str, code: int, said: str, desk: Desk
) -> None:
    rows = desk.csv("payments.csv", ROWS).read_text(encoding="utf-8")
    done = desk.gigbulk("import", "payments.csv", "--plan", place)
    assert done.code == code and said in done.said, done.said
    assert (desk.folder / "payments.csv").read_text(encoding="utf-8") == rows


def test_standard_input_has_no_plan_for_nobody_can_read_it_again(desk: Desk) -> None:
    with desk.csv("payments.csv", ROWS).open() as rows:
        done = desk.gigbulk("import", "-", "--as", "payments", "--plan", "plan.json", stdin=rows)
    assert done.code == 2 and "A plan of standard input could not be applied" in done.said
    assert not (desk.folder / "plan.json").exists()


def test_a_plan_of_changes_is_applied_wherever_its_file_was_named_from(tmp_path: Path) -> None:
    with EmbeddedSandbox(Options(dialect="2026")) as running:
        desk, server = Desk(tmp_path / "desk", running.base_url, dialect="2026"), Recorder(running.origin)
        desk.csv("clients.csv", [client(1)])
        assert desk.gigbulk("import", "clients.csv").code == 0
        desk.csv("clients.csv", [client(1, name="Ana")])
        assert planned(desk, "clients.csv", "--update")["resources"]["clients"]["change"] == 1
        done = applied(desk, "--yes")
        assert (done.code, done.result["changes"]["clients"]) == (0, {"changed": 1}), done.said
        assert [one["name"] for one in server.stored("clients")] == ["Ana"]


@pytest.mark.parametrize(
    "edit",
    [
        {"limit": -1}, {"limit": "all"}, {"yes": True}, {"files": ["x.csv"]}, {"map": 5}, {"as_resource": "nobody"},
        {"match": False}, {"max_amount": 3}, {},
    ],
)  # fmt: skip
def test_a_plan_that_somebody_edited_is_refused(edit: dict[str, Any], desk: Desk, server: Recorder) -> None:
    plan = planned(desk, desk.csv("payments.csv", ROWS))
    plan["asked"] = plan["asked"] | edit if edit else {}
    (desk.folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    done = applied(desk, "--yes")
    assert (done.code, created(server)) == (3, 0), done.said
    assert "is not the plan that gigbulk wrote: it was edited" in done.said


def test_a_plan_may_be_written_otherwise_as_long_as_it_says_the_same(desk: Desk, server: Recorder) -> None:
    plan = planned(desk, desk.csv("payments.csv", ROWS), "--max-reject-pct", "2")
    (desk.folder / "plan.json").write_text(json.dumps(plan, sort_keys=True), encoding="utf-8")
    assert applied(desk).code == 0 and len(server.stored()) == 3


def test_an_account_that_does_not_tell_gives_no_plan(desk: Desk, server: Recorder) -> None:
    path = desk.csv("payments.csv", ROWS)
    server.misbehave(read_error_500=1.0)
    done = desk.gigbulk("import", path, "--plan", "plan.json")
    assert done.code == 4 and not (desk.folder / "plan.json").exists() and created(server) == 0
