"""The RFC: its form, its date, its check digit, and what was probably meant (SAT, Anexo 20: t_RFC).

12 characters are a company (persona moral, three letters), 13 a person (persona física, four). Everything here works on
cells that have been normalised (NORM-RFC).
"""

import re
from functools import cache

import polars as pl

from schemas.cleaning.sieve import match_closely
from schemas.rule_options import RuleOptions
from schemas.sat.small import GENERIC_RFCS

__all__ = ["lookalikes", "rfc_facts"]

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
_PAIRS = 7  # an RFC, padded to fourteen bytes, is looked up two bytes at a time


@cache
def _tables() -> tuple[pl.Series, ...]:
    """Per pair of bytes (its 16-bit value is the index): what the pair adds to the sum, modulo 11."""
    by_byte = pl.Series([_VALUES.get("Ñ" if chr(b) == _ENYE else chr(b), 0) for b in range(256)], dtype=pl.UInt16)
    value = pl.int_range(65536, dtype=pl.UInt32, eager=True)
    first, second = by_byte.gather(value % 256), by_byte.gather(value // 256)
    # The padding byte weighs nothing; the check digit itself (A is 10, as in the table of values) weighs one.
    weights = [0, *range(13, 0, -1)]
    return tuple(
        ((first * weights[2 * pair] + second * weights[2 * pair + 1]) % 11).cast(pl.UInt8) for pair in range(_PAIRS)
    )


def check_digit_is_right(rfcs: pl.Series) -> pl.Series:
    """Whether the last character is the check digit of the others; every value matches PATTERN or is null.

    `s = Σ value[i]·(13−i)` over the first twelve of thirteen characters, a company's RFC having a space before it;
    digit = (11 − s mod 11) mod 11, 10 written A: that is, s and the digit add up to nothing modulo 11. Blind to the
    third letter of a person and the second of a company, whose weight is 11.
    """
    text = rfcs.str.replace_all("Ñ", _ENYE, literal=True).str.pad_start(2 * _PAIRS).cast(pl.Binary)
    pairs = text.bin.reinterpret(dtype=pl.Array(pl.UInt16, _PAIRS), endianness="little").to_frame("pairs")
    parts = [pl.col("pairs").arr.get(n).cast(pl.UInt32).alias(f"{n}") for n in range(_PAIRS)]
    added = pairs.select(parts).select(
        pl.col(f"{n}").map_batches(table.gather, return_dtype=pl.UInt8) for n, table in enumerate(_tables())
    )
    return added.select(pl.sum_horizontal(pl.all().cast(pl.UInt16), ignore_nulls=False) % 11 == 0).to_series()


# --- lookalikes -------------------------------------------------------------------------------------------------------

_AS_LETTER = str.maketrans("015826", "OISBZG")
_AS_DIGIT = str.maketrans("OQDILSBZG", "000115826")
_DATED_RFC = re.compile(_DATED)


def lookalike(rfc: str) -> str | None:
    """The RFC that reads alike (0 for O, I for 1 …) and is right in form, date and check digit; None where none is.

    Digits among the letters and letters in the date are swapped; the homoclave is left alone.
    """
    letters = len(rfc) - 9
    if letters not in (3, 4):
        return None
    head, date, homoclave = rfc[:letters], rfc[letters : letters + 6], rfc[letters + 6 :]
    candidate = head.translate(_AS_LETTER) + date.translate(_AS_DIGIT) + homoclave
    right = candidate != rfc and _DATED_RFC.fullmatch(candidate) and _right(candidate)
    return candidate if right else None


def _right(rfc: str) -> bool:
    total = sum(_VALUES[c] * (13 - i) for i, c in enumerate(rfc.rjust(13)[:12]))
    return "0123456789A"[(11 - total % 11) % 11] == rfc[-1]


def lookalikes(rfcs: pl.Series) -> pl.Series:
    """Failing cells to what was meant; once per distinct text."""
    texts = rfcs.drop_nulls().unique().to_list()
    return rfcs.replace_strict(texts, [lookalike(t) for t in texts], return_dtype=pl.String, default=None)


# --- facts ------------------------------------------------------------------------------------------------------------


def rfc_facts(frame: pl.DataFrame, options: RuleOptions, prefix: str = "") -> pl.DataFrame:
    """`~rfc.form ~rfc.date ~rfc.homoclave ~rfc.digit` (is it right?), `~rfc.generic`, `~issuer`, `~rfc.person`.

    The person is F or M by the length of an RFC that has its form, else null.
    """
    rfc = pl.col(f"{prefix}rfc")
    form, dated = rfc.str.contains(PATTERN), rfc.str.contains(_DATED)
    generic = rfc.is_in(GENERIC_RFCS)
    asked = match_closely(
        frame,
        rfc.str.contains(_USUAL),
        {
            f"~{prefix}rfc.form": form,
            f"~{prefix}rfc.date": dated | ~form,
            f"~{prefix}rfc.homoclave": rfc.str.contains(_USUAL) | ~dated | generic,
        },
    )
    characters = pl.when(pl.col(f"~{prefix}rfc.form")).then(rfc.str.len_chars())
    asked = asked.with_columns(
        generic.fill_null(False).alias(f"~{prefix}rfc.generic"),
        characters.replace_strict({12: "M", 13: "F"}, default=None, return_dtype=pl.String).alias(
            f"~{prefix}rfc.person"
        ),
    )
    whole = asked[f"~{prefix}rfc.form"] & asked[f"~{prefix}rfc.date"] & ~asked[f"~{prefix}rfc.generic"]
    countable = asked.select(pl.when(whole).then(rfc)).to_series()
    own = pl.lit(options.issuer_rfc, dtype=pl.String)
    return asked.with_columns(
        check_digit_is_right(countable).alias(f"~{prefix}rfc.digit"), (rfc == own).alias(f"~{prefix}issuer")
    )
