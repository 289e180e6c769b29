"""The rhythm of a node's dropped answers: how many there were in each beat."""

from collections.abc import Sequence
from typing import Final

from netpolwatch.verdicts.window.moments import ORDER_FROM

BEAT_MS: Final = 5000
_MAX_BEATS: Final = 512
_MAX_WAITING: Final = 512


class Beats:
    """Counts of dropped answers by `BEAT_MS` of event time; made when somebody asks."""

    __slots__ = ("_counts", "_waiting", "rhythms")

    def __init__(self) -> None:
        self._waiting: list[Sequence[int | None]] = []
        self._counts: dict[int, int] = {}
        self.rhythms: dict[int, str | None] = {}
        """What was made of the counts, by beat, until more answers come."""

    def add(self, times: Sequence[int | None]) -> None:
        """Take dropped answers in; the sequence must not change afterwards."""
        self._waiting.append(times)
        self.rhythms.clear()
        if len(self._waiting) >= _MAX_WAITING:
            self.counts()

    def counts(self) -> dict[int, int]:
        """Count the answers by beat; the newest `_MAX_BEATS` stay."""
        counts = self._counts
        for times in self._waiting:
            for time in times:
                if time is not None and time < ORDER_FROM:
                    beat = time // BEAT_MS
                    counts[beat] = counts.get(beat, 0) + 1
        self._waiting.clear()
        if len(counts) > _MAX_BEATS:
            for beat in sorted(counts)[:-_MAX_BEATS]:
                del counts[beat]
        return counts
