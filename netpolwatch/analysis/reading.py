"""One log event, read: a judged flow, or what the catalogue finds in its text."""

from dataclasses import dataclass

import msgspec

from netpolwatch.catalogue.matcher import Match, Matcher
from netpolwatch.catalogue.sighting import MAX_EVIDENCE_CHARS, Sighting
from netpolwatch.flows.line import parse_flow, render_flow
from netpolwatch.flows.model import DENY, Flow, Judgement
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import APPLICATION, Origin
from netpolwatch.ingest.prefix import written_time
from netpolwatch.verdicts.disposition import judge

_EVIDENCE_BEFORE = 200


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
    """

    flow: Flow | None
    timestamp: int | None
    sightings: tuple[Sighting, ...] = ()
    signals: tuple[str, ...] = ()


def read_event(event: LogEvent, origin: Origin, matcher: Matcher, trace: str = "") -> Reading:
    """Read one event; `trace` holds the lines that follow a panic in plain text."""
    # Any pod can print the words of a flow: a known application is not believed.
    flow = None if origin.component == APPLICATION else parse_flow(event.message)
    if flow is not None:
        return _read_flow(flow, event, origin, matcher)
    text = f"{event.message}\n{trace}" if trace else event.message
    return _read_text(text, event, origin, matcher)


def _read_flow(flow: Flow, event: LogEvent, origin: Origin, matcher: Matcher) -> Reading:
    timestamp = event.timestamp if flow.timestamp is None else flow.timestamp
    if flow.node is None and origin.node is not None:
        flow = msgspec.structs.replace(flow, node=origin.node)
    if flow.verdict != DENY:
        return Reading(flow, timestamp)
    return rejudged(Reading(flow, timestamp), judge(flow), origin, matcher)


def rejudged(reading: Reading, judgement: Judgement, origin: Origin, matcher: Matcher) -> Reading:
    """Judge the DENY of a reading, and read what the catalogue finds in it then."""
    if reading.flow is None:
        return reading
    flow = msgspec.structs.replace(reading.flow, judgement=judgement)
    timestamp = reading.timestamp
    sightings = tuple(
        Sighting(
            issue=match.entry.id,
            severity=match.severity,
            fields=match.fields,
            confidence=judgement.confidence,
            component=origin.component or match.entry.component,
            node=flow.node,
            timestamp=timestamp,
            text=render_flow(flow)[:MAX_EVIDENCE_CHARS],
        )
        for match in matcher.match_flow(flow)
    )
    return Reading(flow, timestamp, sightings)


def _read_text(text: str, event: LogEvent, origin: Origin, matcher: Matcher) -> Reading:
    timestamp = event.timestamp
    if timestamp is None:
        timestamp = written_time(text)
    matches = matcher.match_text(text, origin.component)
    if not matches:
        return Reading(None, timestamp)
    sightings = tuple(
        _sighting(match, text, timestamp, origin)
        for match in matches
        if match.rule.strength == "sighting"
    )
    signals = tuple(match.entry.id for match in matches if match.rule.strength == "signal")
    return Reading(None, timestamp, sightings, signals)


def _sighting(match: Match, text: str, timestamp: int | None, origin: Origin) -> Sighting:
    start = max(0, match.at - _EVIDENCE_BEFORE)
    return Sighting(
        issue=match.entry.id,
        severity=match.severity,
        fields=match.fields,
        component=origin.component or match.entry.component,
        node=origin.node,
        timestamp=timestamp,
        text=(match.words or text[start : start + MAX_EVIDENCE_CHARS])[:MAX_EVIDENCE_CHARS],
    )
