"""Whose records a run speaks of, by its key and settings."""

from pipeline.api_key import read_key_facts
from pipeline.delivery.bodies.wire import can_update
from pipeline.errors import ConfigError
from pipeline.importer.request import ImportRequest
from pipeline.language.say import say
from pipeline.model import Account
from pipeline.settings import Settings
from schemas.dialects import dialect
from schemas.dialects.spec import Dialect

__all__ = ["account_of_run", "check_can_update", "check_key_mode", "find_account", "plans_blindly"]


def find_account(settings: Settings, *, live: bool) -> Account:
    """The account of the key, or the one the settings name. ConfigError when there is no key."""
    return Account(settings.account_name(), live)


def check_can_update(request: ImportRequest, spoken: Dialect) -> None:
    """ConfigError when records are to be changed, and the API of this dialect changes none."""
    if request.update and not any(endpoint.change for endpoint in spoken.endpoints.values()):
        raise ConfigError(
            say("--update: the API of dialect {dialect} changes nothing.", dialect=spoken.name),
            say("Dialect 2026 changes clients and services."),
        )
    if request.on_existing == "update" and not any(can_update(e.creates) for e in spoken.endpoints.values()):
        raise ConfigError(
            say("--on-existing update: the API of dialect {dialect} changes nothing.", dialect=spoken.name),
            say("Use skip or error; dialect 2026 changes clients."),
        )


def plans_blindly(request: ImportRequest, settings: Settings) -> bool:
    """Whether this is a dry run that knows no account: without a key, what was sent before counts as new."""
    return request.dry_run and not settings.has_key and not settings.account


def account_of_run(request: ImportRequest, settings: Settings) -> Account:
    """The account an import writes to. ConfigError when its key is for the other mode, or missing."""
    if not (request.dry_run and not settings.has_key):
        check_key_mode(settings.key(), live=request.live)
    if plans_blindly(request, settings):  # nothing is ever sent to it
        return Account(f"{settings.base_url or dialect(settings.dialect).base_url} no key", request.live)
    return find_account(settings, live=request.live)


def check_key_mode(key: str, *, live: bool) -> None:
    """ConfigError when the key says it is for the other mode. A key that does not say is let pass."""
    mode = read_key_facts(key).livemode
    if mode is not None and mode != live:
        if mode:
            raise ConfigError(
                say("The API key is a live key, but the run is for test mode."),
                say("Use the other key, or add --live."),
            )
        raise ConfigError(
            say("The API key is a test key, but the run is for --live."), say("Use the other key, or leave out --live.")
        )
