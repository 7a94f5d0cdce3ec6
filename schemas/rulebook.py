"""Every rule there is, for `--only` and `--ignore` to be checked against and for docs/rules.md.

`python -m schemas.rulebook > docs/rules.md` writes the page; a test holds it to the declarations.
"""

from collections.abc import Iterable
from functools import cache

from schemas import declared_resources
from schemas.cleaning.damage import damage_rules
from schemas.cleaning.repair.fixes import BROKEN, FIXES, NAMELESS, OTHER_DESCRIPTION
from schemas.rules import cross_record as across
from schemas.rules.declared import part_rules
from schemas.rules.remote import refusals
from schemas.rules.tax.totals import NO_TAXES, NOT_EXACT, TOO_MANY
from schemas.spec import INTERNAL_ID, Column, Rule

__all__ = ["EXAMPLES", "all_rules", "page", "rule_ids", "unknown_rules"]

EXAMPLES = {
    "API-REQUIRED": "rfc empty",
    "API-CHOICE": "currency GBP",
    "API-EMAIL": "pagos(arroba)cliente.mx",
    "API-BOOLEAN": "paid quizá",
    "API-NUMBER": "total mil quinientos",
    "API-DECIMALS": "taxRate 16.1234567",
    "API-CLIENT": "client_ref and clientId at once",
    "API-PAID-METHOD": "paid true, no paymentMethod",
    "API-UNIQUE": "two records PAG-1",
    "API-MAP": "metadata [1, 2]",
    "API-AGREE": "two lines of PAG-1, one 03, one 04",
    "API-REFUSED": "what the API answered",
    "API-CHANGE": "what the API answered to --update or the second request of --two-step",
    "API-UNWRITABLE": 'metadata {"a": "x", "a.b": "y"}',
    "NORM-TEXT": "a no-break space at the end",
    "NORM-NULL": "\\N, NULL or N/A (fix), as a legal name (error)",
    "NORM-BROKEN": "#¿NOMBRE? in a phone (fix), in a total (error)",
    "NORM-WRAPPED": '="0042"',
    "NORM-ID": "A–7 for A-7, ２００１ for 2001",
    "NORM-HTML": "H&amp;E951128469 with its &amp; as HTML writes it",
    "NORM-EMAIL": "mailto:pagos@cliente.mx",
    "NORM-RFC": "eku-900317-3c9",
    "NORM-CODE": "601.0",
    "NORM-CODE-OTHER": "03 - Efectivo",
    "NORM-PAD": "6600 for 06600",
    "NORM-SCIENTIFIC": "8.41115E+07",
    "NORM-MOJIBAKE": "NUÃ‘EZ, Mu±oz, JosÚ (error), GARCÖA (warning)",
    "NORM-LONG-ID": "12345678901234500 (error), 1234567890123450 (warning)",
    "NORM-DATE-ID": "5-oct (error), 05/10/2026 (warning)",
    "CLIENT-RFC-FORMAT": "GODE561331GR8",
    "CLIENT-RFC-DATE": "GODE560230GR8",
    "CLIENT-RFC-CHECKDIGIT": "GODE561231GR7",
    "CLIENT-RFC-HOMOCLAVE": "a homoclave 00",
    "CLIENT-RFC-OBSCENE": "RUIN561231…",
    "CLIENT-RFC-THIRD": "EXT990101NI1",
    "CLIENT-RFC-ISSUER": "your own RFC",
    "CLIENT-NAME-LEN": "301 characters",
    "CLIENT-NAME-UPPER": "Escuela Kemper Urgate",
    "CLIENT-NAME-SUFFIX": "ESCUELA KEMPER URGATE SA DE CV",
    "CLIENT-NAME-SUFFIX-PF": "BERENICE XIMO SA DE CV, XIQB891116QE4",
    "CLIENT-NAME-SPACES": "two spaces between words",
    "CLIENT-NAME-CHARS": "“ACME”",
    "CLIENT-NAME-INITIALS": "JUAN PEREZ LOPEZ, XIQB891116QE4",
    "CLIENT-PG-RFC": "PUBLICO EN GENERAL, EKU9003173C9",
    "CLIENT-PG-SPELL": "PÚBLICO EN GENERAL",
    "CLIENT-PG-GLOBAL": "a payment to XAXX010101000, PUBLICO EN GENERAL",
    "CLIENT-ZIP-FORMAT": "670",
    "CLIENT-ZIP-CATALOG": "17000 (warning), 00000 (error)",
    "CLIENT-ZIP-UNASSIGNED": "42501; told only with --only",
    "CLIENT-ZIP-STATE": "64000, Jalisco",
    "CLIENT-REGIME-CATALOG": "699",
    "CLIENT-REGIME-TEXT": "RESICO (fix), otro (error)",
    "CLIENT-REGIME-LEGACY": "629",
    "CLIENT-REGIME-PERSON": "612, EKU9003173C9",
    "CLIENT-USE-CATALOG": "G04",
    "CLIENT-USE-LEGACY": "P01",
    "CLIENT-USE-REGIME": "G03 with 605",
    "CLIENT-USE-PERSON": "D01 with a company",
    "CLIENT-USE-TYPE": "CP01",
    "CLIENT-GEN-REGIME": "XAXX010101000, 601",
    "CLIENT-GEN-USE": "XAXX010101000, G03",
    "CLIENT-GEN-ZIP": "XAXX010101000 with another zip than the issuer's",
    "CLIENT-FOREIGN-RES": "XEXX010101000, residence MEX",
    "CLIENT-FOREIGN-TAXID": "12345 for a client in the USA",
    "SERVICE-DESC": "a bar | in the description",
    "SERVICE-UNITNAME": "more than 20 characters",
    "SERVICE-PRICE": "0",
    "SERVICE-PRICE-NEG": "-5",
    "SERVICE-PRICE-DEC": "100.1234567",
    "SERVICE-PRODKEY-FORMAT": "84111506X",
    "SERVICE-PRODKEY-SHAPE": "8411150",
    "SERVICE-PRODKEY-CATALOG": "99999999",
    "SERVICE-PRODKEY-XSDONLY": "46111500",
    "SERVICE-PRODKEY-VALIDITY": "a key whose last day is past",
    "SERVICE-PRODKEY-GENERIC": "01010101",
    "SERVICE-PRODKEY-BILLING": "84111506",
    "SERVICE-PRODKEY-IVA": "84121603 without IVA",
    "SERVICE-UNIT-CATALOG": "PZA",
    "SERVICE-UNIT-CASE": "h87",
    "TAX-SYNTAX": "más el impuesto",
    "TAX-TYPE": "ISH 0.03",
    "TAX-FACTOR": '[{"type": "IVA", "factor": "Fijo"}]',
    "TAX-EXENTO": "IVA exento 0.16",
    "TAX-RATE-REQUIRED": "IVA",
    "TAX-RATE": "IVA 0.11",
    "TAX-PERCENT": "IVA 16",
    "TAX-ISR-TRANSFER": "ISR 0.10",
    "TAX-DUP": "IVA 0.16; IVA 0.16",
    "TAX-BORDER": "IVA 0.08",
    "PAY-FORM-CATALOG": "SPEI",
    "PAY-FORM-LEGACY": "07",
    "PAY-METHOD": "PUD",
    "PAY-PPD-99": "PPD with 03",
    "PAY-PUE-99": "paid true with 99",
    "PAY-RECEIVED-99": "paid true with 99, income invoice and complement automated",
    "PAY-CURRENCY": "PESOS (error), mxn (fix)",
    "PAY-CURRENCY-CELL": "a total USD 4800, currency MXN (error) or USD (fix); a quantity 2 USD (error)",
    "PAY-CURRENCY-TAKEN": "a total USD 4800, no currency",
    "PAY-CURRENCY-XXX": "XXX",
    "PAY-FX-REQUIRED": "USD without exchange",
    "PAY-FX-MXN": "MXN with 17.5",
    "PAY-FX-FORMAT": "0",
    "PAY-AMOUNT": "0",
    "PAY-AMOUNT-DEC": "4800.125",
    "PAY-TOTAL-TAXED": "0.04 in a column Total with IVA 0.16",
    "PAY-ITEMS": "no item; quantity 0",
    "PAY-DISCOUNT": "a discount above the total",
    "PAY-DATE": "2026-02-30 (error), next year (warning)",
    "PAY-RECEIPT-LATE": "an instalment of two months ago",
    "PAY-CLIENT": "a client rejected in the same call",
    "X-COLUMN-UNKNOWN": "a column Vendedor",
    "X-REF": "client_ref CLI-9999",
    "X-CONFLICT": "PAG-1 sent before with another total",
    "X-CONFLICT-OPEN": "PAG-1 sent with another total, answer lost",
    "X-ID-CASE": "PAG-1 beside pag-1",
    "X-ID-CHANGED": "12, sent before as 0012, or beside it in the file; #12",
    "X-ID-MIXED": "a line of 1001, a line of 1001.0",
    "X-EXISTING": "a client the account holds, with --on-existing error",
    "X-EXISTING-MANY": "two clients of the account have its RFC",
    "X-DUP-RFC": "one RFC under two names",
    "X-DUP-RFC-REGIME": "one RFC with 612 and 606",
    "X-DUP-ROW": "the same row twice",
    "X-GENERIC-MANY": "PUBLICO EN GENERAL twice",
    "X-EMAIL-SHARED": "one e-mail on three RFCs",
}
"""A cell, or the few words for a row, that breaks the rule."""

NOT_CHECKED = {
    "CLIENT-RFC-LISTED, CLIENT-NAME-MATCH, CLIENT-ZIP-RFC, CLIENT-REGIME-OF-RFC": "only SAT's own list knows",
    "PAY-FX-RANGE": "needs the day's published rate",
    "PAY-TOTAL, PAY-ACCOUNT, TAX-OBJ, SERVICE-SKU, X-DUP-SKU": "dialect 2025-06 has no such field",
    "TAX-RESICO, TAX-GLOBAL": "needs the issuer's régime, or the account's settings for global invoices",
    "SERVICE-PRODKEY-COMPLEMENT, SERVICE-PRODKEY-CLASS": "nothing in SAT's data to check, or nothing wrong",
}
"""Rules of SAT this tool does not check, and why; X-COLUMN-SHIFT stops a file as a whole and is no finding."""


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule once for each severity and SAT code it can have, in the order of the page."""
    found = [
        *FIXES.values(),
        BROKEN,
        NAMELESS,
        OTHER_DESCRIPTION,
        *damage_rules([Column("name"), Column(INTERNAL_ID)], ["name", INTERNAL_ID]),
    ]
    for declared in declared_resources().values():
        for part in (declared.record, declared.lines):
            found += part_rules(part) if part else ()
    found += [NOT_EXACT, NO_TAXES, TOO_MANY]
    found += [value for module in (across, refusals) for value in vars(module).values() if isinstance(value, Rule)]
    return tuple({(r.id, r.severity, r.sat_code): r for r in found}.values())


def rule_ids() -> frozenset[str]:
    return frozenset(rule.id for rule in all_rules())


def unknown_rules(names: Iterable[str]) -> tuple[str, ...]:
    """Those names that are no rule's id, for a usage error."""
    return tuple(name for name in names if name not in rule_ids())


_HEAD = """# The rules

Every finding names its rule. An **error** rejects the record, a **warning** does not (with `--strict` it does), a
**fix** is a lossless repair that was made and is told (with `--no-fix` it is an error), an **info** is for those who
ask. `--only RULE` and `--ignore RULE` choose among the rules; those marked † always run, because the tool or the API
relies on them. The SAT code is what the PAC would answer. Where a key is not found and the catalogue is older than
twelve months, the finding goes one step down.

This page is written by `python -m schemas.rulebook`.

| rule | severity | SAT code | column | what it says | for example |
|---|---|---|---|---|---|
"""


def page() -> str:
    """docs/rules.md."""
    rows = sorted(all_rules(), key=lambda r: (r.id.split("-")[0], r.id, r.severity, r.sat_code or ""))
    table = "".join(f"{_row(rule)}\n" for rule in rows)
    left_out = "".join(f"* {names}: {why}.\n" for names, why in NOT_CHECKED.items())
    return f"{_HEAD}{table}\n## Not checked\n\n{left_out}"


def _row(rule: Rule) -> str:
    said = rule.message.en.replace("{column}", "…").replace("{proposal}", "…").replace("{value}", "…")
    of_the_tool = rule.passes is None and rule.id.startswith(("API-", "X-REF", "PAY-"))
    always = " †" if rule.essential or of_the_tool else ""
    cells = (rule.id + always, rule.severity.value, rule.sat_code or "", rule.field, said, EXAMPLES.get(rule.id, ""))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(page(), end="")
