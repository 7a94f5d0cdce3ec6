"""Dialect 2025-06: camelCase bodies, `limit` and `offset`, amounts answered in cents.

Sections and questions are those of docs/api.md. What is UNKNOWN or ASSUMED is said beside the line.
"""

from schemas.dialects.spec import (
    Create,
    Dialect,
    Duplicate,
    Endpoint,
    Envelope,
    Filter,
    Offset,
    Read,
    Removal,
    Unit,
)
from schemas.dialects.verdicts import READ, WRITE

__all__ = ["V2025_06"]

V2025_06 = Dialect(
    name="2025-06",
    base_url="https://api.gigstack.io/v2",  # 1
    auth_prefix="Bearer ",  # ASSUMED, Q15
    identifier="id",  # 2.2.2: required on a payment; every other resource shows one
    envelope=Envelope(  # 1; both generations' spellings are read, Q1
        data="data",
        next="next",
        more=("hasMore", "has_more"),
        total=("totalResults", "total_results"),
        own_names=("hasMore", "totalResults"),
        success="success",
        error_code=("error.code", "error", "code"),
        error_message=("error.message", "error", "message"),
        error_details=("error.details", "details"),
    ),
    paging=Offset(limit="limit", position="offset", size=100),  # 1
    endpoints={
        "clients": Endpoint(  # 2.3, names of [S]
            path="/clients",
            record="/clients/{id}",
            creates=(
                Create(
                    path="/clients",
                    fields={
                        "metadata.internalId": "metadata.internalId",
                        "metadata.reference": "metadata.reference",
                        "metadata.*": "metadata.*",
                        "name": "name",
                        "legal_name": "legal_name",
                        "rfc": "rfc",
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
                    shows={  # the guide's replies keep RFC and e-mail in `client`
                        "rfc": Read(("rfc", "tax_id", "client.rfc", "client.tax_id")),
                        "email": Read(("email", "client.email")),
                        "tax_system": Read(("tax_system",)),
                        "address.zip": Read(("address.zip",)),
                    },
                    mode="livemode",  # a member of [S]'s Client; its default is not said, Q12
                ),
            ),
            filters=("name", "rfc", "email", "from", "to"),
            since="from",
            until="to",
            reads={  # the guide's replies keep RFC and e-mail in `client`, newer ones call the RFC tax_id
                "internal_id": Read(("metadata.internalId",)),
                "livemode": Read(("livemode",)),
                "rfc": Read(("rfc", "tax_id", "client.rfc", "client.tax_id")),
                "email": Read(("email", "client.email")),
            },
            natural_keys={"rfc": Filter("rfc"), "email": Filter("email")},  # Q17
        ),
        "services": Endpoint(  # 2.4
            path="/services",
            record="/services/{id}",
            creates=(
                Create(
                    path="/services",
                    fields={
                        "metadata.internalId": "metadata.internalId",
                        "metadata.reference": "metadata.reference",
                        "metadata.*": "metadata.*",
                        "name": "name",
                        "description": "description",
                        "category": "category",
                        "price": "price",
                        "currency": "currency",
                        "unit": "unit",
                        "taxRate": "taxRate",
                        "isActive": "isActive",
                    },
                    shows={  # the request's fields; the guide's example shows currency units
                        "price": Read(("price",), Unit.UNITS),
                        "currency": Read(("currency",)),
                        "taxRate": Read(("taxRate",)),
                    },
                ),
            ),
            filters=("name", "category", "isActive", "minPrice", "maxPrice"),
            reads={
                "internal_id": Read(("metadata.internalId",)),
                "livemode": Read(("livemode",)),
                "name": Read(("name",)),
            },
            natural_keys={"name": Filter("name", in_part=True)},
        ),
        "payments": Endpoint(  # 2.2.1
            path="/payments",
            record="/payments/{id}",
            creates=(
                Create(
                    path="/payments",
                    fields={
                        "metadata.internalId": "metadata.internalId",
                        "metadata.reference": "metadata.reference",
                        "metadata.*": "metadata.*",
                        "clientId": "clientId",
                        "client.name": "client.name",
                        "client.email": "client.email",
                        "client.rfc": "client.rfc",
                        "client.legal_name": "client.legal_name",
                        "client.tax_system": "client.tax_system",
                        "client.use": "client.use",
                        "client.phone": "client.phone",
                        "client.address.street": "client.address.street",
                        "client.address.city": "client.address.city",
                        "client.address.state": "client.address.state",
                        "client.address.zip": "client.address.zip",
                        "client.address.country": "client.address.country",
                        "client.from": "client.from",
                        "client.team": "client.team",
                        "client.metadata.internalId": "client.metadata.internalId",
                        "client.metadata.reference": "client.metadata.reference",
                        "client.metadata.*": "client.metadata.*",
                        "email": "email",
                        "currency": "currency",
                        "exchange": "exchange",
                        "paymentMethod": "paymentMethod",
                        "paid": "paid",
                        "date": "date",
                        "livemode": "livemode",
                        "avoidEmail": "avoidEmail",
                        "automaticInvoice": "automaticInvoice",
                        "automateInvoiceOnComplete": "automateInvoiceOnComplete",
                        "automateIncomeInvoiceAndComplement": "automateIncomeInvoiceAndComplement",
                        "forceReceipt": "forceReceipt",
                        "invoiceConfig.folio": "invoiceConfig.folio",
                        "invoiceConfig.series": "invoiceConfig.series",
                        "invoiceConfig.type": "invoiceConfig.type",
                        "from": "from",
                        "team": "team",
                        "items.name": "items.name",
                        "items.description": "items.description",
                        "items.quantity": "items.quantity",
                        "items.total": "items.total",
                        "items.product_key": "items.product_key",
                        "items.unit_key": "items.unit_key",
                        "items.unit_name": "items.unit_name",
                        "items.discount": "items.discount",
                        "items.currency": "items.currency",
                        "items.taxes": "items.taxes",
                    },
                    lists=("items",),
                    shows={  # 2.2.2
                        "clientId": Read(("clientId", "client.id")),
                        "client.rfc": Read(("client.rfc",)),
                        "exchange": Read(("exchange", "exchangeRate", "exchange_rate")),
                        "paymentMethod": Read(("payment_form",)),
                        "paid": Read(
                            ("status",),
                            means=(
                                ("succeeded", True),
                                ("requires_payment_method", False),
                                ("requires_confirmation", False),
                                ("requires_action", False),
                            ),
                        ),
                        "avoidEmail": Read(("avoidEmail",)),
                        "forceReceipt": Read(("forceReceipt",)),
                        "automaticInvoice": Read(("automations",)),  # ASSUMED: nothing is said of its actions
                        "automateInvoiceOnComplete": Read(("automations",)),
                        "automateIncomeInvoiceAndComplement": Read(("automations",)),
                        "invoiceConfig.folio": Read(("invoiceConfig.folio",)),
                        "invoiceConfig.series": Read(("invoiceConfig.series",)),
                        "invoiceConfig.type": Read(("invoiceConfig.type",)),
                        "team": Read(("team",)),  # Q16
                        "date": Read(("date",), moment=True),  # a number whose unit is not said
                        "items.quantity": Read(("items.quantity",)),
                        "items.total": Read(("items.total",)),
                        "items.taxes": Read(("items.taxes",)),
                        "items.product_key": Read(("items.product_key",)),
                        "items.unit_key": Read(("items.unit_key",)),
                    },
                ),
            ),
            filters=("clientId", "status", "from", "to"),  # ASSUMED, 2.2.3
            since="from",  # ASSUMED
            until="to",  # ASSUMED
            reads={
                "internal_id": Read(("metadata.internalId",)),
                "livemode": Read(("livemode",)),
                "currency": Read(("currency",)),
                "amount": Read(("amount",), Unit.CENTS),  # 2.2.2, Q2
                "link": Read(("shortURL", "shortUrl")),  # 2.2.2
            },
            learnt_once=True,  # its list has no filter by internalId
        ),
        "invoices": Endpoint(  # 2.5; creating one stamps a fiscal document: not offered
            path="/invoices",
            record="/invoices/{id}",
            filters=("clientId", "status", "series", "from", "to"),
            since="from",
            until="to",
        ),
        "receipts": Endpoint(  # 2.6, list query UNKNOWN, the path of DELETE ASSUMED
            path="/receipts", record="/receipts/{id}", removal=Removal("/receipts/{id}")
        ),
        "webhooks": Endpoint(  # 2.7, ASSUMED
            path="/webhooks", record="/webhooks/{id}", removal=Removal("/webhooks/{id}")
        ),
        "catalogs": Endpoint(path="/catalogs", record="/catalogs/{id}"),  # 2.8, ASSUMED, shape UNKNOWN beyond `id`
        # 2.9. The guide's `status` filter is left out: the team of the endpoint page, which counts more, has none.
        "teams": Endpoint(path="/connect/teams", record="/connect/teams/{id}"),  # second path ASSUMED
    },
    ping="/ping",  # 2.1
    duplicate=Duplicate(  # 1.1 names the key; how a refusal is worded is UNKNOWN, 1.2 and Q4
        statuses=(400, 422),
        key="metadata.internalId",
        terms=("idempotency",),
    ),
    write=WRITE,
    read=READ,
    landmark="/connect/teams",  # 2.9
)
