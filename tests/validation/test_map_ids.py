"""Ids inside a metadata object: what a tool changed is repaired or refused as in a column of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import Files, RecordingEvents, a_client
from stage import Recorder

from pipeline.importer.flow import ImportRequest, import_files
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings


@pytest.mark.parametrize(
    ("member", "value", "held", "rule"),
    [
        ("clienteId", "1001.0", "1001", None),
        ("clienteId", 1001.0, "1001", None),
        ("clienteId", " 1001 ", "1001", None),
        ("folio", "0012", "0012", None),
        ("nota", "1001.0", "1001.0", None),
        ("clienteId", "8.41115E+07", None, "NORM-SCIENTIFIC"),
    ],
)
def test_an_id_of_a_metadata_object_is_repaired_or_refused_and_other_members_are_left(
    member: str,
    value: str | float,
    held: str | None,
    rule: str | None,
    files: Files,
    sandbox: EmbeddedSandbox,
    console: RecordingEvents,
    state_dir: Path,
) -> None:
    path = files.csv([a_client(metadata=json.dumps({member: value, "otro": "x"}))])
    settings = Settings(api_key="any", base_url=sandbox.base_url, state_dir=state_dir)
    result = import_files(ImportRequest((str(path),)), settings, console.caller())
    stored = Recorder(sandbox.origin).stored("clients")
    assert [c["metadata"][member] for c in stored] == ([held] if held else [])
    assert [c["metadata"]["otro"] for c in stored] == (["x"] if held else [])
    assert {example["rule"] for example in result.examples} == ({rule} if rule else set())


def test_a_column_of_the_id_goes_before_the_object_and_the_key_is_never_taken_from_it(
    files: Files, sandbox: EmbeddedSandbox, console: RecordingEvents, state_dir: Path
) -> None:
    rows = [a_client(**{"metadata.folio": "7", "metadata": json.dumps({"folio": "8.0", "internalId": "other.0"})})]
    settings = Settings(api_key="any", base_url=sandbox.base_url, state_dir=state_dir)
    import_files(ImportRequest((str(files.csv(rows)),)), settings, console.caller())
    [client] = Recorder(sandbox.origin).stored("clients")
    assert (client["metadata"]["folio"], client["metadata"]["internalId"]) == ("7", "c1")
