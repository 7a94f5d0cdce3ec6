"""Two processes that both believe they own a record, and a real server: one request arrives."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from journals import ADDRESSES, now, open_in, planned

from pipeline.journal import Fates
from pipeline.journal.open import JOURNALS
from pipeline.model import Account

SENDER = """
import asyncio, http.client, sys
sys.path.insert(0, "tests/support")
from journals import now
from pipeline.journal.open import JOURNALS
from pipeline.errors import JournalError
from pipeline.journal import Claim, Intent, Outcome
from pipeline.journal.group_commit import GroupCommit
from pipeline.model import State

kept_by, address, port, name, fence, *ids = sys.argv[1:]
journal = JOURNALS[kept_by].open(address, now)

async def send(commits, record_id):
    try:
        await commits.write(Intent(record_id, 1, b"h"))
    except JournalError:
        return 0
    server = http.client.HTTPConnection("127.0.0.1", int(port))
    server.request("POST", f"/{record_id}")
    answer = server.getresponse().read().decode()
    await commits.write(Outcome(record_id, State.DONE, answer, 201))
    return 1

async def send_all():
    commits = GroupCommit(journal, Claim(name, int(fence)))
    print("ready", flush=True)
    sys.stdin.readline()  # paused between the claim and the intent
    sent = sum([await send(commits, int(record_id)) for record_id in ids])
    await commits.close()
    print(sent, flush=True)

asyncio.run(send_all())
"""


@contextmanager
def listening() -> Iterator[tuple[int, Counter[str]]]:
    """A server that stores whatever it is sent: its port, and how often each path was posted."""
    posted: Counter[str] = Counter()

    class Storing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted[self.path] += 1
            answer = f"remote{self.path}".encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Storing)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield server.server_port, posted
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@contextmanager
def sender(kept_by: str, folder: Path, port: int, account: Account, fence: int, ids: list[int]) -> Iterator[Sender]:
    """Another process, opened and paused right before its first intent."""
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            SENDER,
            kept_by,
            ADDRESSES[kept_by](folder),
            str(port),
            account.name,
            str(fence),
            *map(str, ids),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        yield Sender(process)


class Sender:
    """Tells when it is let go how many requests it sent."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.stdin, self.stdout = process.stdin, process.stdout
        assert self.stdout.readline() == "ready\n"

    def go(self) -> None:
        self.stdin.write("go\n")
        self.stdin.flush()

    def sent(self) -> int:
        return int(self.stdout.readline())


@pytest.mark.parametrize("kept_by", JOURNALS)
def test_one_that_was_paused_and_replaced_sends_nothing_when_it_wakes(
    kept_by: str, state_dir: Path, account: Account
) -> None:
    with open_in(kept_by, state_dir, now) as journal, listening() as (port, posted):
        ids = planned(journal, account, "id:p1")
        first, second = (journal.next_fence(account.name, run).fence for run in ("r1", "r2"))
        with (
            sender(kept_by, state_dir, port, account, first, ids) as paused,
            sender(kept_by, state_dir, port, account, second, ids) as owner,
        ):
            owner.go()
            assert owner.sent() == 1
            paused.go()
            assert paused.sent() == 0
        assert posted == {f"/{ids[0]}": 1}
        assert journal.fates("r1") == {"payments": Fates(created=1)}


@pytest.mark.parametrize("kept_by", JOURNALS)
def test_two_with_the_very_same_claim_send_each_record_once_between_them(
    kept_by: str, state_dir: Path, account: Account
) -> None:
    with open_in(kept_by, state_dir, now) as journal, listening() as (port, posted):
        ids = planned(journal, account, *(f"id:{n}" for n in range(40)))
        fence = journal.next_fence(account.name, "r1").fence
        with (
            sender(kept_by, state_dir, port, account, fence, ids) as one,
            sender(kept_by, state_dir, port, account, fence, ids) as other,
        ):
            one.go()
            other.go()
            assert one.sent() + other.sent() == 40
        assert posted == {f"/{record_id}": 1 for record_id in ids}
        assert journal.fates("r1") == {"payments": Fates(created=40)}
