"""Bring the Spanish catalogue up to date with the source, and compile it (`make messages`).

Four sources: sentences in `say(...)` and its kin; `_(...)` in the templates of the page; the help of commands and
options, which click takes from docstrings and `help=`; and click's own words (`Usage:`, `No such option`), for which
click has no catalogue. A new sentence stands in the `.po` with an empty translation: fill it in and run this again.
Translations of sentences that are gone are dropped. Line numbers are left out: they would change with every edit.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from pipeline.language.catalogue import DOMAIN, FOLDER

__all__ = [
    "PO",
    "compile_catalogue",
    "extract_messages",
    "list_untranslated",
    "read_catalogue",
    "update_catalogue",
    "write_catalogue",
]

ROOT = Path(__file__).parent.parent
PO = FOLDER / "es" / "LC_MESSAGES" / f"{DOMAIN}.po"

_SAID = {"say": (1,), "say_count": (1, 2), "_": (1,), "Fault": (4,)}
"""Which arguments are sentences. The sandbox imports nothing of ours, so its faults are found by their table."""

_SENTENCES = {"Sentence": (1,)}
_TEMPLATES = {"_": (1,), "ngettext": (1, 2)}
_OF_CLICK = {"_": (1,), "gettext": (1,), "ngettext": (1, 2)}
_HELP_WORDS = ("help", "short_help", "metavar")
_DECLARED = ("known_by",)
"""What a resource says of itself in words."""
_MAKES_A_COMMAND = ("command", "group")

_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
"""The catalogue has no clock: it is the same for the same source."""

_HEADER = """\
# Spanish for gigbulk: edit a msgstr, then run: make messages
msgid ""
msgstr ""
"Language: es\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""

Message = tuple[str, str | tuple[str, ...]]
"""Where it stands (a file of ours, or click), and the text or its two forms."""


def extract_messages() -> Iterator[Message]:
    """Every message that the catalogue must have, in the order of the files."""
    for name, _, message, _, _ in extract_from_dir(ROOT / "pipeline", keywords=_SAID, comment_tags=()):
        yield f"pipeline/{name}", message
    yield from _template_texts(ROOT / "pipeline" / "web" / "templates")
    for name, _, message, _, _ in extract_from_dir(ROOT / "schemas" / "sat", keywords=_SENTENCES, comment_tags=()):
        yield f"schemas/sat/{name}", message
    for path in sorted((ROOT / "pipeline" / "cli").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        yield from ((place, text) for text in _help_texts(ast.parse(path.read_text("utf-8"))))
    for path in sorted((ROOT / "schemas" / "resources").glob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        yield from ((place, text) for text in _keyword_texts(ast.parse(path.read_text("utf-8")), _DECLARED))
    for _, _, message, _, _ in extract_from_dir(Path(click.__file__).parent, keywords=_OF_CLICK, comment_tags=()):
        yield "click", message


def _template_texts(folder: Path) -> Iterator[Message]:
    read, strictly = [("**.html", "jinja2")], {"**.html": {"silent": "false"}}
    found = extract_from_dir(folder, read, strictly, keywords=_TEMPLATES, comment_tags=())
    for name, _, message, _, _ in sorted(found, key=lambda each: each[:2]):
        yield f"pipeline/web/templates/{name}", message


def _help_texts(module: ast.Module) -> Iterator[str]:
    yield from _keyword_texts(module, _HELP_WORDS)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and any(map(_makes_a_command, node.decorator_list)):
            yield inspect.cleandoc(ast.get_docstring(node) or "")


def _keyword_texts(module: ast.Module, words: tuple[str, ...]) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg in words and isinstance(node.value, ast.Constant):
            yield inspect.cleandoc(str(node.value.value))


def _makes_a_command(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] in _MAKES_A_COMMAND


def read_catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="es", domain=DOMAIN)


def update_catalogue(known: Catalog) -> Catalog:
    """What the source says today, with the translations that are known."""
    made = Catalog(locale="es", domain=DOMAIN, creation_date=_NO_DATE, revision_date=_NO_DATE, fuzzy=False)
    for place, message in extract_messages():
        ids = message if isinstance(message, str) else tuple(message)
        if not _has_words(ids if isinstance(ids, str) else ids[0]):
            continue
        old = known.get(ids if isinstance(ids, str) else ids[0])
        made.add(ids, old.string if old else "", locations=[(place, 0)])
    return made


def _has_words(template: str) -> bool:
    """Whether there is anything to translate: `{path}: {error}` is the same in every language."""
    return any(character.isalpha() for character in re.sub(r"\{[^{}]*\}", "", template))


def write_catalogue(catalogue: Catalog) -> bytes:
    """The `.po` as bytes."""
    file = io.BytesIO()
    file.write(_HEADER.encode())
    write_po(file, catalogue, width=120, sort_by_file=True, include_lineno=False, omit_header=True)
    return file.getvalue()


def compile_catalogue(catalogue: Catalog) -> bytes:
    """The `.mo` as bytes."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def list_untranslated(catalogue: Catalog) -> list[str]:
    """The English of every message that has no Spanish, or not in both its forms."""
    said = [(m.id, m.string) for m in catalogue if m.id]
    return [str(text) for text, spanish in said if not (all(spanish) if isinstance(spanish, tuple) else spanish)]


def main() -> None:
    PO.parent.mkdir(parents=True, exist_ok=True)
    updated = update_catalogue(read_catalogue() if PO.exists() else Catalog(locale="es", domain=DOMAIN))
    PO.write_bytes(write_catalogue(updated))
    PO.with_suffix(".mo").write_bytes(compile_catalogue(updated))
    missing = list_untranslated(updated)
    print(f"{len(updated):,} messages, {len(missing):,} without a translation")
    for text in missing:
        print(f"  {text!r}")


if __name__ == "__main__":
    main()
