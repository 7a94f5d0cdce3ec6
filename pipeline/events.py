"""What a flow tells while it runs, and the wish to stop that it is handed: the same for a terminal, a log and a page.

Nothing is asked here. What needs a person's yes is data (`pipeline.importer.consent.questions`), answered by whoever
called.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Event, RLock
from typing import NamedTuple, Protocol

from pipeline.language.names import count_things, name_word
from pipeline.language.say import Said, join_said, say

__all__ = ["SILENT", "Events", "Meter", "Progress", "Silent", "Stage", "Stop", "describe_patience", "format_count"]


def format_count(count: int, what: str) -> Said:
    """`1 row`, `1,234 rows`: a count and the plural word of what was counted, such as a resource's name."""
    return count_things(count, what)


def describe_patience(why: str, patience_s: float) -> Said:
    """What is said of a server that is not there, while it is being tried again."""
    return say("{why} Trying again for up to {seconds:.0f} s.", why=why, seconds=patience_s)


class Stage(StrEnum):
    """What a run is doing. The value is the word for a person."""

    READING = "reading"
    CHECKING = "checking"
    LOOKING_UP = "looking up"
    SENDING = "sending"
    EXPORTING = "exporting"


class Progress(NamedTuple):
    """How far a stage has come: `done` of `total` rows or records (None where nobody knows how many there are).

    `file` is the user's own name of it. `rate` is a second's worth, over the whole stage so far; `remaining_s` the
    seconds to its estimated end. Both are None until something can be told.
    """

    stage: Stage
    file: str | None
    resource: str | None
    done: int
    total: int | None
    rate: float | None = None
    remaining_s: float | None = None

    def estimate_end(self, now: datetime) -> datetime | None:
        """When the stage will have ended, by the clock that says it is `now`. None while nobody can tell."""
        try:
            return None if self.remaining_s is None else now + timedelta(seconds=self.remaining_s)
        except OverflowError:  # at this pace it will not
            return None

    @property
    def what(self) -> Said:
        """`checking payments.csv`, `exporting clients`, `sending`: the stage and what it works on."""
        thing = self.file or (self.resource and name_word(self.resource))
        return join_said(" ", filter(None, (name_word(self.stage), thing)))


class Events(Protocol):
    """Where a flow tells what happens. Called from the thread the flow runs in; it must not block for long.

    A `text` is English that remembers its template (`pipeline.language.say.Said`). Whoever shows it to a person
    translates it (`pipeline.language.catalogue.translate`); a log keeps it as it is.
    """

    def note(self, text: str) -> None:
        """Something worth knowing."""

    def warn(self, text: str) -> None:
        """Something worth doing something about."""

    def progress(self, progress: Progress) -> None:
        """Called often: whoever shows it decides how often."""


class Silent:
    """Tells nobody."""

    def note(self, text: str) -> None:
        """Nothing is shown."""

    def warn(self, text: str) -> None:
        """Nothing is shown."""

    def progress(self, progress: Progress) -> None:
        """Nothing is shown."""


SILENT = Silent()


class Meter:
    """Counts one stage on one thing and tells its progress; the only place where rate and end are worked out.

    `ticks` are seconds of a clock that never goes back.
    """

    def __init__(
        self,
        events: Events,
        ticks: Callable[[], float],
        stage: Stage,
        *,
        file: str | None = None,
        resource: str | None = None,
        total: int | None = None,
    ) -> None:
        self._events = events
        self._ticks = ticks
        self._begun = ticks()
        self._known = stage, file, resource
        self.total = total
        self.done = 0

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.tell(self.done + count)

    def expect(self, more: int) -> None:
        """So many more are to be done than was known, or fewer; nothing where nobody knows how many there are."""
        if self.total is not None and more:
            self.tell_of(self.done, self.total + more)

    def take_back(self, count: int) -> None:
        """So many are to be done once more."""
        if count:
            self.tell(self.done - count)

    def tell_of(self, done: int, total: int | None) -> None:
        """So many are done in all, of so many as far as is known now."""
        self.total = total
        self.tell(done)

    def tell(self, done: int) -> None:
        """So many are done in all."""
        self.done = done
        seconds = self._ticks() - self._begun
        rate = done / seconds if done and seconds > 0 else None
        left = None if self.total is None or rate is None else max(0, self.total - done) / rate
        self._events.progress(Progress(*self._known, done, self.total, rate, left))


class Stop:
    """The wish that a run end: no new request leaves, those in flight are settled. Set once, from any thread."""

    def __init__(self) -> None:
        self._wished = Event()
        self._lock = RLock()  # a signal handler may set it while this very thread holds it
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        """Wish it. The first call tells those who listen; later ones do nothing."""
        with self._lock:
            if self._wished.is_set():
                return
            self._wished.set()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def is_set(self) -> bool:
        return self._wished.is_set()

    @contextmanager
    def listening(self, call: Callable[[], None]) -> Iterator[None]:
        """Within the block: call `call` when the wish is made, in the thread that makes it; now, if it was before."""
        with self._lock:
            late = self._wished.is_set()
            self._listeners.append(call)
        if late:
            call()
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(call)
