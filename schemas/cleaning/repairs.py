"""The lossless repairs themselves, one function a repair: a cell's expression in, a cell's expression out (RULES 1)."""

from collections.abc import Callable
from functools import cache

import polars as pl

from schemas.sat.frames import unit_keys
from schemas.sat.small import CURRENCIES, REGIMES

__all__ = [
    "currency_case",
    "leading_code",
    "padded",
    "regime_text",
    "rfc_text",
    "tidy",
    "unescaped",
    "unit_spelling",
    "upper",
    "whole",
]

_SPACES = r"[\t\n\r\x0b\x0c\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]"
_INVISIBLE = r"[\x00-\x1f\x7f-\x{9F}\x{AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]"
_ENTITIES = {
    "&amp;": "&",
    "&#38;": "&",
    "&quot;": '"',
    "&#39;": "'",
    "&apos;": "'",
    "&lt;": "<",
    "&gt;": ">",
    "&nbsp;": " ",
}
_ACCENTS = {"á": "a", "é": "e", "í": "i", "ó": "o", "ú": "u", "ü": "u"}
_NICKNAMES = {"resico": "626", "simplificado de confianza": "626", "regimen simplificado de confianza resico": "626"}


def tidy(cell: pl.Expr) -> pl.Expr:
    """NFC, every kind of space a space, no invisible or control characters, none of either at the ends."""
    composed = cell.str.normalize("NFC").str.replace_all(_SPACES, " ")
    return composed.str.replace_all(_INVISIBLE, "").str.strip_chars()


def unescaped(cell: pl.Expr) -> pl.Expr:
    """`&amp;` and its like as the characters they stand for."""
    return cell.str.replace_many(_ENTITIES)


def upper(cell: pl.Expr) -> pl.Expr:
    return cell.str.to_uppercase()


def rfc_text(cell: pl.Expr) -> pl.Expr:
    """Upper case, without spaces, dashes of any kind, points and slashes; full-width characters as plain ones."""
    return cell.str.normalize("NFKC").str.to_uppercase().str.replace_all(r"[\s\p{Pd}_./\\]", "")


def whole(cell: pl.Expr) -> pl.Expr:
    """`601.0` as `601` (a spreadsheet's number); full-width digits as plain ones. A real fraction stays."""
    return cell.str.normalize("NFKC").str.replace(r"^([0-9]+)\.0+$", "$1")


def padded(short: str, length: int) -> Callable[[pl.Expr], pl.Expr]:
    """Leading zeros put back where the whole cell matches `short`, and only there."""

    def pad(cell: pl.Expr) -> pl.Expr:
        return pl.when(cell.str.contains(f"^(?:{short})$")).then(cell.str.zfill(length)).otherwise(cell)

    return pad


def leading_code(cell: pl.Expr) -> pl.Expr:
    """`g03` and `G03 - Gastos en general` as `G03`."""
    code = cell.str.to_uppercase().str.extract(r"^([A-Z]{1,2}[0-9]{2})(?:$|[^A-Z0-9])")
    return pl.coalesce(code, cell)


def currency_case(cell: pl.Expr) -> pl.Expr:
    """`mxn` as `MXN`, for currencies SAT knows; another word stays as it is."""
    raised = cell.str.to_uppercase()
    return pl.when(raised.is_in(list(CURRENCIES))).then(raised).otherwise(cell)


def regime_text(cell: pl.Expr) -> pl.Expr:
    """`612 - Personas Físicas…` as `612`; a description, if exactly one régime has it, as its key."""
    folded = _folded(cell)
    return pl.coalesce(
        cell.str.extract(r"^([0-9]{3})(?:$|[^0-9.])"),
        folded.replace_strict(_regimes(), default=None, return_dtype=pl.String),
        cell,
    )


def _folded(cell: pl.Expr) -> pl.Expr:
    bare = cell.str.to_lowercase().str.replace_many(_ACCENTS).str.replace_all(r"[^a-z0-9ñ]+", " ").str.strip_chars()
    return bare.str.replace("^regimen (?:de |del |de los )?", "")


@cache
def _regimes() -> dict[str, str]:
    described = pl.DataFrame({"key": list(REGIMES), "text": [r.description for r in REGIMES.values()]})
    texts = described.select("key", text=_folded(pl.col("text"))).filter(pl.len().over("text") == 1)
    return dict(zip(texts["text"], texts["key"], strict=True)) | _NICKNAMES


def unit_spelling(cell: pl.Expr) -> pl.Expr:
    """`h87` as `H87`: the official spelling of a unit key, which is unique but for its case."""
    return cell.map_batches(_spelled, return_dtype=pl.String)


def _spelled(cells: pl.Series) -> pl.Series:
    asked = cells.alias("cell").to_frame().with_columns(folded=pl.col("cell").str.to_uppercase())
    official = asked.join(unit_keys().select("folded", "key"), on="folded", how="left", maintain_order="left")
    return official.select(pl.coalesce("key", "cell")).to_series()
