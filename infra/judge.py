"""From DENYs that wait to findings: the settling queue and its judge."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.encryption import Encryption
from infra.functions import Function, FunctionSpec, Platform
from infra.outputs import Output
from infra.queues import FailureQueue
from infra.storage import Storage
from netpolwatch.configuration import Config
from netpolwatch.settling.watermark import MAX_WAITS

_TIMEOUT = cdk.Duration.minutes(2)
# AWS asks for six times the function's time, and for the batch's window.
_INVISIBLE = cdk.Duration.minutes(14)
# A cluster's steady DENYs cost one call a minute.
_WINDOW = cdk.Duration.minutes(1)
_BATCH = 1_000
_CONCURRENCY = 5
# A message is put back while what explains it was not heard; the rest are failures.
_RECEIVES = MAX_WAITS + 6


class Settling(Construct):
    """The queue in which DENYs wait, and where those go that fail again and again."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.failures = FailureQueue(self, "Failures", key=key)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            visibility_timeout=_INVISIBLE,
            retention_period=cdk.Duration.days(4),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.failures.queue, max_receive_count=_RECEIVES
            ),
        )

    def send(self) -> iam.PolicyStatement:
        """Allow to let DENYs wait."""
        return iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn])

    def receive(self) -> iam.PolicyStatement:
        """Allow what Lambda's poller does with a function's role, and to put messages back."""
        reading = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes",
                   "ChangeMessageVisibility")  # fmt: skip
        return iam.PolicyStatement(
            actions=[f"sqs:{action}" for action in reading], resources=[self.queue.queue_arn]
        )

    def output(self, description: str) -> Output:
        """Return where the queue is."""
        return self.queue.queue_url, description


class JudgeFunction(Construct):
    """Judges what waited, many messages at once."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        config: Config,
        storage: Storage,
        settling: Settling,
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        spec = FunctionSpec(
            name="judge",
            description="Judges denied conversations by the policies of their time",
            memory_mb=config.memory_mb.judge,
            timeout=_TIMEOUT,
            environment={
                "FINDINGS_TABLE": storage.table.table_name,
                "KNOWLEDGE_TABLE": storage.knowledge.table_name,
                "SETTLING_QUEUE_URL": settling.queue.queue_url,
            },
            allow=[
                storage.allow("BatchGetItem", "PutItem"),
                storage.use_knowledge("Query"),
                encryption.use_through("dynamodb"),
                settling.receive(),
                encryption.use_through("sqs"),
            ],
        )
        self.function = Function(self, "Judge", platform=platform, spec=spec).function
        lambda_.EventSourceMapping(
            self,
            "Waiting",
            target=self.function,
            event_source_arn=settling.queue.queue_arn,
            batch_size=_BATCH,
            max_batching_window=_WINDOW,
            max_concurrency=_CONCURRENCY,
            report_batch_item_failures=True,
        )
