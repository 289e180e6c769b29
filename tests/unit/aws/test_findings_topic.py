"""A finding on its SNS topic: text for people, JSON for machines, attributes to filter by."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import msgspec
import pytest
from moto import mock_aws

from netpolwatch.aws.findings_topic import publish_finding
from netpolwatch.findings.model import Evidence, Finding
from tests.unit.aws.findings_store import REGION
from tests.unit.findings.making import NODE, finding

NOTIFICATION = "9c1185a5c5e9fc54612808977ee8f548"
HOSTILE = '\x1b[2J\r\nSubject: pwned\u202e\x00\u2028<script>{"default":1}'


class Topic:
    """A topic and a queue that gets what is published on it."""

    def __init__(self) -> None:
        self.sns = boto3.client("sns", region_name=REGION)
        self._sqs = boto3.client("sqs", region_name=REGION)
        self.arn = self.sns.create_topic(Name="findings")["TopicArn"]
        self._queue = self._sqs.create_queue(QueueName="subscriber")["QueueUrl"]
        queue_arn = f"arn:aws:sqs:{REGION}:123456789012:subscriber"
        self.sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=queue_arn)

    def publish(self, told: Finding) -> None:
        publish_finding(
            self.sns, self.arn, told, summary="Why it matters.", notification=NOTIFICATION
        )

    def received(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def topic() -> Iterator[Topic]:
    with mock_aws():
        yield Topic()


def test_machines_get_the_finding_and_what_to_filter_by(topic: Topic) -> None:
    topic.publish(finding())
    (message,) = topic.received()
    assert msgspec.json.decode(message["Message"], type=Finding) == finding()
    assert message["Subject"].startswith("[HIGH] retail-prod: node ip-10-0-2-17")
    assert {name: given["Value"] for name, given in message["MessageAttributes"].items()} == {
        "severity": "high",
        "cluster": "retail-prod",
        "issue": "npa-link-not-found",
        "status": "open",
        "notification_id": NOTIFICATION,
    }


def test_people_get_a_text(topic: Topic) -> None:
    # Given what is asked of SNS, of which a queue gets only its own part
    asked: list[dict[str, Any]] = []
    topic.sns.meta.events.register(
        "provide-client-params.sns.Publish", lambda params, **_: asked.append(params)
    )
    # When
    topic.publish(finding())
    # Then
    (request,) = asked
    assert request["MessageStructure"] == "json"
    message = json.loads(request["Message"])
    assert set(message) == {"default", "email"}
    assert f"notification {NOTIFICATION}" in message["email"]


@pytest.mark.parametrize(
    "hostile",
    [
        finding(subject={"node": HOSTILE}),
        finding(title=HOSTILE * 5),
        finding(cluster=HOSTILE * 20),
        finding(cluster=None),
        finding(evidence=(Evidence(None, HOSTILE, HOSTILE, HOSTILE * 10),) * 5),
        finding(subject={"node": "\x00" * 200}),
    ],
)
def test_hostile_text_is_published_as_data(topic: Topic, hostile: Finding) -> None:
    topic.publish(hostile)
    (message,) = topic.received()
    assert msgspec.json.decode(message["Message"], type=Finding) == hostile
    assert message["Subject"].isascii()
    assert message["Subject"].isprintable()
    assert 0 < len(message["Subject"]) < 100
    for attribute in message["MessageAttributes"].values():
        assert 0 < len(attribute["Value"]) <= 256
        assert attribute["Value"].isprintable()


def test_a_message_stays_within_what_sns_takes(topic: Topic) -> None:
    # Given the longest evidence, of characters that JSON writes longest, twice encoded
    worst = Evidence(None, "g" * 512, "s" * 512, "\x00" * 600)
    asked: list[dict[str, Any]] = []
    topic.sns.meta.events.register(
        "provide-client-params.sns.Publish", lambda params, **_: asked.append(params)
    )
    topic.publish(finding(evidence=(worst,) * 5, subject={"node": NODE}))
    assert len(asked[0]["Message"].encode()) < 262_144
