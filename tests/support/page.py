"""The page as a user has it: `gigbulk web` as a process, and a browser without script beside it."""

from __future__ import annotations

import html
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

WAIT_S = 30.0


def most_memory(page: Page) -> int:
    """Bytes the page's process has held at most. The test is skipped where the system does not tell."""
    status = Path(f"/proc/{page.process.pid}/status")
    if not status.exists():
        pytest.skip("no /proc here: the memory of another process cannot be read")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    assert found is not None
    return int(found[1]) << 10


def spent_by(page: Page) -> float:
    """Seconds of processor that the page and its children have used, whoever else uses the machine. The test is skipped
    where the system does not tell."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("no /proc here: the time of another process cannot be read")
    return _spent(page.process.pid) / os.sysconf("SC_CLK_TCK")


def _spent(process: int) -> int:
    folder = Path("/proc") / str(process)
    try:
        words = (folder / "stat").read_text().rpartition(")")[2].split()
        children = (folder / "task" / str(process) / "children").read_text().split()
    except OSError:  # it has ended meanwhile, and its time is its parent's
        return 0
    return sum(map(int, words[11:15])) + sum(_spent(int(child)) for child in children)


class Page:
    """A running page: its process, its address, and the address that opens it once."""

    def __init__(self, process: subprocess.Popen[str], opening: str, api: str) -> None:
        self.process, self.opening, self.api = process, opening, api
        self.address = re.sub(r"/open\?.*|/$", "", opening)
        self._visitors: list[httpx.Client] = []

    def visitor(self, **headers: str) -> httpx.Client:
        """Somebody who has not opened it yet."""
        self._visitors.append(httpx.Client(base_url=self.address, follow_redirects=True, timeout=60, headers=headers))
        return self._visitors[-1]

    def close(self) -> None:
        for visitor in self._visitors:
            visitor.close()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def open_page(state: Path, *flags: str, **environ: str) -> Iterator[Page]:
    """`gigbulk web` with a state folder, until the block ends. Its port is free, no browser is opened."""
    words = [sys.executable, "-m", "pipeline", "web", "--no-browser", *flags]
    known = {k: v for k, v in os.environ.items() if not k.startswith(("GIGSTACK_", "GIGBULK_"))}
    known |= {"GIGBULK_STATE_DIR": str(state), "LANG": "C.UTF-8", **environ}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=known)
    told: list[str] = []
    try:
        assert process.stdout is not None
        while line := process.stdout.readline():
            told.append(line)
            if " http" in line and "page" in line:
                break
        assert told and "http" in told[-1], (told, process.stderr and process.stderr.read())
        assert process.stderr is not None
        api = "" if "--sandbox" not in flags else next(w for w in process.stderr.readline().split() if "http" in w)
        running = Page(process, told[-1].split()[-1], api)
        try:
            yield running
        finally:
            running.close()
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


class Reader:
    """A user with a browser that knows no script: follows links, fills in forms."""

    def __init__(self, page: Page, *, lang: str = "en", open_it: bool = True) -> None:
        self.client = page.visitor(origin=page.address)
        self.client.cookies.set("gigbulk-lang", lang)
        self.shown = self.client.get(page.opening if open_it else "/")

    @property
    def text(self) -> str:
        """What stands on the page, without its marks."""
        bare = re.sub(r"(?s)<(style|script|select|template).*?</\1>|<[^>]+>", " ", self.shown.text)
        return re.sub(r"\s+", " ", html.unescape(bare))

    @property
    def csrf(self) -> str:
        return self.field("csrf")

    @property
    def basket(self) -> str:
        found = re.search(r"/b/(\w{16})/", str(self.shown.url))
        assert found, self.text
        return found[1]

    def field(self, name: str) -> str:
        """What a hidden field of the page holds."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.shown.text)
        assert found, (name, self.text)
        return html.unescape(found[1])

    def go(self, path: str) -> Reader:
        self.shown = self.client.get(path)
        return self

    def drop(self, *paths: Path) -> Reader:
        """Choose files on the first step, and look until they are read."""
        self.go("/")
        parts = [("files", (path.name, path.read_bytes())) for path in paths]
        self.shown = self.client.post("/baskets", data={"csrf": self.csrf}, files=parts)
        return self.until_read()

    def until_read(self) -> Reader:
        """Reload while the page says that it reads."""
        return self.until(lambda text: "is being read" not in text)

    def until(self, there: object, path: str | None = None, wait_s: float = WAIT_S) -> Reader:
        """Reload until the page says so."""
        assert callable(there)
        end = time.monotonic() + wait_s
        while not there(self.text):
            assert time.monotonic() < end, self.text
            time.sleep(0.1)
            self.shown = self.client.get(path or str(self.shown.url))
        return self

    def begin_upload(self, size: int) -> socket.socket:
        """The head of a form of so many bytes, and of the file a.csv in it; the rest is for the caller."""
        host, port = str(self.client.base_url).rstrip("/").removeprefix("http://").split(":")
        head = (
            f'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{self.csrf}\r\n--b\r\n'
            'Content-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
        )
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        raw = socket.create_connection((host, int(port)))
        raw.sendall(
            f"POST /baskets HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://{host}:{port}\r\nCookie: {cookies}\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {size}\r\n\r\n{head}".encode()
        )
        return raw

    def step(self, name: str) -> Reader:
        """Another step of the basket."""
        return self.go(f"/b/{self.basket}/{name}").until_read()

    def send(self, path: str, **fields: str) -> Reader:
        """Fill in a form and press its button."""
        self.shown = self.client.post(path, data={"csrf": self.csrf, **fields})
        return self

    def confirm(self, how: str = "all") -> Reader:
        """Go to the confirm step and send what it shows."""
        self.step("confirm")
        return self.send(f"/b/{self.basket}/send", plan=self.field("plan"), word=self.field("word"), how=how, sure="1")

    def until_sent(self, wait_s: float = WAIT_S) -> Reader:
        """Reload the result until nothing is on its way."""
        ended = f"/b/{self.basket}/progress"
        return self.until(lambda text: "Result" in text and "You may close" not in text, ended, wait_s)
