"""The documents are true: what they name exists, what they show runs, and nothing a user meets is left out."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from pipeline.cli import cli
from pipeline.cli.command import BUG_EXIT
from pipeline.errors import PipelineError
from pipeline.settings import _ENVIRONMENT, _SETTINGS
from pipeline.source.headings import match_fields
from schemas import RESOURCE_NAMES, resource

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DECISIONS = ROOT / "docs" / "adr"
DOCUMENTS = [ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG")] + sorted(
    path for folder in ("docs", "samples") for path in (ROOT / folder).rglob("*.md")
)
TOP = ("docs", "pipeline", "samples", "schemas", "scripts", "tests")

in_every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def section(heading: str) -> str:
    """A section of the README, whatever its level, to the next heading of that level or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,6}} |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"README has no section '{heading}'"
    return found.group(2)


def code_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def table_rows(text: str) -> list[list[str]]:
    """The cells of a table's rows, without its two heading lines."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


# --- commands ---------------------------------------------------------------------------------------------------------


def commands(group: click.Group = cli, above: str = "gigbulk") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{above} {name}")


COMMANDS = dict(commands())


def command_lines(text: str) -> Iterator[str]:
    """`gigbulk …` as an example shows it: on a line of its own, with prompt, variables or folder before it."""
    start = re.compile(r"^\s*(?:\$ )?((?:[A-Z_]+=\S+ )*(?:\S*/)?gigbulk(?: .*)?)$")
    for line in text.splitlines():
        found = start.match(line)
        if found:
            yield found.group(1)


def arguments(line: str) -> list[str]:
    """What the shell would hand to gigbulk: no variables, comment, pipe, or help text two spaces further right."""
    example = re.split(r"\s{2,}|\s[|>]\s?", line)[0]
    words = shlex.split(example, comments=True)
    while "=" in words[0]:
        del words[0]
    return words[1:]


def examples_in_documents() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"^```\w*\n(.*?)^```|((?:^ {4}\S[^\n]*\n)+)", text, re.MULTILINE | re.DOTALL)
        for line in command_lines("\n".join(part for block in blocks for part in block)):
            yield str(path.relative_to(ROOT)), line


def examples_in_help() -> Iterator[tuple[str, str]]:
    for name, command in [("gigbulk", cli), *COMMANDS.items()]:
        for line in command_lines(command.help or ""):
            yield f"{name} --help", line


EXAMPLES = [*examples_in_documents(), *examples_in_help()]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert f"`{name}" in section("Commands")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_every_option_what_it_is_for(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.get_short_help_str()
    silent = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert silent == []


@pytest.mark.parametrize(("where", "line"), EXAMPLES, ids=[f"{where}: {line}" for where, line in EXAMPLES])
def test_every_example_is_understood_by_the_command_line(where: str, line: str) -> None:
    """Parsed as click parses it; nothing is run."""
    command: click.Command = cli
    words, name = arguments(line), "gigbulk"
    context = click.Context(command, info_name=name)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found, command_, words = command.resolve_command(context, words)
        assert command_ is not None
        name, command = str(found), command_
        context = click.Context(command, info_name=name, parent=context)
    if words or not isinstance(command, click.Group):
        command.make_context(name, words)


def test_examples_are_found_in_the_readme_and_in_the_help() -> None:
    wheres = {where for where, _ in EXAMPLES}
    assert {"README.md", "gigbulk --help", "gigbulk import --help"} <= wheres


def test_make_knows_every_target_the_documents_name() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        named = {*re.findall(r"`make ([a-z-]+)`", text), *re.findall(r"^    make ([a-z-]+)", text, re.MULTILINE)}
        assert named <= targets, path.name


# --- what a user relies on --------------------------------------------------------------------------------------------


def test_every_setting_and_its_variable_stand_in_the_readme_and_no_other() -> None:
    rows = table_rows(section("Settings"))
    assert [code_in(row[0]) for row in rows] == [[name] for name in _SETTINGS]
    assert {row[0].strip("`"): row[1].strip("`") for row in rows if row[1]} == _ENVIRONMENT


def test_the_settings_shown_as_toml_are_settings() -> None:
    shown = tomllib.loads(re.findall(r"^```toml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[0])
    profiles = shown.pop("profiles")
    for table in (shown, *profiles.values()):
        assert set(table) <= set(_SETTINGS)


def test_every_exit_code_stands_in_the_readme() -> None:
    def codes(kind: type[PipelineError]) -> Iterator[int]:
        yield kind.exit_code
        for below in kind.__subclasses__():
            yield from codes(below)

    told = {int(row[0]) for row in table_rows(section("Unattended")) if row[0].isdigit()}
    assert told == {0, 130, BUG_EXIT, *codes(PipelineError)}
    assert 99 not in told


@pytest.mark.parametrize("name", RESOURCE_NAMES)
def test_every_column_stands_in_the_readme_and_its_other_headings_are_understood(name: str) -> None:
    declared = resource(name)
    rows = table_rows(section(name.capitalize()))
    told = {column: row for row in rows for column in code_in(row[0])}
    assert set(told) == {column.field for column in declared.columns}
    assert {column for column, row in told.items() if "**" in row[0]} == {
        c.field for c in declared.columns if c.required
    }
    needed = [c.field for c in declared.columns if c.required]
    for row in rows:
        for heading in code_in(row[1]):
            others = [field for field in needed if field not in code_in(row[0])]
            understood, _ = match_fields([heading, *others], name, "file")
            assert understood[heading] in code_in(row[0]), heading


# --- places -----------------------------------------------------------------------------------------------------------


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@in_every_document
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = document.parent / path if path else document
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place), target


@in_every_document
def test_every_path_of_this_repository_that_is_named_exists(document: Path) -> None:
    named = code_in(document.read_text(encoding="utf-8"))
    paths = [word for word in named if re.fullmatch(rf"(?:{'|'.join(TOP)})/[\w./-]*", word)]
    missing = [path for path in paths if not (ROOT / path).exists() and ".rejects." not in path]
    assert missing == []


def test_every_decision_stands_in_the_index() -> None:
    linked = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (DECISIONS / "README.md").read_text(encoding="utf-8")))
    assert linked == {path.name for path in DECISIONS.glob("0*.md")}


def test_every_dependency_stands_in_the_decision_about_dependencies() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[><=]", line)[0] for line in declared}
    told = {row[0].split()[0] for row in table_rows((DECISIONS / "0001-dependencies.md").read_text(encoding="utf-8"))}
    assert names <= told


def test_nothing_tracked_names_a_machine_or_a_package_index() -> None:
    """Neither this checkout's own folder nor the address of an index in a lock file."""
    if not (ROOT / ".git").exists():  # an unpacked source distribution has no list of its files but the folder itself
        tracked = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts]
    else:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
        tracked = [name for name in listed.split("\0") if name]
    machine = re.compile(rb"%s(?![\w-])" % re.escape(str(ROOT)).encode())
    index = re.compile(
        rb"index-url|https?://(?!localhost|127\.)[\w.-]*(?:pypi|simple|artifactory|nexus)[\w.-]*", re.IGNORECASE
    )
    found = []
    for name in tracked:
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b""
        if machine.search(content) or (name.endswith(".lock") and index.search(content)):
            found.append(name)
    assert found == []


# --- what is shown, run -----------------------------------------------------------------------------------------------


ONE_AFTER_ANOTHER = """
import json, sys
from pipeline.cli import cli
for words in json.load(sys.stdin):
    code = cli.main(words, prog_name="gigbulk", standalone_mode=False)
    print(f"-> {code}", flush=True)
"""


@pytest.fixture
def fresh_folder(tmp_path: Path) -> Path:
    """A folder that holds the samples and nothing else."""
    shutil.copytree(ROOT / "samples", tmp_path / "samples", ignore=shutil.ignore_patterns("*.rejects.*", "__pycache__"))
    return tmp_path


def said_by(lines: list[str], folder: Path) -> dict[str, tuple[int, str]]:
    """Exit code and standard output of each line, run in `folder` by a user without key, settings and history."""
    home = dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(folder / "home"))
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIGSTACK_", "GIGBULK_", "XDG_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER],
        input=json.dumps([arguments(line) for line in lines]),
        cwd=folder,
        env={**clean, **home, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    outputs = re.split(r"^-> (\d+)\n", done.stdout, flags=re.MULTILINE)
    assert len(outputs) == 2 * len(lines) + 1, done.stdout + done.stderr
    return {line: (int(outputs[2 * i + 1]), outputs[2 * i]) for i, line in enumerate(lines)}


@pytest.mark.slow
def test_the_readme_runs_as_written(fresh_folder: Path) -> None:
    """Line by line in a fresh folder; only what needs a key is left out."""
    blocks = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks if "GIGSTACK_API_KEY" not in block for line in command_lines(block)]
    assert len(lines) > 20
    again = "gigbulk import samples/payments.csv --sandbox --json"
    outcomes = said_by([*lines, again], fresh_folder)
    assert {line: code for line, (code, _) in outcomes.items()} == {line: int("mistakes" in line) for line in outcomes}
    assert '"created": 0, "existing": 220' in outcomes[again][1]
    told = json.loads(outcomes[again][1])
    shown = json.loads(re.findall(r"^```json\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[0])
    assert set(shown) | {"sums"} == set(told) | {"sums"}
    assert {*shown["resources"]["payments"]} == {*told["resources"]["payments"]}
    assert (fresh_folder / "samples" / "payments_mistakes.rejects.csv").exists()
    assert {p.name for p in (fresh_folder / "out").iterdir()} >= {"payments.csv", "clients.csv", "manifest.json"}


@pytest.mark.slow
def test_the_picture_shows_what_the_demo_says(tmp_path: Path) -> None:
    """But for the run's own line, with its name and its seconds."""
    code, output = said_by(["gigbulk demo"], tmp_path)["gigbulk demo"]
    assert code == 0
    said = [line for line in output.splitlines() if line.strip() and not line.startswith("Run ")]
    picture = ElementTree.parse(ROOT / "docs" / "img" / "demo.svg")  # noqa: S314  (our own file)
    drawn = unspaced("".join(text.text or "" for text in picture.iter("{http://www.w3.org/2000/svg}text")))
    assert [line for line in said if unspaced(line) not in drawn] == [], "draw it anew: scripts/picture_of_demo.py"


def unspaced(text: str) -> str:
    """Without any space: the picture breaks lines where its terminal ends."""
    return "".join(text.split())
