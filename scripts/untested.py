"""Say the coverage of a run of the suite, and name every module that no test touches.

    python scripts/untested.py build/coverage/report.json

A total hides a module without any test among hundreds with many. Untested is a module of which no line ran, or that was
only imported: it has functions, and none of them was called. Exit code 1 if there is one.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGES = ("pipeline", "schemas")


def main(report: str) -> int:
    measured: dict[str, Any] = json.loads(Path(report).read_text(encoding="utf-8"))
    found = untested(measured["files"], modules())
    totals = measured["totals"]
    both, lines, branches = (totals[f"percent_{part}covered_display"] for part in ("", "statements_", "branches_"))
    print(
        f"{both} % of lines and branches, {lines} % of lines, {branches} % of branches; {len(found)} modules untested"
    )
    for module, why in found.items():
        print(f"{module}: {why}")
    return 1 if found else 0


def modules() -> list[str]:
    """Every module there is: what the report does not know of was never measured."""
    return sorted(path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def untested(files: dict[str, Any], names: list[str]) -> dict[str, str]:
    """Module and why it counts as untested."""
    reasons = {name: _why(files[name]) if name in files else "not measured" for name in names}
    return {name: why for name, why in reasons.items() if why}


def _why(file: dict[str, Any]) -> str:
    if file["summary"]["num_statements"] and not file["summary"]["covered_lines"]:
        return "never imported"
    # the part without a name is what runs on import; a function on one line with its body has no statement of its own
    functions = [part["summary"] for name, part in file["functions"].items() if name]
    functions = [summary for summary in functions if summary["num_statements"]]
    if functions and not any(summary["covered_lines"] for summary in functions):
        return "imported, and none of its functions called"
    return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
