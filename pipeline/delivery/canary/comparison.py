"""What one answer says of a created record, held against what was sent: mode, currency, amount, taxes, members."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from pipeline.delivery.canary.amounts import find_misreading
from pipeline.delivery.canary.echoes import EchoReader
from pipeline.delivery.canary.features import (
    AMOUNT,
    describe_feature,
    is_tax,
    name_mode,
    name_opposite,
    read_features,
    read_taxes,
)
from pipeline.language.say import Said, join_said, say
from pipeline.model import Action, Expected
from pipeline.remote.members import Money, read_value
from schemas.dialects.spec import Endpoint, Unit

__all__ = ["NET", "Comparison", "Wrong", "contradicts", "decode_sent"]

_WITHHELD = say("the answer's items show it as a tax that is added")
_ADDED = say("the answer's items show it as a tax that is withheld")
_PROVEN_BY_ITEMS = {"items": "items", "items.quantity": "quantity", "items.total": "amount", "items.taxes": "tax"}
_QUOTED = 60
"""Characters of a value that are shown of it."""
NET, _GROSS = "basis:net", "basis:gross"
"""Proven beside the features: whether amounts are answered without or with tax. From then on the other is wrong."""

decode_sent = msgspec.json.Decoder(float_hook=Decimal).decode
"""What was sent, numbers as int or Decimal."""


class Wrong(NamedTuple):
    """What an answer gets wrong: a sentence, and the features that were understood otherwise, as far as it can be told.

    `stops` is False for an answer that merely lacks what an earlier one of its kind has shown.
    """

    sentence: str
    features: tuple[str, ...]
    stops: bool = True

    @property
    def told(self) -> Said:
        """The features, and the sentence about them."""
        named = [join_said(", ", map(describe_feature, self.features))] if self.features else []
        return join_said(": ", (*named, self.sentence))

    def __str__(self) -> str:
        return str(self.told)


@dataclass(slots=True)
class Comparison:
    """What is said of one record held against it; `answer` is empty where a list said it.

    `held` is True for a record that the account held before: what it shows otherwise is another's doing. `proven` are
    the features (and the basis of amounts) it speaks for.
    """

    action: Action
    money: Money
    answer: Mapping[str, Any]
    sent: Mapping[str, Any]
    known: Collection[str]
    reader: EchoReader
    endpoint: Endpoint
    held: bool = False
    proven: set[str] = field(default_factory=set)

    def find_wrong(self) -> Wrong | None:
        wrong = self._mode()
        if wrong is None and self.action.expected is not None:
            wrong = self._currency(self.action.expected.currency) or self._amount(self.action.expected) or self._taxes()
        return wrong or self._echoes()

    def _mode(self) -> Wrong | None:
        said, asked = self.money.livemode, self.action.livemode
        feature = name_mode(asked)
        if said is None:
            return None
        if said is not asked:
            return Wrong(
                say("livemode is {said}, expected {asked}", said=_write(said), asked=_write(asked)), (feature,)
            )
        self.proven.add(feature)
        return None

    def _currency(self, currency: str) -> Wrong | None:
        said = self.money.currency
        if said is not None and said != currency:
            return Wrong(
                say("the currency is {said}, expected {currency}", said=said, currency=currency),
                (f"currency:{currency}",),
            )
        if said is not None:
            self.proven.add(f"currency:{currency}")
        return None

    def _amount(self, expected: Expected) -> Wrong | None:
        amount = self.money.amount
        if amount is None:
            return self._no_amount(expected)
        as_net, as_gross = expected.fits_net(amount), expected.fits_gross(amount)
        if not self._fits(as_net, as_gross):
            return self._explain(amount, expected)
        if as_net is not as_gross:
            self.proven.add(NET if as_net else _GROSS)
        own = read_features(self.action.features)
        self.proven |= own & AMOUNT
        if as_gross and not as_net:
            self.proven |= _read_taxed(self.action.features)
        return None

    def _no_amount(self, expected: Expected) -> Wrong:
        """What stands there instead is shown; where nothing does, an earlier answer may have shown one."""
        shown = read_value(self.endpoint, self.answer, "amount")
        if shown is not None:
            return Wrong(
                say(
                    "the amount is {shown}, which is not an amount in {unit} (expected {net} cents of {currency})",
                    shown=_quote(shown),
                    unit=say("units") if self.endpoint.reads["amount"].unit is Unit.UNITS else say("whole cents"),
                    net=expected.net,
                    currency=expected.currency,
                ),
                (),
            )
        first = NET not in self.known and _GROSS not in self.known and "amount" not in self.known
        return Wrong(
            say(
                "the answer shows no amount (expected {net} cents of {currency})",
                net=expected.net,
                currency=expected.currency,
            ),
            (),
            stops=first,
        )

    def _fits(self, as_net: bool, as_gross: bool) -> bool:
        if NET in self.known:
            return as_net
        return as_gross if _GROSS in self.known else as_net or as_gross

    def _explain(self, amount: int, expected: Expected) -> Wrong:
        currency, net, gross, _ = expected
        meant = f"{net}" if net == gross else say("{net} without or {gross} with tax", net=net, gross=gross)
        sentence = say(
            "the amount is {amount} cents of {currency}, expected {meant}",
            amount=amount,
            currency=currency,
            meant=meant,
        )
        items = self.sent.get("items", [])
        misread = find_misreading(items, amount, expected)
        own = read_features(self.action.features)
        if misread is None:
            return Wrong(sentence, tuple(sorted(f for f in own - set(self.known) if f in AMOUNT or is_tax(f))))
        named = {f for f in own if is_tax(f)} if misread.feature == "tax" else {misread.feature}
        return Wrong(sentence + "; " + misread.how, tuple(sorted(named)))

    def _taxes(self) -> Wrong | None:
        """Where the amount is without tax, or a tax adds nothing to it, the answer's items speak for the taxes.

        Whether each is withheld they are asked whatever the amount is.
        """
        taxes = read_taxes(self.action.features)
        shown = self.reader.read_taxes(self.answer) if taxes else None
        if shown is None:
            return None
        if taxes <= shown:
            self.proven |= taxes
            return None
        if turned := sorted(
            tax for tax in taxes - shown if (other := name_opposite(tax)) in shown and other not in taxes
        ):
            return Wrong(_WITHHELD if turned[0].endswith(":retained") else _ADDED, tuple(turned))
        asked = taxes - self.proven
        self.proven |= asked & shown
        missing = sorted(feature for feature in asked - shown if not _is_exempt(feature))
        if missing and NET in self.proven:
            return Wrong(say("the amount is without tax, and the answer's items do not show it"), tuple(missing))
        return None

    def _echoes(self) -> Wrong | None:
        if not self.reader.shows_anything:
            return None
        echoes = self.reader.compare(self.sent, self.answer)
        for field_, sent, said in () if self.held else echoes.other:
            sentence = say("{field} is {said}, expected {sent}", field=field_, said=_cut(said), sent=_cut(sent))
            return Wrong(sentence, self._find_features(field_))
        self.proven |= {feature for feature, name in _named_features(self.action.features) if name in echoes.same}
        return None

    def _find_features(self, field_: str) -> tuple[str, ...]:
        """Those of the record that a field of its body asks for."""
        name = _PROVEN_BY_ITEMS.get(field_, field_)
        found = [feature for feature in read_features(self.action.features) if _name(feature) == name]
        return tuple(sorted(found)) or (name,)


def contradicts(action: Action, shown: Money | None) -> str | None:
    """In which fields a payment the account holds differs from the file; None when in none, or nobody knows."""
    if action.expected is None or shown is None or shown.amount is None:
        return None
    differing = {
        "amount": not action.expected.fits(shown.amount),
        "currency": shown.currency not in (None, action.expected.currency),
        "livemode": shown.livemode not in (None, action.livemode),
    }
    return ", ".join(name for name, differs in differing.items() if differs) or None


def _name(feature: str) -> str:
    return feature.partition(":")[0]


@lru_cache(maxsize=4096)
def _named_features(features: str) -> tuple[tuple[str, str], ...]:
    """Each feature and the member it is of."""
    return tuple((feature, _name(feature)) for feature in read_features(features))


@lru_cache(maxsize=4096)
def _read_taxed(features: str) -> frozenset[str]:
    """Those of its features that are taxes and add something."""
    return frozenset(tax for tax in read_taxes(features) if not _is_exempt(tax))


def _is_exempt(feature: str) -> bool:
    return feature.startswith("tax:") and feature.split(":")[2] == "Exento"


def _quote(shown: Any) -> str:
    """A value as it stands in an answer."""
    return _cut(str(shown) if isinstance(shown, Decimal) else json.dumps(shown, default=str))


def _cut(written: str) -> str:
    return written if len(written) <= _QUOTED else written[:_QUOTED] + "…"


def _write(mode: bool) -> str:
    return str(mode).lower()
