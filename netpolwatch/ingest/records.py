"""Files and standard input, a line a record: canonical event files and plain log lines."""

import codecs
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import msgspec

from netpolwatch.ingest.events import (
    MAX_MESSAGE_CHARS,
    MAX_NAME_CHARS,
    LogEvent,
    timestamp_or_none,
)
from netpolwatch.ingest.lenient import read_object, without_surrogates

_MAX_LINE_BYTES = 8 * MAX_MESSAGE_CHARS
"""A message of 1 MiB may be written with `\\u0000` escapes."""

_CANONICAL_KEYS = frozenset({
    "id", "timestamp", "logGroup", "logStream", "message",
    # `aws logs filter-log-events` names the same things so:
    "eventId", "logStreamName", "ingestionTime",
})  # fmt: skip
_decoder = msgspec.json.Decoder(dict[str, Any])


class Record(msgspec.Struct, frozen=True):
    """One event of a file.

    Attributes
    ----------
    line
        Number of the line in the input, from 1.
    trace
        The lines that belong to a panic in plain text, without the panic itself.
    """

    line: int
    event: LogEvent
    log_group: str = ""
    log_stream: str = ""
    trace: str = ""


def bounded_lines(stream: BinaryIO, limit: int = _MAX_LINE_BYTES) -> Iterator[bytes]:
    """Yield the lines of a file, each cut at `limit` bytes, whatever their length."""
    while piece := stream.readline(limit):
        yield piece
        while piece and not piece.endswith(b"\n") and len(piece) == limit:
            piece = stream.readline(limit)


def read_records(lines: Iterable[bytes]) -> Iterator[Record]:
    """Read lines as records; empty lines count but are no records."""
    for number, line in enumerate(lines, start=1):
        stripped = line.rstrip(b"\r\n")
        if number == 1:
            stripped = stripped.removeprefix(codecs.BOM_UTF8)
        if stripped.strip():
            yield _record(number, stripped)


def _record(number: int, line: bytes) -> Record:
    fields = _canonical(line)
    if fields is None:
        return Record(number, LogEvent(line.decode("utf-8", "replace")[:MAX_MESSAGE_CHARS]))
    event = LogEvent(
        without_surrogates(fields["message"])[:MAX_MESSAGE_CHARS],
        _text(fields, "id", "eventId"),
        timestamp_or_none(fields.get("timestamp")),
    )
    group, stream = _text(fields, "logGroup"), _text(fields, "logStream", "logStreamName")
    return Record(number, event, group, stream)


def _canonical(line: bytes) -> dict[str, Any] | None:
    # An application's own JSON may have a `message`: only our keys make a canonical event.
    if not line.startswith(b"{") or b'"message"' not in line:
        return None
    try:
        fields = _decoder.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        fields = read_object(line) or {}
    if not fields.keys() <= _CANONICAL_KEYS or not isinstance(fields.get("message"), str):
        return None
    return fields


def _text(fields: dict[str, Any], *keys: str) -> str:
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str):
            return without_surrogates(value[:MAX_NAME_CHARS])
    return ""
