"""How many requests may leave per second: a token bucket that learns its rate from 429 (the second controller).

Nothing limits until the server says 429 (or the user gives a ceiling). From then on the rate follows CUBIC (RFC 9438)
around the last known limit: back off, climb back to just under it, linger there, then feel further up, ever faster.

Two things are known after a 429: the rate that met it, which is above the limit by as much as the server's burst
allowance hid, and the average that was let through since the last one, which is below it by as much as we held back.
The limit is looked for between them. The numbers below were settled by the scenarios in tests/api/throttle; the reasons
are in docs/adr/0006-two-controllers-the-lower-wins.md. Nothing here reads a clock: callers say when things happened, in
seconds of one monotonic clock.
"""

import math
from dataclasses import dataclass
from typing import Protocol

BACK_OFF_FIRST = 0.5
"""Left of the measured rate by the very first 429: what was measured then is the server's burst more than its limit."""

BACK_OFF = 0.95
"""Left of a learnt rate by the first 429 of an episode. Mild: near the limit it is wrong by a few per cent."""

BACK_OFF_AGAIN = 0.7
"""Left by each later 429 of the same episode, one per round trip: the limit itself has fallen, so go down fast."""

SHUT, BACK_OFF_SHUT = 0.25, 0.95
"""A rate cut below this share while nothing got through means a window that is used up, not a lower limit: then keep
knocking at nearly the same pace, to notice when it opens."""

FLOOR = 0.5
"""Requests/s that no 429 brings us below; only Retry-After does. A storm that hits at random whatever the rate would
else be answered with ever less, until nothing can be learnt any more."""

FAITH = 8
"""A window that was shut for long may have been an outage: no less than this part of the refused rate is believed."""

BELOW, BELOW_PAUSING = 0.985, 0.98
"""Where the climb comes to rest, as a share of the limit found. Nearer wins throughput and meets 429 sooner, which is
dearer where each 429 costs a pause."""

RESUME = 0.97
"""Where the climb begins, as a share of where it comes to rest."""

SLACK = 1.05
"""How far the limit may lie above the middle of the two bounds."""

HIDDEN = 0.8
"""A refused rate lies above the limit by what the burst allowance hid: the limit is no less than this share of it."""

BELOW_SOLVED, LEAST_SOLVED, MOST_SOLVED = 0.985, 0.6, 0.999
"""Where the climb comes to rest of a limit that two 429 told exactly, and as which share of the refused rate such a
limit is believed: one that is far below was no bucket's."""

_HALVINGS, _STEPS = 30, 100

CLIMB_LEAST, CLIMB_MOST = (2.0, 100.0, 8.0), (30.0, 300.0, 90.0)
LONG_PAUSE_S = 90.0
"""Length of a climb: as long as the limit has been watched, so that a limit that proves true is tested ever more
seldom. Each bound is the longest of: seconds, requests, and times the pause that the last 429 cost (a long pause is a
window, where nothing is lost by probing, so its product is capped)."""

LONG_CLIMB_S = (15.0, 75.0)
"""Seconds, at most, that so many requests are waited for in either bound: a request a second may be all that a server
allows, and may as well be what a storm of 429 left of our courage."""

FIRST_CLIMB_S, FIRST_CLIMB_REQUESTS = 0.9, 10.0
"""Length of the very first climb: the first 429 of all says little of the limit, and may have set us far below it. The
second tells it, however steep the way there was."""

SURE, SURE_PAUSES, AGREED = 0.9, 30.0, 1.05
"""Bounds nearer than `SURE` are worth a climb of so many pauses, and a limit that is found again, within `AGREED`, one
twice as long as before: at a second's pause for each 429, testing is what costs most."""

SOON_PAUSES = 3.0
"""A 429 sooner than so many pauses (or seconds) after the last says little by the average since."""

PROBE, PROBE_S = 0.05, 5.0
"""Above the limit: this share more after so many seconds, eight times it in twice the time, whatever the limit: from
`FLOOR` to fifty requests a second is about a minute."""

RISEN = 1.25
"""A rate this many times the old limit, and no 429: what was let through before is no evidence any more."""

BURST_S = 0.1
"""Tokens saved while nobody asks, in seconds of the rate: makes good a busy event loop, and is no burst to speak of."""

IDLE_S = 1.0
"""A gap between good replies counts as at most this much climbing: silence and errors are no evidence of room. And a
gap longer than this in which nobody wanted to send is not held against the server: it is left out of every average."""


class RateStore(Protocol):
    """Where the learnt rate of one account is: in this process, or together with others. The throttle asks it for
    tokens and tells it what came of them (`tests/conformance/test_rate_store.py`)."""

    @property
    def rate(self) -> float:
        """Requests a second allowed now; infinite while nothing limits."""

    @property
    def paused_until(self) -> float:
        """When the server's own pause ends."""

    def take(self, now: float, want: int = 1, ceiling: float = math.inf) -> int:
        """Take up to `want` tokens; 0 means none before `ready_in` seconds."""

    def ready_in(self, now: float) -> float:
        """Seconds until a token is due and no pause holds."""

    def let_through(self, sent_at: float, now: float, *, good: bool) -> None:
        """The server took the request in."""

    def push_back(self, sent_at: float, now: float, retry_after_s: float | None) -> None:
        """The server answered 429."""

    def pause(self, now: float, seconds: float) -> None:
        """The server asks for a pause."""


@dataclass(slots=True)
class LearnedRate:
    """What is known of the server's limit. All fields are floats, so that processes can share them as one record."""

    rate: float = math.inf  # requests/s allowed now
    limit: float = math.inf  # requests/s the climb heads for
    base: float = math.inf  # requests/s it began from
    climb_s: float = 0.0  # seconds from base to limit
    age_s: float = 0.0  # seconds climbed so far
    grown_at: float = -math.inf  # last good reply
    waited_at: float = -math.inf  # last time the bucket made someone wait
    free_at: float = -math.inf  # when the next token is due
    paused_until: float = -math.inf  # Retry-After
    watched_from: float = math.nan  # since when `passed` counts
    passed: float = 0.0  # requests let through since then
    cut_at: float = -math.inf  # last back-off
    refused_rate: float = 0.0  # the rate that met the first 429 of the running episode; 0 outside of one
    pause_s: float = 0.0  # longest pause asked for in the running episode
    resumed_at: float = -math.inf  # end of the last episode
    passed_since: float = 0.0  # requests let through since then
    lasted_s: float = 0.0  # from there to the first 429 of the running episode
    mean: float = 0.0  # requests/s let through in that time
    seen_at: float = -math.inf  # last time somebody asked, or a reply was counted
    first_passed: float = 0.0  # requests let through before the very first 429
    first_s: float = 0.0  # and in how many seconds; 0 once they have told the limit

    def take(self, now: float, want: int = 1, ceiling: float = math.inf) -> int:
        """Take up to `want` tokens; 0 means none before `ready_in` seconds. `ceiling` is the user's own, requests/s."""
        if math.isnan(self.watched_from):
            self.watched_from = now
        self._leave_out_idleness(now)
        if now < self.paused_until:
            return 0
        rate = min(self.rate, ceiling)
        if rate == math.inf:
            return want
        self.free_at = max(self.free_at, now - BURST_S, self.paused_until)
        granted = min(want, math.floor((now - self.free_at) * rate + 1e-9) + 1) if self.free_at <= now else 0
        self.free_at += granted / rate
        if granted < want:
            self.waited_at = now
        return granted

    def ready_in(self, now: float) -> float:
        """Seconds until a token is due and no pause holds."""
        return max(self.free_at, self.paused_until) - now

    def let_through(self, sent_at: float, now: float, *, good: bool) -> None:
        """The server took the request in. Only a good reply lets the rate climb; a refused row is merely counted."""
        self.seen_at = max(self.seen_at, now)
        self.passed += 1
        self.passed_since += 1
        if self.rate == math.inf:
            return
        if self.refused_rate and sent_at >= self.cut_at:
            self._end_episode(now)
        if good:
            self._climb(now)

    def push_back(self, sent_at: float, now: float, retry_after_s: float | None) -> None:
        """The server answered 429: pause as it asks, and back off, at most once per round trip."""
        self.seen_at = max(self.seen_at, now)
        if retry_after_s is not None:
            self.pause(now, retry_after_s)
            self.pause_s = max(self.pause_s, retry_after_s)
        if sent_at < self.cut_at:
            return  # it left before the last back-off, so it says nothing of the rate since
        if self.refused_rate:
            left = self.rate * (BACK_OFF_AGAIN if self.rate > SHUT * self.refused_rate else BACK_OFF_SHUT)
        elif self.rate == math.inf:
            self.refused_rate = self._passed_per_s(now)
            self.first_s = now - self.watched_from  # the last ones left just before, and take the way of the first
            left = self.refused_rate * BACK_OFF_FIRST
        else:
            self.refused_rate = self.rate
            self.lasted_s = now - self.resumed_at
            self.mean = self.passed_since / max(self.lasted_s, 0.001)
            left = self.rate * BACK_OFF
        self.rate = max(FLOOR, left)
        self.cut_at = now

    def pause(self, now: float, seconds: float) -> None:
        """Retry-After: nothing leaves for `seconds`. An earlier pause that ends later stands."""
        self.paused_until = max(self.paused_until, now + seconds)

    def _leave_out_idleness(self, now: float) -> None:
        """Somebody asks: time since the last sign of work is left out, unless a pause or the bucket held us back."""
        idle_s = now - max(self.seen_at, self.paused_until, self.free_at)
        if IDLE_S < idle_s < math.inf:
            self.watched_from += idle_s
            self.resumed_at += idle_s
        self.seen_at = max(self.seen_at, now)

    def _passed_per_s(self, now: float) -> float:
        return max(self.passed, 1.0) / max(now - self.watched_from, 0.001)

    def _end_episode(self, now: float) -> None:
        """A request sent after the back-off went through: the episode is over, and the limit is known anew."""
        shut = self.rate < SHUT * self.refused_rate or self.pause_s > 1
        if self.limit == math.inf:
            self.first_passed = self.passed - 1  # those under way at the time among them
        passed_per_s = self._passed_per_s(now - min(0.5, self.pause_s / 2))  # whole seconds: half of one was not needed
        if self.pause_s and not shut and self.limit < math.inf:
            self.limit, self.climb_s = self._limit_between_pauses(passed_per_s)
        else:
            self.limit, self.climb_s = self._limit_on_average(passed_per_s, now - self.watched_from, shut=shut)
        self.limit = max(FLOOR, self.limit)
        resumed = RESUME * self.limit
        self.rate = self.base = max(FLOOR, resumed if shut else min(max(self.rate, self.limit / 2), resumed))
        self.age_s, self.grown_at = 0.0, now
        self.watched_from, self.passed = (self.watched_from + now) / 2, self.passed / 2  # half is remembered
        self.resumed_at, self.passed_since = now, 0.0
        self.refused_rate = self.pause_s = 0.0

    def _limit_on_average(self, passed_per_s: float, watched_s: float, *, shut: bool) -> tuple[float, float]:
        """The limit and the length of the next climb, by all that was let through, waiting included."""
        outage = shut and passed_per_s < self.refused_rate / FAITH
        if outage:
            passed_per_s = self.refused_rate / FAITH
        middle = passed_per_s if shut else math.sqrt(self.refused_rate * passed_per_s)
        limit = BELOW * min(self.refused_rate, SLACK * middle)
        if self.limit == math.inf and not shut:
            return limit, max(FIRST_CLIMB_S, FIRST_CLIMB_REQUESTS / limit)
        return limit, self._climb_length(limit, 0.0 if outage else watched_s)

    def _limit_between_pauses(self, passed_per_s: float) -> tuple[float, float]:
        """The same where each 429 costs a pause that says nothing of the limit: by what passed between two of them."""
        if self.lasted_s > SOON_PAUSES * max(1.0, self.pause_s):
            passed_per_s = self.mean
        low = min(max(passed_per_s, HIDDEN * self.refused_rate), self.refused_rate)
        solved, self.first_s = self._solve_limit(), 0.0
        limit = BELOW_SOLVED * solved if solved else BELOW_PAUSING * math.sqrt(self.refused_rate * low)
        agreed = 1 / AGREED < limit / self.limit < AGREED
        sure_s = SURE_PAUSES * self.pause_s if solved or low > SURE * self.refused_rate else 0.0
        return limit, self._climb_length(limit, max(sure_s, 2 * self.climb_s if agreed else 0.0))

    def _solve_limit(self) -> float | None:
        """The limit, by two equations of it and of the server's burst; None where they have no likely answer.

        The burst is what the very first 429 let pass beyond the limit in its seconds, and what the climb before the
        second one passed beyond it. One is enough: later climbs are short of the limit where a burst is used up.
        """
        if not (self.first_s and self.age_s):
            return None
        low, high = 0.0, self.refused_rate
        for _ in range(_HALVINGS):
            limit = (low + high) / 2
            if self._climbed_beyond(limit) > self.first_passed - limit * self.first_s:
                low = limit
            else:
                high = limit
        likely = LEAST_SOLVED * self.refused_rate < high < MOST_SOLVED * self.refused_rate
        return high if likely else None

    def _climbed_beyond(self, limit: float) -> float:
        """Requests that the running climb let pass above a rate."""
        step_s = self.age_s / _STEPS
        return sum(max(0.0, self._climbed_to((n + 0.5) * step_s) - limit) for n in range(_STEPS)) * step_s

    def _climbed_to(self, age_s: float) -> float:
        """CUBIC: from base to limit in `climb_s`, flat around the limit, then upwards ever faster."""
        left_s = self.climb_s - age_s
        if left_s > 0:
            return self.limit - (self.limit - min(self.base, self.limit)) * (left_s / self.climb_s) ** 3
        return self.limit * (1 + PROBE * (-left_s / min(self.climb_s, PROBE_S)) ** 3)

    def _climb(self, now: float) -> None:
        """A good reply: so much time of the climb is over."""
        idle_s = max(IDLE_S, 2 / self.rate)
        step_s = min(max(now - self.grown_at, 0.0), idle_s)
        self.grown_at = max(now, self.grown_at)
        if self.refused_rate or now - self.waited_at > idle_s:
            return  # in trouble; or something else holds us back, and then the rate has proven nothing
        self.age_s += step_s
        self.rate = self._climbed_to(self.age_s)
        if self.age_s < self.climb_s:
            return
        if self.rate > RISEN * self.base:
            self.base = self.rate
            self.passed = max(self.passed, self.rate * (now - self.watched_from))

    def _climb_length(self, limit: float, wanted_s: float) -> float:
        least, most = (
            max(seconds, min(requests / limit, long_s), min(pauses * self.pause_s, LONG_PAUSE_S))
            for (seconds, requests, pauses), long_s in zip((CLIMB_LEAST, CLIMB_MOST), LONG_CLIMB_S, strict=True)
        )
        return min(max(least, wanted_s), most)
