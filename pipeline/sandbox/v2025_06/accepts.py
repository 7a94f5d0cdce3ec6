"""What generation 2025-06 accepts: the body of every write, field by field.

Sections are those of docs/api.md; [S] is its schema page, [G25] and [E25] are guide and endpoint pages.
Where the reference is silent the choice made here is marked ASSUMED. Where a choice asks more than the document's own
example gives, it stands in `stricter`, beside what the document takes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipeline.sandbox.fields import (
    Findings,
    array,
    boolean,
    day_or_instant,
    email,
    filled,
    instant,
    members,
    number,
    one_of,
    stricter,
    text,
    web_address,
)
from pipeline.sandbox.v2025_06.answers import item_amount

PAYMENT_FORMS = (
    *("01", "02", "03", "04", "05", "06", "08", "12", "13", "14", "15", "17"),
    *("23", "24", "25", "26", "27", "28", "29", "30", "31", "99"),
)
"""1.3: SAT payment forms, exactly the 22 values of the enum in [S]."""

_positive = number(least=Decimal("0.000001"))
"""More than zero. ASSUMED six decimals, as SAT has it, which also keeps unit prices within reason."""
_amount_of_something = stricter(_positive, number(least=0))
_currency = one_of("MXN", "USD", "EUR")
_metadata = members({}, others=text)  # internalId, reference, stringitems and any other: text
_address = members(dict.fromkeys(("street", "city", "state", "zip", "country"), text))

_CLIENT = {
    "name": filled,
    "legal_name": text,
    "rfc": filled,
    "email": email,
    "phone": text,
    "tax_system": text,
    "use": text,
    "address": _address,
    "metadata": _metadata,
    "from": text,
    "team": text,
    "livemode": boolean,
}
"""2.2.1, Client of [S], less the four members a server assigns."""

client = members(_CLIENT, required=("name", "rfc", "email"))

_inline_client = members(_CLIENT | dict.fromkeys(("id", "billingAccount", "owner"), text) | {"timestamp": number()})

_TAX = {
    "type": stricter(one_of("IVA", "ISR", "IEPS"), text),
    "rate": number(least=0, most=1000),
    "factor": stricter(one_of("Tasa", "Cuota", "Exento"), text),
    # Not among the three request members of [S], only in the response: ASSUMED to be accepted, since
    # nothing else tells a withheld tax from a transferred one.
    "retained": boolean,
}
_tax = stricter(members(_TAX, required=("type",)), members(_TAX))

_item = members(
    {
        "name": filled,
        "description": filled,
        "quantity": _amount_of_something,
        "total": number(least=0),
        "product_key": filled,
        "unit_key": filled,
        "unit_name": filled,
        "taxes": array(_tax),
        "discount": number(least=0),
        "currency": stricter(_currency, text),
    },
    required=("name", "description", "quantity", "total", "product_key", "unit_key", "unit_name"),
)

_payment = members(
    {
        "clientId": filled,
        "client": _inline_client,
        "email": email,
        "items": array(_item, least=1),
        "currency": _currency,
        "exchange": _amount_of_something,
        "paymentMethod": one_of(*PAYMENT_FORMS),
        "paid": boolean,
        "date": instant,
        "livemode": boolean,
        "avoidEmail": boolean,
        "automaticInvoice": boolean,
        "automateInvoiceOnComplete": boolean,
        "automateIncomeInvoiceAndComplement": boolean,
        "forceReceipt": boolean,
        "invoiceConfig": members({"folio": text, "series": text, "type": text}),
        "from": text,
        "team": text,
        "metadata": _metadata,
    },
    required=("items",),
)


def payment(body: Any, path: str, found: Findings) -> None:
    """2.2.1: the members, then the rules that tie them together."""
    _payment(body, path, found)
    if not isinstance(body, dict):
        return
    if "clientId" in body and "client" in body and found.strict:
        found.note("client", "must not be given together with clientId")
    elif "clientId" not in body and "client" not in body:
        found.note("clientId", "is required when client is absent")
    if body.get("paid") is True and "paymentMethod" not in body:
        found.note("paymentMethod", "is required when paid is true")
    if not found.problems:
        _items_add_up(body["items"], found)


def _items_add_up(items: list[dict[str, Any]], found: Findings) -> None:
    for position, item in enumerate(items):
        path = f"items[{position}]"
        taxes = item.get("taxes", [])
        if item.get("discount", 0) > item["total"]:
            found.note(f"{path}.discount", "must not be more than the item's total")
        for line, tax in enumerate(taxes):
            if "rate" not in tax and tax.get("factor") != "Exento":
                found.note(f"{path}.taxes[{line}].rate", "is required unless factor is Exento")
        if any(tax.get("retained") for tax in taxes) and not found.problems and item_amount(item) < 0:
            found.note(f"{path}.taxes", "withhold more than the item is worth")


service = members(
    {
        "name": filled,
        "description": text,
        "category": text,
        "price": number(least=0),
        "currency": _currency,
        "unit": text,
        "taxRate": number(least=0),  # a percentage: 16.0
        "isActive": boolean,
        "metadata": _metadata,
    },
    required=("name",),
)
"""2.4 [G25]."""

invoice = members(
    {
        "clientId": filled,
        "amount": _positive,
        "currency": _currency,
        "description": text,
        "series": text,
        "items": array(members({"description": text, "quantity": number(), "unitPrice": number(), "amount": number()})),
        "dueDate": day_or_instant,
        "issueDate": day_or_instant,
    },
    required=("clientId", "amount"),
)
"""2.5 [G25]."""

_RECEIPT = {"clientId": filled, "items": array(_item, least=1), "currency": _currency, "metadata": _metadata}
receipt = members(_RECEIPT, required=("clientId",))
receipt_change = members(_RECEIPT)
"""2.6: only `clientId` is documented, the rest ASSUMED close to a payment."""

webhook = members(
    {
        "url": web_address,
        "events": array(filled, least=1),
        "description": text,
        "status": one_of("active", "inactive"),
    },
    required=("url", "events"),
)
"""2.7: the 2025-06 body is unknown; ASSUMED the later generation's first four members."""

_TEAM = {
    "members": array(text),
    "alias": filled,
    "primaryColor": text,
    "logoUrl": web_address,
    "legalName": text,
    "taxId": text,
    "address": _address,
    "contactEmails": array(email),
    "supportEmail": email,
    "supportPhone": text,
    "taxSystem": text,
    "metadata": _metadata,
}
team = members(_TEAM, required=("alias",))
team_change = members(_TEAM)
"""2.9 [E25]; which member is required is not shown, ASSUMED `alias`."""

member_change = members(
    {
        "role": filled,
        "permissions": members(dict.fromkeys(("invoices", "payments", "expenses", "services"), boolean)),
    }
)
"""2.9: "update member" is only listed; ASSUMED the members of the response that can change."""
