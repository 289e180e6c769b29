"""Findings by issue: one fault with a table of subjects, its meaning and its steps once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from netpolwatch.catalogue.model import SEVERITIES, Entry, Severity
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import CONVERSATION
from netpolwatch.findings.observation import is_other
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.reporting.report.model import Fault
from netpolwatch.reporting.report.words import first_sentences

_RECORDED: Final = "recorded only, nobody is notified"


def faults_of(findings: Iterable[Finding], entries: Mapping[str, Entry]) -> list[Fault]:
    """Return the faults, the gravest first; denied conversations are told by their causes."""
    by_issue: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if not is_conversation(finding, entries):
            by_issue[finding.issue].append(finding)
    faults = [_fault(entries.get(issue), group) for issue, group in by_issue.items()]
    return sorted(
        faults, key=lambda each: (-SEVERITIES.index(each.severity), -each.count, each.issue)
    )


def is_conversation(finding: Finding, entries: Mapping[str, Entry]) -> bool:
    """Whether a finding is one denied conversation of many, which a digest collects."""
    entry = entries.get(finding.issue)
    return entry is not None and entry.digest and finding.subject.keys() == CONVERSATION


def _fault(entry: Entry | None, findings: Sequence[Finding]) -> Fault:
    subjects = sorted(findings, key=_rank)
    going_on = [each for each in subjects if each.status != "resolved"]
    first, living = subjects[0], going_on or subjects
    severity = gravest(living)
    return Fault(
        issue=first.issue,
        title=first.title,
        meaning=first_sentences(entry.summary) if entry else "",
        severity=severity,
        is_over=not going_on,
        mark=_mark(entry, severity),
        count=sum(each.count for each in living),
        first_ms=min(_times(each.first_seen for each in living), default=None),
        last_ms=max(_times(each.last_seen for each in living), default=None),
        subjects=tuple(subjects),
        # Nobody can follow steps for subjects that were not told apart.
        steps=() if is_other(first.subject) and first.subject else first.remedy,
        links=(first.docs, *first.upstream),
    )


def _rank(finding: Finding) -> tuple[bool, bool, int, int, str]:
    """Order subjects: the overflow last, what goes on first, then the gravest."""
    return (
        bool(finding.subject) and is_other(finding.subject),
        finding.status == "resolved",
        -SEVERITIES.index(finding.severity),
        -finding.count,
        finding.id,
    )


def gravest(findings: Iterable[Finding]) -> Severity:
    """Return the gravest severity of some findings."""
    return max((each.severity for each in findings), key=SEVERITIES.index)


def _mark(entry: Entry | None, severity: Severity) -> str | None:
    """Return why nobody is notified of a fault; `None` where somebody is."""
    if entry is None:
        return None
    if entry.maturity == "incubating":
        return "being tried out, nobody is notified"
    if not entry.notify:
        return _RECORDED
    if severity != "info":
        return None
    may_be_info = entry.severity == "info" or any(rule.severity == "info" for rule in entry.rules)
    if may_be_info or not (entry.threshold.count > 1 or entry.threshold.lasting):
        return _RECORDED
    return f"below its threshold ({entry.threshold.text}), nobody is notified"


def _times(texts: Iterable[str | None]) -> Iterable[int]:
    return (time for time in map(milliseconds, filter(None, texts)) if time is not None)
