"""Records of a file are read in order: lines whole, panics with their frames, DENYs judged."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from netpolwatch.analysis.analyzer import Analyzer
from netpolwatch.analysis.loosening import Loosener
from netpolwatch.analysis.neighbours import Read, blocks, judged, take_in
from netpolwatch.analysis.reading import Reading, read_facts
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.traces import TraceJoiner
from netpolwatch.ingest.wrappers.model import ABSORBED, Unwrapped
from netpolwatch.ingest.wrappers.partials import LineJoiner
from netpolwatch.ingest.wrappers.unwrap import unwrap
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.overruling import ByObjects
from netpolwatch.verdicts.window import Window


def read_records_with(
    analyzer: Analyzer,
    records: Iterable[Record],
    *,
    learn: bool = False,
    knowledge: Knowledge | None = None,
) -> Iterator[tuple[Record, Reading]]:
    """Read each record; a panic with the frames that follow it, a DENY with its neighbours.

    Of an event with several lines only those come out that say something, or one. With `learn`,
    audit events are read for what they teach about the cluster; `knowledge` learns it, and judges
    each DENY by the objects of its time.
    """
    lines: list[tuple[Record, Reading]] = []
    for record, reading in _judged_together(analyzer, records, knowledge, learn=learn):
        lines.append((record, reading))
        if not record.goes_on:
            telling = [line for line in lines if line[1].says_something] if lines[1:] else lines
            yield from telling or lines[:1]
            lines = []


def _judged_together(
    analyzer: Analyzer, records: Iterable[Record], knowledge: Knowledge | None, *, learn: bool
) -> Iterator[tuple[Record, Reading]]:
    window = Window(None if knowledge is None else ByObjects(knowledge))
    for block in blocks(_read_alone(analyzer, records, learn=learn or knowledge is not None)):
        take_in(window, block)
        if knowledge is not None:
            knowledge.hear(fact for read in block for fact in read.reading.facts)
        for read in block:
            yield read.record, judged(analyzer.matcher, window, read)


class RecordReader:
    """Reads records one after the other: pieces of lines joined, a panic with its frames.

    In order, everything waits for what is not whole yet; else only that does.
    """

    def __init__(self, analyzer: Analyzer, *, learn: bool, in_order: bool = True) -> None:
        self._analyzer, self._learn = analyzer, learn
        self._lines = LineJoiner[Record](in_order=in_order)
        self._traces = TraceJoiner(in_order=in_order)
        self._loosener = Loosener(analyzer.matcher)

    def take(self, record: Record) -> Iterator[Read]:
        """Take a record in; gives what waits for nothing any more, in order."""
        self._lines.take(record, _stream(record), unwrap(record.event, self._origin(record)))
        return self._ready()

    def close(self) -> Iterator[Read]:
        """Give what still waited."""
        self._lines.close()
        yield from self._ready()
        self._traces.close()
        yield from self._ready()

    def _ready(self) -> Iterator[Read]:
        for record, lines in self._lines.ready():
            held = [inner for line in lines for inner in self._loosener.lines(line)] or [ABSORBED]
            for number, line in enumerate(held, start=1):
                self._traces.take(_with_line(record, line, goes_on=number < len(held)))
        for record in self._traces.ready():
            yield self._read(record)

    def _read(self, record: Record) -> Read:
        origin = self._origin(record)
        # To seek each anchor by itself, as the matcher does without them, takes many times as long.
        anchors = self._analyzer.matcher.anchors_in(record.event.message)
        reading = self._analyzer.read(record.event, origin, record.trace, anchors)
        facts = read_facts(record.event, origin) if self._learn and reading.flow is None else ()
        return Read(record, origin, replace(reading, facts=facts) if facts else reading)

    def _origin(self, record: Record) -> Origin:
        if record.unwrapped is not None:
            return record.unwrapped.origin
        return self._analyzer.origin_of(record.log_group, record.log_stream)


def _read_alone(analyzer: Analyzer, records: Iterable[Record], *, learn: bool) -> Iterator[Read]:
    reader = RecordReader(analyzer, learn=learn)
    for record in records:
        yield from reader.take(record)
    yield from reader.close()


def _stream(record: Record) -> tuple[str, str]:
    return record.log_group, record.log_stream


def _with_line(record: Record, line: Unwrapped, *, goes_on: bool) -> Record:
    event = record.event
    if line.text is not event.message or line.timestamp != event.timestamp:
        event = LogEvent(line.text, event.id, line.timestamp)
    return msgspec.structs.replace(record, event=event, unwrapped=line, goes_on=goes_on)
