"""When a cluster was listened to: its listings, and the time that its audit events cover.

What is known of an object was true when it was last heard of. It still is while its end would have
been heard; after that an address may be another pod's, and a policy may be new.
"""

from bisect import bisect_right, insort
from typing import Final

from netpolwatch.flows.model import Confidence

_FRESH_US: Final = 600_000_000
"""A listing's time is told by its nodes' heartbeats, at most five minutes apart."""

_OLD_US: Final = 86_400_000_000
"""Of a day in which nothing was heard, nothing that pods are is to be relied upon."""


class Heard:
    """Times, in microseconds since 1970 (UTC), at which what happened to objects was heard."""

    __slots__ = ("_first_us", "_last_us", "_listings")

    def __init__(self) -> None:
        self._first_us = self._last_us = 0
        self._listings: list[int] = []

    def listing(self, at_us: int) -> None:
        """Take in that all objects were listed."""
        if at_us not in self._listings:
            insort(self._listings, at_us)

    @property
    def has_events(self) -> bool:
        """Whether any audit event was read."""
        return self._last_us > 0

    def events(self, first_us: int, last_us: int) -> None:
        """Take in that audit events of this time were read: between the first and the last, all."""
        self._first_us = min(self._first_us or first_us, first_us)
        self._last_us = max(self._last_us, last_us)

    def gap_us(self, since_us: int, at_us: int) -> int:
        """Tell for how long, between an object's last word and a time, nothing was heard."""
        begin = max(since_us, self.last_listing(at_us) or since_us)
        if not (self._listings or self.has_events):
            return 0
        covered = min(at_us, self._last_us) - max(begin, self._first_us)
        return max(0, at_us - begin - max(0, covered))

    def gap_before(self, at_us: int) -> int:
        """Tell for how long before a time anything could have been made, and not been heard of."""
        if self._listings and self._listings[-1] > at_us:
            # A later listing tells when what it holds was made.
            return 0
        listed = self.last_listing(at_us)
        return self.gap_us(min(at_us, self._last_us or at_us) if listed is None else listed, at_us)

    def last_listing(self, at_us: int) -> int | None:
        """Give the time of the last listing up to a time."""
        at = bisect_right(self._listings, at_us)
        return self._listings[at - 1] if at else None


def sure_after(confidence: Confidence, gap_us: int) -> Confidence:
    """Be less sure of what was known before a time in which nothing was heard."""
    if gap_us > _OLD_US:
        return "low"
    return "medium" if confidence == "high" and not is_fresh(gap_us) else confidence


def is_fresh(gap_us: int) -> bool:
    """Tell whether what was known before a gap may count as known after it."""
    return gap_us <= _FRESH_US
