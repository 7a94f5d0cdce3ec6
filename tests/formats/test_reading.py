"""Good files of every kind come in as text, with the digits and zeros they were written with and the user's lines."""

from __future__ import annotations

import codecs
import io
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from builders import CODECS, Files, a_client, a_line, csv_text, inspect_table, read_rows, table

from pipeline.errors import InputError
from pipeline.formats import LINE, RAW
from pipeline.source.read import spill_stdin

ROWS = [
    {"internalId": "007", "name": "Peña, S.A.", "rfc": "PEN010101AB1", "email": "p@x.example", "address.zip": "06600"},
    {
        "internalId": "01",
        "name": 'La "Ñ"; 5" | 3',
        "rfc": "LAN010101AB1",
        "email": "n@x.example",
        "address.zip": "01000",
    },
]
CELLS = [tuple(row.values()) for row in ROWS]


def cells(frame: pl.DataFrame) -> list[tuple[str | None, ...]]:
    return frame.drop(LINE, RAW, strict=False).rows()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_is_read_whatever_its_delimiter_and_line_end(files: Files, delimiter: str, end: str) -> None:
    frame = read_rows(files.csv(ROWS, delimiter=delimiter, end=end))
    assert cells(frame) == CELLS
    assert frame[LINE].to_list() == [2, 3]


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_is_read_whatever_its_encoding_and_compression(files: Files, encoding: str, suffix: str) -> None:
    path = files(f"clients.csv{suffix}", CODECS[suffix](csv_text(table(ROWS)).encode(encoding)))
    assert cells(read_rows(path)) == CELLS


def test_utf_16_with_the_mark_of_either_byte_order_is_read(files: Files) -> None:
    text = csv_text(table(ROWS))
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        assert cells(read_rows(files(f"{codec}.csv", mark + text.encode(codec)))) == CELLS


def test_windows_1252_is_told_and_utf_8_is_not(files: Files) -> None:
    text = csv_text(table(ROWS))
    assert any("Windows-1252" in n for n in inspect_table(files("a.csv", text.encode("cp1252")), "a.csv").shape.notes)
    assert inspect_table(files("b.csv", text), "b.csv").shape.notes == ()


def test_compression_is_told_by_the_bytes_and_not_by_the_name(files: Files) -> None:
    packed = CODECS[".gz"](csv_text(table(ROWS)).encode())
    assert cells(read_rows(files("clients.csv", packed))) == CELLS


def test_excels_separator_line_is_obeyed_and_still_counted_as_a_line(files: Files) -> None:
    frame = read_rows(files("clients.csv", "sep=;\n" + csv_text(table(ROWS), delimiter=";")))
    assert cells(frame) == CELLS
    assert frame[LINE].to_list() == [3, 4]


def test_lines_are_those_of_the_users_file_where_cells_hold_line_breaks_and_lines_are_blank(files: Files) -> None:
    rows = [
        a_client(name="one"),
        a_client(name="two\nlines"),
        a_client(name="three\r\nmore\nlines"),
        a_client(name="x"),
    ]
    text = csv_text(table(rows)).replace("c1,x", "\n\nc1,x")
    frame = read_rows(files("clients.csv", text))
    assert frame[LINE].to_list() == [2, 3, 5, 10]
    assert frame["name"].to_list() == ["one", "two\nlines", "three\r\nmore\nlines", "x"]
    assert text.splitlines()[10 - 1].startswith("c1,x")


def test_csv_rows_without_any_value_are_passed_over_like_blank_lines_whatever_their_width(files: Files) -> None:
    frame = read_rows(files("c.csv", 'name,rfc,email\n,,\na,b,c\n , ,\t\n"","",""\n,,,,,\n,\nd,,\n,,\n'))
    assert cells(frame) == [("a", "b", "c"), ("d", "", "")]
    assert frame[LINE].to_list() == [3, 8]


def test_parquet_rows_without_any_value_are_passed_over_like_blank_lines(files: Files) -> None:
    path = files("c.parquet", "")
    pl.DataFrame({"name": ["a", None, " ", "b"], "rfc": [None] * 4, "email": ["x", None, "", "y"]}).write_parquet(path)
    frame = read_rows(path)
    assert frame["name"].to_list() == ["a", "b"]
    assert frame[LINE].to_list() == [1, 4]


def test_rows_of_invisible_characters_alone_are_passed_over_in_every_format(files: Files) -> None:
    rows = [{"name": "a", "rfc": "b", "email": "c"}, dict.fromkeys(("name", "rfc", "email"), "\u200b\ufeff \xad")]
    for path in (
        files.csv(rows),
        files("short.csv", "name,rfc,email\na,b,c\n\u200b,\u2060\n"),
        files.jsonl(rows),
        files.parquet(pl.DataFrame(rows)),
    ):
        assert read_rows(path, "clients")["name"].to_list() == ["a"]


def test_jsonl_objects_without_any_value_are_passed_over_like_blank_lines(files: Files) -> None:
    lines = [
        '{"name":"a","rfc":"b","email":"c"}',
        "{}",
        '{"name":null,"rfc":" "}',
        '{"address":{"zip":null}}',
        '{"name":0}',
    ]
    frame = read_rows(files("c.jsonl", "\n".join(lines)))
    assert frame["name"].to_list() == ["a", "0"]
    assert frame[LINE].to_list() == [1, 5]


def test_empty_cells_beyond_the_last_heading_are_excels_and_mean_nothing(files: Files) -> None:
    assert cells(read_rows(files("c.csv", "name,rfc,email,,\na,b,c,,\n"))) == [("a", "b", "c")]


def test_a_quote_inside_an_unquoted_cell_is_an_inch_mark(files: Files) -> None:
    assert read_rows(files("c.csv", 'name,rfc,email\nPantalla 24",b,c\n'))["name"].to_list() == ['Pantalla 24"']


def test_standard_input_is_told_by_its_contents(files: Files) -> None:
    frame = pl.DataFrame([a_client()])
    parquet = io.BytesIO()
    frame.write_parquet(parquet)
    jsonl = frame.write_ndjson().encode()
    written = {"csv": frame.write_csv().encode(), "jsonl": jsonl, "parquet": parquet.getvalue()}
    for kind, content in written.items():
        source = inspect_table(spill_stdin(io.BytesIO(content), files.folder), "-")
        assert (source.format, source.rows) == (kind, 1)


def test_jsonl_numbers_keep_the_digits_they_are_written_with(files: Files) -> None:
    written = ["100.50", "1500", "0.1", "1E5", "12345678901234567890", "0.30000000000000004", "1e-7"]
    rows = "".join(f'{{"name":{n},"rfc":"b","email":"c"}}\n' for n in written)
    assert read_rows(files("c.jsonl", rows))["name"].to_list() == written


def test_jsonl_values_that_look_like_keys_and_keys_of_several_objects_are_not_a_key_twice(files: Files) -> None:
    line = (
        '{"clientId":"c\\":","metadata":{"internalId":"10:00","a":{"at":"\\"at\\":"}},'
        '"items":[{"name":"\\"name\\" :"},{"name":":"}]}\n'
    )
    (row,) = read_rows(files("p.jsonl", line), "payments").drop(LINE, RAW).to_dicts()
    assert (row["clientId"], row["metadata.internalId"], row["metadata.a.at"]) == ('c":', "10:00", '"at":')
    assert row["items"] == r'[{"name":"\"name\" :"},{"name":":"}]'


def test_jsonl_objects_become_dotted_columns_and_lists_json(files: Files) -> None:
    line = (
        '{"metadata":{"internalId":"007","a":{"b":true}},"clientId":null,'
        '"items":[{"name":"x","total":100.50,"taxes":[{"rate":0.16}]}]}\n\n'
    )
    frame = read_rows(files("p.jsonl", line + '{"paid":false,"items":[]}\n'), "payments")
    assert frame[LINE].to_list() == [1, 3]
    first, second = frame.drop(LINE, RAW).to_dicts()
    assert first == {
        "metadata.internalId": "007",
        "metadata.a.b": "true",
        "clientId": None,
        "items": '[{"name":"x","total":"100.50","taxes":[{"rate":"0.16"}]}]',
        "paid": None,
    }
    assert (second["paid"], second["items"]) == ("false", "[]")


def test_parquet_keeps_every_stored_type_without_loss(files: Files) -> None:
    noon = datetime(2026, 5, 31, 12, 0, 0, 250_000)  # noqa: DTZ001  (Parquet has times without a zone)
    stored = {
        "name": pl.Series(["006"]),
        "rfc": pl.Series([Decimal("100.50")], dtype=pl.Decimal(12, 2)),
        "email": pl.Series([12345678901234567], dtype=pl.Int64),
        "day": pl.Series([date(2026, 5, 31)]),
        "hour": pl.Series([time(8, 30)]),
        "naive": pl.Series([noon]),
        "aware": pl.Series([noon.replace(tzinfo=ZoneInfo("America/Mexico_City"))]),
        "utc": pl.Series([noon.replace(tzinfo=UTC)]),
        "flag": pl.Series([True]),
        "single": pl.Series([0.1], dtype=pl.Float32),
        "singles": pl.Series([[0.1]], dtype=pl.List(pl.Float32)),
        "not_a_number": pl.Series([float("nan")]),
        "not_numbers": pl.Series([[float("nan"), float("inf")]]),
        "word": pl.Series(["x"], dtype=pl.Categorical),
        "nothing": pl.Series([None], dtype=pl.Null),
    }
    frame = read_rows(files.parquet(pl.DataFrame(stored)))
    assert frame.drop(LINE, RAW).row(0, named=True) == {
        "name": "006",
        "rfc": "100.50",
        "email": "12345678901234567",
        "day": "2026-05-31",
        "hour": "08:30:00",
        "naive": "2026-05-31T12:00:00.250",
        "aware": "2026-05-31T12:00:00.250-06:00",
        "utc": "2026-05-31T12:00:00.250+00:00",
        "flag": "true",
        "single": "0.1",
        "singles": '["0.1"]',
        "not_a_number": "NaN",
        "not_numbers": '["NaN","inf"]',
        "word": "x",
        "nothing": None,
    }


def test_parquet_structs_become_dotted_columns_and_lists_of_structs_json(files: Files) -> None:
    frame = pl.DataFrame(
        {
            "metadata": [{"internalId": "01", "deep": {"er": 1}}, None],
            "clientId": ["c", "d"],
            "items": [[{"name": "x", "total": Decimal("10.10")}], []],
        }
    )
    read = read_rows(files.parquet(frame), "payments")
    assert read[LINE].to_list() == [1, 2]
    assert cells(read) == [("01", "1", "c", '[{"name":"x","total":"10.10"}]'), (None, None, "d", "[]")]


def test_rows_come_in_batches_of_the_size_that_was_asked_for(files: Files) -> None:
    from pipeline.formats import FORMATS

    rows = [a_client(internalId=str(i)) for i in range(10)]
    for path in (files.csv(rows), files.jsonl(rows), files.parquet(pl.DataFrame(rows))):
        kind = FORMATS[path.suffix[1:]]
        (shape,) = kind.look(path)
        frames = list(kind.read(path, shape, 4))
        assert [frame.height for frame in frames] == [4, 4, 2]
        first = 2 if kind.name == "csv" else 1
        assert pl.concat(frames)[LINE].to_list() == list(range(first, first + 10))


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "ndjson", "parquet", "pq"])
def test_every_suffix_the_readme_names_is_known_whatever_its_case(files: Files, suffix: str) -> None:
    row = a_line()
    name = f"payments.{suffix.upper()}"
    if suffix in ("csv", "tsv"):
        path = files.csv([row], name)
    elif suffix in ("jsonl", "ndjson"):
        path = files.jsonl([row], name)
    else:
        path = files.parquet(pl.DataFrame([row]), name)
    source = inspect_table(path, name)
    assert (source.resource, source.rows) == ("payments", 1)


@pytest.mark.parametrize(
    "line",
    [
        '{"name":"b","rfc":"c","email":"d","client":null}',
        '{"name":"b","rfc":"c","email":"d","client":{"address":null,"from":{"x":null}}}',
        '{"name":"b","rfc":"c","email":"d","address":null,"things":null,"metadata":null}',
    ],
)
def test_null_in_jsonl_is_nothing_there_at_any_depth(files: Files, line: str) -> None:
    full = '{"name":"a","rfc":"b","email":"c","address":{"zip":"06600"},"metadata":{"x":"y"}}'
    for text in (line, f"{full}\n{line}", f"{line}\n{full}"):
        path = files("clients.jsonl", text)
        source = inspect_table(path, path.name)
        assert source.unknown == ()
        assert source.rows == text.count("\n") + 1
    assert inspect_table(files("a.jsonl", full[:-1] + ',"client":{"x":1}}'), "a.jsonl").unknown == ("client.x",)


def test_jsonl_objects_separated_by_commas_are_refused_for_them(files: Files) -> None:
    with pytest.raises(InputError, match="line 1 is not JSON") as caught:
        read_rows(files("c.jsonl", '{"name":"a"},\n{"name":"b"}\n'))
    assert "comma" in caught.value.hint
