"""What spreadsheets and libraries put around a text, or behind it, without meaning it: taken off, and told.

Only what is provably a tool's: the exact formula `="0042"`, an apostrophe in front of a key, digits followed by `.0`.
What cannot be taken back (zeros in front that were lost, a comma after every third digit) is known by the root of an
id: two ids of one root and two spellings are one id that a tool has changed, or nobody can tell that they are not.
"""

import re

import polars as pl

__all__ = ["address_only", "changed_spellings", "id_root", "unquoted", "unwrapped", "without_point_zero"]

_LONGEST_PADDED = 10
"""Ids with zeros in front are looked for up to so many digits: folios and customer numbers have no more."""

_GROUPED = r"^[0-9]{1,3}(?:,[0-9]{3})+$|^[0-9]{1,3}(?:\.[0-9]{3})+$|^[0-9]{1,3}(?: [0-9]{3})+$"
_FORMULA = r"^=\s*\"((?:[^\"]|\"\")*)\"$"
_NUMBER_FORMULA = r"^=\s*([0-9]+(?:\.[0-9]+)?)$"


def unwrapped(cell: pl.Expr) -> pl.Expr:
    """`="0042"` as `0042`: a formula that keeps a spreadsheet from changing a text; and `=42` as the number it is."""
    inner = cell.str.extract(_FORMULA).str.replace_all('""', '"', literal=True)
    return pl.coalesce(inner, cell.str.extract(_NUMBER_FORMULA), cell)


def unquoted(cell: pl.Expr) -> pl.Expr:
    """The same, and `'0042` as `0042`: the apostrophe that tells a spreadsheet to keep a key as text."""
    return unwrapped(cell).str.replace(r"^'\s*([^'\s][^']*)$", "$1")


def without_point_zero(cell: pl.Expr) -> pl.Expr:
    """`1001.0` as `1001`: a whole number that a library or a spreadsheet kept as a fraction."""
    return cell.str.replace(r"^([0-9]+)(?:\.(?:00?|0{4,})|,00?)$", "$1")  # 1.000 may be a thousand


def id_root(cell: pl.Expr) -> pl.Expr:
    """What is left of an id whatever a tool does to it: digits without zeros in front and marks of thousands."""
    bare = without_point_zero(unquoted(cell))
    grouped = pl.when(bare.str.contains(_GROUPED)).then(bare.str.replace_all("[,. ]", "")).otherwise(bare)
    return grouped.str.replace("^0+([0-9]+)$", "$1")


def changed_spellings(text: str) -> tuple[str, ...]:
    """Other texts of the same `id_root`, as tools write them: wrapped, with `.0`, with fewer or more zeros in front."""
    wrapped = [f'="{text}"', f"'{text}"]
    digits = re.sub("[,. ]", "", text) if re.match(_GROUPED, text) else text
    if not (digits.isascii() and digits.isdigit()):
        return tuple(wrapped)
    bare = digits.lstrip("0") or "0"
    padded = (bare.zfill(length) for length in range(len(bare), _LONGEST_PADDED + 1))
    others = dict.fromkeys([*wrapped, f"={text}", f"{text}.0", f"{bare}.0", f"{int(bare):,}", digits, *padded])
    return tuple(other for other in others if other != text)


def address_only(cell: pl.Expr) -> pl.Expr:
    """`mailto:ana@uno.mx?subject=x`, `Correo: ana@uno.mx;` and `Ana <ana@uno.mx>` as the one address they hold."""
    bare = cell.str.extract(r"^[^<>@]*<([^<>\s]+)>[;,]?$")
    named = pl.coalesce(bare, cell).str.replace(r"(?i)^(?:mailto|smtp|e-?mail|correo|mail)\s*:\s*", "")
    return named.str.replace(r"^([^@?\s]+@[^@?\s]+)\?.*$", "$1").str.replace(r"\s*[;,]$", "")
