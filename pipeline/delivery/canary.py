"""The first payment is a canary: its answer says what was meant, or nothing more is sent (API reference Q2, Q12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipeline.model import Action

__all__ = ["Canary", "contradicts", "read_amount"]

_WITHOUT_TAX = "The API's amounts are answered without tax; totals were compared that way."


@dataclass(slots=True)
class Canary:
    """Compares what the API says of a created payment with what was expected of it.

    `passed`: one answer said what was meant. `must_stop`: the first one did not, or a later one speaks of another mode
    or currency; a later amount that differs shows in the control totals. `warnings` are for the end of the run.
    """

    passed: bool = False
    must_stop: bool = False
    warnings: list[str] = field(default_factory=list)

    def check_answer(self, action: Action, answer: Mapping[str, Any] | None) -> str | None:
        """A sentence saying what the answer gets wrong, or None. Must be told every created payment."""
        if action.expected is None or answer is None:
            return None
        currency, net, *_ = action.expected
        amount = read_amount(answer)
        if amount is None:
            self.must_stop = self.must_stop or not self.passed
            return f"the answer shows no amount (expected {net} cents of {currency})"
        other = _wrong_mode(answer, action.livemode) or _wrong_currency(answer, currency)
        wrong = other or _wrong_amount(amount, action.expected)
        self.must_stop = self.must_stop or other is not None or (wrong is not None and not self.passed)
        self.passed = self.passed or wrong is None
        if other is None and _is_without_tax(amount, action.expected) and _WITHOUT_TAX not in self.warnings:
            self.warnings.append(_WITHOUT_TAX)
        return wrong


def contradicts(action: Action, shown: Mapping[str, Any] | None) -> str | None:
    """In which fields a payment the account holds differs from the file; None when in none, or nobody knows."""
    if action.expected is None or shown is None:
        return None
    differing = {
        "amount": _wrong_amount(int(shown["amount"]), action.expected),
        "currency": _wrong_currency(shown, action.expected[0]),
        "livemode": _wrong_mode(shown, action.livemode),
    }
    return ", ".join(name for name, wrong in differing.items() if wrong is not None) or None


def read_amount(answer: Mapping[str, Any]) -> int | None:
    """The cents an answer names; None when it names none."""
    amount = answer.get("amount")
    return int(amount) if isinstance(amount, int | Decimal) and not isinstance(amount, bool) else None


def _is_without_tax(amount: int, expected: tuple[str, int, int, int]) -> bool:
    _, net, gross, _ = expected
    return amount == net != gross


def _wrong_amount(amount: int, expected: tuple[str, int, int, int]) -> str | None:
    currency, net, gross, tolerance = expected
    if amount == net or abs(amount - gross) <= tolerance:
        return None
    meant = f"{net}" if net == gross else f"{net} without or {gross} with tax"
    return f"the amount is {amount} cents of {currency}, expected {meant}"


def _wrong_currency(answer: Mapping[str, Any], currency: str) -> str | None:
    said = answer.get("currency")
    return f"the currency is {said}, expected {currency}" if said is not None and said != currency else None


def _wrong_mode(answer: Mapping[str, Any], livemode: bool) -> str | None:
    said = answer.get("livemode")
    if said is None or said is livemode:
        return None
    return f"livemode is {str(said).lower()}, expected {str(livemode).lower()}"
