"""From a log group's events to findings."""

import hashlib

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.encryption import Encryption
from infra.functions import Function, FunctionSpec, Platform
from infra.judge import Settling
from infra.queues import FailureQueue
from infra.storage import Storage
from netpolwatch.configuration import Config
from netpolwatch.subscription.rights import invoking_resource

_RETRIES = 2
# Lambda's own limit: a throttled analyzer catches up rather than forgets.
_MAX_EVENT_AGE = cdk.Duration.hours(6)


class AnalyzerFunction(Construct):
    """The function that CloudWatch Logs invokes, its failure queue, and who may invoke it.

    Attributes
    ----------
    permissions
        One a log group. A subscription filter can only be made once its permission exists.
    """

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
        self.failures = FailureQueue(self, "Failures", key=platform.key)
        spec = FunctionSpec(
            name="analyzer",
            description="Flows, sightings and findings from the clusters' log groups",
            memory_mb=config.memory_mb.analyzer,
            timeout=cdk.Duration.minutes(1),
            reserved_concurrency=config.reserved_concurrency,
            environment={
                "FINDINGS_TABLE": storage.table.table_name,
                "KNOWLEDGE_TABLE": storage.knowledge.table_name,
                "SETTLING_QUEUE_URL": settling.queue.queue_url,
            },
            allow=[
                # A transaction is authorised by what is done to each of its items.
                storage.allow("BatchGetItem", "PutItem"),
                storage.use_knowledge("BatchWriteItem", "PutItem", "Query"),
                encryption.use_through("dynamodb"),
                settling.send(),
                self.failures.send(),
                encryption.use_through("sqs"),
            ],
        )
        self.function = Function(self, "Analyzer", platform=platform, spec=spec).function
        self._keep_what_fails()
        self.permissions = [self._invoked_by(group) for group in config.log_groups]

    def _keep_what_fails(self) -> None:
        lambda_.CfnEventInvokeConfig(
            self,
            "Asynchronous",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=_RETRIES,
            maximum_event_age_in_seconds=_MAX_EVENT_AGE.to_seconds(),
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                    destination=self.failures.queue.queue_arn
                )
            ),
        )

    def _invoked_by(self, log_group: str) -> lambda_.CfnPermission:
        return lambda_.CfnPermission(
            self,
            f"Invoke{short_id(log_group)}",
            action="lambda:InvokeFunction",
            function_name=self.function.function_arn,
            # Of every partition and region; the regional name would differ in China.
            principal="logs.amazonaws.com",
            source_account=cdk.Aws.ACCOUNT_ID,
            source_arn=logs_arn(invoking_resource(log_group)),
        )


def logs_arn(resource: str) -> str:
    """Return the ARN of a resource of CloudWatch Logs in this account and region."""
    return f"arn:{cdk.Aws.PARTITION}:logs:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{resource}"


def short_id(name: str) -> str:
    """Part of a construct's id that stays the same when other log groups come and go."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]
