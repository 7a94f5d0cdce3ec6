"""One learnt rate for several processes: a real file, real locks, simulated time; a real process where one must die."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from simulation import TokenBucket, run, simulate
from throttled import state_of

from pipeline.api.throttle.admission import Throttle
from pipeline.api.throttle.rate import LearnedRate
from pipeline.api.throttle.shared_rate import LEASE_S, STALE_S, SharedRate

LIMITED = {"limit": 50, "burst": 50}


def after_a_429(path: Path, now: float) -> SharedRate:
    """A shared rate that has let 100 requests through in a second and then met its limit."""
    shared = SharedRate(path)
    shared.take(now - 1)
    for _ in range(100):
        shared.let_through(now - 1, now, good=True)
    shared.push_back(now - 0.5, now, None)
    assert shared.rate < math.inf
    return shared


def clients(path: Path, count: int) -> list[Throttle]:
    clock = asyncio.get_running_loop().time
    return [Throttle(clock=clock, shared=SharedRate(path)) for _ in range(count)]


@pytest.mark.parametrize("retry_after", ["none", "whole seconds"])
def test_two_processes_together_use_the_limit_and_stay_under_it(retry_after: str, tmp_path: Path) -> None:
    scenario = {
        "seconds": 90,
        "workers": 40,
        "phases": {"steady": (20, 90)},
        "server": {"kind": "token_bucket", "limiter": LIMITED, "retry_after": retry_after},
    }

    async def main() -> dict[str, float]:
        return await run(scenario, clients(tmp_path / "rate", 2))

    stats = simulate(main())
    assert 0.95 <= stats["steady.used"] <= 1.02
    assert stats["all.pushed_back"] < 0.02


def test_processes_share_fairly(tmp_path: Path) -> None:
    async def main() -> list[int]:
        both = clients(tmp_path / "rate", 2)
        await run({"seconds": 60, "workers": 20, "server": {"kind": "token_bucket", "limiter": LIMITED}}, both)
        return [state_of(client).requests for client in both]

    fewer, more = sorted(simulate(main()))
    assert fewer > 0.7 * more


def test_what_an_earlier_process_learnt_spares_a_later_one_the_learning(tmp_path: Path) -> None:
    scenario = {"seconds": 20, "workers": 40, "server": {"kind": "token_bucket", "limiter": LIMITED}}

    async def main() -> list[float]:
        earlier = await run(scenario, clients(tmp_path / "rate", 1))
        informed = await run(scenario, clients(tmp_path / "rate", 1))
        return [stats["all.pushed_back"] for stats in (earlier, informed)]

    earlier, informed = simulate(main())
    assert informed < 0.01 < earlier


def test_retry_after_told_to_one_pauses_the_other_within_a_lease(tmp_path: Path) -> None:
    one, other = SharedRate(tmp_path / "rate"), SharedRate(tmp_path / "rate")
    assert one.take(100.0) == other.take(100.0) == 1
    one.push_back(100.0, 100.01, 10)
    assert one.take(100.02) == 0
    assert other.take(100.0 + LEASE_S) == 0
    assert other.ready_in(101.0) == pytest.approx(9.01)
    assert other.take(110.02) == 1


def test_a_later_process_starts_with_what_an_earlier_one_learnt(tmp_path: Path) -> None:
    earlier = after_a_429(tmp_path / "rate", 100.0)
    earlier.close()
    later = SharedRate(tmp_path / "rate")
    later.take(101.0)
    assert later.rate == earlier.rate


def test_tokens_of_a_lease_that_are_left_go_back(tmp_path: Path) -> None:
    """Two processes, one of which asks and then has nothing to send: the other gets the whole rate."""
    idle, busy = SharedRate(tmp_path / "rate"), SharedRate(tmp_path / "rate")
    sent, now = 0, 0.0
    while now < 10:
        now += 0.01
        idle.take(now, want=0, ceiling=100.0)
        sent += busy.take(now, want=1, ceiling=100.0)
    assert sent == pytest.approx(1000, rel=0.03)


def test_an_old_limit_is_forgotten_but_not_a_pause_that_still_holds(tmp_path: Path) -> None:
    after_a_429(tmp_path / "rate", 100.0)
    late = SharedRate(tmp_path / "rate")
    late.take(101.0 + STALE_S)
    assert late.rate == math.inf

    after_a_429(tmp_path / "paused", 100.0).pause(100.0, 2 * STALE_S)
    late = SharedRate(tmp_path / "paused")
    assert late.take(101.0 + STALE_S) == 0


def test_a_file_from_before_the_machine_restarted_is_forgotten(tmp_path: Path) -> None:
    after_a_429(tmp_path / "rate", 1_000_000.0).pause(1_000_000.0, 60)
    assert SharedRate(tmp_path / "rate").take(5.0) == 1


@pytest.mark.parametrize("content", [b"", b"gbr1", b"\0" * 128, b"not ours" * 40])
def test_a_torn_or_foreign_file_counts_as_empty(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "rate").write_bytes(content)
    shared = SharedRate(tmp_path / "rate")
    assert shared.take(100.0) == 1
    assert shared.rate == math.inf
    assert not shared.alone


def test_a_single_flipped_byte_is_noticed(tmp_path: Path) -> None:
    after_a_429(tmp_path / "rate", 100.0)
    record = bytearray((tmp_path / "rate").read_bytes())
    record[20] ^= 1
    (tmp_path / "rate").write_bytes(record)
    shared = SharedRate(tmp_path / "rate")
    shared.take(101.0)
    assert shared.rate == math.inf


def test_where_there_can_be_no_file_the_process_goes_on_alone_and_still_learns(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("a file where the folder should be")
    shared = after_a_429(tmp_path / "in the way" / "rate", 100.0)
    assert shared.alone
    shared.pause(100.0, 5)
    assert shared.take(104.0) == 0
    assert shared.take(105.1) == 1


def test_the_file_is_private_and_its_name_tells_nothing_of_the_account(tmp_path: Path) -> None:
    shared = SharedRate.for_account(tmp_path / "state", "https://api.example sk_live_secret")
    shared.take(1.0)
    (file,) = (tmp_path / "state").iterdir()
    assert "secret" not in file.name
    assert SharedRate.for_account(tmp_path / "state", "another").path != file
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600


HOLDER = """
import sys, time
from filelock import lock_descriptor
file = open(sys.argv[1], "r+b")
assert lock_descriptor(file.fileno(), blocking=False)
print("locked", flush=True)
time.sleep(60)
"""


def test_a_process_killed_with_the_lock_in_its_hand_leaves_it(tmp_path: Path) -> None:
    after_a_429(tmp_path / "rate", 100.0)
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path / "rate"], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        other = SharedRate(tmp_path / "rate")
        other.push_back(100.9, 101.0, 5)
        assert other.paused_until == 106.0, "a pause must hold even while the lock is taken"
        holder.kill()
    assert other.take(102.0) == 0
    third = SharedRate(tmp_path / "rate")
    assert third.take(103.0) == 0, "the pause was told as soon as the lock was free"
    assert third.rate < math.inf


def test_a_bucket_asked_for_many_tokens_gives_what_has_come_in() -> None:
    bucket = LearnedRate(rate=10.0)
    assert bucket.take(100.0, 5) == 2  # a tenth of a second was saved up
    assert bucket.take(100.11, 5) == 1
    assert bucket.take(100.15, 5) == 0
    assert bucket.ready_in(100.15) == pytest.approx(0.05)


def test_the_simulated_server_keeps_its_own_limit() -> None:
    """The yardstick is checked too: a token bucket of 10/s with a burst of 5 admits 15 in the first second."""
    server = TokenBucket(limit=10, burst=5)
    assert sum(server.admit(1 + i / 1000) is None for i in range(1001)) == 15
