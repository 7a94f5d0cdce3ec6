"""What is asked of an import or a check: what of it a resume must know, and by which rules rows are judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from pipeline.edge import Edge
from pipeline.errors import ConfigError
from pipeline.language.say import say
from pipeline.settings import Settings
from schemas.cleaning.dates import ZONE
from schemas.rule_options import RuleOptions
from schemas.rulebook import unknown_rules

__all__ = ["FORGOTTEN", "ImportRequest", "build_rule_options"]

FORGOTTEN = {
    "files": "the journal lists them, with their hashes",
    "yes": "a yes is for one call",
    "plan": "where a plan is written; what is applied writes none",
    "save_mapping": "kept by the call that said it; `map` and `set` themselves are remembered",
}
"""What a resume does not take over from the call it goes on with, and why."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What the user asks of an import or a check (docs/commands.md).

    `match` looks up what the account holds before creating; `on_existing` says what to do about it. `update` changes
    clients and services that the account holds otherwise than the files say. `two_step` lets a paid payment of a past
    day be requested and then marked as paid, where the API cannot be told of it at once. `generation` above 1 issues
    records anew on purpose. `strict`, `no_fix`, `only` and `ignore` are about rules (docs/rules.md); `dates` (dmy, mdy,
    iso), `decimal` (a point or a comma) and `encoding` say how files are written, where they do not tell,
    `total_with_tax` whether a column such as "Total" holds amounts with their taxes. `map` says which field a heading
    means, `set` what a field is in records that say nothing of it; `save_mapping` keeps both for files of this layout.
    `max_create`, `max_reject_pct` and `max_amount` (currency → sum, taxes included) are the brakes of
    `pipeline.importer.consent.brakes`. `approved_by` is who has approved the plan that is applied, `plan` where one is
    written.
    """

    files: tuple[str, ...]
    as_resource: str | None = None
    dry_run: bool = False
    limit: int | None = None
    problems: Path | None = None
    rejects: Path | None = None
    report: Path | None = None
    created: Path | None = None
    with_links: bool = False
    live: bool = False
    yes: bool = False
    match: bool = True
    update: bool = False
    two_step: bool = False
    on_existing: Literal["skip", "error", "update"] = "skip"
    generation: int = 1
    strict: bool = False
    no_fix: bool = False
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    dates: str | None = None
    decimal: str | None = None
    total_with_tax: Literal["yes", "no"] | None = None
    encoding: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    save_mapping: bool = False
    sheet: str | None = None
    max_create: int | None = None
    max_reject_pct: float | None = None
    max_amount: Mapping[str, str] = field(default_factory=dict)
    approved_by: str | None = None
    plan: Path | None = None

    def remembered(self, edge: Edge) -> dict[str, Any]:
        """What a resume needs to know, as plain JSON. It may be resumed from another folder: paths are whole."""
        return {f.name: _plain(getattr(self, f.name), edge) for f in fields(self) if f.name not in FORGOTTEN}

    @classmethod
    def recalled(cls, remembered: Mapping[str, Any], files: tuple[str, ...], *, yes: bool) -> "ImportRequest":
        """The request of a resume. What an older gigbulk did not remember is as if it had not been said; ConfigError
        for what only a newer one knows: what was asked must not silently be something less."""
        kinds = {f.name: f.type for f in fields(cls)}
        strange = sorted(remembered.keys() - kinds.keys())
        if strange:
            raise ConfigError(
                say("This run was begun by another version of gigbulk: it remembers '{name}'.", name=strange[0]),
                say("Resume it with that version, or import the files anew: what was created is not sent twice."),
            )
        said = {name: _typed(value, kinds[name]) for name, value in remembered.items()}
        return cls(files, yes=yes, **said)


def _plain(value: Any, edge: Edge) -> Any:
    """As JSON can hold it."""
    match value:
        case Path():
            return str(edge.locate(value))
        case tuple():
            return list(value)
        case Mapping():
            return dict(value)
    return value


def _typed(value: Any, kind: Any) -> Any:
    """What JSON made a string or a list, as the request declares it."""
    if isinstance(value, str) and Path in get_args(kind):
        return Path(value)
    return tuple(value) if isinstance(value, list) else value


def build_rule_options(request: ImportRequest, settings: Settings, now: datetime) -> RuleOptions:
    """The rules of one run; dates are judged by the day in Mexico. ConfigError for a rule that does not exist."""
    strange = unknown_rules({*request.only, *request.ignore})
    if strange:
        raise ConfigError(
            say("There is no rule {strange}.", strange=strange[0]),
            say("Rules are listed in docs/rules.md and in every finding."),
        )
    return RuleOptions(
        strict=request.strict,
        no_fix=request.no_fix,
        only=frozenset(request.only),
        ignore=frozenset(request.ignore),
        today=now.astimezone(ZoneInfo(ZONE)).date(),
        issuer_rfc=settings.issuer_rfc,
        issuer_zip=settings.issuer_zip,
    )
