"""The first record with a feature is a canary: its answer says what was meant, or nothing more is sent (ADR 0022).

A record waits for its turn while it has a feature (`pipeline.delivery.canary.features`) that no answer has spoken of
yet. Every later answer is compared as well (docs/api.md Q2, Q3, Q12).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.delivery.canary.comparison import NET, Comparison, Wrong, decode_sent
from pipeline.delivery.canary.echoes import EchoReader
from pipeline.delivery.canary.features import SECOND, describe_feature, name_mode, read_features
from pipeline.language.say import join_said, say
from pipeline.model import Action
from pipeline.remote.identity import loses_internal_id
from pipeline.remote.members import Money, read_money
from schemas.dialects.spec import Endpoint

__all__ = ["Canary"]

_NAMELESS = say("the answer does not hold the internalId that was sent, and by nothing else would it be known again")
_WITHOUT_TAX = say("The API's amounts are answered without tax; totals were compared that way.")


@dataclass(slots=True)
class Canary:
    """Compares what the API says of a created record with what was sent.

    `proven` are, by resource, the features that an answer has proven, and those that answers do not show at all.
    `news` are those not yet remembered by the journal, `warnings` are for the end of the run.
    """

    proven: dict[str, set[str]] = field(default_factory=dict)
    news: list[tuple[str, str]] = field(default_factory=list)
    unseen: dict[str, set[str]] = field(default_factory=dict)
    _known: set[tuple[str, str]] = field(default_factory=set)
    _readers: dict[tuple[str, int], EchoReader] = field(default_factory=dict)

    def recall(self, resource: str, features: Iterable[str]) -> None:
        """What an earlier part of the run has proven."""
        self.proven.setdefault(resource, set()).update(features)

    def take_news(self) -> list[tuple[str, str]]:
        """What was proven since the last time, as (resource, feature)."""
        news, self.news = self.news, []
        return news

    def awaits(self, action: Action) -> bool:
        """Whether the record has a feature of which no answer has spoken: it is sent alone."""
        asked = action.resource, action.features
        if asked in self._known:
            return False
        if read_features(action.features) - self.proven.get(action.resource, set()):
            return True
        self._known.add(asked)
        return False

    def note_second(self, action: Action) -> None:
        """The answer to a second request has shown what was sent."""
        self.proven.setdefault(action.resource, set())
        self._prove(action.resource, {SECOND})

    def passed(self, resource: str) -> bool:
        """Whether any answer of the resource has proven anything."""
        return bool(self.proven.get(resource))

    def knows_mode(self, action: Action) -> bool:
        """Whether an answer has said that such records come to stand in the mode that was asked for."""
        return name_mode(action.livemode) in self.proven.get(action.resource, ())

    @property
    def warnings(self) -> list[str]:
        """What could not be compared, or only in another way than with tax, once each."""
        without_tax = [_WITHOUT_TAX] if any(NET in proven for proven in self.proven.values()) else []
        return without_tax + [
            _unseen(resource, features) for resource, features in sorted(self.unseen.items()) if features
        ]

    def compare_answer(
        self,
        action: Action,
        answer: Mapping[str, Any] | None,
        endpoint: Endpoint,
        *,
        sent: Mapping[str, Any] | None = None,
        held: bool = False,
        money: Money | None = None,
    ) -> Wrong | None:
        """What the answer gets wrong, or None: it is the record itself, so what it does not show, no answer will.

        Every created record must be told, here or to `compare_listed`; `sent` is its body, decoded, `money` what the
        answer says of it, where these are known. One that the account `held` before is what somebody else made of it:
        only its mode is asked about.
        """
        if answer is None:
            return None
        sent = decode_sent(action.body) if sent is None else sent
        if not held and not endpoint.natural_keys and loses_internal_id(endpoint, sent, answer):
            return Wrong(_NAMELESS, ())
        said = read_money(endpoint, answer) if money is None else money
        comparison = self._comparison(action, said, answer, sent, endpoint, held=held)
        wrong = comparison.find_wrong()
        if wrong is not None:
            return wrong
        asked, proven = read_features(action.features), self.proven[action.resource]
        if asked <= proven and comparison.proven <= proven:
            return None
        unseen = asked - proven - comparison.proven - {SECOND}
        self._prove(action.resource, comparison.proven | unseen)
        if unseen and not held:
            self.unseen.setdefault(action.resource, set()).update(_worth_saying(unseen))
        return None

    def compare_listed(self, action: Action, money: Money | None, endpoint: Endpoint) -> Wrong | None:
        """As `compare_answer`, of what a list shows of a record: an answer may show more."""
        if money is None:
            return None
        comparison = self._comparison(action, money, {}, decode_sent(action.body), endpoint)
        wrong = comparison.find_wrong()
        if wrong is None:
            self._prove(action.resource, comparison.proven)
        return wrong

    def _comparison(
        self,
        action: Action,
        money: Money,
        answer: Mapping[str, Any],
        sent: Mapping[str, Any],
        endpoint: Endpoint,
        *,
        held: bool = False,
    ) -> Comparison:
        proven = self.proven.setdefault(action.resource, set())
        return Comparison(action, money, answer, sent, proven, self._reader(action, endpoint), endpoint, held)

    def _prove(self, resource: str, features: Collection[str]) -> None:
        proven = self.proven[resource]
        if new := set(features) - proven:
            self.news += [(resource, feature) for feature in sorted(new)]
            proven |= new

    def _reader(self, action: Action, endpoint: Endpoint) -> EchoReader:
        way = action.resource, action.create
        if way not in self._readers:
            self._readers[way] = EchoReader(endpoint.creates[action.create])
        return self._readers[way]


def _worth_saying(features: Iterable[str]) -> set[str]:
    """In test mode nothing is lost by an answer that does not name its mode."""
    return {feature for feature in features if feature != "mode:test"}


def _unseen(resource: str, features: Iterable[str]) -> str:
    named = join_said(", ", map(describe_feature, sorted(features)))
    return say(
        "The API's answers for {resource} do not show, so it was not compared: {named}.", resource=resource, named=named
    )
