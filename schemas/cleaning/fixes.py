"""What is told of each lossless repair: a cell that was changed, before and after (RULES 1)."""

from dataclasses import replace

from schemas.cleaning.normalise import STEPS
from schemas.spec import Rule, Severity, Text

__all__ = ["FIXES", "refuse_fixes"]

_WHY = {
    "NORM-TEXT": Text("espacios o signos invisibles", "spaces or invisible characters"),
    "NORM-NULL": Text("una palabra que quiere decir «sin dato»", "a word that means 'no value'"),
    "NORM-HTML": Text("signos escritos como en HTML", "characters written as in HTML"),
    "NORM-RFC": Text("guiones, espacios o minúsculas en el RFC", "hyphens, spaces or lower case in the RFC"),
    "NORM-CODE": Text(
        "una clave escrita como número o con su descripción", "a code written as a number or with its description"
    ),
    "NORM-PAD": Text("ceros que quitó una hoja de cálculo", "zeros a spreadsheet took away"),
    "CLIENT-NAME-UPPER": Text("el SAT guarda los nombres en mayúsculas", "SAT keeps names in upper case"),
    "CLIENT-REGIME-TEXT": Text("un régimen escrito con palabras", "a régime written in words"),
    "SERVICE-UNIT-CASE": Text("la clave se escribe así en el catálogo", "the catalogue spells the key this way"),
    "PAY-CURRENCY": Text("la moneda se escribe en mayúsculas", "the currency is written in upper case"),
}
_FIXED = Text(
    "Puede dejarlo así; con --no-fix se rechaza el registro.",
    "You may leave it as it is; with --no-fix the record is rejected.",
)

FIXES = {
    step: Rule(
        step,
        "",
        None,
        Text(
            f"«{{value}}» se tomó como «{{proposal}}»: {_WHY[step].es}.",
            f"'{{value}}' was taken as '{{proposal}}': {_WHY[step].en}.",
        ),
        _FIXED,
        Severity.FIX,
        "CFDI40145" if step == "CLIENT-NAME-UPPER" else None,
    )
    for step in STEPS
}
"""Rule id → the finding of that repair."""


def refuse_fixes(fix: Rule) -> Rule:
    """The same repair where the user wants none: an error that says what to write."""
    why = _WHY[fix.id]
    return replace(
        fix,
        message=Text(
            f"«{{value}}» debería decir «{{proposal}}»: {why.es}.", f"'{{value}}' should read '{{proposal}}': {why.en}."
        ),
        advice=Text("Escriba «{proposal}», o quite --no-fix.", "Write '{proposal}', or drop --no-fix."),
        severity=Severity.ERROR,
    )
