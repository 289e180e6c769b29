"""The SNS topic on which findings are told."""

from typing import TYPE_CHECKING

import msgspec

from netpolwatch.findings.model import Finding
from netpolwatch.reporting.email import email_body, email_subject
from netpolwatch.reporting.printable import printable

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_MAX_ATTRIBUTE_CHARS = 256


def publish_finding(
    client: "SNSClient", topic_arn: str, finding: Finding, *, summary: str, notification: str
) -> None:
    """Publish a finding: readable text for e-mail, JSON for everybody else.

    Attributes carry what subscribers filter by. Raises `ClientError`.
    """
    message = {
        "default": msgspec.json.encode(finding).decode(),
        "email": email_body(finding, summary, notification),
    }
    attributes = {
        "severity": finding.severity,
        "cluster": finding.cluster or "unknown",
        "issue": finding.issue,
        "status": finding.status,
        "notification_id": notification,
    }
    client.publish(
        TopicArn=topic_arn,
        Subject=email_subject(finding),
        Message=msgspec.json.encode(message).decode(),
        MessageStructure="json",
        MessageAttributes={
            name: {"DataType": "String", "StringValue": printable(value, _MAX_ATTRIBUTE_CHARS)}
            for name, value in attributes.items()
        },
    )
