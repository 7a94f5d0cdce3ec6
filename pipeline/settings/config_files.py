"""The settings files: the project's in the folder of work, and the user's own; what they say, refused where unknown."""

import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import platformdirs

from pipeline.errors import ConfigError
from pipeline.language.causes import os_cause
from pipeline.language.say import say

__all__ = ["APP", "CONFIG_FILE", "find_config_files", "read_config_file"]

APP = "gigbulk"
CONFIG_FILE = "gigbulk.toml"


def find_config_files(cwd: Path) -> tuple[Path, Path]:
    """The project's and the user's settings file, whether or not they exist."""
    return cwd / CONFIG_FILE, Path(platformdirs.user_config_dir(APP)) / CONFIG_FILE


def read_config_file(
    path: Path, settings: Collection[str], own: Path
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What a file says for all and by profile; nothing where there is none. `settings` are the names there are, `own`
    is the user's own file. ConfigError for a file that cannot be read, an unknown name, a key that others may read, and
    a command in a file that may be anybody's.
    """
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}, {}
    except OSError as error:
        raise ConfigError(
            say("{path} cannot be read: {cause}.", path=path, cause=os_cause(error)), say("Give read permission.")
        ) from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise ConfigError(
            say("{path} is not TOML: {error}.", path=path, error=error), say("Correct the file.")
        ) from error
    profiles = values.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(table, dict) for table in profiles.values()):
        raise ConfigError(
            say("{path}: a profile must be a table.", path=path), say("Write [profiles.NAME] above its settings.")
        )
    if any("api_key" in table for table in (values, *profiles.values())):
        _refuse_open_file(path)
    tables = (values, *profiles.values())
    for table in tables:
        _refuse_unknown(table, path, settings)
    if path != own and any("api_key_command" in table for table in tables):
        raise ConfigError(
            say("{path} names an api_key_command, and is not your own settings file.", path=path),
            say("Move that line to {own}, or set GIGBULK_API_KEY_COMMAND: a folder must not say what is run.", own=own),
        )
    return values, profiles


def _refuse_unknown(values: Mapping[str, Any], path: Path, settings: Collection[str]) -> None:
    unknown = sorted(values.keys() - settings)
    if unknown:
        raise ConfigError(
            say("{path}: '{unknown}' is no setting.", path=path, unknown=unknown[0]),
            say("Settings are: {settings}.", settings=", ".join(settings)),
        )


def _refuse_open_file(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ConfigError(
            say("{path} holds an API key and others may read it.", path=path), say("Run: chmod 600 {path}", path=path)
        )
