"""Whose certificates are believed: the system's own store, or the one that SSL_CERT_FILE or SSL_CERT_DIR names.

The two are OpenSSL's own variables: a company whose proxy opens TLS hands out a certificate of its own to be named so.
"""

import ssl

import httpx2 as httpx

from pipeline.errors import ConfigError
from pipeline.language.causes import os_cause
from pipeline.language.say import say

__all__ = ["build_trust"]


def build_trust() -> ssl.SSLContext:
    """What verifies a server. ConfigError where a variable names no certificates: nothing else is believed instead."""
    try:
        return httpx.create_ssl_context(trust_env=True)
    except OSError as error:  # ssl.SSLError is one
        cause = say("no certificates stand there") if isinstance(error, ssl.SSLError) else os_cause(error)
        raise ConfigError(
            say("The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read: {cause}.", cause=cause),
            say("Name a file of certificates in PEM form, or take the variable away."),
        ) from error
