"""Every setting, from the first place that has it: flag, environment, ./gigbulk.toml, the user's gigbulk.toml, default.

Built once at the edge and passed on; no stage reads the environment.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs

from pipeline.api_key import account_name
from pipeline.errors import ConfigError
from pipeline.language.catalogue import LANGUAGES, detect_language
from pipeline.language.say import Said, say
from pipeline.settings.config_files import APP, CONFIG_FILE, find_config_files, read_config_file
from pipeline.settings.official_client import SavedKey, find_saved_key, share_origin

__all__ = ["ENVIRONMENT", "SETTINGS", "Settings", "TransportName", "resolve_settings"]

TransportName = Literal["aiohttp", "httpx"]
"""Those of `pipeline.api.transport`, which nothing as low as this room may import."""

_TRANSPORTS: tuple[str, ...] = get_args(TransportName)
ENVIRONMENT = {
    "api_key": "GIGSTACK_API_KEY",
    "api_key_command": "GIGBULK_API_KEY_COMMAND",
    "base_url": "GIGSTACK_BASE_URL",
    "dialect": "GIGSTACK_DIALECT",
    "state_dir": "GIGBULK_STATE_DIR",
    "journal": "GIGBULK_JOURNAL",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run needs to know.

    api_key      the secret; never printed, never a flag
    api_key_command  what prints the secret, where it is not here itself (pipeline.settings.key_command)
    key_place    where it was found, if the official client keeps it
    key_refused  why a key that is there is not used, and what to do about it
    base_url     where the API is; None means the dialect's documented one
    dialect      which contract is spoken: 2025-06 unless told otherwise, never switched silently (docs/api.md Q1)
    folder       where relative paths of the settings begin: the working folder; no setting itself
    state_dir    journal and locks
    journal      the address of another journal (pipeline.journal.open), which may hold a password; None means the file
                 in state_dir
    account      a name for the account that outlives its key; None derives it from the key
    concurrency  requests in flight; None adapts itself
    rate         ceiling in requests per second; None learns from the server's own answers
    timeout_s    seconds one request may take; 30 is the first-party client's own (docs/api.md 1, Timeouts)
    settle_s     seconds between the two looks that prove a record absent: a request whose answer we never saw may
                 still be at work on the server
    lease_s      seconds without a sign of life after which another machine may take an account over; where a journal
                 is shared
    journal_wait_s  seconds a journal's server is waited for that does not answer
    transport    what carries requests beneath httpx: aiohttp, or httpx's own pool
    lang         language of all that a person reads: es or en
    issuer_rfc   the importing company's own RFC: a client with it is a warning
    issuer_zip   its postal code (LugarExpedicion): what a client with a generic RFC must have
    map          heading → field, for files that have such a heading
    set          field → what it is in records that say nothing of it
    max_create   how many records one import may create, all resources together
    max_reject_pct  how many of a hundred records of a resource may be rejected
    max_amount   currency → what the payments of one import may come to, taxes included
    """

    api_key: str | None = field(default=None, repr=False)
    api_key_command: str | None = field(default=None, repr=False)
    base_url: str | None = None
    dialect: str = "2025-06"
    folder: Path = field(default=Path(), compare=False)
    state_dir: Path = Path()
    journal: str | None = field(default=None, repr=False)
    account: str | None = None
    concurrency: int | None = None
    rate: float | None = None
    timeout_s: float = 30.0
    settle_s: float = 5.0
    lease_s: float = 60.0
    journal_wait_s: float = 60.0
    transport: str = "aiohttp"
    lang: str = "en"
    issuer_rfc: str | None = None
    issuer_zip: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    max_create: int | None = None
    max_reject_pct: float | None = None
    max_amount: Mapping[str, str] = field(default_factory=dict)
    key_place: str | None = None
    key_refused: tuple[Said, Said] | None = None

    @property
    def has_key(self) -> bool:
        """Whether a key, or what prints one, is set."""
        return bool(self.api_key or self.api_key_command)

    def key(self) -> str:
        """The API key, asked of its command where it is not set itself. ConfigError when there is none."""
        if not self.api_key and self.api_key_command is not None:
            from pipeline.settings.key_command import read_printed_key  # late: few have one

            return read_printed_key(self.api_key_command)
        if not self.api_key and self.key_refused is not None:
            raise ConfigError(*self.key_refused)
        if not self.api_key:
            raise ConfigError(
                say("There is no API key."),
                say("Set GIGSTACK_API_KEY, or api_key in a gigbulk.toml with mode 0600, or try --sandbox."),
            )
        return self.api_key

    def with_key(self) -> "Settings":
        """These, with the key that its command prints, for a process that has others; as they are where there is no
        command. ConfigError as `key`."""
        return self if self.api_key or self.api_key_command is None else replace(self, api_key=self.key())

    def account_name(self) -> str:
        """What the journal calls the account: the name given, else one of key and address. ConfigError as `key`."""
        from schemas.dialects import dialect  # late, as below

        return self.account or account_name(self.key(), self.base_url or dialect(self.dialect).base_url)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    value.encode()  # a variable may hold bytes that are no text, which is a ValueError too
    return value.strip()


def _folder(value: Any) -> Path:
    return (value if isinstance(value, Path) else Path(_text(value))).expanduser()


def _dialect(value: Any) -> str:
    from schemas.dialects import dialect  # late: the command line shows its help before polars is imported

    return dialect(_text(value)).name


def _language_name(value: Any) -> str:
    if value not in LANGUAGES:
        raise ValueError
    return str(value)


def _transport_name(value: Any) -> str:
    if value not in _TRANSPORTS:
        raise ValueError
    return str(value)


def _above_zero(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number) or number <= 0:
        raise ValueError
    return number


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError
    return {_text(key): _text(said) for key, said in value.items()}


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError
    return value


def _percent(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not 0 <= number <= 100:
        raise ValueError
    return number


def _in_flight(value: Any) -> int | None:
    if value == "auto":
        return None
    number = _above_zero(value)
    if not number.is_integer():
        raise ValueError
    return int(number)


SETTINGS: dict[str, tuple[Callable[[Any], Any], Said]] = {
    "api_key": (_text, say("a text")),
    "api_key_command": (_text, say("a command line")),
    "base_url": (_text, say("an address")),
    "dialect": (_dialect, say("a contract this gigbulk speaks, such as 2025-06 or 2026")),
    "state_dir": (_folder, say("a path")),
    "journal": (_text, say("an address")),
    "account": (_text, say("a text")),
    "concurrency": (_in_flight, say("a whole number above zero, or auto")),
    "rate": (_above_zero, say("a number above zero (requests per second)")),
    "timeout_s": (_above_zero, say("a number above zero (seconds)")),
    "settle_s": (_above_zero, say("a number above zero (seconds)")),
    "lease_s": (_above_zero, say("a number above zero (seconds)")),
    "journal_wait_s": (_above_zero, say("a number above zero (seconds)")),
    "transport": (_transport_name, say("{others} or {last}", others=", ".join(_TRANSPORTS[:-1]), last=_TRANSPORTS[-1])),
    "lang": (_language_name, say("es or en")),
    "issuer_rfc": (_text, say("an RFC")),
    "issuer_zip": (_text, say("a postal code of five digits, in quotes")),
    "map": (_texts, say('a table of "Heading" = "field"')),
    "set": (_texts, say('a table of "field" = "value", both in quotes')),
    "max_create": (_count, say("a whole number of records")),
    "max_reject_pct": (_percent, say("a number from 0 to 100")),
    "max_amount": (_texts, say('a table of currency = "sum", the sum in quotes')),
}
"""How a flag, a variable or TOML gives each setting (ValueError or TypeError: it cannot), and what it must be."""


def resolve_settings(
    flags: Mapping[str, Any], environ: Mapping[str, str], cwd: Path, profile: str | None = None
) -> Settings:
    """Settings from all places. ConfigError naming the place of a wrong or unknown value."""
    layers: list[tuple[str, Mapping[str, Any]]] = [
        (say("the command line"), {name: value for name, value in flags.items() if value is not None}),
        (say("the environment"), {n: environ[v] for n, v in ENVIRONMENT.items() if environ.get(v)}),
    ]
    chosen: list[tuple[str, Mapping[str, Any]]] = []
    plain: list[tuple[str, Mapping[str, Any]]] = []
    files = find_config_files(cwd)
    for path in files:
        values, profiles = read_config_file(path, SETTINGS, own=files[-1])
        if profile is not None and profile in profiles:
            chosen.append((f"{path} [profiles.{profile}]", profiles[profile]))
        plain.append((str(path), values))
    layers += chosen + plain  # a profile was asked for by name: what no profile holds never comes before it
    saved = find_saved_key(environ, profile)
    if profile is not None and not chosen and saved is None:
        raise ConfigError(
            say(
                "There is no profile '{profile}' in any {file}, and none of the official client's.",
                profile=profile,
                file=CONFIG_FILE,
            ),
            say("Add [profiles.{profile}] to {file}, or drop --profile.", profile=profile, file=CONFIG_FILE),
        )
    values = {name: _cast(name, layers) for name in SETTINGS} | _choose_key(layers)
    defaults = {"state_dir": Path(platformdirs.user_state_dir(APP)), "lang": detect_language(environ)}
    known = {**defaults, **_present(values)}
    settings = Settings(folder=cwd, **{**known, "state_dir": cwd / known["state_dir"]})
    return settings if settings.has_key or saved is None else _with_saved_key(settings, saved)


def _with_saved_key(settings: Settings, saved: SavedKey) -> Settings:
    """With the official client's key, unless it would go where it was not saved for."""
    from schemas.dialects import dialect  # late, as above

    if saved.key is None:
        return replace(settings, key_refused=saved.refused)
    own = saved.base_url or dialect(settings.dialect).base_url
    if settings.base_url is not None and not share_origin(settings.base_url, own):
        told = say(
            "The key of {place} is for {own}, and is not sent to {base_url}.",
            place=saved.place,
            own=own,
            base_url=settings.base_url,
        )
        return replace(
            settings,
            key_refused=(told, say("Set GIGSTACK_API_KEY to a key of that address, or leave the address out.")),
        )
    return replace(settings, api_key=saved.key, base_url=settings.base_url or saved.base_url, key_place=saved.place)


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _choose_key(layers: list[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """The key, or what prints it: of the first place that says either, and of the two the key itself."""
    for layer in layers:
        for name in ("api_key", "api_key_command"):
            if name in layer[1]:
                return {"api_key": None, "api_key_command": None, name: _cast(name, [layer])}
    return {}


def _cast(name: str, layers: list[tuple[str, Mapping[str, Any]]]) -> Any:
    for place, values in layers:
        if name in values:
            cast, wanted = SETTINGS[name]
            try:
                return cast(values[name])
            except (TypeError, ValueError, OverflowError) as error:
                raise ConfigError(
                    say("{name} in {place} must be {wanted}.", name=name, place=place, wanted=wanted),
                    say("See docs/settings.md."),
                ) from error
    return None
