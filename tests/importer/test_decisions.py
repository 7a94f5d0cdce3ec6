"""What an import decides before it sends anything: whose it is, what must be confirmed, where its files go."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from builders import Files, RecordingEvents, a_client

from pipeline.edge import PROCESS, Edge
from pipeline.errors import ConfigError, InputError, OutputError
from pipeline.importer.account import check_key_mode, find_account
from pipeline.importer.questions import Question, check_answers, find_questions, in_words, refuse_live_rows
from pipeline.importer.request import ImportRequest
from pipeline.importer.sources import inspect_files
from pipeline.settings import Settings

NO_SWITCH = {"avoidEmail": 0, "automaticInvoice": 0, "livemode": 0}

# --- questions --------------------------------------------------------------------------------------------------------

ASKED: list[tuple[dict[str, Any], dict[str, int], int, list[tuple[str, int]]]] = [
    ({}, NO_SWITCH, 9, []),
    ({}, {"avoidEmail": 3}, 9, [("avoidEmail", 3)]),
    ({}, {"avoidEmail": 3, "automaticInvoice": 1}, 9, [("avoidEmail", 3), ("automaticInvoice", 1)]),
    ({"live": True}, NO_SWITCH, 9, [("live mode", 9)]),
    ({"live": True}, {"livemode": 4}, 9, [("live mode", 9)]),
    ({"live": True, "limit": 2}, NO_SWITCH, 9, [("live mode", 2)]),
    ({"live": True, "limit": 0}, NO_SWITCH, 9, []),
    ({"live": True}, NO_SWITCH, 0, []),
    ({"generation": 2}, NO_SWITCH, 9, [("generation 2, issued anew", 9)]),
    ({"generation": 2}, NO_SWITCH, 0, []),
]


@pytest.mark.parametrize(("asked", "switched", "planned", "questions"), ASKED)
def test_what_cannot_be_undone_is_a_question(
    asked: dict[str, Any], switched: dict[str, int], planned: int, questions: list[tuple[str, int]]
) -> None:
    found = find_questions(ImportRequest(("a.csv",), **asked), switched, planned)
    assert [(question.kind, question.count) for question in found] == questions


def test_live_rows_of_a_run_that_is_not_live_are_no_question_but_a_mistake() -> None:
    refuse_live_rows(ImportRequest(("a.csv",)), NO_SWITCH)
    refuse_live_rows(ImportRequest(("a.csv",), live=True), {"livemode": 1})
    with pytest.raises(ConfigError, match=r"^livemode is true in 1 payment, and --live was not given"):
        refuse_live_rows(ImportRequest(("a.csv",), yes=True), {"livemode": 1})


def test_a_question_that_nobody_said_yes_to_is_refused_by_name() -> None:
    asked = [Question("avoidEmail", 1), Question("live mode", 1200)]
    assert in_words(asked) == "avoidEmail: 1 record; live mode: 1,200 records"
    check_answers(asked, {"live mode", "avoidEmail"})
    with pytest.raises(ConfigError, match=r"^Not confirmed: avoidEmail: 1 record\."):
        check_answers(asked, {"live mode"})


# --- key and mode -----------------------------------------------------------------------------------------------------


def a_key(livemode: bool) -> str:
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "HS256"}, {"livemode": livemode}, {})
    )


MODES = [
    (a_key(True), True, None),
    (a_key(False), False, None),
    ("opaque", True, None),
    ("opaque", False, None),
    (a_key(True), False, "The API key is a live key, but the run is for test mode."),
    (
        a_key(False),
        True,
        "The API key is a test key, but the run is for --live.",
    ),
]


@pytest.mark.parametrize(("key", "live", "says"), MODES)
def test_a_key_must_fit_the_mode(key: str, live: bool, says: str | None) -> None:
    if says is None:
        check_key_mode(key, live=live)
        return
    with pytest.raises(ConfigError) as refused:
        check_key_mode(key, live=live)
    assert refused.value.message == says
    assert ("add --live" in refused.value.hint) is not live


def test_an_account_has_the_name_of_the_settings_or_one_made_of_key_and_address() -> None:
    assert find_account(Settings(account="ours"), live=True).name == "ours"
    one, other = (find_account(Settings(api_key=key), live=False).name for key in ("a", "b"))
    assert one != other
    with pytest.raises(ConfigError, match="There is no API key"):
        find_account(Settings(), live=False)


# --- places of result files -------------------------------------------------------------------------------------------


def inspected(tmp_path: Path, *names: str, edge: Edge = PROCESS, **asked: Path) -> RecordingEvents:
    told = RecordingEvents()
    request = ImportRequest(tuple(str(tmp_path / "files" / name) for name in names), **asked)  # type: ignore[arg-type]
    inspect_files(request, tmp_path, told, "en", edge)
    return told


CLASHES: list[tuple[tuple[str, ...], dict[str, str], type[Exception], str]] = [
    (("a.csv",), {"problems": "a.csv"}, ConfigError, "--problems .* is also the input"),
    (("a.csv",), {"rejects": "a.csv"}, ConfigError, "--rejects .* is also the input"),
    (("a.csv",), {"report": "x.csv", "problems": "x.csv"}, ConfigError, "is also --problems"),
    (("a.csv",), {"problems": "none/x.csv"}, OutputError, "cannot be written there"),
    (("a.csv",), {"problems": "x.xyz"}, ConfigError, "the suffix must be one of"),
    (("a.csv",), {"rejects": "x.parquet"}, ConfigError, "does not say what would be in it"),
    (("a.csv", "b.csv"), {"rejects": "x.csv"}, ConfigError, "names one file, but there are several inputs"),
    (("a.csv", "a.rejects.csv"), {}, ConfigError, "The rejects of .* would go to .* is also the input"),
]


@pytest.mark.parametrize(("names", "asked", "kind", "says"), CLASHES)
def test_a_result_file_never_takes_the_place_of_another(
    files: Files, tmp_path: Path, names: tuple[str, ...], asked: dict[str, str], kind: type[Exception], says: str
) -> None:
    for name in names:
        files.csv([a_client()], name)
    with pytest.raises(kind, match=says):
        inspected(tmp_path, *names, **{flag: files.folder / name for flag, name in asked.items()})


def test_a_file_named_twice_is_read_once_and_one_that_is_missing_says_where_it_was_looked_for(
    files: Files, tmp_path: Path
) -> None:
    files.csv([a_client()], "a.csv")
    told = inspected(tmp_path, "a.csv", "../files/a.csv")
    assert [note.partition(": ")[2] for note in told.notes] == ["1 row of clients (told by its columns)"]
    assert "is the same as" in told.warnings[0]
    with pytest.raises(InputError) as missing:
        inspected(tmp_path, "b.csv", edge=Edge(folder=lambda: Path("/home/ana/desk")))
    assert missing.value.hint == "Check the path; this command runs in desk/."
