"""Clients, services, invoices, receipts, webhooks, catalogs and teams (API reference 2.3 to 2.9).

An exported clients or services file can be imported again: its columns are those `schemas.resources.clients` and
`schemas.resources.services` declare, and the server's own beside them.
"""

from schemas.tables.parts import METADATA, address, client_brief
from schemas.tables.spec import Field, Kind, Table

__all__ = ["CATALOGS", "CLIENTS", "INVOICES", "RECEIPTS", "SERVICES", "TEAMS", "WEBHOOKS"]

_CREATED = Field("timestamp", Kind.TIME, ("timestamp", "created_at", "createdAt"))
_UPDATED = Field("updatedAt", Kind.TIME, ("updatedAt", "updated_at"))

CLIENTS = Table(
    name="clients",
    fields=(
        Field("id"),
        Field("metadata.internalId"),
        Field("name"),
        Field("legal_name", paths=("legal_name", "legalName")),
        Field("rfc", paths=("rfc", "tax_id", "client.rfc")),
        Field("email", paths=("email", "client.email")),
        Field("phone"),
        Field("tax_system"),
        Field("use"),
        *address(),
        Field("metadata.reference"),
        Field("metadata", Kind.REST),
        Field("livemode", Kind.BOOLEAN),
        Field("from"),
        Field("team"),
        Field("owner"),
        Field("billingAccount"),
        _CREATED,
        _UPDATED,
    ),
)

SERVICES = Table(
    name="services",
    fields=(
        Field("id"),
        Field("metadata.internalId"),
        Field("name"),
        Field("description"),
        Field("category"),
        Field("price", Kind.NUMBER, ("price", "unit_price")),
        Field("currency"),
        Field("unit"),
        Field("taxRate", Kind.NUMBER),
        Field("isActive", Kind.BOOLEAN),
        Field("product_key"),
        Field("unit_key"),
        Field("unit_name"),
        Field("metadata.reference"),
        Field("metadata", Kind.REST),
        _CREATED,
        _UPDATED,
    ),
)

_INVOICE_ITEMS = Table(
    name="invoices.items",
    path="items",
    keys=("invoice_id", "position"),
    fields=(
        Field("id"),
        Field("description"),
        Field("quantity", Kind.NUMBER),
        Field("unitPrice", Kind.NUMBER, ("unitPrice", "unit_price")),
        Field("amount", Kind.NUMBER),
        Field("discount", Kind.NUMBER),
        Field("product_key"),
        Field("unit_key"),
        Field("unit_name"),
        Field("taxes", Kind.JSON),
    ),
)

INVOICES = Table(
    name="invoices",
    fields=(
        Field("id", paths=("id", "uuid")),
        *METADATA,
        Field("status", Kind.STATUS),
        Field("amount", Kind.NUMBER),  # in currency units: the guide's sample (2.5)
        Field("currency"),
        Field("series"),
        Field("invoice.folioNumber", paths=("invoice.folioNumber", "folio_number")),
        Field("description"),
        Field("issueDate", Kind.TIME),
        Field("dueDate", Kind.TIME),
        _CREATED,
        _UPDATED,
        Field("livemode", Kind.BOOLEAN),
        *client_brief(),
    ),
    children=(_INVOICE_ITEMS,),
)

RECEIPTS = Table(
    name="receipts",
    secrets=frozenset({"url"}),  # the page where whoever holds the link makes the invoice (2.6)
    fields=(
        Field("id"),
        *METADATA,
        Field("status", Kind.STATUS),
        Field("total", Kind.NUMBER),
        Field("subtotal", Kind.NUMBER),
        Field("taxes", Kind.NUMBER),
        Field("currency"),
        Field("payment_form", paths=("payment_form", "paymentMethod")),
        Field("periodicity"),
        Field("timestamp", Kind.TIME, ("timestamp", "created", "created_at")),
        Field("validUntil", Kind.TIME),
        Field("livemode", Kind.BOOLEAN),
        *client_brief(),
        Field("items", Kind.JSON),
    ),
)

WEBHOOKS = Table(
    name="webhooks",
    secrets=frozenset({"security"}),  # headers sent to the user's own server (2.7)
    fields=(
        Field("id"),
        Field("url"),
        Field("events", Kind.JSON),
        Field("description"),
        Field("status", Kind.STATUS),
        Field("owner"),
        _CREATED,
    ),
)

CATALOGS = Table(
    name="catalogs",
    fields=(Field("id"), Field("name"), Field("description")),  # only id is documented (2.8): the rest is in _extra
)

_MEMBERS = Table(
    name="teams.members",
    path="members",
    keys=("team_id", "position"),
    scalar="id",
    fields=(
        Field("id"),
        Field("email"),
        Field("role"),
        Field("isAdmin", Kind.BOOLEAN),
        Field("isSuperAdmin", Kind.BOOLEAN),
        Field("status", Kind.STATUS),
        Field("permissions.invoices", Kind.BOOLEAN),
        Field("permissions.payments", Kind.BOOLEAN),
        Field("permissions.expenses", Kind.BOOLEAN),
        Field("permissions.services", Kind.BOOLEAN),
    ),
)

TEAMS = Table(
    name="teams",
    fields=(
        Field("id"),
        Field("alias", paths=("alias", "brand.alias")),
        Field("legalName", paths=("legalName", "legal_name")),
        Field("taxId", paths=("taxId", "tax_id")),
        Field("taxSystem", paths=("taxSystem", "tax_system")),
        *address(),
        Field("supportEmail", paths=("supportEmail", "support_email")),
        Field("supportPhone", paths=("supportPhone", "support_phone")),
        Field("contactEmails", Kind.JSON),
        Field("logo", paths=("logo", "logoUrl", "brand.logo")),
        Field("primaryColor", paths=("primaryColor", "brand.primary_color")),
        Field("setupComplete", Kind.BOOLEAN),
        Field("integrations", Kind.JSON),
        Field("invoicesCreated", Kind.INTEGER),
        Field("paymentsCreated", Kind.INTEGER),
        Field("receiptsCreated", Kind.INTEGER),
        *METADATA,
        _CREATED,
    ),
    children=(_MEMBERS,),
)
