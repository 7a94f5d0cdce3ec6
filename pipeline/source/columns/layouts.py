"""Mappings by layout: what was said of columns once, found again by the headings of a file (`--save-mapping`).

One JSON file in the state folder, of headings and constants only. What is not as this module writes it is refused
and not passed over: a mapping that is silently lost would leave columns out.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import JournalError
from pipeline.language.causes import os_cause
from pipeline.language.say import say
from pipeline.source.columns.mapping import NOTHING_MAPPED, ColumnMapping, hash_layout
from pipeline.storage.atomic import replace_atomically

__all__ = ["NO_MAPPINGS", "Mappings", "read_layouts", "write_layouts"]

_FILE = "layouts.json"


class Mappings(NamedTuple):
    """What is said of columns, the first that speaks: by this call, by an earlier one of this layout, by settings."""

    said: ColumnMapping = NOTHING_MAPPED
    layouts: Mapping[str, ColumnMapping] = {}
    settings: ColumnMapping = NOTHING_MAPPED

    def find(self, headings: Sequence[str]) -> ColumnMapping:
        """All that is said of a table with these headings."""
        return self.said.over(self.find_remembered(headings)).over(self.settings)

    def find_remembered(self, headings: Sequence[str]) -> ColumnMapping:
        """What an earlier call said of this layout."""
        return self.layouts.get(hash_layout(headings), NOTHING_MAPPED)


NO_MAPPINGS = Mappings()


def read_layouts(state_dir: Path) -> dict[str, ColumnMapping]:
    """Layout → mapping. JournalError when the file cannot be read as what it is."""
    path = state_dir / _FILE
    advice = say("Correct it, or remove it and say --save-mapping again.")
    try:
        layouts = json.loads(path.read_bytes())
        return {layout: ColumnMapping(_texts(known["map"]), _texts(known["set"])) for layout, known in layouts.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise JournalError(say("{path} cannot be read: {cause}.", path=path, cause=os_cause(error)), advice) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JournalError(say("{path} does not hold mappings of columns.", path=path), advice) from error


def write_layouts(state_dir: Path, layouts: Mapping[str, ColumnMapping]) -> None:
    """Keep them, those that say nothing forgotten. OutputError when the folder cannot be written."""
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = {
        layout: {"map": dict(said.columns), "set": dict(said.constants)}
        for layout, said in layouts.items()
        if said != NOTHING_MAPPED
    }
    with replace_atomically(state_dir / _FILE) as temporary:
        temporary.write_text(json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")


def _texts(table: Mapping[str, str]) -> dict[str, str]:
    if not all(isinstance(word, str) for pair in table.items() for word in pair):
        raise TypeError
    return dict(table)
