"""Lists of dialect 2026 that are read and never written: `schemas.dialects.v2026` has those of what can be imported.

Two reads of this generation change something (an onboarding link renews a password, a download may be charged; F12).
They are declared nowhere, so nothing here can ask for them.
"""

from schemas.dialects.spec import Cursor, Endpoint, Numbered, Removal, TimeForm

__all__ = ["BY_NUMBER", "LISTED", "LISTS"]

_CREATED = ("created[gte]", "created[lte]")  # 0.3 item 5: epoch seconds, as the official client sends them
LISTED = ("sort", "order_by", *_CREATED, "team")
"""Query parameters that most lists understand."""

BY_NUMBER = Numbered(limit="limit", position="page", size=100)
"""With metadata filters `page` stands in the place of the cursor (1)."""

LISTS = {
    "invoices": Endpoint(  # 2.5; those of income
        path="/invoices/income",
        record="/invoices/income/{id}",
        identifier="uuid",  # `id` may be absent
        filters=(*LISTED, "status", "client_id", "series"),
        since="created[gte]",
        until="created[lte]",
        times=TimeForm.SECONDS,
        by_metadata=BY_NUMBER,
    ),
    "invoices_egress": Endpoint(  # credit notes
        path="/invoices/egress",
        record="/invoices/egress/{id}",
        identifier="uuid",
        filters=(*LISTED, "status", "client_id"),
        since="created[gte]",
        until="created[lte]",
        times=TimeForm.SECONDS,
        by_metadata=BY_NUMBER,
    ),
    "invoices_payment": Endpoint(  # payment complements
        path="/invoices/payment",
        record="/invoices/payment/{id}",
        identifier="uuid",
        filters=(*LISTED, "status", "client_id", "invoice_id"),
        since="created[gte]",
        until="created[lte]",
        times=TimeForm.SECONDS,
        by_metadata=BY_NUMBER,
    ),
    "invoices_transfer": Endpoint(  # goods on the way
        path="/invoices/transfer",
        record="/invoices/transfer/{id}",
        identifier="uuid",
        filters=(*LISTED, "status", "client_id"),
        since="created[gte]",
        until="created[lte]",
        times=TimeForm.SECONDS,
        by_metadata=BY_NUMBER,
    ),
    "invoices_draft": Endpoint(  # not stamped: a draft need not have a uuid
        path="/invoices/draft",
        record="/invoices/draft/{id}",
        removal=Removal("/invoices/draft/{id}"),  # a draft has no fiscal effect
        filters=LISTED,
        since="created[gte]",
        until="created[lte]",
        times=TimeForm.SECONDS,
        by_metadata=BY_NUMBER,
    ),
    "invoices_sat": Endpoint(  # what SAT knows of the RFC; bounds are days, as they are typed
        path="/invoices/sat",
        record="/invoices/sat/{id}",
        identifier="uuid",
        filters=("from", "to", "direction", "status", "invoice_type", "issuer_rfc", "receiver_rfc", "team"),
        since="from",
        until="to",
        times=TimeForm.DAY,
        paging=Cursor(limit="limit", position="starting_after", token=("next", "next_cursor"), size=100),
    ),
    "receipts": Endpoint(  # 2.6
        path="/receipts",
        record="/receipts/{id}",
        removal=Removal("/receipts/{id}", leaves=("canceled", "cancelled")),  # it cancels, and there is no way back
        filters=(*LISTED, "status", "client_id"),
        since="created[gte]",
        until="created[lte]",
        times=TimeForm.SECONDS,
        by_metadata=BY_NUMBER,
    ),
    "retentions": Endpoint(  # 2.10
        path="/retentions",
        record="/retentions/{id}",
        filters=("sort", "order_by", "created_gte", "created_lte", "status", "retention_key", "client_id", "team"),
        since="created_gte",
        until="created_lte",
        times=TimeForm.MILLISECONDS,
    ),
    "webhooks": Endpoint(  # 2.7
        path="/webhooks",
        record="/webhooks/{id}",
        removal=Removal("/webhooks/{id}"),
        filters=("status", "team"),
        paging=Cursor(limit="limit", position="cursor", token=("next_cursor", "next"), size=100),
    ),
    "teams": Endpoint(path="/teams", record="/teams/{id}", filters=("team",)),  # 2.9
    "users": Endpoint(  # 2.10
        path="/users",
        record="/users/{id}",
        filters=LISTED,
        since="created[gte]",
        until="created[lte]",
        times=TimeForm.SECONDS,
    ),
}
