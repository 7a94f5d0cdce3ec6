"""What a spreadsheet or a wrong encoding did to cells and cannot be undone: reported, never guessed at.

These rules look at rows that did not have their shape (schemas.cleaning.repair.normalise), whatever the column.
"""

import re
from collections.abc import Iterable, Iterator

import polars as pl

from schemas.cleaning.damaged_letters import mended, mended_doubtful
from schemas.spec import INTERNAL_ID, Column, Kind, Rule, Severity, Text

__all__ = ["IDS", "SCIENTIFIC", "damage_rules", "is_id"]

IDS = frozenset({INTERNAL_ID, "clientId", "client_ref", "items.service_ref", "invoiceConfig.folio"})
"""Columns of ids: text to us, numbers or dates to a spreadsheet."""

_OWN_ID = re.compile(
    r"^(?:client\.)?metadata\.(?:.*(?:\b|_)(?i:id|ref|reference|referencia|folio)|.*[a-z](?:Id|ID|Ref|Folio))$"
)
"""Metadata that are ids by their name."""

SCIENTIFIC = r"^[+-]?[0-9]+(?:[.,][0-9]+)?[Ee]\+[0-9]+$"
"""A number as a spreadsheet shortens it, 8.41115E+07: which digits stood behind the last one, nobody knows."""

_TRAILING = r"\x{80}-\x{BF}‘’“”–—†‡•…‰‹›€šœžŠŒŽƒˆ˜™"  # what Windows-1252 shows of the bytes 80 to BF
_MOJIBAKE = rf"[\x{{FFFD}}\x{{80}}-\x{{9F}}]|[ÃÂ][{_TRAILING}]|[A-Za-zÁ-ú][¡¢£¤¥‚‡][A-Za-zÁ-ú]|[√├][^\s0-9A-Za-z(]"
"""Letters of UTF-8 read as Windows-1252, as MacRoman or CP850 (`Mu√±oz`, `Mu├▒oz`); and of CP850 and MacRoman read as
Windows-1252 (`Mu¤oz`, `PE¥A`)."""
_ESCAPED = (
    r"(?i)[a-z](?:=[c-f][0-9a-f](?:=[89ab][0-9a-f])?|(?:%c[23]%[89ab][0-9a-f])|\\u00[c-f][0-9a-f]|\\x[c-f][0-9a-f])"
)
"""Letters as e-mail, addresses and programs write them: `Mu=F1oz`, `Mu%C3%B1oz`, `Mu\\u00f1oz`."""
_LIKE_OURS = r"[\p{Cyrillic}ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο]"
_MIXED = rf"[A-Za-z]{_LIKE_OURS}|{_LIKE_OURS}[A-Za-z]"
"""Two alphabets in one word: one of its letters only looks like ours."""
_LOST_LETTER = r"[A-Za-zÁ-ú]\?[a-zá-ú]|[A-ZÁ-Ú]{2}\?[A-ZÁ-Ú]"
_ADDRESS = r"://|(?i)\bwww\.|="
"""A text with a web address in it has question marks of its own."""
_CUT_DIGITS = r"^[0-9]{15}00+$|^[0-9]{16,}[.,]0*$|^\$?[0-9]{1,3}(?:[,. '’][0-9]{3}){5,}(?:[.,][0-9]*)?$"
"""Seventeen digits or more as Excel keeps them; with a fraction or marks of thousands, which only numbers have."""
_MAYBE_CUT_DIGITS = r"^[0-9]{15}0$|^[0-9]{16,17}00+$"
"""One such id in ten ends in a nought of its own; the longer are what JavaScript and pandas print."""
_MANTISSA = r"^[0-9][.,][0-9]+[Ee][0-9]+$"
"""A number too long for its column: `1.2345678901234568e18` (polars, Rust, R)."""
_MONTHS = "ene|jan|feb|mar|abr|apr|may|jun|jul|ago|aug|sep|sept|oct|nov|dic|dec"
_MADE_DATE = (
    rf"^[0-9]{{1,2}}[-/](?i:{_MONTHS})(?:[-/][0-9]{{2,4}})?$|^(?i:{_MONTHS})-[0-9]{{2}}$"
    r"|^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]00:00:00(?:\.0+)?(?:Z|[+-]00:?00)?$"
    r"|^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} 0?0:00(?::00)?$"
)
"""What Excel makes of 2-3 and 5-26, and libraries of a day: nobody writes an id like that."""
_MAYBE_DATE = r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$"


def _mojibake(field: str, *, lost_letters: bool = True) -> Iterator[Rule]:
    """`lost_letters`: a question mark within a word, too, which an id may have of its own."""
    cell = pl.col(field)
    lost = cell.str.contains(_LOST_LETTER) & ~cell.str.contains(_ADDRESS) if lost_letters else pl.lit(False)
    escaped = cell.str.contains(_ESCAPED) & ~cell.str.contains(r"://|(?i)\bwww\.")
    damaged, meant = cell.str.contains(_MOJIBAKE) | cell.str.contains(_MIXED) | escaped | lost, mended(cell)
    message = Text(
        "«{value}» tiene letras dañadas: el archivo se guardó o se leyó con otra codificación.",
        "'{value}' holds damaged letters: the file was saved or read in another encoding.",
    )
    advice = Text(
        "Guarde el archivo como CSV UTF-8 desde el original.", "Save the file as CSV UTF-8 from the original."
    )
    yield Rule("NORM-MOJIBAKE", field, ~damaged & meant.is_null(), message, advice, proposal=meant)
    likely = mended_doubtful(cell)
    yield Rule(
        "NORM-MOJIBAKE",
        field,
        likely.is_null() | damaged | meant.is_not_null(),
        Text(
            "«{value}» puede tener letras dañadas, de un archivo que se guardó o se leyó con otra codificación.",
            "'{value}' may hold damaged letters, of a file that was saved or read in another encoding.",
        ),
        Text("Si está bien escrito, déjelo así.", "If it is spelt right, leave it as it is."),
        Severity.WARNING,
        proposal=likely,
    )


def _scientific(field: str, *, also: str = SCIENTIFIC, essential: bool = False) -> Rule:
    return Rule(
        "NORM-SCIENTIFIC",
        field,
        ~(pl.col(field).str.contains(SCIENTIFIC) | pl.col(field).str.contains(also)),
        Text(
            "«{value}» es lo que una hoja de cálculo dejó de un número largo: se perdieron dígitos.",
            "'{value}' is what a spreadsheet left of a long number: digits are lost.",
        ),
        Text(
            "Dé a la columna formato de texto y vuelva a escribir el valor original.",
            "Format the column as text and write the original value again.",
        ),
        essential=essential,
    )


def _lost_digits(field: str, shape: str, severity: Severity) -> Rule:
    return Rule(
        "NORM-LONG-ID",
        field,
        ~pl.col(field).str.contains(shape),
        Text(
            "«{value}» termina en ceros tras quince dígitos: una hoja de cálculo no guarda más.",
            "'{value}' ends in zeros after fifteen digits: a spreadsheet keeps no more.",
        ),
        Text(
            "Compruebe el identificador contra el original; si es el suyo, --ignore NORM-LONG-ID.",
            "Check the id against the original; if it is yours, --ignore NORM-LONG-ID.",
        ),
        severity,
    )


def _date(field: str, shape: str, severity: Severity) -> Rule:
    return Rule(
        "NORM-DATE-ID",
        field,
        ~pl.col(field).str.contains(shape),
        Text(
            "«{value}» parece una fecha en una columna de identificadores: una hoja de cálculo las pone por su cuenta.",
            "'{value}' looks like a date in a column of ids: a spreadsheet makes them by itself.",
        ),
        Text(
            "Dé a la columna formato de texto y vuelva a escribir el valor original; si es el suyo, "
            "--ignore NORM-DATE-ID.",
            "Format the column as text and write the original value again; if it is yours, --ignore NORM-DATE-ID.",
        ),
        severity,
    )


def _id_rules(field: str) -> tuple[Rule, ...]:
    return (
        _lost_digits(field, _CUT_DIGITS, Severity.ERROR),
        _lost_digits(field, _MAYBE_CUT_DIGITS, Severity.WARNING),
        _date(field, _MADE_DATE, Severity.ERROR),
        _date(field, _MAYBE_DATE, Severity.WARNING),
    )


def is_id(field: str) -> bool:
    """Whether the cells of a field are ids: a known one, or metadata that are ids by their name."""
    return field in IDS or _OWN_ID.search(field) is not None


def damage_rules(columns: Iterable[Column], present: Iterable[str]) -> tuple[Rule, ...]:
    """The rules for the columns of a frame; free metadata columns are text."""
    kinds = {c.field: c.kind for c in columns}
    rules: list[Rule] = []
    for field in present:
        kind = kinds.get(field, Kind.TEXT)
        if is_id(field):
            rules.append(_scientific(field, also=_MANTISSA))
        elif kind is Kind.CODE or field.rpartition(".")[2] == "phone":
            rules.append(_scientific(field))
        elif kind in (Kind.MONEY, Kind.NUMBER):
            rules.append(_scientific(field, essential=True))  # in place of API-NUMBER, on which the amounts rely
        if field in IDS:
            rules += [*_mojibake(field, lost_letters=False), *_id_rules(field)]
        elif kind in (Kind.TEXT, Kind.EMAIL):
            rules += _mojibake(field, lost_letters=kind is Kind.TEXT)
    return tuple(rules)
