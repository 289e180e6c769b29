"""What waits in a finding's outbox is sent, once, and then taken out of it."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws

from netpolwatch.aws.findings_table import FindingsTable
from netpolwatch.findings.fingerprint import finding_id
from netpolwatch.findings.observation import Observation
from tests.lambdas.deployment import deploy
from tests.unit.aws.findings_store import (
    REGION,
    TABLE,
    Response,
    answered,
    due,
    make_table,
    put_beside,
    refuse_first,
)
from tests.unit.findings.making import CLUSTER, ENTRIES, LINK_NOT_FOUND, NOON, observation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from netpolwatch.findings.model import Subject

ACCOUNT = "123456789012"
REFUSED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code>"
    "<Message>not allowed</Message></Error></ErrorResponse>"
)


@dataclass(frozen=True)
class Deployment:
    """The notifier beside a table and a topic with one subscriber."""

    function: ModuleType
    client: "DynamoDBClient"
    queue: str

    @property
    def table(self) -> FindingsTable:
        return FindingsTable(self.client, TABLE)

    def notify(self, *keys: str) -> dict[str, Any]:
        records = [stream_record(key, number) for number, key in enumerate(keys)]
        answer: dict[str, Any] = self.function.handle({"Records": records}, LambdaContext())
        return answer

    def received(self) -> list[dict[str, Any]]:
        client = boto3.client("sqs", region_name=REGION)
        answer = client.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with mock_aws():
        client = make_table()
        sns, sqs = boto3.client("sns", region_name=REGION), boto3.client("sqs", region_name=REGION)
        topic = sns.create_topic(Name="findings")["TopicArn"]
        queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:subscriber"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        variables = {
            "FINDINGS_TABLE": TABLE,
            "FINDINGS_TOPIC_ARN": topic,
            "DASHBOARD_NAME": "netpolwatch",
        }
        function = deploy("notifier", variables, tmp_path, monkeypatch)
        yield Deployment(function, client, queue)


def stream_record(key: str, number: int = 0) -> dict[str, Any]:
    """Give a record as the table's stream delivers it."""
    return {
        "eventID": f"{number:032x}",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": 1_781_006_400.0,
            "Keys": {"pk": {"S": key}},
            "NewImage": {"pk": {"S": key}, "outbox_due": {"S": "due"}},
            "SequenceNumber": str(1000 + number),
            "SizeBytes": 80,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}/stream/2026",
    }


def fault(node: str) -> Observation:
    subject: Subject = {"node": node}
    return observation(id=finding_id(LINK_NOT_FOUND.id, CLUSTER, subject), subject=subject)


def opened(deployment: Deployment, *nodes: str) -> list[str]:
    """Open a finding a node; give their keys, in the nodes' order."""
    faults = [fault(node) for node in nodes]
    deployment.table.record(faults, ENTRIES, f"batch of {nodes}", NOON)
    return [f"finding#{each.id}" for each in faults]


def metrics(capsys: pytest.CaptureFixture[str]) -> list[str]:
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(document["Channel"] == "sns" and "service" not in document for document in found)
    return [document["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for document in found]


def test_what_waits_is_sent_once(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a finding that opened
    (key,) = opened(deployment, "ip-10-0-2-17")
    (pending,) = deployment.table.pending(key.partition("#")[2])
    # When its record is delivered, twice
    assert deployment.notify(key) == {"batchItemFailures": []}
    assert deployment.notify(key) == {"batchItemFailures": []}
    # Then one message arrived, with all that a deployment knows
    (message,) = deployment.received()
    told = json.loads(message["Message"])
    assert (told["account"], told["region"], told["cluster"]) == (ACCOUNT, REGION, CLUSTER)
    assert told["links"]["dashboard"].endswith("#dashboards/dashboard/netpolwatch")
    assert "logs-insights" in told["links"]["logs_insights"]
    assert message["MessageAttributes"]["notification_id"]["Value"] == pending.id
    # And nothing waits any longer
    assert deployment.table.pending(told["id"]) == []
    assert due(deployment.client) == []
    assert metrics(capsys) == ["NotificationsSent"]


def test_an_email_explains_the_issue(deployment: Deployment) -> None:
    # Given the catalogue's own words, which a finding does not carry
    (key,) = opened(deployment, "ip-10-0-2-17")
    bodies: list[str] = []

    def keep(request: AWSPreparedRequest) -> None:
        bodies.append(str(request.body))

    with answered("Publish", keep):
        deployment.notify(key)
    assert "MessageStructure" in bodies[0]
    assert "WHAT+TO+DO" in bodies[0]
    assert "harmless+race" in bodies[0]


def test_a_record_that_fails_is_named_and_the_others_are_sent(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    # Given two findings, and a channel that refuses the first
    first, second = opened(deployment, "ip-10-0-0-1", "ip-10-0-0-2")

    def refuse(request: AWSPreparedRequest) -> Response | None:
        return (403, {}, REFUSED) if "ip-10-0-0-1" in str(request.body) else None

    # When both records are delivered together
    with answered("Publish", refuse), caplog.at_level(logging.WARNING):
        answer = deployment.notify(first, second)
    # Then the first is named, with its reason in the log; the other arrived
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1000"}]}
    assert "AuthorizationError" in caplog.text
    assert [json.loads(message["Message"])["subject"] for message in deployment.received()] == [
        {"node": "ip-10-0-0-2"}
    ]
    assert due(deployment.client) == [first]
    assert metrics(capsys) == ["NotificationsFailed", "NotificationsSent"]
    # And it is sent when its record is delivered again, and not the other
    assert deployment.notify(first, second) == {"batchItemFailures": []}
    assert [json.loads(message["Message"])["subject"] for message in deployment.received()] == [
        {"node": "ip-10-0-0-1"}
    ]


def test_all_records_may_fail_without_an_exception(deployment: Deployment) -> None:
    keys = opened(deployment, "ip-10-0-0-1", "ip-10-0-0-2")
    with answered("Publish", lambda _request: (403, {}, REFUSED)):
        answer = deployment.notify(*keys)
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == ["1000", "1001"]


def test_what_was_sent_but_not_taken_out_is_sent_again_under_its_name(
    deployment: Deployment,
) -> None:
    # Given a crash between the channel's acceptance and our record of it
    (key,) = opened(deployment, "ip-10-0-2-17")
    with answered("UpdateItem", refuse_first(1, "AccessDeniedException")):
        assert deployment.notify(key)["batchItemFailures"] == [{"itemIdentifier": "1000"}]
    # When the record is delivered again
    assert deployment.notify(key) == {"batchItemFailures": []}
    # Then both messages have the same notification id: a reader can tell them for one
    names = [
        message["MessageAttributes"]["notification_id"]["Value"]
        for message in deployment.received()
    ]
    assert len(names) == 2
    assert len(set(names)) == 1


@pytest.mark.parametrize("key", ["batch#4f2d#0", "finding#gone", ""])
def test_what_holds_no_outbox_sends_nothing(deployment: Deployment, key: str) -> None:
    assert deployment.notify(key) == {"batchItemFailures": []}
    assert deployment.received() == []


def test_two_that_wait_are_sent_in_their_order(deployment: Deployment) -> None:
    # Given a second notification in the outbox, later than the first
    (key,) = opened(deployment, "ip-10-0-2-17")
    identity = key.removeprefix("finding#")
    (first,) = deployment.table.pending(identity)
    second = put_beside(deployment.client, identity, first)
    deployment.notify(key)
    ids = [
        message["MessageAttributes"]["notification_id"]["Value"]
        for message in deployment.received()
    ]
    assert ids == [first.id, second.id]
    assert due(deployment.client) == []
