"""Alerts: one POST in one of two forms, never a secret shown, never a job failed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from witness import witness

from pipeline.api.alert import Alert
from pipeline.api.outside import ATTEMPTS
from pipeline.errors import ConfigError

SECRET = "T000-B000-secret"
FACTS = {"command": "import", "exit_code": 4}


def test_a_webhook_gets_the_text_and_the_facts() -> None:
    with witness() as server:
        assert Alert.at(f"{server.origin}/{SECRET}").post("It failed.", FACTS) is None
    assert server.asked == [("POST", f"/{SECRET}")]
    assert json.loads(server.posted[0]) == {"text": "It failed.", **FACTS}


def test_a_chat_gets_the_text_alone_since_it_refuses_members_it_does_not_know() -> None:
    with witness() as server:
        assert Alert.at(f"{server.origin}/{SECRET}", chat=True).post("It failed.", FACTS) is None
    assert [json.loads(body) for body in server.posted] == [{"text": "It failed."}]


def test_the_address_of_slack_is_known_as_a_chat() -> None:
    assert Alert.at("https://hooks.slack.com/services/T/B/x").chat
    assert not Alert.at("https://alerts.example/hook").chat


def test_an_alert_that_is_refused_is_a_warning_with_the_status_and_without_the_secret() -> None:
    with witness() as server:
        server.answers = [404] * ATTEMPTS
        said = Alert.at(f"{server.origin}/{SECRET}").post("It failed.", FACTS)
    assert said == "An alert to 127.0.0.1 failed (answered 404); the job is not affected."


def test_an_alert_that_nobody_answers_holds_the_job_up_no_longer_than_its_patience() -> None:
    with witness() as server:
        server.silent.set()
        said = replace(Alert.at(f"{server.origin}/{SECRET}"), patience_s=0.2).post("It failed.", FACTS)
    assert said is not None and "no answer in time" in said and SECRET not in said


@pytest.mark.parametrize("address", ["", "ftp://x.example/secret", "http://x.example/secret", "https://a:b@x.example/"])
def test_an_address_that_is_none_or_shows_itself_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(ConfigError, match="alert URL") as refused:
        Alert.at(address)
    assert "secret" not in refused.value.message + refused.value.hint
