"""Minutes in which something was heard; times are microseconds since 1970 (UTC)."""

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import Final

_MINUTE_US: Final = 60_000_000
_MAX_MINUTES: Final = 40_000
"""Four weeks."""


class Minutes:
    """Minutes in which somebody was heard; bounded, the oldest go first."""

    __slots__ = ("_minutes",)

    def __init__(self) -> None:
        self._minutes: list[int] = []

    def add(self, at_us: int) -> None:
        """Take in that something was heard."""
        minute = at_us // _MINUTE_US
        place = bisect_left(self._minutes, minute)
        if place == len(self._minutes) or self._minutes[place] != minute:
            self._minutes.insert(place, minute)
            del self._minutes[:-_MAX_MINUTES]

    def heard(self, since_us: int, until_us: int) -> bool:
        """Whether anything was heard from the minute of a time to that of another."""
        place = bisect_left(self._minutes, since_us // _MINUTE_US)
        return place < len(self._minutes) and self._minutes[place] <= until_us // _MINUTE_US

    def last_us(self, until_us: int) -> int | None:
        """Return the end of the last minute up to a time in which something was heard."""
        place = bisect_right(self._minutes, until_us // _MINUTE_US)
        return min(until_us, (self._minutes[place - 1] + 1) * _MINUTE_US) if place else None

    def longest_silence_us(self, since_us: int, until_us: int) -> int:
        """Return the longest time without a word that lies between two, or reaches beyond one."""
        first, last = since_us // _MINUTE_US, until_us // _MINUTE_US
        low = max(0, bisect_right(self._minutes, first) - 1)
        heard = self._minutes[low : bisect_left(self._minutes, last) + 1]
        heard = [min(first, *heard), *heard[1:], max(last, *heard)] if heard else [first, last]
        return max(after - before for before, after in pairwise(heard)) * _MINUTE_US
