"""What is told of each lossless repair: a cell that was changed, before and after (docs/check-and-correct.md)."""

from dataclasses import replace

from schemas.cleaning.repair.normalise import STEPS
from schemas.spec import Column, Kind, Rule, Severity, Text

__all__ = ["BROKEN", "FIXES", "NAMELESS", "OTHER_DESCRIPTION", "fix_rule", "refuse_fixes"]

_WHY = {
    "NORM-TEXT": Text("espacios o signos invisibles", "spaces or invisible characters"),
    "NORM-NULL": Text("una palabra que quiere decir «sin dato»", "a word that means 'no value'"),
    "NORM-BROKEN": Text("una fórmula que falló y no dejó valor", "a formula that failed and left no value"),
    "NORM-WRAPPED": Text(
        "lo que una hoja de cálculo pone alrededor de un texto", "what a spreadsheet puts around a text"
    ),
    "NORM-ID": Text(
        "guiones o dígitos que un programa cambió por otros signos",
        "hyphens or digits a program changed for other signs",
    ),
    "NORM-HTML": Text("signos escritos como en HTML", "characters written as in HTML"),
    "NORM-EMAIL": Text("algo más que la dirección de correo", "more than the e-mail address"),
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


BROKEN = Rule(
    "NORM-BROKEN",
    "",
    None,
    Text(
        "«{value}» es lo que dejó una fórmula que falló: aquí hace falta un valor.",
        "'{value}' is what a formula that failed has left: a value is needed here.",
    ),
    Text(
        "Corrija la fórmula en la hoja de cálculo, o escriba el valor.",
        "Correct the formula in the spreadsheet, or write the value.",
    ),
    essential=True,
)
"""A broken cell where emptying it would change what is invoiced."""

NAMELESS = Rule(
    "NORM-NULL",
    "",
    None,
    Text("«{value}» quiere decir «sin dato», y no es un nombre.", "'{value}' means 'no value' and is no name."),
    Text("Escriba el nombre, o deje vacía la celda.", "Write the name, or leave the cell empty."),
)
"""A word for nothing in a name: it may be the name of somebody."""

OTHER_DESCRIPTION = Rule(
    "NORM-CODE-OTHER",
    "",
    None,
    Text(
        "«{value}» se tomó por su clave, pero su descripción es la de {proposal}.",
        "'{value}' was taken by its code, but its description is that of {proposal}.",
    ),
    Text("Compruebe cuál de las dos es la buena.", "Check which of the two is right."),
    Severity.WARNING,
)
"""A code written with the description of another code of the same catalogue."""


def fix_rule(step: str, field: str, column: Column | None) -> Rule:
    """What is told of a repair in that column, None for one nobody declared: that it was made, or that it cannot be."""
    named = field.rpartition(".")[2] in ("legal_name", "name") and column is not None
    if step == "NORM-BROKEN" and column is not None and (column.required or named or column.kind is not Kind.TEXT):
        return BROKEN
    if step == "NORM-NULL" and column is not None and named and not column.required:
        return NAMELESS
    return FIXES[step]


def refuse_fixes(fix: Rule) -> Rule:
    """The same repair where the user wants none: an error that says what to write. What is none stays as it is."""
    if fix.severity is not Severity.FIX:
        return fix
    why = _WHY[fix.id]
    return replace(
        fix,
        message=Text(
            f"«{{value}}» debería decir «{{proposal}}»: {why.es}.", f"'{{value}}' should read '{{proposal}}': {why.en}."
        ),
        advice=Text("Escriba «{proposal}», o quite --no-fix.", "Write '{proposal}', or drop --no-fix."),
        severity=Severity.ERROR,
    )
