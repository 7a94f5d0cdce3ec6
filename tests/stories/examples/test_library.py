"""gigbulk called from Python: the same result as `--json`, errors raised, nothing printed, any thread or loop."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from builders import RecordingEvents, python

import pipeline
from pipeline import PipelineError, run_export, run_import
from pipeline.edge import Edge
from pipeline.errors import ConfigError, InputError, JournalError
from pipeline.journal.lock import locked
from pipeline.sandbox import EmbeddedSandbox

pytestmark = pytest.mark.usefixtures("account_in_environment")

CLIENTS = "internalId,name,rfc,email\nc1,ANA LOPEZ,LOAA800101AB1,ana@empresa.example\nc2,,x,x\n"


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    path = tmp_path / "clients.csv"
    path.write_text(CLIENTS)
    return path


def test_an_export_gives_the_result_object_of_json(tmp_path: Path) -> None:
    outcome = run_export(["clients", "payments"], tmp_path / "out")
    assert outcome["event"] == "result" and outcome["command"] == "export" and outcome["status"] == "ok"
    assert {name: told["rows"] for name, told in outcome["resources"].items()} == {"clients": 30, "payments": 20}
    assert outcome["exit_code"] == 0
    assert Path(outcome["outputs"]["manifest"]).exists()
    assert json.loads(json.dumps(outcome)) == outcome


def test_every_name_of_a_call_begins_in_the_folder_that_is_handed_in(
    clients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "out").mkdir(parents=True)
    there.mkdir()
    (there / "clients.csv").write_bytes(clients.read_bytes())
    monkeypatch.chdir(here)
    monkeypatch.setenv("GIGBULK_JOURNAL", "sqlite:memory/journal.sqlite")
    edge = Edge(folder=lambda: there)
    run_import("clients.csv", edge=edge, state_dir="state")
    for day in (20, 21):
        then = replace(edge, now=partial(datetime, 2026, 5, day, 18, tzinfo=UTC))
        kept = run_export("clients", "days/{date}", keep=1, edge=then, state_dir="state")
    outcome = run_export("clients", "out/clients.csv", edge=edge, state_dir="state")
    grown = run_export("payments", "lake", append=True, since="last", edge=edge, state_dir="state")
    assert outcome["outputs"] == {"files": ["out/clients.csv"], "manifest": "out/clients.csv.manifest.json"}
    assert kept["outputs"]["files"] == ["days/2026-05-21/clients.csv"]
    assert grown["status"] == "ok"
    assert [path.name for path in (there / "days").iterdir()] == ["2026-05-21"]
    assert (there / "out" / "clients.csv").exists() and (there / "lake").is_dir()
    assert (there / "state").is_dir() and (there / "memory" / "journal.sqlite").exists()
    assert [*here.rglob("*")] == [here / "out"], "nothing in the folder of the process"


def test_none_exports_every_list_and_one_name_needs_no_list_around_it(tmp_path: Path) -> None:
    assert len(run_export(None, tmp_path / "all")["resources"]) > 5
    assert list(run_export("clients", tmp_path / "one" / "clients.parquet")["resources"]) == ["clients"]
    assert (tmp_path / "one" / "clients.parquet").exists()


def test_an_import_gives_the_result_object_of_json_and_its_repetition_sends_nothing(clients: Path) -> None:
    outcome = run_import(clients)
    assert outcome["event"] == "result" and outcome["command"] == "import" and outcome["exit_code"] == 1
    counts = outcome["resources"]["clients"]
    assert (counts["created"], counts["rejected"]) == (1, 1)
    again = run_import([clients])["resources"]["clients"]
    assert (again["created"], again["existing"]) == (0, 1)
    assert outcome["run"] != run_import(clients, dry_run=True)["run"]


def test_the_example_of_the_two_calls_runs_as_it_is_printed(
    clients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).parents[3] / "docs" / "library.md"
    [example] = re.findall(r"^## Look first.*?^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    clients.rename(tmp_path / "payments.csv")  # its columns say what it holds
    monkeypatch.chdir(tmp_path)
    exec(compile(example, str(page), "exec"), {})  # noqa: S102  (our own page)
    said = capsys.readouterr().out
    assert "'error': " in said and "'created': 1" in said


def test_both_work_while_an_event_loop_runs_and_beside_it(clients: Path, tmp_path: Path) -> None:
    async def story() -> tuple[int, int]:
        exported = run_export("clients", tmp_path / "out")
        imported = await asyncio.to_thread(run_import, clients)
        return exported["resources"]["clients"]["rows"], imported["resources"]["clients"]["created"]

    assert asyncio.run(story()) == (30, 1)


def test_an_error_inside_an_event_loop_is_the_error_itself(tmp_path: Path) -> None:
    async def story() -> None:
        run_import(tmp_path / "missing.csv")

    with pytest.raises(InputError):
        asyncio.run(story())


def test_nothing_is_printed_and_events_hear_what_is_said(
    clients: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], console: RecordingEvents
) -> None:
    run_import(clients)
    run_export("payments", tmp_path / "out")
    assert capfd.readouterr() == ("", "")
    run_import(clients, events=console)
    assert any("rows of clients" in note for note in console.notes)


def test_settings_by_keyword_come_before_the_environment(
    account_in_environment: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIGSTACK_BASE_URL", "https://nobody.invalid/v2")
    monkeypatch.delenv("GIGSTACK_API_KEY")
    outcome = run_export(
        "clients", tmp_path / "out", api_key="another-key", base_url=account_in_environment.base_url,
        state_dir=str(tmp_path / "other-state"), concurrency=2,
    )  # fmt: skip
    assert outcome["status"] == "ok"
    assert (tmp_path / "other-state").is_dir()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: run_export("nonsense", "out"), "'nonsense' is not something the API lists"),
        (lambda: run_export([], "out"), "nothing to export"),
        (lambda: run_export("clients", "-"), "standard output"),
        (lambda: run_export("clients", "out", format="odt"), "'odt' is not a format"),
        (lambda: run_export("clients", "out", api_kee="x"), "'api_kee' is no setting"),  # type: ignore[call-arg]
        (lambda: run_export("clients", "out", concurrency=0), "concurrency"),
        (lambda: run_import([]), "nothing to import"),
        (lambda: run_import("a.csv", profile="none"), "no profile 'none'"),
    ],
)
def test_what_cannot_be_done_is_a_config_error_with_advice(call: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        call()  # type: ignore[operator]
    assert caught.value.hint and isinstance(caught.value, PipelineError)
    assert not Path("out").exists()


def test_without_a_key_nothing_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GIGSTACK_API_KEY")
    with pytest.raises(ConfigError, match="no API key"):
        run_export("clients", tmp_path / "out")


def test_what_must_be_confirmed_is_refused_because_nobody_can_be_asked(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_text(CLIENTS.splitlines()[0] + ",avoidEmail\nc1,ANA LOPEZ,LOAA800101AB1,ana@empresa.example,false\n")
    with pytest.raises(PipelineError):
        run_import(file, live=True)


def test_an_import_while_another_runs_is_a_journal_error(
    account_in_environment: EmbeddedSandbox, clients: Path, state_dir: Path
) -> None:
    from pipeline.api_key import account_name

    name = account_name("key-that-nobody-may-see", account_in_environment.base_url)
    with locked(state_dir, name, "the-other", "import of this account"), pytest.raises(JournalError, match="the-other"):
        run_import(clients)


def test_importing_the_package_loads_nothing_heavy_and_offers_what_it_says() -> None:
    done = python(
        "import sys, pipeline; print(sorted({'polars', 'httpx2', 'sqlite3', 'click'} & set(sys.modules))); "
        "from pipeline import *; print(callable(run_export), callable(run_import), PipelineError.__name__)"
    )
    assert done.stdout == "[]\nTrue True PipelineError\n", done.stderr
    assert set(pipeline.__all__) <= set(dir(pipeline))
    with pytest.raises(AttributeError, match="run_everything"):
        pipeline.run_everything  # noqa: B018
