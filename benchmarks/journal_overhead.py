"""What the journal costs: payments pushed per second with it as it is, and with one that commits nothing.

Each round pushes the same number of payments both ways, one after the other and in changing order, to one sandbox on
loopback; the figure is the median of the rounds' ratios, so that a machine busy with other things disturbs it little.
The sandbox answers after 20 ms, sooner than any API over a network, so the share shown is larger than a user sees.
Goal: below 10 %.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from figures import Figure, tell

from pipeline.api.client import Client
from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.api.transport import open_transport
from pipeline.delivery.context import SendContext
from pipeline.delivery.push import push
from pipeline.edge import utc_now
from pipeline.events import SILENT, Meter, Stage
from pipeline.journal import Claim, Intent, Journal, Latencies, Outcome, Planned
from pipeline.journal.group_commit import GroupCommit
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account, Action, Expected, RecordKey
from schemas.dialects import dialect

GOAL = 0.10
IN_FLIGHT = 16
LATENCY_MS = 20
BODY = (
    b'{"client":{"name":"Ana"},"items":[{"name":"Plan","description":"Plan","quantity":1,"total":1500.00,'
    b'"product_key":"84111506","unit_key":"E48","unit_name":"Unidad"}],"metadata":{"internalId":"%s"}}'
)


class Forgetful(SqliteJournal):
    """A journal whose commits keep nothing: what pushing would cost without a journal."""

    def commit(self, events: Sequence[Intent | Outcome], claim: Claim) -> None:
        """Nothing is remembered."""


def pushed_per_s(name: str, opened: Journal, records: int, base_url: str) -> float:
    """Payments per second of one push of such a name; the sandbox stores every one of them."""
    account = Account("benchmark", livemode=False)
    names = [f"{name}-{n}" for n in range(records)]
    actions = [
        Action(
            "payments",
            RecordKey.of(name),
            False,
            line,
            BODY % name.encode(),
            expected=Expected("MXN", 150000, 150000, 0),
        )
        for line, name in enumerate(names)
    ]

    async def run(journal: Journal, ids: Sequence[int]) -> float:
        contract = dialect("2025-06")
        commits = GroupCommit(journal, journal.next_fence(account.name, "run"))
        throttle = Throttle(concurrency=IN_FLIGHT)
        client = Client(contract, open_transport(IN_FLIGHT), base_url=base_url, key="benchmark")
        async with ApiSession(client, throttle) as session:
            meter = Meter(SILENT, time.monotonic, Stage.SENDING, total=records)
            context = SendContext(session, journal, commits, account, asyncio.Event(), meter, Latencies(utc_now))
            begun = time.perf_counter()
            pushed = await push(zip(ids, actions, strict=True), context)
            seconds = time.perf_counter() - begun
        await commits.close()
        assert pushed.created == records, pushed
        return records / seconds

    with opened as journal:
        ids = journal.plan(account, "run", 0, [Planned(action, ("items",), b"1234") for action in actions])
        return asyncio.run(run(journal, ids))


@contextmanager
def sandbox() -> Iterator[str]:
    """A sandbox in a process of its own, as the API is; gives its base URL."""
    command = [sys.executable, "-m", "pipeline", "sandbox", "--port", "0", "--latency-ms", str(LATENCY_MS)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().partition("listening at ")[2].split()[0]
        finally:
            process.terminate()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=800, help="payments per push [800]")
    parser.add_argument("--rounds", type=int, default=8, help="pushes of each kind [8]")
    flags = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory(prefix="gigbulk-bench-", dir=Path.cwd()) as name, sandbox() as base_url:
        folder = Path(name)  # not in the system's folder for temporary files, which may be in memory

        def measure(kind: type[SqliteJournal], records: int, round_: int) -> float:
            name = f"{kind.__name__}{round_}"
            return pushed_per_s(name, kind(folder / f"{name}.sqlite", lambda: datetime.now(UTC)), records, base_url)

        measure(SqliteJournal, 100, -1)  # warm-up
        for round_ in range(flags.rounds):
            kinds = (SqliteJournal, Forgetful) if round_ % 2 else (Forgetful, SqliteJournal)
            speed = {kind: measure(kind, flags.records, round_) for kind in kinds}
            ratios.append(speed[SqliteJournal] / speed[Forgetful])
            print(f"with journal {speed[SqliteJournal]:,.0f}/s, without {speed[Forgetful]:,.0f}/s", flush=True)
    overhead = 1 - statistics.median(ratios)
    print(f"the journal costs {overhead:.1%} of the throughput (median of {len(ratios)}; goal < {GOAL:.0%})")
    tell([Figure("throughput with the journal", "one that forgets", 1 - overhead, ">=", 1 - GOAL)])
    return 0 if overhead < GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
