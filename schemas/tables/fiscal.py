"""Lists that only generation 2026 has: invoices of other kinds, those SAT knows, retentions, users (2.5, 2.10).

Columns are the members that documents and first-party clients name; whatever else a row holds is in `_extra`.
"""

from schemas.tables.parts import METADATA_FIELDS, address, client_brief
from schemas.tables.spec import Field, FieldKind, Table

__all__ = ["INVOICE_KINDS", "RETENTIONS", "SAT_INVOICES", "USERS"]

_CREATED = Field("timestamp", FieldKind.TIME, ("created_at",))

_SUMS = tuple(Field(name, FieldKind.NUMBER) for name in ("total", "subtotal", "taxes", "withholding_taxes", "discount"))


def _items(parent: str) -> Table:
    return Table(
        name=f"{parent}.items",
        path="items",
        keys=("invoice_id", "position"),
        fields=(
            Field("id"),
            Field("description"),
            Field("quantity", FieldKind.NUMBER),
            Field("unit_price", FieldKind.NUMBER),
            Field("discount", FieldKind.NUMBER),
            Field("product_key"),
            Field("unit_key"),
            Field("unit_name"),
            Field("sku"),
            Field("taxability"),
            Field("taxes", FieldKind.JSON),
        ),
    )


def _invoices(name: str) -> Table:
    return Table(
        name=name,
        fields=(
            Field("id", paths=("id", "uuid")),
            *METADATA_FIELDS,
            Field("status", FieldKind.STATUS),
            Field("invoice_type"),
            Field("series"),
            Field("folio_number"),
            *_SUMS,
            Field("last_balance", FieldKind.NUMBER),
            Field("currency"),
            Field("exchange_rate", FieldKind.NUMBER),
            Field("payment_form"),
            Field("payment_method"),
            Field("use"),
            Field("related_documents", FieldKind.JSON),
            Field("complements", FieldKind.JSON),
            Field("payments", FieldKind.JSON),
            Field("stamp.stamp_at", FieldKind.TIME),
            Field("cancellation.motive"),
            Field("cancellation.cancellation_status"),
            Field("cancellation.substitution_uuid"),
            Field("verification_url"),
            _CREATED,
            Field("livemode", FieldKind.BOOLEAN),
            *client_brief(),
        ),
        children=(_items(name),),
    )


INVOICE_KINDS = tuple(_invoices(f"invoices_{kind}") for kind in ("egress", "payment", "transfer", "draft"))
"""Credit notes, payment complements, transfers of goods, drafts."""

SAT_INVOICES = Table(
    name="invoices_sat",
    fields=(
        Field("id", paths=("uuid", "id")),
        Field("direction"),
        Field("status", FieldKind.STATUS),
        Field("resource_status"),
        Field("has_xml", FieldKind.BOOLEAN),
        Field("invoice_type"),
        Field("series"),
        Field("folio"),
        Field("total", FieldKind.NUMBER),
        Field("subtotal", FieldKind.NUMBER),
        Field("currency"),
        Field("exchange_rate", FieldKind.NUMBER),
        Field("issuer.rfc"),
        Field("issuer.name"),
        Field("receiver.rfc"),
        Field("receiver.name"),
        Field("pac_rfc"),
        Field("version"),
        Field("certificate_number"),
        Field("timestamp", FieldKind.TIME, ("issue_date",)),
        Field("stamp_date", FieldKind.TIME),
        Field("cancellation_date", FieldKind.TIME),
    ),
)

RETENTIONS = Table(
    name="retentions",
    fields=(
        Field("id", paths=("id", "uuid")),
        *METADATA_FIELDS,
        Field("status", FieldKind.STATUS),
        Field("retention_key"),
        Field("period_start"),
        Field("period_end"),
        Field("period_year"),
        Field("total_operation", FieldKind.NUMBER),
        Field("total_exempt", FieldKind.NUMBER),
        Field("taxes", FieldKind.JSON),
        Field("stamp.stamped_at", FieldKind.TIME),
        _CREATED,
        Field("livemode", FieldKind.BOOLEAN),
        *client_brief(),
    ),
)

USERS = Table(
    name="users",
    fields=(
        Field("id"),
        Field("email"),
        Field("first_name"),
        Field("last_name"),
        Field("phone"),
        Field("company_role"),
        Field("role"),
        Field("auto_join", FieldKind.BOOLEAN),
        *address(),
        _CREATED,
    ),
)
