"""The first payment is a canary, the key must fit the mode, and the sums must balance."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from builders import RecordingEvents
from stage import Desk, Recorder, payment

from pipeline.errors import ApiStop, ConfigError
from pipeline.events import Progress, Stage
from pipeline.importer.rounds import CANARIES
from tests.stories.once.conftest import Importing

WRONG = {
    "amount_in_pesos": "the amount is",
    "wrong_livemode": "livemode is true, expected false",
    "wrong_currency": "the currency is",
}


@pytest.mark.parametrize("fault", WRONG)
def test_the_run_stops_after_one_payment_that_was_not_understood_as_meant(
    fault: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.settings = replace(importing.settings, concurrency=None)
    server.misbehave(**{fault: 1})
    with pytest.raises(ApiStop, match=WRONG[fault]) as stopped:
        importing(desk.csv("payments.csv", [payment(n) for n in range(30)]))
    assert stopped.value.exit_code == 4
    assert stopped.value.result is not None
    assert stopped.value.result["resources"]["payments"]["created"] == 1
    assert stopped.value.result["resources"]["payments"]["unsent"] == 29
    assert len(server.received()) == 1


class _Spoils(RecordingEvents):
    """Makes the server misbehave once so many payments are sent."""

    def __init__(self, server: Recorder, after: int, **faults: float) -> None:
        super().__init__()
        self._server, self._after, self._faults = server, after, faults
        self.received = 0

    def progress(self, progress: Progress) -> None:
        if progress.stage is Stage.SENDING and progress.done == self._after:
            self.received = len(self._server.received())
            self._server.misbehave(**self._faults)


@pytest.mark.parametrize("fault", ["wrong_livemode", "wrong_currency"])
def test_a_later_payment_answered_in_another_mode_or_currency_stops_the_run_too(
    fault: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.console = console = _Spoils(server, 3, **{fault: 1})
    with pytest.raises(ApiStop, match=WRONG[fault]):
        importing(desk.csv("payments.csv", [payment(n) for n in range(30)]))
    assert console.received < len(server.received()) <= console.received + 2  # one on its way, and the first wrong one


def test_a_later_payment_answered_with_another_amount_stops_the_run_and_names_it(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.console = console = _Spoils(server, 3, amount_in_pesos=1)
    with pytest.raises(ApiStop, match=r"p[3-8], .*the amount is \d+ cents of MXN, expected") as stopped:
        importing(desk.csv("payments.csv", [payment(n) for n in range(30)]))
    assert stopped.value.exit_code == 4
    assert console.received < len(server.received()) <= console.received + 2  # one on its way, and the first wrong one


@pytest.mark.parametrize(("key_is_live", "live", "says"), [(True, False, "a live key"), (False, True, "a test key")])
def test_a_key_of_the_wrong_mode_stops_before_anything_is_sent(
    key_is_live: bool, live: bool, says: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing.settings = replace(importing.settings, api_key=_jwt(key_is_live))
    with pytest.raises(ConfigError, match=says) as refused:
        importing(desk.csv("payments.csv", [payment(1)]), live=live, yes=True)
    assert refused.value.exit_code == 2
    assert server.received() == []


def _jwt(livemode: bool) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"team": "t1", "livemode": livemode}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJl"


@pytest.mark.parametrize("fault", ["wrong_livemode", "wrong_currency", "amount_in_pesos"])
def test_a_first_payment_whose_answer_was_lost_is_looked_up_and_compared_before_another_leaves(
    fault: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(**{fault: 1, "drop_after_commit": 1})
    with pytest.raises(ApiStop, match="not understood as meant"):
        importing(desk.csv("payments.csv", [payment(n) for n in range(6)]))
    assert len(server.received()) == 1


def test_a_payment_that_stands_in_the_other_mode_is_sent_no_second_time_by_a_resume(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    """Only the user can say whether it is a trial's or ours; that it is not in this mode proves nothing."""
    server.misbehave(wrong_livemode=1, drop_after_commit=1)
    with pytest.raises(ApiStop, match="not understood as meant"):
        importing(desk.csv("payments.csv", [payment(n) for n in range(6)]))
    server.misbehave()
    with pytest.raises(ApiStop, match="livemode is true, expected false"):
        importing.resume()
    assert len(server.received()) == 1


@pytest.mark.usefixtures("witness")
def test_a_server_that_answers_no_first_payment_is_not_sent_to_for_ever(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(drop_before_commit=1)
    with pytest.raises(ApiStop, match="none was answered") as stopped:
        importing(desk.csv("payments.csv", [payment(n) for n in range(12)]))
    assert len(server.received()[1:]) == CANARIES
    assert stopped.value.result is not None
    assert stopped.value.result["resources"]["payments"]["unsent"] == 12


def test_a_payment_the_account_holds_with_another_amount_is_a_conflict_even_without_a_journal(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing(desk.csv("payments.csv", [payment(n) for n in range(3)]))
    importing.settings = replace(importing.settings, state_dir=importing.settings.state_dir.with_name("another"))
    changed = [payment(n) for n in range(3)]
    changed[1]["items.total"] = "77.77"
    result = importing(desk.csv("again.csv", changed))
    counts = result.resources["payments"]
    assert (counts.existing, counts.rejected) == (2, 1)
    assert len(server.received()) == 3
