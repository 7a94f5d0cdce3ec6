"""The legal name as SAT compares it: upper case, no company type at its end, of the RFC's person (SAT, Anexo 20).

Cells have been normalised: they are in upper case already (CLIENT-NAME-UPPER is a fix).
"""

import polars as pl

from schemas.cleaning.accents import without_accents
from schemas.cleaning.sieve import match_closely
from schemas.rule_options import RuleOptions
from schemas.sat.small import NATIONAL_GENERIC_RFC, PUBLIC_NAME
from schemas.spec import Rule, Severity, Text

__all__ = ["name_facts", "name_rules"]

MAX_CHARS = 300

_TYPES = (
    r"S\.?\s*A\.?\s*(?:P\.?\s*I\.?|B\.?|S\.?)?(?:\s*(?:DE)?\s*C\.?\s*V\.?)?",
    r"S\.?\s*(?:DE\s*)?R\.?\s*L\.?(?:\s*(?:DE)?\s*(?:C\.?\s*V\.?|I\.?\s*P\.?|M\.?\s*I\.?)(?:\s*(?:DE)?\s*C\.?\s*V\.?)?)?",
    r"S\.?\s*C\.?(?:\s*(?:DE)?\s*(?:R\.?\s*L\.?|R\.?\s*S\.?)(?:\s*(?:DE)?\s*C\.?\s*V\.?)?)?",
    r"A\.?\s*C\.?",
    r"I\.?\s*A\.?\s*P\.?",
    r"A\.?\s*B\.?\s*P\.?",
    r"S\.?\s*P\.?\s*R\.?(?:\s*(?:DE)?\s*R\.?\s*[LI]\.?)?",
    r"S\.?\s*EN\s*(?:C\.?(?:\s*POR\s*A\.?)?|N\.?\s*C\.?)",
    r"SOCIEDAD\s+(?:AN[OÓ]NIMA|CIVIL|COOPERATIVA|DE\s+RESPONSABILIDAD\s+LIMITADA).*",
    r"ASOCIACI[OÓ]N\s+CIVIL",
)
COMPANY_SUFFIX = rf"[\s,]+(?:{'|'.join(_TYPES)})\s*$"
"""The company types people write after a name; SAT keeps the name without them (CFDI40145)."""

_LETTERS = "A-ZÁÉÍÓÚÜÑÀÈÌÒÙÄËÏÖÇ"
_WORD = rf"[{_LETTERS}0-9&.,'/()+#-]*[{_LETTERS}0-9&'/()+#-]"
_TIDY = rf"^(?:{_WORD} )*[{_LETTERS}0-9&'/(+#-]*[{_LETTERS}][{_LETTERS}0-9&'/()+#-]*(?: {_WORD})*$"
"""Words of usual characters, one space apart, with a letter somewhere and no point or comma at the end."""

_ODD = '[“”‘’«»"\\x{FFFD}]|[ÃÂ][^A-ZÁÉÍÓÚÑ ]|\\?[A-ZÑ]|[A-ZÑ]\\?[A-ZÑ]|@|^[0-9 .,-]+$'
_PUBLIC_LIKE = r"^(?:VENTAS? )?(?:AL )?P[UÚ]BLICO (?:EN )?GENERAL[ .]*$"


def without_suffix(name: pl.Expr) -> pl.Expr:
    """The name as SAT would keep it."""
    return name.str.replace(COMPANY_SUFFIX, "").str.strip_chars(" ,")


def _has_initial(name: pl.Expr, rfc: pl.Expr, position: int) -> pl.Expr:
    """Some word of the name begins with that letter of the RFC; X stands for any (SAT writes it for a missing name)."""
    letter = rfc.str.slice(position, 1)
    return (" " + name).str.contains(" " + letter, literal=True) | (letter == "X")


def name_facts(frame: pl.DataFrame, _: RuleOptions, prefix: str = "") -> pl.DataFrame:
    """`~name.spaces ~name.characters ~name.initials` (is it right?) and `~name.suffix` (has it one?)."""
    name, rfc = pl.col(f"{prefix}legal_name"), pl.col(f"{prefix}rfc")
    asked = match_closely(
        frame,
        name.str.contains(_TIDY),
        {
            f"~{prefix}name.spaces": ~name.str.contains(r"\s\s|[.,;]$"),
            f"~{prefix}name.characters": ~name.str.contains(_ODD),
        },
    )
    people = (pl.col(f"~{prefix}rfc.person") == "F") & pl.col(f"~{prefix}rfc.form") & ~pl.col(f"~{prefix}rfc.generic")
    initials = pl.struct(name.alias("name"), rfc.alias("rfc")).map_batches(_initials, return_dtype=pl.Boolean)
    return match_closely(
        asked.with_columns(name.str.contains(COMPANY_SUFFIX).alias(f"~{prefix}name.suffix")),
        ~people | name.is_null(),
        {f"~{prefix}name.initials": initials},
    )


def _initials(people: pl.Series) -> pl.Series:
    """Whether the letters of each RFC are initials of the name. Most given names come first: that is tried at once."""
    name, rfc = pl.col("name"), pl.col("rfc")
    folded = without_accents(name)
    careful = pl.all_horizontal(_has_initial(folded, rfc, position) for position in (0, 2, 3))
    first = name.str.slice(0, 1) == rfc.str.slice(3, 1)
    usual = first & _has_initial(name, rfc, 0) & _has_initial(name, rfc, 2)
    return match_closely(people.struct.unnest(), usual, {"initials": careful})["initials"]


def name_rules(prefix: str = "") -> tuple[Rule, ...]:
    """What SAT asks of a legal name, and what the name PUBLICO EN GENERAL asks of the RFC."""
    field = f"{prefix}legal_name"
    name, rfc = pl.col(field), pl.col(f"{prefix}rfc")
    suffix, person = pl.col(f"~{prefix}name.suffix"), pl.col(f"~{prefix}rfc.person")
    as_kept = Text(
        "Escriba el nombre como está en la Constancia de Situación Fiscal.",
        "Write the name as it stands on the tax status certificate (CSF).",
    )
    return (
        Rule(
            "CLIENT-NAME-LEN",
            field,
            (name.str.len_chars() <= MAX_CHARS) & ~name.str.contains("|", literal=True),
            Text(
                "La razón social pasa de 300 caracteres o lleva una barra |.",
                "The legal name is longer than 300 characters or holds a bar |.",
            ),
            Text("Acórtela o quite la barra.", "Shorten it or take the bar out."),
        ),
        Rule(
            "CLIENT-NAME-SUFFIX",
            field,
            ~suffix,
            Text(
                "«{value}» termina en el tipo de sociedad, que el SAT no guarda en el nombre.",
                "'{value}' ends in the type of company, which SAT does not keep in the name.",
            ),
            Text(
                "Escriba el nombre sin él, como en la constancia.", "Write the name without it, as on the certificate."
            ),
            Severity.WARNING,
            "CFDI40145",
            without_suffix(name),
        ),
        Rule(
            "CLIENT-NAME-SUFFIX-PF",
            field,
            ~(suffix & (person == "F") & ~pl.col(f"~{prefix}rfc.generic")),
            Text(
                "«{value}» es nombre de empresa, y el RFC es de una persona (13 caracteres).",
                "'{value}' is a company's name, and the RFC is a person's (13 characters).",
            ),
            Text("Revise cuál de los dos es el del cliente.", "Check which of the two is the client's."),
            Severity.WARNING,
            "CFDI40145",
        ),
        Rule(
            "CLIENT-NAME-SPACES",
            field,
            pl.col(f"~{prefix}name.spaces"),
            Text(
                "«{value}» lleva espacios dobles o termina en punto o coma.",
                "'{value}' has double spaces or ends in a point or comma.",
            ),
            as_kept,
            Severity.WARNING,
            "CFDI40145",
        ),
        Rule(
            "CLIENT-NAME-CHARS",
            field,
            pl.col(f"~{prefix}name.characters"),
            Text(
                "«{value}» tiene signos que no van en un nombre (comillas, @, solo números, letras dañadas).",
                "'{value}' holds signs no name has (quotes, @, digits only, damaged letters).",
            ),
            as_kept,
            Severity.WARNING,
            "CFDI40145",
        ),
        Rule(
            "CLIENT-NAME-INITIALS",
            field,
            pl.col(f"~{prefix}name.initials"),
            Text(
                "Las letras del RFC no son iniciales de «{value}»: ¿se cruzaron filas o columnas?",
                "The letters of the RFC are not initials of '{value}': were rows or columns shifted?",
            ),
            Text("Revise que nombre y RFC sean de la misma persona.", "Check that name and RFC belong to one person."),
            Severity.WARNING,
        ),
        Rule(
            "CLIENT-PG-RFC",
            field,
            (name != PUBLIC_NAME) | (rfc == NATIONAL_GENERIC_RFC),
            Text(
                "El nombre PUBLICO EN GENERAL solo va con el RFC genérico.",
                "The name PUBLICO EN GENERAL goes with the generic RFC only.",
            ),
            Text(
                f"Escriba el RFC {NATIONAL_GENERIC_RFC}, o el nombre del cliente.",
                f"Write the RFC {NATIONAL_GENERIC_RFC}, or the client's name.",
            ),
            sat_code="CFDI40146",
        ),
        Rule(
            "CLIENT-PG-SPELL",
            field,
            (rfc != NATIONAL_GENERIC_RFC) | (name == PUBLIC_NAME) | ~name.str.contains(_PUBLIC_LIKE),
            Text(
                "«{value}» no es el nombre exacto: se timbraría como factura a una persona con ese nombre.",
                "'{value}' is not the exact name: it would be stamped as an invoice to somebody of that name.",
            ),
            Text(
                "Escriba PUBLICO EN GENERAL, sin acento ni punto.", "Write PUBLICO EN GENERAL, without accent or point."
            ),
            Severity.WARNING,
            proposal=pl.lit(PUBLIC_NAME),
        ),
    )
