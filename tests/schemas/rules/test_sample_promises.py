"""The first word of a sample's internalId is a promise (samples/README.md), kept by the public check."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from builders import python

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """internalId → severities of its findings, of both files with mistakes."""
    folder = tmp_path_factory.mktemp("samples")
    for name in SAMPLES.glob("*.csv"):
        shutil.copy(name, folder)
    found: dict[str, set[str]] = {}
    for files in (["clients_mistakes.csv"], ["clients.csv", "services.csv", "payments_mistakes.csv"]):
        problems = folder / "problems.jsonl"
        paths = [str(folder / name) for name in files]
        run = "import runpy, sys; sys.argv[0] = 'gigbulk'; runpy.run_module('pipeline', run_name='__main__')"
        python(run, "check", *paths, "--problems", problems, "--json")
        ids = pl.read_csv(paths[-1], infer_schema=False)["internalId"].drop_nulls()
        found |= {key: set() for key in ids}
        for line in problems.read_text().splitlines():
            finding = json.loads(line)
            if finding["key"] in found:
                found[finding["key"]].add(finding["severity"])
    return found


def test_mal_is_rejected(outcome: dict[str, set[str]]) -> None:
    assert [key for key, said in outcome.items() if key.startswith("MAL") and "error" not in said] == []


def test_aviso_is_accepted_with_a_warning(outcome: dict[str, set[str]]) -> None:
    assert {key: said for key, said in outcome.items() if key.startswith("AVISO") and said != {"warning"}} == {}


def test_arreglo_is_repaired_and_accepted(outcome: dict[str, set[str]]) -> None:
    assert {key: said for key, said in outcome.items() if key.startswith("ARREGLO") and said != {"fix"}} == {}


def test_bien_has_nothing_to_say(outcome: dict[str, set[str]]) -> None:
    assert {key: said for key, said in outcome.items() if key.startswith("BIEN") and said} == {}
