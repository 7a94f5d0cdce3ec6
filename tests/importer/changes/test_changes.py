"""`import --update`: shown before anything is sent, old values kept, each change made once however it is answered."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from builders import RecordingEvents, csv_text

from pipeline.errors import ApiStop, ConfigError
from pipeline.importer.checked import check
from pipeline.importer.consent.questions import QuestionKind
from pipeline.importer.flow import Caller, ImportRequest, import_files, resume_run
from pipeline.result import Result
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.settings import Settings

HEADINGS = ("internalId", "name", "rfc", "email", "address.zip")
HELD = ("CLI-000001", "Comercio 1", "", "", "06600")


@dataclass
class Office:
    """An account with some clients and services, and a folder with files."""

    server: EmbeddedSandbox
    folder: Path
    events: RecordingEvents = field(default_factory=RecordingEvents)

    @property
    def settings(self) -> Settings:
        return Settings(
            api_key="any-key", base_url=self.server.base_url, dialect="2026", state_dir=self.folder / "state",
            settle_s=0.05, timeout_s=2,
        )  # fmt: skip

    def held(self, resource: str = "clients") -> dict[str, Any]:
        rows = httpx.get(f"{self.server.origin}/_sandbox/records?resource={resource}").json()
        return {row["id"]: row for row in rows}

    def puts(self) -> list[Mapping[str, Any]]:
        return [one for one in httpx.get(f"{self.server.origin}/_sandbox/received").json() if one["method"] == "PUT"]

    def strike(self, **faults: float) -> None:
        httpx.post(f"{self.server.origin}/_sandbox/faults", json=faults)

    def file(self, *rows: Mapping[str, str]) -> Path:
        path = self.folder / "clients.csv"
        names = list(rows[0])
        path.write_text(csv_text([names, *([row[name] for name in names] for row in rows)]), "utf-8")
        return path

    def update(self, path: Path, **asked: Any) -> Result:
        request = ImportRequest((str(path),), **{"update": True, "yes": True, **asked})
        return import_files(request, self.settings, Caller(self.events))

    def client(self, n: int, **cells: str) -> dict[str, str]:
        held = self.held()[f"client_{n}"]
        return {
            "internalId": held["metadata"]["internalId"], "name": held["name"], "rfc": "EKU9003173C9",
            "email": held["email"], "address.zip": "06600",
        } | cells  # fmt: skip


@contextmanager
def opened(folder: Path, clients: int = 5) -> Iterator[Office]:
    with EmbeddedSandbox(Options(dialect="2026", rows={"clients": clients, "services": 3})) as server:
        yield Office(server, folder)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as office:
        yield office


def kept(result: Result) -> list[dict[str, Any]]:
    path = Path(str(result.outputs["changes"]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_what_the_account_holds_is_changed_where_the_file_says_otherwise(office: Office) -> None:
    before = office.held()["client_1"]
    result = office.update(office.file(office.client(1, name="Otro", rfc="EKU9003173C9")))
    after = office.held()["client_1"]
    assert after == before | {"name": "Otro", "tax_id": "EKU9003173C9"}
    assert (result.exit_code, result.changes["clients"]) == (0, {"changed": 1})
    assert [(line["member"], line["old"], line["new"], line["state"]) for line in kept(result)] == [
        ("name", "Comercio 1", "Otro", "changed"),
        ("tax_id", before["tax_id"], "EKU9003173C9", "changed"),
    ]
    counts = result.resources["clients"]
    assert (counts.read, counts.existing, counts.balanced) == (1, 1, True)


def test_nothing_is_sent_before_it_was_agreed_to_and_the_preview_is_kept_by_then(office: Office) -> None:
    path = office.file(office.client(1, name="Otro"))
    request = ImportRequest((str(path),), update=True)
    with check(request, office.settings, office.events) as checked:
        asyncio.run(checked.find_changes())
        (question,) = (q for q in checked.questions if q.kind is QuestionKind.CHANGE)
        assert question.count == 1
        (kept_at,) = (office.folder / "state" / "changes").iterdir()
        assert '"state":"planned"' in kept_at.read_text()
        with pytest.raises(ConfigError, match="changed in the account: 1 record"):
            asyncio.run(checked.send(()))
    assert office.puts() == []
    assert any("1 client would be changed: name (1), tax_id (1)" in str(note) for note in office.events.notes)


def test_a_dry_run_shows_and_sends_nothing(office: Office) -> None:
    result = office.update(office.file(office.client(1, name="Otro")), dry_run=True)
    assert (result.changes["clients"], office.puts()) == ({"would_change": 1}, [])
    assert {line["state"] for line in kept(result)} == {"planned"}


def test_a_record_we_created_is_changed_and_known_as_it_is_from_then_on(office: Office) -> None:
    new = {"internalId": "N-1", "name": "Nueva", "rfc": "EKU9003173C9", "email": "n@x.mx", "address.zip": "06600"}
    assert office.update(office.file(new)).resources["clients"].created == 1
    changed = office.file(new | {"email": "m@x.mx"})
    assert office.update(changed, update=False).resources["clients"].rejected == 1
    assert office.update(changed).changes["clients"] == {"changed": 1}
    again = office.update(changed, update=False)
    assert (again.resources["clients"].existing, again.exit_code) == (1, 0)
    assert office.update(changed).changes["clients"] == {"same": 1}
    assert len(office.puts()) == 1


def test_services_are_changed_too(office: Office) -> None:
    path = office.folder / "services.csv"
    path.write_text("sku,description,unit_price\nSRV-000001,Consultoría 1,77.25\n", "utf-8")
    assert office.update(path).changes["services"] == {"changed": 1}
    assert office.held("services")["service_1"]["unit_price"] == 77.25


@pytest.mark.parametrize("fault", ["drop_after_commit", "truncated_reply", "error_500_before_commit", "html_502"])
def test_a_change_whose_answer_is_lost_is_made_all_the_same(fault: str, office: Office) -> None:
    path = office.file(*(office.client(n, name=f"Otro {n}", rfc="XAXX010101000") for n in range(1, 5)))
    office.strike(**{fault: 0.5})
    result = office.update(path)
    office.strike()
    made = {n for n in range(1, 5) if office.held()[f"client_{n}"]["name"] == f"Otro {n}"}
    told = {int(line["id"][-1]) for line in kept(result) if line["state"] == "changed"}
    assert told == made
    assert result.changes["clients"] == {
        fate: n for fate, n in (("changed", len(made)), ("in_doubt", 4 - len(made))) if n
    }
    assert result.exit_code == (0 if len(made) == 4 else 6)


def test_a_change_in_doubt_is_told_and_is_no_reject_and_its_run_can_be_resumed(office: Office) -> None:
    path = office.file(office.client(1, name="Otro"))
    office.strike(error_500_before_commit=1)
    result = office.update(path)
    office.strike()
    assert (result.exit_code, result.changes["clients"]) == (6, {"in_doubt": 1})
    assert result.outputs["rejects"] is None
    assert any("client_1) is in doubt" in told and "500" in told for told in office.events.warnings)
    resumed = resume_run(None, office.settings, Caller(office.events), yes=True)
    assert (resumed.exit_code, resumed.changes["clients"]) == (0, {"changed": 1})
    assert office.held()["client_1"]["name"] == "Otro"
    assert [line["state"] for line in kept(resumed)] == ["changed"] * len(kept(result))


def test_a_change_that_the_api_refuses_goes_to_the_rejects_as_such(office: Office) -> None:
    request = ImportRequest((str(office.file(office.client(1, name="Otro"))),), update=True, yes=True)
    who = {"Authorization": "Bearer any-key"}
    with check(request, office.settings, office.events) as checked:
        asyncio.run(checked.find_changes())
        httpx.delete(f"{office.server.base_url}/clients/client_1", headers=who).raise_for_status()
        result = asyncio.run(checked.send())
    assert (result.exit_code, result.changes["clients"]) == (1, {"refused": 1})
    assert "API-CHANGE" in Path(str(result.outputs["rejects"])).read_text("utf-8")


def test_an_account_that_cannot_be_read_stops_it_before_anything_is_sent(office: Office) -> None:
    path = office.file(office.client(1, name="Otro"))
    office.strike(expired_token=1)
    with pytest.raises(ApiStop):
        office.update(path)
    office.strike()
    assert office.puts() == []


def test_a_limit_is_one_of_changes_too(office: Office) -> None:
    rows = [office.client(n, name=f"Otro {n}") for n in (1, 2, 3)]
    result = office.update(office.file(*rows), limit=2, ignore=("X-DUP-RFC",))
    assert (result.changes["clients"]["changed"], result.changes["clients"]["unsent"]) == (2, 1)


def test_for_many_records_the_list_is_read_once(tmp_path: Path) -> None:
    with opened(tmp_path, clients=120) as office:
        rows = [office.client(n, email=f"nuevo{n}@x.mx", rfc="XAXX010101000") for n in range(1, 41)]
        result = office.update(office.file(*rows))
    assert result.changes["clients"]["changed"] == 40


def test_dialect_2025_06_changes_nothing_and_says_so(office: Office) -> None:
    request = ImportRequest((str(office.file(office.client(1))),), update=True, yes=True)
    with pytest.raises(ConfigError, match="--update: the API of dialect 2025-06 changes nothing"):
        import_files(request, replace(office.settings, dialect="2025-06"), Caller(office.events))
