"""Control totals: what was meant and what the API answered, added up, so that at the end the sums must balance."""

from dataclasses import dataclass, field

from pipeline.language.say import join_said, say
from pipeline.model import Action, Expected, RecordKey
from pipeline.remote.members import Money

__all__ = ["ControlTotals"]

_NAMED = 5


@dataclass(slots=True)
class _Sums:
    """Of one currency: what was meant, the cents that were answered, and how many payments that were."""

    meant: Expected
    payments: int = 0
    answered: int = 0


@dataclass(slots=True)
class ControlTotals:
    """The sums of every created payment whose answer was seen; the first that differ are named when they are off."""

    _sums: dict[str, _Sums] = field(default_factory=dict)
    _wrong: list[str] = field(default_factory=list)

    def add(self, action: Action, answered: Money | None, wrong: str | None) -> None:
        """Count one payment. `wrong` is what the canary says of its answer; one without an amount adds nothing."""
        if action.expected is None or answered is None or answered.amount is None:
            return
        currency = action.expected.currency
        sums = self._sums.get(currency)
        if sums is None:
            sums = self._sums[currency] = _Sums(Expected(currency, 0, 0, 0))
        sums.payments += 1
        sums.meant = sums.meant.add(action.expected)
        sums.answered += answered.amount
        if wrong is not None and len(self._wrong) < _NAMED:
            self._wrong.append(
                say("{shown} (line {line}): {wrong}", shown=RecordKey(action.key).shown, line=action.line, wrong=wrong)
            )

    def imbalance(self) -> str | None:
        """A sentence saying which sum does not balance, or None."""
        for currency, sums in sorted(self._sums.items()):
            if not sums.meant.fits(sums.answered):
                named = say(" ({wrong})", wrong=join_said("; ", self._wrong)) if self._wrong else ""
                return say(
                    "Payments in {currency} add up to {answered} cents in the API's answers, "
                    "{net} without and {gross} with tax in the file{named}",
                    currency=currency,
                    answered=sums.answered,
                    net=sums.meant.net,
                    gross=sums.meant.gross,
                    named=named,
                )
        return None

    def by_currency(self) -> dict[str, dict[str, int]]:
        """Per currency how many payments were compared, and their cents, for the report."""
        return {
            currency: {"payments": s.payments, "net": s.meant.net, "gross": s.meant.gross, "answered": s.answered}
            for currency, s in sorted(self._sums.items())
        }
