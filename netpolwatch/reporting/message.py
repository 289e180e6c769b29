"""A notice in neutral parts, from which every channel makes what its readers can use."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from netpolwatch.catalogue.model import Command, Severity
from netpolwatch.findings.model import Evidence, Finding, Links
from netpolwatch.findings.notices import (
    BudgetNotice,
    DigestNotice,
    FindingNotice,
    GroupNotice,
    Notice,
    Reason,
    Row,
)
from netpolwatch.reporting.covering import covered
from netpolwatch.reporting.email import (
    email_subject,
    graver_line,
    named_ends,
    seen_text,
    subject_line,
)
from netpolwatch.reporting.printable import printable, printable_ascii
from netpolwatch.reporting.report.words import span_of, stamp

_SUBJECT_CHARS = 99
_CLUSTER_CHARS = 32
_KEY_CHARS = 40
_SHOWN_SILENCES = 10
_WHY: dict[Reason, str] = {
    "opened": "new",
    "repeated": "still there",
    "risen": "graver than in the last message",
    "surged": "far more often than in its last hours",
    "reassigned": "an address belongs to another workload than in the last message",
    "resolved": "over: silent for long enough",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel sends, before it is written for it. All texts from logs are still untrusted.

    Attributes
    ----------
    subject
        One line, fewer than 100 printable ASCII characters.
    facts
        Names and values, in order.
    rows, more
        A table of findings, and how many it leaves out.
    thread
        What belongs together: a finding's id; empty for a table.
    """

    severity: Severity
    subject: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    notification: str
    kind: str
    summary: str = ""
    rows: tuple[Row, ...] = ()
    more: int = 0
    evidence: tuple[Evidence, ...] = ()
    remedy: tuple[Command, ...] = ()
    links: Links = field(default_factory=Links)
    docs: str = ""
    thread: str = ""
    resolved: bool = False


def message_of(
    notice: Notice, notification: str, summary: str = "", links: Links | None = None
) -> Message:
    """Make a message of a notice; `summary` is what the catalogue says of a finding's issue."""
    links = links or Links()
    if isinstance(notice, FindingNotice):
        return _of_finding(notice, notification, summary)
    if isinstance(notice, GroupNotice):
        return _of_group(notice, notification, links)
    if isinstance(notice, DigestNotice):
        return _of_digest(notice, notification, links)
    if isinstance(notice, BudgetNotice):
        return _of_budget(notice, notification, links)
    return Message(
        severity="info",
        subject="[TEST] netpolwatch: this is a test",
        headline="This is a test of netpolwatch's channels: nothing is wrong",
        facts=(("Text", notice.text), ("Sent", stamp(notice.at))),
        notification=notification,
        kind="test",
        links=links,
    )


def _of_finding(notice: FindingNotice, notification: str, summary: str) -> Message:
    finding = notice.finding
    return Message(
        severity=finding.severity,
        subject=email_subject(finding),
        headline=finding.title,
        facts=tuple(_finding_facts(finding, notice.reason)),
        notification=notification,
        kind=notice.reason,
        summary=summary,
        evidence=finding.evidence,
        remedy=() if finding.status == "resolved" else finding.remedy,
        links=finding.links,
        docs=finding.docs,
        thread=finding.id,
        resolved=finding.status == "resolved",
    )


def _finding_facts(finding: Finding, reason: Reason) -> Iterator[tuple[str, str]]:
    graver = graver_line(finding)
    if graver is not None:
        yield "Severity", graver
    yield "Cluster", finding.cluster or "unknown"
    yield "Subject", subject_line(finding)
    yield from named_ends(finding).items()
    yield "Why now", _WHY[reason]
    yield "Seen", seen_text(finding)
    yield "Confidence", finding.confidence
    if finding.affected_versions:
        yield "Affects", finding.affected_versions
    if finding.fixed_in:
        yield "Fixed in", finding.fixed_in


def _of_group(notice: GroupNotice, notification: str, links: Links) -> Message:
    what = _findings(notice)
    where = f"of {notice.key}" if notice.kind == "issue" else "on one node"
    return Message(
        severity=notice.severity,
        subject=_subject(notice, f"{what}: {printable(notice.key, _KEY_CHARS)}"),
        headline=f"{what} {where}",
        facts=(
            ("Cluster", notice.cluster or "unknown"),
            ("Issue" if notice.kind == "issue" else "Node", notice.key),
            *_span(notice.since, notice.until),
        ),
        notification=notification,
        kind="group",
        rows=notice.rows,
        more=notice.more,
        links=links,
        resolved=notice.is_over,
    )


def _findings(notice: GroupNotice) -> str:
    """Count a table's findings in words: those that go on, and those that are over."""
    over = sum(row.status == "resolved" for row in notice.rows)
    new = len(notice.rows) + notice.more - over
    if not new:
        return f"{over} finding{'s' * (over != 1)} over"
    more = f"{new} more finding{'s' * (new != 1)}"
    return f"{more}, {over} over" if over else more


def _of_digest(notice: DigestNotice, notification: str, links: Links) -> Message:
    count = len(notice.rows) + notice.more
    what = f"{count} new denied conversation{'s' * (count != 1)}"
    facts = [("Cluster", notice.cluster or "unknown"), *_span(notice.since, notice.until)]
    aside = notice.set_aside
    if aside is None:
        facts.append(("Set aside", "unknown: the counts could not be read"))
    else:
        parts = [f"{number:,} {_ASIDE.get(name, name)}" for name, number in sorted(aside.items())]
        facts.append(("Set aside", "; ".join(parts) or "nothing of that time"))
    facts.extend(("Silence", silence) for silence in notice.silences[:_SHOWN_SILENCES])
    if len(notice.silences) > _SHOWN_SILENCES:
        left = len(notice.silences) - _SHOWN_SILENCES
        facts.append(("Silences", f"and {left:,} more: netpolwatch silence list"))
    return Message(
        severity=notice.severity,
        subject=_subject(notice, what),
        headline=what,
        facts=tuple(facts),
        notification=notification,
        kind="digest",
        rows=notice.rows,
        more=notice.more,
        links=links,
    )


_ASIDE = {
    "reply": "answers of connections that were allowed",
    "agent-state": "drops while the agent had no state",
    "noise": "multicast, broadcast and link-local packets",
    "unknown": "drops that could not be judged",
}


def _of_budget(notice: BudgetNotice, notification: str, links: Links) -> Message:
    count = notice.suppressed
    what = f"{count} more message{'s' * (count != 1)} suppressed"
    return Message(
        severity=notice.severity,
        subject=_subject(notice, f"{what} within an hour"),
        headline=f"{what}: the ceiling of messages an hour was reached",
        facts=(("Hour from", stamp(notice.since)),),
        notification=notification,
        kind="budget",
        rows=notice.rows,
        more=notice.more,
        links=links,
    )


def row_groups(message: Message) -> list[tuple[str, list[Row]]]:
    """Return a table's rows by the policy that denies them; one group without a title elsewhere."""
    if message.kind != "digest" or not any(row.policies for row in message.rows):
        return [("", list(message.rows))]
    known = [row for row in message.rows if row.policies]
    groups = [(f"policy {name}", rows) for name, rows in covered(known, _policies)]
    unknown = [row for row in message.rows if not row.policies]
    return [*groups, ("policy not known", unknown)] if unknown else groups


def _policies(row: Row) -> tuple[str, ...]:
    return row.policies


def _span(since: int, until: int) -> list[tuple[str, str]]:
    return [("Time", span_of(since, until))]


def _subject(notice: GroupNotice | DigestNotice | BudgetNotice, text: str) -> str:
    cluster = printable(notice.cluster or "all clusters", _CLUSTER_CHARS)
    over = isinstance(notice, GroupNotice) and notice.is_over
    state = "RESOLVED" if over else notice.severity.upper()
    return printable_ascii(f"[{state}] {cluster}: {text}", _SUBJECT_CHARS)
