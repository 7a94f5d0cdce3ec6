"""Which records of the account a file would change, and how: read, compared and kept before anything is sent."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.api.session import ApiSession, open_session
from pipeline.delivery.plan import Held
from pipeline.errors import ApiStop
from pipeline.events import format_count
from pipeline.importer.changes.compare import RecordChange, compare_record
from pipeline.importer.changes.kept import KeptMember, describe_change, join_kept, read_kept, write_kept
from pipeline.importer.context import ImportRun, InputSource
from pipeline.journal import ChangeRow, Revised
from pipeline.language.say import join_said, say
from pipeline.model import RecordKey, State
from pipeline.remote.detail import read_detail
from pipeline.remote.identity import identity_of_action
from pipeline.remote.lookup import open_lookup
from pipeline.remote.ownership import without_foreign

__all__ = ["CHANGED", "Changes", "FileChanges", "find_changes", "keep_changes"]

CHANGED, PLANNED_FATE = "changed", "planned"
_BEGUN = (State.SENDING, State.IN_DOUBT)
_CONNECTIONS = 16
_FEW = 30
"""So many records are asked for one by one; for more the whole list is read, a hundred at a time."""


@dataclass(slots=True)
class FileChanges:
    """What one file changes. `revised` are records the account holds as the file says, though the journal knew them
    otherwise; `prints` what the journal is to know of the others once they are changed, by their place in `changes`.
    `made` are changes of an earlier part of the run that the account shows, or that were answered: they are done."""

    entry: InputSource
    changes: list[RecordChange] = field(default_factory=list)
    prints: list[Revised | None] = field(default_factory=list)
    revised: list[Revised] = field(default_factory=list)
    made: list[ChangeRow] = field(default_factory=list)
    same: int = 0
    fates: dict[int, str] = field(default_factory=dict)

    def add(self, held: Held, change: RecordChange | None, earlier: ChangeRow | None) -> None:
        """A record of the account, how the file differs from it, and how far an earlier part of the run came."""
        if earlier is not None and (earlier.state is State.DONE or (change is None and earlier.state in _BEGUN)):
            self.made.append(earlier._replace(state=State.DONE))
            self.revised += [held.revised] if held.revised is not None else []
        elif change is not None:
            self.changes.append(change)
            self.prints.append(held.revised)
        elif held.revised is not None:
            self.revised.append(held.revised)
            self.same += 1


@dataclass(slots=True)
class Changes:
    """All files together, where the old values are kept, and those that an earlier part of the run has kept there."""

    files: list[FileChanges] = field(default_factory=list)
    path: Path | None = None
    earlier: list[KeptMember] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(file.changes) for file in self.files)


async def find_changes(run: ImportRun) -> Changes:
    """Read what the account holds of every record that is there and can be changed, and keep how it differs.

    ApiStop where it cannot be read: nothing was sent by then.
    """
    found, begun = Changes(), {(row.resource, row.remote_id): row for row in run.journal.changes(run.name)}
    if any(row.state in _BEGUN for row in begun.values()):  # what was sent may still be at work
        await asyncio.sleep(run.settings.settle_s)
    changeable = [e for e in run.inputs if run.dialect.endpoints[e.source.resource].change is not None]
    opening = open_session(
        run.dialect, run.settings, run.account.name, connections=_CONNECTIONS, warn=run.events.warn, edge=run.edge
    )
    async with opening as session:
        for entry in changeable:
            file = await _compare_file(run, session, entry, begun)
            found.files.append(file)
            _tell(run, file)
    path = run.settings.state_dir / "changes" / f"{run.name}.jsonl"
    found.earlier = read_kept(path)
    if found.count or found.earlier:
        found.path = path
        keep_changes(found)
    if found.count:
        run.events.note(say("What is there now and what would be there is in {path}.", path=found.path))
    return found


async def _compare_file(
    run: ImportRun, session: ApiSession, entry: InputSource, begun: Mapping[tuple[str, str], ChangeRow]
) -> FileChanges:
    file, resource = FileChanges(entry), entry.source.resource
    held = [*entry.held, *[held async for held in _find_new(run, session, entry)]]
    rows = {remote_id: row async for remote_id, row in _read_rows(session, resource, [h.remote_id for h in held])}
    creates = run.dialect.endpoints[resource].creates
    for each in held:
        row = rows.get(each.remote_id)
        if row is None:
            run.events.warn(
                say(
                    "{shown} ({remote_id}) is not in the account any more and is not changed.",
                    shown=RecordKey(each.action.key).shown,
                    remote_id=each.remote_id,
                )
            )
            continue
        change = compare_record(each.action, row, creates[each.action.create], each.remote_id)
        file.add(each, change, begun.get((resource, each.remote_id)))
    return file


async def _find_new(run: ImportRun, session: ApiSession, entry: InputSource) -> AsyncIterator[Held]:
    """Records the journal does not know and the account holds, each as one record."""
    if not entry.outbox.count or not run.request.match:
        return
    resource = entry.source.resource
    endpoint = run.dialect.endpoints[resource]
    actions = [action for _, action in entry.outbox]
    lookup = await open_lookup(resource, len(actions), session, run.journal, run.account, run.folder)
    answers = await lookup.find([identity_of_action(endpoint, action) for action in actions])
    for action, answer in zip(actions, without_foreign(actions, answers, run.journal, run.account), strict=True):
        if len(answer.found) == 1:
            yield Held(action, answer.found[0], None)


async def _read_rows(
    session: ApiSession, resource: str, ids: Iterable[str]
) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
    """The records of those ids, as the account shows them; one that is not there is left out."""
    wanted = dict.fromkeys(ids)
    if len(wanted) > _FEW:
        identifier = session.dialect.speak_of(resource).identifier
        async for page in session.list(resource):
            for row in page.rows:
                if (remote_id := row.get(identifier)) in wanted:
                    del wanted[remote_id]
                    yield remote_id, row
    for remote_id in wanted:
        detail = await read_detail(session, resource, remote_id)
        if detail.row is not None:
            yield remote_id, detail.row
        elif detail.unread and not detail.gone:
            raise ApiStop(
                say("{remote_id} cannot be read: {why}", remote_id=remote_id, why=detail.unread),
                say("Nothing was sent. Try again later, or without --update."),
            )


def _tell(run: ImportRun, file: FileChanges) -> None:
    """How many records would be changed, and in which members."""
    resource = file.entry.source.resource
    if not file.changes:
        run.events.note(say("{label}: the account holds nothing otherwise.", label=file.entry.source.label))
        return
    members = Counter(difference.path for change in file.changes for difference in change.differences)
    told = [say("{path} ({count})", path=path, count=count) for path, count in members.most_common()]
    run.events.note(
        say(
            "{label}: {records} would be changed: {members}.",
            label=file.entry.source.label,
            records=format_count(len(file.changes), resource),
            members=join_said(", ", told),
        )
    )


def keep_changes(found: Changes) -> None:
    """The old values and the new ones of the whole run into the state folder; one line a member."""
    if found.path is None:
        return
    now = [
        line
        for file in found.files
        for number, change in enumerate(file.changes)
        for line in describe_change(change, file.entry.source.label, file.fates.get(number, PLANNED_FATE))
    ]
    made = {(row.resource, row.remote_id): CHANGED for file in found.files for row in file.made}
    write_kept(found.path, join_kept(found.earlier, now, made))
