"""The documents are true: what they name exists, what they show runs, and nothing a user meets is left out."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from pipeline.cli import cli
from pipeline.cli.command import BUG_EXIT
from pipeline.errors import PipelineError
from pipeline.formats import FORMATS
from pipeline.settings import ENVIRONMENT, SETTINGS
from pipeline.source.columns.headings import match_fields
from schemas import RESOURCE_NAMES, resource

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
DECISIONS = ROOT / "docs" / "adr"
DOCUMENTS = [ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY")] + sorted(
    path for folder in ("docs", "samples") for path in (ROOT / folder).rglob("*.md")
)
SOURCES = sorted(path for package in ("pipeline", "schemas") for path in (ROOT / package).rglob("*.py"))
TOP = ("docs", "pipeline", "samples", "schemas", "scripts", "tests")

in_every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def section(page: str, heading: str) -> str:
    """A section of a page, whatever its level, to the next heading."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,6}} |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section '{heading}'"
    return found.group(2)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


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
        shown = re.findall(r"^```\w*\n(.*?)^```|((?:^ {4}\S[^\n]*\n)+)", text, re.MULTILINE | re.DOTALL)
        for line in command_lines("\n".join(part for block in shown for part in block)):
            yield str(path.relative_to(ROOT)), line


def examples_in_help() -> Iterator[tuple[str, str]]:
    for name, command in [("gigbulk", cli), *COMMANDS.items()]:
        for line in command_lines(command.help or ""):
            yield f"{name} --help", line


EXAMPLES = [*examples_in_documents(), *examples_in_help()]


def test_every_command_has_its_row_on_the_page_of_commands_and_no_other() -> None:
    told = [row[0].strip("`") for row in table_rows(PAGES["commands"]) if "gigbulk" in row[0]]
    named = [" ".join(re.findall(r"^gigbulk|(?<= )[a-z]+(?= |$)", line.split(" --")[0])) for line in told]
    assert sorted(named) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_of_a_command_stands_in_the_readme_or_on_a_page(name: str) -> None:
    told = "\n".join([README, *PAGES.values()])
    flags = [flag for option in COMMANDS[name].params if isinstance(option, click.Option) for flag in option.opts]
    assert [flag for flag in flags if not re.search(rf"{flag}(?![\w-])", told)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_every_option_what_it_is_for(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.get_short_help_str()
    silent = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert silent == []


def test_every_file_format_stands_in_the_help_and_on_its_page() -> None:
    """The help is shown before polars is imported, so the formats are written out in it."""
    asked = [("gigbulk export", "--format"), ("gigbulk check", "--problems")]
    export, problems = (
        option.help or ""
        for name, flag in asked
        for option in COMMANDS[name].params
        if isinstance(option, click.Option) and flag in option.opts
    )
    for form in FORMATS.values():
        assert form.name in export
        assert (form.name in problems) is not bool(form.marked), "a workbook of findings is the one that comes back"
        assert all(f"`.{suffix}`" in PAGES["file-formats"] for suffix in form.suffixes)


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


def test_examples_are_found_in_the_readme_on_the_pages_and_in_the_help() -> None:
    wheres = {where for where, _ in EXAMPLES}
    assert {"README.md", "docs/import.md", "docs/exports.md", "gigbulk --help", "gigbulk import --help"} <= wheres


def test_make_knows_every_target_the_documents_name() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        named = {*re.findall(r"`make ([a-z-]+)`", text), *re.findall(r"^    make ([a-z-]+)", text, re.MULTILINE)}
        assert named <= targets, path.name


# --- what a user relies on --------------------------------------------------------------------------------------------


def test_every_setting_and_its_variable_stand_on_the_page_of_settings_and_no_other() -> None:
    rows = table_rows(section(PAGES["settings"], "Settings"))
    assert [code_in(row[0]) for row in rows] == [[name] for name in SETTINGS]
    assert {row[0].strip("`"): row[1].strip("`") for row in rows if row[1]} == ENVIRONMENT


def test_the_settings_shown_as_toml_are_settings() -> None:
    shown = [tomllib.loads(block) for page in (README, *PAGES.values()) for block in blocks(page, "toml")]
    assert any("profiles" in settings for settings in shown)
    for settings in shown:
        profiles = settings.pop("profiles", {})
        for table in (settings, *profiles.values()):
            assert set(table) <= set(SETTINGS)


def test_every_exit_code_stands_on_the_page_of_exit_codes_and_no_other() -> None:
    def codes(kind: type[PipelineError]) -> Iterator[int]:
        yield kind.exit_code
        for below in kind.__subclasses__():
            yield from codes(below)

    told = {int(row[0]) for row in table_rows(section(PAGES["exit-codes-and-results"], "Exit codes"))}
    assert told == {0, 130, BUG_EXIT, *codes(PipelineError)}
    assert 99 not in told


@pytest.mark.parametrize("name", RESOURCE_NAMES)
def test_every_column_stands_on_the_page_of_columns_and_its_other_headings_are_understood(name: str) -> None:
    declared = resource(name)
    rows = table_rows(section(PAGES["columns"], name.capitalize()))
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


def test_the_readme_tells_the_figures_of_the_kill_tests_that_the_guarantees_prove() -> None:
    proof = section(PAGES["guarantees"], "Proof")
    rows = [[int(cell) for cell in row[1:]] for row in table_rows(proof) if row[-1].isdigit()]
    totals = [
        [int(cell) for cell in row[1:]] for row in table_rows(proof) if row[0] == "**all**"
    ]  # runs, killed, lost, doubled, wrong, by fault and by crash point
    assert len(totals) == 2
    assert totals[0] == totals[1]
    assert [sum(column) for column in zip(*rows, strict=True)] == [4 * figure for figure in totals[0]]
    told = re.findall(r"\*\*(\d+) runs, (\d+) kills, (\d+) lost, (\d+) doubled\*\* \(commit (\w+)\)", README)
    (*figures, commit) = told[0]
    assert [int(figure) for figure in figures] == totals[0][:4]
    assert f"on commit {commit}" in proof


def test_every_message_on_the_page_of_troubleshooting_is_one_the_program_says() -> None:
    program = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    seen = [code for row in table_rows(PAGES["troubleshooting"]) for code in code_in(row[0])]
    assert len(seen) > 10
    assert [words for words in seen if words not in program] == []


# --- places -----------------------------------------------------------------------------------------------------------


def anchors(document: Path) -> set[str]:
    prose = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
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


def test_the_readme_is_a_door_of_less_than_250_lines() -> None:
    assert len(README.splitlines()) < 250


def test_every_page_stands_in_the_index_of_pages_which_the_readme_names() -> None:
    linked = re.findall(r"\]\(([\w-]+)\.md\)", PAGES["README"])
    assert sorted(linked) == sorted(PAGES.keys() - {"README"})
    assert "](docs/README.md)" in README


def test_every_page_that_a_message_of_the_program_names_exists() -> None:
    for path in SOURCES:
        for page, heading in re.findall(
            r"\b(README|docs/[\w/-]+\.md)(?:, ([A-Z][\w' ]+))?[.)\"]", path.read_text(encoding="utf-8")
        ):
            place = ROOT / ("README.md" if page == "README" else page)
            assert place.exists(), f"{path.name}: {page}"
            assert not heading or f"[{heading}](" in README or f"# {heading}\n" in place.read_text(encoding="utf-8"), (
                heading
            )


def test_every_question_and_section_of_the_api_that_the_code_cites_stands_on_its_page() -> None:
    named = re.compile(r"\bQ\d{1,2}\b|(?<=docs/api\.md )\d(?:\.\d)*")
    cited = {name for path in SOURCES for name in named.findall(path.read_text(encoding="utf-8"))}
    rows = table_rows(section(PAGES["api"], "What is documented"))
    told = {number for row in rows for number in re.findall(r"\b\d(?:\.\d)*\b", f"{row[0]} {row[1]}")}
    told |= {row[0] for row in table_rows(section(PAGES["api"], "What is open, and what gigbulk does"))}
    assert {"Q5", "2.2.2"} <= cited
    assert cited <= told


def test_every_decision_stands_in_the_index() -> None:
    linked = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (DECISIONS / "README.md").read_text(encoding="utf-8")))
    assert linked == {path.name for path in DECISIONS.glob("0*.md")}


def test_every_dependency_stands_in_the_decision_about_dependencies() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[><=]", line)[0] for line in declared}
    told = {row[0].split()[0] for row in table_rows((DECISIONS / "0001-dependencies.md").read_text(encoding="utf-8"))}
    assert names <= told


def list_tracked() -> list[str]:
    if not (ROOT / ".git").exists():  # an unpacked source distribution has no list of its files but the folder itself
        return [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [name for name in listed.split("\0") if name]


def test_no_merge_was_left_half_done() -> None:
    mark = re.compile(rb"^(?:<{7} |>{7} )", re.MULTILINE)
    files = [ROOT / name for name in list_tracked()]
    assert [path for path in files if path.is_file() and mark.search(path.read_bytes())] == []


def test_nothing_tracked_names_a_machine_or_a_package_index() -> None:
    """Neither this checkout's own folder nor the address of an index in a lock file."""
    machine = re.compile(rb"%s(?![\w-])" % re.escape(str(ROOT)).encode())
    index = re.compile(
        rb"index-url|https?://(?!localhost|127\.)[\w.-]*(?:pypi|simple|artifactory|nexus)[\w.-]*", re.IGNORECASE
    )
    found = []
    for name in list_tracked():
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


def with_samples(folder: Path) -> Path:
    shutil.copytree(ROOT / "samples", folder / "samples", ignore=shutil.ignore_patterns("*.rejects.*", "__pycache__"))
    return folder


@pytest.fixture
def fresh_folder(tmp_path: Path) -> Path:
    """A folder that holds the samples and nothing else."""
    return with_samples(tmp_path)


def without_history(folder: Path) -> dict[str, str]:
    """The environment of a user without key, settings and history."""
    home = dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(folder / "home"))
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIGSTACK_", "GIGBULK_", "XDG_"))
    }
    return {**clean, **home, "LC_ALL": "C.UTF-8"}


def said_by(lines: list[str], folder: Path) -> dict[str, tuple[int, str]]:
    """Exit code and standard output of each line, run in `folder` by a user without key, settings and history."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER],
        input=json.dumps([arguments(line) for line in lines]),
        cwd=folder,
        env=without_history(folder),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    outputs = re.split(r"^-> (\d+)\n", done.stdout, flags=re.MULTILINE)
    assert len(outputs) == 2 * len(lines) + 1, done.stdout + done.stderr
    return {line: (int(outputs[2 * i + 1]), outputs[2 * i]) for i, line in enumerate(lines)}


def runs_here(line: str) -> bool:
    """Whether a line needs nothing but the samples: no key, server, run of a known name or file of SAT's."""
    words = arguments(line)
    if words[0] in ("import", "apply", "export", "delete", "doctor") or words[:2] == ["runs", "resume"]:
        return "--sandbox" in words
    if words[0] in ("sandbox", "web"):
        return "--list-faults" in words
    named = (["runs", "show"], ["runs", "report"], ["runs", "settle"], ["runs", "move"], ["catalogs", "update"])
    return words[:2] not in named


RUNNABLE: dict[str, list[str]] = {}
for _where, _line in examples_in_documents():
    if runs_here(_line):
        RUNNABLE.setdefault(_where, []).append(_line)

Played = Callable[[str], tuple[Path, dict[str, tuple[int, str]]]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A document's lines, run one after another in a folder of their own: that folder, and what each line said."""
    done: dict[str, tuple[Path, dict[str, tuple[int, str]]]] = {}

    def play(document: str) -> tuple[Path, dict[str, tuple[int, str]]]:
        if document not in done:
            folder = with_samples(tmp_path_factory.mktemp("page"))
            done[document] = folder, said_by(RUNNABLE[document], folder)
        return done[document]

    return play


@pytest.mark.slow
@pytest.mark.parametrize("document", [where for where in RUNNABLE if where != "README.md"])
def test_what_a_page_shows_runs_as_written(document: str, played: Played) -> None:
    """Line by line in a fresh folder; only what needs a key, a server or a run of your own is left out."""
    _, outcomes = played(document)
    assert {line: code for line, (code, _) in outcomes.items()} == {line: int("mistakes" in line) for line in outcomes}


def test_the_pages_of_the_tasks_show_what_runs() -> None:
    tasks = ("import", "check-and-correct", "catalogs", "exports", "cron", "resume-and-settle", "troubleshooting")
    assert {f"docs/{task}.md" for task in (*tasks, "exit-codes-and-results")} <= RUNNABLE.keys()
    assert sum(len(lines) for lines in RUNNABLE.values()) > 40


@pytest.mark.slow
def test_after_the_steps_of_an_import_the_same_file_sends_nothing(played: Played) -> None:
    folder, _ = played("docs/import.md")
    again = "gigbulk import samples/payments.csv --sandbox --json"
    assert '"created": 0, "existing": 220' in said_by([again], folder)[again][1]
    assert (folder / "samples" / "payments_mistakes.rejects.csv").exists()


@pytest.mark.slow
def test_the_first_export_shown_makes_the_files_it_names(played: Played) -> None:
    folder, _ = played("docs/exports.md")
    assert {p.name for p in (folder / "out").iterdir()} >= {"payments.csv", "clients.csv", "manifest.json"}


@pytest.mark.slow
def test_the_result_shown_is_the_result_of_the_command_above_it(played: Played) -> None:
    page = PAGES["exit-codes-and-results"]
    _, outcomes = played("docs/exit-codes-and-results.md")
    told = json.loads(next(output for line, (_, output) in outcomes.items() if "--json" in line))
    shown = json.loads(blocks(page, "json")[0])
    assert set(shown) | {"sums"} == set(told) | {"sums"}
    for name in ("event", "command", "status", "resources", "outputs", "fixed", "warnings", "exit_code"):
        assert shown[name] == told[name], name
    fates = {row[0] for row in table_rows(page.split("json\n")[-1])}
    assert {"read", *fates} == {*told["resources"]["payments"]}


# --- the three walks --------------------------------------------------------------------------------------------------

WALKS = ("Migrate an account", "Export every night", "Correct what was rejected")


def lines_of(walk: str) -> list[str]:
    """What its reader types; only what needs a key is left out."""
    shown = [block for block in blocks(section(README, walk), "console") if "GIGSTACK_API_KEY" not in block]
    return [line.removeprefix("$ ") for block in shown for line in block.splitlines()]


def walked(lines: list[str], folder: Path) -> list[tuple[int, str]]:
    """Each line in a shell of its own, by a user without key, settings and history: exit code and all it said."""
    command = folder / "bin" / "gigbulk"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pipeline "$@"\n')
    command.chmod(0o755)
    environment = without_history(folder) | {"PATH": f"{command.parent}:{os.environ['PATH']}"}
    outcomes = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        shell = subprocess.Popen(
            ["sh", "-c", f"exec {line}" if line.startswith("gigbulk") else line], cwd=folder, env=environment,
            encoding="utf-8", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert shell.stdout is not None
        said = ""
        if "runs resume" in following:  # its reader presses Ctrl-C here
            while "Looking which payments" not in said and (more := shell.stdout.readline()):
                said += more
            time.sleep(1)
            shell.send_signal(signal.SIGINT)
        said += shell.communicate(timeout=100)[0]
        outcomes.append((shell.returncode, said))
    return outcomes


def ended(lines: list[str], outcomes: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(code, line) for line, (code, _) in zip(lines, outcomes, strict=True)]


def expected(lines: list[str]) -> list[tuple[int, str]]:
    """130 for what is resumed next, 1 where there are mistakes to reject, else 0."""
    codes = [int("mistakes" in line and line.startswith("gigbulk")) for line in lines]
    return [
        (130 if "runs resume" in following else code, line)
        for code, line, following in zip(codes, lines, [*lines[1:], ""], strict=True)
    ]


def test_the_readme_shows_no_command_that_is_not_run() -> None:
    """Those of the walks, and the demo, which the picture's own test runs."""
    walks = [line for walk in WALKS for line in command_lines("\n".join(lines_of(walk)))]
    assert len(walks) >= 14
    assert {*RUNNABLE["README.md"]} == {*walks, "gigbulk demo"}


def counts_in(said: str) -> dict[str, list[int]]:
    """The numbers of each row of the tables a command showed."""
    rows = re.findall(r"^ (\w+) +([\d, ]+)$", said, re.MULTILINE)
    return {name: [int(cell.replace(",", "")) for cell in cells.split()] for name, cells in rows}


@pytest.mark.slow
@pytest.mark.timeout(400)  # a walk of many commands, some 40 s alone and more beside other tests
def test_the_migration_walk_runs_as_written_and_its_resume_sends_only_what_was_left(fresh_folder: Path) -> None:
    lines = lines_of("Migrate an account")
    outcomes = walked(lines, fresh_folder)
    assert ended(lines, outcomes) == expected(lines), outcomes
    all_of_them = 6600
    assert f"{all_of_them:,} payments on {2 * all_of_them:,} lines" in README
    assert len((fresh_folder / "large.csv").read_text(encoding="utf-8").splitlines()) == 2 * all_of_them + 1
    one, interrupted, resumed, again = [counts_in(said)["payments"] for _, said in outcomes[-4:]]
    assert one == [all_of_them, 1, 0, 0, 0, 0, all_of_them - 1]
    assert interrupted[0] == sum(interrupted[1:]) == all_of_them
    assert 0 < interrupted[-1] < all_of_them
    assert resumed == [all_of_them, all_of_them - 1, 1, 0, 0, 0, 0]
    assert again == [all_of_them, 0, all_of_them, 0, 0, 0, 0]


@pytest.mark.slow
def test_the_nightly_walk_runs_as_written_and_its_exports_are_proven_complete(fresh_folder: Path) -> None:
    lines = lines_of("Export every night")
    outcomes = walked(lines, fresh_folder)
    assert ended(lines, outcomes) == expected(lines), outcomes
    manifests = [json.loads(p.read_text(encoding="utf-8")) for p in fresh_folder.glob("exports/*/manifest.json")]
    assert [one["complete"] for manifest in manifests for one in manifest["exports"].values()] == [True] * 8
    assert len(list((fresh_folder / "new").iterdir())) == 2
    assert "30 2 * * *" in outcomes[-1][1]


@pytest.mark.slow
def test_the_accountant_s_walk_runs_as_written_and_what_she_corrects_is_created(fresh_folder: Path) -> None:
    lines = lines_of("Correct what was rejected")
    outcomes = walked(lines, fresh_folder)
    assert ended(lines, outcomes) == expected(lines), outcomes
    imported = [
        counts_in(said)["clientes"] for line, (_, said) in zip(lines, outcomes, strict=True) if " import " in line
    ]
    assert imported == [[24, 9, 0, 15, 0, 0, 0], [15, 2, 0, 13, 0, 0, 0]]
    rejects = (fresh_folder / "samples" / "clients_mistakes.rejects.csv.old").read_text(encoding="utf-8")
    quoted = blocks(section(README, "Correct what was rejected"), "text")[0].splitlines()
    assert [reason for reason in quoted if reason not in rejects] == []
    assert (fresh_folder / "samples" / "clients_mistakes.rejects.rejects.csv").exists()
    assert (fresh_folder / "informe.html").exists()


# --- the picture ------------------------------------------------------------------------------------------------------


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
