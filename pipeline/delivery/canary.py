"""The first payment is a canary: its answer must say what was meant, or nothing more is sent (API reference Q2, Q12).

Afterwards every answer is added up, so that at the end the sums of what was meant and of what the API holds balance.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipeline.model import Action

__all__ = ["Canary"]


_SHOWN = 5


@dataclass(slots=True)
class _Sums:
    """Cents of one currency: meant without tax, with tax, how far rounding per line may lie off, and answered; and how
    many payments that were."""

    payments: int = 0
    net: int = 0
    gross: int = 0
    tolerance: int = 0
    answered: int = 0


@dataclass(slots=True)
class Canary:
    """Compares created payments with what was expected of them; `wrong` names the first ones that differ.

    `must_stop`: the first answer differs, or a later one speaks of another mode or currency. A later amount that
    differs shows in the sums.
    """

    passed: bool = False
    must_stop: bool = False
    reading: str | None = None
    warnings: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _sums: dict[str, _Sums] = field(default_factory=dict)

    def differs(self, action: Action, answer: Mapping[str, Any] | None) -> str | None:
        """A sentence saying what the answer gets wrong, or None. Must be told every created payment."""
        if action.expected is None or answer is None:
            return None
        currency, net, gross, tolerance = action.expected
        amount = answer.get("amount")
        if not isinstance(amount, int | Decimal) or isinstance(amount, bool):
            self.must_stop = self.must_stop or not self.passed
            return f"the answer shows no amount (expected {net} cents of {currency})"
        other = _wrong_mode(answer, action.livemode) or _wrong_currency(answer, currency)
        wrong = other or self._wrong_amount(int(amount), currency, net, gross, tolerance)
        self.must_stop = self.must_stop or other is not None or (wrong is not None and not self.passed)
        sums = self._sums.setdefault(currency, _Sums())
        sums.payments += 1
        sums.net += net
        sums.gross += gross
        sums.tolerance += tolerance
        sums.answered += int(amount)
        self.passed = self.passed or wrong is None
        if wrong is not None and len(self.wrong) < _SHOWN:
            self.wrong.append(f"{action.key.removeprefix('id:')} (line {action.line}): {wrong}")
        return wrong

    @staticmethod
    def contradicts(action: Action, shown: Mapping[str, Any] | None) -> str | None:
        """In which fields a payment the account holds differs from the file; None when in none, or nobody knows."""
        if action.expected is None or shown is None:
            return None
        currency, net, gross, tolerance = action.expected
        amount = int(shown["amount"])
        differing = [
            name
            for name, wrong in (
                ("amount", amount != net and abs(amount - gross) > tolerance),
                ("currency", _wrong_currency(shown, currency) is not None),
                ("livemode", _wrong_mode(shown, action.livemode) is not None),
            )
            if wrong
        ]
        return ", ".join(differing) or None

    def _wrong_amount(self, amount: int, currency: str, net: int, gross: int, tolerance: int) -> str | None:
        if amount == net != gross:
            self._tell("net", "amounts are answered without tax")
            return None
        if abs(amount - gross) <= tolerance or amount == net:
            return None
        expected = f"{net}" if net == gross else f"{net} without or {gross} with tax"
        return f"the amount is {amount} cents of {currency}, expected {expected}"

    def _tell(self, reading: str, sentence: str) -> None:
        if self.reading is None:
            self.reading = reading
            self.warnings.append(f"The API's {sentence}; totals were compared that way.")

    def imbalance(self) -> str | None:
        """A sentence saying which sum does not balance, or None."""
        for currency, sums in sorted(self._sums.items()):
            if sums.answered != sums.net and abs(sums.answered - sums.gross) > sums.tolerance:
                named = "; ".join(self.wrong)
                return (
                    f"Payments in {currency} add up to {sums.answered} cents in the API's answers, "
                    f"{sums.net} without and {sums.gross} with tax in the file" + (f" ({named})" if named else "")
                )
        return None

    def totals(self) -> dict[str, dict[str, int]]:
        """Per currency how many payments were compared, and their cents, for the report."""
        return {
            currency: {"payments": s.payments, "net": s.net, "gross": s.gross, "answered": s.answered}
            for currency, s in sorted(self._sums.items())
        }


def _wrong_currency(answer: Mapping[str, Any], currency: str) -> str | None:
    said = answer.get("currency")
    return f"the currency is {said}, expected {currency}" if said is not None and said != currency else None


def _wrong_mode(answer: Mapping[str, Any], livemode: bool) -> str | None:
    said = answer.get("livemode")
    if said is None or said is livemode:
        return None
    return f"livemode is {str(said).lower()}, expected {str(livemode).lower()}"
