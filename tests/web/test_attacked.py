"""The page is attacked: what is sent is what was shown, once, whatever is pressed, edited or killed in between."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2 as httpx
import polars as pl
import pytest
from page import Page, Reader, open_page

from pipeline.formats import ReadOptions, detect_format
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.source.columns.meanings import is_known_heading
from pipeline.web.bench.corrections import Correction, CorrectionList
from pipeline.web.kept.baskets import Baskets
from pipeline.web.kept.corrected import write_corrected

HEAD = "internalId,name,legal_name,rfc,email,tax_system,use,zip,country"


def clients(path: Path, *ids: str, zip_code: str = "06700") -> Path:
    rows = [f"{i},Ana {i},ANA LOPEZ,XAXX010101000,{i}@correo.example,616,S01,{zip_code},MEX" for i in ids]
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return path


def numbered(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{n}" for n in range(count)]


@pytest.fixture
def api() -> Iterator[str]:
    with EmbeddedSandbox(Options(latency_ms=40)) as running:
        yield running.base_url


@pytest.fixture
def page(api: str, tmp_path: Path) -> Iterator[Page]:
    with open_page(tmp_path / "state", GIGSTACK_API_KEY="sk_test_x", GIGSTACK_BASE_URL=api) as running:
        yield running


@pytest.fixture
def user(page: Page) -> Reader:
    return Reader(page)


def held(api: str) -> dict[str, dict[str, object]]:
    rows: dict[str, dict[str, object]] = {}
    offset = 0
    while True:
        answer = httpx.get(f"{api}/clients?limit=100&offset={offset}", headers={"authorization": "Bearer sk_test_x"})
        data = answer.json()["data"]
        for row in data:
            assert row["metadata"]["internalId"] not in rows
            rows[row["metadata"]["internalId"]] = row
        if len(data) < 100:
            return rows
        offset += 100


def until(there: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)


def send(user: Reader, **fields: str) -> Reader:
    """Press the button of the confirm step that is shown."""
    known = {"plan": user.field("plan"), "word": user.field("word"), "how": "all", "sure": "1"}
    return user.send(f"/b/{user.basket}/send", **known | fields)


def test_what_is_said_of_columns_after_the_plan_is_not_sent_under_it(user: Reader, api: str, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "a.csv", "A-1", "A-2")).step("confirm")
    plan, word = user.field("plan"), user.field("word")
    user.send(f"/b/{user.basket}/understood", **{"map:name": "legal_name", "map:legal_name": "name"})
    user.send(f"/b/{user.basket}/send", plan=plan, word=word, how="all", sure="1").until_sent()
    assert "nothing was sent" in user.text
    assert held(api) == {}
    user.confirm().until_sent()
    assert {row["name"] for row in held(api).values()} == {"ANA LOPEZ"}


def test_go_on_never_finishes_the_run_of_other_files(user: Reader, api: str, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "b.csv", *numbered("B", 500))).confirm()
    until(lambda: held(api))
    user.send(f"/b/{user.basket}/stop").until_sent()
    before = held(api)
    assert len(before) < 500
    user.drop(clients(tmp_path / "c.csv", *numbered("C", 5)))
    user.step("confirm")
    send(user)
    (pid,) = (int(p.read_text()) for p in tmp_path.glob(f"state/web/me/{user.basket}/jobs/2/pid"))
    os.kill(pid, signal.SIGKILL)
    basket = user.basket  # where nothing was begun there is no button for it, and it is asked for all the same
    user.go("/").send(f"/b/{basket}/resume")
    user.go(f"/b/{basket}/progress").until_sent()
    assert set(held(api)) - set(before) <= set(numbered("C", 5))


def test_the_mode_shown_is_that_of_the_plan(user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "a.csv", "A-1")).step("confirm")
    plan = user.field("plan")
    assert "TEST" in user.text
    assert "TEST" in user.go(f"/b/{user.basket}/confirm?plan={plan}&live=1").text


@pytest.mark.parametrize("left_out", [{"how": ""}, {"how": "everything"}, {"sure": ""}])
def test_a_send_that_does_not_say_how_sends_nothing(
    user: Reader, api: str, tmp_path: Path, left_out: dict[str, str]
) -> None:
    user.drop(clients(tmp_path / "a.csv", "A-1", "A-2")).step("confirm")
    send(user, **left_out).until(lambda text: "nothing was sent" in text)
    assert held(api) == {}


def test_a_plan_shown_in_two_windows_is_sent_from_one(user: Reader, api: str, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "a.csv", "A-1", "A-2")).step("confirm")
    words = [user.field("word"), user.go(str(user.shown.url)).field("word")]
    plan, basket = user.field("plan"), user.basket
    user.send(f"/b/{basket}/send", plan=plan, word=words[0], how="one", sure="1").until_sent()
    user.go("/")
    user.send(f"/b/{basket}/send", plan=plan, word=words[1], how="all", sure="1")
    assert "nothing was sent" in user.text
    assert len(held(api)) == 1


def test_corrections_made_in_two_languages_are_all_kept(user: Reader, api: str, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "a.csv", "A-1", "A-2", "A-3"))
    basket = user.basket
    for line, lang in ((2, "en"), (3, "es"), (4, "en")):
        user.client.cookies.set("gigbulk-lang", lang)
        user.go(f"/b/{basket}/correct?show=all").until(lambda text: "Leyendo" not in text and "Reading" not in text)
        user.send(f"/b/{basket}/edits", table="0", line=str(line), heading="zip", value=f"0100{line}", show="all")
    user.client.cookies.set("gigbulk-lang", "es")
    user.go(f"/b/{basket}/correct?show=all").until(lambda text: "Leyendo" not in text)
    user.send(f"/b/{basket}/undo", show="all")
    shown = user.go(f"/b/{basket}/correct?show=all").until(lambda text: "Leyendo" not in text).shown.text
    assert [code in shown for code in ("01002", "01003", "01004")] == [True, True, False]
    user.client.cookies.set("gigbulk-lang", "en")
    user.confirm().until_sent()
    zips = {name: row["address"]["zip"] for name, row in held(api).items()}  # type: ignore[index]
    assert zips == {"A-1": "01002", "A-2": "01003", "A-3": "06700"}


def test_a_correction_cut_short_on_disk_costs_no_other(user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "a.csv", "A-1", "A-2"))
    basket = user.basket
    user.send(f"/b/{basket}/edits", table="0", line="2", heading="zip", value="01002", show="all")
    (edits,) = tmp_path.glob("state/web/me/*/edits.jsonl")
    edits.write_bytes(edits.read_bytes() + edits.read_bytes()[:40])
    kill_benches(basket)
    assert "01002" in user.go(f"/b/{basket}/correct?show=all").until_read().shown.text
    user.send(f"/b/{basket}/edits", table="0", line="3", heading="zip", value="01003", show="all")
    kill_benches(basket)
    shown = user.go(f"/b/{basket}/correct?show=all").until_read().shown.text
    assert "01002" in shown
    assert "01003" in shown


def kill_benches(basket: str) -> None:
    """SIGKILL to the bench of a basket, whose name nobody else has."""
    found = [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if is_bench(path, basket)]
    assert found
    for process in found:
        os.kill(int(process.name), signal.SIGKILL)
    time.sleep(0.2)


def test_a_job_that_could_not_be_begun_does_not_close_the_basket(user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "a.csv", "A-1"))
    (jobs,) = tmp_path.glob("state/web/me/*/jobs")
    (jobs / "7").mkdir()
    user.confirm().until_sent()
    assert "all is in the account" in user.text


def is_bench(cmdline: Path, basket: str) -> bool:
    try:
        words = cmdline.read_text().split("\0")
    except OSError:
        return False
    return "pipeline.web.bench" in words and any(word.endswith(basket) for word in words)


def test_a_text_that_the_file_cannot_hold_is_refused_where_it_is_typed(user: Reader, tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes(clients(tmp_path / "a.csv", "A-1").read_bytes().replace(b"LOPEZ", b"L\xd3PEZ"))
    basket = user.drop(tmp_path / "l.csv").basket
    user.send(f"/b/{basket}/edits", table="0", line="2", heading="zip", value="01002", show="all")
    user.send(f"/b/{basket}/edits", table="0", line="2", heading="name", value="\u0141ukasz", show="all")
    assert "cannot hold" in user.text
    user.go("/").send(f"/b/{basket}/check")
    shown = user.go(f"/b/{basket}/correct?show=all").until_read().shown.text
    assert "01002" in shown
    assert "ukasz" not in shown


def test_files_are_not_deleted_while_they_are_sent(user: Reader, api: str, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "a.csv", *numbered("A", 200))).confirm()
    basket = user.basket
    until(lambda: held(api))
    for path in ("/delete-all", f"/b/{basket}/delete"):
        user.go("/").send(path)
        assert "nothing was deleted" in user.text
    user.go(f"/b/{basket}/progress").until_sent()
    assert "all is in the account" in user.text
    user.go("/").send("/delete-all")
    assert not (tmp_path / "state" / "web" / "me").exists()


def test_files_that_come_back_under_one_name_are_both_sent(tmp_path: Path) -> None:
    basket = Baskets(tmp_path / "me").make(datetime.now(UTC))
    for name, who in (("a.htm", "A-1"), ("a.xlsx", "B-1")):
        path = basket.reserve(name)
        if name == "a.htm":
            path.write_text(f"<table><tr><td>internalId<td>name</tr><tr><td>{who}<td>Ana</tr></table>")
        else:
            pl.DataFrame({"internalId": [who], "name": ["Eva"]}).write_excel(path)
        basket.keep(path)
    corrections = CorrectionList(basket.edits)
    corrections.add(
        Correction(
            file="a.htm", sheet=detect_sheet(basket.originals / "a.htm"), heading="name", value="Ina",
            old={2: "Ana"}, who="me", when=datetime.now(UTC),
        )
    )  # fmt: skip
    names = write_corrected(basket, corrections, basket.corrected)
    assert sorted(names.values()) == ["a.htm", "a.xlsx"]
    assert (basket.corrected / "a.xlsx").read_bytes() == (basket.originals / "a.xlsx").read_bytes()


def detect_sheet(path: Path) -> str | None:
    (shape,) = detect_format(path).look(path, ReadOptions(None, None, is_known_heading))
    return shape.sheet


@pytest.mark.parametrize(
    "stale", [{"table": "9"}, {"table": "-1"}, {"line": "900"}, {"heading": "no such"}, {"line": "1"}]
)
def test_an_edit_of_what_is_not_there_is_a_sentence_and_changes_nothing(
    page: Page, tmp_path: Path, stale: dict[str, str]
) -> None:
    user = Reader(page).drop(clients(tmp_path / "c.csv", "Z-1")).step("correct")
    basket = user.basket
    edit = {"table": "0", "line": "2", "heading": "name", "value": "Otra", "show": "all"} | stale
    user.send(f"/b/{basket}/edits", **edit)
    assert user.shown.status_code == 400 and "other rows than there are now" in user.text
    assert "Ana Z-1" in user.go(f"/b/{basket}/correct?show=all").text
