"""Exported tables, by the resource they are read from. To add one: declare it, add one line to TABLES."""

from schemas.tables.fiscal import INVOICE_KINDS, RETENTIONS, SAT_INVOICES, USERS
from schemas.tables.others import CATALOG_TABLE, CLIENT_TABLE, INVOICES, RECEIPTS, SERVICE_TABLE, TEAMS, WEBHOOKS
from schemas.tables.payments import LINKED, PAYMENT_TABLES
from schemas.tables.secrets import is_secret, without_secrets
from schemas.tables.spec import EXTRA, Field, FieldKind, Table

__all__ = ["EXTRA", "LINKED", "TABLES", "Field", "FieldKind", "Table", "choose_table", "is_secret", "without_secrets"]

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        *(CLIENT_TABLE, SERVICE_TABLE, PAYMENT_TABLES, INVOICES, RECEIPTS, WEBHOOKS, CATALOG_TABLE, TEAMS),
        *(*INVOICE_KINDS, SAT_INVOICES, RETENTIONS, USERS),
    )
}
"""Every list endpoint of every dialect; a table's `family` has its nested tables."""


def choose_table(resource: str, *, with_links: bool = False) -> Table:
    """The table of a resource; of payments, where asked, the one that shows their links."""
    return LINKED if with_links and resource == LINKED.name else TABLES[resource]
