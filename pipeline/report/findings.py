"""Findings by rule: how many, what they mean, what to do, and the first few where they stand in the user's file."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.findings.problems import RuleFindings
from pipeline.report.markup import Content, Html, element, join_html, literal
from pipeline.report.tables import table
from pipeline.report.words import PageWord

__all__ = ["findings_section"]

SEVERITIES = ("error", "warning", "fix", "info")


def findings_section(findings: Sequence[RuleFindings], word: PageWord) -> Html:
    """One section a severity, the most frequent rule first. Rules without examples are counted, not shown."""
    sections = []
    for severity in SEVERITIES:
        rules = [found for found in findings if found.severity == severity]
        if rules:
            articles = [_rule(found, word) for found in sorted(rules, key=lambda found: (-found.count, found.rule))]
            sections.append(element("section", element("h2", word(severity)), *articles, id=severity, class_=severity))
    return join_html(*sections)


def _rule(found: RuleFindings, word: PageWord) -> Html:
    sat = element("span", f"{word('sat_code')} {found.sat_code}", class_="sat") if found.sat_code else None
    head = element("h3", element("code", found.rule), " ", element("span", f"× {found.count:,}"), " ", sat)
    if not found.examples:
        return element("article", head)
    said = {name: sentence for name in ("message", "advice") if (sentence := _shared(found.examples, name))}
    shown = len(found.examples)
    cut = element("p", f"{word('first')} {shown} {word('of')} {found.count:,}", class_="note")
    return element(
        "article",
        head,
        *(element("p", sentence, class_=name) for name, sentence in said.items()),
        _examples(found, word, [name for name in ("message", "advice") if name not in said]),
        cut if shown < found.count else None,
    )


def _shared(examples: Sequence[Mapping[str, Any]], name: str) -> str | None:
    """The sentence all examples have in common, None when each has its own."""
    sentences = {example[name] for example in examples}
    return sentences.pop() if len(sentences) == 1 else None


def _examples(found: RuleFindings, word: PageWord, unsaid: Sequence[str]) -> Html:
    """A row an example, with those of its sentences that are not said above for all of them."""
    fix = found.severity == "fix"
    proposing = fix or any(example["proposal"] for example in found.examples)
    headings = [word("place"), word("column"), word("record"), word("before" if fix else "value")]
    headings += [word("after" if fix else "proposal")] if proposing else []
    headings += [word("finding")] if unsaid else []
    rows: list[list[Content]] = []
    for example in found.examples:
        row: list[Content] = [_place(example), *(literal(example[name]) for name in ("column", "key", "value"))]
        row += [literal(example["proposal"])] if proposing else []
        row += [join_html(*(element("span", example[name], " ", class_=name) for name in unsaid))] if unsaid else []
        rows.append(row)
    kinds = "tttt" + ("t" if proposing else "") + ("w" if unsaid else "")
    return table(headings, rows, kinds, fixed=True)


def _place(example: Mapping[str, Any]) -> Html:
    sheet = f"[{example['sheet']}]" if example["sheet"] else ""
    return element("span", f"{example['file']}{sheet}:{example['line']}", class_="place")
