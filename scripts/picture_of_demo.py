"""Draw docs/img/demo.svg: what `gigbulk demo` says on a terminal, taken from a real run of it.

    python scripts/picture_of_demo.py

The demo runs in a folder of its own, so that no path of this machine gets into the picture; fonts are those of the
reader's machine, so that looking at the picture fetches nothing. Only the run's name and its seconds differ from one
drawing to the next.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = Path(__file__).parents[1] / "docs" / "img" / "demo.svg"
COMMAND = "gigbulk demo"
WIDTH = 108
"""Columns of the terminal in the picture; longer lines are broken, as a terminal breaks them."""

# rich's own frame, less its web fonts: they would be fetched from elsewhere by whoever opens the picture
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>What gigbulk demo says: a summary table, three rejected rows with their reasons, the exported files</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
  <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def said_by_demo() -> str:
    """Standard output of a real run, English whatever the locale. CalledProcessError when the demo fails."""
    with tempfile.TemporaryDirectory(prefix="gigbulk-picture-") as folder:
        home = dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), folder)
        run = subprocess.run(
            [sys.executable, "-m", "pipeline", *COMMAND.split()[1:]],
            cwd=folder, env={**os.environ, **home, "LC_ALL": "C.UTF-8"}, capture_output=True, check=True,
        )  # fmt: skip
        return run.stdout.decode()


def drawn(said: str) -> str:
    """The terminal as SVG."""
    lines = [line.rstrip() for line in said.strip("\n").splitlines()]
    lines = [line for line, before in zip(lines, ["-", *lines], strict=False) if line or before]
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    console.print(Text.assemble(("$ ", "green"), (COMMAND, "bold")))
    for line in lines:
        for start in range(0, max(len(line), 1), WIDTH):
            console.print(Text(line[start : start + WIDTH]), soft_wrap=True)
    svg = console.export_svg(title=COMMAND, theme=MONOKAI, code_format=FRAME, unique_id="demo")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(drawn(said_by_demo()), encoding="utf-8")
    print(f"drawn: {PICTURE.relative_to(Path.cwd()) if PICTURE.is_relative_to(Path.cwd()) else PICTURE}")
