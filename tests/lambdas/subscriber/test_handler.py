"""The handler against moto's CloudWatch Logs and SNS, and a local CloudFormation."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from lambdas.subscriber.handler import handle
from tests.lambdas.subscriber.conftest import Answers

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

REGION = "eu-west-1"
GROUP = "/aws/eks/prod/cluster"
FILTER = "netpolwatch-watch"


class Context:
    """What Lambda tells of the time that is left."""

    def __init__(self, remaining_ms: int = 300_000) -> None:
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms


class Account:
    """An account with a reader, an `ops` topic and a cluster's log group."""

    def __init__(self) -> None:
        # moto lets a stream read a log group as a function does, without asking for its code.
        self.reader = self._stream("reader")
        self.shipper = self._stream("shipper")
        self.logs: CloudWatchLogsClient = boto3.client("logs")
        self.logs.create_log_group(logGroupName=GROUP)
        self._sqs = boto3.client("sqs")
        self._queue = self._sqs.create_queue(QueueName="ops")["QueueUrl"]
        sns = boto3.client("sns")
        self.ops = sns.create_topic(Name="ops")["TopicArn"]
        queue_arn = self._queue_arn()
        sns.subscribe(TopicArn=self.ops, Protocol="sqs", Endpoint=queue_arn)

    def filters(self, group: str = GROUP) -> dict[str, str]:
        found = self.logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
        return {f.get("filterName", ""): f.get("destinationArn", "") for f in found}

    def subscribe(self, name: str, destination: str) -> None:
        self.logs.put_subscription_filter(
            logGroupName=GROUP, filterName=name, filterPattern="", destinationArn=destination
        )

    def told(self) -> list[dict[str, Any]]:
        """Take the messages that `ops` has brought."""
        received = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in received.get("Messages", [])]

    def _queue_arn(self) -> str:
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["QueueArn"]
        )
        return attributes["Attributes"]["QueueArn"]

    @staticmethod
    def _stream(name: str) -> str:
        client = boto3.client("kinesis")
        client.create_stream(StreamName=name, ShardCount=1)
        described = client.describe_stream_summary(StreamName=name)
        return str(described["StreamDescriptionSummary"]["StreamARN"])


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        account = Account()
        monkeypatch.setenv("OPS_TOPIC_ARN", account.ops)
        monkeypatch.setenv("ANALYZER_ARN", account.reader)
        yield account


class Deployment:
    """CloudFormation's side: sends events, and holds the answers."""

    def __init__(self, account: Account, answers: Answers) -> None:
        self.account = account
        self.answers = answers

    def properties(self, *groups: str) -> dict[str, Any]:
        return {
            "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:watch-subscriber",
            "ServiceTimeout": "1200",
            "Attempt": "1",
            "FilterName": FILTER,
            "Destination": self.account.reader,
            "OwnLogPrefix": "/aws/lambda/watch",
            "FilterPattern": "",
            "LogGroups": list(groups),
        }

    def send(
        self, kind: str, *groups: str, context: Context | None = None, **more: object
    ) -> dict[str, Any]:
        """Send an event; returns the one answer to it, which is always success."""
        event = {
            "RequestType": kind,
            "ResponseURL": self.answers.url,
            "StackId": "stack",
            "RequestId": f"request-{len(self.answers.received)}",
            "LogicalResourceId": "Filters",
            "ResourceType": "Custom::SubscriptionFilters",
            "ResourceProperties": self.properties(*groups),
            **({} if kind == "Create" else {"PhysicalResourceId": FILTER}),
            **more,
        }
        before = len(self.answers.received)
        handle(event, context or Context())  # type: ignore[arg-type]  # all that it asks for
        assert len(self.answers.received) == before + 1
        answer = self.answers.received[-1]
        assert answer["Status"] == "SUCCESS"
        assert answer["RequestId"] == event["RequestId"]
        return answer


@pytest.fixture
def deployment(account: Account, answers: Answers) -> Deployment:
    return Deployment(account, answers)


def test_the_life_of_a_stack(deployment: Deployment) -> None:
    account = deployment.account
    account.logs.create_log_group(logGroupName="/nodes")
    account.subscribe("shipper", account.shipper)

    created = deployment.send("Create", GROUP, "/nodes")
    assert created["PhysicalResourceId"] == FILTER
    assert created["Data"] == {
        "Report": f"{GROUP}: subscribed; /nodes: subscribed",
        "Subscribed": "2",
        "Failed": "0",
    }
    assert account.filters() == {"shipper": account.shipper, FILTER: account.reader}
    assert account.filters("/nodes") == {FILTER: account.reader}

    old = deployment.properties(GROUP, "/nodes")
    updated = deployment.send("Update", GROUP, OldResourceProperties=old)
    assert updated["PhysicalResourceId"] == FILTER
    assert account.filters("/nodes") == {}
    assert account.filters() == {"shipper": account.shipper, FILTER: account.reader}

    deployment.send("Delete", GROUP)
    assert account.filters() == {"shipper": account.shipper}
    assert account.told() == []


def test_given_two_patterns_when_the_stack_changes_back_then_one_filter_is_left(
    deployment: Deployment,
) -> None:
    account = deployment.account
    split = deployment.properties(GROUP) | {"AuditPattern": "{ $.a = 1 }"}
    both = {FILTER: account.reader, f"{FILTER}.audit": account.reader}

    created = deployment.send("Create", ResourceProperties=split)
    assert created["Data"]["Report"] == f"{GROUP}: subscribed"
    assert account.filters() == both
    deployment.send("Update", ResourceProperties=split, OldResourceProperties=split)
    assert account.filters() == both

    deployment.send("Update", GROUP, OldResourceProperties=split)
    assert account.filters() == {FILTER: account.reader}
    deployment.send(
        "Update", ResourceProperties=split, OldResourceProperties=deployment.properties(GROUP)
    )
    assert account.filters() == both

    deployment.send("Delete", ResourceProperties=split)
    assert account.filters() == {}
    assert account.told() == []


def test_what_fails_is_in_the_outputs_and_on_ops_and_the_rest_goes_on(
    deployment: Deployment,
) -> None:
    answer = deployment.send("Create", "/gone", GROUP, "/aws/lambda/watch-analyzer")
    assert (answer["Data"]["Subscribed"], answer["Data"]["Failed"]) == ("1", "2")
    assert answer["Data"]["Report"].startswith("/gone: the log group does not exist")
    assert deployment.account.filters() == {FILTER: deployment.account.reader}
    (message,) = deployment.account.told()
    assert message["Subject"] == "netpolwatch: 2 log group(s) are not read"
    assert "- /gone: the log group does not exist" in message["Message"]
    assert "- /aws/lambda/watch-analyzer: it is our own log group" in message["Message"]
    assert "-c attempt=2" in message["Message"]


def test_a_full_quota_is_reported(deployment: Deployment) -> None:
    for name in ("shipper", "audit"):
        deployment.account.subscribe(name, deployment.account.shipper)
    answer = deployment.send("Create", GROUP)
    assert answer["Data"]["Report"] == (
        f"{GROUP}: its quota of filters is taken by shipper, audit: remove one"
    )


def test_a_topic_that_is_gone_does_not_stop_the_deployment(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_TOPIC_ARN", f"{deployment.account.ops}-gone")
    assert deployment.send("Create", "/gone")["Data"]["Failed"] == "1"


def test_the_answer_comes_before_the_time_is_up(deployment: Deployment) -> None:
    answer = deployment.send("Create", GROUP, context=Context(remaining_ms=20_000))
    assert answer["Data"]["Report"] == f"{GROUP}: no time was left to try it"


@pytest.mark.parametrize(
    "more",
    [
        {"ResourceProperties": {}},
        {"ResourceProperties": {"LogGroups": "no list", "FilterName": FILTER}},
        {"ResourceProperties": None},
    ],
)
@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_a_request_of_another_shape_is_answered_too(
    deployment: Deployment, kind: str, more: dict[str, Any]
) -> None:
    answer = deployment.send(kind, GROUP, **more)
    assert answer["Data"]["Report"].startswith("nothing was changed, see the subscriber's log: ")
    assert answer["PhysicalResourceId"]


def test_a_long_report_leaves_the_answer_within_its_limit(deployment: Deployment) -> None:
    answer = deployment.send("Create", *(f"/gone/{'x' * 480}{n}" for n in range(30)))
    assert answer["Data"]["Failed"] == "30"
    assert len(json.dumps(answer).encode()) < 4096
