"""How far a cluster's audit log was heard, and which messages may be judged by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

MARGIN_MS: Final = 10_000
"""Events of one stream come nearly in order."""

MAX_WAITS: Final = 3
"""How often a message is put back."""

_SILENT_MS: Final = 120_000
"""A stream that is this far behind the others has ended, or its delivery is late."""

_LATE_MS: Final = 180_000
"""One of which something came in this time is late: an API server that was replaced is silent."""

Ripeness = Literal["heard", "waiting", "unheard"]


class StreamHeard(NamedTuple):
    """How far a stream was heard.

    Attributes
    ----------
    until_ms
        Its newest event's time, in ms since 1970 (UTC).
    noted_ms
        When that was noted, in ms since 1970 (UTC).
    """

    until_ms: int
    noted_ms: int


@dataclass(frozen=True, slots=True)
class ClusterHeard:
    """How far a cluster's audit log was heard.

    Attributes
    ----------
    streams
        Of each of its streams.
    lost_ms
        The time of the first event whose facts were lost, in ms since 1970 (UTC); `None` where
        nothing was lost in the last day.
    """

    streams: Mapping[str, StreamHeard] = field(default_factory=dict)
    lost_ms: int | None = None

    def until(self, now_ms: int) -> int | None:
        """Return until when all of its streams were heard, in ms since 1970 (UTC).

        `None` where nothing was ever heard.
        """
        newest = max((each.until_ms for each in self.streams.values()), default=None)
        if newest is None:
            return None
        return min(
            each.until_ms
            for each in self.streams.values()
            if each.until_ms > newest - _SILENT_MS or each.noted_ms > now_ms - _LATE_MS
        )

    def lost_before(self, time_ms: int) -> bool:
        """Whether what was lost may be missing from what is known of a time."""
        return self.lost_ms is not None and self.lost_ms <= time_ms


def ripeness(last_ms: int, heard_ms: int | None, waits: int) -> Ripeness:
    """Whether what explains a DENY was heard; `waits` is how often it was put back already.

    A cluster whose audit log was never heard has none: there is nothing to wait for.
    """
    if heard_ms is not None and heard_ms >= last_ms + MARGIN_MS:
        return "heard"
    return "unheard" if heard_ms is None or waits >= MAX_WAITS else "waiting"
