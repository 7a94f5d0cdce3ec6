"""Clients, services, invoices, receipts, webhooks, catalogs and teams (docs/api.md 2.3 to 2.9).

An exported clients or services file can be imported again: its columns are those `schemas.resources.clients` and
`schemas.resources.services` declare, and the server's own beside them.
"""

from schemas.tables.parts import METADATA_FIELDS, address, client_brief
from schemas.tables.spec import Field, FieldKind, Table

__all__ = ["CATALOG_TABLE", "CLIENT_TABLE", "INVOICES", "RECEIPTS", "SERVICE_TABLE", "TEAMS", "WEBHOOKS"]

_CREATED = Field("timestamp", FieldKind.TIME, ("timestamp", "created_at", "createdAt"))
_UPDATED = Field("updatedAt", FieldKind.TIME, ("updatedAt", "updated_at"))

CLIENT_TABLE = Table(
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
        Field("metadata", FieldKind.REST),
        Field("livemode", FieldKind.BOOLEAN),
        Field("from"),
        Field("team"),
        Field("owner"),
        Field("billingAccount"),
        _CREATED,
        _UPDATED,
    ),
)

SERVICE_TABLE = Table(
    name="services",
    fields=(
        Field("id"),
        Field("metadata.internalId", paths=("metadata.internalId", "sku")),
        Field("name"),
        Field("description"),
        Field("category"),
        Field("price", FieldKind.NUMBER, ("price", "unit_price")),
        Field("currency"),
        Field("unit"),
        Field("taxRate", FieldKind.NUMBER),
        Field("isActive", FieldKind.BOOLEAN),
        Field("product_key"),
        Field("unit_key"),
        Field("unit_name"),
        Field("metadata.reference"),
        Field("metadata", FieldKind.REST),
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
        Field("quantity", FieldKind.NUMBER),
        Field("unitPrice", FieldKind.NUMBER, ("unitPrice", "unit_price")),
        Field("amount", FieldKind.NUMBER),
        Field("discount", FieldKind.NUMBER),
        Field("product_key"),
        Field("unit_key"),
        Field("unit_name"),
        Field("taxes", FieldKind.JSON),
    ),
)

INVOICES = Table(
    name="invoices",
    fields=(
        Field("id", paths=("id", "uuid")),
        *METADATA_FIELDS,
        Field("status", FieldKind.STATUS),
        Field("amount", FieldKind.NUMBER, ("amount", "total")),  # in currency units: the guide's sample (2.5)
        Field("currency"),
        Field("series"),
        Field("invoice.folioNumber", paths=("invoice.folioNumber", "folio_number")),
        Field("description"),
        Field("issueDate", FieldKind.TIME),
        Field("dueDate", FieldKind.TIME),
        _CREATED,
        _UPDATED,
        Field("livemode", FieldKind.BOOLEAN),
        *client_brief(),
    ),
    children=(_INVOICE_ITEMS,),
)

RECEIPTS = Table(
    name="receipts",
    secrets=frozenset({"url"}),  # the page where whoever holds the link makes the invoice (2.6)
    fields=(
        Field("id"),
        *METADATA_FIELDS,
        Field("status", FieldKind.STATUS),
        Field("total", FieldKind.NUMBER),
        Field("subtotal", FieldKind.NUMBER),
        Field("taxes", FieldKind.NUMBER),
        Field("currency"),
        Field("payment_form", paths=("payment_form", "paymentMethod")),
        Field("periodicity"),
        Field("timestamp", FieldKind.TIME, ("timestamp", "created", "created_at")),
        Field("validUntil", FieldKind.TIME, ("validUntil", "valid_until")),  # F15: either
        Field("livemode", FieldKind.BOOLEAN),
        *client_brief(),
        Field("items", FieldKind.JSON),
    ),
)

WEBHOOKS = Table(
    name="webhooks",
    secrets=frozenset({"security"}),  # headers sent to the user's own server (2.7)
    fields=(
        Field("id"),
        Field("url"),
        Field("events", FieldKind.JSON),
        Field("description"),
        Field("status", FieldKind.STATUS),
        Field("owner"),
        _CREATED,
    ),
)

CATALOG_TABLE = Table(
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
        Field("isAdmin", FieldKind.BOOLEAN),
        Field("isSuperAdmin", FieldKind.BOOLEAN),
        Field("status", FieldKind.STATUS),
        Field("permissions.invoices", FieldKind.BOOLEAN),
        Field("permissions.payments", FieldKind.BOOLEAN),
        Field("permissions.expenses", FieldKind.BOOLEAN),
        Field("permissions.services", FieldKind.BOOLEAN),
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
        Field("contactEmails", FieldKind.JSON),
        Field("logo", paths=("logo", "logoUrl", "brand.logo")),
        Field("primaryColor", paths=("primaryColor", "brand.primary_color")),
        Field("setupComplete", FieldKind.BOOLEAN),
        Field("integrations", FieldKind.JSON),
        Field("invoicesCreated", FieldKind.INTEGER),
        Field("paymentsCreated", FieldKind.INTEGER),
        Field("receiptsCreated", FieldKind.INTEGER),
        *METADATA_FIELDS,
        _CREATED,
    ),
    children=(_MEMBERS,),
)
