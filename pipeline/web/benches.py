"""The server's side of the benches: one child a basket, opened when it is asked, gone when it idles."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from pipeline.edge import PROCESS
from pipeline.errors import InputError, OutputError
from pipeline.language.say import say
from pipeline.settings import Settings
from pipeline.web.handed_over import build_environment, encode_settings, remove_key

__all__ = ["Bench", "BenchError", "BenchMistake", "Benches"]

_LINE = 64 << 20
"""Bytes of an answer at most: 200 rows of cells as long as a workbook has them."""
_MOST, _IDLE_S = 6, 900.0
"""Benches open at once, and seconds without a question after which one is closed."""


class BenchError(Exception):
    """What a bench answers that cannot do what is asked; `told` is as `pipeline.web.bench.desk.describe_error`."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told["message"])
        self.told = told

    @property
    def of_file(self) -> bool:
        """Whether the files are what is wrong, which something said of them may mend; else disk or journal are."""
        return bool(self.told["exit_code"] < OutputError.exit_code)


class BenchMistake(Exception):
    """A mistake of ours in a bench: its kind, and where."""

    def __init__(self, name: str, where: str) -> None:
        super().__init__(name)
        self.name, self.where = name, where


class Bench:
    """One child. Questions are asked one after the other; `progress` is what it told last while it checks."""

    def __init__(self, folder: Path, settings: Settings, ticks: Callable[[], float] = PROCESS.ticks) -> None:
        self._ticks = ticks
        self._folder, self._settings = folder, settings
        self._process: asyncio.subprocess.Process | None = None
        self._one = asyncio.Lock()
        self._opening: asyncio.Task[dict[str, Any]] | None = None
        self._turned = False
        self.progress: dict[str, Any] | None = None
        self.asked_at = self._ticks()

    async def opened(self, patience_s: float | None = None) -> dict[str, Any] | None:
        """What was understood of the files, once they are checked; None while they still are after so many seconds.

        BenchError where they cannot be used as they are.
        """
        if self._opening is None or (self._opening.done() and (self._gone() or self._turned)):
            self._opening = asyncio.create_task(self._ask("open"))
        done, _ = await asyncio.wait({self._opening}, timeout=patience_s)
        if not done:
            return None
        if self._opening.exception() is not None:
            opening, self._opening = self._opening, None
            raise opening.exception() or AssertionError
        return self._opening.result()

    def speak(self, settings: Settings) -> None:
        """Answer in the language of these settings from now on: findings have their words from the check, so the child
        that has none under way ends, and another checks the files."""
        if settings.lang != self._settings.lang:
            self._settings, self._turned = settings, True

    async def check_again(self) -> None:
        """The files, or what is said of them, are others now: the next question checks them anew."""
        if self._opening is not None:
            with suppress(BenchError, InputError):
                await self._opening
        self._opening = None

    async def ask(self, verb: str, **arguments: Any) -> Any:
        """Ask something of checked files. BenchError where they cannot be used, InputError when the child has died."""
        await self.opened()
        return await self._ask(verb, **arguments)

    async def look(self) -> Any:
        """The tables by their headings, of files that may not be checked."""
        return await self._ask("look")

    def _gone(self) -> bool:
        return self._process is None or self._process.returncode is not None

    async def _ask(self, verb: str, **arguments: Any) -> Any:
        async with self._one:
            if self._turned and verb in ("open", "look"):
                self._turned = False
                await self._end()
            self.asked_at = self._ticks()
            told = await self._answer(msgspec.json.encode({"verb": verb, **arguments}))
            self.asked_at = self._ticks()
            self.progress = None
        if told is None:
            await self.close()
            raise InputError(
                say("These files cannot be read: what reads them has ended."),
                say("Open the file in Excel or LibreOffice, save it again, and drop it anew."),
            )
        if "mistake" in told:
            await self.close()
            raise BenchMistake(**told["mistake"])
        if "error" in told:
            raise BenchError(told["error"])
        return told["ok"]

    async def _answer(self, question: bytes) -> dict[str, Any] | None:
        """What the child says to it; None when it has died over it."""
        questions, answers = await self._start()
        with suppress(ConnectionError, ValueError):  # gone; a line longer than any answer
            questions.write(question + b"\n")
            await questions.drain()
            while line := await answers.readline():
                told: dict[str, Any] = msgspec.json.decode(line)
                if "progress" not in told:
                    return told
                self.progress = told["progress"]
        return None

    async def _start(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        """The child's two pipes; a new child where there is none."""
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "pipeline.web.bench", str(self._folder),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                env=build_environment(), limit=_LINE,
            )  # fmt: skip
            self._pipes(self._process)[0].write(encode_settings(remove_key(self._settings)))
        return self._pipes(self._process)

    @staticmethod
    def _pipes(process: asyncio.subprocess.Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a child begun without pipes")
        return process.stdin, process.stdout

    async def close(self) -> None:
        """End the child; what it knew is on disk, or found out again."""
        self._opening = None
        await self._end()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


class Benches:
    """The benches that are open, one a basket: two would each write the corrections they know of."""

    def __init__(self, ticks: Callable[[], float] = PROCESS.ticks) -> None:
        self._ticks = ticks
        self._open: dict[Path, Bench] = {}

    def of(self, folder: Path, settings: Settings) -> Bench:
        """The bench of a basket; it starts with the first question."""
        bench = self._open.setdefault(folder, Bench(folder, settings, self._ticks))
        bench.speak(settings)
        return bench

    async def close(self, folder: Path) -> None:
        """End the bench of one basket."""
        if (bench := self._open.pop(folder, None)) is not None:
            await bench.close()

    async def close_idle(self, now: float) -> None:
        """End those that were not asked for long, and the idlest where there are too many."""
        by_age = sorted(self._open.items(), key=lambda one: one[1].asked_at)
        many = len(by_age) - _MOST
        for number, (key, bench) in enumerate(by_age):
            if number < many or now - bench.asked_at > _IDLE_S:
                self._open.pop(key, None)
                await bench.close()

    @asynccontextmanager
    async def tended(self) -> AsyncIterator[None]:
        """Within the block idle benches are closed; at its end, all."""

        async def tend() -> None:
            while True:
                await asyncio.sleep(30)
                await self.close_idle(self._ticks())

        tending = asyncio.create_task(tend())
        try:
            yield
        finally:
            tending.cancel()
            for bench in self._open.values():
                await bench.close()
