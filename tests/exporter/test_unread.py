"""A resource of which nothing came: the manifest says so, and the set it belongs to is not taken for a good one."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest
from exporter import Account, Desk

NIGHTLY = ("export", "clients", "services", "-o", "out/{run}", "--keep", 2, "--concurrency", 1)


def good(desk: Desk) -> int:
    return len(list((desk.folder / "out").glob("*/services.csv")))


def sets(desk: Desk) -> list[Path]:
    return sorted((desk.folder / "out").iterdir())


def refuse_services(account: Account) -> None:
    """The key is good for one request: the clients."""
    account.misbehave(expired_token=1)


def test_nights_in_which_a_resource_is_refused_push_no_good_set_out(desk: Desk, account: Account) -> None:
    for _ in range(2):
        assert desk.gigbulk(*NIGHTLY).code == 0
    refuse_services(account)
    for _ in range(2):
        assert desk.gigbulk(*NIGHTLY).code == 4
    account.misbehave()
    assert desk.gigbulk(*NIGHTLY).code == 0
    assert good(desk) == 2


def test_a_set_whose_run_was_killed_between_two_resources_is_no_good_one(desk: Desk) -> None:
    for _ in range(2):
        assert desk.gigbulk(*NIGHTLY).code == 0
    for death in ("watermark_moved", "pages_kept"):
        desk.gigbulk(*NIGHTLY, death=death)
    assert desk.gigbulk(*NIGHTLY).code == 0
    assert good(desk) == 2


def test_bad_sets_go_when_they_are_older_than_the_good_ones_kept(desk: Desk, account: Account) -> None:
    refuse_services(account)
    assert desk.gigbulk(*NIGHTLY).code == 4
    account.misbehave()
    assert desk.gigbulk(*NIGHTLY, GIGSTACK_API_KEY="a-revoked-key").code == 4
    bad = sets(desk)
    assert len(bad) == 2
    time.sleep(1 - time.time() % 1)  # runs of one second are told apart by chance, not by order
    for _ in range(2):
        assert desk.gigbulk(*NIGHTLY).code == 0
    assert not {*bad} & {*sets(desk)}


def test_the_manifest_keeps_what_stands_there_and_says_that_when_and_why_the_last_attempt_failed(
    desk: Desk, account: Account
) -> None:
    asked = ("export", "clients", "services", "-o", "out", "--concurrency", 1)
    assert desk.gigbulk(*asked).code == 0
    before = desk.manifest("out/manifest.json")
    assert before["attempts"] == {}
    refuse_services(account)
    assert desk.gigbulk(*asked).code == 4
    after = desk.manifest("out/manifest.json")
    assert after["exports"]["services"] == before["exports"]["services"]
    attempt = after["attempts"].pop("services")
    assert after["attempts"] == {}
    assert "key" in attempt["why"]
    started, ended = (datetime.fromisoformat(attempt[when]) for when in ("started", "ended"))
    assert datetime.fromisoformat(before["exports"]["services"]["finished"]) < started < ended
    account.misbehave()
    assert desk.gigbulk(*asked).code == 0
    assert desk.manifest("out/manifest.json")["attempts"] == {}


@pytest.mark.parametrize("death", ["pages_kept", "files_placed"])
def test_a_killed_run_leaves_what_it_was_asked_for(death: str, desk: Desk) -> None:
    desk.gigbulk("export", "clients", "services", "-o", "out", death=death)
    manifest = desk.manifest("out/manifest.json")
    assert manifest["exports"] == {}
    assert {name: attempt["ended"] for name, attempt in manifest["attempts"].items()} == dict.fromkeys(
        ("clients", "services")
    )


def test_an_incomplete_read_is_told_in_one_place_only(desk: Desk, account: Account) -> None:
    for n in range(100):
        account.client(n)
    account.misbehave(expired_token=1)
    assert desk.gigbulk("export", "clients", "-o", "out", "--concurrency", 1).code == 4
    manifest = desk.manifest("out/manifest.json")
    assert (manifest["attempts"], [*manifest["incomplete"]]) == ({}, ["clients"])
