"""What an endless upload costs: no more of the disk than the limit and one MB, and little memory."""

from __future__ import annotations

import threading
from pathlib import Path

from page import Reader, most_memory, open_page

LIMIT_MB, SENT_MB, MEMORY_MB = 5, 120, 150
MB = 1 << 20


def pour(user: Reader, answers: list[bytes]) -> None:
    """Send far more than is taken, whatever the server says to it."""
    with user.begin_upload(SENT_MB * MB) as raw:
        try:
            for _ in range(SENT_MB):
                raw.sendall(b"x" * MB)
        except OSError:  # the server has had enough
            return
        answers.append(raw.recv(64))


def held_by(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # it went while we looked
            continue
    return total


def test_an_endless_upload_costs_its_limit_and_no_more(tmp_path: Path) -> None:
    state = tmp_path / "state"
    known = {"GIGSTACK_API_KEY": "sk_test_x", "GIGSTACK_BASE_URL": "http://127.0.0.1:9"}
    with open_page(state, "--max-upload", str(LIMIT_MB), **known) as page:
        user, answers, most = Reader(page), list[bytes](), 0
        before = held_by(state)
        pouring = threading.Thread(target=pour, args=(user, answers))
        pouring.start()
        while pouring.is_alive():
            most = max(most, held_by(state) - before)
            pouring.join(0.01)
        assert all(b" 413 " in answer for answer in answers)
        assert most <= (LIMIT_MB + 1) * MB
        assert not list(state.rglob("a.csv"))
        assert most_memory(page) < MEMORY_MB * MB
