"""Dialect 2026: snake_case bodies, cursors, amounts answered in currency units, and a key that makes a payment once.

Sections and questions are those of docs/api.md, as in `schemas.dialects.v2025_06`; section 3 is the mapping. What a
field loses on its way is said where it is lost. ADR 0027 says which words it took.
"""

from schemas.dialects.spec import (
    Choose,
    Constant,
    Create,
    Cursor,
    Day,
    Dialect,
    Divide,
    Drop,
    Duplicate,
    Endpoint,
    Envelope,
    Epoch,
    InAddress,
    Lead,
    Listed,
    Not,
    Percent,
    Read,
    Removal,
    Same,
    Search,
    TimeForm,
    Unit,
    Word,
)
from schemas.dialects.v2026_lists import BY_NUMBER, LISTED, LISTS
from schemas.dialects.verdicts import READ, WRITE
from schemas.spec import Text

__all__ = ["V2026"]

_NO_PLACE = Drop(Text("la API 2026 no tiene lugar para ella; no se envía", "API 2026 has no place for it; not sent"))
_BY_SERVER = Drop(Text("la API 2026 la pone ella misma; no se envía", "API 2026 fills it in itself; not sent"))
_UNPAID = Drop(Text("un cobro pendiente no la lleva en la API 2026", "in API 2026 a payment not yet paid has none"))
_BY_KEY = Drop()  # the key decides the mode; every answer's is compared
_BY_PATH = Drop()  # says by which path it is created
_BY_SECOND = Drop()  # said by the second request
_NAME_FIRST = Text(
    "la API 2026 no tiene nombre: va delante de la descripción",
    "API 2026 has no name: it is put before the description",
)
_GENERIC = ("XAXX010101000", "XEXX010101000")  # Q17: many clients share them

_PAYMENT: dict[str, Word] = {
    "metadata.internalId": "metadata.internalId",
    "metadata.reference": "metadata.reference",
    "metadata.*": "metadata.*",
    "clientId": "client.id",
    "client.name": "client.name",
    "client.email": "client.email",
    "client.rfc": "client.tax_id",
    "client.legal_name": "client.legal_name",
    "client.tax_system": "client.tax_system",
    "client.use": "client.use",
    "client.phone": "client.phone",
    "client.address.street": "client.address.street",
    "client.address.city": "client.address.city",
    "client.address.state": "client.address.state",
    "client.address.zip": "client.address.zip",
    "client.address.country": "client.address.country",
    "client.from": _BY_SERVER,
    "client.team": _BY_SERVER,
    "client.metadata.internalId": "client.metadata.internalId",
    "client.metadata.reference": "client.metadata.reference",
    "client.metadata.*": "client.metadata.*",
    "email": Listed("emails"),  # 2.2.4, extra recipients: `client.email` beside an id might change the client
    "currency": "currency",
    "exchange": "exchange_rate",
    "paymentMethod": "payment_form",
    "paid": _BY_PATH,
    "date": Day("America/Mexico_City"),  # Q8
    "livemode": _BY_KEY,
    "avoidEmail": Not("send_email"),
    "automaticInvoice": Choose("automation_type", {True: "pue_invoice", False: None}),
    "automateInvoiceOnComplete": Choose("automation_type", {True: "pue_invoice", False: None}),
    "automateIncomeInvoiceAndComplement": Choose("automation_type", {True: "ppd_invoice_and_complement", False: None}),
    "forceReceipt": Choose("automation_type", {False: None}),  # no counterpart: a receipt asked for is not left out
    "invoiceConfig.folio": "invoice_config.folio",
    "invoiceConfig.series": "invoice_config.serie",
    "invoiceConfig.type": _NO_PLACE,
    "from": _BY_SERVER,
    "team": InAddress("team"),  # Q16
    "items.name": Lead("items.description", _NAME_FIRST),
    "items.description": "items.description",
    "items.quantity": "items.quantity",
    "items.total": Divide("items.unit_price", by="items.quantity", decimals=6),  # a line's total, Q3
    "items.product_key": "items.product_key",
    "items.unit_key": "items.unit_key",
    "items.unit_name": "items.unit_name",
    "items.discount": "items.discount",
    "items.currency": Same("currency", "MXN"),
    "items.taxes.type": "items.taxes.type",
    "items.taxes.rate": "items.taxes.rate",
    "items.taxes.factor": "items.taxes.factor",
    "items.taxes.retained": "items.taxes.withholding",
}
_PAYMENT_SAYS: dict[str, Constant] = {
    "currency": "MXN",
    "automation_type": "none",
    "items.taxes.withholding": False,
    "items.taxes.inclusive": False,
}
_PAID_SHOWS = {
    "paid": Read(("status",), means=(("succeeded", True), ("requires_payment_method", False))),
    "paymentMethod": Read(("payment_form",)),
}
_REQUESTED_SHOWS = {  # 2.2.5
    "clientId": Read(("client.id",)),
    "client.rfc": Read(("client.tax_id",)),
    "exchange": Read(("exchange_rate",)),
    "invoiceConfig.folio": Read(("invoice_config.folio",)),
    "invoiceConfig.series": Read(("invoice_config.serie",)),
    "items.quantity": Read(("items.quantity",)),
    "items.total": Read(("items.unit_price",)),
    "items.taxes": Read(("items.taxes",)),
    "items.product_key": Read(("items.product_key",)),
    "items.unit_key": Read(("items.unit_key",)),
}
_PAYMENT_SHOWS = {**_REQUESTED_SHOWS, **_PAID_SHOWS}
_REQUESTED_SAYS: dict[str, Constant] = {
    **_PAYMENT_SAYS,
    "allowed_payment_methods": ("bank",),  # `bank` alone needs no Stripe account; no field of a file says which
}
_MARK_PAID = Create(  # 2.2, F10: `date` is when it was received
    path="/payments/{id}/paid",
    when={"paid": True},
    fields={"paymentMethod": "payment_form", "date": Epoch("date")},
    shows={**_PAID_SHOWS, "date": Read(("succeeded_at",), moment=True)},
)
_PAYER = Search(  # 2.2.4; F23: e-mail and tax_id are the keys every source knows
    at="client.search",
    by={"client.rfc": "tax_id", "client.email": "email"},
    shared=_GENERIC,
    says={"auto_create": True},
    below="client.",
)

V2026 = Dialect(
    name="2026",
    base_url="https://api.gigstack.io/v2",  # 1: the same host
    auth_prefix="Bearer ",  # 1
    identifier="id",
    envelope=Envelope(  # 1; both generations' spellings are read, Q1
        data="data",
        next="next",
        more=("has_more", "hasMore"),
        total=("total_results", "totalResults"),
        own_names=("has_more", "total_results"),
        success="success",
        error_code=("error.code", "error", "code"),
        error_message=("error.message", "error", "message"),
        error_details=("error.details", "details"),
    ),
    paging=Cursor(limit="limit", position="next", token=("next",), size=100),  # 1
    endpoints={
        "clients": Endpoint(  # 2.3
            path="/clients",
            record="/clients/{id}",
            change="/clients/{id}",
            removal=Removal("/clients/{id}"),
            creates=(
                Create(
                    path="/clients",
                    fields={
                        "metadata.internalId": "metadata.internalId",
                        "metadata.reference": "metadata.reference",
                        "metadata.*": "metadata.*",
                        "name": "name",
                        "legal_name": "legal_name",
                        "rfc": "tax_id",
                        "email": "email",
                        "phone": "phone",
                        "tax_system": "tax_system",
                        "use": "use",
                        "address.street": "address.street",
                        "address.city": "address.city",
                        "address.state": "address.state",
                        "address.zip": "address.zip",
                        "address.country": "address.country",
                    },
                    shows={
                        "rfc": Read(("tax_id", "rfc")),
                        "email": Read(("email",)),
                        "tax_system": Read(("tax_system",)),
                        "address.zip": Read(("address.zip",)),
                    },
                    search=Search(  # 1.1: 201 created, 200 found, 409 several
                        at="search",
                        by={"rfc": "tax_id", "email": "email"},
                        shared=_GENERIC,
                        update="update",
                        found=200,
                        several=409,
                    ),
                ),
            ),
            filters=LISTED,
            since="created[gte]",
            until="created[lte]",
            times=TimeForm.SECONDS,
            reads={
                "internal_id": Read(("metadata.internalId",)),
                "livemode": Read(("livemode",)),
                "rfc": Read(("tax_id", "rfc")),
                "email": Read(("email",)),
            },
            natural_keys={"rfc": None, "email": None},  # the list has no such filter
            by_internal_id="metadata.internalId",  # Q7: offered by a first-party client
            by_metadata=BY_NUMBER,
        ),
        "services": Endpoint(  # 2.4
            path="/services",
            record="/services/{id}",
            change="/services/{id}",
            removal=Removal("/services/{id}"),
            creates=(
                Create(
                    path="/services",
                    fields={
                        "metadata.internalId": "sku",  # ASSUMED: metadata of a service is documented nowhere
                        "metadata.reference": _NO_PLACE,
                        "metadata.*": _NO_PLACE,
                        "name": Lead("description", _NAME_FIRST),
                        "description": "description",
                        "category": _NO_PLACE,
                        "price": "unit_price",
                        "currency": Choose("currency", {"MXN": None}),  # a price in another is not called pesos
                        "unit": _NO_PLACE,
                        "taxRate": Percent(  # 3.4: IVA is ASSUMED
                            "taxes",
                            member="rate",
                            beside={"type": "IVA", "factor": "Tasa", "withholding": False, "inclusive": False},
                        ),
                        "isActive": Choose("isActive", {True: None}),
                        "product_key": "product_key",
                        "unit_key": "unit_key",
                        "unit_name": "unit_name",
                    },
                    shows={
                        "price": Read(("unit_price",), Unit.UNITS),
                        "product_key": Read(("product_key",)),
                        "unit_key": Read(("unit_key",)),
                    },
                ),
            ),
            filters=LISTED,
            since="created[gte]",
            until="created[lte]",
            times=TimeForm.SECONDS,
            reads={
                "internal_id": Read(("sku", "metadata.internalId")),
                "livemode": Read(("livemode",)),
                "name": Read(("description",)),
            },
            natural_keys={"name": None},
        ),
        "payments": Endpoint(  # 2.2.4, 2.2.5
            path="/payments",
            record="/payments/{id}",
            removal=Removal(  # 2.2: it cancels
                "/payments/{id}", leaves=("canceled", "cancelled"), built=("invoices", "receipts", "refunds")
            ),
            creates=(
                Create(
                    path="/payments/register",
                    when={"paid": True},
                    fields=_PAYMENT,
                    lists=("items", "items.taxes"),
                    constants=_PAYMENT_SAYS,
                    shows=_PAYMENT_SHOWS,
                    once="idempotency_key",
                    search=_PAYER,
                ),
                Create(  # Q8: what was paid on another day, by two requests
                    path="/payments/request",
                    when={"paid": True},
                    fields={**_PAYMENT, "paymentMethod": _BY_SECOND, "date": _BY_SECOND},
                    lists=("items", "items.taxes"),
                    constants=_REQUESTED_SAYS,
                    shows=_REQUESTED_SHOWS,
                    once="idempotency_key",
                    search=_PAYER,
                    then=_MARK_PAID,
                ),
                Create(
                    path="/payments/request",
                    fields={**_PAYMENT, "paymentMethod": _UNPAID, "date": _UNPAID},
                    lists=("items", "items.taxes"),
                    constants=_REQUESTED_SAYS,
                    shows=_PAYMENT_SHOWS,
                    once="idempotency_key",
                    search=_PAYER,
                ),
            ),
            filters=(*LISTED, "status", "client_id", "currency", "email", "tax_id"),
            since="created[gte]",
            until="created[lte]",
            times=TimeForm.SECONDS,
            reads={
                "internal_id": Read(("metadata.internalId",)),
                "livemode": Read(("livemode",)),
                "currency": Read(("currency",)),
                "amount": Read(("total",), Unit.UNITS),  # 1, 2.2.5
                "link": Read(("short_url",)),
            },
            by_internal_id="metadata.internalId",  # Q7, F2: offered by a first-party client
            by_metadata=BY_NUMBER,
            learnt_once=True,
        ),
        **LISTS,
    },
    duplicate=Duplicate(  # 1.1; what a repeated key is answered is not documented, Q4
        statuses=(400, 422),
        key="metadata.internalId",
        terms=("idempotency",),
    ),
    write=WRITE,
    read=READ,
    landmark="/teams",  # 2.9
)
