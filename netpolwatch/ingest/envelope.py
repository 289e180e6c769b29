"""The payload that CloudWatch Logs hands to a subscribed function: base64, gzip, JSON."""

import binascii

import msgspec

from netpolwatch.ingest import salvage
from netpolwatch.ingest.events import LogBatch, LogEvent
from netpolwatch.ingest.inflate import InflateError, inflate

MAX_INFLATED_BYTES = 20 * 1024 * 1024
"""A payload is at most 1 MB compressed; honest log text shrinks about tenfold."""

_DATA = "DATA_MESSAGE"
_CONTROL = "CONTROL_MESSAGE"


class EnvelopeError(ValueError):
    """The payload cannot be read as a subscription envelope."""


class _Envelope(msgspec.Struct, rename="camel"):
    message_type: str
    log_events: list[LogEvent]
    log_group: str
    log_stream: str
    owner: str = ""


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


def _decode(data: bytes) -> LogBatch:
    try:
        envelope = _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _salvaged(data)
    return _batch(envelope, size=len(data))


def _salvaged(data: bytes, *, cut_at: int | None = None) -> LogBatch:
    try:
        found = salvage.salvage(data)
        envelope = msgspec.convert(found.fields | {"logEvents": found.events}, _Envelope)
    except (salvage.NothingToSalvageError, msgspec.ValidationError) as error:
        raise EnvelopeError(f"payload is not a subscription envelope: {error}") from None
    batch = _batch(envelope, size=len(data))
    notes = [] if cut_at is None else [f"payload inflates beyond {cut_at} bytes: the rest is lost"]
    if found.broken_off and cut_at is None:
        notes.append("the list of events breaks off: the rest is lost")
    return msgspec.structs.replace(
        batch, unparsed=found.unparsed, dropped=int(found.broken_off), notes=tuple(notes)
    )


def _batch(envelope: _Envelope, *, size: int) -> LogBatch:
    if envelope.message_type not in (_DATA, _CONTROL):
        raise EnvelopeError("payload is not a subscription envelope: unknown messageType")
    events = envelope.log_events if envelope.message_type == _DATA else []
    return LogBatch(envelope.log_group, envelope.log_stream, events, envelope.owner, size)
