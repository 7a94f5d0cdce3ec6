"""What is true: resources, their columns and rules, SAT's catalogues. No network, nothing imported from `pipeline`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.spec import Resource

__all__ = ["RESOURCE_NAMES", "declared_resources", "resource"]

RESOURCE_NAMES = ("clients", "services", "payments")
"""Every resource that can be imported, in dependency order."""


def resource(name: str) -> "Resource":
    """The declaration of one resource. KeyError when there is none of that name."""
    return declared_resources()[name]


def declared_resources() -> "dict[str, Resource]":
    """Every resource by name. Imported late, because a rule is a polars expression and polars takes 0.2 s to import."""
    from schemas.resources.clients import CLIENTS
    from schemas.resources.payments import PAYMENTS
    from schemas.resources.services import SERVICES

    return {"clients": CLIENTS, "services": SERVICES, "payments": PAYMENTS}
