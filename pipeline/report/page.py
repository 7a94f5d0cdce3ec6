"""The page, section by section. The journal tells of the run, its files and records; the findings come beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib.resources import files as resources
from pathlib import Path
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.fates import COUNTED, FATES
from pipeline.findings.problems import RuleFindings
from pipeline.journal import InputRow, NotableRow, RunRow
from pipeline.language.catalogue import translate
from pipeline.language.recall import restore_sentence
from pipeline.language.say import Said, say_both
from pipeline.model import RecordKey, State
from pipeline.report.figures import show_fates, show_rules, show_timeline
from pipeline.report.findings import findings_section
from pipeline.report.markup import Html, element, join_html, literal
from pipeline.report.next_steps import next_steps
from pipeline.report.tables import table
from pipeline.report.timeline import Timeline
from pipeline.report.words import PageWord, words
from pipeline.result import FINAL, list_outputs
from pipeline.storage.atomic import replace_atomically
from pipeline.version import __version__
from schemas.cleaning.dates import ZONE
from schemas.sat.editions import Edition

__all__ = ["RunReport", "write_report"]

_FATE = {State.REFUSED: "refused", State.PLANNED: "unsent"}
"""Of a record that is not in doubt."""
_HASH_SHOWN = 12


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a page tells.

    `run`, `files`, `notable` and `timeline` are the journal's (Journal.run, inputs, notable, read_timeline); `result`
    is the result object of the contract, or what is known of it while the run goes on; `catalogs` the editions in use;
    `notes` say how a file was read: (its name, the sentence). `lang` is es or en. A page made `later` knows no
    examples of findings, no notes, catalogues and dialect.
    """

    run: RunRow
    files: Sequence[InputRow]
    notable: Sequence[NotableRow]
    result: Mapping[str, Any]
    findings: Sequence[RuleFindings]
    catalogs: Sequence[Edition]
    dialect: str
    lang: str
    notes: Sequence[tuple[str, str]] = ()
    timeline: Timeline | None = None
    later: bool = False

    @property
    def word(self) -> PageWord:
        """The page's words in its language."""
        return words(self.lang)

    @property
    def begun(self) -> datetime:
        return datetime.fromisoformat(self.run.started_at)

    def stale(self, edition: Edition) -> bool:
        return edition.is_stale(self.begun.date())


def write_report(path: Path, page: RunReport) -> None:
    """Write one HTML page that needs no other file, no network and no script; put in place whole or not at all.

    OutputError when it cannot be written.
    """
    sections = (
        *(_head, _alerts, _next, _counts, _sums, _timeline, _notable, _rules, _findings),
        *(_files, _catalogs, _outputs, _facts),
    )
    skeleton = Template(resources("pipeline.report").joinpath("page.html").read_text("utf-8"))
    html = skeleton.substitute(
        lang=page.lang,
        title=join_html(f"{page.word('title')} {page.run.run}"),
        body=join_html(*(section(page) for section in sections)),
        footer=join_html(page.word("footer")),
    )
    with replace_atomically(path) as temporary:
        temporary.write_text(html, "utf-8")


def _section(title: str, *content: Html, id: str) -> Html:
    return element("section", element("h2", title), *content, id=id)


# --- what happened, and what to do ------------------------------------------------------------------------------------


def _head(page: RunReport) -> Html:
    status = page.result["status"]
    totals = _totals(page)
    tiles = [
        element("li", element("b", f"{n:,}"), " ", page.word(fate), class_=fate)
        for fate, n in totals.items()
        if n or fate in ("read", "created")
    ]
    severities = [
        (s, sum(found.count for found in page.findings if found.severity == s)) for s in ("error", "warning", "fix")
    ]
    links = [element("li", element("a", f"{n:,} {page.word(s + 's' if s != 'fix' else 'fixes')}", href=f"#{s}"))
             for s, n in severities if n]  # fmt: skip
    return element(
        "header",
        element("p", page.word("title"), class_="kind"),
        element("h1", page.run.run, " ", element("span", page.word(status), class_=f"status {status}")),
        element("ul", *tiles, class_="tiles"),
        element("ul", *links, class_="links") if links else None,
    )


def _totals(page: RunReport) -> dict[str, int]:
    return {fate: sum(counts[fate] for counts in page.result["resources"].values()) for fate in COUNTED}


def _alerts(page: RunReport) -> Html:
    said = dict.fromkeys(filter(None, (page.result.get("error"), page.result.get("imbalance"))))
    alerts = [element("p", _read_in(sentence, page.lang), class_="alert", role="alert") for sentence in said]
    would = [c["would_create"] for c in page.result["resources"].values() if "would_create" in c]
    if page.run.settings.get("dry_run"):
        sentence = f"{page.word('dry_run')} {page.word('would_create')}: {sum(would):,}."
        alerts.append(element("p", sentence, class_="notice"))
    if page.later:
        alerts.append(element("p", page.word("later"), class_="notice"))
    return join_html(*alerts)


def _read_in(sentence: str, lang: str) -> str:
    """What stopped the run: said by it just now, or kept by the journal as English text."""
    return translate(sentence if isinstance(sentence, Said) else restore_sentence(sentence), lang)


def _next(page: RunReport) -> Html:
    names = [file.name for file in page.files]
    steps = next_steps(page.run, names, page.result, stale=any(page.stale(edition) for edition in page.catalogs))
    items = [
        element("li", page.word(s.word), element("pre", element("code", s.command)) if s.command else None)
        for s in steps
    ]
    return _section(page.word("next"), element("ol", *items), id="next")


# --- counts and sums --------------------------------------------------------------------------------------------------


def _counts(page: RunReport) -> Html:
    resources = page.result["resources"]
    headings = [page.word("resource"), page.word("read"), *(page.word(fate) for fate in FATES)]
    rows = [[page.word(name), f"{c['read']:,}", *(f"{c[fate]:,}" for fate in FATES)] for name, c in resources.items()]
    lines = [_balance(page, name, counts) for name, counts in resources.items()]
    numbers = table(headings, rows, "s" + "n" * (1 + len(FATES)))
    return _section(page.word("counts"), join_html(show_fates(_totals(page), page.word)), numbers, *lines, id="counts")


def _balance(page: RunReport, name: str, counts: Mapping[str, int]) -> Html:
    """read = created + existing + …, and whether that is so; of a run that goes on nobody can say yet."""
    fates = {fate: counts[fate] for fate in FATES if counts[fate]}
    terms = " + ".join(f"{n:,} {page.word(fate)}" for fate, n in fates.items()) or "0"
    told = f"{page.word(name)}: {counts['read']:,} {page.word('read')}"
    if page.result.get("event") != FINAL:
        return element("p", f"{told}; {terms}", class_="balance")
    balanced = counts["read"] == sum(fates.values())
    verdict = element("b", page.word("balanced" if balanced else "unbalanced"), class_="good" if balanced else "bad")
    return element("p", verdict, f" · {told} = {terms}", class_="balance")


def _sums(page: RunReport) -> Html | None:
    sums = page.result.get("sums")
    if not sums:
        return None
    headings = [page.word(name) for name in ("currency", "payments", "net", "gross", "answered", "difference")]
    rows = []
    for currency, cents in sums.items():
        expected = cents["net"] if cents["answered"] == cents["net"] else cents["gross"]
        amounts = (cents["net"], cents["gross"], cents["answered"], cents["answered"] - expected)
        rows.append([currency, f"{cents['payments']:,}", *(f"{Decimal(amount) / 100:,.2f}" for amount in amounts)])
    note = element("p", page.word("sums_note"), class_="note")
    return _section(page.word("sums"), table(headings, rows, "snnnnn"), note, id="sums")


def _timeline(page: RunReport) -> Html | None:
    return show_timeline(page.timeline, page.word)


# --- records and findings ---------------------------------------------------------------------------------------------


def _notable(page: RunReport) -> Html | None:
    if not page.notable:
        return None
    headings = [page.word(name) for name in ("record", "place", "state", "code", "message")]
    rows = [
        [
            join_html(page.word(row.resource), " ", literal(RecordKey(row.key).shown)),
            f"{page.word('line')} {row.line:,}",
            page.word(_FATE.get(row.state, "in_doubt")),
            literal(row.code) if row.code else "",
            translate(restore_sentence(row.why[:500]), page.lang),
        ]
        for row in page.notable
    ]
    total = sum(c["refused"] + c["in_doubt"] for c in page.result["resources"].values())
    more = None
    if total > len(rows):
        where = page.result["outputs"].get("rejects_files") or [f"gigbulk runs show {page.run.run}"]
        shown = f"{page.word('first')} {len(rows):,} {page.word('of')} {total:,}. {page.word('more')} "
        more = element("p", shown, *(element("code", path) for path in where), class_="note")
    return _section(page.word("notable"), table(headings, rows, "tssst"), join_html(more), id="notable")


def _rules(page: RunReport) -> Html | None:
    return show_rules(page.findings, page.word)


def _findings(page: RunReport) -> Html:
    return findings_section(page.findings, page.word)


# --- files, catalogues, the run ---------------------------------------------------------------------------------------


def _files(page: RunReport) -> Html:
    headings = [page.word("file"), page.word("resource"), page.word("rows"), "SHA-256"]
    rows = [
        [literal(f.label, longest=300), page.word(f.resource), f"{f.rows:,}", element("code", f.sha256[:_HASH_SHOWN])]
        for f in page.files
    ]
    notes = [
        element("li", literal(name, longest=300), ": ", translate(sentence, page.lang)) for name, sentence in page.notes
    ]
    how = element("ul", *notes, class_="note") if notes else None
    return _section(page.word("files"), join_html(table(headings, rows, "tsns"), how), id="files")


def _catalogs(page: RunReport) -> Html | None:
    """META-CATALOG-AGE (rules 7): source, version and date of every catalogue a finding may rest on."""
    if not page.catalogs:
        return None
    headings = [page.word(name) for name in ("catalog", "edition", "keys", "source")]
    rows = [
        [
            page.word(edition.name),
            join_html(
                edition.edition.isoformat(),
                element("small", " ", page.word("stale"), class_="bad") if page.stale(edition) else None,
            ),
            f"{edition.rows:,}",
            translate(say_both(edition.source, edition.source_es or edition.source), page.lang),
        ]
        for edition in page.catalogs
    ]
    return _section(page.word("catalogs"), table(headings, rows, "tsnt"), id="catalogs")


def _outputs(page: RunReport) -> Html | None:
    rows = [[page.word(what), literal(path, longest=1000)] for what, path in list_outputs(page.result["outputs"])]
    if not rows:
        return None
    return _section(page.word("outputs"), table([page.word("file"), page.word("place")], rows, "st"), id="outputs")


def _facts(page: RunReport) -> Html:
    def facts() -> Iterator[tuple[str, Html | str]]:
        yield "run", literal(page.run.run)
        yield "account", literal(page.run.account, longest=300)
        yield "mode", page.word("live" if page.run.livemode else "test")
        if page.dialect:
            yield "dialect", literal(page.dialect)
        yield "begun", _when(page, page.run.started_at)
        if page.run.finished_at:
            yield "ended", _when(page, page.run.finished_at)
        if page.result.get("event") == FINAL:
            yield "duration", f"{page.result['seconds']:,.1f} s"
        yield "version", f"gigbulk {__version__}"

    pairs = [join_html(element("dt", page.word(name)), element("dd", value)) for name, value in facts()]
    return _section(page.word("run"), element("dl", *pairs), id="run")


def _when(page: RunReport, stamp: str) -> Html:
    local = datetime.fromisoformat(stamp).astimezone(ZoneInfo(ZONE))
    return element("time", f"{local:%Y-%m-%d %H:%M:%S} ({page.word('zone')})", datetime=stamp)
