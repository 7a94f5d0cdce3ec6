"""What sharing the journal costs: payments pushed per second with it in PostgreSQL on this machine, and in a file.

Each round pushes the same number of payments both ways, in changing order, to one sandbox on loopback; the figure is
the median of the rounds' ratios. Both keep their data on one disk and sync every commit. Goal: at most 10 % slower.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from figures import Figure, tell
from journal_overhead import pushed_per_s, sandbox

from pipeline.journal import Journal
from pipeline.journal.postgres.engine import POSTGRES
from pipeline.journal.sqlite import SqliteJournal

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.support.postgres import Postgres, why_none

GOAL = 0.90


def now() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=800, help="payments per push [800]")
    parser.add_argument("--rounds", type=int, default=8, help="pushes of each kind [8]")
    flags = parser.parse_args()
    if why := why_none():
        print(f"not measured: {why}")
        return 0
    ratios = []
    with tempfile.TemporaryDirectory(prefix="gigbulk-bench-", dir="/var/tmp") as name, sandbox() as base_url:
        folder = Path(name)  # not in the system's folder for temporary files, which may be in memory
        folder.chmod(0o755)
        (folder / "server").mkdir()
        server = Postgres(folder / "server").start()
        try:
            openers: dict[str, Callable[[str], Journal]] = {
                "file": lambda push: SqliteJournal(folder / f"{push}.sqlite", now),
                "server": lambda push: POSTGRES.open(server.schema_for(folder / push), now),
            }
            for round_ in range(-1, flags.rounds):
                speed = {}
                for kept_in in sorted(openers, reverse=round_ % 2 == 0):
                    push = f"{kept_in}{round_}"
                    speed[kept_in] = pushed_per_s(push, openers[kept_in](push), flags.records, base_url)
                if round_ >= 0:  # the first warms up
                    ratios.append(speed["server"] / speed["file"])
                    print(f"in PostgreSQL {speed['server']:,.0f}/s, in a file {speed['file']:,.0f}/s", flush=True)
        finally:
            server.stop()
    ratio = statistics.median(ratios)
    print(f"PostgreSQL pushes {ratio:.2f} times as fast as a file (median of {len(ratios)}; goal >= {GOAL})")
    tell([Figure("pushing with the journal in PostgreSQL", "in a file", ratio, ">=", GOAL)])
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
