"""What is raised or told is said by `say`: an f-string could not be translated any more. Read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from pipeline import errors

ROOT = Path(__file__).parents[2]
RAISED = {name for name, known in vars(errors).items() if isinstance(known, type) and issubclass(known, Exception)}
TOLD = {"note", "warn", "error", "confirm", "show"}
NOT_OURS = {
    "pipeline/sandbox": "shares no code with the rest, and speaks as the API does",
    "pipeline/ops/json_log.py": "a log is English",
}


def told(tree: ast.Module) -> Iterator[ast.expr]:
    """The message and the hint of every error that is made, and what a person is told."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in RAISED or (name in TOLD and isinstance(node.func, ast.Attribute)):
                yield from node.args[:2]


def loose(text: ast.expr) -> Iterator[str]:
    """The parts of a message that are words, and no `say` around them."""
    match text:
        case ast.Constant(value=str(words)) if any(map(str.isalpha, words)):
            yield words
        case ast.JoinedStr(values=values):
            words = [str(part.value) for part in values if isinstance(part, ast.Constant)]
            yield from (word for word in words if any(map(str.isalpha, word)))
        case ast.IfExp(body=one, orelse=other):
            yield from (*loose(one), *loose(other))
        case ast.BinOp(left=one, right=other) | ast.BoolOp(values=[one, other]):
            yield from (*loose(one), *loose(other))


def test_every_error_and_whatever_a_person_is_told_can_be_translated() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{text.lineno}: {words}"
        for path in sorted((ROOT / "pipeline").rglob("*.py"))
        if not str(path.relative_to(ROOT)).startswith(tuple(NOT_OURS))
        for text in told(ast.parse(path.read_text(encoding="utf-8")))
        for words in loose(text)
    ]
    assert found == []
