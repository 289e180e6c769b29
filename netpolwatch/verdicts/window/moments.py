"""When something was seen: a time, an order that stands in for one, or neither.

A moment is an `int`. Below `ORDER_FROM` it is ms since 1970 (UTC); from there on it is the number
of a line, which `order` made: plain lines have no time, and their order stands in for it. The two
kinds are never compared with each other.
"""

from typing import Final, NamedTuple

from netpolwatch.ingest.timestamps import rfc3339

ORDER_FROM: Final = 1 << 59
"""Above every time: an event's is at most 2**53, a text's ends with the year 9999."""

UNTIMED: Final = -(1 << 60)
"""Seen, nobody knows when."""

_SECOND, _MINUTE, _HOUR = 1000, 60_000, 3_600_000
_SHORT_SECONDS, _SHORT_MINUTES = 120 * _SECOND, 120 * _MINUTE


class Span(NamedTuple):
    """How near is near: in ms where both moments are times, in lines where both are orders."""

    ms: int
    lines: int


def order(number: int) -> int:
    """Make a line's number its moment; for lines that have no time."""
    return ORDER_FROM + number


def near(earlier: int, later: int, span: Span) -> bool:
    """Whether two moments of one kind, the earlier first, are no further apart than a span."""
    if later >= ORDER_FROM:
        return earlier >= ORDER_FROM and 0 <= later - earlier <= span.lines
    return UNTIMED < earlier <= later <= earlier + span.ms


def told(seen: int, judged: int) -> str:
    """Say when something was seen, as told at the moment of what is judged."""
    if seen == UNTIMED:
        return "at an unknown time"
    side = "before" if seen <= judged else "after"
    if seen >= ORDER_FROM:
        return f"{abs(judged - seen)} lines {side}"
    return f"at {rfc3339(seen) or 'an unknown time'}, {_length(abs(judged - seen))} {side}"


def _length(ms: int) -> str:
    if ms < _SECOND:
        return f"{ms} ms"
    if ms < _SHORT_SECONDS:
        return f"{ms / _SECOND:.1f} s"
    if ms < _SHORT_MINUTES:
        return f"{ms // _MINUTE} min"
    return f"{ms // _HOUR} h"
