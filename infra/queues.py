"""Where what failed for good waits for a person."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.nag import accept
from infra.outputs import Output


class FailureQueue(Construct):
    """An encrypted queue that keeps each failure as long as SQS can."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        accept(self.queue, "SQS3", "It is a dead-letter queue itself: Lambda writes its failures.")

    def output(self, description: str) -> Output:
        """Tell where the queue is."""
        return self.queue.queue_url, description

    def send(self) -> iam.PolicyStatement:
        """Allow Lambda to write a failure with the function's role."""
        return iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn])
