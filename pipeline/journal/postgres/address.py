"""The address of a journal in PostgreSQL: a URI as libpq takes it, without a password."""

from urllib.parse import parse_qsl, urlsplit

from pipeline.errors import ConfigError
from pipeline.language.say import say

__all__ = ["check_address", "name_place"]

_SECRETS = {"password", "sslpassword"}


def check_address(address: str) -> None:
    """ConfigError for an address that is none, or that holds a password: addresses stand in files and process lists."""
    try:
        parts = urlsplit(address)
        named = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    except ValueError as error:
        raise _malformed() from error
    if not address.startswith("postgresql://"):
        raise _malformed()
    user, _, _ = parts.netloc.rpartition("@")
    if ":" in user or named & _SECRETS:
        raise ConfigError(
            say("The address of the journal holds a password."),
            say(
                "Take it out, change it, and give it to libpq in a password file (.pgpass, PGPASSFILE), a service "
                "(PGSERVICEFILE) or PGPASSWORD."
            ),
        )


def name_place(address: str) -> str:
    """What messages call it: host, port and database; neither who nor how."""
    parts = urlsplit(address)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "postgresql"


def _malformed() -> ConfigError:
    return ConfigError(
        say("The address of the journal is not one of PostgreSQL."),
        say("Write it as postgresql://USER@HOST:PORT/DATABASE."),
    )
