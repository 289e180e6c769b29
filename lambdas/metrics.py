"""Metric points as Embedded Metric Format documents on stdout."""

from collections import defaultdict
from collections.abc import Iterable

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from netpolwatch.reporting.metrics import NAMESPACE, MetricPoint

_Group = tuple[int, tuple[tuple[str, str], ...]]


def write_metrics(points: Iterable[MetricPoint]) -> None:
    """Write one document a minute and dimension set, in the minute's own time."""
    groups: dict[_Group, list[MetricPoint]] = defaultdict(list)
    for point in points:
        groups[point.minute, tuple(sorted(point.dimensions.items()))].append(point)
    for (minute, dimensions), members in groups.items():
        _write(minute, dict(dimensions), members)


def _write(minute: int, dimensions: dict[str, str], points: list[MetricPoint]) -> None:
    # A provider of its own for each document: the shared one of Powertools' `Metrics` would mix
    # dimension sets, and adds a `service` dimension.
    document = AmazonCloudWatchEMFProvider(
        metric_set={}, dimension_set={}, metadata_set={}, namespace=NAMESPACE, service=""
    )
    for name, value in dimensions.items():
        document.add_dimension(name, value)
    for point in points:
        document.add_metric(point.name, MetricUnit(point.unit), point.value)
    document.set_timestamp(minute)
    document.flush_metrics()
