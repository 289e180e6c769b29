"""The engine's front door: a payload in, a batch out; no I/O, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass

from netpolwatch.analysis.batch import Batch
from netpolwatch.analysis.bulk import judge_group
from netpolwatch.analysis.reading import Reading, may_hold_flows, read_event, rejudged
from netpolwatch.analysis.tally import Tally
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry
from netpolwatch.flows.bulk import Group, take_groups
from netpolwatch.flows.line import may_be_flow
from netpolwatch.flows.model import DENY, Judgement
from netpolwatch.ingest.envelope import MAX_INFLATED_BYTES, EnvelopeError, read_envelope
from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogBatch, LogEvent
from netpolwatch.ingest.origin import CONTROL_PLANE, Origin, origin_of
from netpolwatch.ingest.traces import event_traces
from netpolwatch.ingest.wrappers.model import Unwrapped
from netpolwatch.ingest.wrappers.partials import join_partials
from netpolwatch.ingest.wrappers.unwrap import unwrap


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
        batch = self.new_batch(log_batch.log_group, log_batch.log_stream)
        batch.unparsed, batch.dropped = log_batch.unparsed, log_batch.dropped
        batch.bytes, batch.notes = log_batch.size, log_batch.notes
        batch.log_events, batch.events = log_batch.events, len(log_batch.events)
        origin = origin_of(log_batch.log_group, log_batch.log_stream)
        tally = Tally(batch, now_ms)
        for start in range(0, len(log_batch.events), _BLOCK_EVENTS):
            self._analyze(tally, log_batch.events[start : start + _BLOCK_EVENTS], origin)
        return batch

    def new_batch(self, log_group: str, log_stream: str) -> Batch:
        """Begin a batch of a stream."""
        return Batch(log_group=log_group, log_stream=log_stream, matcher=self._matcher)

    def read(self, event: LogEvent, origin: Origin, trace: str = "") -> Reading:
        """Read one event by itself, without its wrappers."""
        return read_event(event, origin, self._matcher, trace)

    def rejudge(self, reading: Reading, judgement: Judgement, origin: Origin) -> Reading:
        """Give a DENY another judgement, and what the catalogue finds in it then."""
        return rejudged(reading, judgement, origin, self._matcher)

    def _analyze(self, tally: Tally, events: Sequence[LogEvent], origin: Origin) -> None:
        groups: list[Group] = []
        others: Sequence[LogEvent] = events
        if may_hold_flows(origin.component):
            groups, others = take_groups(events)
        left = list(others)
        for group in groups:
            left.extend(self._take(tally, group, origin))
        self._read(tally, left, origin)

    def _take(self, tally: Tally, group: Group, origin: Origin) -> Sequence[LogEvent]:
        """Count a group; returns the events that are none of it after all."""
        if group.first.verdict != DENY:
            tally.count_group(group)
            return ()
        kinds = judge_group(group, origin, self._matcher)
        if kinds is None:
            return group.events
        for kind in kinds:
            tally.count_denied(kind.flows)
        return ()

    def _read(self, tally: Tally, events: Sequence[LogEvent], origin: Origin) -> None:
        """Read events one by one, without their wrappers.

        Of a line without an anchor only that is read which a flow would say.
        """
        whole = [event for event in events if len(event.message) <= MAX_MESSAGE_CHARS]
        tally.batch.dropped += len(events) - len(whole)
        tally.batch.events -= len(events) - len(whole)
        lines = _unwrapped(whole, origin)
        hits = self._matcher.hits([line.text for line in lines])
        read = set(hits)
        if may_hold_flows(origin.component):
            read.update(at for at, line in enumerate(lines) if may_be_flow(line.text))
        # A trace begins at an anchor: without a hit there is none to look for.
        traces = event_traces([line.event for line in lines]) if hits else {}
        for at in sorted(read):
            line = lines[at]
            tally.count(self.read(line.event, line.origin, traces.get(at, "")))
        tally.count_others([line for at, line in enumerate(lines) if at not in read])


def _unwrapped(events: Sequence[LogEvent], origin: Origin) -> list[Unwrapped]:
    if origin.component in CONTROL_PLANE:
        return [Unwrapped(event.message, event.timestamp, origin) for event in events]
    wrapped = ((event, None, unwrap(event, origin)) for event in events)
    return [line for _, lines in join_partials(wrapped) for line in lines]
