"""Whether a cluster's events still come: read from our own metric `EventsProcessed`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from netpolwatch.reporting.metrics import NAMESPACE

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

SILENCE: Final = timedelta(minutes=30)
_KNOWN: Final = timedelta(days=14)
_MAX_QUERIES = 500


def blind(client: "CloudWatchClient", clusters: Sequence[str], now_ms: int) -> dict[str, bool]:
    """Tell of each cluster whether its events came once (in 14 days) and came no more.

    Half an hour without any event of any stream: the control plane's own logs never are so quiet.
    Raises `ClientError`.
    """
    now = datetime.fromtimestamp(now_ms // 60_000 * 60, tz=UTC)
    named = list(clusters)[:_MAX_QUERIES]
    answer = client.get_metric_data(
        MetricDataQueries=[
            {
                "Id": f"c{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": "EventsProcessed",
                        "Dimensions": [{"Name": "Cluster", "Value": cluster}],
                    },
                    "Period": int(SILENCE.total_seconds()),
                    "Stat": "Sum",
                },
            }
            for number, cluster in enumerate(named)
        ],
        StartTime=now - _KNOWN,
        EndTime=now,
        ScanBy="TimestampDescending",
    )
    newest = {
        one["Id"]: max(
            (at for at, value in zip(one["Timestamps"], one["Values"], strict=True) if value),
            default=None,
        )
        for one in answer["MetricDataResults"]
    }
    return {
        cluster: _is_silent(newest.get(f"c{number}"), now) for number, cluster in enumerate(named)
    }


def _is_silent(newest: datetime | None, now: datetime) -> bool:
    # A period is told by its begin: what it holds may be as new as its end.
    return newest is not None and now - newest > 2 * SILENCE
