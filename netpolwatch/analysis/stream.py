"""Records of a file become batches: what came from one stream, in order, together."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from netpolwatch.analysis.analyzer import Analyzer
from netpolwatch.analysis.batch import Batch
from netpolwatch.analysis.neighbours import Read, blocks, moment_of, node_of, take_in
from netpolwatch.analysis.reading import Reading, read_facts
from netpolwatch.analysis.tally import Tally
from netpolwatch.flows.model import DENY
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin, origin_of
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.traces import join_traces
from netpolwatch.ingest.wrappers.model import ABSORBED, Unwrapped
from netpolwatch.ingest.wrappers.partials import join_partials
from netpolwatch.ingest.wrappers.unwrap import unwrap
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.overruling import ByObjects
from netpolwatch.verdicts.window import Window

_MAX_BATCH_EVENTS = 5_000


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
            knowledge.learn(fact for read in block for fact in read.reading.facts)
        for read in block:
            yield read.record, _judged(analyzer, window, read)


def _read_alone(analyzer: Analyzer, records: Iterable[Record], *, learn: bool) -> Iterator[Read]:
    for record in join_traces(unwrapped_records(records)):
        origin = _origin(record)
        reading = analyzer.read(record.event, origin, record.trace)
        facts = read_facts(record.event, origin) if learn and reading.flow is None else ()
        yield Read(record, origin, replace(reading, facts=facts) if facts else reading)


def _judged(analyzer: Analyzer, window: Window, read: Read) -> Reading:
    flow = read.reading.flow
    if flow is None or flow.verdict != DENY:
        return read.reading
    judgement = window.judge(flow, moment_of(read), node_of(read))
    if judgement is flow.judgement:
        return read.reading
    return analyzer.rejudge(read.reading, judgement, read.origin)


def unwrapped_records(records: Iterable[Record]) -> Iterator[Record]:
    """Take the wrappers off each record, and join the pieces that a runtime cut a line into.

    An event with several lines becomes several records, and a piece whose line stands at an
    earlier one a record without text: each input record comes out, in order.
    """
    given = (
        (record, (record.log_group, record.log_stream), unwrap(record.event, _origin(record)))
        for record in records
    )
    for record, lines in join_partials(given):
        for number, line in enumerate(lines or (ABSORBED,), start=1):
            yield _with_line(record, line, goes_on=number < len(lines))


def batches(
    analyzer: Analyzer, records: Iterable[Record], knowledge: Knowledge | None = None
) -> Iterator[Batch]:
    """Analyze records; a batch ends where the stream changes or after 5,000 events."""
    batch: Batch | None = None
    number = 0
    for record, reading in read_records_with(analyzer, records, knowledge=knowledge):
        stream = (record.log_group, record.log_stream)
        if batch is None or batch.events >= _MAX_BATCH_EVENTS or stream != _stream(batch):
            if batch is not None:
                yield batch
            batch = analyzer.new_batch(*stream)
        Tally(batch).count(reading)
        batch.events += record.line != number
        number = record.line
    if batch is not None:
        yield batch


def _stream(batch: Batch) -> tuple[str, str]:
    return batch.log_group, batch.log_stream


def _origin(record: Record) -> Origin:
    if record.unwrapped is not None:
        return record.unwrapped.origin
    return origin_of(record.log_group, record.log_stream)


def _with_line(record: Record, line: Unwrapped, *, goes_on: bool) -> Record:
    event = record.event
    if line.text is not event.message or line.timestamp != event.timestamp:
        event = LogEvent(line.text, event.id, line.timestamp)
    return msgspec.structs.replace(record, event=event, unwrapped=line, goes_on=goes_on)
