"""The subscription envelope, from each of its layers; the first byte says which one is fuzzed."""

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from netpolwatch.ingest.envelope import MAX_EVENTS, EnvelopeError, read_envelope
from netpolwatch.ingest.events import MAX_NAME_CHARS, LogBatch
from tests.fuzz import seeds as corpus

_SMALL = 512
_HEAD = (
    b'{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"g","logStream":"s",'
    b'"subscriptionFilters":["f"],"logEvents":['
)


def check(data: bytes) -> None:
    layer = _LAYERS.get(data[:1], _as_is)
    payload = layer(data[1:])
    batch = _read(payload)
    if batch is not None:
        _check_batch(batch)
    cut = _read(payload, limit=_SMALL)
    if cut is not None:
        assert cut.size <= _SMALL
        _check_batch(cut)
    _check_against_stdlib(payload, batch)


def seeds() -> Iterator[bytes]:
    events = [
        {"id": one["id"], "timestamp": one["timestamp"], "message": one["message"]}
        for one in corpus.records()[:3]
    ]
    elements = json.dumps(events, separators=(",", ":"))[1:-1].encode()
    whole = _HEAD + elements + b"]}"
    yield b"e" + elements
    yield b"j" + whole
    yield b"j" + whole.replace(b"DATA_MESSAGE", b"CONTROL_MESSAGE")
    yield b"j" + _HEAD + elements[:-9]
    yield b"g" + gzip.compress(whole, mtime=0)
    yield b"g" + gzip.compress(whole, mtime=0) + gzip.compress(whole, mtime=0)
    yield b"b" + base64.b64encode(gzip.compress(whole, mtime=0))


def _as_is(data: bytes) -> bytes:
    return data


def _zipped(data: bytes) -> bytes:
    return base64.b64encode(gzip.compress(data, compresslevel=1, mtime=0))


def _in_list(data: bytes) -> bytes:
    return _zipped(_HEAD + data + b"]}")


_LAYERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"e": _in_list,
    b"j": _zipped,
    b"g": base64.b64encode,
    b"b": _as_is,
}


def _read(payload: bytes, limit: int | None = None) -> LogBatch | None:
    try:
        return read_envelope(payload) if limit is None else read_envelope(payload, limit=limit)
    except EnvelopeError:
        return None


def _check_batch(batch: LogBatch) -> None:
    assert len(batch.events) <= MAX_EVENTS
    assert batch.unparsed >= 0
    assert bool(batch.dropped) == bool(batch.notes), "what is lost is said"
    for name in (batch.log_group, batch.log_stream):
        assert len(name) <= MAX_NAME_CHARS
        name.encode()
    for event in batch.events:
        event.message.encode()
        event.id.encode()
        assert event.timestamp is None or type(event.timestamp) is int


def _check_against_stdlib(payload: bytes, batch: LogBatch | None) -> None:
    """What the standard library reads without doubt, we read with the same result."""
    expected = _plain_messages(payload)
    if expected is not None:
        assert batch is not None, "an honest envelope was refused"
        assert [event.message for event in batch.events] == expected


def _plain_messages(payload: bytes) -> list[str] | None:
    try:
        inflated = gzip.decompress(base64.b64decode(payload, validate=True))
        envelope = json.loads(inflated)
    except (ValueError, OSError, EOFError, zlib.error, RecursionError):
        return None
    # A key that comes twice may be read in two ways.
    once = all(inflated.count(key) == 1 for key in (b"logEvents", b"messageType", b"logGroup"))
    if not once or not isinstance(envelope, dict) or not _is_plain(envelope):
        return None
    return [event["message"] for event in envelope["logEvents"]]


def _is_plain(envelope: dict[str, Any]) -> bool:
    texts = [envelope.get(key) for key in ("logGroup", "logStream", "owner")]
    events = envelope.get("logEvents")
    return (
        envelope.get("messageType") == "DATA_MESSAGE"
        and all(isinstance(text, str) for text in texts)
        and isinstance(events, list)
        and all(_is_plain_event(event) for event in events)
    )


def _is_plain_event(event: object) -> bool:
    if not isinstance(event, dict) or not isinstance(event.get("message"), str):
        return False
    # A lone surrogate is readable JSON and unwritable UTF-8: we replace it.
    return not any("\ud800" <= character <= "\udfff" for character in event["message"])
