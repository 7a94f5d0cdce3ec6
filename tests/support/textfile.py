"""Reading a metrics file as Prometheus' collector does."""

from __future__ import annotations

import re
from pathlib import Path


def samples(path: Path) -> dict[str, float]:
    """The file as the collector reads it: every sample below the TYPE of its metric, none twice."""
    found: dict[str, float] = {}
    kind = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# TYPE "):
            kind = line.split()[2]
            assert line.endswith(" gauge")
        elif not line.startswith("# HELP "):
            match = re.fullmatch(r'(\w+)(\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\}) (\S+)', line)
            assert match and match[1] == kind, line
            assert match[1] + match[2] not in found
            found[match[1] + match[2]] = float(match[3])
    return found
