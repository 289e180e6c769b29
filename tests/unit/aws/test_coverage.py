"""Whether a cluster's events come, against moto's CloudWatch."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from netpolwatch.aws.coverage import Hearing, hearing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudwatch import CloudWatchClient

NOW = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
STACK = "watch"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> "Iterator[CloudWatchClient]":
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="eu-west-1")


def counted(
    client: "CloudWatchClient", name: str, dimensions: dict[str, str], ago: timedelta
) -> None:
    client.put_metric_data(
        Namespace="netpolwatch",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                "Timestamp": NOW - ago,
                "Value": 0 if name == "OutboxAge" else 5,
            }
        ],
    )


def swept(client: "CloudWatchClient", ago: timedelta, stack: str = STACK) -> None:
    counted(client, "OutboxAge", {"Stack": stack, "Table": "findings"}, ago)


def read(client: "CloudWatchClient", cluster: str, ago: timedelta) -> None:
    counted(client, "EventsProcessed", {"Cluster": cluster}, ago)


@pytest.mark.parametrize(
    ("runs_for", "last_event", "expected"),
    [
        (timedelta(days=3), timedelta(minutes=10), "heard"),
        (timedelta(days=3), timedelta(hours=5), "silent"),
        (timedelta(days=3), None, "never"),
        (timedelta(hours=3), None, "never"),
        # A deployment of a few minutes has not waited for long.
        (timedelta(minutes=40), None, "heard"),
    ],
)
def test_a_cluster_is_heard_silent_or_never_heard(
    client: "CloudWatchClient",
    runs_for: timedelta,
    last_event: timedelta | None,
    expected: Hearing,
) -> None:
    swept(client, runs_for)
    swept(client, timedelta(minutes=1))
    if last_event is not None:
        read(client, "prod", last_event)
    assert hearing(client, ["prod"], STACK, NOW_MS) == {"prod": expected}


def test_clusters_are_told_apart_and_another_stack_does_not_count(
    client: "CloudWatchClient",
) -> None:
    swept(client, timedelta(days=2), stack="other")
    swept(client, timedelta(minutes=5))
    read(client, "prod", timedelta(hours=4))
    assert hearing(client, ["prod", "staging"], STACK, NOW_MS) == {
        "prod": "silent",
        "staging": "heard",
    }
