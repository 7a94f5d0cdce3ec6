"""Generation 2025-06 of the pretend API: what it accepts (`accepts`, `filters`), what it answers (`answers`),
what it does (`operations`, `special`) and the rows it can be filled with (`seed`)."""

from pipeline.sandbox.exchange import Generation
from pipeline.sandbox.v2025_06 import accepts, answers, special
from pipeline.sandbox.v2025_06.operations import Resource, decode
from pipeline.sandbox.v2025_06.seed import plant

RESOURCES = (
    Resource("clients", "/clients", "client", accepts.client, answers.client),
    Resource("services", "/services", "service", accepts.service, answers.service),
    Resource(
        "receipts",
        "/receipts",
        "receipt",
        accepts.receipt,
        answers.receipt,
        changes=accepts.receipt_change,
        deletes=True,
    ),
    Resource("webhooks", "/webhooks", "webhook", accepts.webhook, answers.webhook, deletes=True),
    Resource(
        "teams",
        "/connect/teams",
        "team",
        accepts.team,
        answers.team,
        changes=accepts.team_change,
        changed=answers.changed_team,
    ),
)

GENERATION = Generation(
    operations=(
        *special.OPERATIONS,
        *(operation for resource in RESOURCES for operation in resource.operations()),
    ),
    tables=("payments", "clients", "services", "invoices", "receipts", "webhooks", "teams"),
    decode=decode,
    plant=plant,
)

__all__ = ["GENERATION", "RESOURCES"]
