"""Members of a line of JSON written anew: all else of the line, and every other line, stays as it is spelled."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.formats import FORMATS
from pipeline.formats.json_members import set_members
from pipeline.formats.jsonl import flatten_object

JSONL = FORMATS["jsonl"]
SPELLINGS = {
    "a text": ('{ "a" : "x", "n": 1.50 }', {"a": "ñ"}, '{ "a" : "ñ", "n": 1.50 }'),
    "a number in a number's place": ('{"n": 1.50,"m":1}', {"n": "2.10", "m": "7"}, '{"n": 2.10,"m":7}'),
    "no number in a number's place": ('{"n":1}', {"n": "007"}, '{"n":"007"}'),
    "digits in a text's place": ('{"n":"1"}', {"n": "7"}, '{"n":"7"}'),
    "a boolean": ('{"b":true}', {"b": "false"}, '{"b":false}'),
    "a list": ('{"b":[1, 2]}', {"b": "[3]"}, '{"b":[3]}'),
    "null": ('{"b":null}', {"b": "7"}, '{"b":"7"}'),
    "an emptied cell": ('{"b":7}', {"b": ""}, '{"b":""}'),
    "within objects": ('{"c":{"d":{"e":1},"f":"x"}}', {"c.d.e": "2", "c.f": "y"}, '{"c":{"d":{"e":2},"f":"y"}}'),
    "a dot in a name": ('{"c.d":1,"e":{"f.g":"x"}}', {"c.d": "2", "e.f.g": "y"}, '{"c.d":2,"e":{"f.g":"y"}}'),
    "one that is not there": ('{"a":1}', {"b": "x", "c": "y"}, '{"a":1,"b":"x","c":"y"}'),
    "one that its object lacks": ('{"c":{"d":1 } }', {"c.e": "x"}, '{"c":{"d":1,"e":"x" } }'),
    "in an empty object": ('{"c":{}, "a":1}', {"c.d": "x", "c.e": "y"}, '{"c":{"d":"x","e":"y"}, "a":1}'),
    "where null stands for the object": ('{"c":null}', {"c.d": "x"}, '{"c":null,"c.d":"x"}'),
    "escaped names": ('{"a\\u00f1o":"x"}', {"año": "y"}, '{"a\\u00f1o":"y"}'),
    "quotes and braces in texts": ('{"a":"}\\"{","b":"x"}', {"b": "y"}, '{"a":"}\\"{","b":"y"}'),
}


@pytest.mark.parametrize("case", SPELLINGS)
def test_a_member_is_written_and_the_rest_of_the_line_stays(case: str) -> None:
    before, cells, after = SPELLINGS[case]
    assert set_members(before, cells, ascii_only=False) == after


names = st.sampled_from(["a", "b", "c.d", "ñ", ""])
leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
objects = st.recursive(
    st.dictionaries(names, leaves, max_size=3), lambda inner: st.dictionaries(names, inner | leaves, max_size=3)
)


@given(value=objects, indent=st.sampled_from([",", " ,\t"]), data=st.data())
def test_the_line_says_the_same_but_for_the_corrected_members(
    value: dict[str, object], indent: str, data: st.DataObject
) -> None:
    cells = flatten_object(value)
    put = data.draw(st.dictionaries(st.sampled_from([*cells, "new", "new.er"]), st.text(max_size=5) | st.just("12")))
    leaves_of = json.dumps(value, separators=(indent, ": "))
    made = json.loads(set_members(leaves_of, put, ascii_only=data.draw(st.booleans())))
    assert {name: cell or "" for name, cell in flatten_object(made).items()} == {
        name: cell or "" for name, cell in (cells | put).items()
    }


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_other_lines_stay_byte_for_byte_in_the_files_encoding(codec: str, tmp_path: Path) -> None:
    text = '{"name": "Muñoz García"}\r\n\r\n{"name":"Peña",  "n":1.0}\n{"name":"Núñez"}'
    path, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    path.write_bytes(text.encode(codec))
    JSONL.correct(path, JSONL.look(path), {None: {3: {"name": "Łukasz"}, 1: {"name": "x"}}}, target)
    letter = '"\\u0141ukasz"' if codec == "cp1252" else '"Łukasz"'
    expected = text.replace('"Peña"', letter).replace('"Muñoz García"', '"x"')
    assert target.read_bytes() == expected.encode(codec)
    read = pl.concat(JSONL.read(target, JSONL.look(target)[0], 10))
    assert read["name"].to_list() == ["x", "Łukasz", "Núñez"]


def test_a_blank_line_has_no_row_to_correct(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a":1}\n\n{"a":2}\n')
    with pytest.raises(InputError, match="no row in line 2"):
        JSONL.correct(path, JSONL.look(path), {None: {2: {"a": "3"}}}, tmp_path / "b.jsonl")
