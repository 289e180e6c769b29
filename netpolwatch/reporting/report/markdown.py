"""A report as Markdown, for a ticket or a chat: the same sections in the same order.

Log text is escaped or stands in code; a command is a block of its own.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from netpolwatch.catalogue.model import Command
from netpolwatch.findings.model import Finding
from netpolwatch.ingest.timestamps import milliseconds, rfc3339
from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.report.head import HeadRow, denied_when, head_of, subject_words
from netpolwatch.reporting.report.model import Cause, Denial, Fault, MissingRule, Report
from netpolwatch.reporting.report.text import denial_text
from netpolwatch.reporting.report.words import counted, listed

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!&@])")
_LINK: Final = re.compile(r"(?i)\b(https?|ftp|mailto)(:)|\b(www)(\.)")
_EVIDENCE_CHARS: Final = 600
_TICKS: Final = re.compile(r"`+")


def escaped(text: str) -> str:
    """Return text in which nothing is markup, a mention or a link."""
    marked = _SPECIAL.sub(r"\\\1", printable(text))
    # A zero-width character would be hidden; an entity is shown as what it stands for.
    return _LINK.sub(lambda found: f"{found[1] or found[3]}&#{ord(found[2] or found[4])};", marked)


def code_block(text: str, language: str = "") -> str:
    """Return a fenced block; the fence is longer than any in the text."""
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{printable(text)}\n{fence}"


def report_markdown(report: Report, top: int) -> str:
    """Return a report as Markdown; `top` is how many rows each list has."""
    return "\n".join([*_head(report), *_details(report, top), *_footer(report)]) + "\n"


def _head(report: Report) -> Iterable[str]:
    head = head_of(report)
    yield f"# {escaped(head.cluster)}\n"
    yield f"{escaped(head.window)}  \n{escaped(head.read)}\n"
    yield from (f"Only {escaped(name)}.\n" for name in report.origin.filters)
    if head.warning:
        yield f"**{escaped(head.warning)}**\n"
    for name, rows in (("Still going on", head.going_on), ("Over", head.over),
                       ("Denied by policy", head.denied)):  # fmt: skip
        if rows:
            yield f"**{name}**\n"
            yield from _head_rows(rows)
    yield f"**Set aside:** {escaped(head.aside)}\n"
    yield f"**What now:** {escaped(head.now.say)}\n"
    if head.now.run:
        yield code_block(head.now.run, "console") + "\n"


def _head_rows(rows: Sequence[HeadRow]) -> Iterable[str]:
    cells = [(row.severity, row.what, row.count, row.when, row.where) for row in rows]
    yield from _table(("severity", "what", "times", "when", "where"), cells, len(cells))


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], total: int) -> Iterable[str]:
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    yield from (f"| {' | '.join(map(escaped, row))} |" for row in rows)
    yield f"\nand {total - len(rows):,} more\n" if total > len(rows) else ""


def _details(report: Report, top: int) -> Iterable[str]:
    for name, faults in (("Still going on", report.going_on), ("Over", report.over)):
        if faults:
            yield f"## {name}\n"
        for fault in faults:
            yield from _fault(report, fault, top)
    if report.causes:
        yield f"## Denied by policy\n\n{escaped(head_of(report).denied_title)}\n"
    for cause in report.causes[:top]:
        yield from _cause(report, cause, top)
    if len(report.causes) > top:
        yield f"and {counted(len(report.causes) - top, 'more cause')}\n"
    yield from _agent(report, top)
    yield from _rest(report)


def _fault(report: Report, fault: Fault, top: int) -> Iterable[str]:
    when = (report.clock.between if fault.is_over else report.clock.since)(
        fault.first_ms, fault.last_ms
    )
    yield f"### {fault.severity}: {escaped(fault.title)}\n"
    yield f"`{fault.issue}`, {counted(fault.count, 'time')}, {escaped(when)}\n"
    yield escaped(fault.meaning) + "\n"
    rows = [_subject(report, each) for each in fault.subjects[:top]]
    yield from _table(("severity", "times", "when", "where"), rows, len(fault.subjects))
    for evidence in fault.subjects[0].evidence[:1]:
        yield code_block(evidence.text[:_EVIDENCE_CHARS]) + "\n"
    for number, step in enumerate(fault.steps, start=1):
        yield _step(number, step)


def _subject(report: Report, finding: Finding) -> Sequence[str]:
    is_over = finding.status == "resolved"
    when = report.clock.between if is_over else report.clock.since
    times = milliseconds(finding.first_seen or ""), milliseconds(finding.last_seen or "")
    return finding.severity, f"{finding.count:,}", when(*times), subject_words(finding)


def _step(number: int, step: Command) -> str:
    text = f"{number}. {escaped(step.say)}\n"
    if not step.run:
        return text
    block = code_block(step.run, "console").replace("\n", "\n   ")
    return f"{text}\n   {block}\n"


def _cause(report: Report, cause: Cause, top: int) -> Iterable[str]:
    graver = f" ({cause.graver})" if cause.graver else ""
    yield f"### {cause.severity}: {escaped(cause.label + graver)}\n"
    conversations = counted(len(cause.denials), "conversation")
    about = f"{counted(cause.packets, 'packet')}, {conversations}, {denied_when(report, cause)}"
    yield escaped(about) + "\n"
    if cause.missing:
        yield "Missing, if the traffic is meant to pass:\n"
        rows = [_rule(rule) for rule in cause.missing[:top]]
        names = ("packets", "rule", "of", "for", "ports", "nearest")
        yield from _table(names, rows, len(cause.missing))
    else:
        yield from _denials(cause.denials, top)


def _rule(rule: MissingRule) -> Sequence[str]:
    near = f"{rule.nearest} {rule.nearest_why}" if rule.nearest else "no rule comes near"
    return (
        f"{rule.packets:,}", rule.direction, rule.decider, rule.peer, listed(rule.ports, 8), near,
    )  # fmt: skip


def _denials(denials: Sequence[Denial], top: int) -> Iterable[str]:
    rows = [(f"{each.packets:,}", denial_text(each)) for each in denials[:top]]
    yield from _table(("packets", "conversation"), rows, len(denials))


def _agent(report: Report, top: int) -> Iterable[str]:
    if report.agent_drops:
        yield "## Dropped by the agent\n"
    for each in report.agent_drops:
        yield escaped(f"{counted(each.packets, 'packet')}: {each.why}") + "\n"
        yield from _denials(each.denials, top)


def _rest(report: Report) -> Iterable[str]:
    if report.set_aside:
        yield "## Set aside\n"
        rows = [(f"{each.packets:,}", each.name, each.sentence) for each in report.set_aside]
        yield from _table(("packets", "what", "meaning"), rows, len(rows))
    if report.recorded:
        yield "## Recorded\n"
        recorded = [(fault.severity, f"{fault.count:,}", fault.issue, fault.mark or "")
                    for fault in report.recorded]  # fmt: skip
        yield from _table(("severity", "times", "issue", "why"), recorded, len(recorded))
    for name, notes in (("Not understood", report.not_understood), ("Not known", _gaps(report))):
        if notes:
            yield f"## {name}\n"
            yield from (f"- {escaped(note)}" for note in notes)
            yield ""


def _gaps(report: Report) -> tuple[str, ...]:
    return tuple(gap.what + (f"; to know: {gap.remedy}" if gap.remedy else "")
                 for gap in report.not_known)  # fmt: skip


def _footer(report: Report) -> Iterable[str]:
    made = (rfc3339(report.origin.made_ms) or "")[:16].replace("T", " ")
    names = escaped(listed(report.origin.inputs, 20))
    yield f"netpolwatch {report.origin.version}, {made} UTC. Read: {names}. Times are UTC."
