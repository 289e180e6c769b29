from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from netpolwatch import Analyzer
from netpolwatch.catalogue.masks import Masks, masked
from netpolwatch.catalogue.sighting import FieldValue, Sighting
from netpolwatch.ingest.events import LogBatch, LogEvent
from netpolwatch.ingest.origin import cluster_of
from samples.generate import Event, cluster_day
from samples.story import DEFAULT_END_MS, DEFAULT_SEED

Finding = tuple[str, str | None, tuple[tuple[str, FieldValue], ...], str]


@dataclass(slots=True)
class Found:
    """What the engine makes of events."""

    findings: Counter[Finding] = field(default_factory=Counter)
    by_verdict: Counter[str] = field(default_factory=Counter)
    by_disposition: Counter[str] = field(default_factory=Counter)
    events: int = 0
    lost: int = 0


def by_stream(events: Iterable[Event]) -> dict[tuple[str, str], list[Event]]:
    streams: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        streams.setdefault((event.log_group, event.log_stream), []).append(event)
    return streams


def analyzed(events: Iterable[Event]) -> Found:
    analyzer = Analyzer()
    found = Found()
    for (log_group, log_stream), own in by_stream(events).items():
        log_events = [LogEvent(event.message, event.id, event.timestamp) for event in own]
        batch = analyzer.analyze_events(LogBatch(log_group, log_stream, log_events))
        found.by_verdict += batch.by_verdict
        found.by_disposition += batch.by_disposition
        found.events += batch.events
        found.lost += batch.dropped + batch.unparsed
        for sighting in batch.sightings:
            keys = analyzer.entries[sighting.issue].group_by
            masks = analyzer.entries[sighting.issue].masks
            subject = tuple((key, _value(sighting, key, masks)) for key in keys)
            cluster = cluster_of(log_group)
            found.findings[sighting.issue, cluster, subject, sighting.severity] += 1
    return found


def _value(sighting: Sighting, key: str, masks: Masks) -> FieldValue:
    if key == "node":
        return sighting.node
    value = sighting.fields[key]
    return masked(value, masks[key]) if key in masks and isinstance(value, str) else value


@pytest.fixture(scope="session")
def day() -> list[Event]:
    return cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS)
