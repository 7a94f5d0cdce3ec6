"""Exported tables, by the resource they are read from. To add one: declare it, add one line to TABLES."""

from schemas.tables.others import CATALOGS, CLIENTS, INVOICES, RECEIPTS, SERVICES, TEAMS, WEBHOOKS
from schemas.tables.payments import PAYMENTS
from schemas.tables.secrets import is_secret, without_secrets
from schemas.tables.spec import EXTRA, Field, Kind, Table

__all__ = ["EXTRA", "TABLES", "Field", "Kind", "Table", "is_secret", "without_secrets"]

TABLES: dict[str, Table] = {
    t.name: t for t in (CLIENTS, SERVICES, PAYMENTS, INVOICES, RECEIPTS, WEBHOOKS, CATALOGS, TEAMS)
}
"""Every list endpoint of dialect 2025-06; a table's `family` has its nested tables."""
