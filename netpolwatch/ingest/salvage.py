"""A damaged envelope gives up the events that can still be read.

Slow and forgiving, for what the typed decoder refused: an event without a message, a timestamp
that is no number, invalid UTF-8, raw control characters, JSON that breaks off. One element is held
at a time, so that the memory needed does not depend on what the payload is made of.
"""

import re
from typing import Any, NamedTuple

import msgspec

from netpolwatch.ingest.events import LogEvent, timestamp_or_none
from netpolwatch.ingest.lenient import read_object, without_surrogates

_MAX_ELEMENT_BYTES = 8 * 1024 * 1024
"""A message of 1 MiB may be written with `\\u0000` escapes."""

_MAX_HEAD_BYTES = 65_536
_MAX_MARKS = 1_000_000
"""Brackets and texts looked at in one payload: an event has about ten."""

_LIST = re.compile(rb'"logEvents"\s{0,64}:\s{0,64}\[')
_BETWEEN = re.compile(rb"[,\s]*")
_BRACKET_OR_QUOTE = re.compile(rb'["\[\]{}]')
_REST_OF_TEXT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR_END = re.compile(rb"[,\s\[\]{}\"]")
_decoder = msgspec.json.Decoder(LogEvent)


class NothingToSalvageError(ValueError):
    """The data is not even the beginning of an envelope."""


class Salvaged(NamedTuple):
    """What could be read.

    Attributes
    ----------
    fields
        The envelope's own texts, without `logEvents`.
    events
        Elements that have a message.
    unparsed
        Elements that are no events.
    broken_off
        The list of events does not end, or goes on beyond what was asked for.
    """

    fields: dict[str, str]
    events: list[LogEvent]
    unparsed: int
    broken_off: bool


def salvage(data: bytes, max_elements: int) -> Salvaged:
    """Read what is left of an envelope; raises `NothingToSalvageError`."""
    opening = _LIST.search(data)
    if opening is None or opening.start() > _MAX_HEAD_BYTES:
        raise NothingToSalvageError("no list of logEvents")
    head = read_object(data[: opening.start()].rstrip().removesuffix(b",") + b"}")
    if head is None:
        raise NothingToSalvageError("not JSON before its logEvents")
    events, unparsed, end = _elements(data, opening.end(), max_elements)
    if end is None:
        return Salvaged(_texts(head), events, unparsed, broken_off=True)
    tail = read_object(b"{" + data[end : end + _MAX_HEAD_BYTES].lstrip(b", \t\r\n")) or {}
    return Salvaged(_texts(head | tail), events, unparsed, broken_off=False)


def _elements(data: bytes, at: int, most: int) -> tuple[list[LogEvent], int, int | None]:
    """Read the list's elements; the last value is where the list has ended, if it has."""
    events: list[LogEvent] = []
    scanner = _Scanner(data)
    for number in range(most + 1):
        at = _after(_BETWEEN, data, at)
        if data[at : at + 1] == b"]":
            return events, number - len(events), at + 1
        end = None if number == most else scanner.value_end(at)
        if end is None:
            return events, number - len(events), None
        event = _event(data[at:end])
        if event is not None:
            events.append(event)
        at = end
    return events, most - len(events), None


def _after(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at


class _Scanner:
    """Finds where values end, without making them, and with a bound on the work."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._marks_left = _MAX_MARKS

    def value_end(self, start: int) -> int | None:
        """Find the end of the value that starts here; `None` where it has none."""
        if self._data[start : start + 1] in (b"{", b"[", b'"'):
            return self._marked_end(start, start + _MAX_ELEMENT_BYTES)
        end = _SCALAR_END.search(self._data, start, start + _MAX_HEAD_BYTES)
        return end.start() if end and end.start() > start else None

    def _marked_end(self, at: int, limit: int) -> int | None:
        depth = 0
        while self._marks_left and (mark := _BRACKET_OR_QUOTE.search(self._data, at, limit)):
            self._marks_left -= 1
            at = mark.end()
            if mark[0] == b'"':
                rest = _REST_OF_TEXT.match(self._data, at, limit)
                if rest is None:
                    return None
                at = rest.end()
            else:
                depth += 1 if mark[0] in b"[{" else -1
            if depth == 0:
                return at
        return None


def _event(element: bytes) -> LogEvent | None:
    try:
        return _decoder.decode(element)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        fields = read_object(element)
    if fields is None or not isinstance(fields.get("message"), str):
        return None
    identity = fields.get("id")
    return LogEvent(
        without_surrogates(fields["message"]),
        without_surrogates(identity) if isinstance(identity, str) else "",
        timestamp_or_none(fields.get("timestamp")),
    )


def _texts(fields: dict[str, Any]) -> dict[str, str]:
    return {
        without_surrogates(key): without_surrogates(value)
        for key, value in fields.items()
        if isinstance(value, str)
    }
