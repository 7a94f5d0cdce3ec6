"""What generation 2025-06 answers: from an accepted body to the record that is stored and sent back."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from pipeline.sandbox.fields import parse_instant

Body = dict[str, Any]

GENERAL_RFC = "XAXX010101000"
OWNER = "user_sandbox"
TEAM = "team_sandbox"
_OTHER_CURRENCY = {"MXN": "USD", "USD": "EUR", "EUR": "MXN"}
_ONE = Decimal(1)
_PRICE_STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Birth:
    """What the server adds to a body of its own: the id, the moment, and what the key and the faults say."""

    id: str
    now_ms: int
    team: str | None = None
    livemode: bool | None = None
    """The mode of the key; None leaves the choice to the body."""
    twists: frozenset[str] = frozenset()
    """Names of the faults that spoil the record."""

    @property
    def iso(self) -> str:
        moment = datetime.fromtimestamp(self.now_ms / 1000, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def mode(self, body: Body) -> bool:
        """2.2.1 says the body chooses; a key that names its mode wins over it (docs/api.md Q12, ASSUMED)."""
        chosen = bool(body.get("livemode", False) if self.livemode is None else self.livemode)
        return chosen != ("wrong_livemode" in self.twists)


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"


def tax_amount(tax: Body, base: Decimal, quantity: Decimal | int) -> Decimal:
    """Tax of one line in currency units: a rate on the base (Tasa), an amount per unit (Cuota), or none (Exento)."""
    factor = tax.get("factor", "Tasa")
    if factor == "Exento":
        return Decimal(0)
    return Decimal(tax["rate"]) * (quantity if factor == "Cuota" else base)


def item_base(sent: Body) -> Decimal:
    """What the taxes of an item are reckoned on, in currency units: its total less its discount."""
    total, discount = Decimal(sent["total"]), Decimal(sent.get("discount", 0))
    return total - discount


def item_amount(sent: Body) -> Decimal:
    """What an item is worth in currency units: its base, taxes added and withholdings taken away."""
    base = item_base(sent)
    amount = base
    for tax in sent.get("taxes", ()):
        value = tax_amount(tax, base, sent["quantity"])
        amount += -value if tax.get("retained") else value
    return amount


def item(sent: Body, currency: str, id: str) -> Body:
    """A PaymentItem (2.2.2)."""
    quantity, base = sent["quantity"], item_base(sent)
    return {
        "id": id,
        "name": sent["name"],
        "description": sent["description"],
        "quantity": quantity,
        "total": sent["total"],
        "unitPrice": (Decimal(sent["total"]) / quantity).quantize(_PRICE_STEP) if quantity else 0,
        "product_key": sent["product_key"],
        "unit_key": sent["unit_key"],
        "unit_name": sent["unit_name"],
        "taxes": [
            {"rate": 0, "factor": "Tasa", "retained": False}
            | tax
            | {"base": base, "amount": tax_amount(tax, base, quantity)}
            for tax in sent.get("taxes", ())
        ],
        "discount": sent.get("discount", 0),
        "currency": sent.get("currency", currency),
        "paymentType": {"label": "Pago fijo", "value": "fixed"},
        "serviceId": f"svc_{sent['product_key']}",
        "category": "ventas",
        "subcategory": "api",
    }


def payment(body: Body, birth: Birth, client: Body | msgspec.Raw, client_id: str) -> Body:
    """A Payment (2.2.2). `amount` is in whole cents, rounded once, half up, after everything was added."""
    currency = body.get("currency", "MXN")
    items = [item(sent, currency, f"{birth.id}_{position}") for position, sent in enumerate(body["items"])]
    due = sum(map(item_amount, body["items"]), Decimal(0))
    in_cents = due if "amount_in_pesos" in birth.twists else due * 100
    paid = body.get("paid", False)
    paid_at = parse_instant(body["date"]) if "date" in body else None
    date_ms = birth.now_ms if paid_at is None else int(paid_at.timestamp() * 1000)
    secret = hashlib.blake2b(birth.id.encode(), digest_size=16).hexdigest()
    link = f"https://pay.sandbox.invalid/{secret[:12]}"
    return {
        "id": birth.id,
        "fid": birth.id[-8:].upper(),
        "v": 2,
        "team": body.get("team") or birth.team or TEAM,
        "owner": OWNER,
        "billingAccount": "billing_sandbox",
        "amount": int(in_cents.quantize(_ONE, ROUND_HALF_UP)),
        "currency": _OTHER_CURRENCY[currency] if "wrong_currency" in birth.twists else currency,
        "status": "succeeded" if paid else "requires_payment_method",
        "internalStatus": "completed" if paid else "pending",
        "client": client,
        "clientId": client_id,
        "items": [turn_rates(line) for line in items] if "tax_rate_turned" in birth.twists else items,
        "internalItems": items,
        "discount": sum((line["discount"] for line in items), Decimal(0)),
        **_exchange(body.get("exchange", 1), date_ms),
        **({"payment_form": body["paymentMethod"]} if "paymentMethod" in body else {}),
        **_way_of_paying(body.get("paymentMethod", ""), paid),
        "automations": _automations(body),
        "invoices": None,
        "payments": None,
        "relatedTo": None,
        "recurringEventNumber": 0,
        "skc": False,
        "avoidEmail": body.get("avoidEmail", False),
        "forceReceipt": body.get("forceReceipt", False),
        "invoiceConfig": body.get("invoiceConfig", {}),
        "conceptReference": body.get("metadata", {}).get("reference", ""),
        "binnacle": "created by the sandbox",
        "event": {},
        "user": {"uid": OWNER, "email": "owner@sandbox.invalid"},
        "metadata": body.get("metadata", {}),
        "from": body.get("from", "api"),
        "date": date_ms,
        "timestamp": birth.now_ms,
        "created": birth.now_ms,
        "succeededTimestamp": date_ms if paid else None,
        "livemode": birth.mode(body),
        "shortURL": link,
        "shortUrl": link,
        # Secrets of a real reply (docs/api.md Q20), here so that a client can be seen not to export them.
        "token": f"eyJhbGciOiJIUzI1NiJ9.{secret}.{secret[::-1]}",
        "paymentIntent": f"pi_{secret[:16]}",
        "client_secret": f"pi_{secret[:16]}_secret_{secret[16:]}",
        "hasStripe": False,
        "stripeGenerated": False,
        "payment_method_options": {
            "card": {
                "installments": {},
                "mandate_options": {},
                "network": "visa",
                "request_three_d_secure": "automatic",
            },
            "oxxo": {"expires_after_days": 3},
        },
        "transfer_data": {
            "destination": TEAM,
            "split": 0,
            "splitType": {"master": "client", "connect": "client"},
        },
    }


def turn_rates(item: Body) -> Body:
    """The item with IVA of 8 % where it was of 16 %, and every other tax at 16 %."""
    turned = {Decimal("0.16"): Decimal("0.08")}
    taxes = [tax | {"rate": turned.get(Decimal(tax.get("rate", 0)), Decimal("0.16"))} for tax in item["taxes"]]
    return item | {"taxes": taxes}


def rate_date(date_ms: int) -> str:
    """The day of an exchange rate, as a moment: noon in Mexico City."""
    return f"{datetime.fromtimestamp(date_ms / 1000, UTC):%Y-%m-%d}T18:00:00Z"


def _exchange(rate: Any, date_ms: int) -> Body:
    """The rate under its three names."""
    return {"exchange": rate, "exchangeRate": rate, "exchange_rate": rate, "exchangeRateDate": rate_date(date_ms)}


def _way_of_paying(form: str, paid: bool) -> Body:
    """Who took the money and how it may be given; what the document's examples leave open is ASSUMED."""
    return {
        "paidId": f"Forma de pago {form}" if paid else "",
        "paidIn": form if paid else "",
        "processor": "manual",
        "custom_method_types": [
            {
                "name": "Transferencia",
                "id": "spei",
                "logo": "https://cdn.sandbox.invalid/spei.png",
                "details": "A la cuenta de la factura",
                "manualConfirmation": True,
                "requiredKey": "reference",
            }
        ],
    }


def _automations(body: Body) -> list[Body]:
    """The automations asked for. The sandbox notes them and stamps nothing."""
    asked = ("automaticInvoice", "automateInvoiceOnComplete", "automateIncomeInvoiceAndComplement")
    return [{"action": name, "ref": "", "type": "invoice", "from": "api"} for name in asked if body.get(name)]


def client(body: Body, birth: Birth) -> Body:
    """A Client, with the names of [S]."""
    return {
        **body,
        **({"rfc": GENERAL_RFC} if "rfc_replaced" in birth.twists else {}),
        "id": birth.id,
        "billingAccount": "billing_sandbox",
        "owner": OWNER,
        "from": body.get("from", "api"),
        "team": body.get("team") or birth.team or TEAM,
        "timestamp": birth.now_ms,
        "livemode": birth.mode(body),
    }


def service(body: Body, birth: Birth) -> Body:
    """A service (2.4): the request's fields and the two the server adds."""
    price = {"price": Decimal(body["price"]) * 100} if "price_in_cents" in birth.twists else {}
    return {"currency": "MXN", "isActive": True, **body, **price, "id": birth.id, "timestamp": birth.iso}


def invoice(body: Body, birth: Birth, client: Body, folio: int) -> Body:
    """An invoice (2.5): always a draft, for the sandbox stamps nothing. `amount` is in currency units."""
    kept = {name: value for name, value in body.items() if name != "clientId"}
    return {
        "currency": "MXN",
        "series": "A",
        **kept,
        "id": birth.id,
        "client": {"rfc": client.get("rfc"), "name": client.get("name"), "legalName": client.get("legal_name")},
        "status": "draft",
        "invoice": {"folioNumber": folio},
        "issueDate": body.get("issueDate", birth.iso),
        "timestamp": birth.iso,
    }


def receipt(body: Body, birth: Birth) -> Body:
    """A receipt (2.6): the reply is unknown, ASSUMED to repeat the body."""
    return {"currency": "MXN", **body, "id": birth.id, "status": "pending", "timestamp": birth.now_ms}


def webhook(body: Body, birth: Birth) -> Body:
    """A webhook (2.7)."""
    return {"status": "active", **body, "id": birth.id, "owner": OWNER, "timestamp": birth.now_ms}


def team(body: Body, birth: Birth) -> Body:
    """A team (2.9 [E25])."""
    return {
        "id": birth.id,
        "setupComplete": False,
        "members": [],
        "integrations": {"stripe": False, "facturapi": False, "sat": False},
        "invoicesCreated": 0,
        "paymentsCreated": 0,
        "receiptsCreated": 0,
        "onboardingUrl": f"https://connect.sandbox.invalid/{birth.id}",
        **_team_members(body),
    }


def changed_team(before: Body, body: Body) -> Body:
    return before | _team_members(body)


def _team_members(body: Body) -> Body:
    """What a team's body becomes in the reply, which says `logo` for `logoUrl` and shows members as objects."""
    shown = dict(body)
    if "logoUrl" in shown:
        shown["logo"] = shown.pop("logoUrl")
    if "members" in shown:
        shown["members"] = [_member(id) for id in shown["members"]]
    return shown


def _member(id: str) -> Body:
    return {
        "id": id,
        "email": f"{id}@sandbox.invalid",
        "role": "editor",
        "isAdmin": False,
        "isSuperAdmin": False,
        "status": "active",
        "permissions": {"invoices": True, "payments": True, "expenses": False, "services": True},
    }
