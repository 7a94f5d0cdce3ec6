"""The kill harness: real imports die at every crash point and at random instants, under every fault, and are resumed.

A life is one import: it is killed, resumed (and perhaps killed again) until it ends by itself, and at last resumed once
more against a healed server if anything was left open. Then the server's own record is compared with the input:

* lost: a good record that is not stored, although nothing said so;
* doubled: a record that is stored more than once;
* wrong: counts or remote ids that say something else than the server.

`make kill-tests` plays the long form and prints a table; the suite plays the short form.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import cycle
from pathlib import Path
from queue import SimpleQueue

from pipeline.failpoints import CrashPoint
from tests.support.postgres import shared_postgres
from tests.support.stage import (
    KILLED,
    LEASE_S,
    Desk,
    Ended,
    Recorder,
    client,
    ended,
    payment,
    sandbox_process,
    service,
    until,
)

SOMETIMES = 0.25
WEATHERS: Mapping[str, Mapping[str, float]] = {
    "fair": {},
    **{
        name: {name: SOMETIMES}
        for name in (
            "drop_before_commit",
            "drop_after_commit",
            "error_500_before_commit",
            "error_500_after_commit",
            "html_502",
            "html_502_after_commit",
            "truncated_reply",
            "bad_json",
            "false_success",
        )
    },
    "stall": {"stall": 0.1},
    "stall_before_commit": {"stall_before_commit": 0.1},
    "rate_429_seconds": {"rate_429_seconds": 0.02},
    "rate_429_date": {"rate_429_date": 0.02},
    "duplicate_reject": {"duplicate_reject": 1, "drop_after_commit": SOMETIMES, "drop_before_commit": SOMETIMES},
    "duplicate_return_first": {"duplicate_return_first": 1, "drop_after_commit": SOMETIMES},
    "duplicate_ignore": {"duplicate_ignore": 1, "drop_after_commit": SOMETIMES, "drop_before_commit": SOMETIMES},
    "ignore_offset": {"ignore_offset": 0.5, "duplicate_ignore": 1, "drop_after_commit": SOMETIMES},
    "repeat_page": {"repeat_page": 0.5, "duplicate_ignore": 1, "drop_after_commit": SOMETIMES},
    "null_rows": {"null_rows": 0.5, "duplicate_ignore": 1, "drop_after_commit": SOMETIMES},
    "page_by_next": {"page_by_next": 1, "duplicate_ignore": 1, "drop_after_commit": SOMETIMES},
    "shrinking_list": {"shrinking_list": 0.5, "duplicate_ignore": 1, "drop_after_commit": SOMETIMES},
    "failing_reads": {"read_error_500": 0.3, "read_drop": 0.2, "read_bad_json": 0.1, "drop_after_commit": SOMETIMES},
    "storm": {
        "rate_429_seconds": 0.01,
        "drop_before_commit": 0.1,
        "drop_after_commit": 0.1,
        "error_500_after_commit": 0.1,
        "truncated_reply": 0.1,
        "read_error_500": 0.2,
        "duplicate_ignore": 1,
    },
}
"""What a server does while a life is played: a name and the sandbox's faults."""

DEATHS = ("none", *CrashPoint, "instant")
REACHES = (1, 4, 11, 2, 7, 19)
FEW = {CrashPoint.PLANNED: 3, CrashPoint.LOOKED_UP: 1, CrashPoint.PUSHED: 1, CrashPoint.WRITTEN: 1}
"""At which reach of its crash point a life ends, and how often the points are reached that few records pass."""

CLIENTS, SERVICES, PAYMENTS = 6, 2, 20
HELD = 120
"""Records the account holds before: more than one page, so that paging faults can act."""

MOST_RESUMES = 4

LONG_AGO = "2026-01-15T12:00:00-06:00"
TWO_STEPS: Mapping[str, Sequence[str]] = {"2026": ("--two-step",)}
"""Dialects in which a payment of a past day takes two requests, and the flag that allows it."""


@dataclass(frozen=True)
class Life:
    """One import: under which weather, and how it dies: the import itself and perhaps its first resume."""

    number: int
    weather: str
    deaths: tuple[str, ...]
    dialect: str = "2025-06"
    kept_by: str = "sqlite"

    @property
    def prefix(self) -> str:
        return f"L{self.number}-"

    def __str__(self) -> str:
        return f"life {self.number}: {self.weather}, dies at {' then '.join(self.deaths)}"


@dataclass
class Judged:
    """What became of a life. `killed` counts the deaths that really came, `open_at_end` whether it needed healing."""

    life: Life
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    killed: int = 0
    processes: int = 0
    healed: bool = False

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def lives(count: int) -> Iterator[Life]:
    """The first `count` lives: every weather meets every death, then again with other reaches."""
    reaches = cycle(REACHES)
    number = 0
    while True:
        for turn in range(len(DEATHS)):
            for position, weather in enumerate(WEATHERS):
                if number == count:
                    return
                death = DEATHS[(turn + position) % len(DEATHS)]
                again = DEATHS[(turn * 3 + position * 5 + 1) % len(DEATHS)] if number % 2 else "none"
                yield Life(number, weather, (foretold(death, next(reaches)), foretold(again, 1 + number % 3)))
                number += 1


def foretold(death: str, reach: int) -> str:
    """A death as `mortal.py` understands it."""
    if death in ("none", "instant"):
        return death
    most = FEW.get(CrashPoint(death))
    return f"{death}:{reach if most is None else 1 + reach % most}"


def play(life: Life, server: Recorder, folder: Path) -> Judged:
    """Live one life to its end and judge it."""
    judged = Judged(life)
    server.reset()
    server.misbehave(**WEATHERS[life.weather])
    journal = "" if life.kept_by == "sqlite" else shared_postgres().schema_for(folder)
    desk = Desk(folder, f"{server.origin}/v2", timeout_s=1.5, settle_s=0.2, dialect=life.dialect, journal=journal)
    files = _inputs(desk, life)
    command: Sequence[object] = ["import", *files, "--concurrency", "6", *TWO_STEPS.get(life.dialect, ())]
    last = _lived(desk, command, life.deaths[0], judged, life.number)
    deaths = iter(life.deaths[1:])
    for _ in range(MOST_RESUMES):
        if last.code in (0, 1):
            break
        last = _resumed(desk, command, next(deaths, "none"), judged, life.number)
    if last.code not in (0, 1):
        judged.healed = True
        server.misbehave()
        last = _resumed(desk, command, "none", judged, life.number)
    _judge(judged, last, desk, server)
    return judged


def _inputs(desk: Desk, life: Life) -> list[Path]:
    """Clients by internalId and one by RFC, services, payments of one and two lines; one of each kind is bad. Where a
    payment may take two requests, every third does."""
    prefix = life.prefix
    clients = [client(n, prefix) for n in range(CLIENTS)]
    clients += [client(90, prefix, internalId="", rfc="EKU9003173C9"), client(91, prefix, rfc="nonsense")]
    past = [LONG_AGO if life.dialect in TWO_STEPS and n % 3 == 0 else "" for n in range(PAYMENTS)]
    payments = [payment(n, prefix, f"{prefix}c{n % CLIENTS}", date=past[n]) for n in range(PAYMENTS)]
    payments += [payments[3], payment(92, prefix, f"{prefix}c0", currency="XXX", date="")]
    return [
        desk.csv("payments.csv", payments),
        desk.csv("clients.csv", clients),
        desk.csv("services.csv", [service(n, prefix) for n in range(SERVICES)]),
    ]


def _expected(prefix: str) -> dict[str, set[str]]:
    return {
        "clients": {f"{prefix}c{n}" for n in range(CLIENTS)} | {"EKU9003173C9"},
        "services": {f"{prefix}s{n}" for n in range(SERVICES)},
        "payments": {f"{prefix}p{n}" for n in range(PAYMENTS)},
    }


def _resumed(desk: Desk, command: Sequence[object], death: str, judged: Judged, seed: int) -> Ended:
    """Resume. A process that died before its run was written down is started again; one that died when its run had
    ended left nothing to resume, which a resume by name shows."""
    known = desk.runs()
    last = _lived(desk, ("runs", "resume") if known else command, death, judged, seed)
    if known and "no run to resume" in last.said:
        last = _lived(desk, ("runs", "resume", known[-1]), "none", judged, seed)
    return last


def _lived(desk: Desk, command: Sequence[object], death: str, judged: Judged, seed: int) -> Ended:
    judged.processes += 1
    if death != "instant":
        last = desk.gigbulk(*command, death="" if death == "none" else death)
    else:
        with desk.running(*command) as process:
            until(lambda: desk.state_dir.exists() or desk.address or process.poll() is not None)
            time.sleep(random.Random(f"{seed} {judged.processes}").uniform(0, 0.9))
            process.kill()
            last = ended(process)
    judged.killed += last.code == KILLED
    if desk.address and last.code == KILLED:
        time.sleep(LEASE_S + 0.3)  # until then the account is the dead one's
    return last


def _judge(judged: Judged, last: Ended, desk: Desk, server: Recorder) -> None:
    if "resources" not in last.result:
        judged.wrong.append(f"it did not come to a result: exit {last.code}: {last.said[-300:]}")
        return
    if not last.balanced or last.code != 1:  # one record of each kind is bad, so 1 is how a whole run ends
        judged.wrong.append(f"exit {last.code}: {last.result}: {last.said[-300:]}")
    for resource, good in _expected(judged.life.prefix).items():
        stored = {name: n for name, n in server.ids(resource).items() if name in good or judged.life.prefix in name}
        open_ = {name for name, state in desk.states(resource).items() if state != "done"}
        judged.lost += sorted(good - stored.keys() - open_)
        judged.doubled += sorted(name for name, n in stored.items() if n > 1)
        judged.wrong += [f"{name} is stored and was rejected" for name in stored.keys() - good]
        counts = last.result["resources"].get(resource, {})
        done = counts.get("created", 0) + counts.get("existing", 0)
        if done != len(stored):
            judged.wrong.append(f"{resource}: {counts}, but {len(stored)} are stored")
    judged.wrong += _foreign_ids(desk, server)
    if judged.life.dialect in TWO_STEPS:
        judged.wrong += _wrongly_paid(server, judged.life.prefix)


def _foreign_ids(desk: Desk, server: Recorder) -> Iterator[str]:
    """Remote ids in the journal that are not those of the record."""
    for resource in ("clients", "services", "payments"):
        held = {record["id"]: record for record in server.stored(resource)}
        for key, remote_id in desk.journal(
            "SELECT key, remote_id FROM records WHERE resource = ? AND state = 'done'", resource
        ):
            record = held.get(remote_id, {})
            name = key.partition(":")[2]
            known = (
                record.get("metadata", {}).get("internalId"),
                record.get("sku"),
                record.get("rfc"),
                record.get("tax_id"),
            )
            if name not in known:
                yield f"{resource} {key} is said to be {remote_id}, which is {record.get('metadata')}"


def _wrongly_paid(server: Recorder, prefix: str) -> Iterator[str]:
    """Payments that are not paid, or not on their day."""
    past = {f"{prefix}p{n}" for n in range(0, PAYMENTS, 3)}
    moment = datetime.fromisoformat(LONG_AGO).timestamp()
    for record in server.stored("payments"):
        name = str((record.get("metadata") or {}).get("internalId"))
        if name.startswith(prefix):
            paid_long_ago = record["succeeded_at"] == moment
            if record["status"] != "succeeded" or paid_long_ago is not (name in past):
                yield f"{name} is {record['status']}, paid at {record['succeeded_at']}"


# --- many lives -------------------------------------------------------------------------------------------------------


def play_all(
    chosen: Iterable[Life],
    folder: Path,
    workers: int = 2,
    tell: bool = False,
    dialect: str = "2025-06",
    kept_by: str = "sqlite",
) -> list[Judged]:
    """Play lives side by side in one dialect and with one kind of journal, each worker with a sandbox of its own."""
    if kept_by != "sqlite":
        shared_postgres()  # once, and not by each worker
    queue: SimpleQueue[Life] = SimpleQueue()
    for life in chosen:
        queue.put(replace(life, dialect=dialect, kept_by=kept_by))

    def work(worker: int) -> list[Judged]:
        mine = folder / f"worker{worker}"
        mine.mkdir()
        rows = [flag for name in ("clients", "payments") for flag in ("--rows", f"{name}={HELD}")]
        judged = []
        with sandbox_process(mine, "--latency-ms", "5", "--dialect", dialect, *rows) as server:
            while not queue.empty():
                life = queue.get()
                try:
                    judged.append(play(life, server, mine / f"life{life.number}"))
                except subprocess.TimeoutExpired as hung:
                    judged.append(Judged(life, wrong=[f"it hangs: {hung}"]))
                if tell and not judged[-1].good:
                    print(f"{life}\n  {judged[-1]}", file=sys.stderr, flush=True)
        return judged

    with ThreadPoolExecutor(workers) as pool:
        return [one for some in pool.map(work, range(workers)) for one in some]


def table(judged: Sequence[Judged], title: str, group: Mapping[int, str]) -> str:
    """Runs, kills, lost and doubled per group. `group` maps the number of a life to its name."""
    rows: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        rows[group[one.life.number]].append(one)
    lines = [f"| {title} | runs | killed | lost | doubled | wrong |", "|---|--:|--:|--:|--:|--:|"]
    for name, some in [*rows.items(), ("**all**", list(judged))]:
        numbers = [len(some), sum(j.killed for j in some), *(sum(len(c) for c in column) for column in _columns(some))]
        lines.append(f"| {name} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join(lines)


def _columns(some: Sequence[Judged]) -> list[list[list[str]]]:
    return [[j.lost for j in some], [j.doubled for j in some], [j.wrong for j in some]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=312, help="how many lives [312]")
    parser.add_argument("--workers", type=int, default=2, help="how many at once [2]")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of lives, to play one again")
    parser.add_argument("--dialect", default="2025-06", help="which generation of the API [2025-06]")
    parser.add_argument(
        "--journal", default="sqlite", choices=["sqlite", "postgresql"], help="what keeps the journal [sqlite]"
    )
    parser.add_argument("--crashing", action="store_true", help="the journal's server crashes every few seconds too")
    flags = parser.parse_args()
    chosen = [life for life in lives(flags.runs) if not flags.only or life.number in flags.only]
    begun = time.monotonic()
    crashing = shared_postgres().crashing() if flags.crashing else nullcontext([])
    with tempfile.TemporaryDirectory(prefix="gigbulk-kill-") as folder, crashing as crashes:
        played = play_all(chosen, Path(folder), flags.workers, True, flags.dialect, flags.journal)
        judged = sorted(played, key=lambda j: j.life.number)
    print(table(judged, "server", {j.life.number: j.life.weather for j in judged}), end="\n\n")
    print(table(judged, "first death", {j.life.number: j.life.deaths[0].partition(":")[0] for j in judged}), end="\n\n")
    processes, healed = sum(j.processes for j in judged), sum(j.healed for j in judged)
    print(
        f"{len(judged)} runs, {processes} processes, {sum(j.killed for j in judged)} killed; {healed} runs were open "
        f"until the server was well again; {time.monotonic() - begun:.0f} s"
        + (f"; the journal's server crashed {len(crashes)} times" if crashes else "")
    )
    return 0 if all(j.good for j in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
