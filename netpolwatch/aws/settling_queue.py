"""The queue in which DENYs wait for what explains them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SettlingQueue:
    """One deployment's queue; raises `ClientError` when it refuses."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url

    def send(self, text: str, delay_seconds: int) -> None:
        """Send a message that nobody gets before a delay is over."""
        self._client.send_message(QueueUrl=self._url, MessageBody=text, DelaySeconds=delay_seconds)

    def put_back(self, receipt: str, delay_seconds: int) -> None:
        """Let a message that was received come again after a delay."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=delay_seconds
        )
