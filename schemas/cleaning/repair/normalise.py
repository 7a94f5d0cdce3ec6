"""Cells made comparable before any rule looks at them: lossless repairs only, each a step with its rule id.

The repaired cell is what is judged, sent and used in keys. Most cells are right as they stand, so rows are first held
against the shape their columns ought to have; only rows that do not fit are worked on.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import NamedTuple

import polars as pl

from schemas.cleaning.cell_formats import CellFormats, DateOrder, Decimal, read_date, read_number
from schemas.cleaning.codes import read_code, spell_code
from schemas.cleaning.damage import is_id
from schemas.cleaning.damaged_letters import DAMAGE_SIGNS
from schemas.cleaning.ids import plain_signs
from schemas.cleaning.repair.markers import broken, missing, missing_code
from schemas.cleaning.repair.steps import padded, rfc_text, tidy, unescaped, upper, upper_name, whole
from schemas.cleaning.repair.wrappers import address_only, unquoted, unwrapped, without_point_zero
from schemas.cleaning.sieve import patch_rows

__all__ = ["NO_CELL_FORMATS", "STEPS", "Cleaned", "clean_block", "normalise_cells", "repair_cells"]

NO_CELL_FORMATS = CellFormats()

Repair = Callable[[pl.Expr], pl.Expr]


class RepairStep(NamedTuple):
    """One repair: the rule id under which it is reported, and what it does to a cell."""

    rule: str
    repair: Repair


class Treatment(NamedTuple):
    """A kind of column: how `plain` cells look, which need nothing (a regular expression), and what others go through.

    `unlike`: cells that are looked at all the same, though they look so.
    """

    plain: str
    steps: tuple[RepairStep, ...]
    unlike: str | None = None


# --- the kinds of column ----------------------------------------------------------------------------------------------


def _ranges(chars: Iterable[str]) -> str:
    """Characters as a regular expression's class has them: `ad-f`."""
    runs: list[list[str]] = []
    for char in sorted(chars):
        if runs and ord(runs[-1][-1]) + 1 == ord(char):
            runs[-1].append(char)
        else:
            runs.append([char])
    return "".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


_LATIN = {chr(code) for code in range(0xA6, 0x250)} - {"\xad", "Â", "Ã"} - DAMAGE_SIGNS
_PLAIN = _ranges(_LATIN - {"Ú"})
"""Latin letters and signs; no soft hyphen, and none that may be a damaged letter (schemas.cleaning.damaged_letters)."""
_ACCENTED = _ranges(char for char in _LATIN if "À" <= char <= "Þ")
_REST = rf"(?:[ ->@-~{_PLAIN}]*[!->@-~{_PLAIN}])?"
_NO_R = rf"[!->@-QS-qs-~{_PLAIN}]{_REST}"
_LIKE_ERROR = rf"[Ee](?:{_NO_R}|[Rr](?:{_NO_R}|[Rr](?:[!-9;->@-~{_PLAIN}]{_REST})?)?)?"
_TEXT = (
    rf"[!\"$-&*-,./0-9:;>-DF-MO-TV-Z\]-df-mo-tv-~{_PLAIN}]{_REST}|[Nn][ ->@-~{_PLAIN}]{{3,}}[!->@-~{_PLAIN}]"
    rf"|[Uu](?:[!->@-MO-mo-~{_PLAIN}]{_REST}|[Nn](?:[!->@-CE-ce-~{_PLAIN}]{_REST})?)?|{_LIKE_ERROR}"
)
"""No apostrophe in front, which may be a spreadsheet's (schemas.cleaning.repair.wrappers), and nothing that can be a
marker (schemas.cleaning.repair.markers): no N… of four letters, no und…, no Err:…, no # - ( < = [ in
front. No question mark but in front: within a word it may be a letter that was lost (schemas.cleaning.damage)."""
_CAPITAL = f"[!-%'->@-`{{-~{_ACCENTED}]"
_CAPITALS = rf"(?:[ -%'->@-`{{-~{_ACCENTED}]*{_CAPITAL})?"
_NAME = (
    rf"[0-9A-MO-TV-Z{_ACCENTED}]{_CAPITALS}|N[ -%'->@-`{_ACCENTED}]{{4,}}[0-9A-Z{_ACCENTED}]"
    rf"|U(?:[!-%'->@-MO-`{_ACCENTED}]{_CAPITALS}|N(?:[!-%'->@-CE-`{_ACCENTED}]{_CAPITALS})?)?"
)
_UNIT = (
    "[A-CEFHIK-NP-SU-WYZ0-9][A-Z0-9]{1,2}|D[A-WYZ0-9][A-Z0-9]?|DX[A-Z0-9]|G[A-CE-Z0-9][A-Z0-9]?|GD[A-Z0-9]"
    "|J[A-NP-Z0-9][A-Z0-9]?|JO[A-Z0-9]|O[A-GI-Z0-9][A-Z0-9]?|OH[A-LN-Z0-9]?|T[A-RV-Z0-9][A-Z0-9]?|T[SU][A-Z0-9]"
    "|X[A-XZ02-9][A-Z0-9]?|X1[A-VX-Z0-9]?|XY[A-UW-Z0-9]?"
)
"""Two or three capitals and digits, but not DX, GD, JO, OHM, TS, TU, X1W, XYV: those are spelt with lower case."""
_BROKEN = RepairStep("NORM-BROKEN", broken)
_MISSING = RepairStep("NORM-NULL", missing)
_NO_CODE = RepairStep("NORM-NULL", missing_code)
_TIDY = RepairStep("NORM-TEXT", tidy)
_UNWRAP = RepairStep("NORM-WRAPPED", unwrapped)
_UNQUOTE = RepairStep("NORM-WRAPPED", unquoted)
_HTML = RepairStep("NORM-HTML", unescaped)
_WHOLE = RepairStep("NORM-CODE", whole)


def _code(name: str, case: str = "NORM-CODE") -> tuple[RepairStep, ...]:
    """A code without its description, then in SAT's own spelling."""
    return RepairStep("NORM-CODE", read_code(name)), RepairStep(case, spell_code(name))


def _no_ampersand(shape: str) -> str:
    """Cells with one are looked at: it may begin what a web page writes for a letter."""
    return shape.replace("[ ->", "[ -%'->").replace("[!->", "[!-%'->")


_ID = (
    rf"[A-DF-MO-TV-Za-df-mo-tv-z{_PLAIN}]{_REST}|[Nn][ -~{_PLAIN}]{{3,}}[!-~{_PLAIN}]|{_LIKE_ERROR}"
    rf"|[Uu](?:[!-MO-mo-~{_PLAIN}]{_REST})?|[0-9]{{1,15}}(?:[-_][0-9]{{3,15}})*"
    "|[0-9]+[A-Za-z][A-Za-z0-9_-]*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
"""Ids no spreadsheet has touched: a number of at most fifteen digits, and nothing like a date or 1.2E+15."""
_TEXTUAL = (_TIDY, _UNWRAP, _BROKEN, _MISSING)
_CODED = (_TIDY, _UNQUOTE, _BROKEN, _NO_CODE)
_MISREAD = r"é[A-Z]|[A-Za-z](?:=[C-Fc-f][0-9A-Fa-f]|%[Cc][23]%|\\u00|\\x[C-Fc-f])"
"""`JESéS`: in DOS this letter is Ú. `Mu=F1oz`, `Mu%C3%B1oz`: letters written otherwise (schemas.cleaning.damage)."""
_AS_TEXT = Treatment(_TEXT, _TEXTUAL, unlike=_MISREAD)
_JSON = r"\[ *(?:\{[^\x00\x1f]*)?\]|\{[^\x00\x1f]*\}"
_AS_JSON = Treatment(_JSON, (_BROKEN, _MISSING))
_KEY_STEPS = (_TIDY, _UNQUOTE, RepairStep("NORM-CODE", without_point_zero), _BROKEN, _MISSING)
_MONTH_LIKE = rf"^[A-Za-z]{{3}}-[0-9]{{2}}$|{_MISREAD}"
_AS_ID = Treatment(_no_ampersand(_ID), (RepairStep("NORM-ID", plain_signs), *_KEY_STEPS, _HTML), unlike=_MONTH_LIKE)
_AS_PROSE = Treatment(_no_ampersand(_TEXT), (*_TEXTUAL, _HTML), unlike=_MISREAD)
_PHONE = Treatment("[+]?[0-9](?:[0-9 ()-]*[0-9])?", (*_KEY_STEPS, _NO_CODE))
_COUNTRY_NAME = "[A-MO-TV-Za-mo-tv-z][A-Za-zÁÄ-ÿ]{3,}(?: [A-Za-zÁÄ-ÿ]+)*"
_WHOLE_NUMBER = "[+-]?[0-9]+"
_THREE = "(?:[A-MO-Z][A-Z]|N[B-Z])[A-Z]"
_NUMBER = Treatment(r"[+-]?[0-9]+(?:\.[0-9]+)?", _CODED)
_DATE = Treatment(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?", _CODED)
_TREATMENTS: Mapping[str, Treatment] = {
    "rfc": Treatment("[A-Z&Ñ]{3,4}[0-9]{6}[A-Z0-9]{3}", (*_CODED, _HTML, RepairStep("NORM-RFC", rfc_text))),
    **dict.fromkeys(("name", "description"), _AS_PROSE),
    "legal_name": Treatment(_NAME, (*_TEXTUAL, _HTML, RepairStep("CLIENT-NAME-UPPER", upper_name))),
    "zip": Treatment("[0-9]{5}", (*_CODED, _WHOLE, RepairStep("NORM-PAD", padded("[0-9]{4}", 5)))),
    "tax_system": Treatment("[0-9]{3}", (*_CODED, _WHOLE, RepairStep("CLIENT-REGIME-TEXT", read_code("tax_system")))),
    "use": Treatment("[A-Z]{1,2}[0-9]{2}", (*_CODED, *_code("use"))),
    "product_key": Treatment(
        "[0-9]{8}", (*_CODED, _WHOLE, RepairStep("NORM-PAD", padded("1010101", 8)), *_code("product_key"))
    ),
    "unit_key": Treatment(
        _UNIT,
        (
            *_TEXTUAL,
            _WHOLE,
            RepairStep("NORM-PAD", padded("[568]", 2)),
            *_code("unit_key", case="SERVICE-UNIT-CASE"),
        ),
    ),
    "currency": Treatment(_THREE, (*_CODED, *_code("currency", case="PAY-CURRENCY"))),
    "paymentMethod": Treatment(
        "[0-9]{2}", (*_CODED, _WHOLE, RepairStep("NORM-PAD", padded("[0-9]", 2)), *_code("paymentMethod"))
    ),
    "tax_residence": Treatment(_THREE, (*_CODED, *_code("tax_residence"), RepairStep("NORM-CODE", upper))),
    "country": Treatment(f"{_THREE}|{_COUNTRY_NAME}", (*_TEXTUAL, *_code("country"))),
    "cfdi_method": Treatment("P(?:UE|PD)", (*_CODED, *_code("cfdi_method"))),
    **dict.fromkeys(("price", "taxRate", "quantity", "total", "discount", "exchange"), _NUMBER),
    "date": _DATE,
    "phone": _PHONE,
    "taxes": Treatment(f"{_TEXT}|{_JSON}", _TEXTUAL),
    "email": Treatment(
        "[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9.-]*[A-Za-z0-9]", (*_CODED, RepairStep("NORM-EMAIL", address_only))
    ),
    "foreign_tax_id": _AS_ID,
}

STEPS: tuple[str, ...] = tuple(
    dict.fromkeys(step.rule for treatment in (_AS_TEXT, *_TREATMENTS.values()) for step in treatment.steps)
)
"""The rule ids under which repairs are reported."""


def _leaf(field: str) -> str:
    return "" if field.startswith(("metadata.", "client.metadata.")) else field.rpartition(".")[2]


def _treatment(field: str) -> Treatment:
    if field in ("items", "metadata", "client.metadata"):
        return _AS_JSON
    if is_id(field):
        return _AS_ID
    return _TREATMENTS.get(_leaf(field), _AS_TEXT)


def _read(cell: pl.Expr, field: str, cell_formats: CellFormats) -> pl.Expr:
    """Not a repair of a cell but the way its whole column is read; it is told once a file, not once a cell."""
    if _leaf(field) == "date":
        return read_date(cell, cell_formats.dates.get(field, DateOrder.ISO))
    if field in cell_formats.decimals:
        return read_number(cell, cell_formats.decimals[field])
    return cell


# --- repairs ----------------------------------------------------------------------------------------------------------

_SEPARATOR, _NULL = "\x1f", "\x00"
_TOGETHER = 5
"""Columns held against their shapes at a time: few enough for groups to run side by side, many enough to be cheap."""


@cache
def _shape(fields: tuple[str, ...], with_comma: frozenset[str]) -> str:
    """What a row of `fields`, joined, looks like when no cell needs a repair; those `with_comma` have no point."""
    shapes = (_WHOLE_NUMBER if f in with_comma else _treatment(f).plain for f in fields)
    return "^" + _SEPARATOR.join(rf"(?:\x00|{shape})" for shape in shapes) + "$"


def _fits(fields: tuple[str, ...], with_comma: frozenset[str]) -> pl.Expr:
    row = pl.concat_str([pl.col(f).fill_null(_NULL) for f in fields], separator=_SEPARATOR)
    return row.str.contains(_shape(fields, with_comma))


def _with_comma(cell_formats: CellFormats) -> frozenset[str]:
    return frozenset(f for f, mark in cell_formats.decimals.items() if mark is Decimal.COMMA)


def _unfit(frame: pl.DataFrame, fields: tuple[str, ...], cell_formats: CellFormats) -> pl.Series:
    with_comma = _with_comma(cell_formats)
    groups = [fields[n : n + _TOGETHER] for n in range(0, len(fields), _TOGETHER)]
    odd = [pl.col(f).str.contains(shape).fill_null(False).not_() for f in fields if (shape := _treatment(f).unlike)]
    fits = (*(_fits(group, with_comma) for group in groups), *odd)
    return ~frame.select(pl.all_horizontal(fits)).to_series()


class Cleaned(NamedTuple):
    """`frame` with its cells repaired; `unfit` is True for rows that did not have their shape before that."""

    frame: pl.DataFrame
    unfit: pl.Series


def clean_block(frame: pl.DataFrame, fields: Iterable[str], cell_formats: CellFormats = NO_CELL_FORMATS) -> Cleaned:
    """The named text columns repaired and read, empty cells as null. Every other column is left as it is."""
    names = tuple(f for f in fields if frame[f].null_count() < frame.height)
    if not names:
        return Cleaned(frame, pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True))
    unfit = _unfit(frame, names, cell_formats)
    if not unfit.any():
        return Cleaned(frame, unfit)
    before = frame.select(names).filter(unfit)
    after = pl.DataFrame([_cleaned(before[f], f, cell_formats) for f in names])
    if after.height == frame.height:
        return Cleaned(frame.with_columns(after), unfit)
    rows = unfit.arg_true()
    changed = [f for f in names if not after[f].equals(before[f], null_equal=True)]
    return Cleaned(frame.with_columns(patch_rows(frame[f], rows, after[f]).alias(f) for f in changed), unfit)


def normalise_cells(
    frame: pl.DataFrame, fields: Iterable[str], cell_formats: CellFormats = NO_CELL_FORMATS
) -> pl.DataFrame:
    """The frame of `clean_block`."""
    return clean_block(frame, fields, cell_formats).frame


def _cleaned(cells: pl.Series, field: str, cell_formats: CellFormats) -> pl.Series:
    """A column of unfit rows: of those cells that are not in shape themselves, the repaired ones."""
    rows = (~cells.fill_null(_NULL).str.contains(_shape((field,), _with_comma(cell_formats)))).arg_true()
    if rows.is_empty():
        return cells
    # One step at a time: a step names its cell many times, and each time all steps before it would be worked out anew.
    looked_at = cells.gather(rows).to_frame(field)
    for step in _treatment(field).steps:
        looked_at = looked_at.select(step.repair(pl.col(field)).alias(field))
    return patch_rows(cells, rows, looked_at.select(_read(pl.col(field), field, cell_formats)).to_series())


def repair_cells(raw: pl.Series, field: str) -> pl.Series:
    """The rule id of the repair that changed each cell last; null where none did.

    `raw` holds the cells as the user wrote them. Blanks are not information: that an empty cell was empty is not told.
    """
    frame = raw.to_frame("cell")
    after, rule = pl.col("cell"), pl.lit(None, dtype=pl.String)
    for number, step in enumerate(_treatment(field).steps):
        frame = frame.with_columns(step.repair(after).alias(f"after{number}"))
        now = pl.col(f"after{number}")
        rule = pl.when(now.ne_missing(after)).then(pl.lit(step.rule)).otherwise(rule)
        after = now
    return frame.select(pl.when(pl.col("cell").str.strip_chars() != "").then(rule)).to_series()
