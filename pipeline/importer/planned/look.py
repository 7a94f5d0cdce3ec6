"""What a send would find in the account: looked up for every record that is to be created, and nothing remembered."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from pipeline.api.session import open_session
from pipeline.delivery.match import Looker, Standing, describe_unknowable
from pipeline.delivery.outbox import Outbox
from pipeline.importer.context import ImportRun
from pipeline.importer.rounds import looks_first
from pipeline.language.names import name_word
from pipeline.language.say import say
from pipeline.model import Action, Counts
from schemas.rules.cross_record import ID_CHANGED

__all__ = ["Outlook", "find_outlooks"]

_CONNECTIONS = 16


@dataclass(slots=True)
class Outlook:
    """Of one resource: how many records a send would create, how many the account `holds` as the file says, how many it
    would set aside because the account holds them otherwise; `money` as `CheckedImport.sum_money`, of what would be
    created; `digest` stands for every body that would be sent, in their order."""

    creates: int = 0
    holds: int = 0
    sets_aside: int = 0
    money: dict[str, Counter[str]] = field(default_factory=dict)
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, action: Action) -> None:
        self.creates += 1
        self.digest.update(msgspec.msgpack.encode(action))
        if (expected := action.expected) is not None:
            sums = self.money.setdefault(expected.currency, Counter())
            sums.update(payments=1, net=expected.net, gross=expected.gross)

    def move(self, counts: Counts) -> None:
        """Out of those that wait to be created, what the account holds."""
        counts.existing += self.holds
        counts.rejected += self.sets_aside
        counts.unsent -= self.holds + self.sets_aside
        counts.would_create = self.creates


async def find_outlooks(run: ImportRun) -> Mapping[str, Outlook]:
    """By resource. ApiStop where the account's lists do not tell what it holds: there is no plan then."""
    outlooks: dict[str, Outlook] = {}
    opening = open_session(
        run.dialect, run.settings, run.account.name, connections=_CONNECTIONS, warn=run.events.warn, edge=run.edge
    )
    async with opening as session:
        looker = Looker(
            session, run.journal, run.account,
            skip=run.request.on_existing != "error", accepts_changed=ID_CHANGED.id in run.options.ignore,
            fresh=True,
        )  # fmt: skip
        for entry in run.inputs:
            resource = entry.source.resource
            outlook = outlooks.setdefault(resource, Outlook())
            if looks_first(run.request, run.dialect.endpoints[resource]) and entry.outbox.count:
                run.events.note(
                    say("Looking which {resource} the account holds already.", resource=name_word(resource))
                )
                await _look(looker, entry.outbox, resource, run, outlook)
            else:
                for _, action in entry.outbox:
                    outlook.add(action)
    return outlooks


async def _look(looker: Looker, outbox: Outbox, resource: str, run: ImportRun, outlook: Outlook) -> None:
    async for chunk, holdings in looker.look(outbox, resource, run.folder):
        for (_, action), holding in zip(chunk, holdings, strict=True):
            if holding.standing is Standing.UNKNOWN:
                raise describe_unknowable(resource, holding.told)
            if holding.standing is Standing.ABSENT:
                outlook.add(action)
            elif holding.standing is Standing.HELD:
                outlook.holds += 1
            else:
                outlook.sets_aside += 1
