"""A finding as an e-mail: 72 columns, plain text."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from netpolwatch.catalogue.sighting import FieldValue
from netpolwatch.findings.crowds import extent_text
from netpolwatch.findings.model import Evidence, Finding
from netpolwatch.findings.notices import CONVERSATION, successors, who
from netpolwatch.findings.observation import is_other
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.reporting.printable import defused, printable, printable_ascii
from netpolwatch.reporting.report.words import counted, span_of, stamp

_WIDTH = 72
_SUBJECT_CLUSTER_CHARS = 32
_SUBJECT_WHERE_CHARS = 56
_SUBJECT_CHARS = 99
_NAME_WIDTH = 12
_SHOWN_EVIDENCE_CHARS = 300


def email_subject(finding: Finding) -> str:
    """Write a subject: fewer than 100 printable ASCII characters, as SNS asks."""
    cluster = printable(finding.cluster or "unknown cluster", _SUBJECT_CLUSTER_CHARS)
    where = printable(_ends_line(finding) or subject_line(finding), _SUBJECT_WHERE_CHARS)
    state = "RESOLVED" if finding.status == "resolved" else finding.severity.upper()
    text = f"[{state}] {cluster}: {finding.title}: {where}"
    return printable_ascii(text, _SUBJECT_CHARS)


def email_body(finding: Finding, summary: str, notification: str) -> str:
    """Write a finding for a person who reads it on a telephone at night."""
    return "\n".join(_lines(finding, summary, notification)) + "\n"


def named_ends(finding: Finding) -> dict[str, str]:
    """Return who the two ends are, which policies isolate, what they say and since when."""
    facts: dict[str, str] = {}
    later = successors(finding)
    for title, identity in zip(("From", "To"), finding.identities, strict=False):
        then = later.get(str(identity.get("ip")), {})
        for name, one in ((title, identity), (f"{title} later", then)):
            if who(one) is not None:
                facts[name] = _sure_name(one)
    if finding.policies:
        facts["Policies"] = ", ".join(finding.policies)
    if finding.judged:
        facts["Judged"] = finding.judged
    if finding.change:
        facts["Changed"] = finding.change
    return facts


def _sure_name(identity: Mapping[str, Any]) -> str:
    sure, evidence = identity.get("confidence") or "low", identity.get("evidence") or "no source"
    return f"{who(identity)} ({sure} confidence: {evidence})"


def graver_line(finding: Finding) -> str | None:
    """Say how grave a finding is and why, where something makes it graver than its sightings."""
    return f"{finding.severity} ({finding.escalated})" if finding.escalated else None


def subject_line(finding: Finding) -> str:
    """Name a finding's subject in one line: `node ip-10-0-1-9.ec2.internal`."""
    counted = extent_text(finding.extent or {})
    return f"{_subject_line(finding)}: {counted}" if counted else _subject_line(finding)


def _subject_line(finding: Finding) -> str:
    if not finding.subject:
        return "the whole cluster"
    if is_other(finding.subject):
        return f"every other {', '.join(finding.subject)}"
    if finding.subject.keys() == CONVERSATION:
        shown = {key: _shown(value) for key, value in finding.subject.items()}
        return "{source} -> {destination} port {port} {protocol}".format(**shown)
    return ", ".join(f"{printable(key)} {_shown(value)}" for key, value in finding.subject.items())


def _ends_line(finding: Finding) -> str | None:
    """Name both ends of a conversation by their workloads, where both are known."""
    source, destination = (*map(who, finding.identities[:2]), None, None)[:2]
    if finding.subject.keys() != CONVERSATION or source is None or destination is None:
        return None
    return f"{source} -> {destination} port {_shown(finding.subject['port'])}"


def _shown(value: FieldValue) -> str:
    return "unknown" if value is None else printable(str(value), 120)


def _lines(finding: Finding, summary: str, notification: str) -> Iterator[str]:
    state = "RESOLVED" if finding.status == "resolved" else finding.severity.upper()
    yield from _wrapped(f"{state}: {finding.title}")
    yield ""
    yield from _facts(finding)
    yield ""
    yield from _wrapped(summary)
    yield ""
    if finding.evidence:
        yield "EVIDENCE"
        for evidence in finding.evidence:
            yield from _evidence(evidence)
        yield ""
    if finding.status != "resolved":
        yield from _remedy(finding)
    yield from _footer(finding, notification)


def _remedy(finding: Finding) -> Iterator[str]:
    yield "WHAT TO DO"
    for number, command in enumerate(finding.remedy, start=1):
        yield from _wrapped(command.say, f"{number}. ", "   ")
        if command.run:
            # To be copied whole: a command is as long as it is.
            yield f"   $ {command.run}"
    yield ""


def _facts(finding: Finding) -> Iterator[str]:
    facts = {
        "Severity": graver_line(finding),
        "Cluster": finding.cluster or "unknown",
        "Subject": subject_line(finding),
        **named_ends(finding),
        "Status": finding.status,
        "Seen": seen_text(finding),
        "Over since": stamp(milliseconds(finding.resolved_at)) if finding.resolved_at else None,
        "Confidence": finding.confidence,
        "Affects": finding.affected_versions,
        "Fixed in": finding.fixed_in,
    }
    for name, value in facts.items():
        if value is not None:
            yield from _wrapped(defused(value), f"{name:<{_NAME_WIDTH}}", " " * _NAME_WIDTH)


def seen_text(finding: Finding) -> str:
    """Return how often a finding was seen, from when to when: `3 times, … (4 min)`."""
    first_ms = milliseconds(finding.first_seen or "")
    span = span_of(first_ms, milliseconds(finding.last_seen or ""))
    return f"{counted(finding.count, 'time')}, {span}"


def _evidence(evidence: Evidence) -> Iterator[str]:
    yield f"  {evidence.timestamp or 'no time'}"
    yield from _wrapped(evidence.log_stream, "  ")
    yield from _wrapped(defused(printable(evidence.text, _SHOWN_EVIDENCE_CHARS)), "    ")


def _footer(finding: Finding, notification: str) -> Iterator[str]:
    for name, link in (
        ("Logs", finding.links.logs_insights),
        ("Dashboard", finding.links.dashboard),
        ("Read more", finding.docs),
        ("Explain", f"netpolwatch issues {finding.issue}"),
    ):
        if link:
            yield f"{name:<{_NAME_WIDTH}}{link}"
    yield ""
    yield "-- "
    yield f"netpolwatch finding {finding.id}"
    yield f"notification {notification}"


def _wrapped(text: str, first: str = "", following: str | None = None) -> list[str]:
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=first if following is None else following,
        break_on_hyphens=False,
    )
