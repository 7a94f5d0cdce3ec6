"""What a job run by nobody tells the outside: pings to a monitoring service, and metrics in a file."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pipeline.cli.command import exit_code_of
from pipeline.errors import OutputError
from pipeline.events import Events
from pipeline.language.say import say

__all__ = ["PING_VARIABLE", "Job", "metrics_option", "ping_option", "watch_job"]

PING_VARIABLE = "GIGBULK_PING_URL"
"""Where the ping URL is out of sight: any user of the machine may read the flags of a running process."""

ping_option = click.option(
    "--ping", envvar=PING_VARIABLE, show_envvar=True, metavar="URL",
    help="Tell a healthchecks-style service: URL/start, then URL or URL/fail.",
)  # fmt: skip
metrics_option = click.option(
    "--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.prom",
    help="Write the run's figures for Prometheus.",
)  # fmt: skip


@dataclass(slots=True)
class Job:
    """What a job came to: the result object and its exit code, filled in by the block when it ends."""

    result: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int = 0


@contextmanager
def watch_job(command: str, events: Events, *, ping: str | None, metrics: Path | None) -> Iterator[Job]:
    """Tell a monitoring service and a metrics file how the block began and ended; its errors pass through.

    ConfigError, before anything begins, when one of the two cannot be used. What fails later is only a warning: the
    job is what counts.
    """
    if ping is None and metrics is None:
        yield Job()
        return
    from pipeline.api.ping import Ping
    from pipeline.ops.metrics import metrics_path, write_metrics

    place = metrics_path(metrics) if metrics else None
    service = Ping.at(ping) if ping else None
    job = Job({"command": command})
    begun = time.monotonic()
    try:
        if service:
            _warned(events, service.started())
        yield job
    except BaseException as error:
        job.exit_code = exit_code_of(error)
        job.result = getattr(error, "result", None) or job.result
        raise
    finally:
        if place:
            try:
                write_metrics(
                    place, {"command": command, **job.result}, exit_code=job.exit_code,
                    seconds=time.monotonic() - begun, ended=datetime.now(UTC),
                )  # fmt: skip
            except OutputError as error:
                events.warn(say("{message} {hint}", message=error.message, hint=error.hint))
        if service:
            _warned(events, service.ended(job.exit_code))


def _warned(events: Events, said: str | None) -> None:
    if said:
        events.warn(said)
