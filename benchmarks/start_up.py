"""How long the command line takes to answer, as multiples of a bare `import click` on the same machine.

    python benchmarks/start_up.py

Each command is run several times in turn with the others and the quickest run counts, so that a busy machine disturbs
all alike. `--help` should stay within 3 times `import click`; `catalogs search` within 0.3 s of the interpreter.
"""

import subprocess
import sys
import time
from pathlib import Path

from figures import Figure, tell

ROUNDS = 15
LONGEST_HELP = 3.0
LONGEST_SEARCH_S = 0.3
PYTHON = [sys.executable]
GIGBULK = [*PYTHON, "-m", "pipeline"]
COMMANDS = {
    "python": [*PYTHON, "-c", "pass"],
    "import click": [*PYTHON, "-c", "import click"],
    "gigbulk --help": [*GIGBULK, "--help"],
    "gigbulk import -h": [*GIGBULK, "import", "-h"],
    "gigbulk catalogs search": [*GIGBULK, "catalogs", "search", "consultoría", "de", "software"],
    "gigbulk catalogs search --json": [*GIGBULK, "catalogs", "search", "consultoría", "de", "software", "--json"],
}


def main() -> int:
    quickest = dict.fromkeys(COMMANDS, float("inf"))
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            quickest[name] = min(quickest[name], seconds(command))
    bare, unit = quickest["python"], quickest["import click"]
    print(f"{'':32}{'ms':>8}{'x import click':>16}{'ms beyond python':>18}")
    for name, took in quickest.items():
        print(f"{name:32}{took * 1000:8.0f}{took / unit:16.2f}{(took - bare) * 1000:18.0f}")
    fine = quickest["gigbulk --help"] <= LONGEST_HELP * unit
    fine &= quickest["gigbulk catalogs search"] - bare <= LONGEST_SEARCH_S
    print("within bounds" if fine else "TOO SLOW")
    tell([Figure("gigbulk --help", "`import click`", quickest["gigbulk --help"] / unit, "<=", LONGEST_HELP)])
    return 0 if fine else 1


def seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=Path(__file__).parent.parent)
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
