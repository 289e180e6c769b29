"""A report's page: cards, time line, map, and each section of the text in the same order."""

from collections.abc import Iterable, Sequence
from typing import Final

from netpolwatch.catalogue.model import Command, Severity
from netpolwatch.findings.model import Finding
from netpolwatch.ingest.timestamps import milliseconds, rfc3339
from netpolwatch.reporting.email import named_ends
from netpolwatch.reporting.report.head import (
    Head,
    HeadRow,
    cause_anchor,
    denied_when,
    fault_anchor,
    head_of,
    subject_words,
)
from netpolwatch.reporting.report.html.denial_map import denial_map
from netpolwatch.reporting.report.html.markup import Markup, element, joined
from netpolwatch.reporting.report.html.style import style_sheet
from netpolwatch.reporting.report.html.timeline import time_line
from netpolwatch.reporting.report.model import AgentDrops, Cause, Denial, Fault, MissingRule, Report
from netpolwatch.reporting.report.text import denial_text
from netpolwatch.reporting.report.words import counted, length_text, listed

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_SHOWN_ON_CARDS: Final = 4
_SHOWN_ROWS: Final = 200
_EVIDENCE_CHARS: Final = 600
_MAX_INPUTS: Final = 20
_KINDS: Final = {"packets": "number", "times": "number", "severity": "short", "rule": "short"}
"""Columns that are not folded."""


def report_page(report: Report) -> str:
    """Return the whole page."""
    title = f"netpolwatch: {report.cluster or 'cluster not known'}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(style_sheet())),
    )
    body = element("body", _header(report), element("main", *_sections(report)), _footer(report))
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n{body}\n</html>\n'


def _header(report: Report) -> Markup:
    head = head_of(report)
    links = [(name, anchor) for name, anchor, is_there in _contents(report) if is_there]
    items = (element("li", element("a", name, href=f"#{anchor}")) for name, anchor in links)
    return element(
        "header",
        element("h1", head.cluster),
        element("p", head.window),
        element("p", head.read, class_="muted"),
        *(element("p", f"Only {each}.") for each in report.origin.filters),
        *([element("p", head.warning)] if head.warning else []),
        element("nav", element("ul", *items), aria_label="Contents"),
    )


def _contents(report: Report) -> Iterable[tuple[str, str, bool]]:
    yield "Time line", "time-line", bool(report.course.buckets)
    yield "Map", "map", bool(report.causes or report.agent_drops)
    yield "Still going on", "going-on", bool(report.going_on)
    yield "Over", "over", bool(report.over)
    yield "Denied by policy", "denied", bool(report.causes)
    yield "Dropped by the agent", "agent", bool(report.agent_drops)
    yield "Set aside", "set-aside", bool(report.set_aside)
    yield "Recorded", "recorded", bool(report.recorded)
    yield "Not understood", "not-understood", bool(report.not_understood)
    yield "Not known", "not-known", bool(report.not_known)


def _sections(report: Report) -> Iterable[Markup]:
    yield _cards(report)
    yield from _figures(report)
    yield from _faults(report, "Still going on", "going-on", report.going_on)
    yield from _faults(report, "Over", "over", report.over)
    yield from _causes(report)
    yield from _agent(report.agent_drops)
    yield from _rest(report)


def _cards(report: Report) -> Markup:
    head = head_of(report)
    worst = report.going_on[0].severity if report.going_on else "good"
    return joined([
        element(
            "div",
            _card("Still going on", len(head.going_on), head.going_on, worst),
            _card("Over", len(head.over), head.over, ""),
            _card("Denied by policy", report.denied_by_policy, head.denied, "", head.denied_title),
            _aside_card(head),
            class_="cards",
        ),
        _now(head),
    ])  # fmt: skip


def _card(
    name: str, number: int, rows: Sequence[HeadRow], kind: Severity | str, about: str = ""
) -> Markup:
    items = [_card_row(row) for row in rows[:_SHOWN_ON_CARDS]]
    more = len(rows) - len(items)
    if more > 0:
        items.append(element("li", element("small", f"and {more:,} more")))
    return element(
        "div", name, element("b", f"{number:,}"), *([element("small", about)] if about else []),
        element("ul", *items), class_=f"card {kind}".strip(),
    )  # fmt: skip


def _card_row(row: HeadRow) -> Markup:
    return element(
        "li", _severity(row.severity), element("a", row.what, href=f"#{row.anchor}"),
        element("small", f"{row.count} {row.when}; {row.where}"),
    )  # fmt: skip


def _aside_card(head: Head) -> Markup:
    parts = head.aside.split(", ")
    items = (element("li", part) for part in parts)
    return element("div", "Set aside", element("ul", *items), class_="card")


def _now(head: Head) -> Markup:
    return element("div", element("strong", "What now"), *_step(head.now), class_="now")


def _severity(severity: Severity) -> Markup:
    return element("span", severity, class_=f"severity {severity}")


def _figures(report: Report) -> Iterable[Markup]:
    line = time_line(report)
    if line is not None:
        width = length_text(report.course.width_ms)
        keys = (
            joined([element("span", class_=f"key {name}"), text])
            for name, text in (("violation", "denied by policy"), ("agent", "dropped by the agent"),
                               ("aside", "set aside or not judged"))
        )  # fmt: skip
        caption = joined([f"Denied packets, a bar is {width}:", *keys])
        yield _figure("time-line", "Time line", line, caption)
    picture = denial_map(report.causes, report.agent_drops)
    if picture is not None:
        caption = joined(["A line is as thick as its packets are many; hold the pointer on it."])
        yield _figure("map", "Who is denied what", picture, caption)


def _figure(anchor: str, name: str, picture: Markup, caption: Markup) -> Markup:
    figure = element(
        "figure", element("div", picture, class_="scroll", tabindex=0),
        element("figcaption", caption),
    )  # fmt: skip
    return element("section", element("h2", name), figure, id=anchor)


def _section(name: str, anchor: str, about: str, *children: Markup) -> Markup:
    return element(
        "section", element("h2", f"{name} ", element("small", about)), *children, id=anchor
    )


def _faults(report: Report, name: str, anchor: str, faults: Sequence[Fault]) -> Iterable[Markup]:
    if faults:
        blocks = (_fault(report, fault, is_open=not number) for number, fault in enumerate(faults))
        yield _section(name, anchor, counted(len(faults), "fault"), *blocks)


def _fault(report: Report, fault: Fault, *, is_open: bool) -> Markup:
    clock = report.clock
    when = (clock.between if fault.is_over else clock.since)(fault.first_ms, fault.last_ms)
    summary = element(
        "summary", _severity(fault.severity), element("strong", fault.title),
        element("span", f"{counted(fault.count, 'time')}, {when}", class_="muted"),
    )  # fmt: skip
    children = [element("p", fault.meaning), _subjects(report, fault), *_evidence(fault)]
    if fault.steps:
        steps = (element("li", *_step(step)) for step in fault.steps)
        children += [element("h3", "What to do"), element("ol", *steps)]
    links = (element("a", link, href=link) for link in fault.links)
    children.append(element("p", *_spaced(links)))
    return element("details", summary, *children, id=fault_anchor(fault), open=is_open)


def _spaced(items: Iterable[Markup]) -> Iterable[str]:
    for item in items:
        yield item
        yield " "


def _step(step: Command) -> Iterable[Markup]:
    yield element("p", step.say)
    if step.run:
        yield element("pre", element("code", step.run), class_="command")


def _subjects(report: Report, fault: Fault) -> Markup:
    rows = [_subject(report, finding) for finding in fault.subjects[:_SHOWN_ROWS]]
    return _table(("severity", "times", "when", "where"), rows, len(fault.subjects))


def _subject(report: Report, finding: Finding) -> Sequence[str]:
    clock, is_over = report.clock, finding.status == "resolved"
    times = milliseconds(finding.first_seen or ""), milliseconds(finding.last_seen or "")
    when = (clock.between if is_over else clock.since)(*times)
    graver = f"; graver: {finding.escalated}" if finding.escalated else ""
    return finding.severity, f"{finding.count:,}", when, subject_words(finding) + graver


def _evidence(fault: Fault) -> Iterable[Markup]:
    finding = fault.subjects[0]
    if len(fault.subjects) == 1:
        for name, value in named_ends(finding).items():
            yield element("p", element("strong", f"{name}: "), value)
    if finding.version_note:
        yield element("p", element("strong", "Versions: "), finding.version_note)
    for evidence in finding.evidence[:1]:
        yield element("p", element("strong", "Evidence"), f" {evidence.timestamp or ''}")
        yield element("pre", evidence.text[:_EVIDENCE_CHARS])


def _causes(report: Report) -> Iterable[Markup]:
    if report.causes:
        blocks = (
            _cause(report, cause, number)
            for number, cause in enumerate(report.causes[:_SHOWN_ROWS])
        )
        yield _section("Denied by policy", "denied", head_of(report).denied_title, *blocks)


def _cause(report: Report, cause: Cause, number: int) -> Markup:
    conversations = counted(len(cause.denials), "conversation")
    clients = counted(cause.clients, "client")
    about = (
        f"{counted(cause.packets, 'packet')}, {conversations} of {clients},"
        f" {denied_when(report, cause)}"
    )
    graver = f" ({cause.graver})" if cause.graver else ""
    summary = element(
        "summary", _severity(cause.severity), element("strong", cause.label), graver,
        element("span", about, class_="muted"),
    )  # fmt: skip
    children = []
    if cause.beside:
        children.append(element("p", f"The same pods are isolated by {listed(cause.beside, 10)}."))
    if cause.missing:
        children += [element("p", "Missing, if the traffic is meant to pass:"),
                     _rules(cause.missing)]  # fmt: skip
    children.append(_denials(cause.denials))
    return element("details", summary, *children, id=cause_anchor(number), open=not number)


def _rules(rules: Sequence[MissingRule]) -> Markup:
    rows = [
        (
            f"{rule.packets:,}", rule.direction, rule.decider, rule.peer, listed(rule.ports, 8),
            f"{rule.nearest} {rule.nearest_why}" if rule.nearest else "no rule comes near",
        )
        for rule in rules[:_SHOWN_ROWS]
    ]  # fmt: skip
    return _table(("packets", "rule", "of", "for", "ports", "nearest"), rows, len(rules))


def _denials(denials: Sequence[Denial]) -> Markup:
    rows = [
        (f"{each.packets:,}", denial_text(each), listed(each.nodes, 3), each.confidence or "")
        for each in denials[:_SHOWN_ROWS]
    ]
    return _table(("packets", "conversation", "node", "confidence"), rows, len(denials))


def _agent(drops: Sequence[AgentDrops]) -> Iterable[Markup]:
    if not drops:
        return
    packets = sum(each.packets for each in drops)
    blocks = (
        element("details", element("summary", f"{counted(each.packets, 'packet')}: {each.why}"),
                _denials(each.denials))
        for each in drops
    )  # fmt: skip
    about = f"{counted(packets, 'packet')} that no policy denies"
    yield _section("Dropped by the agent", "agent", about, *blocks)


def _rest(report: Report) -> Iterable[Markup]:
    if report.set_aside:
        rows = [(f"{each.packets:,}", each.name, each.sentence) for each in report.set_aside]
        table = _table(("packets", "what", "meaning"), rows, len(rows))
        yield _section("Set aside", "set-aside", "no violation, no fault by itself", table)
    if report.recorded:
        recorded = [
            (fault.severity, f"{fault.count:,}", fault.issue, fault.title, fault.mark or "")
            for fault in report.recorded
        ]
        table = _table(("severity", "times", "issue", "what", "why"), recorded, len(recorded))
        yield _section("Recorded", "recorded", "nobody is notified of these", table)
    if report.not_understood:
        notes = element("ul", *(element("li", note) for note in report.not_understood))
        yield _section("Not understood", "not-understood", "", notes)
    if report.not_known:
        gaps = (
            element("li", gap.what + (f"; to know: {gap.remedy}" if gap.remedy else ""))
            for gap in report.not_known
        )
        yield _section("Not known", "not-known", "", element("ul", *gaps))


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], total: int) -> Markup:
    heads = element("tr", *(element("th", name, scope="col") for name in names))
    lines = [
        element("tr", *(_cell(name, value) for name, value in zip(names, row, strict=True)))
        for row in rows
    ]
    table = element("table", element("thead", heads), element("tbody", *lines))
    more = total - len(rows)
    note = [element("p", f"and {more:,} more", class_="muted")] if more > 0 else []
    return joined([element("div", table, class_="scroll", tabindex=0), *note])


def _cell(name: str, value: str) -> Markup:
    kind = _KINDS.get(name)
    return element("td", value, class_=kind) if kind else element("td", value)


def _footer(report: Report) -> Markup:
    origin = report.origin
    made = (rfc3339(origin.made_ms) or "")[:16].replace("T", " ")
    names = listed(origin.inputs, _MAX_INPUTS)
    return element(
        "footer",
        element("p", f"netpolwatch {origin.version}, {made} UTC. Read: {names}."),
        element("p", "Times are UTC. No script, nothing is loaded from anywhere."),
    )
