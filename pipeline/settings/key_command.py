"""A key that a secret store's own client prints: it is asked when a key is needed, once a process, and kept nowhere.

A settings file in the folder of work may be anybody's, so it may not name a command: only the user's own file and the
environment may. No shell is involved; the command's own errors go where ours go.
"""

import shlex
import subprocess
from functools import lru_cache

from pipeline.errors import ConfigError
from pipeline.language.causes import os_cause
from pipeline.language.say import Said, say

__all__ = ["read_printed_key"]

_PATIENCE_S = 60
_LONGEST = 8192
"""Characters: more than any header may hold."""


@lru_cache(maxsize=4)
def read_printed_key(command: str) -> str:
    """The one line that a command prints. ConfigError, which never quotes it, where it prints none or fails."""
    try:
        words = shlex.split(command)
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=_PATIENCE_S, check=False)
    except (OSError, ValueError) as error:
        cause = os_cause(error) if isinstance(error, OSError) else say("it is no command line")
        raise _refusal(say("api_key_command could not be run: {cause}.", cause=cause)) from error
    except subprocess.TimeoutExpired:  # it holds what was printed until then
        raise _refusal(say("api_key_command printed no key within {seconds} s.", seconds=_PATIENCE_S)) from None
    if done.returncode:
        raise _refusal(say("api_key_command failed: it ended with {code}.", code=done.returncode))
    printed = done.stdout.decode("ascii", errors="replace").strip()
    if not printed or len(printed) > _LONGEST or not printed.isascii() or not printed.isprintable():
        raise _refusal(say("api_key_command printed no key: a key is one line of plain characters."))
    return printed


def _refusal(message: Said) -> ConfigError:
    return ConfigError(message, say("Run that command by itself; it must print the key and nothing else."))
