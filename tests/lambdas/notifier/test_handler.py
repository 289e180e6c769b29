"""What waits in an outbox is routed, sent on every channel, once, and then taken out of it."""

import json
import logging
import time
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

from netpolwatch.aws.ledger import DynamoLedger
from netpolwatch.findings.fingerprint import finding_id
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.recording import record
from netpolwatch.findings.rules import DEFAULT_RULES
from tests.lambdas.deployment import deploy
from tests.unit.aws.findings_store import (
    KNOWLEDGE,
    REGION,
    TABLE,
    Response,
    answered,
    due,
    make_knowledge_table,
    make_table,
    refuse_first,
    waiting,
)
from tests.unit.findings.making import CLUSTER, ENTRIES, LINK_NOT_FOUND, observation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from netpolwatch.findings.model import Subject

ACCOUNT = "123456789012"
REFUSED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
    "<Message>not allowed</Message></Error></ErrorResponse>"
)


@dataclass(frozen=True)
class Deployment:
    """The notifier beside a table, a topic with one subscriber, and a failure queue."""

    function: ModuleType
    client: "DynamoDBClient"
    queue: str
    failures: str

    def notify(self, *keys: str) -> dict[str, Any]:
        records = [stream_record(key, number) for number, key in enumerate(keys)]
        answer: dict[str, Any] = self.function.handle({"Records": records}, LambdaContext())
        return answer

    def received(self, queue: str = "") -> list[dict[str, Any]]:
        client = boto3.client("sqs", region_name=REGION)
        answer = client.receive_message(QueueUrl=queue or self.queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with mock_aws():
        client = make_table()
        make_knowledge_table(client)
        sns, sqs = boto3.client("sns", region_name=REGION), boto3.client("sqs", region_name=REGION)
        topic = sns.create_topic(Name="findings")["TopicArn"]
        queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
        failures = sqs.create_queue(QueueName="failures")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:subscriber"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        variables = {
            "FINDINGS_TABLE": TABLE,
            "FINDINGS_TOPIC_ARN": topic,
            "DASHBOARD_NAME": "netpolwatch",
            "FAILURE_QUEUE_URL": failures,
            "KNOWLEDGE_TABLE": KNOWLEDGE,
            "EVENT_BUS": "default",
        }
        function = deploy("notifier", variables, tmp_path, monkeypatch)
        yield Deployment(function, client, queue, failures)


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
            "NewImage": {"pk": {"S": key}, "outbox_due": {"S": "due#high"}},
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
    ledger = DynamoLedger(deployment.client, TABLE)
    now_ms = time.time_ns() // 1_000_000
    record(ledger, faults, ENTRIES, f"batch of {nodes}", now_ms=now_ms, rules=DEFAULT_RULES)
    return [f"finding#{each.id}" for each in faults]


def metrics(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all("service" not in document for document in found)
    assert all(document["Stack"] == "netpolwatch" for document in found)
    return sorted(
        (
            document["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"],
            document.get("Channel") or document.get("Reason"),
        )
        for document in found
    )


def test_what_waits_is_sent_once_on_every_channel(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a finding that opened
    (key,) = opened(deployment, "ip-10-0-2-17")
    (outgoing,) = waiting(deployment.client, key.partition("#")[2])
    # When its record is delivered, twice
    assert deployment.notify(key) == {"batchItemFailures": []}
    assert deployment.notify(key) == {"batchItemFailures": []}
    # Then one message arrived, with all that a deployment knows
    (message,) = deployment.received()
    told = json.loads(message["Message"])
    assert (told["account"], told["region"], told["cluster"]) == (ACCOUNT, REGION, CLUSTER)
    assert told["links"]["dashboard"].endswith("#dashboards/dashboard/netpolwatch")
    assert "logs-insights" in told["links"]["logs_insights"]
    assert message["MessageAttributes"]["notification_id"]["Value"] == outgoing.id
    assert message["MessageAttributes"]["reason"]["Value"] == "opened"
    # And nothing waits any longer
    assert waiting(deployment.client, told["id"]) == ()
    assert due(deployment.client) == []
    assert metrics(capsys) == [("NotificationsSent", "eventbridge"), ("NotificationsSent", "sns")]


def test_the_second_node_waits_for_its_group(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = opened(deployment, "ip-10-0-0-1", "ip-10-0-0-2")
    deployment.notify(first, second)
    (message,) = deployment.received()
    assert json.loads(message["Message"])["subject"] == {"node": "ip-10-0-0-1"}
    assert due(deployment.client) == []
    assert ("NotificationsSuppressed", "held") in metrics(capsys)


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


def test_a_channel_that_is_denied_stops_no_other_and_gets_it_later(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a topic that nobody may publish to
    (key,) = opened(deployment, "ip-10-0-2-17")
    denied = REFUSED.format(code="AuthorizationError")
    with answered("Publish", lambda _request: (403, {}, denied)):
        assert deployment.notify(key) == {"batchItemFailures": []}
    # Then the bus has it, the topic not, and it stays due
    assert metrics(capsys) == [("NotificationsFailed", "sns"), ("NotificationsSent", "eventbridge")]
    (left,) = waiting(deployment.client, key.partition("#")[2])
    assert (set(left.sent), left.tries) == ({"eventbridge"}, 1)
    assert due(deployment.client) == [key]
    assert deployment.received(deployment.failures) == []
    # When its own write wakes the notifier, it is not tried at once
    deployment.notify(key)
    assert deployment.received() == []


def test_a_message_that_sns_will_never_take_ends_in_the_failure_queue(
    deployment: Deployment,
) -> None:
    (key,) = opened(deployment, "ip-10-0-2-17")
    invalid = REFUSED.format(code="InvalidParameter")
    with answered("Publish", lambda _request: (400, {}, invalid)):
        deployment.notify(key)
    (failure,) = deployment.received(deployment.failures)
    assert (failure["kind"], failure["channel"]) == ("refused-notification", "sns")
    assert failure["outgoing"]["notice"]["finding"]["subject"] == {"node": "ip-10-0-2-17"}
    assert due(deployment.client) == []


def test_a_record_that_fails_is_named_and_the_others_are_sent(
    deployment: Deployment, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a table that refuses the first of two writes
    first, second = opened(deployment, "ip-10-0-0-1", "ip-10-0-0-2")
    refusal = refuse_first(1, "AccessDeniedException")
    with answered("TransactWriteItems", refusal), caplog.at_level(logging.WARNING):
        answer = deployment.notify(first, second)
    # Then the first is named, with its reason in the log; the other arrived
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1000"}]}
    assert "AccessDenied" in caplog.text
    (message,) = deployment.received()
    assert json.loads(message["Message"])["subject"] == {"node": "ip-10-0-0-2"}


def test_what_was_sent_but_not_recorded_is_sent_again_under_its_name(
    deployment: Deployment,
) -> None:
    # Given a crash between the channel's acceptance and our record of it
    (key,) = opened(deployment, "ip-10-0-2-17")
    with answered("PutItem", refuse_first(1, "AccessDeniedException")):
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


@pytest.mark.parametrize("key", ["batch#4f2d#", "finding#gone", ""])
def test_what_holds_no_outbox_sends_nothing(deployment: Deployment, key: str) -> None:
    assert deployment.notify(key) == {"batchItemFailures": []}
    assert deployment.received() == []


def test_an_event_of_the_bus_is_the_finding_and_why_it_is_told(deployment: Deployment) -> None:
    # Given
    (key,) = opened(deployment, "ip-10-0-2-17")
    (outgoing,) = waiting(deployment.client, key.partition("#")[2])
    put: list[dict[str, Any]] = []

    def keep(request: AWSPreparedRequest) -> Response | None:
        assert isinstance(request.body, bytes)
        put.extend(json.loads(request.body)["Entries"])
        return None

    # When
    with answered("PutEvents", keep):
        deployment.notify(key)
    # Then
    (entry,) = put
    detail = json.loads(entry["Detail"])
    assert (entry["Source"], entry["DetailType"]) == ("netpolwatch", "netpolwatch finding")
    assert (detail["notification_id"], detail["reason"]) == (outgoing.id, "opened")
    assert detail["schema"] == "netpolwatch/finding/v1"
