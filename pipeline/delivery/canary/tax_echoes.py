"""The taxes that an answer's items show, held against those that were sent: which, at what rate, added or withheld."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from pipeline.delivery.canary.features import name_tax
from pipeline.delivery.canary.item_echoes import Difference
from pipeline.delivery.canary.ways import find_values
from pipeline.remote.members import read_number
from schemas.dialects.paths import split_path
from schemas.dialects.spec import Create

__all__ = ["TaxReader"]

_TAXES = "items.taxes"
_WITHHELD = "items.taxes.retained"
_EXEMPT = "EXENTO"
_OURS = frozenset({"IVA", "ISR", "IEPS"})
_SLACK = Decimal("0.00005")
"""A rate has six decimals; a server may keep four of them."""
_UNITS = (1, 100)
"""A rate may be shown as a percentage, an amount per unit in cents."""


class _Tax(NamedTuple):
    """One tax line as far as it says something; a rate has no sign."""

    kind: str
    factor: str | None
    rate: Decimal | None
    withheld: bool | None


class TaxReader:
    """Reads the taxes of one way of creating, in what is sent and in what is answered."""

    def __init__(self, create: Create) -> None:
        read = create.shows.get(_TAXES)
        self._said = tuple(map(split_path, read.paths)) if read else ()
        whole, kind = create.fields.get(_TAXES), create.fields.get(f"{_TAXES}.type")
        path = whole if isinstance(whole, str) else kind.rpartition(".")[0] if isinstance(kind, str) else _TAXES
        self._sent = split_path(path)
        withheld = create.fields.get(_WITHHELD, "retained")
        self._withheld = withheld.rpartition(".")[2] if isinstance(withheld, str) else "retained"

    def read_features(self, answer: Mapping[str, Any]) -> frozenset[str] | None:
        """The taxes an answer's items show, as features; None when they say nothing of taxes.

        One that does not say whether it is withheld may be either.
        """
        shown = self._read_shown(answer)
        if not shown:
            return None
        named = [self._name(tax) for taxes in shown if isinstance(taxes, list) for tax in taxes]
        return named[0] if len(named) == 1 else frozenset().union(*named)

    def _name(self, tax: Any) -> frozenset[str]:
        if not isinstance(tax, dict):
            return frozenset()
        withheld = bool(tax[self._withheld]) if self._withheld in tax else None
        return _name_features(str(tax.get("type", "")), str(tax.get("factor", "Tasa")), withheld)

    def compare(self, body: Mapping[str, Any], answer: Mapping[str, Any]) -> Difference | None:
        """A tax that the answer's items show otherwise, or not although they show others.

        Items that show none at all say nothing, as do lines that say no kind or one in words of their own.
        """
        if self._said == (self._sent,) and body.get(self._sent[0]) == answer.get(self._sent[0]):  # as sent: most are
            return None
        sent = find_values(body, self._sent)
        if not sent:
            return None
        said = self._read_shown(answer)
        if not said or self._read_plainly(sent) == self._read_plainly(said):  # as they were sent: most are
            return None
        ours, theirs = list(self._read(sent)), list(self._read(said))
        kinds = _OURS | {tax.kind for tax in ours}
        if not theirs or any(tax.kind not in kinds for tax in theirs):
            return None
        return _find_difference(ours, theirs, self._withheld)

    def _read_shown(self, answer: Mapping[str, Any]) -> Sequence[Any]:
        if len(self._said) == 1:
            return find_values(answer, self._said[0])
        return [taxes for way in self._said for taxes in find_values(answer, way)]

    def _read_plainly(self, lists: Sequence[Any]) -> list[tuple[Any, ...]] | None:
        """Each line as it stands, to be compared at once; None where it is no tax."""
        withheld = self._withheld
        try:
            return [
                (tax.get("type"), tax.get("rate"), tax.get("factor"), bool(tax.get(withheld)))
                for taxes in lists
                for tax in taxes
            ]
        except (AttributeError, TypeError):
            return None

    def _read(self, lists: Sequence[Any]) -> Iterator[_Tax]:
        for taxes in lists:
            for tax in taxes if isinstance(taxes, list) else ():
                if isinstance(tax, Mapping):
                    factor, rate = tax.get("factor"), read_number(tax.get("rate"))
                    yield _Tax(
                        str(tax.get("type", "")).upper(),
                        str(factor).upper() if factor else None,
                        None if rate is None else abs(rate),
                        bool(tax[self._withheld]) if self._withheld in tax else None,
                    )


@lru_cache(maxsize=256)
def _name_features(kind: str, factor: str, withheld: bool | None) -> frozenset[str]:
    signs = (False, True) if withheld is None else (withheld,)
    return frozenset(name_tax(kind.upper(), factor.title(), sign) for sign in signs)


def _find_difference(ours: Sequence[_Tax], theirs: Sequence[_Tax], withheld: str) -> Difference | None:
    """What all of theirs say is compared. Exempt lines have nothing to add: they may be there or not."""
    by_factor = all(tax.factor for tax in theirs)
    if not by_factor and any(tax.factor == _EXEMPT for tax in ours):
        return None
    meant, shown = _taxed(ours), _taxed(theirs)
    by_rate = all(tax.rate is not None for tax in shown)
    by_sign = all(tax.withheld is not None for tax in shown)
    sent, said = _group(meant, by_factor, by_sign), _group(shown, by_factor, by_sign)
    for kind, rates in sent.items():
        others = said.get(kind, [])
        if len(rates) != len(others) or (by_rate and not _agree(rates, others)):
            return Difference(_TAXES, _write(meant, withheld), _write(shown or theirs, withheld))
    return None


def _taxed(taxes: Sequence[_Tax]) -> list[_Tax]:
    return [tax for tax in taxes if tax.factor != _EXEMPT]


def _group(taxes: Sequence[_Tax], by_factor: bool, by_sign: bool) -> Mapping[tuple[str, str | None], list[Decimal]]:
    """The rates of each kind in order of size, what is withheld below zero."""
    groups: dict[tuple[str, str | None], list[Decimal]] = defaultdict(list)
    for tax in taxes:
        rate = tax.rate or Decimal(0)
        groups[tax.kind, tax.factor if by_factor else None].append(-rate if by_sign and tax.withheld else rate)
    return {kind: sorted(rates) for kind, rates in groups.items()}


def _agree(meant: Sequence[Decimal], shown: Sequence[Decimal]) -> bool:
    return any(
        all(abs(one * unit - other) <= _SLACK * unit for one, other in zip(meant, shown, strict=True))
        for unit in _UNITS
    )


def _write(taxes: Sequence[_Tax], withheld: str) -> str:
    return ", ".join(
        " ".join(
            (
                tax.kind,
                *([format(tax.rate.normalize(), "f")] if tax.rate is not None else []),
                *([f"({withheld})"] if tax.withheld else []),
            )
        )
        for tax in taxes
    )
