"""What benchmarks tell is gathered, and says honestly what was missed."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
GATHER = """
from figures import Figure, read_figures, tell
import table
told = [Figure("a", "b", 4.0, "<=", 5), Figure("c", "d", 0.3, ">=", 0.5)]
tell(told)
assert read_figures("rows\\nfigures: [[\\"a\\", \\"b\\", 4.0, \\"<=\\", 5]]\\nwithin bounds") == told[:1]
print(table.draw_table(told))
print(table.draw_picture(told))
"""


def test_every_benchmark_has_its_line_in_the_table() -> None:
    code = "import json, table; print(json.dumps([*table.RUNS]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS, capture_output=True, text=True, check=True)
    measuring = {path.stem for path in BENCHMARKS.glob("*.py")} - {"figures", "table"}
    assert set(json.loads(done.stdout)) == measuring


def test_a_goal_that_is_missed_is_drawn_and_called_missed() -> None:
    done = subprocess.run([sys.executable, "-c", GATHER], cwd=BENCHMARKS, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert json.loads(lines[0].removeprefix("figures: ")) == [["a", "b", 4.0, "<=", 5], ["c", "d", 0.3, ">=", 0.5]]
    assert "| a | b | 4.00 | at most 5 | reached |" in lines
    assert "| c | d | 0.30 | at least 0.5 | missed |" in lines
    assert 'class="yes"' in done.stdout and 'class="no"' in done.stdout
