"""Counts become metric points; whoever writes them chooses the format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from netpolwatch.analysis.batch import Batch
from netpolwatch.analysis.tally import DENIES, FLOWS, ISSUES

NAMESPACE = "netpolwatch"
Unit = Literal["Count", "Bytes", "Milliseconds"]

_MINUTE_MS = 60_000
_MARGIN_MS = 5 * 60_000
_OLDEST_MS = 14 * 24 * 3_600_000 - _MARGIN_MS
_NEWEST_MS = 2 * 3_600_000 - _MARGIN_MS
"""CloudWatch takes metrics up to 14 days old and 2 hours ahead, when they arrive there."""

_MAX_MINUTES = 240
"""Minutes told apart in a batch: each is a document, and lines can claim any time."""

Series = Mapping[tuple[int | None, str, str], int]
"""Counts by (minute in ms since 1970 or `None`, what is counted, label)."""

_LABELS = {FLOWS: "Verdict", DENIES: "Disposition", ISSUES: "Issue"}


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One value of one metric.

    Attributes
    ----------
    dimensions
        Name to value; values come from bounded sets.
    minute
        Start of the minute it belongs to, in ms since 1970 (UTC).
    """

    name: str
    value: float
    unit: Unit
    dimensions: dict[str, str]
    minute: int


def metric_points(batch: Batch, cluster: str, now_ms: int) -> list[MetricPoint]:
    """Count a batch in event time; what CloudWatch would refuse for its time counts as now."""
    points = series_points(batch.series, cluster, now_ms)
    points.extend(_health(batch, cluster, now_ms - now_ms % _MINUTE_MS, now_ms))
    return points


def series_points(series: Series, cluster: str, now_ms: int) -> list[MetricPoint]:
    """Count what has labels, in event time."""
    return [
        MetricPoint(name, count, "Count", {"Cluster": cluster, _LABELS[name]: label}, minute)
        for (minute, name, label), count in _in_range(series, now_ms).items()
    ]


def count_point(name: str, count: int, dimensions: dict[str, str], now_ms: int) -> MetricPoint:
    """Count something in the current minute."""
    return MetricPoint(name, count, "Count", dimensions, now_ms - now_ms % _MINUTE_MS)


def gauge_point(
    name: str, value: float, dimensions: dict[str, str], now_ms: int, unit: Unit
) -> MetricPoint:
    """Tell a level of the current minute."""
    return MetricPoint(name, value, unit, dimensions, now_ms - now_ms % _MINUTE_MS)


def _in_range(series: Series, now_ms: int) -> dict[tuple[int, str, str], int]:
    counts: dict[tuple[int, str, str], int] = {}
    minutes = {minute for minute, _, _ in series}
    told_apart = len(minutes) <= _MAX_MINUTES
    for (minute, name, label), count in series.items():
        key = (_accepted(minute if told_apart else None, now_ms), name, label)
        counts[key] = counts.get(key, 0) + count
    return counts


def _accepted(minute: int | None, now_ms: int) -> int:
    if minute is not None and now_ms - _OLDEST_MS < minute < now_ms + _NEWEST_MS:
        return minute
    return now_ms - now_ms % _MINUTE_MS


def _health(batch: Batch, cluster: str, minute: int, now_ms: int) -> Iterator[MetricPoint]:
    dimensions = {"Cluster": cluster}
    values: tuple[tuple[str, int, Unit], ...] = (
        ("EventsProcessed", batch.events, "Count"),
        ("EventsUnparsed", batch.unparsed, "Count"),
        ("EventsDropped", batch.dropped, "Count"),
        ("BytesProcessed", batch.bytes, "Bytes"),
    )
    for name, value, unit in values:
        yield MetricPoint(name, value, unit, dimensions, minute)
    for kind, count in batch.unread.counts.items():
        yield MetricPoint("EventsUnread", count, "Count", {**dimensions, "Kind": kind}, minute)
    if batch.newest is not None and _accepted(batch.newest, now_ms) == batch.newest:
        lag = max(0, now_ms - batch.newest)
        yield MetricPoint("IngestLag", lag, "Milliseconds", dimensions, minute)
