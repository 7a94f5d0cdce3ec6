"""Where requests go and what opens the door: the base URL and the key, checked before anything is sent."""

import ipaddress

import httpx2 as httpx

from pipeline.errors import ConfigError
from pipeline.language.say import say

__all__ = ["authorization_header", "check_base_address", "is_loopback", "read_host"]

_LONGEST_LABEL = 63
"""Characters in one part of a host name (RFC 1035); a longer one is no name at all."""


def check_base_address(text: str) -> str:
    """The base URL without its last slash. ConfigError when a key must not travel to it.

    Plain http is for this machine only; credentials, a query or a fragment have no place in it. The text itself is
    not repeated in the error where it may hold a password.
    """
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as wrong:
        raise ConfigError(
            say("The base URL is not a URL: {wrong}.", wrong=wrong), say("Write it as https://host/v2.")
        ) from wrong
    port = 443 if url.port is None else url.port
    if url.scheme not in ("http", "https") or not url.host or not 0 < port < 65536:
        raise ConfigError(say("The base URL is not a whole http(s) address."), say("Write it as https://host/v2."))
    if any(not 0 < len(label) <= _LONGEST_LABEL for label in url.host.rstrip(".").split(".")) or "%" in url.host:
        raise ConfigError(say("The base URL does not hold a valid host name."), say("Write it as https://host/v2."))
    if url.userinfo or url.query or url.fragment:
        raise ConfigError(
            say("The base URL holds more than a host and a path."),
            say("Leave out user, password, '?' and '#'; the key goes into GIGSTACK_API_KEY."),
        )
    if url.scheme == "http" and not is_loopback(url.host):
        raise ConfigError(
            say("Plain http to {host} would show the key to the network.", host=url.host),
            say("Use https; plain http is accepted for this machine only (127.0.0.1, ::1, localhost)."),
        )
    return str(url).rstrip("/")


def authorization_header(prefix: str, key: str) -> str:
    """The value of the Authorization header. ConfigError, without the key, when it cannot stand in a header."""
    if not key.strip():
        raise ConfigError(say("There is no API key."), say("Set GIGSTACK_API_KEY."))
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError(
            say("The API key holds a space, a line break or a letter outside ASCII."),
            say("Copy it again into GIGSTACK_API_KEY, without quotes and without a line break."),
        )
    return prefix + key


def read_host(location: str | None) -> str | None:
    """The host of an address, with its port if it names one; None where there is none, or it cannot be read."""
    if not location:
        return None
    try:
        url = httpx.URL(location)
    except httpx.InvalidURL:
        return None
    return url.netloc.decode("ascii", "replace").rpartition("@")[2] or None


def is_loopback(host: str) -> bool:
    """Whether it is this machine. A name other than localhost is not looked up: names can change their mind."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
