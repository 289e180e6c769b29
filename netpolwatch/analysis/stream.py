"""Records of a file become batches: what came from one stream, in order, together."""

from collections.abc import Iterable, Iterator

from netpolwatch.analysis.analyzer import Analyzer
from netpolwatch.analysis.batch import Batch
from netpolwatch.analysis.reading import Reading
from netpolwatch.analysis.tally import Tally
from netpolwatch.ingest.origin import origin_of
from netpolwatch.ingest.records import Record
from netpolwatch.ingest.traces import join_traces

_MAX_BATCH_EVENTS = 5_000


def read_records_with(
    analyzer: Analyzer, records: Iterable[Record]
) -> Iterator[tuple[Record, Reading]]:
    """Read each record; a panic in plain text is read with the frames that follow it."""
    for record in join_traces(records):
        origin = origin_of(record.log_group, record.log_stream)
        yield record, analyzer.read(record.event, origin, record.trace)


def batches(analyzer: Analyzer, records: Iterable[Record]) -> Iterator[Batch]:
    """Analyze records; a batch ends where the stream changes or after 5,000 events."""
    batch: Batch | None = None
    for record, reading in read_records_with(analyzer, records):
        stream = (record.log_group, record.log_stream)
        if batch is None or batch.events >= _MAX_BATCH_EVENTS or stream != _stream(batch):
            if batch is not None:
                yield batch
            batch = analyzer.new_batch(*stream)
        Tally(batch).count(reading)
    if batch is not None:
        yield batch


def _stream(batch: Batch) -> tuple[str, str]:
    return batch.log_group, batch.log_stream
