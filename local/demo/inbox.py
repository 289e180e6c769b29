"""What arrives: a queue on the findings topic, the mailbox, the table, the failure queues."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.deployment import Deployment
from local.emulator import Emulator

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Message:
    """One notification as a machine gets it: the notice and the message's attributes."""

    document: dict[str, Any]
    attributes: dict[str, str]
    received_at: float

    @property
    def findings(self) -> list[str]:
        """Ids of the findings that it tells of: one, or those of a table."""
        rows = self.document.get("rows")
        return [self.document["id"]] if rows is None else [row["finding"] for row in rows]

    @property
    def kind(self) -> str:
        """Why a finding is told, or what kind of table it is."""
        return self.attributes.get("reason") or self.attributes["kind"]


@dataclass(slots=True)
class Inbox:
    """A queue that is subscribed to the findings topic."""

    sqs: "SQSClient"
    url: str
    messages: list[Message] = field(default_factory=list)

    @classmethod
    def subscribed(cls, emulator: Emulator, deployment: Deployment) -> "Inbox":
        """Make the queue and subscribe it."""
        sqs = emulator.client("sqs")
        url = sqs.create_queue(QueueName="demo-inbox")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        emulator.client("sns").subscribe(
            TopicArn=deployment.outputs["FindingsTopicArn"],
            Protocol="sqs",
            Endpoint=arn["QueueArn"],
        )
        return cls(sqs, url)

    def poll(self, wait_seconds: int = 1) -> list[Message]:
        """Take what has arrived; returns the new messages."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds
        )
        new = []
        for raw in answer.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=raw["ReceiptHandle"])
            envelope = json.loads(raw["Body"])
            attributes = {
                name: attribute["Value"]
                for name, attribute in envelope.get("MessageAttributes", {}).items()
            }
            new.append(Message(json.loads(envelope["Message"]), attributes, time.monotonic()))
        self.messages += new
        return new

    def wait_until(self, enough: Callable[[list[Message]], bool], seconds: float) -> bool:
        """Poll until there is enough; `False` after `seconds`."""
        end = time.monotonic() + seconds
        while not enough(self.messages):
            if time.monotonic() > end:
                return False
            self.poll()
        return True


def stored_findings(emulator: Emulator, deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Read every finding's state from the table, by id."""
    pages = (
        emulator.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=deployment.outputs["FindingsTableName"], ConsistentRead=True)
    )
    items = [item for page in pages for item in page["Items"] if "issue" in item]
    states = [json.loads(item["body"]["S"])["state"] for item in items]
    return {state["id"]: state for state in states}


def dead_letters(emulator: Emulator, deployment: Deployment) -> int:
    """Count what lies in the failure queues."""
    sqs = emulator.client("sqs")
    urls = [url for name, url in deployment.outputs.items() if name.endswith("FailureQueueUrl")]
    counts = [
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        for url in urls
    ]
    return sum(int(count["Attributes"]["ApproximateNumberOfMessages"]) for count in counts)
