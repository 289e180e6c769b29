"""When a cluster was listened to: its listings, and the time that its audit events cover.

What is known of an object was true when it was last heard of. It still is while its end would have
been heard; after that an address may be another pod's, and a policy may be new.
"""

from typing import Final

from netpolwatch.flows.model import Confidence
from netpolwatch.kubernetes.identity.listings import Listings

_FRESH_US: Final = 600_000_000
"""Heartbeats of nodes are at most five minutes apart."""

_OLD_US: Final = 86_400_000_000
"""Of a day in which nothing was heard, nothing that pods are is to be relied upon."""


class Heard:
    """Times, in microseconds since 1970 (UTC), at which what happened to objects was heard.

    A listing is dated by its nodes' heartbeats; of other objects the newest may be days older.
    """

    __slots__ = ("_first_us", "_last_us", "_listings")

    def __init__(self, listings: Listings) -> None:
        self._first_us = self._last_us = 0
        self._listings = listings

    @property
    def has_events(self) -> bool:
        """Whether any audit event was read."""
        return self._last_us > 0

    @property
    def last_us(self) -> int:
        """When the last event that was read was, 0 where none was."""
        return self._last_us

    def events(self, first_us: int, last_us: int) -> None:
        """Take in that audit events of this time were read: between the first and the last, all."""
        self._first_us = min(self._first_us or first_us, first_us)
        self._last_us = max(self._last_us, last_us)

    def gap_us(self, since_us: int, at_us: int) -> int:
        """Tell for how long, between an object's last word and a time, nothing was heard."""
        listed = self._dated
        if not listed and not self.has_events:
            return 0
        begin = max(since_us, *(time for time in listed if time <= at_us), 0)
        covered = min(at_us, self._last_us) - max(begin, self._first_us)
        return max(0, at_us - begin - max(0, covered))

    def gap_before(self, at_us: int) -> int:
        """Tell for how long before a time anything could have been made, and not been heard of."""
        last_us = max(self._dated, default=None)
        if last_us is None:
            return max(0, at_us - self._last_us) if self.has_events else 0
        # A listing that is later tells when what it holds was made.
        return 0 if last_us > at_us else self.gap_us(last_us, at_us)

    @property
    def _dated(self) -> tuple[int, ...]:
        return tuple(self._listings.times("nodes")) if self._listings else ()


def sure_after(confidence: Confidence, gap_us: int) -> Confidence:
    """Be less sure of what was known before a time in which nothing was heard."""
    if gap_us > _OLD_US:
        return "low"
    return "medium" if confidence == "high" and not is_fresh(gap_us) else confidence


def is_fresh(gap_us: int) -> bool:
    """Tell whether what was known before a gap may count as known after it."""
    return gap_us <= _FRESH_US
