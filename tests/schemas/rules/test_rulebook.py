"""docs/rules.md says what the declarations say."""

from __future__ import annotations

from pathlib import Path

from schemas.rulebook import EXAMPLES, all_rules, page, rule_ids

PAGE = Path(__file__).parents[3] / "docs" / "rules.md"


def test_the_page_is_what_the_declarations_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_has_an_example_and_every_example_a_rule() -> None:
    assert EXAMPLES.keys() == rule_ids()


def test_every_rule_speaks_both_languages() -> None:
    for rule in all_rules():
        assert all((*rule.message, *rule.advice)), rule.id
        assert rule.message.es != rule.message.en, rule.id
