"""`gigbulk catalogs`: find a SAT key, read what is known of it, see how old the catalogues are, load newer ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.command import CONTEXT, command
from pipeline.cli.help import SpokenGroup
from pipeline.cli.terminal import Terminal
from pipeline.language.names import name_word
from pipeline.language.say import join_said, say, say_both

if TYPE_CHECKING:
    from schemas.sat.editions import Edition
    from schemas.sat.entries import CatalogEntry, Fact

__all__ = ["catalogs_command"]

NOT_FOUND = 1
"""Exit code of a key no catalogue has, as grep's: the command worked, the answer is no."""

_WHENCE = {"shipped": "shipped", "user": "yours", "code": "built in"}


@click.group(
    "catalogs",
    cls=SpokenGroup,
    short_help="SAT's keys: find them, how old they are, load SAT's own file.",
    context_settings=CONTEXT,
)
def catalogs_command() -> None:
    """SAT's catalogues (CFDI 4.0), on this machine: no key, no network.

    \b
    Examples:
      gigbulk catalogs search consultoría de software
      gigbulk catalogs show 84111506
      gigbulk catalogs info
      gigbulk catalogs update catCFDI_V_4_20260806.xls
    """


@command("search", short_help="Product and unit keys whose names fit some words.")
@click.argument("words", nargs=-1, required=True, metavar="TEXT...")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="How many keys at most.")
def search_command(terminal: Terminal, profile: str | None, words: tuple[str, ...], limit: int) -> int:
    """Find product and unit keys by words, the best fit first.

    Accents, case, order and plurals do not matter; a key or its beginning finds keys.

    \b
    Examples:
      gigbulk catalogs search consultoría de software
      gigbulk catalogs search tornillos --limit 30
      gigbulk catalogs search 8411
    """
    from schemas.sat.search import search

    text = " ".join(words)
    with _catalogs():
        matches = search(text, limit)
    terminal.result(_result("search", query=text, matches=[asdict(match) for match in matches]))
    if not matches:
        terminal.show(say("No key fits '{text}'. Try fewer words, or what the thing is called in general.", text=text))
        return 0
    rows = [[match.key, name_word(match.catalog.removesuffix("_keys")), match.name] for match in matches]
    terminal.table([say("key"), say("kind"), say("name")], rows)
    return 0


@command("show", short_help="Everything known of one key.")
@click.argument("key")
def show_command(terminal: Terminal, profile: str | None, key: str) -> int:
    """What every catalogue says of KEY: products, units, postal codes, régimes, uses, payment forms, currencies…

    Ends with exit code 1 when none has it, and names the nearest product or unit key.

    \b
    Examples:
      gigbulk catalogs show 84111506
      gigbulk catalogs show 601
      gigbulk catalogs show 06600
    """
    from schemas.sat.entries import show

    with _catalogs():
        entries = show(key)
        nearest = [] if entries else _nearest(key)
    if not entries:
        near = join_said("", [say(" Near it: {key} {name}.", key=hint["hint"], name=hint["name"]) for hint in nearest])
        message = say("No catalogue has the key '{key}'.", key=key)
        terminal.error(message + near, say("Find keys by words: gigbulk catalogs search TEXT"))
        failed = {"status": "failed", "error": message, "exit_code": NOT_FOUND}
        terminal.result(_result("show", key=key, entries=[], nearest=nearest) | failed)
        return NOT_FOUND
    terminal.result(_result("show", key=key, entries=[_plain(entry) for entry in entries]))
    for entry in entries:
        terminal.show(
            say("{key}  {name}  ({catalog})", key=entry.key, name=entry.name, catalog=name_word(entry.catalog))
        )
        for name, fact in entry.facts.items():
            terminal.show(say("  {name}: {fact}", name=name_word(name), fact=_said(fact)))
    return 0


@command("info", short_help="Which editions are in use, and how old they are.")
def info_command(terminal: Terminal, profile: str | None) -> int:
    """The catalogues in use: where they come from, of which day they are, how many keys they have.

    \b
    Examples:
      gigbulk catalogs info
      gigbulk catalogs info --json
    """
    from schemas.sat.editions import editions

    today = _today()
    with _catalogs():
        in_use = editions()
    terminal.result(_result("info", catalogs=[_described(edition, today) for edition in in_use]))
    rows = [
        [
            name_word(e.name),
            f"{e.edition}",
            f"{e.age_months(today)}",
            f"{e.rows:,}",
            name_word(_WHENCE[e.kind]),
            say_both(e.source, e.source_es or e.source),
        ]
        for e in in_use
    ]
    terminal.table([say("catalogue"), say("edition"), say("months old"), say("keys"), say("from"), say("source")], rows)
    if any(edition.is_stale(today) for edition in in_use):
        terminal.warn(
            say(
                "A catalogue is over 12 months old: a key it lacks may simply be new, so such findings count one step "
                "less.\n  Download SAT's current catCFDI_V_4_YYYYMMDD.xls and run: gigbulk catalogs update FILE"
            )
        )
    return 0


@command("update", short_help="Use SAT's own workbook or schema from now on.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--edition", type=click.DateTime(["%Y-%m-%d"]), help="Day of the file, where it does not say it itself.")
@click.option("--allow-loss", is_flag=True, help="Accept a file that lacks more than one in twenty of the keys in use.")
def update_command(
    terminal: Terminal, profile: str | None, file: Path, edition: datetime | None, allow_loss: bool
) -> int:
    """Check FILE (SAT's catCFDI_V_4_YYYYMMDD.xls, or catCFDI.xsd) and use its catalogues from now on.

    Nothing changes when the file is damaged, incomplete or older than what is in use.

    \b
    Examples:
      gigbulk catalogs update catCFDI_V_4_20260806.xls
      gigbulk catalogs update catCFDI.xsd --edition 2026-08-06
    """
    from pipeline.catalogs.update import update_catalogs

    changes = update_catalogs(file, _today(), edition_date=edition.date() if edition else None, allow_loss=allow_loss)
    terminal.result(_result("update", changes=[asdict(c) | {"edition": f"{c.edition}"} for c in changes]))
    rows = [[name_word(c.catalog), f"{c.edition}", f"{c.rows:,}", f"+{c.added:,}", f"-{c.removed:,}"] for c in changes]
    terminal.table([say("catalogue"), say("edition"), say("keys"), say("new"), say("gone")], rows)
    return 0


for _member in (search_command, show_command, info_command, update_command):
    catalogs_command.add_command(_member)


# --- what the four share ----------------------------------------------------------------------------------------------


@contextmanager
def _catalogs() -> Iterator[None]:
    """A damaged catalogue is a file that cannot be used: exit 3, with what to do."""
    from pipeline.catalogs.refusal import refuse_catalog
    from schemas.sat.editions import CatalogError

    try:
        yield
    except CatalogError as error:
        raise refuse_catalog(error) from error


def _result(name: str, **members: Any) -> dict[str, Any]:
    return {"event": "result", "command": f"catalogs {name}", "status": "ok", **members}


def _today() -> date:
    return datetime.now(UTC).date()


def _nearest(key: str) -> list[dict[str, str]]:
    """The product or unit key that may have been meant: value, hint, name, reason."""
    import polars as pl

    from schemas.sat.hints import product_key_hints, unit_key_hints

    asked = pl.Series([key])
    return [*product_key_hints(asked).to_dicts(), *unit_key_hints(asked).to_dicts()]


def _plain(entry: "CatalogEntry") -> dict[str, Any]:
    return {"catalog": entry.catalog, "key": entry.key, "name": entry.name, "facts": dict(entry.facts)}


def _said(fact: "Fact") -> str:
    if isinstance(fact, bool):
        return say("yes") if fact else say("no")
    return ", ".join(fact) if isinstance(fact, tuple) else str(fact)


def _described(edition: "Edition", today: date) -> dict[str, Any]:
    return {
        "name": edition.name,
        "source": edition.source,
        "edition": edition.edition.isoformat(),
        "age_months": edition.age_months(today),
        "stale": edition.is_stale(today),
        "keys": edition.rows,
        "kind": edition.kind,
        "path": str(edition.path) if edition.path else None,
    }
