"""One log event, read: a judged flow, or what the catalogue finds in its text."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from netpolwatch.analysis.modes import mode_said
from netpolwatch.analysis.sightings import sighting_of_flow, sighting_of_text
from netpolwatch.analysis.unread import Unread, unread_kind
from netpolwatch.catalogue.matcher import Match, Matcher
from netpolwatch.catalogue.model import Strength
from netpolwatch.catalogue.running import VersionSeen, read_versions
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.correlation.sources import facts_of_signals
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import DENY, Flow, Judgement
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import AGENT, AUDIT, AWS_NODE, HOST, KUBELET, UNRECOGNISED, Origin
from netpolwatch.ingest.prefix import written_time
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact, SignalSeen
from netpolwatch.verdicts.disposition import judge

# What is shipped from a node may carry the agent's lines, whatever unit it is shipped for.
_FLOW_WRITERS = frozenset({AGENT, AWS_NODE, KUBELET, HOST, UNRECOGNISED})


@dataclass(frozen=True, slots=True)
class Reading:
    """What one event says.

    Attributes
    ----------
    flow
        The flow, judged if it is a DENY; `None` for any other line.
    timestamp
        The time in the text, else the event's (ms since 1970, UTC).
    sightings
        Issues that the event shows.
    signals
        Ids of issues that it hints at.
    hints
        The signals among them that count: those whose rule has a threshold.
    joined
        Those that are joined with others over time.
    unread
        What it holds the words of, where nothing could be read of them.
    endings
        Issues whose end it shows.
    facts
        What it teaches about the cluster, where that was asked for.
    versions
        Running versions that it tells.
    """

    flow: Flow | None
    timestamp: int | None
    sightings: tuple[Sighting, ...] = ()
    signals: tuple[str, ...] = ()
    endings: tuple[Sighting, ...] = ()
    facts: tuple[AnyFact, ...] = ()
    versions: tuple[VersionSeen, ...] = ()
    hints: tuple[Sighting, ...] = ()
    unread: Unread | None = None
    joined: tuple[SignalSeen, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether the event is more than any other line."""
        return self.flow is not None or bool(self.sightings or self.signals or self.facts)


def read_event(
    event: LogEvent,
    origin: Origin,
    matcher: Matcher,
    trace: str = "",
    anchors: Sequence[int] | None = None,
) -> Reading:
    """Read one event; `trace` holds the lines that follow a panic in plain text.

    `anchors` are those that the matcher found in the event already.
    """
    flow = parse_flow(event.message) if may_hold_flows(origin.component) else None
    if flow is not None:
        return _read_flow(flow, event, origin, matcher)
    if trace:
        return read_text(f"{event.message}\n{trace}", event, origin, matcher)
    return read_text(event.message, event, origin, matcher, anchors)


def read_facts(event: LogEvent, origin: Origin) -> tuple[AnyFact, ...]:
    """Read what an audit event, or a line of the agent, teaches.

    Any pod can print one, so no other stream is believed, and none of a group that pods write into.
    """
    if origin.shared:
        return ()
    mode = mode_said(event, origin)
    if mode is not None:
        return (mode,)
    if origin.component is not None and origin.component != AUDIT:
        return ()
    return read_audit_event(event.message, event.timestamp)


def may_hold_flows(component: str | None) -> bool:
    """Tell whether a component's lines can be flows.

    Any pod can print the words of a flow: a known application is not believed.
    """
    return component is None or component in _FLOW_WRITERS


def read_text(
    text: str,
    event: LogEvent,
    origin: Origin,
    matcher: Matcher,
    anchors: Sequence[int] | None = None,
) -> Reading:
    """Read a text that is no flow; `event` is where it came from."""
    timestamp = event.timestamp
    if timestamp is None:
        timestamp = written_time(text)
    matches = matcher.match_text(text, origin.component, anchors)
    versions = read_versions(text, origin.component, origin.node, timestamp)
    if not matches:
        kind = unread_kind(
            text, origin.component, matcher, anchors, flows=may_hold_flows(origin.component)
        )
        return Reading(None, timestamp, versions=versions, unread=kind)
    sighted, endings = _of(matches, "sighting"), _of(matches, "recovery")
    signals = _of(matches, "signal", but={match.entry.id for match in sighted})
    sightings, ends, hints = (
        tuple(sighting_of_text(match, text, timestamp, origin) for match in chosen)
        for chosen in (sighted, endings, [each for each in signals if each.rule.threshold])
    )
    hinted = tuple(match.entry.id for match in signals)
    joined = tuple(facts_of_signals(signals, timestamp))
    return Reading(
        None, timestamp, sightings, hinted, ends, versions=versions, hints=hints, joined=joined
    )


def _of(matches: Sequence[Match], strength: Strength, but: Collection[str] = ()) -> list[Match]:
    return [
        match for match in matches if match.rule.strength == strength and match.entry.id not in but
    ]


def _read_flow(flow: Flow, event: LogEvent, origin: Origin, matcher: Matcher) -> Reading:
    timestamp = event.timestamp if flow.timestamp is None else flow.timestamp
    node = origin.node if flow.node is None else flow.node
    flow = msgspec.structs.replace(flow, node=node, timestamp=timestamp)
    if flow.verdict != DENY:
        return Reading(flow, timestamp)
    return rejudged(Reading(flow, timestamp), judge(flow), origin, matcher)


def rejudged(reading: Reading, judgement: Judgement, origin: Origin, matcher: Matcher) -> Reading:
    """Judge the DENY of a reading, and read what the catalogue finds in it then."""
    if reading.flow is None:
        return reading
    flow = msgspec.structs.replace(reading.flow, judgement=judgement)
    issues = matcher.match_flow(flow)
    flow = msgspec.structs.replace(flow, issues=tuple(issue.id for issue in issues))
    sightings = tuple(
        sighting_of_flow(flow, issue, origin.known_component)
        for issue in issues
        if not issue.superseded
    )
    return Reading(flow, reading.timestamp, sightings)
