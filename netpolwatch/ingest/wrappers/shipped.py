"""What Fluent Bit ships of a container's log, in the layout that nearly all of it has.

`{"time", "stream", "_p" or "logtag", "log", "kubernetes"}` is decoded at once, into the few values
that are wanted; whatever has another key, or holds another wrapper, is left to `unwrap`.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogEvent
from netpolwatch.ingest.origin import Origin
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.ingest.wrappers.facts import refined
from netpolwatch.ingest.wrappers.fluent_bit import facts_of_pod, part_of
from netpolwatch.ingest.wrappers.model import Facts, Unwrapped
from netpolwatch.ingest.wrappers.unwrap import may_hold_wrapper, unwrap

_BEGINNINGS: Final = ('{"time":', '{"log":', '{"stream":')
_MARK: Final = '"kubernetes":{'
_WRITTEN_CHARS: Final = 24
"""Of a time to the millisecond in UTC, as Fluent Bit writes it."""


class _Record(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    log: str
    kubernetes: msgspec.Raw
    time: str = ""
    stream: str | None = None
    logtag: str | None = None
    short_tag: str | None = msgspec.field(name="_p", default=None)


_record = msgspec.json.Decoder(_Record)


class _Pod(NamedTuple):
    """Who wrote a record, and what that makes of the stream's origin."""

    facts: Facts
    origin: Origin


class _Pods(dict[bytes, _Pod | None]):
    """Pods by their `kubernetes` object as it is written: those of a node are few."""

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        self._origin = origin

    def __missing__(self, raw: bytes) -> _Pod | None:
        facts = facts_of_pod(raw)
        pod = None if facts is None else _Pod(facts, refined(self._origin, facts))
        self[raw] = pod
        return pod


def unwrap_all(events: Sequence[LogEvent], origin: Origin) -> list[Sequence[Unwrapped]]:
    """Unwrap each of a stream's events, as `unwrap` does; none of the control plane's."""
    pods = _Pods(origin)
    return [_unwrapped(event, pods) or unwrap(event, origin) for event in events]


def _unwrapped(event: LogEvent, pods: _Pods) -> tuple[Unwrapped] | None:
    message = event.message
    if not message.startswith(_BEGINNINGS) or _MARK not in message:
        return None
    try:
        record = _record.decode(message)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    pod, text = pods[bytes(record.kubernetes)], record.log.rstrip("\r\n")
    if pod is None or not text or len(message) > MAX_MESSAGE_CHARS:
        return None
    part = part_of(record.stream, record.logtag or record.short_tag, text)
    if not (part and part.more) and may_hold_wrapper(text):
        return None
    facts, origin = pod
    time = _moment(record.time) or event.timestamp
    return (
        Unwrapped(
            text, time, origin, facts.pod, facts.namespace, facts.container, facts.host, part
        ),
    )


def _moment(written: str) -> int | None:
    """Read a time as ms since 1970 (UTC): a log says each second many times."""
    second, millis = written[:19], written[20:23]
    is_usual = len(written) == _WRITTEN_CHARS and written[19] == "." and written[23] == "Z"
    if is_usual and millis.isascii() and millis.isdigit():
        begin = _second(second)
        return None if begin is None else begin + int(millis)
    return milliseconds(written)


@lru_cache(maxsize=1024)
def _second(written: str) -> int | None:
    return milliseconds(f"{written}Z")
