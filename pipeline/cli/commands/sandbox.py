"""`gigbulk sandbox`: serve the pretend API."""

from pathlib import Path

import click

from pipeline.cli.command import command
from pipeline.cli.terminal import Terminal
from pipeline.errors import ConfigError
from pipeline.language.say import say, say_known
from schemas import RESOURCE_NAMES

__all__ = ["sandbox_command"]

_SEE_FAULTS = say("See: gigbulk sandbox --list-faults")


def _pairs(given: tuple[str, ...], flag: str) -> dict[str, float]:
    pairs = {}
    for text in given:
        name, _, number = text.partition("=")
        try:
            pairs[name] = float(number)
        except ValueError as error:
            raise ConfigError(
                say("{flag} {text}: write NAME=NUMBER.", flag=flag, text=text),
                say("For example {flag} {name}=1", flag=flag, name=name or RESOURCE_NAMES[-1]),
            ) from error
    return pairs


@command("sandbox", short_help="Serve the pretend API on this machine.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--latency-ms", type=click.FloatRange(min=0), default=0, help="Wait before every answer.")
@click.option("--fault", "faults", multiple=True, metavar="NAME=P", help="Misbehave with probability P; repeatable.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), help="Answer 429 beyond so many requests a second."
)
@click.option("--dialect", default="2025-06", show_default=True, help="Which generation of the API.")
@click.option("--data", type=click.Path(path_type=Path, dir_okay=False), help="Keep records in this SQLite file.")
@click.option("--rows", multiple=True, metavar="RESOURCE=N", help="Begin with N pretend records; repeatable.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of faults and pretend records.")
@click.option("--lenient", is_flag=True, help="Take whatever the API's document takes, and fields it does not know.")
@click.option("--list-faults", is_flag=True, help="Name every fault and end.")
def sandbox_command(
    terminal: Terminal,
    profile: str | None,
    port: int,
    latency_ms: float,
    faults: tuple[str, ...],
    rate: float | None,
    dialect: str,
    data: Path | None,
    rows: tuple[str, ...],
    seed: int,
    lenient: bool,
    list_faults: bool,
) -> int:
    """Serve a pretend gigstack API on loopback until interrupted. Any key works.

    \b
    Examples:
      gigbulk sandbox --port 8765
      gigbulk sandbox --fault drop_after_commit=0.1 --rate 50
      GIGSTACK_BASE_URL=http://127.0.0.1:8765/v2 GIGSTACK_API_KEY=any gigbulk import clients.csv
    """
    from pipeline.sandbox import FAULTS, Options, serve

    if list_faults:
        for name, sentence in FAULTS.items():
            terminal.show(say("{name}: {sentence}", name=name, sentence=say_known(sentence)))
        terminal.result({"event": "result", "command": "sandbox", "status": "ok", "faults": dict(FAULTS)})
        return 0
    for name in _pairs(faults, "--fault").keys() - FAULTS.keys():
        raise ConfigError(say("The sandbox has no fault '{name}'.", name=name), _SEE_FAULTS)
    try:
        options = Options(
            port=port,
            latency_ms=latency_ms,
            faults=_pairs(faults, "--fault"),
            rate=rate,
            dialect=dialect,
            data=data,
            rows={name: int(count) for name, count in _pairs(rows, "--rows").items()},
            seed=seed,
            strict=not lenient,
        )
        serve(options, lambda url: terminal.note(say("sandbox: listening at {url} (Ctrl-C ends it)", url=url)))
    except (ValueError, OSError) as error:
        raise ConfigError(
            say("The sandbox cannot start: {error}.", error=error), say("See: gigbulk sandbox --help")
        ) from error
    terminal.result({"event": "result", "command": "sandbox", "status": "ok"})
    return 0
