"""The analyzer and the judge of one deployment, with their tables and their queue, on moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from netpolwatch.settling.watermark import MAX_WAITS
from tests.corpus import cluster_day
from tests.lambdas.deployment import SETTINGS, Context, deploy
from tests.lambdas.settled_day import received_again, waiting
from tests.unit.aws.findings_store import (
    KNOWLEDGE,
    REGION,
    TABLE,
    make_knowledge_table,
    make_table,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Deployment:
    """Two functions and what is between them."""

    analyzer: ModuleType
    judge: ModuleType
    table: "DynamoDBClient"
    sqs: "SQSClient"
    queue: str

    def judge_all(self) -> None:
        """Judge what waits, as if nothing more was to be heard of it."""
        records = received_again(waiting(self.sqs, self.queue), times=MAX_WAITS)
        assert self.judge.handle({"Records": records}, Context()) == {"batchItemFailures": []}


@contextmanager
def deployed(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with mock_aws():
        client = make_table()
        make_knowledge_table(client)
        sqs = boto3.client("sqs", region_name=REGION)
        # No delay: a test does not wait for the clock.
        url = sqs.create_queue(QueueName="settling")["QueueUrl"]
        variables = {"FINDINGS_TABLE": TABLE, "KNOWLEDGE_TABLE": KNOWLEDGE,
                     "SETTLING_QUEUE_URL": url}  # fmt: skip
        groups = {event["logGroup"] for event in cluster_day.events("flows")}
        clusters = {**SETTINGS["clusters"], **dict.fromkeys(groups, "retail-prod")}
        settings = {"settling_seconds": 0, "clusters": clusters}
        analyzer = deploy("analyzer", variables, folder, patch, settings)
        judge = deploy("judge", variables, folder, patch, settings)
        yield Deployment(analyzer, judge, client, sqs, url)


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with deployed(tmp_path, monkeypatch) as made:
        yield made
