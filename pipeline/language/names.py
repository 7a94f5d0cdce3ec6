"""Names of ours as a person reads them: in JSON, in columns and on the command line they stay what they are."""

from pipeline.language.say import Said, say, say_count, say_known

__all__ = ["count_things", "name_word", "restore_count"]

_NAMES = (
    # resources, and tables of them
    say("clients"), say("services"), say("payments"), say("invoices"), say("receipts"), say("webhooks"),
    say("catalogs"), say("teams"), say("users"), say("retentions"), say("invoices egress"), say("invoices payment"),
    say("invoices transfer"), say("invoices draft"), say("invoices sat"),
    say("client"), say("service"), say("payment"),
    # what became of records, and of runs
    say("read"), say("created"), say("existing"), say("rejected"), say("refused"), say("in doubt"), say("unsent"),
    say("absent"),
    say("planned"), say("sending"), say("done"), say("running"), say("ok"), say("partial"), say("failed"),
    say("interrupted"),
    # outputs
    say("rejects"), say("problems"), say("report"), say("plan"), say("kept"), say("kept clients"), say("kept services"),
    say("kept payments"), say("kept receipts"),
    # catalogues, and what they tell of a key
    say("product keys"), say("unit keys"), say("postal codes"), say("small catalogs"), say("product"), say("unit"),
    say("regime"), say("use"), say("payment form"), say("currency"), say("persons"), say("uses"), say("regimes"),
    say("payer account"), say("beneficiary account"), say("decimals"), say("stimulus"), say("state"),
    say("municipality"), say("locality"), say("valid from"), say("valid to"), say("symbol"), say("shipped"),
    say("yours"), say("built in"),
    say("border stimulus"), say("in workbook"), say("iva required"),
    say("postal code"), say("product key"), say("unit key"), say("payment method"),
    say("tax"), say("tax object"), say("yes"), say("no"),
    # what a run is doing
    say("reading"), say("checking"), say("looking up"), say("exporting"),
    # lines of the doctor
    say("settings"), say("state folder"), say("journal"), say("catalogues"), say("key"), say("account"), say("address"),
    say("API"), say("dialect"),
)  # fmt: skip
"""Literals, for the catalogue to be made from."""


def name_word(name: str) -> Said:
    """The word for a name: `in doubt` for `in_doubt`. A name without one stands for itself."""
    return say_known(name.replace("_", " "))


_COUNTED = {
    "records": say_count("{count:,} record", "{count:,} records", 0),
    "rows": say_count("{count:,} row", "{count:,} rows", 0),
    "runs": say_count("{count:,} run", "{count:,} runs", 0),
    "pages": say_count("{count:,} page", "{count:,} pages", 0),
    "clients": say_count("{count:,} client", "{count:,} clients", 0),
    "services": say_count("{count:,} service", "{count:,} services", 0),
    "payments": say_count("{count:,} payment", "{count:,} payments", 0),
    "invoices": say_count("{count:,} invoice", "{count:,} invoices", 0),
    "receipts": say_count("{count:,} receipt", "{count:,} receipts", 0),
    "webhooks": say_count("{count:,} webhook", "{count:,} webhooks", 0),
    "catalogs": say_count("{count:,} catalog", "{count:,} catalogs", 0),
    "teams": say_count("{count:,} team", "{count:,} teams", 0),
    "users": say_count("{count:,} user", "{count:,} users", 0),
    "retentions": say_count("{count:,} retention", "{count:,} retentions", 0),
    "invoices_egress": say_count("{count:,} credit note", "{count:,} credit notes", 0),
    "invoices_payment": say_count("{count:,} payment complement", "{count:,} payment complements", 0),
    "invoices_transfer": say_count("{count:,} transfer invoice", "{count:,} transfer invoices", 0),
    "invoices_draft": say_count("{count:,} draft", "{count:,} drafts", 0),
    "invoices_sat": say_count("{count:,} invoice of SAT", "{count:,} invoices of SAT", 0),
}
"""What is counted, by its plural word."""


def count_things(count: int, what: str) -> Said:
    """`1 row`, `1,234 rows`. KeyError for a word that is not in the table above."""
    forms = _COUNTED[what]
    return Said(forms.template, {"count": count}, forms.many, count)


def restore_count(text: str) -> Said | None:
    """What `count_things` once said, of the text it was kept as."""
    number, _, what = text.partition(" ")
    digits = number.replace(",", "")
    if not (digits.isascii() and digits.isdigit()):
        return None
    counted = (count_things(int(digits), word) for word in _COUNTED)
    return next((said for said in counted if said == text), None) if what else None
