"""What generation 2026 accepts: the body of every write, field by field.

Sections are those of docs/api.md. Members that only first-party clients send are accepted too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipeline.sandbox.fields import Check, Findings, array, boolean, email, filled, members, number, one_of, text

PAYMENT_FORMS = (
    *("01", "02", "03", "04", "05", "06", "08", "12", "13", "14", "15", "17"),
    *("23", "24", "25", "26", "27", "28", "29", "30", "31", "99"),
)
AUTOMATIONS = ("pue_invoice", "ppd_invoice_and_complement", "none")
METHODS = ("card", "bank", "oxxo", "stripe-spei", "spei")
PERIODS = ("day", "week", "two_weeks", "month", "two_months")

_whole = number(least=0)


def anything(value: Any, path: str, found: Findings) -> None:
    """A member whose value nobody describes."""


def nullable(check: Check) -> Check:
    """As `check`, or null, which clears the member."""

    def checked(value: Any, path: str, found: Findings) -> None:
        if value is not None:
            check(value, path, found)

    return checked


def currency(value: Any, path: str, found: Findings) -> None:
    """Any ISO code."""
    if not (isinstance(value, str) and len(value) == 3 and value.isascii() and value.isupper()):
        found.note(path, "must be a currency code of three capital letters")


_metadata = members({}, others=anything)  # a first-party client sends other values than text
_search = members(
    {"on_key": one_of("tax_id", "email", "name"), "on_value": filled, "auto_create": boolean, "update": boolean},
    required=("on_key", "on_value"),
)
_ADDRESS = ("street", "exterior", "interior", "neighborhood", "municipality", "city", "state", "zip", "country")

_CLIENT: dict[str, Check] = {
    **dict.fromkeys(("name", "company", "phone", "legal_name", "tax_id", "tax_system", "use"), nullable(text)),
    "email": nullable(email),
    "address": nullable(members(dict.fromkeys(_ADDRESS, nullable(text)))),
    "bcc": array(email),
    "metadata": _metadata,
    "defaults": members(
        dict.fromkeys(("keep_full_legal_name", "issue_automatic_invoices", "issue_invoiceable_receipts"), boolean)
    ),
}
_new_client = members({**_CLIENT, "search": _search})
client_change = members(_CLIENT)


def client(body: Any, path: str, found: Findings) -> None:
    """2.3. Its clients disagree on what is required; something to be called by is (ASSUMED)."""
    _new_client(body, path, found)
    if isinstance(body, dict) and not any(body.get(name) for name in ("email", "name", "tax_id", "legal_name")):
        found.note("email", "is required when there is no name and no tax_id")


_tax = members(
    {
        "type": one_of("IVA", "ISR", "IEPS", "iva", "isr", "ieps"),
        "rate": number(least=0, most=1000),
        "factor": one_of("Tasa", "Cuota", "Exento"),
        "withholding": boolean,
        "inclusive": boolean,
        "base": _whole,
    },
    required=("type",),
)
_SERVICE: dict[str, Check] = {
    "description": filled,
    "unit_price": _whole,
    "product_key": filled,
    "unit_key": filled,
    "unit_name": text,
    "sku": text,
    "quantity": _whole,
    "taxability": one_of("01", "02", "03", "04", "05", "06", "07", "08"),
    "taxes": array(_tax),
}
service = members(_SERVICE, required=("description", "unit_price"))  # what both first-party clients require
service_change = members(_SERVICE)

_item = members(
    {
        **_SERVICE,
        "id": filled,
        "quantity": number(least=Decimal("0.000001")),
        "discount": _whole,
        "third_party": members(dict.fromkeys(("legal_name", "tax_id", "tax_system", "zip"), text)),
        "search": members(
            {"on_key": filled, "on_value": filled, "auto_create": boolean, "safety_check": boolean},
            required=("on_key", "on_value"),
        ),
    }
)
_payer = members({**_CLIENT, "id": filled, "search": _search})


def _folio(value: Any, path: str, found: Findings) -> None:
    """A number in one client, text in the pages."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        found.note(path, "must be a number or text")


_PAYMENT: dict[str, Check] = {
    "client": _payer,
    "items": array(_item, least=1),
    "currency": currency,
    "exchange_rate": _whole,
    "automation_type": one_of(*AUTOMATIONS),
    "send_email": boolean,
    "ignore_emails": boolean,
    "emails": array(email),
    "invoice_config": members({"serie": text, "folio": _folio}),
    "ppd_invoice_id": nullable(text),
    "idempotency_key": filled,
    "metadata": _metadata,
}
payment_register = members(
    {**_PAYMENT, "payment_form": one_of(*PAYMENT_FORMS)}, required=("client", "items", "payment_form")
)
payment_request = members(
    {**_PAYMENT, "allowed_payment_methods": array(one_of(*METHODS), least=1)},
    required=("client", "items", "allowed_payment_methods"),
)
payment_change = members({"items": array(_item), "automation_type": one_of(*AUTOMATIONS), "client": _payer})
payment_paid = members({"payment_form": one_of(*PAYMENT_FORMS), "date": _whole}, required=("payment_form",))
refund = members({"reason": text, "amount": _whole, "external_processor_refund": boolean})

_INVOICE: dict[str, Check] = {
    "client": _payer,
    "items": array(_item),
    "currency": currency,
    "exchange_rate": _whole,
    "use": text,
    "payment_form": one_of(*PAYMENT_FORMS),
    "payment_method": one_of("PUE", "PPD"),
    "series": text,
    "folio_number": _whole,
    "automation_type": text,
    "send_email": boolean,
    "emails": array(email),
    "metadata": _metadata,
    "idempotency_key": filled,
    "related_documents": array(anything),
    "global": anything,
    "exports": anything,
    "complements": array(anything),
    "addenda": anything,
    "invoice_pdf_notes": anything,
    "return_files_urls": boolean,
}
invoice = members(_INVOICE, required=("client", "items"))
draft = members(_INVOICE)
cancellation = members(
    {"motive": one_of("01", "02", "03", "04"), "substitution_uuid": text, "replacement": text}, required=("motive",)
)
mailing = members({"emails": array(email)})

receipt = members(
    {
        "client": _payer,
        "items": array(_item, least=1),
        "currency": currency,
        "exchange_rate": _whole,
        "periodicity": one_of(*PERIODS),
        "payment_form": one_of(*PAYMENT_FORMS),
        "invoice_config": members({"serie": text, "folio": _folio}),
        "idempotency_key": filled,
        "metadata": _metadata,
    },
    required=("client", "items"),
)
receipt_stamp = members({"stamp_to": text, "fiscal_information": anything, "date": _whole})

_WEBHOOK: dict[str, Check] = {
    "url": filled,
    "events": array(filled, least=1),
    "description": text,
    "status": one_of("active", "inactive"),
    "operation_id": filled,
}
webhook = members(_WEBHOOK, required=("url", "events"))
webhook_change = members(_WEBHOOK)
portal = members({"id": filled, "email": email})
INHERITED = ("description", "unit_price", "product_key", "unit_key", "unit_name", "sku", "taxes", "taxability")
"""What an item takes from the service it names."""
