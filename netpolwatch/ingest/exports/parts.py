"""One element of a document becomes its records, in the words of the tool that wrote it."""

from collections.abc import Iterator
from typing import Any, Final

from netpolwatch.ingest.envelope import EnvelopeError, read_decoded, read_envelope
from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogBatch, LogEvent
from netpolwatch.ingest.exports import event_json, security_lake
from netpolwatch.ingest.exports.elements import as_text
from netpolwatch.ingest.lenient import without_surrogates
from netpolwatch.ingest.loose.moments import moment_of
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.record import Record

_NESTED: Final = ("values", "scopeLogs", "logRecords")
"""Lists within an element whose parts are lines: Loki's streams, OTLP's resources and scopes."""

_MAX_DEPTH: Final = 3
_GZIP_IN_BASE64: Final = "H4sI"
_ROW: Final = 2
_AUDIT: Final = {"kind": "Event", "apiVersion": "audit.k8s.io/v1"}


def records_of(element: object, numbers: Iterator[int], losses: Losses) -> Iterator[Record]:
    """Yield the records of an element: several, where it is an envelope or a stream of lines."""
    for part in _spread(element):
        batch = _envelope(part, losses)
        if batch is None:
            yield _record(next(numbers), part)
        else:
            losses.take(batch)
            for event in batch.events:
                yield Record(next(numbers), event, batch.log_group, batch.log_stream)


def _spread(value: object, depth: int = 0) -> Iterator[object]:
    """Yield a value once for each part of its lists of lines, with what stands beside them."""
    if isinstance(value, dict) and depth < _MAX_DEPTH:
        for key in _NESTED:
            inner = value.get(key)
            if isinstance(inner, list) and inner and isinstance(inner[0], dict | list):
                for each in inner:
                    for part in _spread(each, depth + 1):
                        yield {**value, key: part}
                return
    yield value


def _envelope(part: object, losses: Losses) -> LogBatch | None:
    if not isinstance(part, dict):
        return None
    try:
        if "logEvents" in part and "messageType" in part:
            return read_decoded(as_text(part).encode("utf-8", "replace"))
        data = _payload(part)
        return read_envelope(data) if data is not None else None
    except EnvelopeError as error:
        losses.unparsed += 1
        losses.note([f"a payload of CloudWatch Logs could not be read: {error}"])
        return None


def _payload(part: dict[str, Any]) -> str | None:
    """Return the payload in a record of Kinesis or Firehose; `None` where there is none."""
    kinesis = part.get("kinesis")
    data = kinesis.get("data") if isinstance(kinesis, dict) else part.get("data")
    return data if isinstance(data, str) and data.startswith(_GZIP_IN_BASE64) else None


def _record(number: int, part: object) -> Record:
    record = event_json.record_of(number, part)
    if record is not None:
        return record
    if isinstance(part, list) and len(part) == _ROW and isinstance(part[1], str):
        time = moment_of(part[0])
        if time is not None:
            return Record(number, LogEvent(_bounded(part[1]), timestamp=time))
    return Record(number, LogEvent(_bounded(_text(part))))


def _text(part: object) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return as_text(part)
    if isinstance(part.get("CloudTrailEvent"), str):
        return str(part["CloudTrailEvent"])
    if "auditID" in part and "kind" not in part:
        # An item of an EventList leaves out what the list says of all.
        return as_text(_AUDIT | part)
    return as_text(security_lake.audit_event(part) or part)


def _bounded(text: str) -> str:
    return without_surrogates(text[:MAX_MESSAGE_CHARS])
