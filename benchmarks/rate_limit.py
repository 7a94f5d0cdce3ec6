"""How much of a server's limit is used: a real import against a sandbox that lets through R requests a second.

The sandbox stores what it lets through and answers 429 to the rest, with Retry-After in whole seconds. Its own counts
are looked at once a second; the share of R is taken between the end of the warm-up and the last second that had enough
left to send, the share of 429 over the whole run. Goals (issue "effectively once"): at least 95 %, under 2 %.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import httpx2 as httpx
from figures import Figure, tell

USED, PUSHED_BACK = 0.95, 0.02
ENVIRONMENT = {"GIGSTACK_API_KEY": "benchmark", "PATH": os.environ.get("PATH", "")}


@contextmanager
def sandbox(rate: float, latency_ms: float) -> Iterator[str]:
    """A sandbox in a process of its own; gives its address."""
    command = [sys.executable, "-m", "pipeline", "sandbox", "--port", "0"]
    command += ["--rate", str(rate), "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().partition("listening at ")[2].split()[0].removesuffix("/v2")
        finally:
            process.terminate()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rate", type=float, default=50, help="requests a second that the server lets through [50]")
    parser.add_argument("--seconds", type=float, default=120, help="length of the run, about [120]")
    parser.add_argument("--warm-up", type=float, default=20, help="seconds that do not count [20]")
    parser.add_argument("--latency-ms", type=float, default=50, help="latency of the server [50]")
    parser.add_argument("--processes", type=int, default=1, help="imports at the same time, with one key [1]")
    parser.add_argument("--curve", action="store_true", help="print every second")
    flags = parser.parse_args()
    each = int(flags.rate * flags.seconds / flags.processes)
    with (
        tempfile.TemporaryDirectory(prefix="gigbulk-bench-") as name,
        sandbox(flags.rate, flags.latency_ms) as origin,
        httpx.Client(base_url=origin) as looking,
    ):
        imports = [_import(Path(name), n, each, origin) for n in range(flags.processes)]
        stored = [(time.perf_counter(), 0)]
        while any(one.poll() is None for one in imports):
            time.sleep(1)
            stored.append((time.perf_counter(), looking.get("/_sandbox/counts").json()["clients"]))
        ended = [one.returncode for one in imports]
        received = looking.get("/_sandbox/received", timeout=60).json()
    assert ended == [0] * flags.processes, ended
    if flags.curve:
        print(" ".join(str(later - sooner) for (_, sooner), (_, later) in pairwise(stored)))
    first = next(at for at, count in stored if count)
    counted = [(at, n) for at, n in stored if at >= first + flags.warm_up and n < each * flags.processes - flags.rate]
    (begun, before), (end, after) = counted[0], counted[-1]
    used = (after - before) / (end - begun) / flags.rate
    pushed_back = sum(line["status"] == 429 for line in received) / len(received)
    print(f"{used:.1%} of {flags.rate:g} requests/s used over {end - begun:.0f} s (goal {USED:.0%})")
    print(f"{pushed_back:.2%} of {len(received)} requests answered 429 (goal under {PUSHED_BACK:.0%})")
    limit = f"a limit of {flags.rate:g}/s"
    tell(
        [
            Figure("requests used", limit, used, ">=", USED),
            Figure("answered 429", limit, pushed_back, "<=", PUSHED_BACK),
        ]
    )
    return 0 if used >= USED and pushed_back < PUSHED_BACK else 1


def _import(folder: Path, n: int, records: int, origin: str) -> subprocess.Popen[bytes]:
    table = folder / f"clients-{n}.csv"
    rows = (f"C-{n}-{row},Cliente {row},XAXX010101000,c{n}.{row}@empresa.example\n" for row in range(records))
    table.write_text("internalId,name,rfc,email\n" + "".join(rows))
    environment = ENVIRONMENT | {"GIGSTACK_BASE_URL": f"{origin}/v2", "GIGBULK_STATE_DIR": str(folder / f"state-{n}")}
    command = [sys.executable, "-m", "pipeline", "import", "--quiet", str(table)]
    return subprocess.Popen(command, env=environment, cwd=folder)


if __name__ == "__main__":
    sys.exit(main())
