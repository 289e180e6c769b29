"""The first screen of a report: what is broken, since when, where, and what to do now."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from netpolwatch.catalogue.model import Command, Severity
from netpolwatch.catalogue.sighting import FieldValue
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import who
from netpolwatch.findings.observation import is_other
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.reporting.email import subject_line
from netpolwatch.reporting.report.model import Cause, Fault, Report
from netpolwatch.reporting.report.words import counted, first_sentences, length_text, listed

_OLD_MS: Final = 3_600_000
_SHOWN_VALUES: Final = 2
_ASIDE: Final = {"reply": "answers", "noise": "multicast and broadcast"}


@dataclass(frozen=True, slots=True)
class HeadRow:
    """One fault or cause in a line; `anchor` names its details."""

    severity: Severity
    what: str
    count: str
    when: str
    where: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Head:
    """The answers; every section is whole, a renderer shows as many rows as it has room for.

    Attributes
    ----------
    window
        From when to when the log goes, how long that is, and how old its end is.
    read
        What was read and how much of it was denied.
    now
        The first thing to do, with its command.
    """

    cluster: str
    window: str
    read: str
    warning: str | None
    going_on: tuple[HeadRow, ...]
    over: tuple[HeadRow, ...]
    denied: tuple[HeadRow, ...]
    denied_title: str
    aside: str
    now: Command


def head_of(report: Report) -> Head:
    """Return the first screen of a report."""
    return Head(
        cluster=report.cluster or "cluster not known",
        window=window_text(report),
        read=read_text(report),
        warning=_warning(report),
        going_on=tuple(_fault_row(report, fault) for fault in report.going_on),
        over=tuple(_fault_row(report, fault) for fault in report.over),
        denied=tuple(
            _cause_row(report, cause, number) for number, cause in enumerate(report.causes)
        ),
        denied_title=denied_title(report),
        aside=aside_text(report),
        now=_now(report),
    )


def window_text(report: Report) -> str:
    """Return the window: `2026-06-09 12:00 to 17:58 UTC (5 h 58 min), ended 175 d ago`."""
    first, last = rfc3339(report.first_ms), rfc3339(report.last_ms)
    if first is None or last is None or report.first_ms is None or report.last_ms is None:
        return "no times in this log"
    start, end = f"{first[:10]} {first[11:16]}", last[11:16]
    if first[:10] != last[:10]:
        end = f"{last[:10]} {end}"
    text = f"{start} to {end} UTC ({length_text(report.last_ms - report.first_ms)})"
    age_ms = report.age_ms
    return (
        text if age_ms is None or age_ms < _OLD_MS else f"{text}, ended {length_text(age_ms)} ago"
    )


def read_text(report: Report) -> str:
    """Return what was read: `22,612 events, 1,046 of 13,246 flows denied`."""
    totals = report.totals
    read = f"{counted(totals.events, 'event')} from {inputs_text(report)}"
    return f"{read}, {totals.denied:,} of {counted(totals.flows, 'flow')} denied"


def inputs_text(report: Report) -> str:
    """Return the names of the inputs, where they are few, else how many there are."""
    names = report.origin.inputs
    if 0 < len(names) <= _SHOWN_VALUES:
        return " and ".join("standard input" if name == "-" else name for name in names)
    return counted(report.totals.files, "file")


def _warning(report: Report) -> str | None:
    if not report.totals.events:
        return "Nothing was read: the input is empty."
    if not report.is_recognised:
        return (
            "Nothing here was recognised as a verdict or a known fault: is it the right log,"
            " compressed, or in a wrapper that docs/inputs.md does not list?"
        )
    if report.not_understood:
        return f"Incomplete: {listed(report.not_understood, 1)}"
    return None


def denied_title(report: Report) -> str:
    """Return how much policies deny: `750 packets, 9 conversations, 3 causes`."""
    if not report.causes:
        return "nothing"
    conversations = sum(len(cause.denials) for cause in report.causes)
    text = (
        f"{counted(report.denied_by_policy, 'packet')}, {counted(conversations, 'conversation')},"
        f" {counted(len(report.causes), 'cause')}"
    )
    if report.unexplained_packets:
        text += f" and {counted(report.unexplained_packets, 'packet')} of rare ones"
    known = any(cause.policy is not None for cause in report.causes)
    return text if known else f"{text}, as far as the lines show"


def aside_text(report: Report) -> str:
    """Return what was set aside and what the agent dropped by itself, as one line."""
    parts = [f"{each.packets:,} {_ASIDE.get(each.name, each.name)}" for each in report.set_aside]
    agent = sum(drops.packets for drops in report.agent_drops)
    if agent:
        parts.append(f"{agent:,} dropped by the agent itself")
    unknown = report.totals.by_disposition.get("unknown", 0)
    if unknown:
        parts.append(f"{unknown:,} not judged")
    return ", ".join(parts) or "nothing"


def _fault_row(report: Report, fault: Fault) -> HeadRow:
    clock = report.clock
    when = clock.span if fault.is_over else clock.since
    going_on = [each for each in fault.subjects if each.status != "resolved"] or fault.subjects
    return HeadRow(
        severity=fault.severity,
        what=fault.title,
        count=f"{fault.count:,}x",
        when=when(fault.first_ms, fault.last_ms),
        where=where_text(going_on),
        anchor=fault_anchor(fault),
    )


def _cause_row(report: Report, cause: Cause, number: int) -> HeadRow:
    return HeadRow(
        severity=cause.severity,
        what=cause.label,
        count=f"{cause.packets:,}x",
        when=_denied_briefly(report, cause),
        where=cause_where(cause),
        anchor=cause_anchor(number),
    )


def fault_anchor(fault: Fault) -> str:
    """Return what names a fault's details in a page."""
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in fault.issue)
    return f"issue-{plain}"


def cause_anchor(number: int) -> str:
    """Return what names the details of a report's cause in a page."""
    return f"cause-{number + 1}"


def _denied_briefly(report: Report, cause: Cause) -> str:
    """Return when a cause denied, since which change and by whom, in a few words."""
    span, change = report.clock.span(cause.first_ms, cause.last_ms), cause.change
    if change is None:
        return span
    # Of an ARN or a service account the last part is the name.
    by = f" by {re.split('[/:]', change.by)[-1]}" if change.by else ""
    return f"{span}, changed {report.clock.moment(change.at_ms)}{by}"


def denied_when(report: Report, cause: Cause) -> str:
    """Return since when a cause denies, and when it did last; by whom, where that is known."""
    span = report.clock.span(cause.first_ms, cause.last_ms)
    if cause.change is None:
        return span
    part = "" if cause.change.packets == cause.packets else f" ({cause.change.packets:,} of them)"
    return f"{span}, {cause.change.what}{part}"


def cause_where(cause: Cause) -> str:
    """Return who is hit, and what is out of reach: at most two names of each."""
    sources = list(dict.fromkeys(denial.source.name for denial in cause.denials))
    return f"{listed(sources, _SHOWN_VALUES)} cannot reach {_targets(cause)}"


def _targets(cause: Cause) -> str:
    targets = dict.fromkeys(
        f"{denial.destination.name} port {denial.port}" for denial in cause.denials
    )
    return listed(list(targets), 1)


def where_text(findings: Sequence[Finding]) -> str:
    """Return the subjects of some findings of one issue in a few words: `2 nodes: a, b`."""
    apart = [each.subject for each in findings if each.subject and not is_other(each.subject)]
    if not apart:
        return "the whole cluster" if not findings[0].subject else "many"
    if len(apart) == 1:
        return ", ".join(f"{key} {short_value(key, value)}" for key, value in _known(apart[0]))
    keys = list(apart[0])
    values = list(dict.fromkeys(short_value(keys[0], each.get(keys[0])) for each in apart))
    return f"{counted(len(values), keys[0])}: {listed(values, _SHOWN_VALUES)}"


def _known(subject: dict[str, FieldValue]) -> Iterable[tuple[str, FieldValue]]:
    return ((key, value) for key, value in subject.items() if value is not None)


def subject_words(finding: Finding) -> str:
    """Return a finding's subject in a line; an address has the name of who had it, if known."""
    if not finding.subject or is_other(finding.subject):
        return subject_line(finding)
    names = {str(each.get("ip")): who(each) for each in finding.identities[:2]}
    parts = []
    for key, value in _known(finding.subject):
        name = names.get(str(value))
        parts.append(f"{key} {name} ({value})" if name else f"{key} {value}")
    return ", ".join(parts)


def short_value(key: str, value: FieldValue) -> str:
    """Return a subject's value without the domain of a node's name."""
    text = "unknown" if value is None else str(value)
    return text.partition(".")[0] if key == "node" else text


def _now(report: Report) -> Command:
    if report.going_on:
        fault = report.going_on[0]
        step = next((step for step in fault.steps if step.run), None)
        if step is not None:
            return Command(first_sentences(step.say, 1), step.run)
        return Command(f"Read about it: netpolwatch issues {fault.issue}")
    if report.causes and report.causes[0].missing:
        rule = report.causes[0].missing[0]
        return Command(
            f"Nothing else goes on. If {rule.decider} needs {rule.peer} on {listed(rule.ports)}, an"
            f" {rule.direction} rule is missing: netpolwatch explain prints it."
        )
    if report.causes:
        return Command("Name who was denied, and by which policy: add --snapshot FILE.")
    return Command("Nothing goes on when the log ends.")
