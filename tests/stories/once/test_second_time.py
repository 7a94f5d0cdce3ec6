"""The same file a second time, changed, on purpose anew, or after a death: nothing is sent twice by accident."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from stage import KILLED, Desk, Recorder, client, payment

from pipeline.errors import ConfigError, InputError
from pipeline.failpoints import CrashPoint
from tests.stories.once.conftest import Importing


def fates(result: Any, resource: str = "payments") -> dict[str, int]:
    counts = result.resources[resource]
    assert counts.balanced
    return {fate: n for fate, n in counts.as_dict().items() if n}


def test_the_same_file_again_sends_nothing(importing: Importing, desk: Desk, server: Recorder) -> None:
    files = desk.csv("clients.csv", [client(1)]), desk.csv("payments.csv", [payment(n, "", "c1") for n in range(3)])
    importing(*files)
    before = server.received()

    again = importing(*files)

    assert fates(again) == {"read": 3, "existing": 3}
    assert fates(again, "clients") == {"read": 1, "existing": 1}
    assert (again.exit_code, server.received()) == (0, before)


def test_a_changed_record_is_a_conflict_that_names_the_fields_and_is_not_sent(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing(desk.csv("payments.csv", [payment(1), payment(2)]))
    changed = desk.csv("payments.csv", [payment(1, currency="USD"), payment(2), payment(3)])

    result = importing(changed, problems=desk.folder / "problems.csv")

    assert fates(result) == {"read": 3, "created": 1, "existing": 1, "rejected": 1}
    with Path(desk.folder / "problems.csv").open(newline="") as file:
        findings = [row for row in csv.DictReader(file) if row["severity"] == "error"]
    assert [(f["rule"], f["key"], f["proposal"]) for f in findings] == [("X-CONFLICT", "p1", "currency")]
    assert server.sent("p1") == 1


def test_a_record_the_dialect_cannot_say_is_rejected_and_so_is_what_refers_to_it(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    clashing = client(1, metadata='"{""a"": ""x"", ""a.b"": ""y""}"')
    clients = desk.csv("clients.csv", [clashing, client(2, metadata="")])
    payments = desk.csv("payments.csv", [payment(1, "", "c1"), payment(2, "", "c2")])

    result = importing(clients, payments, problems=desk.folder / "problems.csv")

    assert fates(result, "clients") == {"read": 2, "created": 1, "rejected": 1}
    assert fates(result) == {"read": 2, "created": 1, "rejected": 1}
    with Path(desk.folder / "problems.csv").open(newline="") as file:
        findings = [(row["rule"], row["key"]) for row in csv.DictReader(file) if row["severity"] == "error"]
    assert findings == [("API-UNWRITABLE", "c1"), ("PAY-CLIENT", "p1")]
    assert (server.sent("p1"), server.sent("p2")) == (0, 1)


def test_a_record_in_doubt_that_was_changed_is_a_conflict_and_not_sent(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(drop_before_commit=1, null_rows=1)
    importing(desk.csv("payments.csv", [payment(1)]), match=False)
    server.misbehave()
    changed = importing(desk.csv("payments.csv", [payment(1, currency="USD")]))
    assert fates(changed) == {"read": 1, "rejected": 1}
    assert server.sent("p1") == 1
    assert "runs settle" in (desk.folder / "payments.rejects.csv").read_text()


def test_generation_2_issues_anew_on_purpose_and_once(importing: Importing, desk: Desk, server: Recorder) -> None:
    payments = desk.csv("payments.csv", [payment(1)])
    importing(payments)
    with pytest.raises(ConfigError, match="Not confirmed: generation 2"):
        importing(payments, generation=2)
    assert server.ids() == {"p1": 1}
    assert fates(importing(payments, generation=2, yes=True)) == {"read": 1, "created": 1}
    assert fates(importing(payments, generation=2, yes=True)) == {"read": 1, "existing": 1}
    assert server.ids() == {"p1": 1, "p1~2": 1}


def test_a_record_the_api_refused_may_be_corrected_and_is_sent_then(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    bad = {**payment(1), "clientId": "client_nobody_knows"}
    for name in ("client.name", "client.rfc", "client.email"):
        del bad[name]
    assert fates(importing(desk.csv("payments.csv", [bad]))) == {"read": 1, "refused": 1}
    assert fates(importing(desk.csv("payments.csv", [payment(1)]))) == {"read": 1, "created": 1}
    assert server.ids() == {"p1": 1}


# --- after a death ----------------------------------------------------------------------------------------------------


def test_the_intent_is_durable_before_the_request_leaves(desk: Desk, server: Recorder) -> None:
    died = desk.gigbulk("import", desk.csv("payments.csv", [payment(1)]), death=CrashPoint.INTENT_DURABLE)
    assert died.code == KILLED
    assert server.received() == []
    assert desk.states() == {"p1": "sending"}


def test_a_run_killed_with_an_answer_in_hand_resumes_and_counts_it_created_without_sending(
    desk: Desk, server: Recorder
) -> None:
    payments = desk.csv("payments.csv", [payment(1), payment(2)])
    died = desk.gigbulk(
        "import",
        payments,
        death=f"{CrashPoint.ANSWERED}:2",
    )
    assert died.code == KILLED
    assert desk.states() == {"p1": "done", "p2": "sending"}

    resumed = desk.gigbulk("runs", "resume")

    assert (resumed.code, resumed.counts()) == (0, {"read": 2, "created": 2})
    assert server.ids() == {"p1": 1, "p2": 1}
    assert len(server.received()) == 2
    assert desk.journal("SELECT count(*) FROM runs") == [(1,)]


def test_a_resume_writes_every_result_file_that_the_first_call_was_asked_for(desk: Desk, server: Recorder) -> None:
    """Where the first call would have put them, though the resume has no flag of its own for any."""
    payments = desk.csv("payments.csv", [payment(1), payment(2), payment(3, **{"items.total": "x"})])
    names = {"--problems": "p.csv", "--rejects": "r.csv", "--created": "c.csv", "--report": "r.html"}
    flags = [word for flag in names.items() for word in flag]
    assert desk.gigbulk("import", payments, *flags, death=f"{CrashPoint.ANSWERED}:1").code == KILLED
    assert not any((desk.folder / name).exists() for name in names.values())
    assert desk.gigbulk("runs", "resume").counts() == {"read": 3, "created": 2, "rejected": 1}
    assert all((desk.folder / name).stat().st_size for name in names.values())


def test_after_a_death_the_file_may_as_well_be_imported_again(desk: Desk, server: Recorder) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(4)])
    assert desk.gigbulk("import", payments, death=f"{CrashPoint.ANSWERED}:3").code == KILLED
    again = desk.gigbulk("import", payments)
    assert (again.code, again.balanced) == (0, True)
    assert server.ids() == {f"p{n}": 1 for n in range(4)}
    assert all(server.sent(f"p{n}") == 1 for n in range(4))


def test_a_resume_refuses_a_file_that_changed_since(importing: Importing, desk: Desk, server: Recorder) -> None:
    server.misbehave(drop_before_commit=1, null_rows=1)
    importing(desk.csv("payments.csv", [payment(1)]), match=False)
    before = server.received()
    desk.csv("payments.csv", [payment(1), payment(2)])
    with pytest.raises(InputError, match=r"payments\.csv has changed since run") as refused:
        importing.resume()
    assert "import it anew" in refused.value.hint
    assert server.received() == before


def test_a_resume_says_which_file_is_gone(importing: Importing, desk: Desk, server: Recorder) -> None:
    server.misbehave(drop_before_commit=1, null_rows=1)
    payments = desk.csv("payments.csv", [payment(1)])
    importing(payments, match=False)
    payments.unlink()
    with pytest.raises(InputError, match=r"payments\.csv does not exist"):
        importing.resume()


def test_a_run_that_read_standard_input_cannot_be_resumed_and_says_what_to_do(desk: Desk, server: Recorder) -> None:
    payments = desk.csv("payments.csv", [payment(1), payment(2)])
    with payments.open() as stdin:
        assert desk.gigbulk("import", "-", death=f"{CrashPoint.ANSWERED}:2", stdin=stdin).code == KILLED
    refused = desk.gigbulk("runs", "resume")
    assert refused.code == 3
    assert "standard input" in refused.said
    assert "Import the same data again" in refused.said

    with payments.open() as stdin:
        again = desk.gigbulk("import", "-", stdin=stdin)
    assert (again.code, server.ids()) == (0, {"p1": 1, "p2": 1})
    assert len(server.received()) == 2


def test_runs_with_open_records_are_not_pruned(desk: Desk, importing: Importing, server: Recorder) -> None:
    """A record in doubt is settled by the name of its run."""
    server.misbehave(drop_before_commit=1, null_rows=1)
    doubtful = importing(desk.csv("payments.csv", [payment(1)]), match=False)
    pruned = desk.gigbulk("runs", "prune", "--days", "0")
    assert (pruned.code, pruned.result["removed"]) == (0, 0)
    assert desk.gigbulk("runs", "settle", doubtful.run, "--as", "absent", "--yes").result["settled"] == 1
