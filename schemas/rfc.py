"""The RFC: its form, its date, its check digit, and what was probably meant (RULES 2.1).

12 characters are a company (persona moral, three letters), 13 a person (persona física, four). Everything here works on
cells that have been normalised (RULES NORM-RFC).
"""

import itertools
import re

import polars as pl

from schemas.preflight import Preflight
from schemas.sat import GENERIC_RFCS
from schemas.sieve import closely

__all__ = ["PATTERN", "check_digit_is_right", "lookalike", "lookalikes", "rfc_facts"]

PATTERN = r"^[A-Z&Ñ]{3,4}[0-9]{2}(0[1-9]|1[012])(0[1-9]|[12][0-9]|3[01])[A-Z0-9]{2}[0-9A]$"
"""SAT's t_RFC (XSD), which lets 30 February through."""

_LEAP = r"(?:[02468][048]|[13579][26])"
_REAL_DATE = (
    r"(?:[0-9]{2}(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|1[0-9]|2[0-8]))|" + _LEAP + r"0229)"
)
_DATED = rf"^[A-Z&Ñ]{{3,4}}{_REAL_DATE}[A-Z0-9]{{2}}[0-9A]$"
_USUAL = rf"^[A-Z&Ñ]{{3,4}}{_REAL_DATE}[1-9A-V][1-9A-Z][0-9A]$"

# --- check digit ------------------------------------------------------------------------------------------------------

_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ ")} | {"Ñ": 38}
_ENYE = "@"  # one byte instead of two, so that the characters of an RFC are the bytes of its text
_BY_BYTE = pl.Series([_VALUES.get("Ñ" if chr(b) == _ENYE else chr(b), 0) for b in range(128)], dtype=pl.UInt16)
_WEIGHTS = {position: 13 - position for position in range(12) if position != 2}  # weight 11 adds nothing modulo 11


def check_digit_is_right(rfcs: pl.Series) -> pl.Series:
    """Whether the last character is the check digit of the others; every value matches PATTERN or is null.

    `s = Σ value[i]·(13−i)` over the first twelve of thirteen characters, a company's RFC having a space before it;
    digit = (11 − s mod 11) mod 11, 10 written A. Blind to the third letter of a person, the second of a company.
    """
    text = rfcs.str.replace_all("Ñ", _ENYE, literal=True).str.pad_start(13)
    bytes_of = text.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, 13))
    at = {position: bytes_of.arr.get(position).cast(pl.UInt32) for position in (*_WEIGHTS, 12)}
    weighted = {f"{p}": (_BY_BYTE * w).gather(at[p].fill_null(0)) for p, w in _WEIGHTS.items()}
    digit = (11 - pl.DataFrame(weighted).sum_horizontal() % 11) % 11
    return (digit == _BY_BYTE.gather(at[12].fill_null(0))).set(rfcs.is_null(), None)


# --- lookalikes -------------------------------------------------------------------------------------------------------

_AS_LETTER = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z", "6": "G"}
_AS_DIGIT = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "S": "5", "B": "8", "Z": "2", "G": "6"}
_DATED_RFC = re.compile(_DATED)


def lookalike(rfc: str) -> str | None:
    """The one RFC that reads alike (0 for O, I for 1 …) and is right in form, date and check digit; None if not one.

    Swaps are tried in the letters and in the date; the homoclave is left alone.
    """
    found = {
        candidate
        for letters in (3, 4)
        if len(rfc) == letters + 9
        for candidate in _candidates(rfc, letters)
        if candidate != rfc and _DATED_RFC.fullmatch(candidate) and _right(candidate)
    }
    return found.pop() if len(found) == 1 else None


def _candidates(rfc: str, letters: int) -> list[str]:
    """Each doubtful character as it stands and as it may have been meant; a wrong kind must be swapped."""
    choices = []
    for position, character in enumerate(rfc):
        if position < letters:
            options = [_AS_LETTER.get(character, character)]
        elif position < letters + 6:
            options = [_AS_DIGIT.get(character, character)]
        else:
            options = [character]
        choices.append(options)
    return ["".join(c) for c in itertools.product(*choices)]


def _right(rfc: str) -> bool:
    total = sum(_VALUES[c] * (13 - i) for i, c in enumerate(rfc.rjust(13)[:12]))
    return "0123456789A"[(11 - total % 11) % 11] == rfc[-1]


def lookalikes(rfcs: pl.Series) -> pl.Series:
    """Failing cells to what was meant; once per distinct text."""
    texts = rfcs.drop_nulls().unique().to_list()
    return rfcs.replace_strict(texts, [lookalike(t) for t in texts], return_dtype=pl.String, default=None)

    """`~rfc.form ~rfc.date ~rfc.homoclave ~rfc.digit` (is it right?), `~rfc.person` (F, M), `~rfc.generic`, `~issuer`."""


def rfc_facts(frame: pl.DataFrame, preflight: Preflight, prefix: str = "") -> pl.DataFrame:
    """`~rfc.form ~rfc.date ~rfc.homoclave ~rfc.digit` (is it right?), `~rfc.person` (F, M) and `~issuer`."""
    rfc = pl.col(f"{prefix}rfc")
    form, dated = rfc.str.contains(PATTERN), rfc.str.contains(_DATED)
    generic = rfc.is_in(GENERIC_RFCS)
    asked = closely(
        frame,
        rfc.str.contains(_USUAL),
        {
            f"~{prefix}rfc.form": form,
            f"~{prefix}rfc.date": dated | ~form,
            f"~{prefix}rfc.homoclave": rfc.str.contains(_USUAL) | ~dated | generic,
        },
    )
    characters = rfc.str.len_chars()
    asked = asked.with_columns(
        generic.fill_null(False).alias(f"~{prefix}rfc.generic"),
        pl.when(characters == 12)
        .then(pl.lit("M"))
        .when(characters == 13)
        .then(pl.lit("F"))
        .alias(f"~{prefix}rfc.person"),
    )
    whole = asked[f"~{prefix}rfc.form"] & asked[f"~{prefix}rfc.date"] & ~asked[f"~{prefix}rfc.generic"]
    countable = asked.select(pl.when(whole).then(rfc)).to_series()
    own = pl.lit(preflight.issuer_rfc, dtype=pl.String)
    return asked.with_columns(
        check_digit_is_right(countable).alias(f"~{prefix}rfc.digit"), (rfc == own).alias(f"~{prefix}issuer")
    )
