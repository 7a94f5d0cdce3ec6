"""Generation 2026 of the pretend API: what it accepts (`accepts`, `queries`), what it answers (`answers`), what it does
(`operations`, `clients`, `payments`, `others`) and the rows it can be filled with (`seed`)."""

from pipeline.sandbox.exchange import Generation
from pipeline.sandbox.v2026 import clients, others, payments
from pipeline.sandbox.v2026.operations import decode
from pipeline.sandbox.v2026.seed import plant

GENERATION = Generation(
    operations=(*clients.CLIENT_OPERATIONS, *payments.PAYMENT_OPERATIONS, *others.OTHER_OPERATIONS),
    tables=(
        "payments",
        "clients",
        "services",
        "invoices",
        "receipts",
        "webhooks",
        "teams",
        "users",
        "retentions",
        "sat_invoices",
        payments.KEYS,
    ),
    decode=decode,
    plant=plant,
)

__all__ = ["GENERATION"]
