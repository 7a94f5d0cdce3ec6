"""A record in doubt is looked up, and sent again only when it is proven that the account does not hold it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from builders import RecordingEvents
from stage import KILLED, Desk, Ended, Recorder, client, payment
from wire import an_answer, answering, serving

from pipeline.errors import ApiStop
from pipeline.model import Counts
from pipeline.sandbox import EmbeddedSandbox, Options
from tests.stories.once.conftest import Importing

pytestmark = pytest.mark.usefixtures("disarmed")

LOST_ANSWERS = ["drop_after_commit", "error_500_after_commit", "html_502_after_commit", "truncated_reply", "bad_json"]
LOST_REQUESTS = {
    "drop_before_commit": "the server closed the connection without a whole answer, after the request was sent",
    "error_500_before_commit": "500 internal_server_error from the API",
    "html_502": "502 from a proxy: a web page titled “502 Bad Gateway”",
    "html_413": "413 from a proxy: a web page titled “413 Request Entity Too Large”",
    "login_page": "a web page titled “Sign in” instead of JSON (200)",
    "false_success": "200 database_error from the API",
}
"""What becomes of a write that is not stored, and the cause that is told of it."""
BLIND_LISTS = {
    "ignore_offset": {"ignore_offset": 1},
    "repeat_page": {"repeat_page": 1},
    "null_rows": {"null_rows": 1},
    "shrinking_list": {"shrinking_list": 1},
    "list 500": {"read_error_500": 1},
    "list not JSON": {"read_bad_json": 1},
}


def fates(counts: Counts) -> dict[str, int]:
    assert counts.balanced
    return {fate: n for fate, n in counts.as_dict().items() if n}


@pytest.mark.parametrize("fault", LOST_ANSWERS)
def test_an_answer_lost_after_the_commit_is_found_by_lookup_and_counted_created_once(
    fault: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(**{fault: 1, "duplicate_ignore": 1})

    result = importing(desk.csv("payments.csv", [payment(1), payment(2)]))

    assert fates(result.resources["payments"]) == {"read": 2, "created": 2}
    assert result.exit_code == 0
    assert server.ids() == {"p1": 1, "p2": 1}
    assert len(server.received()) == 2
    known = dict(desk.journal("SELECT key, remote_id FROM records"))
    assert known == {f"id:{r['metadata']['internalId']}": r["id"] for r in server.stored()}


@pytest.mark.parametrize(("fault", "cause"), LOST_REQUESTS.items(), ids=LOST_REQUESTS)
def test_what_is_proven_absent_is_sent_again_with_the_same_internal_id_and_in_vain_with_its_cause(
    fault: str, cause: str, importing: Importing, desk: Desk, server: Recorder, held: Callable[..., str]
) -> None:
    held("payments", **_body("p0", total=100))  # a list that shows it can prove that another is absent
    server.misbehave(**{fault: 1, "duplicate_ignore": 1})
    with pytest.raises(ApiStop) as stopped:
        importing(desk.csv("payments.csv", [payment(1)]))
    assert stopped.value.message == (
        "Not created: 1 record, sent 3 times without a whole answer and not held by the account; "
        f"the last time: {cause}."
    )
    assert stopped.value.result is not None
    assert stopped.value.result["resources"]["payments"]["unsent"] == 1
    assert stopped.value.hint == f"Send them with: gigbulk runs resume {stopped.value.result['run']}"
    assert [request["internalId"] for request in server.received()][1:] == ["p1"] * 3

    server.misbehave()
    assert fates(importing.resume().resources["payments"]) == {"read": 1, "created": 1}
    assert server.ids() == {"p0": 1, "p1": 1}


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit"])
def test_an_empty_list_is_no_proof_of_absence_before_it_has_shown_a_record(
    fault: str, importing: Importing, desk: Desk, server: Recorder, console: RecordingEvents
) -> None:
    """Of a server whose list is always empty, every record would be created again and again."""
    server.misbehave(**{fault: 1, "empty_list": 1, "duplicate_ignore": 1})
    payments = desk.csv("payments.csv", [payment(1), payment(2), payment(3)])

    assert fates(importing(payments).resources["payments"]) == {"read": 3, "in_doubt": 3}
    assert fates(importing.resume().resources["payments"]) == {"read": 3, "in_doubt": 3}
    assert [request["internalId"] for request in server.received()] == ["p1", "p2", "p3"], "each once"
    assert any("list is empty, which proves nothing" in warning for warning in console.warnings)

    server.misbehave()
    importing(desk.csv("other.csv", [payment(9)]))
    assert fates(importing.resume().resources["payments"]) == {"read": 3, "created": 3}
    assert server.ids() == {"p1": 1, "p2": 1, "p3": 1, "p9": 1}


def test_in_an_empty_account_a_lost_record_is_sent_again_once_the_list_has_shown_another(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(drop_before_commit=1, duplicate_ignore=1)
    assert fates(importing(desk.csv("one.csv", [payment(1)])).resources["payments"]) == {"read": 1, "in_doubt": 1}
    server.misbehave(duplicate_ignore=1)
    both = importing(desk.csv("both.csv", [payment(1), payment(2)]))
    assert fates(both.resources["payments"]) == {"read": 2, "created": 2}
    assert server.ids() == {"p1": 1, "p2": 1}


def test_an_empty_list_is_believed_where_another_list_of_the_account_shows_rows(
    importing: Importing, desk: Desk, server: Recorder, held: Callable[..., str]
) -> None:
    """A server whose lists show what is there has no reason to hide the payments alone."""
    held("clients", name="Ana", email="ana@correo.example", rfc="XAXX010101000")
    server.misbehave(drop_before_commit=1, duplicate_ignore=1)
    with pytest.raises(ApiStop, match="not held by the account"):
        importing(desk.csv("one.csv", [payment(1)]))
    server.misbehave(duplicate_ignore=1)
    assert fates(importing.resume().resources["payments"]) == {"read": 1, "created": 1}
    assert server.ids() == {"p1": 1}


def test_a_payment_that_the_api_calls_a_duplicate_is_looked_up_and_counted_existing(
    importing: Importing, desk: Desk, server: Recorder, held: Callable[..., str]
) -> None:
    there = held("payments", **_body("p1", total=101))

    result = importing(desk.csv("payments.csv", [payment(1), payment(2)]), match=False)

    assert fates(result.resources["payments"]) == {"read": 2, "created": 1, "existing": 1}
    assert desk.journal("SELECT remote_id, matched FROM records WHERE key = 'id:p1'") == [(there, 1)]
    assert server.ids() == {"p1": 1, "p2": 1}


def test_a_payment_that_the_api_calls_a_duplicate_and_holds_with_another_amount_is_a_conflict(
    importing: Importing, desk: Desk, held: Callable[..., str], console: Any
) -> None:
    held("payments", **_body("p1", total=777))

    result = importing(desk.csv("payments.csv", [payment(1)]), match=False)

    assert fates(result.resources["payments"]) == {"read": 1, "rejected": 1}
    assert "amount" in (desk.folder / "payments.rejects.csv").read_text()


def test_a_resume_counts_what_it_finds_against_the_limit(desk: Desk, server: Recorder) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(4)])
    assert desk.gigbulk("import", payments, "--limit", 1, death="answered:1").code == KILLED

    resumed = desk.gigbulk("runs", "resume")

    assert resumed.counts() == {"read": 4, "created": 1, "unsent": 3}
    assert len(server.received()) == 1


def test_an_answer_that_shows_another_record_is_no_success(desk: Desk) -> None:
    """Whose answer it was is unknown, so ours is looked up like any lost one."""
    other = {"id": "p_other", "amount": 10100, "currency": "MXN", "metadata": {"internalId": "somebody-else"}}
    there = {"data": [{"id": "p_0", "metadata": {"internalId": "p0"}}], "hasMore": False, "totalResults": 1}
    talk, received = answering(an_answer(there), an_answer({"data": other}), an_answer(there))

    async def main() -> Ended:
        async with serving(talk) as base_url:
            desk.base_url = base_url
            return await asyncio.to_thread(desk.gigbulk, "import", desk.csv("payments.csv", [payment(1)]), "--limit", 1)

    ended = asyncio.run(main())

    assert ended.counts() == {"read": 1, "unsent": 1}
    assert desk.states() == {"p1": "planned"}
    assert sum(request.startswith(b"POST") for request in received) >= 1


def test_a_duplicate_that_the_list_does_not_show_stays_in_doubt_and_stays_called_existing_over_a_resume(
    importing: Importing, desk: Desk, server: Recorder, held: Callable[..., str]
) -> None:
    held("payments", **_body("p1", total=101))
    server.misbehave(read_error_500=1)
    payments = desk.csv("payments.csv", [payment(1)])
    assert fates(importing(payments, match=False).resources["payments"]) == {"read": 1, "in_doubt": 1}

    server.misbehave()
    assert fates(importing.resume().resources["payments"]) == {"read": 1, "existing": 1}


@pytest.fixture
def full_sandbox() -> Iterator[EmbeddedSandbox]:
    with EmbeddedSandbox(Options(rows={"payments": 150, "clients": 150})) as running:
        yield running


@pytest.mark.parametrize("blind", BLIND_LISTS)
def test_where_the_server_cannot_tell_rows_stay_in_doubt_with_exit_6_and_nothing_is_sent_again(
    blind: str, full_sandbox: EmbeddedSandbox, desk: Desk, console: Any
) -> None:
    server = Recorder(full_sandbox.origin)
    desk.base_url = full_sandbox.base_url
    importing = Importing(desk, console)
    lost = {"drop_before_commit": 1.0, "duplicate_ignore": 1.0}
    server.misbehave(**lost, **BLIND_LISTS[blind])

    result = importing(desk.csv("payments.csv", [payment(1)]), match=False)
    assert fates(result.resources["payments"]) == {"read": 1, "in_doubt": 1}
    assert result.exit_code == 6
    again = importing.resume()
    assert (again.exit_code, server.sent("p1")) == (6, 1)

    server.misbehave()
    assert fates(importing.resume().resources["payments"]) == {"read": 1, "created": 1}
    assert server.ids()["p1"] == 1


@pytest.mark.parametrize("blind", BLIND_LISTS)
def test_clients_are_not_created_when_it_cannot_be_told_whether_the_account_holds_them(
    blind: str, full_sandbox: EmbeddedSandbox, desk: Desk, console: Any
) -> None:
    server = Recorder(full_sandbox.origin)
    desk.base_url = full_sandbox.base_url
    server.misbehave(**BLIND_LISTS[blind])
    with pytest.raises(ApiStop, match="cannot be told which clients the account holds") as stopped:
        Importing(desk, console)(desk.csv("clients.csv", [client(1), client(2)]))
    assert server.received() == []
    assert stopped.value.result is not None
    assert stopped.value.result["resources"]["clients"] == {
        "read": 2, "created": 0, "existing": 0, "rejected": 0, "refused": 0, "in_doubt": 0, "unsent": 2,
    }  # fmt: skip


def test_a_payment_waits_for_a_client_in_doubt_and_is_sent_when_the_client_is_found(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(drop_after_commit=1, read_error_500=1)
    files = desk.csv("clients.csv", [client(1)]), desk.csv("payments.csv", [payment(1, "", "c1")])

    result = importing(*files, match=False)

    assert fates(result.resources["clients"]) == {"read": 1, "in_doubt": 1}
    assert fates(result.resources["payments"]) == {"read": 1, "unsent": 1}
    assert (result.exit_code, server.ids()) == (6, {})

    server.misbehave()
    assert fates(importing.resume().resources["payments"]) == {"read": 1, "created": 1}
    assert server.stored()[0]["clientId"] == server.stored("clients")[0]["id"]


@pytest.mark.parametrize(("fate", "sent"), [("created", 1), ("absent", 2)])
def test_the_user_settles_what_the_api_cannot_tell(fate: str, sent: int, desk: Desk, server: Recorder) -> None:
    """`runs settle --as created` ends it; `--as absent` lets the next resume send it again."""
    server.misbehave(drop_before_commit=1, null_rows=1, duplicate_ignore=1)
    doubtful = desk.gigbulk("import", desk.csv("payments.csv", [payment(1)]), "--no-match")
    assert (doubtful.code, doubtful.counts()) == (6, {"read": 1, "in_doubt": 1})
    server.misbehave(null_rows=1)

    settled = desk.gigbulk("runs", "settle", doubtful.result["run"], "--as", fate, "--yes")
    assert (settled.code, settled.result["settled"]) == (0, 1)

    resumed = desk.gigbulk("runs", "resume", doubtful.result["run"])
    assert (resumed.code, resumed.counts()) == (0, {"read": 1, "created": 1})
    assert server.sent("p1") == sent


def test_a_key_that_is_not_in_doubt_settles_nothing_and_is_named(desk: Desk, server: Recorder) -> None:
    server.misbehave(drop_before_commit=1, null_rows=1, duplicate_ignore=1)
    doubtful = desk.gigbulk("import", desk.csv("payments.csv", [payment(1)]), "--no-match").result["run"]

    mistyped = desk.gigbulk("runs", "settle", doubtful, "--as", "created", "--key", "p1", "--key", "p7", "--yes")
    assert mistyped.code == 2
    assert f"Not in doubt in run {doubtful}: p7. Nothing was settled." in mistyped.said

    meant = desk.gigbulk("runs", "settle", doubtful, "--as", "created", "--key", "p1", "--yes")
    assert (meant.code, meant.result["settled"]) == (0, 1)


def test_a_server_that_is_not_there_stops_the_run_at_once_and_nothing_is_lost(
    desk: Desk, importing: Importing, server: Recorder
) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(30)])
    nowhere = Desk(desk.folder, "http://127.0.0.1:9/v2", settle_s=0.1)

    gone = nowhere.gigbulk("import", payments, "--no-match")

    assert gone.code == 4
    assert "could not be reached" in gone.said
    assert gone.said.count("Trying again for up to") == 1
    assert f"gigbulk runs resume {gone.result['run']}" in gone.said
    assert "Not sent: 30 records." in gone.said
    assert "times" not in gone.said
    assert gone.balanced
    assert gone.counts() == {"read": 30, "unsent": 30}


def _body(internal_id: str, total: int) -> dict[str, Any]:
    item = {"name": "Plan", "description": "Plan", "quantity": 1, "total": total, "product_key": "84111506"}
    item |= {"unit_key": "E48", "unit_name": "Unidad de servicio"}
    return {"client": {"name": "Ana"}, "items": [item], "metadata": {"internalId": internal_id}}
