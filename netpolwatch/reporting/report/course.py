"""Counts over time with a bounded number of buckets: their width doubles when they are too many."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from netpolwatch.analysis.tally import DENIES, FLOWS
from netpolwatch.reporting.report.model import Bucket, Course

MAX_BUCKETS: Final = 48
"""Of a report: what a time line has room for."""

_MAX_KEPT: Final = 4096
_MINUTE_MS: Final = 60_000
_WIDTHS_MIN: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
ALLOWED: Final = "allowed"
_AGENT: Final = "agent-state"
_VIOLATION: Final = "violation"


@dataclass(slots=True)
class CourseCounter:
    """Counts verdicts by time while a run is read."""

    width_ms: int = _MINUTE_MS
    _counts: dict[int, Counter[str]] = field(default_factory=dict)

    def add(self, series: Mapping[tuple[int | None, str, str], int]) -> None:
        """Take a batch's counts by minute in; those without a time are left out."""
        for (minute_ms, kind, label), count in series.items():
            if minute_ms is None or kind not in (FLOWS, DENIES):
                continue
            name = label if kind == DENIES else ALLOWED
            if kind == FLOWS and label != "ACCEPT":
                continue
            self._bucket(minute_ms)[name] += count

    def _bucket(self, time_ms: int) -> Counter[str]:
        bucket = self._counts.setdefault(time_ms // self.width_ms, Counter())
        while len(self._counts) > _MAX_KEPT:
            self._widen()
            bucket = self._counts.setdefault(time_ms // self.width_ms, Counter())
        return bucket

    def _widen(self) -> None:
        wider: dict[int, Counter[str]] = {}
        for number, counts in self._counts.items():
            wider.setdefault(number // 2, Counter()).update(counts)
        self._counts, self.width_ms = wider, self.width_ms * 2

    def between(self, first_ms: int | None, last_ms: int | None) -> Counter[str]:
        """Return the counts by disposition (and `allowed`) of a stretch of time."""
        total: Counter[str] = Counter()
        for number, counts in self._counts.items():
            start_ms = number * self.width_ms
            after = first_ms is not None and start_ms + self.width_ms <= first_ms
            before = last_ms is not None and start_ms > last_ms
            if not after and not before:
                total.update(counts)
        return total

    def course(self, first_ms: int | None, last_ms: int | None) -> Course:
        """Return the counts from one time to another, in at most `MAX_BUCKETS` stretches."""
        if first_ms is None or last_ms is None or not self._counts:
            return Course(self.width_ms)
        width_ms = _width(max(self.width_ms, -(-(last_ms - first_ms) // (MAX_BUCKETS - 1))))
        sums: dict[int, Counter[str]] = {}
        for number, counts in self._counts.items():
            sums.setdefault(number * self.width_ms // width_ms, Counter()).update(counts)
        numbers = range(first_ms // width_ms, last_ms // width_ms + 1)
        return Course(width_ms, tuple(_bucket(n * width_ms, sums.get(n)) for n in numbers))


def _width(least_ms: int) -> int:
    """Return the next width that a clock's face has; beyond a day, whole days."""
    for minutes in _WIDTHS_MIN:
        if minutes * _MINUTE_MS >= least_ms:
            return minutes * _MINUTE_MS
    day_ms = _WIDTHS_MIN[-1] * _MINUTE_MS
    return -(-least_ms // day_ms) * day_ms


def _bucket(start_ms: int, counts: Counter[str] | None) -> Bucket:
    counts = counts or Counter()
    denied = counts.total() - counts[ALLOWED]
    return Bucket(
        start_ms=start_ms,
        violations=counts[_VIOLATION],
        agent=counts[_AGENT],
        aside=denied - counts[_VIOLATION] - counts[_AGENT],
        allowed=counts[ALLOWED],
    )
