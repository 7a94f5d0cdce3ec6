"""`gigbulk web`: the page."""

import os
from typing import Any

import click

from pipeline.cli.command import build_settings, command, dialect_option, journal_option, open_sandbox
from pipeline.cli.terminal import Terminal
from pipeline.errors import ConfigError
from pipeline.language.say import say

__all__ = ["web_command"]

SECRET_VARIABLE = "GIGBULK_WEB_SECRET"  # noqa: S105  (its name)
"""Where the secret shared with a proxy is said: any user of the machine may read the flags of a running process."""


@command("web", short_help="A page on this machine: check, correct and import without a terminal.")
@journal_option
@dialect_option
@click.option("--sandbox", is_flag=True, help="Send to an embedded pretend API; no key needed.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where it listens [a free one].")
@click.option("--no-browser", "browser", is_flag=True, flag_value=False, default=True, help="Open no browser.")
@click.option("--max-upload", type=click.IntRange(min=1), default=200, show_default=True, help="MB a basket may hold.")
@click.option("--keep-days", type=click.IntRange(min=1), default=30, show_default=True, help="Days files are kept.")
@click.option("--behind-proxy", is_flag=True, help="A proxy stands before it; shared secret in GIGBULK_WEB_SECRET.")
@click.option("--listen", default="127.0.0.1", show_default=True, help="Beyond loopback only behind a proxy.")
@click.option("--host", "hosts", multiple=True, metavar="NAME[:PORT]", help="A Host that is ours; repeatable.")
@click.option("--confirmer", "confirmers", multiple=True, metavar="USER", help="Who may send [all]; repeatable.")
def web_command(terminal: Terminal, profile: str | None, sandbox: bool, **flags: Any) -> int:
    """Open a page on which files are dropped, understood, corrected, confirmed and sent.

    It is the same import, in processes of its own: closing the page, or this command, loses nothing.

    \b
    Examples:
      gigbulk web --sandbox
      gigbulk web --port 8080 --no-browser
    """
    from pipeline.web.access import Access
    from pipeline.web.serving.alone import hold_alone
    from pipeline.web.serving.serve import LOOPBACK, open_socket, serve_page
    from pipeline.web.site import Site

    secret = _proxy_secret(flags["behind_proxy"])
    if flags["listen"] not in LOOPBACK and secret is None:
        raise ConfigError(
            say("The page is for this machine only: {listen} is beyond it.", listen=flags["listen"]),
            say("Put a proxy before it that knows its users, and say --behind-proxy (docs/page.md)."),
        )
    settings = build_settings(terminal, profile)
    bound = open_socket(flags["listen"], flags["port"])
    port = bound.getsockname()[1]
    hosts = frozenset([f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", *flags["hosts"]])
    with hold_alone(settings.state_dir / "web"), open_sandbox(settings, sandbox, terminal) as used:
        site = Site(
            used.with_key(),
            Access(hosts, secret, frozenset(flags["confirmers"])),
            sandbox=sandbox,
            upload_limit=flags["max_upload"] << 20,
            keep_days=flags["keep_days"],
        )

        def tell(address: str) -> None:
            terminal.show(say("The page is at {address}", address=address))

        serve_page(site, bound, tell, browser=flags["browser"] and secret is None)
    return 0


def _proxy_secret(behind_proxy: bool) -> str | None:
    if not behind_proxy:
        return None
    secret = os.environ.get(SECRET_VARIABLE, "")
    if len(secret) < 32:
        raise ConfigError(
            say(
                "--behind-proxy needs a shared secret of 32 characters or more in {variable}.", variable=SECRET_VARIABLE
            ),
            say("Make one with: openssl rand -hex 32"),
        )
    return secret
