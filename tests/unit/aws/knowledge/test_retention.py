"""What the knowledge of many short pods comes to."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import moto
import pytest

from netpolwatch.aws.knowledge.learning import KnowledgeLearner
from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    NodeSeen,
    Owner,
    PodAddress,
    PodGone,
    PodSeen,
)
from tests.unit.aws.findings_store import KNOWLEDGE, make_knowledge_table, make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOON_US = 1_780_999_200_000_000
NOON_MS = NOON_US // 1000
PODS_A_DAY = 1_000 * 60 * 24
INDEX_BYTES = 100
"""What DynamoDB counts of an item beside its attributes."""


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    with moto.mock_aws():
        made = make_table()
        make_knowledge_table(made)
        yield made


def job_pod(number: int) -> list[AnyFact]:
    """Return what the audit log has of a pod of a Job that runs for half a minute."""
    at_us = NOON_US + number * 60_000
    pod: dict[str, Any] = {
        "namespace": "batch", "name": f"nightly-report-{number:05}-x7k2p",
        "uid": f"6f1c8a52-0000-4000-8000-{number:012}", "source": "audit",
    }  # fmt: skip
    labels = {
        "batch.kubernetes.io/controller-uid": pod["uid"],
        "batch.kubernetes.io/job-name": f"nightly-report-{number:05}",
        "job-name": f"nightly-report-{number:05}",
        "app.kubernetes.io/name": "nightly-report",
    }
    node = "ip-10-0-1-9.eu-central-1.compute.internal"
    address = f"10.0.{number // 200}.{number % 200}"
    return [
        PodSeen(at_us=at_us, event=f"c{number}", labels=labels, created_us=at_us,
                owner=Owner("Job", f"nightly-report-{number:05}"), **pod),
        Binding(at_us=at_us + 10_000, event=f"b{number}", node=node, **pod),
        PodAddress(at_us=at_us + 2_000_000, event=f"s{number}", addresses=(address,), node=node,
                   is_news=True, images=("registry/nightly-report:1.4.2",), **pod),
        NodeSeen(at_us=at_us + 2_000_000, event=f"s{number}", source="audit", name=node,
                 addresses=("10.0.1.9",), hearsay=True),
        PodGone(at_us=at_us + 30_000_000, event=f"f{number}", ending="finished", **pod),
        PodGone(at_us=at_us + 40_000_000, event=f"g{number}", **pod),
    ]  # fmt: skip


def test_given_a_thousand_job_pods_a_minute_the_table_stays_under_10_gb(
    client: "DynamoDBClient",
) -> None:
    # given pods whose events come in payloads of their own, as they do in time
    learner, pods = KnowledgeLearner(client, KNOWLEDGE), 40
    for number in range(pods):
        for fact in job_pod(number):
            assert learner.learn("prod", [fact], NOON_MS).lost == 0
    # when what is kept of them is weighed
    items = client.scan(TableName=KNOWLEDGE)["Items"]
    ours = [item for item in items if item["pk"]["S"].split("#")[1] in ("pod", "address")]
    size = sum(INDEX_BYTES + _size(item) for item in ours) / pods
    kept_s = max(int(item["expires_at"]["N"]) for item in ours) - NOON_MS // 1000
    # then it is gone after a day, and a day of them fits
    assert kept_s <= 24 * 3600
    assert size * PODS_A_DAY < 10 * 10**9


def _size(item: Any) -> int:  # noqa: ANN401  # botocore's own shape
    return sum(len(name) + len(next(iter(value.values()))) for name, value in item.items())
