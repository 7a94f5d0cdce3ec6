"""Members of replies that give access to something: never written to any file (docs/api.md Q20).

Names are compared without case and punctuation, so `clientSecret` and `client_secret` are one name.
"""

from functools import lru_cache
from typing import Any

__all__ = ["is_secret", "without_secrets"]

SECRET_ENDINGS = (
    "token", "secret", "secrets", "password", "passwd", "pwd", "apikey", "privatekey", "secretkey", "signingkey",
    "accesskey", "jwt", "bearer", "credential", "credentials", "cookie", "cookies", "authorization",
)  # fmt: skip
"""A member whose name ends so is a secret: `token`, `access_token`, `client_secret`, `stripeSecretKey`…"""

SECRET_PARTS = ("signature",)
"""A member whose name holds one of these anywhere is a secret: `x-signature-v1`."""

SECRET_NAMES = (
    "auth", "oauth",
    "checkouturl",  # a payment's own page
    "customerportal", "loginlink", "magiclink", "portal", "portallink", "portalurl",  # a client's portal (2.3)
    "onboardingurl",  # a team's onboarding (2.9)
    "paymentintent",  # Stripe's handle of a payment (2.2.2)
    "paymentlink", "shortlink", "shorturl",  # a payment's own page (2.2.2)
    "signing",  # a webhook's signature settings (2.7)
)  # fmt: skip


@lru_cache(4096)
def is_secret(name: str) -> bool:
    """True for the name of a member whose value must not leave memory."""
    bare = "".join(ch for ch in name.casefold() if ch.isalnum())
    return bare in SECRET_NAMES or bare.endswith(SECRET_ENDINGS) or any(part in bare for part in SECRET_PARTS)


def without_secrets(value: Any, also: frozenset[str] = frozenset(), shown: frozenset[str] = frozenset()) -> Any:
    """The JSON value without its secret members at any depth; those named in `also` go at the top only, those in
    `shown` stay."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k not in also and (k in shown or not is_secret(k))}
        return {k: without_secrets(v, frozenset(), shown) for k, v in kept.items()}
    return [without_secrets(v, also, shown) for v in value] if isinstance(value, list) else value
