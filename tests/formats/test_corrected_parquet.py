"""A Parquet file written again with some cells changed: each value is of its column's own type, or refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import InputError
from pipeline.formats import FORMATS

PARQUET = FORMATS["parquet"]
DAY, MOMENT = dt.date(2026, 1, 31), dt.datetime(2026, 1, 31, 2, 30)  # noqa: DTZ001 - columns without a zone
ROWS = pl.DataFrame(
    {
        "text": ["x", "y", "z"],
        "whole": pl.Series([1, 2, 3], dtype=pl.Int32),
        "broken": [1.5, None, 2.25],
        "short": pl.Series([1.5, 0.1, None], dtype=pl.Float32),
        "exact": pl.Series([Decimal("1.10")] * 3, dtype=pl.Decimal(10, 2)),
        "flag": [True, False, None],
        "day": [DAY] * 3,
        "moment": [MOMENT] * 3,
        "zoned": pl.Series([MOMENT] * 3).dt.replace_time_zone("America/Mexico_City"),
        "hour": [dt.time(1, 2)] * 3,
        "kind": pl.Series(["u", "v", "u"], dtype=pl.Enum(["u", "v"])),
        "null": pl.Series([None] * 3, dtype=pl.Null),
        "client": [{"name": "a", "of": {"rfc": "t"}}, None, {"name": "c", "of": None}],
        "x.y": ["1", "2", "3"],
    }
)


def correct(tmp_path: Path, lines: dict[int, dict[str, str]], rows: pl.DataFrame = ROWS) -> pl.DataFrame:
    path, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    rows.write_parquet(path)
    PARQUET.correct(path, PARQUET.look(path), {None: lines}, target)
    return pl.read_parquet(target)


def test_every_type_takes_a_text_that_is_of_it_and_stays_that_type(tmp_path: Path) -> None:
    put = {
        "text": "nuevo", "whole": "77", "broken": "100.50", "short": "0.3", "exact": "3.5", "flag": "true",
        "day": "2026-11-03", "moment": "2026-11-03T10:00:00.25", "zoned": "2026-11-03T10:00:00-06:00", "hour": "10:30",
        "kind": "u", "client.name": "b", "client.of.rfc": "r", "x.y": "k",
    }  # fmt: skip
    made = correct(tmp_path, {2: put})
    assert made.schema == ROWS.schema
    assert made[0].equals(ROWS[0])
    assert made[2].equals(ROWS[2])
    expected = ROWS[1].to_dicts()[0] | {
        "text": "nuevo", "whole": 77, "broken": 100.5, "exact": Decimal("3.50"), "flag": True,
        "day": dt.date(2026, 11, 3), "hour": dt.time(10, 30), "kind": "u", "x.y": "k",
        "client": {"name": "b", "of": {"rfc": "r"}},
    }  # fmt: skip
    found = made[1].to_dicts()[0]
    same = expected.keys() - {"short", "moment", "zoned"}
    assert {name: found[name] for name in same} == {name: expected[name] for name in same}
    assert f"{found['short']:.6f}" == "0.300000"
    assert found["moment"].isoformat() == "2026-11-03T10:00:00.250000"
    assert found["zoned"].isoformat() == "2026-11-03T10:00:00-06:00"


def test_an_emptied_cell_is_null_but_for_a_text(tmp_path: Path) -> None:
    made = correct(tmp_path, {1: dict.fromkeys(["text", "whole", "day", "client.name"], "")})
    assert made[0].select("text", "whole", "day").rows() == [("", None, None)]
    assert made["client"][0]["name"] == ""


def test_a_column_of_nothing_becomes_one_of_text(tmp_path: Path) -> None:
    made = correct(tmp_path, {2: {"null": "x"}})
    assert made["null"].to_list() == [None, "x", None]


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("whole", "007", "whole numbers"),
        ("whole", "1.5", "whole numbers"),
        ("whole", "99999999999", "whole numbers"),
        ("broken", "1,5", "numbers"),
        ("broken", "0.12345678901234567890123", "numbers"),
        ("exact", "1.234", "numbers"),
        ("flag", "si", "true or false"),
        ("day", "03/11/2026", "days"),
        ("moment", "2026-11-03T10:00:00Z", "moments"),
        ("moment", "2026-11-03T10:00:00.1234567", "moments"),
        ("zoned", "2026-11-03T10:00:00", "moments"),
        ("kind", "w", "and 'w' is none of them"),
    ],
)
def test_a_text_that_is_not_of_its_columns_type_is_refused_with_its_place(
    column: str, text: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        correct(tmp_path, {2: {column: text}})
    assert f"a.parquet, row 2: the column '{column}'" in caught.value.message
    assert words in caught.value.message
    assert caught.value.hint


def test_rows_are_corrected_wherever_their_row_group_is(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {"id": pl.int_range(100_000, eager=True).cast(pl.String), "n": pl.int_range(100_000, eager=True)}
    )
    lines = {line: {"id": f"c{line}", "n": "0"} for line in range(1, 100_001, 7_777)}
    made = correct(tmp_path, lines, rows).with_row_index("line", 1)
    assert made.filter(pl.col("id").str.starts_with("c"))["line"].to_list() == sorted(lines)
    assert (
        made.filter(~pl.col("line").is_in([*lines]))
        .drop("line")
        .equals(rows.with_row_index("line", 1).filter(~pl.col("line").is_in([*lines])).drop("line"))
    )
