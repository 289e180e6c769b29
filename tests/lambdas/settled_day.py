"""A day's payloads through the analyzer and the judge, as a deployment invokes them, on moto."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdas.deployment import Context, envelope

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Event = dict[str, Any]
Record = dict[str, Any]


def payloads(events: Sequence[Event], most: int = 10) -> Iterator[dict[str, Any]]:
    """Yield what a subscription delivers: runs of one stream's events, in the given order."""
    for (group, stream), run in groupby(events, lambda e: (e["logGroup"], e["logStream"])):
        lines = list(run)
        for start in range(0, len(lines), most):
            yield envelope({
                "messageType": "DATA_MESSAGE",
                "owner": "123456789012",
                "logGroup": group,
                "logStream": stream,
                "subscriptionFilters": ["netpolwatch-test"],
                "logEvents": [
                    {key: event[key] for key in ("id", "timestamp", "message")}
                    for event in lines[start : start + most]
                ],
            })  # fmt: skip


def deliver(analyzer: ModuleType, events: Sequence[Event]) -> None:
    """Invoke the analyzer with each payload."""
    for each in payloads(events):
        analyzer.handle(each, Context())


def waiting(client: "SQSClient", url: str) -> list[Record]:
    """Return what waits in the queue, as Lambda hands it over."""
    found: list[Record] = []
    while messages := client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], VisibilityTimeout=600
    ).get("Messages", []):
        found.extend(
            {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
            }
            for each in messages
        )
    return found


def received_again(records: Iterable[Record], times: int) -> list[Record]:
    """Return messages as they come after they were put back some times."""
    count = str(1 + times)
    return [{**each, "attributes": {"ApproximateReceiveCount": count}} for each in records]


def sums(capsys: pytest.CaptureFixture[str], metric: str) -> Counter[str]:
    """Add up a metric's values that were written, by their last dimension's value."""
    total: Counter[str] = Counter()
    for line in capsys.readouterr().out.splitlines():
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            if any(each["Name"] == metric for each in directive["Metrics"]):
                (dimensions,) = directive["Dimensions"]
                label = next((document[d] for d in dimensions if d != "Cluster"), "")
                total[label] += sum(document[metric])
    return total


def by_cluster_time(*streams: Sequence[Event]) -> list[Event]:
    """Put events of several streams in the order of their time."""
    return sorted((event for each in streams for event in each), key=lambda e: e["timestamp"])


def counted(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Add up counts by name."""
    total: dict[str, int] = defaultdict(int)
    for name, count in pairs:
        total[name] += count
    return dict(total)
