"""The engine's front door: a payload in, a batch out; no I/O, no clock."""

from dataclasses import dataclass

from netpolwatch.analysis.batch import (
    MAX_DENIES,
    MAX_FLOW_SIGHTINGS,
    MAX_SIGHTINGS,
    Batch,
    count_label,
)
from netpolwatch.analysis.reading import Reading, read_event, rejudged
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry
from netpolwatch.flows.model import Judgement
from netpolwatch.flows.words import VERDICTS
from netpolwatch.ingest.envelope import MAX_INFLATED_BYTES, EnvelopeError, read_envelope
from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogBatch, LogEvent
from netpolwatch.ingest.origin import Origin, origin_of
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.ingest.traces import event_traces

_MINUTE_MS = 60_000
FLOWS, DENIES, ISSUES = "Flows", "Denies", "KnownIssues"
"""What `Batch.series` counts."""


@dataclass(frozen=True, slots=True)
class AnalyzerConfig:
    """What an analyzer may be told.

    Attributes
    ----------
    entries
        The catalogue; `None` for the one that ships with this version.
    max_inflated_bytes
        Where an inflating payload is cut.
    """

    entries: tuple[Entry, ...] | None = None
    max_inflated_bytes: int = MAX_INFLATED_BYTES


DEFAULT = AnalyzerConfig()


class Analyzer:
    """Reads payloads of log events.

    Examples
    --------
    >>> batch = Analyzer().analyze("bm90IGd6aXA=")
    >>> batch.error
    'payload: not gzip data: Error -3 Not a gzip file'
    """

    def __init__(self, config: AnalyzerConfig = DEFAULT) -> None:
        self._config = config
        entries = config.entries if config.entries is not None else default_entries()
        self.entries = {entry.id: entry for entry in entries}
        self._matcher = Matcher(entries)

    def analyze(self, data: str | bytes, *, now_ms: int | None = None) -> Batch:
        """Analyze one subscription payload: base64 text of gzip of JSON.

        `now_ms` (ms since 1970, UTC) stands in for the time of events that have none. Never
        raises for bad data: a payload that cannot be decoded is a batch with an `error`.
        """
        try:
            log_batch = read_envelope(data, limit=self._config.max_inflated_bytes)
        except EnvelopeError as error:
            return Batch(error=str(error))
        return self.analyze_events(log_batch, now_ms=now_ms)

    def analyze_events(self, log_batch: LogBatch, *, now_ms: int | None = None) -> Batch:
        """Analyze events that are decoded already."""
        batch = Batch(
            log_group=log_batch.log_group,
            log_stream=log_batch.log_stream,
            unparsed=log_batch.unparsed,
            dropped=log_batch.dropped,
            bytes=log_batch.size,
            notes=log_batch.notes,
            event_ids=tuple(event.id or event.message for event in log_batch.events),
        )
        origin = origin_of(log_batch.log_group, log_batch.log_stream)
        traces = event_traces(log_batch.events)
        for at, event in enumerate(log_batch.events):
            self._take(batch, event, origin, now_ms, traces.get(at, ""))
        return batch

    def read(self, event: LogEvent, origin: Origin, trace: str = "") -> Reading:
        """Read one event by itself."""
        return read_event(event, origin, self._matcher, trace)

    def rejudge(self, reading: Reading, judgement: Judgement, origin: Origin) -> Reading:
        """Give a DENY another judgement, and what the catalogue finds in it then."""
        return rejudged(reading, judgement, origin, self._matcher)

    def add(self, batch: Batch, reading: Reading, now_ms: int | None = None) -> None:
        """Count one reading into a batch."""
        batch.events += 1
        timestamp = reading.timestamp if reading.timestamp is not None else now_ms
        if timestamp is not None:
            batch.oldest = timestamp if batch.oldest is None else min(batch.oldest, timestamp)
            batch.newest = timestamp if batch.newest is None else max(batch.newest, timestamp)
        minute = None if timestamp is None else timestamp - timestamp % _MINUTE_MS
        if reading.flow is not None:
            _count_flow(batch, reading, minute)
        batch.signals.update(reading.signals)
        for sighting in reading.sightings:
            batch.series[minute, ISSUES, sighting.issue] += 1
        most = MAX_SIGHTINGS if reading.flow is None else MAX_FLOW_SIGHTINGS
        batch.sightings.extend(reading.sightings[: max(0, most - len(batch.sightings))])

    def _take(
        self, batch: Batch, event: LogEvent, origin: Origin, now_ms: int | None, trace: str
    ) -> None:
        if len(event.message) > MAX_MESSAGE_CHARS:
            batch.dropped += 1
            return
        self.add(batch, self.read(event, origin, trace), now_ms)


def _count_flow(batch: Batch, reading: Reading, minute: int | None) -> None:
    flow = reading.flow
    if flow is None:
        return
    count_label(batch.by_verdict, flow.verdict)
    count_label(batch.by_protocol, flow.protocol)
    batch.by_minute[(rfc3339(minute) or "unknown").replace(":00.000Z", "Z")] += 1
    batch.series[minute, FLOWS, flow.verdict if flow.verdict in VERDICTS else "other"] += 1
    if flow.disposition is None:
        return
    batch.by_disposition[flow.disposition] += 1
    batch.series[minute, DENIES, flow.disposition] += 1
    if len(batch.denies) < MAX_DENIES:
        batch.denies.append(flow)
    else:
        batch.dropped += 1
