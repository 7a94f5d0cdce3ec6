"""What generation 2026 answers: from an accepted body to the record that is stored and sent back. Amounts in units."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Body = dict[str, Any]

OWNER, TEAM = "user_sandbox", "team_sandbox"
_CENT = Decimal("0.01")
_NOTHING = Decimal(0)
GENERAL_RFC = "XAXX010101000"
_OTHER_CURRENCY = {"MXN": "USD", "USD": "EUR", "EUR": "MXN"}


@dataclass(frozen=True, slots=True)
class Birth:
    """What the server adds to a body of its own: the id, the moment, the team, the mode of the key, and its faults."""

    id: str
    now_ms: int
    team: str | None = None
    livemode: bool | None = None
    twists: frozenset[str] = frozenset()

    @property
    def now_s(self) -> int:
        return self.now_ms // 1000

    @property
    def mode(self) -> bool:
        """The key decides; an opaque one is a test key."""
        return bool(self.livemode) != ("wrong_livemode" in self.twists)

    @property
    def own(self) -> Body:
        """The members every record has."""
        return {"id": self.id, "team": self.team or TEAM, "owner": OWNER, "from": "api", "created_at": self.now_s}


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Sums:
    """What items come to, in currency units: before tax, what is added, what is withheld, what was taken off."""

    subtotal: Decimal = _NOTHING
    taxes: Decimal = _NOTHING
    withheld: Decimal = _NOTHING
    discount: Decimal = _NOTHING

    def members(self) -> Body:
        total = self.subtotal - self.discount + self.taxes - self.withheld
        return {
            "total": _round(total),
            "subtotal": _round(self.subtotal),
            "taxes": _round(self.taxes),
            "withholding_taxes": _round(self.withheld),
            "discount": _round(self.discount),
        }


def add_up(items: list[Body]) -> Sums:
    """Quantity times unit price, less discounts, with taxes; an inclusive tax is taken out of the price first."""
    sums = Sums()
    for item in items:
        quantity, price = Decimal(item.get("quantity", 1)), Decimal(item.get("unit_price", 0))
        discount = Decimal(item.get("discount", 0))
        taxes = [tax for tax in item.get("taxes", ()) if tax.get("factor", "Tasa") != "Exento"]
        inside = sum((Decimal(t.get("rate", 0)) for t in taxes if t.get("inclusive")), _NOTHING)
        gross = quantity * price / (1 + inside)
        amounts = [
            (Decimal(t.get("rate", 0)) * (quantity if t.get("factor") == "Cuota" else gross - discount),
             t.get("withholding", False))
            for t in taxes
        ]  # fmt: skip
        sums = Sums(
            sums.subtotal + gross,
            sums.taxes + sum((amount for amount, withheld in amounts if not withheld), _NOTHING),
            sums.withheld + sum((amount for amount, withheld in amounts if withheld), _NOTHING),
            sums.discount + discount,
        )
    return sums


def client(body: Body, birth: Birth) -> Body:
    """2.3."""
    kept = {name: value for name, value in body.items() if name != "search"}
    return {
        "metadata": {},
        "bcc": [],
        "is_valid": True,
        "efos": {"is_valid": True},
        **kept,
        **({"tax_id": GENERAL_RFC} if "rfc_replaced" in birth.twists else {}),
        **birth.own,
        "livemode": birth.mode,
    }


def service(body: Body, birth: Birth) -> Body:
    """2.4: no mode is shown."""
    price = {"unit_price": Decimal(body["unit_price"]) * 100} if "price_in_cents" in birth.twists else {}
    return {"taxes": [], **body, **price, **birth.own}


def item(sent: Body, id: str) -> Body:
    return {"discount": 0, "taxes": [], **{name: v for name, v in sent.items() if name != "search"}, "id": id}


def turn_rates(item: Body) -> Body:
    """The item with IVA of 8 % where it was of 16 %, and every other tax at 16 %."""
    turned = {Decimal("0.16"): Decimal("0.08")}
    taxes = [tax | {"rate": turned.get(Decimal(tax.get("rate", 0)), Decimal("0.16"))} for tax in item["taxes"]]
    return item | {"taxes": taxes}


def payment(body: Body, birth: Birth, payer: Body, *, paid: bool) -> Body:
    """2.2.5."""
    wrong = "wrong_currency" in birth.twists
    currency = body.get("currency", "MXN")
    items = [item(sent, sent.get("id") or f"{birth.id}_{n}") for n, sent in enumerate(body["items"])]
    if "tax_rate_turned" in birth.twists:
        items = [turn_rates(line) for line in items]
    secret = hashlib.blake2b(birth.id.encode(), digest_size=16).hexdigest()
    methods = body.get("allowed_payment_methods", [])
    return {
        **birth.own,
        **add_up(body["items"]).members(),
        "client": {name: payer.get(name) for name in ("id", "name", "email", "tax_id", "legal_name")},
        "status": "succeeded" if paid else "requires_payment_method",
        "currency": _OTHER_CURRENCY.get(currency, "MXN") if wrong else currency,
        "exchange_rate": body.get("exchange_rate", 1),
        **({"payment_form": body["payment_form"]} if "payment_form" in body else {}),
        "items": items,
        "invoices": [],
        "receipts": [],
        "refunds": [],
        "payments": [],
        "emails": body.get("emails", []),
        "allowed_payment_methods": [{"id": method} for method in methods],
        "automation_type": body.get("automation_type", "none"),
        "metadata": body.get("metadata", {}),
        "invoice_config": body.get("invoice_config", {}),
        "idempotency_key": body.get("idempotency_key"),
        "payment_processor": "api",
        "short_url": f"https://pay.sandbox.invalid/{secret[:12]}",
        "livemode": birth.mode,
        "succeeded_at": birth.now_s if paid else None,
    }


def invoice(body: Body, birth: Birth, payer: Body, kind: str, *, draft: bool) -> Body:
    """2.5: `uuid` is what it is known by. The sandbox stamps nothing; it says so by a stamp without a seal."""
    return {
        **birth.own,
        **add_up(body.get("items", [])).members(),
        "uuid": birth.id,
        "client": {name: payer.get(name) for name in ("id", "name", "email", "tax_id", "legal_name")},
        "status": "draft" if draft else "valid",
        "invoice_type": kind,
        "series": body.get("series", "A"),
        "folio_number": body.get("folio_number", 1),
        "currency": body.get("currency", "MXN"),
        "exchange_rate": body.get("exchange_rate", 1),
        "payment_method": body.get("payment_method", "PUE"),
        "payment_form": body.get("payment_form", "03"),
        "use": body.get("use", "G03"),
        "items": [item(sent, sent.get("id") or f"{birth.id}_{n}") for n, sent in enumerate(body.get("items", []))],
        "stamp": {"stamp_at": birth.now_s, "sello": "", "provider": "sandbox"},
        "metadata": body.get("metadata", {}),
        "idempotency_key": body.get("idempotency_key"),
        "livemode": birth.mode,
    }


def receipt(body: Body, birth: Birth, payer: Body) -> Body:
    """2.6: `validUntil` in camelCase, seconds."""
    return {
        **birth.own,
        **add_up(body["items"]).members(),
        "client": {name: payer.get(name) for name in ("id", "name", "email", "tax_id", "legal_name")},
        "status": "pending",
        "currency": body.get("currency", "MXN"),
        "periodicity": body.get("periodicity", "month"),
        "payment_form": body.get("payment_form", "01"),
        "items": [item(sent, sent.get("id") or f"{birth.id}_{n}") for n, sent in enumerate(body["items"])],
        "metadata": body.get("metadata", {}),
        "created": birth.now_s,
        "validUntil": birth.now_s + 30 * 86_400,
        "url": f"https://receipts.sandbox.invalid/{birth.id}",
        "invoices": [],
        "livemode": birth.mode,
    }


def webhook(body: Body, birth: Birth) -> Body:
    """2.7: `created_at` in milliseconds."""
    return {"status": "active", "description": "", **body, **birth.own, "created_at": birth.now_ms}


def team(body: Body, birth: Birth) -> Body:
    """2.9."""
    return {
        "legal_name": "EMPRESA DE PRUEBA",
        "tax_id": "EKU9003173C9",
        "tax_system": "601",
        "brand": {"alias": "Prueba", "primary_color": "#000000", "logo": ""},
        "settings": {"taxes": [], "default_series": "A"},
        "support_email": "ayuda@sandbox.invalid",
        "sat": {"completed": True},
        "members": [{"id": OWNER, "role": "admin"}],
        "integrations": {"stripe": False, "sat": True},
        "credit_limit": 0,
        "used_credits": 0,
        **body,
        "id": birth.id,
        "owner": OWNER,
        "created_at": birth.now_s,
    }
