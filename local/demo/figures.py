"""Metrics as they can be read back from CloudWatch, with their course over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_NAMESPACE = "netpolwatch"
_PERIOD_SECONDS = 1800
_HOURS = 7
_BARS = "▁▂▃▄▅▆▇█"
COUNTED = ("Flows", "Denies", "KnownIssues", "EventsProcessed", "EventsUnparsed", "EventsDropped",
           "FindingsOpened", "NotificationsSent", "NotificationsFailed")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """One metric: its sum, and its sums per half hour, oldest first."""

    name: str
    dimensions: Mapping[str, str]
    total: int
    course: tuple[int, ...]

    @property
    def label(self) -> str:
        """The dimension values beyond cluster and stack, which all share."""
        return " ".join(
            value for key, value in self.dimensions.items() if key not in {"Cluster", "Stack"}
        )

    @property
    def sparkline(self) -> str:
        """The course as bars."""
        top = max(self.course, default=0)
        if not top:
            return ""
        return "".join(
            _BARS[-(-value * (len(_BARS) - 1) // top)] if value else " " for value in self.course
        )


def read_series(cloudwatch: "CloudWatchClient") -> list[Series]:
    """Read every counted metric of ours over the last hours."""
    now = datetime.now(UTC)
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=_NAMESPACE)
    metrics = [metric for page in pages for metric in page["Metrics"]]
    found = [
        _series(
            cloudwatch,
            metric["MetricName"],
            {pair["Name"]: pair["Value"] for pair in metric.get("Dimensions", [])},
            now,
        )
        for metric in metrics
        if metric["MetricName"] in COUNTED
    ]
    return sorted(found, key=lambda series: (COUNTED.index(series.name), -series.total))


def _series(
    cloudwatch: "CloudWatchClient", name: str, dimensions: dict[str, str], now: datetime
) -> Series:
    start = (now - timedelta(hours=_HOURS)).replace(minute=0, second=0, microsecond=0)
    answer = cloudwatch.get_metric_statistics(
        Namespace=_NAMESPACE,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=start,
        EndTime=now + timedelta(minutes=5),
        Period=_PERIOD_SECONDS,
        Statistics=["Sum"],
    )
    course = [0] * (_HOURS * 3600 // _PERIOD_SECONDS + 5)
    for point in answer["Datapoints"]:
        bucket = int((point["Timestamp"] - start).total_seconds()) // _PERIOD_SECONDS
        course[max(0, min(bucket, len(course) - 1))] += round(point["Sum"])
    return Series(name, dimensions, sum(course), tuple(course))
