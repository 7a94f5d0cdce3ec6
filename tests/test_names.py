"""A name has one meaning: nothing public is defined twice, and a function says what it does.

Read from the source with `ast`. The sandbox has words of its own: it shares no code with the rest, and reads the API's
documents by itself.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SANDBOX = "pipeline.sandbox"

SHARED = {
    "T": "a type variable",
}
"""Public classes and constants that two modules define all the same, and why."""

VALUES = {
    "column_letters",
    "column_number",
    "rels_path",
    "account_name",
    "account_of_run",
    "authorization_header",
    "call_from",
    "cell_addresses",
    "cli",
    "command",
    "contradicts",
    "cron_entry",
    "element",
    "envelope_of",
    "error_code",
    "error_text",
    "exit_code_of",
    "failpoint",
    "false_packing",
    "findings_section",
    "first_of",
    "first_spaced_line",
    "format_of_suffix",
    "head_text",
    "identity_of",
    "identity_of_action",
    "identity_of_body",
    "journal_fault",
    "literal",
    "main",
    "metrics_path",
    "next_steps",
    "no_findings",
    "os_cause",
    "problems_format",
    "rejects_path",
    "request_of",
    "row_traits",
    "rule_flags",
    "run_day",
    "run_name",
    "run_row",
    "schema_of",
    "separator_line",
    "signal_of",
    "systemd_units",
    "table",
    "unwrapped",
    "utc_now",
    "windows_task",
    "without_foreign",
    "words",
}
"""Functions named after what they give: plain values, texts of a schedule, parts of a page and of the command line."""


MEANT: dict[str, set[str]] = {
    "shape": {"formats", "model"},
    "feature": {"delivery", "journal", "model"},
    "canary": {"delivery"},
    "proof": {"delivery", "journal"},
    "proven": {"delivery", "formats", "remote"},
    "verdict": {"api", "schemas.dialects"},
    "mark": {"findings", "formats", "workbook"},
    "remark": {"findings", "workbook"},
    "clock": set(),
    "watermark": {"exporter", "journal"},
    "checkpoint": {"exporter"},
    "spill": {"sink", "source", "storage"},
    "manifest": {"exporter", "sink"},
    "fence": {"journal"},
    "claim": {"importer", "journal", "removal"},
    "outbox": {"delivery", "importer"},
    "intent": {"journal"},
    "doubt": {"errors", "importer", "journal", "model", "runs"},
    "snapshot": {"journal", "remote"},
    "pager": {"api"},
    "listing": {"api"},
    "transport": {"api", "library", "settings"},
    "session": {"api", "delivery", "removal"},
    "dialect": {"api", "exporter", "importer", "library", "report", "schemas.dialects", "settings"},
    "failpoint": {"failpoints"},
    "finding": {"findings", "importer", "journal", "model", "report"},
    "problem": {"findings", "importer", "library"},
    "reject": {"findings", "importer", "journal", "library", "model", "settings", "validation"},
    "sink": {"exporter", "sink"},
}
"""Words of the glossary, and the rooms whose public names say them, each in that one meaning.

A room that is missing here says a word for the first time: where it means what the glossary says it gets its place,
else it wants another word.
"""


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


MODULES = {
    module_of(path): ast.parse(path.read_text())
    for package in ("pipeline", "schemas")
    for path in sorted((ROOT / package).rglob("*.py"))
}


def defined(tree: ast.Module) -> Iterator[str]:
    """Classes and constants a module defines, its private ones apart."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)) if name[0] != "_":
                yield name
            case ast.Assign(targets=targets):
                yield from (t.id for t in targets if isinstance(t, ast.Name) and t.id[0] != "_")


@pytest.mark.parametrize("sandbox", [False, True], ids=["ours", "sandbox"])
def test_a_public_name_is_defined_once(sandbox: bool) -> None:
    places = defaultdict(list)
    for module, tree in MODULES.items():
        if module.startswith(SANDBOX) is sandbox:
            for name in defined(tree):
                places[name].append(module)
    twice = {name: modules for name, modules in places.items() if len(modules) > 1 and name not in SHARED}
    assert {name: modules for name, modules in twice.items() if not of_two_generations(modules)} == {}


def of_two_generations(modules: list[str]) -> bool:
    """One generation of the sandbox each: they are readings apart and share no code."""
    generations = [match[1] for module in modules if (match := re.match(rf"{SANDBOX}\.(v\d+\w*)", module))]
    return len(generations) == len(modules) == len(set(generations))


def bodies(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Functions of a module of more than one short expression: name, and what it does without its docstring."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            told = ast.get_docstring(node) is not None
            body = "\n".join(ast.unparse(line) for line in node.body[told:])
            if len(body) > 40:
                yield node.name, body


def test_no_function_is_written_twice() -> None:
    """Private ones neither: two modules that need the same want it to stand lower, with a name."""
    places = defaultdict(list)
    for module, tree in MODULES.items():
        if not module.startswith(SANDBOX):
            for name, body in bodies(tree):
                places[body].append(f"{module}.{name}")
    assert [names for names in places.values() if len(names) > 1] == []


def said_publicly(tree: ast.Module) -> Iterator[str]:
    """Public classes and functions of a module, and what its public classes hold and do."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
            yield node.name
            for member in node.body if isinstance(node, ast.ClassDef) else ():
                match member:
                    case ast.AnnAssign(target=ast.Name(id=name)) | ast.FunctionDef(name=name):
                        yield name
                    case ast.AsyncFunctionDef(name=name):
                        yield name


def spellings(part: str) -> set[str]:
    """A word as it stands, and what it may be the plural or the past of: `claims`, `claimed`, `cached`, `stopped`."""
    stem = part.removesuffix("ed")
    undoubled = {stem[:-1]} if stem != part and stem[-2:-1] == stem[-1:] else set[str]()
    return {part, part.removesuffix("s"), part.removesuffix("es"), stem, part.removesuffix("d")} | undoubled


def room(module: str) -> str:
    first, second, *_ = (*module.split("."), "")
    return f"schemas.{second}" if first == "schemas" else second


def test_a_word_of_the_glossary_is_said_only_where_it_is_meant() -> None:
    said: dict[str, set[str]] = {word: set() for word in MEANT}
    for module, tree in MODULES.items():
        if not module.startswith(SANDBOX):
            parts = {part.lower() for name in said_publicly(tree) for part in re.findall(r"[A-Z]?[a-z]+", name)}
            for word in MEANT.keys() & set().union(*map(spellings, parts)):
                said[word].add(room(module))
    assert said == MEANT


def test_words_with_a_place_stand_in_the_glossary() -> None:
    glossary = (ROOT / "CONTRIBUTING.md").read_text().split("## Glossary")[1].split("\n\n")[1].lower()
    assert [word for word in MEANT if word not in glossary] == []


def verbs() -> frozenset[str]:
    """The verbs CONTRIBUTING lists beneath its glossary."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (listed,) = (part for part in page.split("\n\n") if part.startswith("Other verbs: "))
    told = re.findall(r"^\| `(\w+)`((?:, `\w+`)*) \|", page, re.MULTILINE)
    return frozenset(re.findall(r"\w+", listed.removeprefix("Other verbs: ") + str(told)))


def functions() -> Iterator[tuple[str, str]]:
    """Public functions of the pipeline that do something: no commands, no questions, no blocks to enter."""
    for module, tree in MODULES.items():
        if not module.startswith("pipeline") or module.startswith(SANDBOX):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
                question = node.returns is not None and ast.unparse(node.returns) == "bool"
                entered = "contextmanager" in map(ast.unparse, node.decorator_list)
                if not question and not entered and not node.name.endswith("_command"):
                    yield module, node.name


def test_a_function_begins_with_a_verb_of_the_list() -> None:
    """In `schemas`, expressions, facts and rules are named after what they are."""
    known = verbs()
    strange = {f"{module}.{name}" for module, name in functions() if name.split("_")[0] not in known | VALUES}
    assert {name for name in strange if name.rsplit(".", 1)[1] not in VALUES} == set()


def test_what_is_named_after_its_value_is_still_there() -> None:
    assert VALUES - {name for _, name in functions()} == set()


OF_TUPLES = {"_asdict", "_replace", "_fields", "_make"}
"""Public members of named tuples, whatever their names."""
STANDARD = {"os": {"_exit"}, "sys": {"_getframe"}}


def read_privately(tree: ast.Module) -> Iterator[str]:
    """Private names of other people's modules and objects that a module reads."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names) if module.split(".")[0] in ("pipeline", "schemas"):
                yield from (
                    f"{module}.{alias.name}" for alias in names if alias.name[0] == "_" and alias.name[:2] != "__"
                )
            case ast.Attribute(value=value, attr=attr) if attr[0] == "_" and not attr.startswith("__"):
                owner = value.id if isinstance(value, ast.Name) else ""
                if owner not in ("self", "cls") and attr not in OF_TUPLES | STANDARD.get(owner, set()):
                    yield f"{owner or '…'}.{attr}"


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_test_comes_in_by_the_public_door(path: Path) -> None:
    """What is worth a test of its own has a public name; a test of a private one forbids to change how it is done."""
    assert [*read_privately(ast.parse(path.read_text()))] == []
