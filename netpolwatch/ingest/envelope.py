"""The payload that CloudWatch Logs hands to a subscribed function: base64, gzip, JSON."""

import binascii

import msgspec

from netpolwatch.ingest import salvage
from netpolwatch.ingest.events import MAX_NAME_CHARS, LogBatch, LogEvent
from netpolwatch.ingest.inflate import InflateError, inflate

MAX_INFLATED_BYTES = 20 * 1024 * 1024
"""A payload is at most 1 MB compressed; honest log text shrinks about tenfold."""

MAX_EVENTS = 50_000
"""`PutLogEvents` takes 10,000 at a time; a payload of more is built to fill the memory."""

_ROOMY_BYTES = 4 * 1024 * 1024
_DATA = "DATA_MESSAGE"
_CONTROL = "CONTROL_MESSAGE"


class EnvelopeError(ValueError):
    """The payload cannot be read as a subscription envelope."""


class _Head(msgspec.Struct, rename="camel", kw_only=True):
    message_type: str
    log_group: str
    log_stream: str
    owner: str = ""


class _Envelope(_Head, rename="camel", kw_only=True):
    log_events: list[LogEvent]


_decoder = msgspec.json.Decoder(_Envelope)


def read_envelope(data: str | bytes, *, limit: int = MAX_INFLATED_BYTES) -> LogBatch:
    """Decode one payload (base64 text) to the events of one stream.

    A `CONTROL_MESSAGE` has no events. What lies beyond `limit` bytes, and a second gzip member,
    is left out and noted. Raises `EnvelopeError` when nothing can be read.
    """
    try:
        inflated = inflate(binascii.a2b_base64(data, strict_mode=True), limit)
    except (binascii.Error, ValueError) as error:
        kind = "payload" if isinstance(error, InflateError) else "payload is not base64"
        raise EnvelopeError(f"{kind}: {error}") from None
    if inflated.cut:
        return _salvaged(inflated.data, cut_at=limit)
    batch = _decode(inflated.data)
    if not inflated.trailing:
        return batch
    note = "a second gzip member was refused"
    return msgspec.structs.replace(batch, dropped=batch.dropped + 1, notes=(*batch.notes, note))


def read_decoded(data: bytes, *, limit: int = MAX_INFLATED_BYTES) -> LogBatch:
    """Read an envelope that is JSON already; raises `EnvelopeError` when nothing can be read."""
    return _decode(data) if len(data) <= limit else _salvaged(data[:limit], cut_at=limit)


def _decode(data: bytes) -> LogBatch:
    # Only a big payload can hold too many events; to count is cheaper than to make them.
    if len(data) > _ROOMY_BYTES and data.count(b'"message"') > MAX_EVENTS:
        return _salvaged(data)
    try:
        envelope = _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _salvaged(data)
    return _batch(envelope, envelope.log_events, size=len(data))


def _salvaged(data: bytes, *, cut_at: int | None = None) -> LogBatch:
    try:
        found = salvage.salvage(data, MAX_EVENTS)
        head = msgspec.convert(found.fields, _Head)
    except (salvage.NothingToSalvageError, msgspec.ValidationError) as error:
        raise EnvelopeError(f"payload is not a subscription envelope: {error}") from None
    batch = _batch(head, found.events, size=len(data))
    notes = [] if cut_at is None else [f"payload inflates beyond {cut_at} bytes: the rest is lost"]
    if found.broken_off and cut_at is None:
        notes.append("the list of events breaks off or is too long: the rest is lost")
    dropped = int(found.broken_off or cut_at is not None)
    return msgspec.structs.replace(
        batch, unparsed=found.unparsed, dropped=dropped, notes=tuple(notes)
    )


def _batch(head: _Head, events: list[LogEvent], *, size: int) -> LogBatch:
    if head.message_type not in (_DATA, _CONTROL):
        raise EnvelopeError("payload is not a subscription envelope: unknown messageType")
    kept = events if head.message_type == _DATA else []
    group, stream = head.log_group[:MAX_NAME_CHARS], head.log_stream[:MAX_NAME_CHARS]
    return LogBatch(group, stream, kept, head.owner, size)
