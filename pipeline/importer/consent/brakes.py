"""The brakes of a team: how much one import may create, and how much of it may be wrong, before anything is sent.

A brake looks at the whole plan. One that is pulled ends the run before its first request: exit 1, all of it unsent.
Flags come before settings; a resume goes by the flags of the run it finishes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from pipeline.errors import BrakeError, ConfigError
from pipeline.events import format_count
from pipeline.importer.request import ImportRequest
from pipeline.language.say import say
from pipeline.model import Counts
from pipeline.settings import Settings

__all__ = ["NO_BRAKES", "Brakes", "find_pulled", "read_brakes"]


@dataclass(frozen=True, slots=True)
class Brakes:
    """`max_create` in records, `max_reject_pct` in percent of a resource's records, `max_amount` per currency in its
    own units, taxes included. None, and an empty table, bound nothing."""

    max_create: int | None = None
    max_reject_pct: float | None = None
    max_amount: Mapping[str, Decimal] = field(default_factory=dict)


NO_BRAKES = Brakes()


def read_brakes(request: ImportRequest, settings: Settings) -> Brakes:
    """ConfigError for an amount that is none."""
    amounts = {**settings.max_amount, **request.max_amount}
    return Brakes(
        settings.max_create if request.max_create is None else request.max_create,
        settings.max_reject_pct if request.max_reject_pct is None else request.max_reject_pct,
        {currency.upper(): _read_amount(currency, said) for currency, said in amounts.items()},
    )


def _read_amount(currency: str, said: str) -> Decimal:
    try:
        amount = Decimal(said)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0 or len(currency) != 3 or not currency.isalpha():
        raise ConfigError(
            say("max_amount: '{currency}={said}' is no sum of a currency.", currency=currency, said=said),
            say("Write it as --max-amount MXN=1500000.00: digits, a point, no other marks."),
        )
    return amount


def find_pulled(
    brakes: Brakes, creating: int, counts: Mapping[str, Counts], money: Mapping[str, Mapping[str, int]]
) -> BrakeError | None:
    """The first brake that a plan pulls: `creating` records, `counts` per resource, `money` with cents per currency."""
    if brakes.max_create is not None and creating > brakes.max_create:
        return BrakeError(
            say(
                "Nothing was sent: {records} would be created, and max_create is {most}.",
                records=format_count(creating, "records"),
                most=f"{brakes.max_create:,}",
            ),
            say("Look at the files; if they are right, import them with a higher --max-create."),
        )
    return _find_rejected(brakes.max_reject_pct, counts) or _find_amount(brakes.max_amount, money)


def _find_rejected(most: float | None, counts: Mapping[str, Counts]) -> BrakeError | None:
    for name, fates in counts.items():
        if most is not None and fates.rejected * 100 > Decimal(str(most)) * fates.read:
            return BrakeError(
                say(
                    "Nothing was sent: {rejected} of {records} were rejected, and max_reject_pct is {most}.",
                    rejected=f"{fates.rejected:,}",
                    records=format_count(fates.read, name),
                    most=f"{most:g}",
                ),
                say("Correct the rejects first; or import with a higher --max-reject-pct."),
            )
    return None


def _find_amount(most: Mapping[str, Decimal], money: Mapping[str, Mapping[str, int]]) -> BrakeError | None:
    for currency, sums in money.items() if most else ():
        amount = Decimal(sums["gross"]).scaleb(-2)
        if currency not in most:
            return BrakeError(
                say(
                    "Nothing was sent: {amount} {currency} would be created, and max_amount says nothing of it.",
                    amount=f"{amount:,.2f}",
                    currency=currency,
                ),
                say("Look at the currencies; if they are right, add --max-amount {currency}=SUM.", currency=currency),
            )
        if amount > most[currency]:
            return BrakeError(
                say(
                    "Nothing was sent: {amount} {currency} would be created, and max_amount is {most}.",
                    amount=f"{amount:,.2f}",
                    currency=currency,
                    most=f"{most[currency]:,.2f}",
                ),
                say(
                    "Look at the amounts; if they are right, import with a higher --max-amount {currency}=SUM.",
                    currency=currency,
                ),
            )
    return None
