"""A bank's list of movements is no list of payments: it says what came in, not what was sold and to whom."""

from collections.abc import Mapping, Sequence

from pipeline.errors import InputError
from pipeline.language.say import say
from pipeline.source.columns.heading_text import fold_heading, repair_heading
from pipeline.source.columns.meanings import SERVICE, find_meanings
from schemas import resource

__all__ = ["refuse_statement"]

_BALANCE = frozenset({"saldo", "saldofinal", "saldocorte", "balance"})
_MOVED = frozenset(
    {
        "abono", "abonos", "cargo", "cargos", "cargoabono", "importeabono", "importecargo", "deposito", "depositos",
        "retiro", "retiros", "claverastreo", "clavederastreo",
    }
)  # fmt: skip
"""Headings of Mexican banks (Santander, Banorte, BBVA, Citibanamex, Bankaool, Azteca), folded."""
_SOLD = frozenset({"items.product_key", SERVICE})
_AMOUNT = "items.total"


def refuse_statement(headings: Sequence[str], name: str, label: str, said: Mapping[str, str]) -> None:
    """InputError for a statement taken for payments; not where a column says what was sold, or `said` what for."""
    if resource(name).lines is None or _AMOUNT in said.values():
        return
    folded = {fold_heading(repair_heading(heading)): heading for heading in headings}
    balance, moved = folded.keys() & _BALANCE, [word for word in folded if word in _MOVED]
    if not (balance and moved) or any(_means_sold(heading, name) for heading in headings):
        return
    raise InputError(
        say(
            "{label} is a bank's statement ('{moved}', '{balance}'): it says what came in, not what was sold to whom.",
            label=label,
            moved=folded[moved[0]],
            balance=folded[min(balance)],
        ),
        say(
            "Fill in the workbook that gigbulk template payments makes, a row for each deposit to be invoiced. "
            'Or say that it is a list of sales, with the column of their amounts: --map "{amount}={field}".',
            amount=_find_amount(headings, name) or "…",
            field=_AMOUNT,
        ),
    )


def _find_amount(headings: Sequence[str], name: str) -> str | None:
    return next((h for h in headings if _AMOUNT in [m.field for m in find_meanings(h, name, exported=False)]), None)


def _means_sold(heading: str, name: str) -> bool:
    return any(meaning.field in _SOLD for meaning in find_meanings(heading, name, exported=False))
