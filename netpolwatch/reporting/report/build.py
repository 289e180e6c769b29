"""A run's totals, findings and knowledge become a report."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.model import Finding
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.reporting.report.causes import causes_of
from netpolwatch.reporting.report.course import ALLOWED
from netpolwatch.reporting.report.denials import Denials, denials_of
from netpolwatch.reporting.report.faults import faults_of
from netpolwatch.reporting.report.gaps import gaps_of
from netpolwatch.reporting.report.model import AgentDrops, Denial, Origin, Report, SetAside, Totals
from netpolwatch.reporting.report.selection import EVERYTHING, Selection
from netpolwatch.reporting.report.words import counted
from netpolwatch.reporting.summary import Summary

_MOMENTS: Final = re.compile(r"\d{4}-\d\d-\d\dT\S+|\b\d[\d.,]* (?:ms|s|min|h)\b")
"""What differs in the same reason of two drops."""

_MANY_UNREAD: Final = 3
"""Lines that are not understood: a single one may be a quotation."""

_ASIDE: Final = {
    "reply": "answers within connections that were allowed: the agent had lost track of them",
    "noise": "multicast, broadcast and link-local packets that no workload waits for",
}


def report_of_run(
    summary: Summary,
    findings: Sequence[Finding],
    entries: Mapping[str, Entry],
    knowledge: Knowledge,
    origin: Origin,
    cluster: str | None,
    selection: Selection = EVERYTHING,
) -> Report:
    """Return a run's report; `knowledge` may be empty, then no end has a name.

    `findings` are those of the selection. The totals are the run's, or those of the chosen time.
    """
    denials = denials_of(summary.denied, knowledge, selection)
    faults = faults_of(findings, entries)
    causes = causes_of(denials.of("violation"))
    first_ms, last_ms = _window(summary, selection)
    flows, by_disposition = _counts(summary, selection)
    notified = [fault for fault in faults if fault.mark is None and fault.severity != "info"]
    return Report(
        cluster=cluster,
        first_ms=first_ms,
        last_ms=last_ms,
        origin=origin,
        totals=_totals(summary, flows, by_disposition),
        course=summary.course.course(first_ms, last_ms),
        going_on=tuple(fault for fault in notified if not fault.is_over),
        over=tuple(fault for fault in notified if fault.is_over),
        recorded=tuple(fault for fault in faults if fault not in notified),
        causes=tuple(cause for cause in causes if selection.keeps_severity(cause.severity)),
        agent_drops=tuple(_agent_drops(denials)),
        set_aside=tuple(_set_aside(by_disposition)),
        not_understood=tuple(_not_understood(summary)),
        not_known=tuple(gaps_of(summary, denials, knowledge)),
        is_recognised=not summary.events or bool(summary.by_verdict or findings),
        unexplained_packets=denials.unexplained,
    )


def _window(summary: Summary, selection: Selection) -> tuple[int | None, int | None]:
    if summary.first is None or summary.last is None:
        return summary.first, summary.last
    since_ms, until_ms = selection.since_ms, selection.until_ms
    first_ms = summary.first if since_ms is None else max(summary.first, since_ms)
    last_ms = summary.last if until_ms is None else min(summary.last, until_ms)
    return first_ms, max(first_ms, last_ms)


def _counts(summary: Summary, selection: Selection) -> tuple[int, Counter[str]]:
    """Return the flows and the denied packets by disposition, of the chosen time."""
    if selection.since_ms is None and selection.until_ms is None:
        return summary.by_verdict.total(), summary.by_disposition
    counts = summary.course.between(selection.since_ms, selection.until_ms)
    flows = counts.total()
    counts.pop(ALLOWED, None)
    return flows, counts


def _totals(summary: Summary, flows: int, by_disposition: Counter[str]) -> Totals:
    return Totals(
        files=summary.files,
        events=summary.events,
        flows=flows,
        by_verdict=dict(summary.by_verdict.most_common()),
        by_disposition=dict(by_disposition.most_common()),
    )


def _agent_drops(denials: Denials) -> Iterable[AgentDrops]:
    by_reason: dict[str, list[Denial]] = defaultdict(list)
    for denial in denials.of("agent-state"):
        by_reason[_MOMENTS.sub("", denial.why)].append(denial)
    drops = [_drops_of(members[0].why, members) for members in by_reason.values()]
    return sorted(drops, key=lambda each: (-each.packets, each.why))


def _drops_of(why: str, denials: list[Denial]) -> AgentDrops:
    return AgentDrops(
        why=why,
        packets=sum(each.packets for each in denials),
        first_ms=min((each.first_ms for each in denials if each.first_ms), default=None),
        last_ms=max((each.last_ms for each in denials if each.last_ms), default=None),
        denials=tuple(sorted(denials, key=lambda each: (-each.packets, each.source.name))),
    )


def _set_aside(by_disposition: Mapping[str, int]) -> Iterable[SetAside]:
    for name, sentence in _ASIDE.items():
        packets = by_disposition.get(name, 0)
        if packets:
            yield SetAside(name, packets, sentence)


def _not_understood(summary: Summary) -> Iterable[str]:
    # What stands first is also on the first screen.
    grave = summary.unread_notes(_MANY_UNREAD)
    yield from grave
    if summary.unparsed:
        yield f"{counted(summary.unparsed, 'record')} could not be read"
    if summary.dropped:
        yield f"{counted(summary.dropped, 'event')} left out: beyond a bound"
    others = sum(summary.unknown_members.values())
    if others:
        yield f"{counted(others, 'file')} of bundles are no logs that netpolwatch reads"
    yield from summary.printable_notes()
    yield from (note for note in summary.unread_notes() if note not in grave)
