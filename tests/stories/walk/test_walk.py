"""The walk from a user's files to the API and back, as one story after the other."""

from __future__ import annotations

import csv
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.sandbox import EmbeddedSandbox, Options
from tests.stories.walk.conftest import KEY, Gigbulk, Server

SAMPLES = Path(__file__).parents[3] / "samples"
CLEAN = ("clients.csv", "services.csv", "payments.csv")


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A copy of the samples, since rejects are written beside the input."""
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder)
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_good_record_reaches_the_api_once_with_its_amount_and_its_client(
    gigbulk: Gigbulk, samples: Path, server: Server
) -> None:
    ran = gigbulk("import", *(samples / name for name in reversed(CLEAN)), "--json")
    assert ran.code == 0, ran.err
    assert {name: c["created"] for name, c in ran.result["resources"].items()} == {
        "clients": 48, "services": 28, "payments": 220,
    }  # fmt: skip
    payments = server.records("payments")
    ids = {row["internalId"] for row in rows_of(samples / "payments.csv")}
    assert sorted(p["metadata"]["internalId"] for p in payments) == sorted(ids)
    clients = {c["id"]: c["metadata"]["internalId"] for c in server.records("clients")}
    wanted = {r["internalId"]: r["client_ref"] for r in rows_of(samples / "payments.csv") if r["client_ref"]}
    assert {p["metadata"]["internalId"]: clients[p["clientId"]] for p in payments} == wanted
    assert all(p["avoidEmail"] is True and p["livemode"] is False for p in payments)
    sums = ran.result["sums"]
    in_pesos = [p["amount"] for p in payments if p["currency"] == "MXN"]
    assert (sums["MXN"]["payments"], sums["MXN"]["answered"]) == (len(in_pesos), sum(in_pesos))


def test_a_second_run_of_the_same_files_sends_nothing_and_says_existing(
    gigbulk: Gigbulk, samples: Path, server: Server
) -> None:
    files = [samples / name for name in CLEAN]
    gigbulk("import", *files, "--json")
    before = len(server.received())
    ran = gigbulk("import", *files, "--json")
    assert ran.code == 0
    assert {name: c["existing"] for name, c in ran.result["resources"].items()} == {
        "clients": 48, "services": 28, "payments": 220,
    }  # fmt: skip
    assert len(server.received()) == before


def test_a_payment_finds_the_client_of_an_earlier_run(gigbulk: Gigbulk, samples: Path, server: Server) -> None:
    assert gigbulk("import", samples / "clients.csv", samples / "services.csv").code == 0
    ran = gigbulk("import", samples / "payments.jsonl", "--json")
    assert ran.code == 0, ran.err
    assert ran.result["resources"]["payments"]["created"] == 12


def test_rejected_records_can_be_corrected_and_imported(
    gigbulk: Gigbulk, samples: Path, tmp_path: Path, server: Server
) -> None:
    good = (samples / "payments.csv").read_text(encoding="utf-8").splitlines()
    bad = [line.replace("PAG-0001", "PAG-0001", 1) for line in good[:2]]
    broken = tmp_path / "one.csv"
    broken.write_text(
        "\n".join([bad[0], bad[1].replace(",01,", ",77,").replace(",03,", ",77,").replace(",04,", ",77,")])
    )
    gigbulk("import", samples / "clients.csv", samples / "services.csv")
    ran = gigbulk("import", broken, "--json")
    assert ran.code == 1, ran.err
    rejects = tmp_path / "one.rejects.csv"
    assert ran.result["outputs"]["rejects"] == str(rejects)
    [row] = rows_of(rejects)
    assert row["_line"] == "2" and "PAY-FORM" in row["_codes"] and "77" in row["_errors"]
    rejects.write_text(rejects.read_text(encoding="utf-8").replace(",77,", ",03,"), encoding="utf-8")
    again = gigbulk("import", rejects, "--json")
    assert again.code == 0, again.err
    assert [p["metadata"]["internalId"] for p in server.records("payments")] == ["PAG-0001"]


def test_check_finds_what_import_finds_and_sends_nothing(
    gigbulk: Gigbulk, samples: Path, tmp_path: Path, server: Server, state_dir: Path
) -> None:
    files = [samples / n for n in ("clients.csv", "services.csv", "clients_mistakes.csv", "payments_mistakes.csv")]
    checked = gigbulk("check", *files, "--problems", tmp_path / "a.jsonl", "--json", GIGSTACK_API_KEY="")
    assert checked.code == 1
    assert server.received() == [] and not state_dir.exists()
    imported = gigbulk("import", *files, "--problems", tmp_path / "b.jsonl", "--json")
    assert imported.code == 1
    found = [[json.loads(line) for line in (tmp_path / n).read_text().splitlines()] for n in ("a.jsonl", "b.jsonl")]
    assert found[0] == found[1] and len(found[0]) > 30
    for name, counts in imported.result["resources"].items():
        assert checked.result["resources"][name]["rejected"] == counts["rejected"]
        assert counts["refused"] == 0, "what passes the check is not refused by the API"


def test_a_dry_run_says_what_would_be_created_and_sends_nothing(
    gigbulk: Gigbulk, samples: Path, server: Server
) -> None:
    ran = gigbulk("import", samples / "clients.csv", "--dry-run", "--json")
    counts = ran.result["resources"]["clients"]
    assert (ran.code, counts["would_create"], counts["unsent"]) == (0, 48, 48)
    assert server.received() == []


def test_a_dry_run_needs_no_key_and_says_what_it_could_not_know(
    gigbulk: Gigbulk, samples: Path, server: Server
) -> None:
    gigbulk("import", samples / "clients.csv")
    before = len(server.received())
    files = (samples / "clients.csv", samples / "services.csv", samples / "payments.csv")

    ran = gigbulk("import", *files, "--dry-run", "--json", GIGSTACK_API_KEY="")

    assert ran.code == 0
    clients = ran.result["resources"]["clients"]
    assert clients["would_create"] == clients["unsent"] == clients["read"]
    assert ran.result["resources"]["payments"]["rejected"] == 0, "their clients stand in the files"
    assert "no API key" in ran.err and "counts as new" in ran.err
    assert len(server.received()) == before
    assert gigbulk("import", samples / "clients.csv", "--json", GIGSTACK_API_KEY="").code == 2
    again = gigbulk("import", samples / "clients.csv", "--dry-run", "--json").result["resources"]["clients"]
    assert again["existing"] == again["read"], "with the key the plan knows what was sent"


def test_a_limit_is_a_canary_and_the_rest_follows(gigbulk: Gigbulk, samples: Path, server: Server) -> None:
    first = gigbulk("import", samples / "clients.csv", "--limit", 1, "--json").result["resources"]["clients"]
    assert (first["created"], first["unsent"]) == (1, 47)
    rest = gigbulk("import", samples / "clients.csv", "--json").result["resources"]["clients"]
    assert (rest["created"], rest["existing"]) == (47, 1)
    assert len(server.records("clients")) == 48


def test_a_refused_key_stops_the_run_at_once(gigbulk: Gigbulk, samples: Path, server: Server) -> None:
    ran = gigbulk("import", samples / "clients.csv", "--json", GIGSTACK_API_KEY="revoked-key")
    assert ran.code == 4
    assert ran.result["status"] == "failed" and "key" in ran.result["error"]
    assert server.records("clients") == []


def test_a_row_the_api_refuses_does_not_stop_the_others(gigbulk: Gigbulk, tmp_path: Path, server: Server) -> None:
    lines = ["internalId,clientId,items.name,items.description,items.quantity,items.total,items.product_key,"
             "items.unit_key,items.unit_name"]  # fmt: skip
    lines.append("p-1,client_unknown,Plan,Plan,1,10.00,81112100,E48,Servicio")
    path = tmp_path / "pay.csv"
    path.write_text("\n".join(lines) + "\n")
    ran = gigbulk("import", path, "--json")
    assert ran.code == 1
    assert ran.result["resources"]["payments"]["refused"] == 1
    [row] = rows_of(tmp_path / "pay.rejects.csv")
    assert row["internalId"] == "p-1" and row["_codes"] == "API-REFUSED" and "clientId" in row["_errors"]
    assert row["_errors"].startswith("internalId: Not created: The API refused it (400"), "said once"
    assert "1 row of payments" in ran.err


def test_mail_is_switched_on_only_when_confirmed(gigbulk: Gigbulk, samples: Path, server: Server) -> None:
    gigbulk("import", samples / "clients.csv", samples / "services.csv")
    path = samples / "payments.jsonl"
    path.write_text(path.read_text().replace('"client_ref"', '"avoidEmail": false, "client_ref"'))
    before = len(server.received())
    refused = gigbulk("import", path)
    assert refused.code == 2 and "avoidEmail: 12" in refused.err.replace("12 records", "12")
    assert len(server.received()) == before
    assert gigbulk("import", path, "--yes").code == 0
    assert all(p["avoidEmail"] is False for p in server.records("payments"))


def test_live_rows_need_the_live_flag(gigbulk: Gigbulk, samples: Path, server: Server) -> None:
    gigbulk("import", samples / "clients.csv", samples / "services.csv")
    path = samples / "payments.jsonl"
    path.write_text(path.read_text().replace('"client_ref"', '"livemode": true, "client_ref"'))
    ran = gigbulk("import", path, "--yes")
    assert ran.code == 2 and "--live" in ran.err
    assert server.records("payments") == []


def test_clients_and_services_survive_export_import_export(gigbulk: Gigbulk, samples: Path, tmp_path: Path) -> None:
    assert gigbulk("import", samples / "clients.csv", samples / "services.csv").code == 0
    assert gigbulk("export", "clients", "services", "-o", tmp_path / "first").code == 0
    with EmbeddedSandbox(Options()) as other:
        there = {"GIGSTACK_BASE_URL": other.base_url}
        back = gigbulk("import", tmp_path / "first" / "clients.csv", tmp_path / "first" / "services.csv", **there)
        assert back.code == 0, back.err
        assert gigbulk("export", "clients", "services", "-o", tmp_path / "second", **there).code == 0
    given = {"id", "timestamp", "timestamp_utc", "timestamp_mx", "updatedAt", "updatedAt_utc", "updatedAt_mx"}
    for name in ("clients.csv", "services.csv"):
        first, second = rows_of(tmp_path / "first" / name), rows_of(tmp_path / "second" / name)

        def own(rows: list[dict[str, str]]) -> list[dict[str, str]]:
            kept = [{k: v for k, v in row.items() if k not in given} for row in rows]
            return sorted(kept, key=lambda row: row["metadata.internalId"])

        assert own(first) == own(second)


def test_an_export_has_cents_and_decimals_and_no_secrets(
    gigbulk: Gigbulk, samples: Path, tmp_path: Path, server: Server
) -> None:
    gigbulk("import", *(samples / name for name in CLEAN))
    ran = gigbulk("export", "payments", "-o", tmp_path / "out", "--format", "csv", "--json")
    assert ran.code == 0 and ran.result["resources"]["payments"] == {"rows": 220, "pages": 3, "complete": True}
    rows = rows_of(tmp_path / "out" / "payments.csv")
    assert all(Decimal(r["amount_decimal"]) * 100 == Decimal(r["amount"]) for r in rows)
    text = "".join(p.read_text() for p in (tmp_path / "out").iterdir())
    for payment in server.records("payments"):
        for name in ("token", "client_secret", "shortURL"):
            assert payment[name] and payment[name] not in text


def test_the_key_is_written_nowhere(gigbulk: Gigbulk, samples: Path, tmp_path: Path) -> None:
    runs = [
        gigbulk("import", samples / "clients.csv", "--debug", "--json"),
        gigbulk("export", "clients", "-o", tmp_path / "out"),
        gigbulk("doctor"),
        gigbulk("runs", "--json"),
        gigbulk("doctor", GIGSTACK_BASE_URL="http://127.0.0.1:9/v2", GIGBULK_STATE_DIR="s2"),
    ]
    assert all(KEY not in ran.out + ran.err for ran in runs)
    written = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(written) > 5
    assert all(KEY.encode() not in p.read_bytes() for p in written)


def test_plain_http_is_refused_except_to_this_machine(gigbulk: Gigbulk, samples: Path) -> None:
    ran = gigbulk("import", samples / "clients.csv", GIGSTACK_BASE_URL="http://api.example.test/v2")
    assert ran.code == 2 and "https" in ran.err


def test_the_demo_needs_no_key_and_no_question(gigbulk: Gigbulk, tmp_path: Path) -> None:
    ran = gigbulk("demo", GIGSTACK_API_KEY="", GIGSTACK_BASE_URL="")
    assert ran.code == 0, ran.err
    assert "rejected records" in ran.out and "payments.items.csv" in ran.out
    folder = tmp_path / "gigbulk-demo"
    assert (folder / "exports" / "payments.csv").exists()
    assert (folder / "samples" / "payments_mistakes.rejects.csv").exists()


def test_history_shows_runs_and_one_run(gigbulk: Gigbulk, samples: Path) -> None:
    run = gigbulk("import", samples / "clients.csv", "--json").result["run"]
    assert run in gigbulk("runs").out
    shown = gigbulk("runs", "show", run[:15], "--json").result
    assert shown["resources"]["clients"]["created"] == 48 and shown["files"][0]["rows"] == 48
    assert gigbulk("runs", "show", "nothing-like-it").code == 2


def test_doctor_says_what_is_wrong_with_an_address(gigbulk: Gigbulk) -> None:
    fine = gigbulk("doctor")
    assert fine.code == 0, fine.out + fine.err
    lost = gigbulk("doctor", GIGSTACK_BASE_URL="http://127.0.0.1:9/v2")
    assert lost.code == 4 and "could not connect" in lost.out
