"""Groups of fields that several tables share."""

from schemas.tables.spec import Field, FieldKind

__all__ = ["METADATA_FIELDS", "address", "client", "client_brief"]

METADATA_FIELDS = (
    Field("metadata.internalId"),
    Field("metadata.reference"),
    Field("metadata", FieldKind.REST),
)
"""Both documented members in columns of their own, every other key in one JSON object (ADR 0007)."""


def address(prefix: str = "") -> tuple[Field, ...]:
    """Address of the schema page (2.2.1); the client guide writes zipCode."""
    return (
        Field(f"{prefix}address.street"),
        Field(f"{prefix}address.city"),
        Field(f"{prefix}address.state"),
        Field(f"{prefix}address.zip", paths=(f"{prefix}address.zip", f"{prefix}address.zipCode")),
        Field(f"{prefix}address.country"),
    )


def client() -> tuple[Field, ...]:
    """The client inside a payment: every member of the shared schema (2.2.1)."""
    return (
        Field("client.id"),
        Field("client.name"),
        Field("client.legal_name", paths=("client.legal_name", "client.legalName")),
        Field("client.rfc", paths=("client.rfc", "client.tax_id")),
        Field("client.email"),
        Field("client.phone"),
        Field("client.tax_system"),
        Field("client.use"),
        *address("client."),
        Field("client.metadata", FieldKind.JSON),
        Field("client.livemode", FieldKind.BOOLEAN),
        Field("client.from"),
        Field("client.team"),
        Field("client.owner"),
        Field("client.billingAccount"),
        Field("client.timestamp", FieldKind.TIME, ("client.timestamp", "client.created_at")),
    )


def client_brief() -> tuple[Field, ...]:
    """The client as invoices and receipts show it (2.5)."""
    return (
        Field("clientId"),
        Field("client.id"),
        Field("client.name"),
        Field("client.legal_name", paths=("client.legal_name", "client.legalName")),
        Field("client.rfc", paths=("client.rfc", "client.tax_id")),
        Field("client.email"),
    )
