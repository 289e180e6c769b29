"""The SNS topics: `findings` for people and machines, `chat` for Amazon Q Developer alone."""

from typing import TYPE_CHECKING, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.channels.telling import Telling
from netpolwatch.findings.channels import Delivered, Outcome, Refused, Retry
from netpolwatch.findings.notices import FindingNotice, Notice
from netpolwatch.reporting.chat import chat_message
from netpolwatch.reporting.email import email_body
from netpolwatch.reporting.email_table import email_of
from netpolwatch.reporting.message import Message
from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.shortening import fitting

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

MAX_MESSAGE_BYTES: Final = 250_000
"""SNS takes 256 KB a message, its attributes included."""

_MAX_ATTRIBUTE_CHARS = 256
_OUR_FAULT: Final = frozenset({"InvalidParameter", "InvalidParameterValue", "ValidationError"})
"""The message itself is refused. All else, a denied publish too, may be mended meanwhile."""


class FindingsTopic:
    """Readable text for e-mail, JSON for everybody else; attributes to filter by."""

    name = "sns"

    def __init__(self, client: "SNSClient", topic_arn: str, telling: Telling) -> None:
        self._client, self._topic, self._telling = client, topic_arn, telling

    def send(self, notice: Notice, notification: str, reference: str | None) -> Outcome:
        """Publish a notice."""
        del reference
        located = self._telling.located(notice)
        message = self._telling.message(located, notification)
        try:
            answer = self._client.publish(
                TopicArn=self._topic,
                Subject=message.subject,
                Message=fitting(
                    located, lambda shorter: self._parts(shorter, notification), MAX_MESSAGE_BYTES
                ),
                MessageStructure="json",
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in _attributes(located, notification).items()
                },
            )
        except (ClientError, BotoCoreError) as error:
            return outcome_of(error)
        return Delivered(answer["MessageId"])

    def _parts(self, located: Notice, notification: str) -> bytes:
        parts = {
            "default": msgspec.json.encode(_machine_readable(located)).decode(),
            "email": _email(located, self._telling.message(located, notification)),
        }
        return msgspec.json.encode(parts)


class ChatTopic:
    """Nothing but custom notifications: Amazon Q Developer drops any other message."""

    name = "chat"

    def __init__(self, client: "SNSClient", topic_arn: str, telling: Telling) -> None:
        self._client, self._topic, self._telling = client, topic_arn, telling

    def send(self, notice: Notice, notification: str, reference: str | None) -> Outcome:
        """Publish a notice."""
        del reference
        message = self._telling.message(self._telling.located(notice), notification)
        try:
            answer = self._client.publish(TopicArn=self._topic, Message=chat_message(message))
        except (ClientError, BotoCoreError) as error:
            return outcome_of(error)
        return Delivered(answer["MessageId"])


def outcome_of(error: Exception) -> Retry | Refused:
    """Tell whether it is worth while to try again after an AWS error."""
    if isinstance(error, ClientError) and error.response["Error"]["Code"] in _OUR_FAULT:
        return Refused(printable(str(error), _MAX_ATTRIBUTE_CHARS))
    return Retry(printable(str(error), _MAX_ATTRIBUTE_CHARS))


def _machine_readable(notice: Notice) -> object:
    return notice.finding if isinstance(notice, FindingNotice) else notice


def _email(notice: Notice, message: Message) -> str:
    if isinstance(notice, FindingNotice):
        return email_body(notice.finding, message.summary, message.notification)
    return email_of(message)


def _attributes(notice: Notice, notification: str) -> dict[str, str]:
    attributes = {
        "severity": notice.severity,
        "cluster": notice.cluster or "unknown",
        "notification_id": notification,
    }
    if isinstance(notice, FindingNotice):
        attributes |= {"issue": notice.finding.issue, "status": notice.finding.status}
        attributes |= {"reason": notice.reason}
    else:
        attributes |= {"kind": type(notice).__name__.removesuffix("Notice").lower()}
    return {name: printable(value, _MAX_ATTRIBUTE_CHARS) for name, value in attributes.items()}
