"""The two topics: what subscribers receive, and what SNS would refuse."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws

from netpolwatch.aws.channels.sns import MAX_MESSAGE_BYTES, ChatTopic, FindingsTopic
from netpolwatch.aws.channels.telling import Telling
from netpolwatch.findings.channels import Delivered, Refused, Retry
from netpolwatch.findings.notices import MAX_ROWS, DigestNotice, Notice, row_of
from tests.unit.aws.findings_store import REGION, answered
from tests.unit.findings.making import CLUSTER, NOON, finding
from tests.unit.reporting.noticing import NOTICES

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

TELLING = Telling("123456789012", REGION, "netpolwatch", {})
REFUSED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
    "<Message>no</Message></Error></ErrorResponse>"
)


@dataclass(frozen=True)
class Topic:
    """A topic with a queue behind it."""

    client: "SNSClient"
    arn: str
    queue: str

    def received(self) -> dict[str, Any]:
        sqs = boto3.client("sqs", region_name=REGION)
        (message,) = sqs.receive_message(QueueUrl=self.queue)["Messages"]
        body: dict[str, Any] = json.loads(message["Body"])
        return body


@pytest.fixture
def topic() -> Iterator[Topic]:
    with mock_aws():
        client = boto3.client("sns", region_name=REGION)
        arn = client.create_topic(Name="findings")["TopicArn"]
        queue = boto3.client("sqs", region_name=REGION).create_queue(QueueName="all")["QueueUrl"]
        endpoint = f"arn:aws:sqs:{REGION}:123456789012:all"
        client.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint)
        yield Topic(client, arn, queue)


@pytest.mark.parametrize("name", NOTICES)
def test_machines_get_json_and_attributes(topic: Topic, name: str) -> None:
    outcome = FindingsTopic(topic.client, topic.arn, TELLING).send(NOTICES[name], "n1", None)
    assert isinstance(outcome, Delivered)
    got = topic.received()
    assert got["MessageAttributes"]["notification_id"]["Value"] == "n1"
    assert got["MessageAttributes"]["severity"]["Value"] == NOTICES[name].severity
    json.loads(got["Message"])


@pytest.mark.parametrize("name", NOTICES)
def test_chat_gets_a_custom_notification_and_nothing_else(topic: Topic, name: str) -> None:
    outcome = ChatTopic(topic.client, topic.arn, TELLING).send(NOTICES[name], "n1", None)
    assert isinstance(outcome, Delivered)
    got = topic.received()
    assert "MessageAttributes" not in got
    assert json.loads(got["Message"])["source"] == "custom"


def test_what_sns_has_no_room_for_is_cut_and_counted(topic: Topic) -> None:
    # given the widest digest, of the text that grows most when it is written
    rows = tuple(row_of(finding(subject={"node": "\0" * 200})) for _ in range(MAX_ROWS))
    silences = ("\0" * 400,) * 200
    notice = DigestNotice(
        cluster=CLUSTER, rows=rows, more=7, since=NOON, until=NOON, silences=silences
    )
    sent: list[str] = []

    def keep(request: AWSPreparedRequest) -> None:
        body = request.body
        fields = parse_qs(body.decode() if isinstance(body, bytes) else str(body))
        sent.append(fields["Message"][0])

    # when
    with answered("Publish", keep):
        outcome = FindingsTopic(topic.client, topic.arn, TELLING).send(notice, "n1", None)
    # then
    assert isinstance(outcome, Delivered)
    assert len(sent[0].encode()) <= MAX_MESSAGE_BYTES
    told = json.loads(json.loads(sent[0])["default"])
    assert told["rows"]
    assert len(told["rows"]) + told["more"] == MAX_ROWS + 7


@pytest.mark.parametrize(
    ("code", "kind"), [("InvalidParameter", Refused), ("AuthorizationError", Retry)]
)
@pytest.mark.parametrize("channel", [FindingsTopic, ChatTopic])
def test_a_refusal_of_the_message_is_for_ever_any_other_is_not(
    topic: Topic, channel: type[FindingsTopic | ChatTopic], code: str, kind: type
) -> None:
    notice: Notice = NOTICES["finding"]
    with answered("Publish", lambda _: (400, {}, REFUSED.format(code=code))):
        assert isinstance(channel(topic.client, topic.arn, TELLING).send(notice, "n1", None), kind)
