"""Tax lines of an item: the cell `items.taxes`, as JSON or in shorthand (docs/columns.md).

Shorthand: `IVA 0.16`, `IVA 16%; ISR ret 0.10`, `IVA exento`, `IEPS cuota 2.5`; SAT's own code may stand in front
(`002 - IVA 16%`), a rate in brackets or glued to the name (`IVA (16%)`, `IVA16%`). Parsing never guesses a rate:
`IVA 16` is a rate of 16, which a rule refuses.
"""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import msgspec

from schemas.cleaning.json_keys import find_repeated_key
from schemas.sat.small import FACTORS, TAXES

__all__ = ["TaxLine", "parse", "respell"]

_FACTOR_BY_WORD = {f.lower(): f for f in FACTORS}
_WITHHELD = re.compile(r"^ret(\.|enido|enida|encion|ención)?$", re.IGNORECASE)
_CODE = re.compile(
    "|".join(rf"^(?P<{name}>{code}(?=\W|$)(?:[\s\-–—:.]+{name}\b)?[\s\-–—:]*)" for code, name in TAXES.items()),
    re.IGNORECASE,
)
"""SAT's code of a tax, with or without the name that goes with it: another tax's name behind it stays."""
_TRANSFERRED = re.compile(r"^tras(\.|lado|ladado)?$", re.IGNORECASE)


class TaxLine(msgspec.Struct, frozen=True):
    """One tax of an item. `rate` is a fraction (0.16), null for Exento; `retained` marks a withholding."""

    type: str
    factor: str
    rate: Decimal | None = None
    retained: bool = False


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    """A tax line as a person may write it in JSON: either dialect's word for a withholding. One that is within the
    price is none we can send: prices are before tax."""

    type: str
    factor: str = "Tasa"
    rate: Decimal | None = None
    retained: bool = False
    withholding: bool = False
    inclusive: bool = False
    base: Decimal | None = None
    amount: Decimal | None = None


_decode = msgspec.json.Decoder(list[_Written], strict=False).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode_any = msgspec.json.Decoder().decode


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[TaxLine, ...]:
    """The tax lines a cell means. ValueError, with the piece that is not understood, when it means none."""
    return tuple(_from_json(text) if text.startswith("[") else (_from_words(piece) for piece in _pieces(text)))


def respell(text: str, withheld: str) -> str:
    """A cell in JSON whose taxes that are withheld say so under that name. One that is not understood stays."""
    try:
        lines = parse(text)
    except ValueError:
        return text
    members = [
        {"type": line.type, "factor": line.factor}
        | ({} if line.rate is None else {"rate": line.rate})
        | {withheld: line.retained}
        for line in lines
    ]
    return _encode(members).decode()


def _from_json(text: str) -> Iterable[TaxLine]:
    try:
        written = _decode(text)
        repeated = find_repeated_key(text, _decode_any(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if repeated is not None:
        raise ValueError(text)
    for w in written:
        if w.inclusive or (w.rate is not None and not w.rate.is_finite()):
            raise ValueError(text)
        factor = _FACTOR_BY_WORD.get(w.factor.strip().lower(), w.factor)
        rate = None if factor == "Exento" and w.rate == 0 else w.rate  # the API answers an exempt tax with a rate of 0
        yield TaxLine(_tax_name(w.type), factor, rate, w.retained or w.withholding)


def _pieces(text: str) -> list[str]:
    pieces = [piece.strip() for piece in text.split(";") if piece.strip()]
    if not pieces:
        raise ValueError(text)
    return pieces


def _from_words(piece: str) -> TaxLine:
    name, *words = _plain(piece).split() or [""]
    rate: Decimal | None = None
    factor = "Tasa"
    retained = False
    for word in words:
        if word.lower() in _FACTOR_BY_WORD:
            factor = _FACTOR_BY_WORD[word.lower()]
        elif _WITHHELD.match(word):
            retained = True
        elif not _TRANSFERRED.match(word):
            if rate is not None:
                raise ValueError(piece)
            rate = _rate(word, piece)
    return TaxLine(_tax_name(name), factor, rate, retained)


def _plain(piece: str) -> str:
    """A piece without brackets, with blanks where they belong, and with a tax's name in place of its code."""
    spaced = re.sub(r"(?<=[0-9])\s+%", "%", re.sub(r"[()\[\]]", " ", piece))
    glued = re.sub(rf"(?i)^\s*({'|'.join(TAXES.values())})(?=[0-9.])", r"\1 ", spaced)
    return _CODE.sub(lambda found: f"{found.lastgroup} ", glued.strip())


def _tax_name(written: str) -> str:
    """`iva`, `002` and `002 - IVA` as `IVA`; another word in capitals."""
    return _plain(written).strip().upper()


def _rate(word: str, piece: str) -> Decimal:
    try:
        rate = Decimal(word.removesuffix("%"))
    except InvalidOperation as error:
        raise ValueError(piece) from error
    if not rate.is_finite():
        raise ValueError(piece)
    return rate / 100 if word.endswith("%") else rate
