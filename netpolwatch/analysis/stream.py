"""Records of a file become batches: what came from one stream, in order, together."""

from collections.abc import Iterable, Iterator

import msgspec

from netpolwatch.analysis.analyzer import Analyzer
from netpolwatch.analysis.batch import Batch
from netpolwatch.analysis.reading import Reading
from netpolwatch.analysis.tally import Tally
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin, origin_of
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.traces import join_traces
from netpolwatch.ingest.wrappers.model import ABSORBED, Unwrapped
from netpolwatch.ingest.wrappers.partials import join_partials
from netpolwatch.ingest.wrappers.unwrap import unwrap

_MAX_BATCH_EVENTS = 5_000


def read_records_with(
    analyzer: Analyzer, records: Iterable[Record]
) -> Iterator[tuple[Record, Reading]]:
    """Read each record; a panic in plain text is read with the frames that follow it.

    Of an event with several lines only those come out that say something, or one.
    """
    lines: list[tuple[Record, Reading]] = []
    for record in join_traces(unwrapped_records(records)):
        lines.append((record, analyzer.read(record.event, _origin(record), record.trace)))
        if not record.goes_on:
            telling = [line for line in lines if line[1].says_something] if lines[1:] else lines
            yield from telling or lines[:1]
            lines = []


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


def batches(analyzer: Analyzer, records: Iterable[Record]) -> Iterator[Batch]:
    """Analyze records; a batch ends where the stream changes or after 5,000 events."""
    batch: Batch | None = None
    number = 0
    for record, reading in read_records_with(analyzer, records):
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
