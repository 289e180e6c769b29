"""Subscription envelopes in a file: base64 as a function gets it, the event around it, or decoded.

One a line, or one as the whole file.
"""

import re
from collections.abc import Generator, Iterator

import msgspec

from netpolwatch.ingest.envelope import EnvelopeError, read_decoded, read_envelope
from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogBatch, LogEvent
from netpolwatch.ingest.exports.elements import BrokenOffError, Source, as_text
from netpolwatch.ingest.lenient import without_surrogates
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.record import Record

_HEAD_BYTES = 8192
_GZIP_IN_BASE64 = b"H4sI"
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
_OPENING = re.compile(
    r'[\s\ufeff]{0,64}\{\s*"(?:awslogs"\s*:\s*\{\s*"data"\s*:'
    # The keys of an envelope may stand in any order: its events' list says what it is.
    r'|(?:messageType|owner|logGroup|logStream|subscriptionFilters|policyLevel)"\s*:'
    r'(?=[\s\S]{0,4096}?"logEvents"\s*:\s*\[)|logEvents"\s*:\s*\[)'
)
_any = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Data(msgspec.Struct):
    data: str


def opens(text: str, at: int = 0) -> bool:
    """Tell whether an envelope that is decoded, or a function's event, begins here."""
    return _OPENING.match(text, at) is not None


def read_line(line: bytes) -> LogBatch | None:
    """Read a line that is an envelope; `None` for any other, and for a damaged one."""
    try:
        if line.startswith(_GZIP_IN_BASE64):
            return read_envelope(line) if _BASE64.fullmatch(line) else None
        if not _OPENING.match(line[:_HEAD_BYTES].decode("utf-8", "replace")):
            return None
        fields = _any.decode(line)
        if "awslogs" in fields:
            return read_envelope(msgspec.json.decode(fields["awslogs"], type=_Data).data)
        return read_decoded(line) if "logEvents" in fields else None
    except (EnvelopeError, msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def read(source: Source, numbers: Iterator[int], losses: Losses) -> Generator[Record, None, bool]:
    """Read one envelope that is a document, and return whether it was whole JSON.

    One whose payload is damaged is a record of its text, and is noted. Raises `DocumentError`.
    """
    try:
        text = as_text(source.value())
    except BrokenOffError:
        return False
    batch = read_line(text.encode("utf-8", "replace"))
    if batch is not None:
        yield from records(batch, numbers, losses)
        return True
    losses.unparsed += 1
    losses.note(["a payload of CloudWatch Logs could not be read: it is cut, or no gzip data"])
    yield Record(next(numbers), LogEvent(without_surrogates(text[:MAX_MESSAGE_CHARS])))
    return True


def records(batch: LogBatch, numbers: Iterator[int], losses: Losses) -> Iterator[Record]:
    """Give an envelope's events as records, and tell what it lost."""
    losses.take(batch)
    for event in batch.events:
        yield Record(next(numbers), event, batch.log_group, batch.log_stream)
