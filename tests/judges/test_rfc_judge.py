"""An outside judge of the RFC rules: python-stdnum, written by others, on 3,000 RFCs right and damaged.

The generator is ours and knows SAT's definition only (RULES 2.1): letters, a date, a homoclave, the check digit.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import pytest
from judging import CLIENT, checked, said

SEED = 20261126
COUNT = 3000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ&Ñ"
CHARACTERS = "0123456789" + LETTERS
VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ ")} | {"Ñ": 38}
WORDS = ("BUEI", "CACA", "MEON", "PUTO", "RATA", "RUIN")
FAULTS = {f"CLIENT-RFC-{name}" for name in ("FORMAT", "DATE", "CHECKDIGIT", "HOMOCLAVE", "OBSCENE")}

Draw = random.Random


def with_digit(first: str) -> str:
    total = sum(VALUES[c] * (13 - i) for i, c in enumerate(first.rjust(12)))
    return first + "0123456789A"[(11 - total % 11) % 11]


def right(draw: Draw) -> str:
    """An RFC of a company or a person as SAT would assign it."""
    head = "".join(draw.choice(LETTERS) for _ in range(draw.choice((3, 4))))
    day = date(1930, 1, 1) + timedelta(days=draw.randrange(35000))
    return with_digit(
        f"{head}{day:%y%m%d}{draw.choice('123456789ABCDEFGHIJKLMNOPQRSTUV')}{draw.choice(CHARACTERS[1:36])}"
    )


def _replaced(rfc: str, at: int, character: str) -> str:
    return rfc[:at] + character + rfc[at + 1 :]


def _swapped(rfc: str, at: int) -> str:
    return rfc[:at] + rfc[at + 1] + rfc[at] + rfc[at + 2 :]


DAMAGES: dict[str, Callable[[str, Draw], str]] = {
    "none": lambda rfc, _: rfc,
    "another writing": lambda rfc, draw: draw.choice((rfc.lower(), f" {rfc}\u00a0", f"{rfc[:-9]}-{rfc[-9:]}")),
    "one character for another": lambda rfc, draw: _replaced(rfc, draw.randrange(len(rfc)), draw.choice(CHARACTERS)),
    "two neighbours swapped": lambda rfc, draw: _swapped(rfc, draw.randrange(len(rfc) - 1)),
    "one lost": lambda rfc, draw: _replaced(rfc, draw.randrange(len(rfc)), ""),
    "one too many": lambda rfc, draw: _replaced(rfc, draw.randrange(len(rfc)), draw.choice(CHARACTERS) * 2),
    "any six digits": lambda rfc, draw: with_digit(f"{rfc[:-9]}{draw.randrange(10**6):06d}{rfc[-3:-1]}"),
    "29 February": lambda rfc, draw: with_digit(f"{rfc[:-9]}{draw.randrange(100):02d}0229{rfc[-3:-1]}"),
    "another check digit": lambda rfc, draw: rfc[:-1] + draw.choice(CHARACTERS),
    "any homoclave": lambda rfc, draw: with_digit(rfc[:-3] + "".join(draw.choices(CHARACTERS[:36], k=2))),
    "a word SAT avoids": lambda rfc, draw: with_digit(draw.choice(WORDS) + rfc[-9:-1]),
}  # fmt: skip


def cells(count: int = COUNT) -> Iterator[tuple[str, str]]:
    """What was done, and the cell; always the same."""
    draw = random.Random(SEED)
    kinds = [*DAMAGES, "none", "none", "none"]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind, DAMAGES[kind](right(draw), draw)


def ours(texts: Sequence[str]) -> list[dict[str, str]]:
    """What the public gate says of each RFC: rule and severity."""
    told: list[dict[str, str]] = [{} for _ in texts]
    rows = [CLIENT | {"internalId": f"C-{n}", "rfc": text} for n, text in enumerate(texts)]
    for finding in said(checked("clients", rows)):
        if finding.rule in FAULTS:
            told[finding.line - 2][finding.rule] = finding.severity
    return told


def theirs(text: str, *, check_digits: bool) -> bool:
    from stdnum.mx import rfc

    return bool(rfc.is_valid(text, validate_check_digits=check_digits))


def test_an_independent_library_agrees_on_every_one_of_3000_rfcs() -> None:
    """Where nothing is said of an RFC it finds nothing wrong either, and the reverse."""
    drawn = list(cells())
    told = ours([text for _, text in drawn])
    differing = [
        (kind, text, found)
        for (kind, text), found in zip(drawn, told, strict=True)
        if (not found) != theirs(text, check_digits=True)
    ]
    assert differing == []
    by_kind = Counter((kind, not found) for (kind, _), found in zip(drawn, told, strict=True))
    assert by_kind["none", False] == by_kind["another writing", False] == 0
    assert sum(n for (_, clean), n in by_kind.items() if clean) > COUNT / 3
    assert {kind for kind, clean in by_kind if not clean} == DAMAGES.keys() - {"none", "another writing"}


def test_what_it_refuses_without_looking_at_check_digits_is_an_error_here() -> None:
    """The words SAT avoids are a warning only, since no PAC checks them."""
    drawn = [text for kind, text in cells() if kind != "a word SAT avoids"]
    refused = [text for text in drawn if not theirs(text, check_digits=False)]
    assert len(refused) > 300
    assert [text for text, found in zip(refused, ours(refused), strict=True) if "error" not in found.values()] == []


@pytest.mark.parametrize("text", ["COMG600703", "GODE561231"])
def test_an_rfc_without_its_homoclave_is_refused_here_and_taken_there(text: str) -> None:
    """SAT's schema settles it: t_RFC has 12 or 13 characters."""
    assert theirs(text, check_digits=True)
    assert ours([text]) == [{"CLIENT-RFC-FORMAT": "error"}]


@pytest.mark.parametrize("text", ["XAXX010101000", "XEXX010101000"])
def test_a_generic_rfc_has_no_check_digit_and_is_taken_here(text: str) -> None:
    assert not theirs(text, check_digits=True)
    assert ours([text]) == [{}]
