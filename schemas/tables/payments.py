"""Payments, their items and the taxes of those (docs/api.md 2.2.2; 2026 spellings from 3.3)."""

from dataclasses import replace

from schemas.tables.parts import METADATA_FIELDS, client
from schemas.tables.spec import Field, FieldKind, Table

__all__ = ["LINKED", "PAYMENT_TABLES"]

_TAXES = Table(
    name="payments.items.taxes",
    path="taxes",
    keys=("payment_id", "item_position", "position"),
    fields=(
        Field("type"),
        Field("rate", FieldKind.NUMBER),
        Field("factor"),
        Field("base", FieldKind.NUMBER),
        Field("amount", FieldKind.NUMBER),
        Field("retained", FieldKind.BOOLEAN, ("retained", "withholding")),
    ),
)

_ITEMS = Table(
    name="payments.items",
    path="items",
    keys=("payment_id", "position"),
    fields=(
        Field("id"),
        Field("name"),
        Field("description"),
        Field("quantity", FieldKind.NUMBER),
        Field("unitPrice", FieldKind.NUMBER, ("unitPrice", "unit_price")),
        Field("total", FieldKind.NUMBER),
        Field("discount", FieldKind.NUMBER),
        Field("currency"),
        Field("product_key"),
        Field("unit_key"),
        Field("unit_name"),
        Field("serviceId"),
        Field("category"),
        Field("subcategory"),
        Field("paymentType.label"),
        Field("paymentType.value"),
    ),
    children=(_TAXES,),
)

PAYMENT_TABLES = Table(
    name="payments",
    fields=(
        Field("id"),
        Field("fid"),
        Field("v", FieldKind.INTEGER),
        *METADATA_FIELDS,
        Field("status", FieldKind.STATUS),
        Field("internalStatus"),
        Field("amount", FieldKind.CENTS, ("total", "amount"), in_units=("total",)),
        Field("currency"),
        Field("discount", FieldKind.NUMBER),
        Field("exchange", FieldKind.NUMBER, ("exchange", "exchangeRate", "exchange_rate")),
        Field("exchangeRateDate", FieldKind.TIME),
        Field("payment_form", paths=("payment_form", "paymentMethod")),
        Field("paidId"),
        Field("paidIn"),
        Field("processor", paths=("processor", "payment_processor")),
        Field("date", FieldKind.TIME),
        Field("timestamp", FieldKind.TIME, ("timestamp", "created_at")),
        Field("created", FieldKind.TIME),
        Field("succeededTimestamp", FieldKind.TIME, ("succeededTimestamp", "succeeded_at")),
        Field("livemode", FieldKind.BOOLEAN),
        Field("from"),
        Field("team"),
        Field("owner"),
        Field("billingAccount"),
        Field("clientId"),
        *client(),
        Field("invoices", FieldKind.JSON),
        Field("payments", FieldKind.JSON),
        Field("relatedTo"),
        Field("recurringEventNumber", FieldKind.INTEGER),
        Field("conceptReference"),
        Field("invoiceConfig.series", paths=("invoiceConfig.series", "invoice_config.serie")),
        Field("invoiceConfig.folio", paths=("invoiceConfig.folio", "invoice_config.folio")),
        Field("invoiceConfig.type"),
        Field("avoidEmail", FieldKind.BOOLEAN),
        Field("forceReceipt", FieldKind.BOOLEAN),
        Field("automations", FieldKind.JSON),
        Field("custom_method_types", FieldKind.JSON, ("custom_method_types", "allowed_payment_methods")),
        Field("payment_method_options", FieldKind.JSON),
        Field("transfer_data", FieldKind.JSON),
        Field("hasStripe", FieldKind.BOOLEAN),
        Field("stripeGenerated", FieldKind.BOOLEAN),
        Field("skc", FieldKind.BOOLEAN),
        Field("binnacle"),
        Field("event", FieldKind.JSON),
        Field("user.uid"),
        Field("user.email"),
        Field("internalItems", FieldKind.JSON),
        Field("items", FieldKind.JSON),
    ),
    children=(_ITEMS,),
)

_LINKS = ("shortURL", "shortUrl", "short_url")

LINKED = replace(PAYMENT_TABLES, fields=(*PAYMENT_TABLES.fields, Field("link", paths=_LINKS)), shown=frozenset(_LINKS))
"""Payments with the page where each is paid (2.2.2): for `--with-links` alone, because whoever has it may use it."""
