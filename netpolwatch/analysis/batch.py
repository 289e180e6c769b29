"""What one payload came to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from netpolwatch.analysis.sightings import sighting_of_flow
from netpolwatch.analysis.unread import UnreadLines
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import VersionedComponent
from netpolwatch.catalogue.running import RunningVersions, VersionSeen
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.events import LogEvent
from netpolwatch.kubernetes.facts import AnyFact

MAX_DENIES = 10_000
MAX_LINE_SIGHTINGS = 10_000
MAX_FACTS = 20_000
MAX_VERSIONS = 10_000
MAX_LABELS = 64
"""Distinct verdicts or protocols told apart in one batch."""

OTHER = "other"


@dataclass(slots=True)
class Batch:
    """Counts and facts of one payload.

    Attributes
    ----------
    events
        Log events read.
    by_verdict, by_protocol
        Flows, of every verdict.
    by_disposition
        DENY flows.
    by_minute
        Flows by minute of event time (`2026-06-09T09:01Z`; `unknown` without a time).
    series
        Counts by (minute in ms since 1970 or `None`, what is counted, label): what metrics need.
    denies
        At most `MAX_DENIES` judged DENY flows; the rest is counted in `dropped`.
    waiting
        DENYs whose judgement waits for what explains them, where that was asked for: they are
        counted as flows, and not yet as anything else; at most `MAX_DENIES`.
    line_sightings
        Known issues seen in lines that are no flows, at most `MAX_LINE_SIGHTINGS`.
    endings
        Known issues whose end a line shows, at most `MAX_LINE_SIGHTINGS`.
    hints
        Signals that count, at most `MAX_LINE_SIGHTINGS`.
    issues
        Ids of the known issues seen in lines and in DENY flows, with their counts: all of them.
    signals
        Ids of issues that a line hints at, with their counts.
    facts
        What audit events teach about the cluster, where that was asked for; at most `MAX_FACTS`.
    versions
        Running versions that events tell, at most `MAX_VERSIONS`.
    oldest, newest
        Event times in ms since 1970 (UTC), `None` where no event had one.
    unparsed
        Elements that could not be read as events.
    dropped
        Events lost to a bound.
    bytes
        Size of the payload after inflating.
    error
        Why the envelope could not be decoded, else `None`.
    notes
        What was left out, in words.
    component
        Who writes all of the stream's lines, where that is known.
    unread
        Lines that hold the words of a verdict or a known fault, of which nothing was read.
    log_events
        The events themselves.
    matcher
        Describes the issues of flows, when somebody asks for them.
    """

    log_group: str = ""
    log_stream: str = ""
    component: str | None = None
    events: int = 0
    by_verdict: Counter[str] = field(default_factory=Counter)
    by_disposition: Counter[str] = field(default_factory=Counter)
    by_protocol: Counter[str] = field(default_factory=Counter)
    by_minute: Counter[str] = field(default_factory=Counter)
    series: Counter[tuple[int | None, str, str]] = field(default_factory=Counter)
    denies: list[Flow] = field(default_factory=list)
    waiting: list[Flow] = field(default_factory=list)
    line_sightings: list[Sighting] = field(default_factory=list)
    endings: list[Sighting] = field(default_factory=list)
    hints: list[Sighting] = field(default_factory=list)
    issues: Counter[str] = field(default_factory=Counter)
    signals: Counter[str] = field(default_factory=Counter)
    facts: list[AnyFact] = field(default_factory=list)
    versions: list[VersionSeen] = field(default_factory=list)
    oldest: int | None = None
    newest: int | None = None
    unparsed: int = 0
    dropped: int = 0
    bytes: int = 0
    error: str | None = None
    notes: tuple[str, ...] = ()
    unread: UnreadLines = field(default_factory=UnreadLines)
    log_events: Sequence[LogEvent] = field(default=(), repr=False)
    matcher: Matcher | None = field(default=None, repr=False, compare=False)

    @property
    def flows(self) -> int:
        """Flows of every verdict."""
        return self.by_verdict.total()

    @property
    def event_ids(self) -> tuple[str, ...]:
        """What names the payload: each event's id, or its text where it has none."""
        return tuple(event.id or event.message for event in self.log_events)

    @property
    def sightings(self) -> list[Sighting]:
        """The known issues seen in the kept DENY flows and in other lines."""
        if self.matcher is None:
            return self.line_sightings
        of_flows = [
            sighting_of_flow(flow, issue, self.component)
            for flow in self.denies
            if flow.issues
            for issue in self.matcher.match_flow(flow)
            if not issue.superseded
        ]
        return self._with_versions(of_flows + self.line_sightings, self.matcher)

    def _with_versions(self, sightings: list[Sighting], matcher: Matcher) -> list[Sighting]:
        if not self.versions:
            return sightings
        known = RunningVersions()
        known.learn(None, self.versions)
        return [_beside(known, one, matcher.versioned.get(one.issue)) for one in sightings]


def _beside(
    known: RunningVersions, one: Sighting, component: VersionedComponent | None
) -> Sighting:
    if component is None:
        return one
    running = known.at(None, one.seen_on, component, one.timestamp)
    return msgspec.structs.replace(one, running=running)


def count_label(counter: Counter[str], label: str, count: int = 1) -> None:
    """Count a label; beyond `MAX_LABELS` distinct ones it is counted as `other`."""
    counter[label if label in counter or len(counter) < MAX_LABELS else OTHER] += count
