"""A source as blocks of whole records, and the keys that more than one record of the call claims."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import Files, a_client, a_line, inspect_table
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats import LINE
from pipeline.model import RECORD
from pipeline.source import group as gather
from pipeline.source import read
from pipeline.source.duplicates import find_repeated_keys
from pipeline.source.group import read_blocks


@given(order=st.permutations([0, 0, 0, 1, 1, 2, 3, 3]), held=st.sampled_from([0, 2, 100]))
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_all_lines_of_a_payment_are_in_one_block_wherever_they_stand(
    kind: str, order: list[int], held: int, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "HELD_ROWS", held)
    monkeypatch.setattr(read, "BATCH_ROWS", 3)
    monkeypatch.setattr(gather, "BATCH_ROWS", 2)
    rows = [a_line(internalId=f"p{n}", items_name=str(i)) for i, n in enumerate(order)]
    make = {"csv": files.csv, "jsonl": files.jsonl, "parquet": lambda r, n: files.parquet(pl.DataFrame(r), n)}[kind]
    source = inspect_table(make(rows, f"payments.{kind}"), "x")
    found = list(read_blocks(source, tmp_path))
    together = pl.concat(found)
    assert sorted(together["items.name"]) == sorted(row["items.name"] for row in rows)
    assert [block[RECORD].n_unique() for block in found] == [2, 2]
    for _, record in together.group_by(RECORD):
        assert record["internalId"].n_unique() == 1
        assert record[LINE].is_sorted()
    first_seen = list(dict.fromkeys(f"p{n}" for n in order))
    assert together["internalId"].unique(maintain_order=True).to_list() == first_seen


def test_clients_are_one_record_a_row_and_lines_without_a_key_too(files: Files, tmp_path: Path) -> None:
    source = inspect_table(files.csv([a_client(), a_client(), a_client(internalId="")]), "x")
    assert pl.concat(read_blocks(source, tmp_path))[RECORD].to_list() == [0, 1, 2]
    lines = [a_line(internalId=""), a_line(), a_line(internalId=""), a_line()]
    source = inspect_table(files.csv(lines, "payments.csv"), "x")
    assert pl.concat(read_blocks(source, tmp_path)).sort(LINE)[RECORD].to_list() == [0, 1, 2, 1]


def test_a_key_that_several_records_of_the_call_claim_is_found_across_files(files: Files) -> None:
    first = inspect_table(files.csv([a_client(internalId=n) for n in "abca"], "one.csv"), "one.csv")
    second = inspect_table(files.csv([a_client(internalId=n) for n in "xb"], "two.csv"), "two.csv")
    places = find_repeated_keys([first, second])["clients"]["proposal"].to_list()
    assert sorted(places) == ["one.csv 2, one.csv 5", "one.csv 3, two.csv 3"]


def test_several_lines_of_one_payment_are_no_repetition_but_two_files_with_it_are(files: Files) -> None:
    first = inspect_table(files.csv([a_line(), a_line(), a_line(internalId="p2")], "one.csv"), "one.csv")
    second = inspect_table(files.csv([a_line(internalId="p2")], "two.csv"), "two.csv")
    assert find_repeated_keys([first])["payments"].is_empty()
    assert find_repeated_keys([first, second])["payments"]["proposal"].to_list() == ["one.csv 4, two.csv 2"]


def test_how_many_rows_to_expect_is_told_by_the_first_megabytes(tmp_path: Path) -> None:
    """Exactly for a small file, about for a large one; what was read is never more than what is expected."""
    for rows, exact in ((100, True), (120_000, False)):
        file, told = tmp_path / f"{rows}.csv", list[tuple[int, int | None]]()
        lines = (f"C{n:07},Cliente {n},CLIENTE {n},XAXX010101000,c{n}@empresa.example\n" for n in range(rows))
        file.write_text("internalId,name,legal_name,rfc,email\n" + "".join(lines))
        read.inspect_file(file, file.name, on_rows=lambda done, of, told=told: told.append((done, of)))
        begun, ended = told[0], told[-1]
        assert begun[0] == 0 and begun[1] is not None
        assert ended == (rows, rows) and all(of is not None and done <= of for done, of in told)
        assert begun[1] == rows + 1 if exact else abs(begun[1] - rows) < rows // 50
