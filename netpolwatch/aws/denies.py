"""How many DENYs were no violations: read from our own metric `Denies`."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from netpolwatch.reporting.metrics import NAMESPACE

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_SET_ASIDE: Final = ("reply", "agent-state", "noise", "unknown")
_MINUTE_S: Final = 60


def set_aside(
    client: "CloudWatchClient", cluster: str, since_ms: int, until_ms: int
) -> dict[str, int]:
    """Count a cluster's DENYs that are no violations between two times, by disposition.

    Raises `ClientError`. Dispositions that were not seen are left out.
    """
    answer = client.get_metric_data(
        MetricDataQueries=[
            {
                "Id": f"d{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": "Denies",
                        "Dimensions": [
                            {"Name": "Cluster", "Value": cluster},
                            {"Name": "Disposition", "Value": disposition},
                        ],
                    },
                    "Period": _MINUTE_S,
                    "Stat": "Sum",
                },
            }
            for number, disposition in enumerate(_SET_ASIDE)
        ],
        # CloudWatch asks for whole minutes; what comes late belongs to the last digest.
        StartTime=_minute(since_ms),
        EndTime=_minute(until_ms + 60_000),
    )
    sums = {one["Id"]: int(sum(one["Values"])) for one in answer["MetricDataResults"]}
    counted = {name: sums.get(f"d{number}", 0) for number, name in enumerate(_SET_ASIDE)}
    return {name: count for name, count in counted.items() if count}


def _minute(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 60_000 * 60, tz=UTC)
