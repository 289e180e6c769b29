"""Where items live, as the rules see it: read some, decide, and write all of it or nothing."""

from collections.abc import Callable, Sequence
from typing import Protocol

from netpolwatch.findings.items import Changes, Items

Decide = Callable[[Items], Changes]
"""From the items that are there to what becomes of them; asked again when another writer won."""


class ContentionError(Exception):
    """Too many writers at the same items: the work is to be done again later."""


class Ledger(Protocol):
    """Items by key, each with a version that only its reader may replace."""

    def read(self, keys: Sequence[str]) -> Items:
        """Read items; those that are not there are left out."""

    def change(self, keys: Sequence[str], decide: Decide, now_ms: int) -> Changes:
        """Read items, decide, and write what was decided as one; gives what was written.

        Raises `ContentionError` after too many attempts.
        """

    def due(self, lane: str, now_ms: int, limit: int) -> Sequence[str]:
        """Return the keys of a lane's items whose outbox is due since before a time."""

    def timers(self, lane: str, now_ms: int, limit: int) -> Sequence[str]:
        """Return the keys of a lane's items whose timer has run out, the longest overdue first."""
