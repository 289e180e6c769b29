"""Whether a cluster's events come: read from our own metrics."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from netpolwatch.reporting.metrics import NAMESPACE

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

SILENCE: Final = timedelta(minutes=30)
PATIENCE: Final = timedelta(hours=1)
"""A deployment without one event for so long is told: its cluster does not log."""

_KNOWN: Final = timedelta(days=14)
_MAX_CLUSTERS: Final = 499

Hearing = Literal["heard", "silent", "never"]
"""`silent`: events came, and come no more. `never`: none has come since the deployment."""

_OURSELVES: Final = "ourselves"


def hearing(
    client: "CloudWatchClient", clusters: Sequence[str], stack_name: str, now_ms: int
) -> dict[str, Hearing]:
    """Return of each cluster whether its events come, by what was counted in 14 days.

    Half an hour without any event of any stream: the control plane's own logs never are so quiet.
    How long we run shows in the sweeper's own metric. Raises `ClientError`.
    """
    now = datetime.fromtimestamp(now_ms // 60_000 * 60, tz=UTC)
    asked = {f"c{number}": name for number, name in enumerate(clusters[:_MAX_CLUSTERS])}
    ours = {"Stack": stack_name, "Table": "findings"}
    answer = client.get_metric_data(
        MetricDataQueries=[
            _query(_OURSELVES, "OutboxAge", ours, "SampleCount"),
            *(_query(id_, "EventsProcessed", {"Cluster": name}) for id_, name in asked.items()),
        ],
        StartTime=now - _KNOWN,
        EndTime=now,
        ScanBy="TimestampDescending",
    )
    counted = {
        result["Id"]: [
            time
            for time, value in zip(result["Timestamps"], result["Values"], strict=True)
            if value
        ]
        for result in answer["MetricDataResults"]
    }
    # A period is told by its begin: we may be younger than it says by all of it.
    since = min(counted.get(_OURSELVES, ()), default=now) + SILENCE
    runs_long = now - since >= PATIENCE
    return {name: _heard(counted.get(id_, ()), now, runs_long) for id_, name in asked.items()}


def _query(
    id_: str, name: str, dimensions: Mapping[str, str], statistic: str = "Sum"
) -> "MetricDataQueryTypeDef":
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": int(SILENCE.total_seconds()),
            "Stat": statistic,
        },
    }


def _heard(times: Iterable[datetime], now: datetime, runs_long: bool) -> Hearing:
    newest = max(times, default=None)
    if newest is None:
        return "never" if runs_long else "heard"
    # What a period holds may be as new as its end.
    return "silent" if now - newest > 2 * SILENCE else "heard"
