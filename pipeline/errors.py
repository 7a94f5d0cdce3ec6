"""Every error this tool raises on purpose, grouped by what the user does next.

    PipelineError            message, hint, exit_code
      BrakeError         1   a bound of the team's own: nothing was sent
      ConfigError        2   fix the flags or the settings
      InputError         3   a file cannot be used as a whole
      ApiStop            4   the API stopped us: key refused, contract not recognised
      JournalError       5   we cannot remember, or another run holds the lock: nothing may be sent
      OutputError        5   a result cannot be written: disk full, no permission
      DoubtError         6   rows in doubt, or totals that do not balance
      Interrupted      130   ended by the user before requests in flight were settled; resumable

A bad row is a finding (data), never an exception: an import that finishes with rows rejected or refused has exit code 1
without an error.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = [
    "RESUME_COMMAND",
    "ApiStop",
    "BrakeError",
    "Choice",
    "ConfigError",
    "DoubtError",
    "InputError",
    "Interrupted",
    "JournalError",
    "OutputError",
    "PipelineError",
]

RESUME_COMMAND = "gigbulk runs resume"
"""As hints name it. Whoever knows more adds to it: the run, or that it is the sandbox's."""


class PipelineError(Exception):
    """One clear sentence for the user (`message`) and what to do about it (`hint`).

    `result` is the result object of a run that was stopped after some of its work was done.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.result: dict[str, Any] | None = None


class BrakeError(PipelineError):
    """What would be done is more than the team allows at once; nothing was sent."""

    exit_code = 1


class ConfigError(PipelineError):
    """Flags or settings contradict each other, or one is missing."""

    exit_code = 2


class Choice(NamedTuple):
    """One answer to the question a file leaves open: the flag and its value, and what the file then says."""

    flag: str
    value: str
    reading: str


class InputError(PipelineError):
    """A file cannot be used as a whole: unreadable, headings missing, not the format its name says.

    Where one word of the user's would mend it, `choices` are the words there are; `hint` names the same flags.
    """

    exit_code = 3

    def __init__(self, message: str, hint: str = "", choices: Sequence[Choice] = ()) -> None:
        super().__init__(message, hint)
        self.choices = tuple(choices)


class ApiStop(PipelineError):
    """The API refused the key or answered outside its contract: the run stops, the journal keeps what is known."""

    exit_code = 4


class JournalError(PipelineError):
    """The journal cannot be written or is held by another run: without a memory nothing may be sent."""

    exit_code = 5


class OutputError(PipelineError):
    """A result file cannot be written; what stood there before is untouched."""

    exit_code = 5


class Interrupted(PipelineError):
    """The user ended the run before its requests were settled; it can be resumed."""

    exit_code = 130


class DoubtError(PipelineError):
    """Totals that must balance do not."""

    exit_code = 6
