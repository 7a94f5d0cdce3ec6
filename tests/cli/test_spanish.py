"""Where Spanish is asked for, whatever a person reads is Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from running import Gigbulk

from pipeline.api.paging.listing import envelope_of
from pipeline.api.verdict import Judgement, Verdict
from pipeline.cli import cli
from pipeline.cli.samples import find_samples
from pipeline.errors import ApiStop
from pipeline.language.catalogue import translate
from pipeline.language.say import say
from pipeline.sandbox import EmbeddedSandbox, Options
from schemas.sat.editions import MANIFEST, user_folder

ENGLISH = re.compile(
    r"\b(the|is|are|was|were|cannot|of|and|with|this|that|there|which|what|your|its|been|be|to|for|by|in|on|at|not|an|"
    r"it|nothing|run|file|row|rows|record|records|would|has|have|created|read|unsent|rejected|refused|done|yes|keys|names|from|words|other)\b",
    re.IGNORECASE,
)
"""Words that make an English sentence, and are no Spanish ones."""

SAID_AS_IT_IS = re.compile(
    r"^ +gigbulk .*|gigbulk( \w+)*"  # commands to copy
    r"|--as created|\(created o absent\)|--[\w-]+( yes| no)?"  # flags
    r"|^\$.*|^Register-ScheduledTask .*|^\[Environment\].*"  # PowerShell
    r"|^\t\S+$|`[^`]*`|\[[\w|/. -]+\]|<[^>]*>"  # values of flags
    r"|\S*[/\\.=_]\S*"  # paths, addresses, settings, fields
    r"|docs/\S+ \w+ \w+"
)


def english_in(text: str) -> list[str]:
    return [line for line in text.splitlines() if ENGLISH.search(SAID_AS_IT_IS.sub(" ", line))]


@pytest.fixture
def spanish(gigbulk: Gigbulk, monkeypatch: pytest.MonkeyPatch) -> Gigbulk:
    """Runs `gigbulk` as a user whose system is set to Spanish."""
    monkeypatch.setenv("LANG", "es_MX.UTF-8")
    return gigbulk


def commands(group: click.Group = cli, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*above, name)
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))


@pytest.mark.parametrize("command", [(), *commands()], ids=" ".join)
def test_help_is_spanish(spanish: Gigbulk, command: tuple[str, ...]) -> None:
    shown = spanish(*command, "--help")
    assert english_in(shown.out) == []
    assert "Uso: gigbulk" in shown.out


def test_help_is_english_for_one_who_asks_for_it(spanish: Gigbulk) -> None:
    assert "Usage: gigbulk import [OPTIONS] FILE..." in spanish("import", "--lang", "en", "--help").out


USAGE = [
    ["nonesuch"],
    ["import"],
    ["import", "x.csv", "--nope"],
    ["import", "x.csv", "--limit", "x"],
    ["import", "x.csv", "--concurrency", "0"],
    ["import", "x.csv", "--as", "cows"],
    ["runs", "show"],
    ["runs", "settle", "x"],
    ["runs", "show", "a", "b"],
    ["catalogs", "update"],
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_a_wrong_call_is_told_in_spanish(spanish: Gigbulk, words: list[str]) -> None:
    ran = spanish(*words)
    assert ran.code == 2
    assert english_in(ran.err) == []


RUNS = [
    ["check", "clients.csv", "clients_mistakes.csv", "payments_mistakes.csv", "--problems", "p.csv"],
    ["import", "clients.csv", "services.csv", "payments.csv", "--sandbox"],
    ["import", "clients.csv", "payments.jsonl", "--sandbox", "--dry-run"],
    ["import", "clients_mistakes.csv", "--sandbox", "--report", "r.html"],
    ["import", "clients.csv"],
    ["export", "cows", "--sandbox"],
    ["demo", "-o", "demo"],
    ["export", "--all", "-o", "out", "--sandbox"],
    ["export", "clients", "-o", "-", "--sandbox"],
    ["export"],
    ["export", "clients", "--filter", "x"],
    ["export", "clients"],
    ["runs"],
    ["runs", "list"],
    ["runs", "show", "x"],
    ["runs", "report", "x"],
    ["runs", "resume"],
    ["runs", "settle", "x", "--as", "created"],
    ["runs", "prune"],
    ["doctor"],
    ["doctor", "--sandbox"],
    ["catalogs", "search", "tornillos"],
    ["catalogs", "search", "qqqq"],
    ["catalogs", "show", "84111506"],
    ["catalogs", "show", "601"],
    ["catalogs", "show", "99999999"],
    ["catalogs", "info"],
    ["catalogs", "update", "clients.csv"],
    ["catalogs", "update", "none.xls"],
    ["schedule", "print"],
    ["schedule", "print", "--cron", "doctor"],
    ["schedule", "print", "--cron"],
    ["schedule", "print", "--systemd", "export", "payments"],
    ["schedule", "print", "--windows", "import", "payments.csv"],
    ["template", "clients", "-o", "clients.xlsx"],
    ["template", "payments", "-o", "payments.txt"],
    ["sandbox", "--list-faults"],
    ["schedule", "print", "--cron", "export", "--nope"],
    ["sandbox", "--fault", "x"],
    ["sandbox", "--fault", "nonesuch=1"],
]


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
def test_what_a_command_tells_is_spanish(spanish: Gigbulk, words: list[str]) -> None:
    for path in find_samples().glob("*.*"):
        Path(path.name).write_bytes(path.read_bytes())
    ran = spanish(*words)
    rows = words[:1] == ["export"] and "-" in words
    assert english_in(ran.err if rows else ran.out + ran.err) == []


XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{types}</xs:schema>"""
TYPES = {"ClaveProdServ": "84111506", "ClaveUnidad": "H87", "CodigoPostal": "06600"}


def test_every_verb_of_the_catalogues_is_spanish_with_a_file_of_ones_own_too(spanish: Gigbulk) -> None:
    types = "".join(
        f'<xs:simpleType name="c_{name}"><xs:restriction base="xs:string"><xs:enumeration value="{key}"/>'
        "</xs:restriction></xs:simpleType>"
        for name, key in TYPES.items()
    )
    Path("catCFDI.xsd").write_text(XSD.format(types=types), "utf-8")
    update = ["catalogs", "update", "catCFDI.xsd", "--edition"]
    for words in (
        [*update, "2026-09-01"],
        [*update, "2019-09-01"],
        [*update, "2999-09-01", "--allow-loss"],
        [*update, "2026-09-01", "--allow-loss"],
        ["catalogs", "info"],
        ["catalogs", "show", "84111506"],
        ["catalogs", "search", "facturación"],
    ):
        ran = spanish(*words)
        assert english_in(ran.out + ran.err) == [], words
    assert "yours" not in spanish("catalogs", "info").out


@pytest.mark.parametrize(("lang", "said"), [("es", "claves, nombres, XSD"), ("en", "keys, names, XSD")])
def test_the_source_of_a_catalogue_is_said_in_the_language_asked_for(gigbulk: Gigbulk, lang: str, said: str) -> None:
    assert said in gigbulk("catalogs", "info", "--lang", lang).out
    assert "keys, names, XSD" in gigbulk("catalogs", "info", "--lang", lang, "--json").out


def test_one_who_asks_for_english_gets_it(spanish: Gigbulk) -> None:
    assert "There is no run x" in spanish("runs", "show", "x", "--lang", "en").err


def test_a_settings_file_says_the_language_too(gigbulk: Gigbulk) -> None:
    Path("gigbulk.toml").write_text('lang = "es"\n')
    assert "No existe la corrida x" in gigbulk("runs", "show", "x").err


def test_names_in_json_and_logs_stay_english(spanish: Gigbulk) -> None:
    ran = spanish("runs", "show", "x", "--json", "--log-json")
    assert ran.result["status"] == "failed"
    assert ran.result["error"] == "No existe la corrida x: nada se ha corrido con esta carpeta de estado."
    assert '"There is no run x: nothing was run with this state folder."' in ran.err


def test_what_is_told_of_a_file_is_english_in_the_log(spanish: Gigbulk) -> None:
    Path("dates.csv").write_bytes(b"internalId;name;rfc;email;taxSystem;address.zip\n1;a;b;c;d;e\n")
    ran = spanish("check", "dates.csv", "--log-json", "--json")
    assert "semicolon" in ran.err
    assert not re.search(r"[áéíóúñ]|\b(fechas|se|de|los|el)\b", ran.err)


@pytest.fixture
def unsure() -> Iterator[EmbeddedSandbox]:
    """An account whose server answers every create with a proxy's page and stores nothing."""
    with EmbeddedSandbox(Options(faults={"html_413": 1})) as running:
        yield running


def test_why_a_record_was_not_created_is_spanish_in_the_history_and_in_the_report(
    spanish: Gigbulk, unsure: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIGSTACK_BASE_URL", unsure.base_url)
    monkeypatch.setenv("GIGSTACK_API_KEY", "any")
    held = (find_samples() / "clients.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    Path("clients.csv").write_text("".join(held[:3]), encoding="utf-8")
    sent = spanish("import", "clients.csv", "--yes")
    assert english_in(sent.out + sent.err) == []
    run = spanish("runs", "list", "--json").result["runs"][0]["run"]
    shown, written = spanish("runs", "show", run), spanish("runs", "report", run, "-o", "r.html")
    assert english_in(written.out + written.err) == []
    for told in (shown.out, Path("r.html").read_text(encoding="utf-8")):
        assert "413 de un intermediario: una página web titulada" in told
    assert english_in(shown.out.replace("Request Entity Too Large", "")) == []


ENDED = {
    "html_413": "413 de un intermediario: una página web titulada",
    "redirect": "El servidor redirige a",
    "rate_429_later": "(hora de la Ciudad de México)",
    "false_success": "200 database_error del API",
    "drop_before_commit": "el servidor cerró la conexión sin una respuesta completa",
    "login_page": "una página web titulada",
    "expired_token": "El API detuvo la corrida",
}
"""What a server may do to every create, and of what the history tells then."""


@pytest.mark.parametrize("fault", ENDED)
def test_what_a_past_run_ended_with_is_as_spanish_as_it_was_at_the_time(
    spanish: Gigbulk, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The journal keeps English: sentences in sentences, a count or a status in brackets behind them."""
    held = (find_samples() / "clients.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    Path("clients.csv").write_text("".join(held[:3]), encoding="utf-8")
    with EmbeddedSandbox(Options(faults={fault: 1})) as server:
        monkeypatch.setenv("GIGSTACK_BASE_URL", server.base_url)
        monkeypatch.setenv("GIGSTACK_API_KEY", "any")
        live = spanish("import", "clients.csv", "--yes")
    (run,) = (known["run"] for known in spanish("runs", "list", "--json").result["runs"])
    shown = spanish("runs", "show", run).out
    spanish("runs", "report", run, "-o", "r.html")
    page = re.sub(r"<style>.*?</style>|<[^>]*>", "\n", Path("r.html").read_text(encoding="utf-8"), flags=re.DOTALL)
    theirs = re.compile("Request Entity Too Large|Sign in|the key has expired")
    for told in (live.out + live.err, shown, page):
        assert english_in(theirs.sub("", told)) == []
    assert ENDED[fault] in shown and ENDED[fault] in page


def test_the_list_that_cannot_be_read_has_its_spanish_name() -> None:
    with pytest.raises(ApiStop) as stopped:
        envelope_of(Judgement(Verdict.STOP, say("The API refused it")), "payments")
    assert translate(stopped.value.args[0], "es") == "La lista de pagos no se puede leer: El API lo rechazó"


def test_a_damaged_catalogue_is_told_in_spanish(spanish: Gigbulk) -> None:
    made = user_folder() / "2030-01-01.0001"
    made.mkdir(parents=True)
    (made / MANIFEST).write_text("{", encoding="utf-8")
    ran = spanish("catalogs", "search", "tornillos")
    assert ran.code == 3
    assert "no se puede usar" in ran.err and f"Borre la carpeta {made}." in ran.err


CLIENT = "internalId,name,rfc,email,taxSystem,address.zip\n"
REFUSED: dict[str, bytes | None] = {
    "missing.csv": None,
    "empty.csv": b"",
    "no_headings.csv": b",,,\n1,2,3,4\n",
    "no_rows.csv": CLIENT.encode(),
    "unknown.csv": b"foo,bar,baz\n1,2,3\n",
    "twice.csv": b"name,name,rfc\n1,2,3\n",
    "both.csv": b"internalId,name,Nombre,rfc,razon social\n1,2,3,4,5\n",
    "ragged.csv": CLIENT.encode() + b"1,2,3,4,5,6,7\n",
    "cut.csv": CLIENT.encode() + b"1,a,b,c,d,e\n1,2,3",
    "open_quote.csv": CLIENT.encode() + b'1,"a,b,c,d,e\n2,3,4,5,6,7\n',
    "one_cell.csv": CLIENT.encode() + b"1,a,b,c,d,e\nx\n",
    "binary.csv": b"name,rfc\n\x00\x01\x02,\x03\n",
    "pdf.csv": b"%PDF-1.7 name,rfc\n1,2\n",
    "zip.csv": b"PK\x03\x04 name,rfc\n1,2\n",
    "odd_bytes.csv": CLIENT.encode() + b"1,\x81\x8d\x8f\x90,b,c,d,e\n",
    "whole.json": b"[{}]",
    "no_suffix": b"name,rfc\n1,2\n",
    "array.jsonl": b'[{"name": 1}]\n',
    "broken.jsonl": b'{"name": 1\n',
    "comma.jsonl": b'{"name": 1},\n{"name": 2}\n',
    "key_twice.jsonl": b'{"name": 1, "name": 2}\n',
    "false.parquet": b"PAR1 this is none",
    "short.csv.gz": b"\x1f\x8b\x08\x00\x00",
    "dates.csv": b"internalId,clientId,items.name,items.quantity,items.total,date\na,b,c,1,2,25/06/2026\n"
    b"b,b,c,1,2,06/25/2026\n",
    "total.csv": b"internalId,clientId,items.name,items.quantity,Total\na,b,c,1,2\n",
}
"""Files that cannot be used, and what they hold; None where there is no such file."""


@pytest.mark.parametrize("name", REFUSED)
def test_why_a_file_cannot_be_used_is_told_in_spanish(spanish: Gigbulk, name: str) -> None:
    held = REFUSED[name]
    if held is not None:
        Path(name).write_bytes(held)
    ran = spanish("check", name)
    assert ran.code
    assert english_in(ran.out + ran.err) == []
