"""The engine's front door: a payload in, a batch out; no I/O, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from netpolwatch.analysis.batch import MAX_FACTS, Batch
from netpolwatch.analysis.modes import modes_said
from netpolwatch.analysis.neighbours import Read, may_tell
from netpolwatch.analysis.part import Part
from netpolwatch.analysis.reading import Reading, may_hold_flows, read_event
from netpolwatch.analysis.tally import Tally
from netpolwatch.analysis.wrapped import take_wrapped
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry
from netpolwatch.flows.line import may_be_flow
from netpolwatch.ingest.envelope import MAX_INFLATED_BYTES, EnvelopeError, read_envelope
from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogBatch, LogEvent
from netpolwatch.ingest.origin import AUDIT, CONTROL_PLANE, GroupKind, Origin, origin_of
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.traces import event_traces
from netpolwatch.ingest.wrappers.model import Unwrapped
from netpolwatch.ingest.wrappers.partials import join_partials
from netpolwatch.ingest.wrappers.shipped import unwrap_all
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.verdicts.window import Window


@dataclass(frozen=True, slots=True)
class AnalyzerConfig:
    """What an analyzer may be told.

    Attributes
    ----------
    entries
        The catalogue; `None` for the one that ships with this version.
    max_inflated_bytes
        Where an inflating payload is cut.
    learn
        Whether audit events are read for what they teach about the cluster (`Batch.facts`).
    settle
        Whether DENYs wait for a judgement by objects (`Batch.waiting`).
    groups
        Log groups of which the configuration says who may write into them.
    """

    entries: tuple[Entry, ...] | None = None
    max_inflated_bytes: int = MAX_INFLATED_BYTES
    learn: bool = False
    settle: bool = False
    groups: Mapping[str, GroupKind] = field(default_factory=dict)


_BLOCK_EVENTS = 5_000
"""Events looked at together: their texts are held a second time meanwhile."""

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
        self.matcher = Matcher(entries)
        self._window = Window()

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
        batch = self.new_batch(log_batch.log_group, log_batch.log_stream)
        batch.unparsed, batch.dropped = log_batch.unparsed, log_batch.dropped
        batch.bytes, batch.notes = log_batch.size, log_batch.notes
        batch.log_events, batch.events = log_batch.events, len(log_batch.events)
        origin = self.origin_of(log_batch.log_group, log_batch.log_stream)
        tally = Tally(batch, now_ms, settle=self._config.settle)
        for start in range(0, len(log_batch.events), _BLOCK_EVENTS):
            self._analyze(tally, log_batch.events[start : start + _BLOCK_EVENTS], origin)
        return batch

    def origin_of(self, log_group: str, log_stream: str) -> Origin:
        """Return who writes a stream."""
        return origin_of(log_group, log_stream, self._config.groups.get(log_group))

    def new_batch(self, log_group: str, log_stream: str) -> Batch:
        """Begin a batch of a stream."""
        component = self.origin_of(log_group, log_stream).known_component
        return Batch(
            log_group=log_group, log_stream=log_stream, component=component, matcher=self.matcher
        )

    def read(
        self,
        event: LogEvent,
        origin: Origin,
        trace: str = "",
        anchors: Sequence[int] | None = None,
    ) -> Reading:
        """Read one event by itself, without its wrappers; `anchors` were found in it already."""
        return read_event(event, origin, self.matcher, trace, anchors)

    def _analyze(self, tally: Tally, events: Sequence[LogEvent], origin: Origin) -> None:
        part = Part(origin, tally.batch.log_stream)
        left: Sequence[LogEvent] = events
        if may_hold_flows(origin.component):
            left = part.take_flows(events, self.matcher)
        parts = [part, *self._read(part, tally, left)]
        for each in parts:
            each.tell(self._window)
        for each in parts:
            each.count(self._window, self.matcher, tally)

    def _read(self, part: Part, tally: Tally, events: Sequence[LogEvent]) -> list[Part]:
        """Read events one by one, without their wrappers; gives what wrapped flows say.

        Of a line without an anchor only that is read which a flow would say, or bears on one.
        """
        origin, batch = part.origin, tally.batch
        whole = [event for event in events if len(event.message) <= MAX_MESSAGE_CHARS]
        batch.dropped += len(events) - len(whole)
        batch.events -= len(events) - len(whole)
        lines = _unwrapped(whole, origin)
        if self._config.learn and origin.component == AUDIT:
            batch.facts.extend(_facts(whole, MAX_FACTS - len(batch.facts)))
        hits = self.matcher.hits([line.text for line in lines])
        # A trace begins at an anchor: without a hit there is none to look for.
        traces = event_traces([line.event for line in lines]) if hits else {}
        others: list[Unwrapped] = []
        flows = origin.shared or may_hold_flows(origin.component)
        parts, taken = list[Part](), set[int]()
        if flows:
            parts, taken = take_wrapped(whole, lines, batch.log_stream, self.matcher)
        for at, line in enumerate(lines):
            if at in taken:
                continue
            if at in hits or (flows and may_be_flow(line.text)):
                reading = self.read(line.event, line.origin, traces.get(at, ""), hits.get(at, ()))
            elif flows and may_tell(line.origin.component, line.text):
                reading = Reading(None, line.timestamp)
            else:
                others.append(line)
                continue
            record = Record(at, line.event, batch.log_group, batch.log_stream)
            part.reads.append(Read(record, line.origin, reading))
        if self._config.learn:
            said = modes_said(
                (read.record.event, read.origin) for read in part.reads if read.reading.flow is None
            )
            batch.facts.extend(said[: max(0, MAX_FACTS - len(batch.facts))])
        tally.count_others(others)
        return parts


def _facts(events: Sequence[LogEvent], most: int) -> list[AnyFact]:
    found: list[AnyFact] = []
    for event in events:
        if len(found) < most:
            found.extend(read_audit_event(event.message, event.timestamp))
    return found[:most]


def _unwrapped(events: Sequence[LogEvent], origin: Origin) -> list[Unwrapped]:
    if origin.component in CONTROL_PLANE:
        return [Unwrapped(event.message, event.timestamp, origin) for event in events]
    unwrapped = unwrap_all(events, origin)
    if any(line.part is not None for lines in unwrapped for line in lines):
        given = zip(events, repeat(None), unwrapped, strict=False)
        return [line for _, lines in join_partials(given) for line in lines]
    return [line for lines in unwrapped for line in lines]
