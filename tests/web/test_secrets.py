"""What nobody may find: the key, the cookie and the word of the address, wherever something is written or shown."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

from page import Reader, open_page
from walk import a_list

from pipeline.sandbox import EmbeddedSandbox

KEY = "sk_test_no_one_shall_find_this_anywhere_0123456789"


def test_no_page_no_file_and_no_log_holds_a_secret(tmp_path: Path, sandbox: EmbeddedSandbox) -> None:
    state, shown = tmp_path / "state", []
    with open_page(state, GIGSTACK_API_KEY=KEY, GIGSTACK_BASE_URL=sandbox.base_url) as page:
        user = Reader(page)
        user.client.event_hooks["response"].append(lambda answer: shown.append(answer.read()))
        user.drop(a_list(tmp_path / "c.csv")).step("correct").confirm().until_sent()
        for link in set(re.findall(r'href="(/[^"]+)"', user.shown.text)):
            user.client.get(link)
        user.go("/runs")
        run = re.search(r'href="(/runs/[^"]+)"', user.shown.text)
        assert run is not None
        user.go(run[1]).go(f"{run[1]}/report")
        user.go("/exports").send("/exports", **{"resource:clients": "1", "format": "csv"})
        user.until(lambda text: "Done." in text)
        for link in re.findall(r'href="(/exports/[^"]+/files/[^"]+)"', user.shown.text):
            user.client.get(link)
        secrets = [KEY, page.opening.partition("token=")[2], user.client.cookies["gigbulk"]]
        page.process.terminate()
        told = "".join(page.process.communicate(timeout=20))
    written = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    }
    written |= {f"answer {number}": answer for number, answer in enumerate(shown)} | {"the log": told.encode()}
    assert len(shown) > 20 and all(len(secret) > 20 for secret in secrets)
    assert [name for name, content in written.items() for secret in secrets if secret.encode() in content] == []


def test_what_was_dropped_is_gone_when_its_time_is_over(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with open_page(state, "--sandbox") as page:
        old = Reader(page).drop(a_list(tmp_path / "old.csv")).basket
    kept = state / "web" / "me" / old / "basket.json"
    known = json.loads(kept.read_text())
    known["made_at"] = (datetime.fromisoformat(known["made_at"]) - timedelta(days=31)).isoformat()
    kept.write_text(json.dumps(known))
    with open_page(state, "--sandbox") as page:
        user = Reader(page).drop(a_list(tmp_path / "new.csv"))
        user.go("/")
        assert "new.csv" in user.text and "old.csv" not in user.text
    assert not kept.parent.exists()
    assert not [
        path
        for path in state.rglob("*")
        if path.is_file() and b"ana.W@correo.example" in path.read_bytes() and old in str(path)
    ]


def test_nothing_of_a_file_is_left_when_all_is_deleted(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with open_page(state, "--sandbox") as page:
        user = Reader(page).drop(a_list(tmp_path / "c.csv")).step("correct")
        user.send(f"/b/{user.basket}/edits", table="0", line="3", heading="tax_system", value="616", show="errors")
        user.go("/").send("/delete-all")
        assert "c.csv" not in user.text
    assert [path for path in state.rglob("*") if path.is_file() and b"BERTA LUNA" in path.read_bytes()] == []
