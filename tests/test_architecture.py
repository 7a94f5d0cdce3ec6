"""The floors of the house: arrows point down only. Read from the source with `ast`, nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import python

ROOT = Path(__file__).parent.parent
MECHANISMS = ("api", "formats", "journal")
STAGES = ("read", "validate", "plan", "push", "pull", "write", "rejects", "report")
FLOWS = ("import_flow", "inputs", "export_flow", "exporting", "walk", "judging", "sending", "failures", "history",
         "doctor", "library")  # fmt: skip
WORDS = ("errors", "model", "settings", "keys", "console", "result", "crash_points", "identity", "redact")

Arrow = tuple[str, str]


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for package in ("pipeline", "schemas") for path in sources(package)}


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, late imports and those for type checkers included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out in full"
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else str(node.module) for name in whole)


ARROWS: list[Arrow] = [(name, target) for name, path in MODULES.items() for target in imported(path)]


def room(module: str) -> str:
    """The room a module is in: `pipeline.formats.csv` is in `formats`, `schemas.sat.small` in `schemas`."""
    first, *rest = module.split(".")
    return rest[0] if first == "pipeline" and rest else first


def arrows_between(origin: tuple[str, ...], target: tuple[str, ...]) -> list[Arrow]:
    ours = [(a, b) for a, b in ARROWS if b.split(".")[0] in ("pipeline", "schemas")]
    return [(a, b) for a, b in ours if room(a) in origin and room(b) in target and room(a) != room(b)]


def test_the_rooms_named_here_exist() -> None:
    rooms = {room(name) for name in MODULES}
    assert {*MECHANISMS, *STAGES, *FLOWS, *WORDS, "cli", "sandbox", "schemas"} - rooms == set()


def test_schemas_import_nothing_of_the_pipeline_and_no_network() -> None:
    down = [(a, b) for a, b in ARROWS if room(a) == "schemas" and b.split(".")[0] in ("pipeline", "httpx2", "httpx")]
    assert down == []


def test_the_sandbox_and_the_client_share_no_code() -> None:
    """Else the two could share a mistake, and no test would show it."""
    out = [
        (a, b)
        for a, b in ARROWS
        if room(a) == "sandbox" and b.split(".")[0] in ("pipeline", "schemas") and room(b) != "sandbox"
    ]
    assert out == []


def test_only_the_edge_starts_the_sandbox() -> None:
    assert {room(a) for a, b in ARROWS if room(b) == "sandbox"} <= {"sandbox", "cli"}


def test_words_import_only_words() -> None:
    rooms = tuple({room(name) for name in MODULES} - {*WORDS, "schemas", "pipeline"})
    assert arrows_between(WORDS, rooms) == []


def test_mechanisms_import_only_words_and_never_one_another() -> None:
    rooms = tuple({room(name) for name in MODULES} - {*WORDS, "schemas", "pipeline"})
    assert arrows_between(MECHANISMS, rooms) == []


def test_stages_never_import_one_another() -> None:
    assert arrows_between(STAGES, STAGES) == []


def test_nothing_below_imports_the_flows_or_the_command_line() -> None:
    below = tuple({room(name) for name in MODULES} - {*FLOWS, "cli", "__main__", "pipeline"})
    assert arrows_between(below, (*FLOWS, "cli")) == []
    assert arrows_between(FLOWS, ("cli",)) == []


def test_no_room_can_be_reached_from_itself() -> None:
    graph: dict[str, set[str]] = {}
    for a, b in ARROWS:
        if b in MODULES and room(a) != room(b) and room(b) != "pipeline":
            graph.setdefault(room(a), set()).add(room(b))

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            new = graph.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        return seen

    assert [name for name in graph if name in reachable(name)] == []


@pytest.mark.parametrize("library", ["httpx2", "httpx", "tenacity"])
def test_the_network_has_one_door(library: str) -> None:
    users = {room(a) for a, b in ARROWS if b.split(".")[0] == library}
    assert users <= {"api", "sandbox"}


@pytest.mark.parametrize("path", sorted((ROOT / "schemas" / "dialects").glob("v*.py")), ids=lambda path: path.stem)
def test_a_dialect_is_literals_only(path: Path) -> None:
    """No function, no branch, no loop: only the declared words, filled in."""
    words = {name for name in imported(path) if name.startswith("schemas.dialects.spec")}
    assert words == {"schemas.dialects.spec"}
    assert set(imported(path)) == words
    allowed = (
        ast.Module | ast.Expr | ast.Constant | ast.ImportFrom | ast.alias | ast.Assign | ast.AnnAssign | ast.Name
        | ast.Load | ast.Store | ast.Call | ast.keyword | ast.Dict | ast.Tuple | ast.List | ast.Set | ast.Attribute
        | ast.UnaryOp | ast.USub | ast.Subscript | ast.Starred
    )  # fmt: skip
    strange = [f"line {getattr(n, 'lineno', '?')}: {type(n).__name__}" for n in ast.walk(ast.parse(path.read_text()))
               if not isinstance(n, allowed)]  # fmt: skip
    assert strange == []


LIGHT = """
import sys
import pipeline.cli
heavy = {"polars", "pandera", "httpx2", "tenacity", "starlette", "uvicorn", "sqlite3", "asyncio"} & set(sys.modules)
print(sorted(heavy))
"""


def test_the_command_line_shows_its_help_before_anything_heavy_is_imported() -> None:
    done = python(LIGHT)
    assert done.stdout == "[]\n", done.stdout + done.stderr


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_says_what_it_is_and_fits_on_a_few_screens(module: str) -> None:
    """One concept a module: beyond 350 lines there is a second one that wants a room of its own."""
    text = MODULES[module].read_text()
    assert ast.get_docstring(ast.parse(text)), "a module begins with a sentence that says what it is"
    assert len(text.splitlines()) <= 350
