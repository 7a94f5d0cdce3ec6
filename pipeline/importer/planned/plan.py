"""A plan as it stands in a file: what was asked, of which files, and what a send would do; and what has moved since."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec import structs

from pipeline.errors import ConfigError, InputError
from pipeline.importer.changes.find import Changes
from pipeline.importer.changes.kept import describe_change
from pipeline.importer.consent.questions import Question
from pipeline.importer.context import ImportRun
from pipeline.importer.planned.look import Outlook
from pipeline.language.causes import os_cause
from pipeline.language.say import Said, join_said, say
from pipeline.storage.atomic import replace_atomically
from pipeline.version import __version__
from schemas.sat.editions import editions

__all__ = ["ImportPlan", "build_plan", "read_plan", "refuse_moved", "write_plan"]

_FORM = 1
_TOLD = 10
_DIGEST = 12
"""Characters of a digest that are shown."""


class PlannedFile(msgspec.Struct, frozen=True):
    """One table of an input, as it was when the plan was made. `columns` maps its headings to fields."""

    path: str
    sheet: str | None
    sha256: str
    resource: str
    rows: int
    columns: dict[str, str]


class PlannedResource(msgspec.Struct, frozen=True):
    """Records by what a send would do. `counts` are by fate as far as this machine knows (pipeline.model.Counts);
    `bodies` and `changes` are digests of what would be sent."""

    counts: dict[str, int]
    create: int
    held: int
    set_aside: int
    change: int
    bodies: str
    changes: str


class ImportPlan(msgspec.Struct, frozen=True):
    """`money`: currency → payments, and their cents before and with tax. `questions`: what wants a yes, by kind and
    subject, in how many records. `made_at` and `gigbulk`, the version, are not compared. `seal`: a digest of all the
    rest, so that what is applied is what was written and approved."""

    form: int
    gigbulk: str
    made_at: str
    dialect: str
    account: str
    live: bool
    asked: dict[str, Any]
    files: list[PlannedFile]
    catalogues: dict[str, str]
    resources: dict[str, PlannedResource]
    money: dict[str, dict[str, int]]
    questions: list[tuple[str, str, int]]
    seal: str = ""

    def sealed(self) -> Self:
        """The same with the seal that is its own."""
        bare = msgspec.json.encode(structs.replace(self, seal=""), order="sorted")
        return structs.replace(self, seal=hashlib.sha256(bare).hexdigest())


_NOT_COMPARED = ("gigbulk", "made_at", "asked", "seal")


def build_plan(
    run: ImportRun, outlooks: Mapping[str, Outlook], changes: Changes | None, questions: tuple[Question, ...]
) -> ImportPlan:
    """What the send of a checked import would do."""
    asked = run.request.remembered(run.edge) | {"dry_run": False}
    files = [
        PlannedFile(
            str(run.edge.locate(source.path)),
            source.sheet,
            source.sha256,
            source.resource,
            source.rows,
            dict(source.fields),
        )
        for source in (entry.source for entry in run.inputs)
    ]
    counted = run.count_records()
    resources = {
        name: PlannedResource(
            counted[name].as_dict(), outlook.creates, outlook.holds, outlook.sets_aside,
            *_describe_changes(changes, name, outlook.digest.hexdigest()),
        )
        for name, outlook in outlooks.items()
    }  # fmt: skip
    money: dict[str, dict[str, int]] = {}
    for outlook in outlooks.values():
        money |= {currency: dict(sums) for currency, sums in outlook.money.items()}
    return ImportPlan(
        form=_FORM,
        gigbulk=__version__,
        made_at=run.edge.now().isoformat(timespec="seconds"),
        dialect=run.dialect.name,
        account=run.account.name,
        live=run.request.live,
        asked=asked,
        files=files,
        catalogues={edition.name: edition.edition.isoformat() for edition in editions()},
        resources=resources,
        money=money,
        questions=[(q.kind.value, q.subject, q.count) for q in questions],
    )


def _describe_changes(changes: Changes | None, resource: str, bodies: str) -> tuple[int, str, str]:
    digest, count = hashlib.sha256(), 0
    for file in changes.files if changes else ():
        if file.entry.source.resource == resource:
            count += len(file.changes)
            for change in file.changes:
                for line in describe_change(change, "", ""):  # the name is as the command wrote it
                    digest.update(msgspec.json.encode(line, order="sorted"))
    return count, bodies, digest.hexdigest()


def write_plan(plan: ImportPlan, path: Path) -> None:
    """OutputError when it cannot be written."""
    with replace_atomically(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(plan.sealed()), indent=1) + b"\n")


def read_plan(path: Path) -> ImportPlan:
    """InputError for a file that is no plan, one of a newer gigbulk, or one that was edited."""
    try:
        plan = msgspec.json.decode(path.read_bytes(), type=ImportPlan)
    except OSError as error:
        raise InputError(say("{path} cannot be read: {cause}.", path=path, cause=os_cause(error)), _MAKE) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(say("{path} is no plan of an import.", path=path), _MAKE) from error
    if plan.form != _FORM:
        raise InputError(say("{path} is a plan of another version of gigbulk.", path=path), _MAKE)
    if plan != plan.sealed():
        raise InputError(
            say("{path} is not the plan that gigbulk wrote: it was edited. Nothing was sent.", path=path), _MAKE
        )
    return plan


_MAKE = say("Make one with: gigbulk import FILE... --plan FILE")


def refuse_moved(then: ImportPlan, now: ImportPlan) -> None:
    """ConfigError naming each thing that is not as the plan says."""
    moved = [*_compare(msgspec.to_builtins(then), msgspec.to_builtins(now), "")]
    if moved:
        more = [say("and {count} more", count=len(moved) - _TOLD)] if len(moved) > _TOLD else []
        raise ConfigError(
            say(
                "The plan does not hold any more; nothing was sent: {moved}.",
                moved=join_said("; ", moved[:_TOLD] + more),
            ),
            say("Look at what has moved, and make a new plan: gigbulk import FILE... --plan FILE"),
        )


def _compare(then: Any, now: Any, path: str) -> Iterator[Said]:
    if isinstance(then, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*then, *now]):
            if path or name not in _NOT_COMPARED:
                yield from _compare(then.get(name), now.get(name), f"{path}.{name}" if path else name)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for at, (one, other) in enumerate(zip(then, now, strict=True), 1):
            yield from _compare(one, other, f"{path}[{at}]")
    elif then != now:
        yield say("{what} was {then}, is {now}", what=path, then=_show(then), now=_show(now))


def _show(value: Any) -> str:
    shown = "-" if value is None else str(value)
    return shown[:_DIGEST] + "…" if len(shown) == hashlib.sha256().digest_size * 2 else shown
