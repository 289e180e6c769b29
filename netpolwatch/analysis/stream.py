"""Records of a file become batches: what came from one stream, in order, together."""

from collections.abc import Iterable, Iterator

from netpolwatch.analysis.analyzer import Analyzer
from netpolwatch.analysis.batch import Batch
from netpolwatch.analysis.neighbours import Read, blocks, moment_of, node_of, take_in
from netpolwatch.analysis.reading import Reading
from netpolwatch.flows.model import DENY
from netpolwatch.ingest.origin import origin_of
from netpolwatch.ingest.records import Record
from netpolwatch.ingest.traces import join_traces
from netpolwatch.verdicts.window import Window

_MAX_BATCH_EVENTS = 5_000


def read_records_with(
    analyzer: Analyzer, records: Iterable[Record]
) -> Iterator[tuple[Record, Reading]]:
    """Read each record; a panic with the frames that follow it, a DENY with its neighbours."""
    window = Window()
    for block in blocks(_read_alone(analyzer, records)):
        take_in(window, block)
        for read in block:
            yield read.record, _judged(analyzer, window, read)


def _read_alone(analyzer: Analyzer, records: Iterable[Record]) -> Iterator[Read]:
    for record in join_traces(records):
        origin = origin_of(record.log_group, record.log_stream)
        yield Read(record, analyzer.read(record.event, origin, record.trace))


def _judged(analyzer: Analyzer, window: Window, read: Read) -> Reading:
    flow = read.reading.flow
    if flow is None or flow.verdict != DENY:
        return read.reading
    judgement = window.judge(flow, moment_of(read), node_of(read))
    if judgement is flow.judgement:
        return read.reading
    origin = origin_of(read.record.log_group, read.record.log_stream)
    return analyzer.rejudge(read.reading, judgement, origin)


def batches(analyzer: Analyzer, records: Iterable[Record]) -> Iterator[Batch]:
    """Analyze records; a batch ends where the stream changes or after 5,000 events."""
    batch: Batch | None = None
    for record, reading in read_records_with(analyzer, records):
        stream = (record.log_group, record.log_stream)
        if batch is None or batch.events >= _MAX_BATCH_EVENTS or stream != _stream(batch):
            if batch is not None:
                yield batch
            batch = Batch(log_group=record.log_group, log_stream=record.log_stream)
        analyzer.add(batch, reading)
    if batch is not None:
        yield batch


def _stream(batch: Batch) -> tuple[str, str]:
    return batch.log_group, batch.log_stream
