"""All benchmarks as one table, one picture, and data with the machine and the versions.

    python benchmarks/table.py [--only push check_csv] [--out build/benchmarks]

Each runs in a process of its own, one after the other; every figure is a ratio of two things of one run. Writes
`figures.json`, `figures.md` and `figures.svg`. Ends with 1 when a benchmark failed, not when a goal is missed.
"""

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from figures import Figure, read_figures

HERE = Path(__file__).parent
RUNS: dict[str, tuple[str, ...]] = {
    "start_up": (),
    "check_csv": (),
    "workbook": (),
    "fiscal_preflight": ("100000",),
    "push": (),
    "faults": (),
    "journal_overhead": (),
    "shared_journal": (),
    "rate_limit": ("--seconds", "60"),
    "export_pages": (),
}
LIBRARIES = ("polars", "pandera", "httpx2", "aiohttp", "openpyxl")
WIDTH, ROW, LEFT, UNIT = 760, 30, 400, 160


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", choices=[*RUNS], default=[*RUNS], help="some of them")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"), help="folder of the results")
    asked = parser.parse_args()
    figures: list[Figure] = []
    failed = []
    for name in asked.only:
        print(f"== {name}", flush=True)
        done = subprocess.run(
            [sys.executable, HERE / f"{name}.py", *RUNS[name]], stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, flush=True)
        figures += (found := read_figures(done.stdout))
        failed += [] if found else [name]
    asked.out.mkdir(parents=True, exist_ok=True)
    told = describe_machine()
    (asked.out / "figures.json").write_text(
        json.dumps(told | {"figures": [figure._asdict() for figure in figures]}, indent=2, ensure_ascii=False)
    )
    table = draw_table(figures)
    (asked.out / "figures.md").write_text(table)
    (asked.out / "figures.svg").write_text(draw_picture(figures))
    print(table)
    for name in failed:
        print(f"{name} told no figures", file=sys.stderr)
    return 1 if failed else 0


def describe_machine() -> dict[str, Any]:
    return {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
    }


def draw_table(figures: Sequence[Figure]) -> str:
    rows = [
        f"| {f.work} | {f.against} | {f.ratio:.2f} | {'at least' if f.bound == '>=' else 'at most'} {f.goal:.2g} |"
        f" {'reached' if f.reached else 'missed'} |"
        for f in figures
    ]
    return "\n".join(["| work | against | times | goal | |", "|---|---|---:|---:|---|", *rows, ""])


def draw_picture(figures: Sequence[Figure]) -> str:
    """A bar for each, as its share of the goal; the line is the goal. Losing rows are drawn like the others."""
    height = ROW * (len(figures) + 1)
    bars = []
    for n, figure in enumerate(figures):
        top = ROW * n + 8
        long = min(figure.share, 2.2) * UNIT
        label = escape(f"{figure.work}: {figure.ratio:.2f} × {figure.against}".replace("`", ""))
        bars.append(
            f'<text x="{LEFT - 8}" y="{top + 13}" text-anchor="end">{label}</text>'
            f'<rect x="{LEFT}" y="{top}" width="{long:.0f}" height="16" class="{"yes" if figure.reached else "no"}"/>'
        )
    goal = LEFT + UNIT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-size="11"'
        ' font-family="sans-serif"><title>Each figure as a share of its goal</title>'
        "<style>text{fill:#333}.yes{fill:#2f7d4f}.no{fill:#b3541e}line{stroke:#888}"
        "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>"
        + "".join(bars)
        + f'<line x1="{goal}" x2="{goal}" y1="0" y2="{height - 18}" stroke-dasharray="3 3"/>'
        f'<text x="{goal}" y="{height - 4}" text-anchor="middle">goal</text></svg>\n'
    )


if __name__ == "__main__":
    sys.exit(main())
