"""The page's pictures, each with its numbers in a table: fates, a run in time, rules that were broken."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.fates import FATES
from pipeline.findings.problems import RuleFindings
from pipeline.report.charts import Line, Share, Stack, draw_columns, draw_lines, draw_ranks, draw_shares
from pipeline.report.markup import Html, element, join_html, literal
from pipeline.report.tables import table
from pipeline.report.timeline import Slot, Timeline
from pipeline.report.words import PageWord
from schemas.cleaning.dates import ZONE

__all__ = ["show_fates", "show_rules", "show_timeline"]

MOST_RULES = 10

_DAY_S = 86400
_LABEL_CHARS = 34
_PLURALS = {"error": "errors", "warning": "warnings", "fix": "fixes", "info": "infos"}


def show_fates(counts: Mapping[str, int], word: PageWord) -> Html | None:
    """One bar of all records, and below it what each colour is. None where nothing was read."""
    present = {fate: counts[fate] for fate in FATES if counts[fate]}
    if not present:
        return None
    parts = [Share(fate, n, f"{n:,} {word(fate)}") for fate, n in present.items()]
    title = f"{word('fates_chart')}: {', '.join(part.said for part in parts)}"
    return element("figure", draw_shares("fates-chart", title, parts), _legend([(s.kind, s.said) for s in parts]))


def show_timeline(timeline: Timeline | None, word: PageWord) -> Html | None:
    """Records by the moment they got their fate, and how long requests took. None where nothing happened in time."""
    if timeline is None:
        return None
    labels = _labels(timeline)
    fates = [fate for fate in FATES if any(getattr(slot.fates, fate) for slot in timeline.slots)]
    each = element("p", f"{word('each_slot')} {_length(timeline.width_s)} ({word('zone')}).", class_="note")
    figures = [
        _records(timeline.slots, labels, fates, word) if fates else None,
        _latencies(timeline.slots, labels, word) if any(slot.requests for slot in timeline.slots) else None,
    ]
    numbers = _numbers(timeline.slots, labels, fates, word)
    return element("section", element("h2", word("timeline")), each, *figures, numbers, id="timeline")


def show_rules(rules: Sequence[RuleFindings], word: PageWord) -> Html | None:
    """The rules most often broken, as bars. None where none was."""
    most = sorted(rules, key=lambda found: (-found.count, found.rule))[:MOST_RULES]
    if not most:
        return None
    rows = [
        (_short(found.rule), Share(found.severity, found.count, f"{found.count:,} {word(_PLURALS[found.severity])}"))
        for found in most
    ]
    title = f"{word('rules_chart')}: {', '.join(f'{found.rule[:80]} {found.count:,}' for found in most)}"
    numbers = table(
        [word("rule"), word("severity"), word("count")],
        [[literal(found.rule), word(_PLURALS[found.severity]), f"{found.count:,}"] for found in most],
        "tsn",
    )
    cut = f"{word('first')} {len(most)} {word('of')} {len(rules):,}" if len(rules) > len(most) else None
    return element(
        "section",
        element("h2", word("rules_chart")),
        element("figure", draw_ranks("rules-chart", title, rows)),
        element("p", cut, class_="note") if cut else None,
        _folded(numbers, word),
        id="rules",
    )


def _records(slots: Sequence[Slot], labels: Sequence[str], fates: Sequence[str], word: PageWord) -> Html:
    columns = [
        Stack(label, [Share(fate, n, f"{label}: {n:,} {word(fate)}") for fate in fates for n in [_count(slot, fate)]])
        for slot, label in zip(slots, labels, strict=True)
    ]
    sums = ", ".join(f"{sum(_count(slot, fate) for slot in slots):,} {word(fate)}" for fate in fates)
    title = f"{word('records_chart')}: {sums}"
    return _figure(
        "records", draw_columns("records-chart", title, columns), _legend([(fate, word(fate)) for fate in fates]), word
    )


def _latencies(slots: Sequence[Slot], labels: Sequence[str], word: PageWord) -> Html:
    """In milliseconds."""
    lines = []
    for kind in ("p50", "p95"):
        points = [None if (seconds := getattr(slot, kind)) is None else seconds * 1000 for slot in slots]
        said = [f"{label}: {word(kind)} {_ms(point)}" for label, point in zip(labels, points, strict=True)]
        lines.append(Line(kind, points, said))
    most = [max(point for point in line.points if point is not None) for line in lines]
    title = f"{word('latency_chart')}: {word('at_most')} {word('p50')} {_ms(most[0])}, {word('p95')} {_ms(most[1])}"
    drawn = draw_lines("latency-chart", title, lines, labels, " ms")
    return join_html(
        _figure("latency", drawn, _legend([(kind, word(kind)) for kind in ("p50", "p95")]), word),
        element("p", word("latency_note"), class_="note"),
    )


def _numbers(slots: Sequence[Slot], labels: Sequence[str], fates: Sequence[str], word: PageWord) -> Html:
    headings = [word("from"), *map(word, fates), *map(word, ("requests", "p50", "p95"))]
    rows = [
        [
            label,
            *(f"{_count(slot, fate):,}" for fate in fates),
            f"{slot.requests:,}",
            *("" if seconds is None else _ms(seconds * 1000) for seconds in (slot.p50, slot.p95)),
        ]
        for slot, label in zip(slots, labels, strict=True)
    ]
    return _folded(table(headings, rows, "s" + "n" * (len(headings) - 1)), word)


def _count(slot: Slot, fate: str) -> int:
    return int(getattr(slot.fates, fate))


def _figure(name: str, drawn: Html, legend: Html, word: PageWord) -> Html:
    return element(
        "figure", element("figcaption", word(f"{name}_chart")), element("div", drawn, class_="scroll"), legend
    )


def _legend(kinds: Sequence[tuple[str, str]]) -> Html:
    """The words of each colour."""
    return element("ul", *(element("li", said, class_=kind) for kind, said in kinds), class_="legend")


def _folded(numbers: Html, word: PageWord) -> Html:
    """A table one opens; on paper it is open."""
    return element("details", element("summary", word("numbers")), numbers)


def _labels(timeline: Timeline) -> list[str]:
    """The beginning of each slot on Mexico City's clock, as short as it can be."""
    moments = [slot.begin.astimezone(ZoneInfo(ZONE)) for slot in timeline.slots]
    form = _form(moments, timeline.width_s)
    return [f"{moment:{form}}" for moment in moments]


def _form(moments: Sequence[datetime], width_s: int) -> str:
    if width_s >= _DAY_S:
        return "%Y-%m-%d"
    clock = "%H:%M" if width_s >= 60 else "%H:%M:%S"
    return clock if moments[0].date() == moments[-1].date() else f"%m-%d {clock}"


def _length(seconds: int) -> str:
    for unit, name in ((_DAY_S, "d"), (3600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def _ms(milliseconds: float | None) -> str:
    """Two digits that mean something, or whole milliseconds: more is not known."""
    if milliseconds is None:
        return "–"
    return f"{milliseconds:,.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"


def _short(rule: str) -> str:
    return rule if len(rule) <= _LABEL_CHARS else rule[: _LABEL_CHARS - 1] + "…"
