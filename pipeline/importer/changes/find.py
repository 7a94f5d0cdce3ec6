"""Which records of the account a file would change, and how: read, compared and kept before anything is sent."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pipeline.api.session import ApiSession, open_session
from pipeline.delivery.plan import Held
from pipeline.errors import ApiStop
from pipeline.events import format_count
from pipeline.importer.changes.compare import RecordChange, compare_record
from pipeline.importer.context import ImportRun, InputSource
from pipeline.journal import Revised
from pipeline.language.say import join_said, say
from pipeline.model import RecordKey
from pipeline.remote.detail import read_detail
from pipeline.remote.identity import identity_of_action
from pipeline.remote.lookup import open_lookup
from pipeline.remote.ownership import without_foreign
from pipeline.storage.atomic import replace_atomically

__all__ = ["Changes", "FileChanges", "find_changes", "keep_changes"]

_encode = msgspec.json.Encoder(decimal_format="number").encode
_CONNECTIONS = 16
_FEW = 30
"""So many records are asked for one by one; for more the whole list is read, a hundred at a time."""


@dataclass(slots=True)
class FileChanges:
    """What one file changes. `revised` are records the account holds as the file says, though the journal knew them
    otherwise; `prints` what the journal is to know of the others once they are changed, by their place in `changes`."""

    entry: InputSource
    changes: list[RecordChange] = field(default_factory=list)
    prints: list[Revised | None] = field(default_factory=list)
    revised: list[Revised] = field(default_factory=list)
    fates: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """All files together, and where the old values are kept."""

    files: list[FileChanges] = field(default_factory=list)
    path: Path | None = None

    @property
    def count(self) -> int:
        return sum(len(file.changes) for file in self.files)


async def find_changes(run: ImportRun) -> Changes:
    """Read what the account holds of every record that is there and can be changed, and keep how it differs.

    ApiStop where it cannot be read: nothing was sent by then.
    """
    found = Changes()
    changeable = [e for e in run.inputs if run.dialect.endpoints[e.source.resource].change is not None]
    opening = open_session(
        run.dialect, run.settings, run.account.name, connections=_CONNECTIONS, warn=run.events.warn, edge=run.edge
    )
    async with opening as session:
        for entry in changeable:
            file = await _compare_file(run, session, entry)
            found.files.append(file)
            _tell(run, file)
    if found.count:
        found.path = run.settings.state_dir / "changes" / f"{run.name}.jsonl"
        keep_changes(found)
        run.events.note(say("What is there now and what would be there is in {path}.", path=found.path))
    return found


async def _compare_file(run: ImportRun, session: ApiSession, entry: InputSource) -> FileChanges:
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
        if change is not None:
            file.changes.append(change)
            file.prints.append(each.revised)
        elif each.revised is not None:
            file.revised.append(each.revised)
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
    """The old values and the new ones into the state folder, readable by nobody else; one line a member."""
    if found.path is None:
        return
    found.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replace_atomically(found.path) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_bytes(b"".join(_encode(line) + b"\n" for line in _lines(found)))


def _lines(found: Changes) -> Iterator[dict[str, Any]]:
    for file in found.files:
        for number, change in enumerate(file.changes):
            for path, old, new in change.differences:
                yield {
                    "file": file.entry.source.label,
                    "line": change.action.line,
                    "resource": change.action.resource,
                    "key": RecordKey(change.action.key).shown,
                    "id": change.remote_id,
                    "member": path,
                    "old": old,
                    "new": new,
                    "state": file.fates.get(number, "planned"),
                }
