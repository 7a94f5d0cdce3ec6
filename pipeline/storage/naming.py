"""Names of outputs that differ from run to run: `out/{date}/`, `{resource}-{run}.parquet`.

`{date}` is the day of the run in Mexico City, as the API's users count their days; `{run}` the run's own name, which
sorts by time; `{resource}` what is exported. `{{` and `}}` are braces.
"""

import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pipeline.errors import ConfigError
from pipeline.language.say import say

__all__ = ["OutputName", "run_day", "run_name"]

_MEXICO = ZoneInfo("America/Mexico_City")

_FORMS = {
    "date": r"\d{4}-\d{2}-\d{2}",
    "resource": r"[A-Za-z_]+",
    "run": r"\d{8}-\d{6}-[0-9a-f]{4}",
}
"""Every placeholder and the form of what stands in its place."""


def run_name(now: datetime) -> str:
    """A new run's name: its second in UTC, and enough chance that two in one second differ."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def run_day(now: datetime) -> str:
    """The day of a run in Mexico City, as ISO 8601."""
    return now.astimezone(_MEXICO).date().isoformat()


@dataclass(frozen=True, slots=True)
class OutputName:
    """A name with placeholders: pairs of a literal and the placeholder after it (None at the end)."""

    text: str
    parts: tuple[tuple[str, str | None], ...]

    @classmethod
    def parsed(cls, text: str) -> Self:
        """ConfigError naming the placeholder that does not exist, or the brace that stands alone."""
        try:
            found = list(string.Formatter().parse(text))
        except ValueError as error:
            raise ConfigError(say("{text}: a brace stands alone.", text=text), _advice()) from error
        for _, name, form, conversion in found:
            if name is not None and (name not in _FORMS or form or conversion):
                shown = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
                raise ConfigError(
                    say("{text}: {{{shown}}} is no placeholder of a name.", text=text, shown=shown), _advice()
                )
        return cls(text, tuple((literal, name) for literal, name, _, _ in found))

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(name for _, name in self.parts if name is not None)

    def filled(self, values: Mapping[str, str]) -> str:
        """The name of one run: every placeholder replaced by its value."""
        return "".join(literal + (values[name] if name else "") for literal, name in self.parts)

    def bound(self, name: str, value: str) -> Self:
        """The name with one placeholder filled and the others left."""
        pieces = []
        for literal, placeholder in self.parts:
            pieces.append(literal.replace("{", "{{").replace("}", "}}"))
            if placeholder:
                pieces.append(value if placeholder == name else f"{{{placeholder}}}")
        return type(self).parsed("".join(pieces))

    def pattern(self) -> re.Pattern[str]:
        """What every name made by this one matches, whole, with a group per placeholder."""
        pieces, seen = [], set[str]()
        for literal, name in self.parts:
            pieces.append(re.escape(literal))
            if name is not None:
                pieces.append(f"(?P={name})" if name in seen else f"(?P<{name}>{_FORMS[name]})")
                seen.add(name)
        return re.compile("".join(pieces), re.ASCII)


def _advice() -> str:
    known = ", ".join(f"{{{name}}}" for name in _FORMS)
    return say("Placeholders are {known}; write {{{{ and }}}} for braces.", known=known)
