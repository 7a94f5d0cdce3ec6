"""Whatever ends a command, its result has every member, its counts balance, and no file of the user is lost."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from tests.stories.walk.conftest import Gigbulk, Server

HEAD = "internalId,name,rfc,email\n"
GOOD = "c1,ESCUELA KEMPER URGATE,EKU9003173C9,a@b.mx\n"
BAD = "c2,,EKU9003173C9,a@b.mx\n"


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    path = tmp_path / "c.csv"
    path.write_text(HEAD + GOOD + BAD)
    return path


@pytest.mark.parametrize("flag", ["--rejects", "--problems", "--report"])
def test_a_result_file_never_takes_the_place_of_an_input(gigbulk: Gigbulk, clients: Path, flag: str) -> None:
    before = clients.read_bytes()
    ran = gigbulk("import", clients, flag, clients, "--json")
    assert ran.code == 2 and "also the input" in ran.result["error"]
    assert clients.read_bytes() == before


@pytest.mark.parametrize("flag", ["--rejects", "--problems", "--report"])
def test_a_place_that_cannot_be_written_is_found_before_anything_is_sent(
    gigbulk: Gigbulk, clients: Path, server: Server, flag: str
) -> None:
    ran = gigbulk("import", clients, flag, clients.parent / "nowhere" / "x.csv", "--json")
    assert ran.code == 5
    assert server.received() == []


def test_a_rejects_file_that_was_corrected_is_kept_under_another_name(gigbulk: Gigbulk, clients: Path) -> None:
    rejects = clients.with_name("c.rejects.csv")
    gigbulk("check", clients)
    again = gigbulk("check", clients)
    assert again.code == 1 and not rejects.with_name("c.rejects.csv.bak").exists()
    rejects.write_text("my corrections")
    gigbulk("check", clients)
    assert rejects.with_name("c.rejects.csv.bak").read_text() == "my corrections"
    assert "_codes" in rejects.read_text()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("import", "nothing.csv"), 3), (("import",), 2), (("check", "--as", "nobody", "c.csv"), 2)],
)
def test_a_command_that_did_nothing_still_gives_a_whole_result(
    gigbulk: Gigbulk, arguments: tuple[str, ...], code: int
) -> None:
    ran = gigbulk(*arguments, "--json")
    assert ran.code == code
    assert {"event", "command", "run", "status", "resources", "outputs", "seconds", "exit_code"} <= ran.result.keys()


def test_a_run_that_was_not_confirmed_balances_in_the_result_and_in_the_history(
    gigbulk: Gigbulk, clients: Path
) -> None:
    ran = gigbulk("import", clients, "--live", "--json")
    assert ran.code == 2
    counts = ran.result["resources"]["clients"]
    assert counts["read"] == 2 == counts["rejected"] + counts["unsent"]
    [kept] = json.loads(gigbulk("runs", "--json").out)["runs"]
    assert kept["totals"]["unsent"] == 1


def test_rejects_is_one_path_and_rejects_files_are_all_of_them(gigbulk: Gigbulk, clients: Path) -> None:
    more = clients.with_name("d.csv")
    more.write_text(HEAD + BAD)
    both = gigbulk("check", clients, more, "--json").result["outputs"]
    assert both["rejects_files"] == [str(clients.with_name(f"{name}.rejects.csv")) for name in "cd"]
    assert both["rejects"] == both["rejects_files"][0]
    more.write_text(HEAD + GOOD)
    none = gigbulk("check", more, "--json").result["outputs"]
    assert (none["rejects"], none["rejects_files"]) == (None, [])


def test_rejects_of_a_compressed_file_are_plain_and_said_so_by_their_name(gigbulk: Gigbulk, clients: Path) -> None:
    packed = clients.with_name("z.csv.gz")
    packed.write_bytes(gzip.compress(clients.read_bytes()))
    assert "rejects: " + str(clients.with_name("z.rejects.csv")) in gigbulk("check", packed).out
    assert clients.with_name("z.rejects.csv").read_text("utf-8-sig").startswith("internalId,")
    for name, flaw in (("r.csv.gz", "not compressed"), ("r.jsonl", "rejects are csv")):
        ran = gigbulk("check", packed, "--rejects", name)
        assert ran.code == 2 and flaw in ran.err and "ends in .csv" in ran.err
        assert not clients.with_name(name).exists()


def test_two_inputs_never_share_a_place_for_their_rejects(gigbulk: Gigbulk, clients: Path) -> None:
    packed = clients.with_name("c.csv.gz")
    packed.write_bytes(gzip.compress(clients.read_bytes()))
    ran = gigbulk("check", clients, packed)
    assert ran.code == 2 and "c.rejects.csv, which is also the place for the rejects of" in ran.err
    rejects = clients.with_name("c.rejects.csv")
    rejects.write_text(HEAD + GOOD)
    ran = gigbulk("check", clients, rejects)
    assert ran.code == 2 and "which is also the input" in ran.err
    assert rejects.read_text() == HEAD + GOOD


@pytest.mark.parametrize("again", ["c.csv", "./c.csv"])
def test_a_file_that_is_named_twice_is_read_once_and_said(gigbulk: Gigbulk, clients: Path, again: str) -> None:
    ran = gigbulk("check", "c.csv", again, "--json")
    assert ran.result["resources"]["clients"]["read"] == 2
    assert ran.result["outputs"]["rejects_files"] == ["c.rejects.csv"]
    assert f"{again} is the same as c.csv, named before: it is read once." in ran.err


def test_an_unknown_column_counts_as_a_warning_and_stands_among_the_problems(
    gigbulk: Gigbulk, clients: Path, tmp_path: Path
) -> None:
    clients.write_text(HEAD.replace("\n", ",Vendedor\n") + GOOD.replace("\n", ",Eva\n"))
    told = gigbulk("check", clients, "--json", "--problems", "p.csv")
    untold = gigbulk("check", clients, "--json", "--ignore", "X-COLUMN-UNKNOWN")
    assert "not known: Vendedor" in told.err
    assert told.result["warnings"] == untold.result["warnings"] + 1
    assert gigbulk("check", clients, "--json", "--only", "X-COLUMN-UNKNOWN", "--strict").code == 0
    with (tmp_path / "p.csv").open() as file:
        [row] = [row for row in csv.DictReader(file) if row["rule"] == "X-COLUMN-UNKNOWN"]
    assert (row["severity"], row["line"], row["column"], row["value"]) == ("warning", "1", "Vendedor", "Vendedor")
