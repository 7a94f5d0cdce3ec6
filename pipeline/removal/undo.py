"""`gigbulk runs undo`: what a run created is taken back, unless somebody has touched it since.

Each resource is a deletion of its own, in the journal too: one that is cut short is resumed, and an undo that is said
again goes on with what is left.
"""

import asyncio
import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.api.session import open_session
from pipeline.errors import ConfigError
from pipeline.events import format_count
from pipeline.journal import MadeRow, RunRow, open_journal
from pipeline.language.names import name_word
from pipeline.language.say import join_said, say
from pipeline.model import RecordKey
from pipeline.removal.find import Found, find_records
from pipeline.removal.flow import Remover, remove_records
from pipeline.removal.touched import name_touched
from pipeline.result import Result
from pipeline.settings import Settings
from pipeline.storage.atomic import replace_atomically
from schemas import resource
from schemas.dialects import dialect

__all__ = ["undo_run"]

_SHOWN = 10
_CONNECTIONS = 16


@dataclass(slots=True)
class _Looked:
    """What is there of one resource, and what of it somebody has touched; `referred` says that a record that stays may
    refer to any of it."""

    made: dict[str, MadeRow]
    found: Found
    touched: dict[str, tuple[str, ...]] = field(default_factory=dict)
    referred: bool = False

    @property
    def untouched(self) -> list[str]:
        return [identity for identity in self.found.there if identity not in self.touched]

    @property
    def free(self) -> list[str]:
        return [] if self.referred else self.untouched


def undo_run(
    run: str, settings: Settings, remover: Remover, *, dry_run: bool = False, listed: Path | None = None
) -> Result:
    """Take back what that import created, what was created last first. `listed`: where the records that cannot be taken
    back are written for the office.

    ConfigError for a run that is no ended import, for a generation that deletes none of them, and where nobody agrees.
    """
    row, made = _find_made(run, settings, remover)
    _require_verbs(row, made, settings, remover, listed)
    looked = asyncio.run(_look(row, made, settings, remover))
    _keep_referred(looked, remover)
    result = Result("runs undo", row.run)
    left = [(each.made[i], each.touched[i]) for each in looked.values() for i in each.touched]
    for name, each in looked.items():
        free = "would_delete" if dry_run and not each.referred else "unsent"
        counts = {"absent": len(each.found.absent), "touched": len(each.touched), free: len(each.untouched)}
        result.count_changes(name, counts)
    for record, why in left[:_SHOWN]:
        remover.events.warn(_say_touched(record, why))
    if left and listed is not None:
        _write_list(remover.edge.locate(listed), left)
        result.outputs["left"] = str(listed)
    if not dry_run:
        _require_consent(looked, row, remover)
        for name, each in looked.items():
            _remove(name, each, row, result, settings, remover)
            if result.interrupted or any(result.changes[name][fate] for fate in _NOT_GONE):
                break  # what it refers to stays as well
    return result


_NOT_GONE = ("refused", "in_doubt", "unsent")


def _keep_referred(looked: Mapping[str, _Looked], remover: Remover) -> None:
    """What a record that stays may refer to stays, too: a payment that somebody has touched keeps its client."""
    touched = max((resource(name).level for name, each in looked.items() if each.touched), default=0)
    for name, each in looked.items():
        each.referred = resource(name).level < touched
        if each.referred and each.untouched:
            count = format_count(len(each.untouched), name)
            remover.events.warn(say("Left: {count}, since a record that stays may refer to them.", count=count))


def _find_made(run: str, settings: Settings, remover: Remover) -> tuple[RunRow, dict[str, dict[str, MadeRow]]]:
    """The run, and what it created by resource: what refers to others first, for they hold those."""
    with open_journal(settings, remover.edge.now) as journal:
        row = journal.run(run)
        if row is None or row.command != "import" or row.account != settings.account_name():
            raise ConfigError(say("There is no import {run} of this account.", run=run), say("See: gigbulk runs list"))
        if journal.doubtful(row.run):
            raise ConfigError(
                say("Records of run {run} are in doubt: nobody knows what it created.", run=row.run),
                say("Settle them first: gigbulk runs resume {run}", run=row.run),
            )
        made = journal.made(row.run)
    names = sorted({each.resource for each in made}, key=lambda name: (-resource(name).level, name))
    return row, {name: {each.remote_id: each for each in made if each.resource == name} for name in names}


def _require_verbs(
    row: RunRow,
    made: Mapping[str, Mapping[str, MadeRow]],
    settings: Settings,
    remover: Remover,
    listed: Path | None,
) -> None:
    """ConfigError where a generation deletes none of a resource: the office gets the list."""
    endpoints = dialect(settings.dialect).endpoints
    lacking = [name for name in made if endpoints[name].removal is None]
    if not lacking:
        return
    path = listed or Path(f"{row.run}.undo.csv")
    _write_list(remover.edge.locate(path), [(each, ()) for records in made.values() for each in records.values()])
    raise ConfigError(
        say(
            "The API of dialect {dialect} cannot take back {names}.",
            dialect=settings.dialect,
            names=join_said(", ", [name_word(name) for name in lacking]),
        ),
        say("What run {run} created is listed in {path}, for whoever can.", run=row.run, path=path),
    )


async def _look(
    row: RunRow, made: Mapping[str, Mapping[str, MadeRow]], settings: Settings, remover: Remover
) -> dict[str, _Looked]:
    spoken = dialect(settings.dialect)
    opening = open_session(
        spoken,
        settings,
        row.account,
        connections=_CONNECTIONS,
        warn=remover.events.warn,
        edge=remover.edge,
    )
    looked = {}
    async with opening as session:
        for name, records in made.items():
            found = await find_records(session, name, [*records], live=row.livemode)
            one = _Looked(dict(records), found)
            for identity, shown in found.there.items():
                if why := name_touched(records[identity], shown, spoken.endpoints[name]):
                    one.touched[identity] = why
            looked[name] = one
    return looked


def _require_consent(looked: Mapping[str, _Looked], row: RunRow, remover: Remover) -> None:
    total = sum(len(each.free) for each in looked.values())
    told: list[str] = [format_count(len(each.free), name) for name, each in looked.items() if each.free]
    for each in looked.values():
        told += each.found.list_sums(each.free)
    question = say(
        "This takes back what run {run} created: {told}. There is no way to bring it back.",
        run=row.run,
        told=join_said(", ", told),
    )
    if total and not remover.agree(question, total):
        raise ConfigError(
            join_said(" ", (question, say("Nothing was deleted: nobody agreed."))), say("Agree, or add --yes.")
        )


def _remove(name: str, each: _Looked, row: RunRow, result: Result, settings: Settings, remover: Remover) -> None:
    """One resource, as a deletion of its own, which looks at each once more."""
    if not each.free:
        return
    agreed = replace(remover, agree=lambda question, count: True)
    done = remove_records(name, each.free, settings, agreed, live=row.livemode)
    del result.changes[name]["unsent"]
    result.count_changes(name, done.changes[name])
    result.outputs[f"kept {name}"] = done.outputs.get("kept")
    result.interrupted = result.interrupted or done.interrupted


def _say_touched(record: MadeRow, why: tuple[str, ...]) -> str:
    return say(
        "{key} ({id}) was touched since and is left: {why}",
        key=RecordKey(record.key).shown,
        id=record.remote_id,
        why=", ".join(why),
    )


def _write_list(path: Path, records: list[tuple[MadeRow, tuple[str, ...]]]) -> None:
    with replace_atomically(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["resource", "internalId", "id", "touched"])
        for record, why in records:
            writer.writerow([record.resource, RecordKey(record.key).shown, record.remote_id, ", ".join(why)])
