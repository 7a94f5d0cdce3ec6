"""Whatever stands in a file, in an answer of the API or in a name, the page shows it as text and does nothing."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import Parsed, a_file, a_finding, a_result, a_run, an_edition, counts, page

from pipeline.journal import NotableRow
from pipeline.model import State
from pipeline.report.markup import Html, element, literal

ATTACKS = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</td></table></section><iframe src=//evil.example>",
    "</style><style>*{display:none}</style>",
    "javascript:alert(1)",
    "<!-- ",
    "]]><![CDATA[",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "$body ${title} $$ %s {0}",
    '=HYPERLINK("http://evil.example")',
]
HARMLESS = "plain"


def hostile_page(folder: Path, value: str) -> str:
    """A page on which that value stands in every place a value can stand."""
    cells = dict.fromkeys(("file", "sheet", "column", "key", "value", "proposal", "message", "advice"), value)
    findings = [a_finding(**cells, rule=value, sat_code=value, severity=s) for s in ("error", "warning", "fix", "info")]
    differing = [a_finding(**{**cells, "message": f"{n} {value}"}, rule="MANY", severity="error") for n in range(7)]
    return page(
        folder,
        *findings,
        *differing,
        run=a_run(run=value, account=value, settings={"as_resource": value}),
        files=[a_file(name=value, resource=value)],
        notable=[NotableRow(value, value, 2, State.REFUSED, value, value)],
        result=a_result(
            resources={value: counts(created=1, refused=2, unsent=1)},
            outputs={"rejects": value, "rejects_files": [value, value], value: value},
            sums={value: {"payments": 1, "net": 1, "gross": 1, "answered": 1}},
            error=value,
            imbalance=f"{value}!",
        ),
        catalogs=[an_edition(name=value, source=value)],
        dialect=value,
        notes=[(value, value)],
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_value_stays_text_wherever_it_stands(tmp_path: Path, attack: str) -> None:
    parsed = Parsed(hostile_page(tmp_path, attack))
    assert parsed.shape == Parsed(hostile_page(tmp_path, HARMLESS)).shape
    assert " ".join(attack.split()) in parsed.text


@given(st.text(min_size=1))
def test_no_value_at_all_changes_the_shape_of_the_page(value: str) -> None:
    with TemporaryDirectory() as folder:
        html = hostile_page(Path(folder), value)
        assert Parsed(html).shape == Parsed(hostile_page(Path(folder), HARMLESS)).shape


@pytest.mark.parametrize("hidden", ["\u202egpj.exe", "a\u200bb", "\x00", "a\x1b[31mb", "\u2066x", "a\u00adb"])
def test_characters_that_hide_or_turn_the_text_are_made_visible(hidden: str) -> None:
    invisible = [c for c in hidden if not c.isprintable()]
    assert invisible
    assert not any(c in literal(hidden) for c in invisible)


def test_a_file_name_that_is_no_text_does_not_stop_the_page(tmp_path: Path) -> None:
    name = b"pagos\xff.csv".decode("utf-8", "surrogateescape")
    assert "pagos[U+DCFF].csv" in page(tmp_path, files=[a_file(name=name)])


def test_a_cell_of_megabytes_is_cut_short(tmp_path: Path) -> None:
    html = page(tmp_path, a_finding(value="x" * 5_000_000, key="k" * 5_000_000), notable=[
        NotableRow("payments", "id:" + "y" * 1_000_000, 2, State.REFUSED, "z" * 1_000_000, "m" * 1_000_000)
    ])  # fmt: skip
    assert len(html) < 50_000


def test_the_page_needs_nothing_from_outside_and_runs_nothing(tmp_path: Path) -> None:
    html = page(tmp_path, a_finding())
    tags = Parsed(html).tags
    assert {tag for tag, _ in tags}.isdisjoint({"script", "img", "iframe", "object", "embed", "base", "form"})
    assert {tag for tag, _ in tags}.isdisjoint({"use", "image", "foreignobject", "animate", "set"})
    assert [name for _, a in tags for name in a if name.startswith("on")] == []
    links = [a.get(name) or "" for _, a in tags for name in ("src", "href", "srcset", "action") if name in a]
    assert [link for link in links if not re.fullmatch(r"#[a-z]+", link)] == []
    assert "url(" not in html
    assert "@import" not in html
    [policy] = [a["content"] for tag, a in tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")


def test_every_link_of_the_page_leads_somewhere(tmp_path: Path) -> None:
    tags = Parsed(page(tmp_path, a_finding(), a_finding(severity="warning"), a_finding(severity="fix"))).tags
    targets = [str(a["id"]) for _, a in tags if "id" in a]
    assert len(targets) == len(set(targets))
    links = {str(a["href"])[1:] for tag, a in tags if tag == "a"}
    assert links == {"error", "warning", "fix"}
    assert links <= set(targets)


def test_only_markup_made_here_is_left_as_it_is() -> None:
    inner: list[Any] = [Html("<b>x</b>"), "<b>x</b>", 3, None]
    assert element("p", *inner, title='"<>') == '<p title="&quot;&lt;&gt;"><b>x</b>&lt;b&gt;x&lt;/b&gt;3</p>'
