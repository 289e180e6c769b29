"""Files and standard input: lines become records, and traces are joined."""

import io
import json
from collections.abc import Iterator

from netpolwatch.ingest.records import Record, bounded_lines, read_records
from netpolwatch.ingest.traces import join_traces
from tests.fuzz import seeds as corpus

_SHORT = 64
_KEYS = {"id", "timestamp", "logGroup", "logStream", "message"}


def check(data: bytes) -> None:
    records = list(read_records(bounded_lines(io.BytesIO(data))))
    numbers = [record.line for record in records]
    assert numbers == sorted(set(numbers))
    for record in records:
        _check_record(record)
    joined = list(join_traces(records))
    assert [record.line for record in joined] == numbers, "joining keeps every record, in order"
    _check_canonical(data, records)
    pieces = list(bounded_lines(io.BytesIO(data), _SHORT))
    assert all(len(piece) <= _SHORT for piece in pieces)
    assert len(pieces) == len(io.BytesIO(data).readlines()), "a long line is still one line"


def seeds() -> Iterator[bytes]:
    events = [json.dumps(record).encode() for record in corpus.records()]
    yield from events
    yield b"\n".join(events[:4])
    yield b"panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:1 +0x1\nexit status"
    yield from (line.encode() for line in corpus.lines())


def _check_record(record: Record) -> None:
    for text in (record.event.message, record.event.id, record.log_group, record.log_stream):
        text.encode()


def _check_canonical(data: bytes, records: list[Record]) -> None:
    """One honest canonical event is read as the standard library reads it."""
    try:
        fields = json.loads(data.decode())
    except (ValueError, RecursionError):
        return
    if not isinstance(fields, dict) or fields.keys() != _KEYS or b"\n" in data.strip():
        return
    message = fields["message"]
    if not isinstance(message, str) or not data.startswith(b"{") or b'"message"' not in data:
        return
    (record,) = records
    # A lone surrogate is readable JSON and unwritable UTF-8: we replace it.
    assert record.event.message == message.encode("utf-8", "replace").decode()
