"""Whole cells that hold no value: the words tools write for nothing, and what Excel leaves of a formula that failed.

Only a whole cell counts, in any case: a text that merely contains such a word is a text.
"""

import polars as pl

__all__ = ["broken", "missing", "missing_code"]

_NOTHING = (
    "", "-", "--", "n/a", "n.a.", "n/d", "n.d.", "null", "nan", "none", "nat", "<na>", "\\n", "(null)", "[null]",
    "<null>", "(none)", "undefined", "(blank)", "(en blanco)", "(vacío)", "(vacías)",
)  # fmt: skip
"""Databases (MySQL, Oracle, DBeaver, DataGrip), pandas, Arrow, JavaScript, pivot tables, and people."""

_IN_CODES = (*_NOTHING, "na")
"""R writes NA, which in a text may be a surname or Nayarit, and is a unit key."""

_SHOUTED = (
    "name|nombre|nome|ref|value|valor|div/0|num|núm|null|nulo|spill|desbordamiento|despejar|calc|cálc|field|campo"
    "|blocked|bloqueado|connect|conectar|busy|ocupado|unknown|desconocido|external|externo|python|error"
)
_BROKEN = (
    rf"(?i)^#(?:[¡¿]?(?:{_SHOUTED})[!?]|n/a|n/d|n/disp|getting_data|obteniendo_datos|cargando_datos|#{{2,}}"
    r"|null#|err(?:or)?)$|^err:[0-9]{3}$|^\[object object\]$"
)
"""Error values of Excel, LibreOffice and Google Sheets in English, Spanish and Portuguese; ### is a narrow column.
And what JavaScript makes of an object."""


def missing(cell: pl.Expr) -> pl.Expr:
    """Null where the cell is empty or holds a word for nothing (N/A, NULL, \\N …)."""
    return pl.when(~cell.str.strip_chars().str.to_lowercase().is_in(_NOTHING)).then(cell)


def missing_code(cell: pl.Expr) -> pl.Expr:
    """The same where NA can be nothing else: in codes, numbers and dates."""
    return pl.when(~cell.str.strip_chars().str.to_lowercase().is_in(_IN_CODES)).then(cell)


def broken(cell: pl.Expr) -> pl.Expr:
    """Null where a formula failed (#REF!, #¿NOMBRE?, #N/D …): what it should have said, nobody knows."""
    return pl.when(~cell.str.strip_chars().str.contains(_BROKEN)).then(cell)
