"""What a job run by nobody tells the outside: pings to a monitoring service, an alert, and metrics in a file."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.command import exit_code_of
from pipeline.errors import OutputError
from pipeline.events import Events
from pipeline.language.say import say

if TYPE_CHECKING:
    from pipeline.api.alert import Alert

__all__ = ["ALERT_VARIABLE", "PING_VARIABLE", "Job", "Watchers", "add_watch_flags", "watch_job"]

PING_VARIABLE = "GIGBULK_PING_URL"
"""Where the ping URL is out of sight: any user of the machine may read the flags of a running process."""

ALERT_VARIABLE = "GIGBULK_ALERT_URL"
"""The same for alerts."""

_LEVELS = ("failure", "degraded", "success")
_ping = click.option(
    "--ping", envvar=PING_VARIABLE, show_envvar=True, metavar="URL",
    help="Tell a healthchecks-style service: URL/start, then URL or URL/fail.",
)  # fmt: skip
_alert = click.option(
    "--alert", envvar=ALERT_VARIABLE, show_envvar=True, metavar="URL",
    help="Post how the job ended to a chat or a webhook.",
)  # fmt: skip
_alert_on = click.option(
    "--alert-on", type=click.Choice(_LEVELS), default="degraded", show_default=True,
    help="From which ending on to post: failure, rejected rows too, or always.",
)  # fmt: skip
_alert_as = click.option(
    "--alert-as", type=click.Choice(["json", "slack"]), default="json", show_default=True,
    help="All figures, or the text alone as chats take it; Slack's own address always gets the latter.",
)  # fmt: skip
_metrics = click.option(
    "--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.prom",
    help="Write the run's figures for Prometheus.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told of a job, as the flags name them."""

    ping: str | None = None
    metrics: Path | None = None
    alert: str | None = None
    alert_on: str = "degraded"
    alert_as: str = "json"

    @property
    def nobody(self) -> bool:
        """Whether no flag names anybody."""
        return self.ping is None and self.metrics is None and self.alert is None


def add_watch_flags(function: Callable[..., int]) -> Callable[..., int]:
    """The flags of those who are told, given to the command as one `watchers`."""

    @wraps(function)
    def run(*arguments: Any, **flags: Any) -> int:
        watchers = Watchers(**{f.name: flags.pop(f.name) for f in fields(Watchers)})
        return function(*arguments, watchers=watchers, **flags)

    for option in (_metrics, _alert_as, _alert_on, _alert, _ping):
        run = option(run)
    return run


@dataclass(slots=True)
class Job:
    """What a job came to: the result object and its exit code, filled in by the block when it ends."""

    result: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int = 0


@contextmanager
def watch_job(command: str, events: Events, watchers: Watchers, lang: str = "en") -> Iterator[Job]:
    """Tell those who watch how the block began and ended; its errors pass through.

    ConfigError, before anything begins, when one of them cannot be used. What fails later is only a warning: the job is
    what counts.
    """
    job = Job({"command": command})
    if watchers.nobody:
        yield job
        return
    from pipeline.api.alert import Alert
    from pipeline.api.ping import Ping
    from pipeline.ops.metrics import metrics_path

    place = metrics_path(watchers.metrics) if watchers.metrics else None
    service = Ping.at(watchers.ping) if watchers.ping else None
    alert = Alert.at(watchers.alert, chat=watchers.alert_as == "slack") if watchers.alert else None
    begun = time.monotonic()
    try:
        if service:
            _warned(events, service.started())
        yield job
    except BaseException as error:
        job.exit_code = exit_code_of(error)
        job.result = getattr(error, "result", None) or {**job.result, "error": getattr(error, "message", "")}
        raise
    finally:
        told = {"command": command, **job.result}
        if place:
            _write_metrics(events, place, told, job.exit_code, time.monotonic() - begun)
        if service:
            _warned(events, service.ended(job.exit_code))
        if alert:
            _warned(events, _post_alert(alert, watchers.alert_on, told, job.exit_code, lang))


def _write_metrics(events: Events, place: Path, told: Mapping[str, Any], exit_code: int, seconds: float) -> None:
    from pipeline.ops.metrics import write_metrics

    try:
        write_metrics(place, told, exit_code=exit_code, seconds=seconds, ended=datetime.now(UTC))
    except OutputError as error:
        events.warn(say("{message} {hint}", message=error.message, hint=error.hint))


def _post_alert(alert: "Alert", least: str, told: Mapping[str, Any], exit_code: int, lang: str) -> str | None:
    from pipeline.ops.alerts import AlertLevel, compose_alert, judge_level

    if judge_level(told, exit_code) < AlertLevel[least.upper()]:
        return None
    return alert.post(*compose_alert(told, exit_code, lang))


def _warned(events: Events, said: str | None) -> None:
    if said:
        events.warn(said)
