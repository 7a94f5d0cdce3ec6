"""The report of a real import against a real server: the page agrees with the result, and keeps the key to itself."""

from __future__ import annotations

from pathlib import Path

from builders import Files, RecordingEvents, a_client
from pages import text_of

from pipeline.importer.flow import ImportRequest, import_files
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings

KEY = "sk_test_4f9c2ThisKeyIsASecret"


def test_an_import_leaves_a_page_that_tells_what_its_result_tells(
    sandbox: EmbeddedSandbox, files: Files, state_dir: Path, console: RecordingEvents
) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    rows = [a_client(), a_client(internalId="c2", rfc="XAXX010101000", name=hostile, email=hostile)]
    path = files.csv(rows, 'we <b>"&".csv')
    report = files.folder / "report.html"
    settings = Settings(api_key=KEY, base_url=sandbox.base_url, state_dir=state_dir, lang="es")

    result = import_files(ImportRequest((str(path),), report=report), settings, console.caller())

    html = report.read_text("utf-8")
    text = text_of(html)
    counts = result.resources["clients"]
    assert (counts.read, counts.rejected) == (2, 1)
    assert f"clientes: 2 leídos = {counts.created} creados + 1 rechazados aquí" in text
    assert result.run is not None
    assert result.run in text
    assert "API-EMAIL × 1" in text
    assert hostile in text
    assert "<img" not in html
    assert "Fin 20" in text
    assert f"gigbulk import '{result.outputs['rejects']}'" in text
    assert KEY not in html
    assert KEY[-8:] not in html
