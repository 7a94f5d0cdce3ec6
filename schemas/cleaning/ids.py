"""Ids as tools and people change them: the signs that are put back, and the root by which two texts are one id.

What cannot be taken back (zeros in front that were lost, `1E5` that became 100000, a day that became its number) is
known by the root of an id: two ids of one root and two spellings are one id that a tool has changed, or nobody can tell
that they are not.
"""

from datetime import date

import polars as pl

from schemas.cleaning.repair.steps import tidy
from schemas.cleaning.repair.wrappers import unquoted, without_point_zero
from schemas.cleaning.sieve import patch_rows

__all__ = ["changed_spellings", "find_roots", "plain_signs"]

_DASHES = r"[\x{2010}-\x{2015}\x{2212}\x{2043}\x{02D7}\x{FE58}\x{FE63}]"
"""What text editors, PDF files and autocorrection make of a hyphen, and the minus sign."""
_WIDE = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
"""The full-width forms of the ASCII characters (Unicode, block FF00)."""


_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
"""What PDF files make of these letters."""


def plain_signs(cell: pl.Expr) -> pl.Expr:
    """`A–7` as `A-7`, `２００１` as `2001` and `ﬁ1` as `fi1`: dashes of any kind as hyphens, full-width characters and
    ligatures as plain ones."""
    return cell.str.replace_many(_WIDE | _LIGATURES).str.replace_all(_DASHES, "-")


# --- the root ---------------------------------------------------------------------------------------------------------

_IN_BRACKETS = r"^\(([^()]*[^0-9., ()][^()]*)\)$|^\[([^\[\]]+)\]$"
_IN_FRONT = r"^(?:[#№*¿¡!{<>«“”‘’\"';:/|\\ ]+|[Nn][°º] *)+"
_BEHIND = r"[#*!?}>»“”‘’\"';:,./|\\ ]+$"
"""What people and reports put around an id: `#0012`, `[A-1]`, `«A-1».`, `N° 12`."""
_CENTS = (
    r"^(-?[0-9]{1,3}(?:,[0-9]{3})+)\.0*$|^(-?[0-9]{1,3}(?:\.[0-9]{3})+),0*$|^(-?[0-9]{1,3}(?:[ '’][0-9]{3})+)[.,]0*$"
)
_GROUPED = r"^-?[0-9]{1,3}(?:,[0-9]{3})+$|^-?[0-9]{1,3}(?:\.[0-9]{3})+$|^-?[0-9]{1,3}(?:[ '’][0-9]{3})+$"
_NEGATIVE = r"^\(([0-9][0-9., ]*)\)$|^([0-9][0-9.,]*)-$"
_POWER = r"^([0-9]+)(?:[.,]([0-9]+))?[Ee]\+?([0-9]{1,2})$"
_MOST_ZEROS = 20
_DAY_ZERO = date(1899, 12, 30)
"""Of spreadsheets, whose days have numbers."""
_MIDNIGHT = r"(?:[T ]0?0:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?)?$"
_YEAR_FIRST = rf"^([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_MIDNIGHT}"
_DAY_FIRST = rf"^([0-9]{{1,2}})[/.-]([0-9]{{1,2}})[/.-]([0-9]{{4}}){_MIDNIGHT}"


_OWN_ROOT = r"^[1-9][0-9]*$|^(?:[0-9A-Za-z][ -~]*)?[A-DF-SU-Ya-df-su-y_](?:[ -~]*[0-9A-Za-z])?$"
"""Nearly all ids: digits, or a letter that is in no day and no power of ten."""


def find_roots(ids: pl.Series) -> pl.Series:
    """What is left of each id whatever a tool does to it: digits without zeros in front, marks and powers of ten; of a
    day its number; nothing that stands around it. Large and small letters are not made alike."""
    odd = ~ids.str.contains(_OWN_ROOT).fill_null(True)
    if not odd.any():
        return ids
    looked_at = ids.filter(odd).alias("id").to_frame()
    # One step at a time: each names its cell many times, and each time all steps before it would be worked out anew.
    for step in (
        tidy,
        _latin,
        plain_signs,
        unquoted,
        _bare,
        unquoted,
        without_point_zero,
        _unsigned,
        _ungrouped,
        _root,
    ):
        looked_at = looked_at.select(step(pl.col("id")).alias("id"))
    return patch_rows(ids, odd.arg_true(), looked_at["id"])


def _unsigned(cell: pl.Expr) -> pl.Expr:
    """Without currency, percent and plus sign; a minus in front."""
    bare = cell.str.replace(r"^\$ ?|^\+|^([0-9]+)\.$", "$1").str.replace(r"^([0-9]+)00(?:\.0+)?%$", "$1")
    return bare.str.replace(_NEGATIVE, "-$1$2").str.replace(_CENTS, "$1$2$3")


def _ungrouped(cell: pl.Expr) -> pl.Expr:
    """Without marks of thousands."""
    digits = pl.when(cell.str.contains(_GROUPED)).then(cell.str.replace_all("[,. '’]", "")).otherwise(cell)
    return without_point_zero(digits)


def _root(cell: pl.Expr) -> pl.Expr:
    """Of a power of ten its digits, of a day its number; no zeros in front."""
    return pl.coalesce(_number_of_day(cell), _multiplied(cell), cell).str.replace("^(-?)0+([0-9]+)$", "$1$2")


_LOOKALIKES = dict(
    zip("АВЕЅІЈКМНОРСТУХаеіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABESIJKMHOPCTYXaeijopcyxABEZHIKMNOPTYXo", strict=True)
)
"""Letters of Russian and Greek that look like ours."""


def _latin(cell: pl.Expr) -> pl.Expr:
    """`①` and `A²` as `1` and `A2` (Unicode, NFKC), and letters of other alphabets as those they look like."""
    return cell.str.normalize("NFKC").str.replace_many(_LOOKALIKES)


def _bare(cell: pl.Expr) -> pl.Expr:
    """Without what stands around it; an id of nothing else stays."""
    inner = cell.str.replace(_IN_BRACKETS, "$1$2").str.replace(_IN_FRONT, "").str.replace(_BEHIND, "")
    return pl.when(inner.str.contains("[0-9A-Za-z]")).then(inner).otherwise(cell)


def _multiplied(cell: pl.Expr) -> pl.Expr:
    """`1E5` as `100000`, null for all else."""
    fraction = cell.str.extract(_POWER, 2).fill_null("").str.strip_chars_end("0")
    zeros = cell.str.extract(_POWER, 3).cast(pl.UInt32)
    number = pl.concat_str(cell.str.extract(_POWER, 1), fraction.str.pad_end(zeros, "0"))
    return pl.when((fraction.str.len_bytes() <= zeros) & (zeros <= _MOST_ZEROS)).then(number)


def _number_of_day(cell: pl.Expr) -> pl.Expr:
    """`2026-05-31` and `31/05/2026` as `46173`, null for what is no day."""
    first, second, year = (cell.str.extract(_DAY_FIRST, n) for n in (1, 2, 3))
    spelt = (
        cell.str.extract(_YEAR_FIRST),
        pl.concat_str(year, second.str.zfill(2), first.str.zfill(2), separator="-"),
        pl.concat_str(year, first.str.zfill(2), second.str.zfill(2), separator="-"),
    )
    day = pl.coalesce(text.str.to_date("%Y-%m-%d", strict=False) for text in spelt)
    return (day - pl.lit(_DAY_ZERO)).dt.total_days().cast(pl.String)


# --- the other way round ----------------------------------------------------------------------------------------------

_LONGEST_PADDED = 10
"""Ids with zeros in front are looked for up to so many digits: folios and customer numbers have no more."""
_OTHER_DASHES = "–−—‑‐"
_NEAR = [n for n in range(-8, 9) if n]
"""Whole numbers of seventeen digits are told apart by eights or sixteens."""
_SERIAL = r"^[3-6][0-9]{4}$"
_DAYS = (
    "%Y-%m-%d", "%Y-%m-%d 00:00:00", "%d/%m/%Y", "%-d/%-m/%Y", "%m/%d/%Y", "%-m/%-d/%Y", "%d-%m-%Y", "%d/%m/%y",
    "%-d-%-m", "%d-%m", "%-d/%-m", "%d/%m", "%-m-%-d", "%m-%d", "%-m/%-d", "%m/%d",
)  # fmt: skip
"""How the text of a day, or of two numbers that a spreadsheet takes for one (`2-3`), may have been written."""
_MONTHS = ("%m-%Y", "%-m-%Y", "%m/%Y", "%-m/%Y", "%-m-%y", "%m-%y")
"""The same for two numbers taken for a month (`5-26`), which has the number of its first day."""


def changed_spellings(ids: pl.Series) -> pl.DataFrame:
    """`id` and `other`: texts of the same root as tools and people write them, one row a spelling."""
    own = ids.drop_nulls().unique().alias("id")
    frame = pl.DataFrame([own, find_roots(own).alias("root")])
    long = frame.filter(pl.col("root").str.contains("^[0-9]{16,17}$"))
    spelt = [*_spelt(frame, [*_wrapped(), *_numbers(), *_powers(), *_days()]), *_spelt(long, _long_numbers())]
    return pl.concat(spelt).filter(pl.col("other") != pl.col("id"))


def _spelt(frame: pl.DataFrame, forms: list[pl.Expr]) -> list[pl.DataFrame]:
    spelt = frame.lazy().select("id", *(form.alias(str(n)) for n, form in enumerate(forms))).collect()
    return [spelt.select("id", other=str(n)).drop_nulls("other") for n in range(len(forms))]


def _wrapped() -> list[pl.Expr]:
    own, root = pl.col("id"), pl.col("root")
    dashed = [_where(own.str.contains("-", literal=True), own.str.replace_all("-", d)) for d in _OTHER_DASHES]
    cased = [_where(own != cell, cell) for cell in (own.str.to_lowercase(), own.str.to_uppercase(), _capitalised(own))]
    around = [_bare(own), pl.format("#{}", own), pl.format("#{}", root)]
    return [pl.format('="{}"', own), pl.format("'{}", own), pl.format('"{}"', own), root, *dashed, *cased, *around]


def _capitalised(cell: pl.Expr) -> pl.Expr:
    return cell.str.slice(0, 1).str.to_uppercase() + cell.str.slice(1).str.to_lowercase()


def _numbers() -> list[pl.Expr]:
    own, root = pl.col("id"), pl.col("root")
    backwards = root.str.reverse().str.replace_all("([0-9]{3})", "$1,").str.strip_chars_end(",")
    thousands = backwards.str.reverse()
    forms = ("={}", "+{}", "{}.0", "{}.00", "{},0", "${}", "{}.")
    padded = [_where(root.str.len_bytes() < n, root.str.zfill(n)) for n in range(2, _LONGEST_PADDED + 1)]
    marked = [thousands, thousands.str.replace_all(",", "."), thousands.str.replace_all(",", " ")]
    whole = [*(pl.format(form, root) for form in forms), pl.format("{}.0", own), *marked, *padded]
    amount = root.str.strip_prefix("-")
    below_zero = [pl.format("({})", amount), pl.format("{}-", amount)]
    return [
        *(_where(root.str.contains("^[0-9]+$"), form) for form in whole),
        *(_where(root.str.contains("^-[0-9]+$"), form) for form in below_zero),
    ]


def _long_numbers() -> list[pl.Expr]:
    """What a binary number, of fifteen digits and some, keeps of an id; and of one that it may have kept, the others
    that become it. Beyond seventeen digits those are too many to be looked for.
    """
    root = pl.col("root")
    whole = root.cast(pl.Int64)
    kept = whole.cast(pl.Float64).cast(pl.Int64)
    nearby = [_where((whole == kept) & ((kept + n).cast(pl.Float64).cast(pl.Int64) == kept), kept + n) for n in _NEAR]
    cut = pl.concat_str(root.str.slice(0, 15), root.str.slice(15).str.replace_all(".", "0"))
    return [*(number.cast(pl.String) for number in (kept, *nearby)), cut]


def _powers() -> list[pl.Expr]:
    """`1E5`, `10E4` and `100E3`, which become 100000."""
    root = pl.col("root")
    bare = root.str.strip_chars_end("0")
    zeros = root.str.len_bytes() - bare.str.len_bytes()
    return [
        _where(root.str.contains("^[1-9][0-9]*0$") & (zeros > kept), pl.format(form, bare + "0" * kept, zeros - kept))
        for kept in range(3)
        for form in ("{}E{}", "{}e{}")
    ]


def _days() -> list[pl.Expr]:
    number = _where(pl.col("root").str.contains(_SERIAL), pl.col("root")).cast(pl.Int64)
    day = pl.lit(_DAY_ZERO).cast(pl.Datetime("us")) + pl.duration(days=number)
    of_month = [_where(day.dt.day() == 1, day.dt.strftime(form)) for form in _MONTHS]
    return [*(day.dt.strftime(form) for form in _DAYS), *of_month]


def _where(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(value)
