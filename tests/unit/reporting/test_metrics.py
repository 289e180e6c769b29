"""Counts become metric points in event time, within what CloudWatch takes."""

import pytest

from netpolwatch.analysis.analyzer import DENIES, FLOWS, ISSUES
from netpolwatch.analysis.batch import Batch
from netpolwatch.reporting.metrics import MetricPoint, count_point, metric_points
from tests.unit.findings.making import CLUSTER, DAY_MS, HOUR_MS, NOON

MINUTE_MS = 60_000
NOW = NOON + 12_345


def points(batch: Batch) -> dict[tuple[str, str, int], float]:
    found = metric_points(batch, CLUSTER, NOW)
    return {
        (point.name, "/".join(point.dimensions.values()), point.minute - NOON): point.value
        for point in found
    }


def test_series_become_points_of_their_minute() -> None:
    batch = Batch(events=9, unparsed=1, dropped=2, bytes=3, newest=NOON)
    batch.series.update({
        (NOON - MINUTE_MS, FLOWS, "DENY"): 4,
        (NOON, FLOWS, "DENY"): 5,
        (NOON, DENIES, "violation"): 6,
        (NOON, ISSUES, "npa-panic"): 7,
    })  # fmt: skip
    assert points(batch) == {
        ("Flows", "retail-prod/DENY", -MINUTE_MS): 4,
        ("Flows", "retail-prod/DENY", 0): 5,
        ("Denies", "retail-prod/violation", 0): 6,
        ("KnownIssues", "retail-prod/npa-panic", 0): 7,
        ("EventsProcessed", "retail-prod", 0): 9,
        ("EventsUnparsed", "retail-prod", 0): 1,
        ("EventsDropped", "retail-prod", 0): 2,
        ("BytesProcessed", "retail-prod", 0): 3,
        ("IngestLag", "retail-prod", 0): 12_345,
    }


@pytest.mark.parametrize(
    ("minute", "counted_at"),
    [
        (NOON - 13 * DAY_MS, -13 * DAY_MS),
        (NOON - 14 * DAY_MS, 0),
        (NOON + HOUR_MS, HOUR_MS),
        (NOON + 2 * HOUR_MS, 0),
        (-(2**53), 0),
        (2**60, 0),
        (None, 0),
    ],
)
def test_what_cloudwatch_refuses_counts_as_now(minute: int | None, counted_at: int) -> None:
    batch = Batch(events=2)
    batch.series.update({(minute, FLOWS, "DENY"): 1, (NOON, FLOWS, "ACCEPT"): 1})
    found = points(batch)
    assert found["Flows", "retail-prod/DENY", counted_at] == 1
    assert found["Flows", "retail-prod/ACCEPT", 0] == 1


def test_counts_that_fall_into_the_same_minute_add_up() -> None:
    batch = Batch()
    batch.series.update({(minute, FLOWS, "DENY"): 1 for minute in (None, 0, NOON, 2**60)})
    assert points(batch)["Flows", "retail-prod/DENY", 0] == 4


@pytest.mark.parametrize(
    ("newest", "lag"), [(None, None), (0, None), (NOW + HOUR_MS, 0), (NOW - 1500, 1500)]
)
def test_lag_is_told_only_of_honest_times(newest: int | None, lag: float | None) -> None:
    assert points(Batch(newest=newest)).get(("IngestLag", "retail-prod", 0)) == lag


def test_a_count_belongs_to_the_current_minute() -> None:
    assert count_point("FindingsOpened", 3, {"Cluster": "c"}, NOW) == MetricPoint(
        "FindingsOpened", 3, "Count", {"Cluster": "c"}, NOON
    )
