"""From a finding's outbox to the people who want to know."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from infra.encryption import Encryption
from infra.functions import Function, FunctionSpec, Platform
from infra.nag import accept
from infra.naming import account_wide
from infra.queues import FailureQueue
from infra.storage import Storage
from infra.topics import Topics, publish_to
from netpolwatch.configuration import Config
from netpolwatch.findings.lanes import WAYS
from netpolwatch.reporting.bus import SOURCE

_MAPPINGS = {"Grave": WAYS["grave"], "Outbox": WAYS["other"]}
# With bisection and Lambda's growing pauses: long enough for a channel's short outage, short
# enough that one poisoned item does not hold up its shard for the stream's 24 hours.
_RETRIES = 10


class NotifierFunction(Construct):
    """The only sender: woken by the table's stream, only for items with something to send."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        config: Config,
        storage: Storage,
        topics: Topics,
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        self.failures = FailureQueue(self, "Failures", key=platform.key)
        spec = FunctionSpec(
            name="notifier",
            description="Sends what waits in the findings' outboxes",
            memory_mb=config.memory_mb.notifier,
            timeout=cdk.Duration.minutes(1),
            environment={
                "FINDINGS_TABLE": storage.table.table_name,
                "FINDINGS_TOPIC_ARN": topics.findings.topic_arn,
                "DASHBOARD_NAME": account_wide(config.stack_name),
                "FAILURE_QUEUE_URL": self.failures.queue.queue_url,
                "KNOWLEDGE_TABLE": storage.knowledge.table_name,
                **_channels(config, topics),
            },
            allow=[
                *storage.read_stream(),
                storage.allow("BatchGetItem", "PutItem"),
                storage.use_knowledge("Query"),
                encryption.use_through("dynamodb"),
                publish_to(topics.findings, *([topics.chat] if topics.chat else [])),
                encryption.use_through("sns"),
                self.failures.send(),
                encryption.use_through("sqs"),
                *_reach(config),
            ],
        )
        notifier = Function(self, "Notifier", platform=platform, spec=spec)
        accept(notifier.role, "IAM5[Resource::*]", "ListStreams knows no resource; it lists names.")
        self.function = notifier.function
        self._wake_by(storage)

    def _wake_by(self, storage: Storage) -> None:
        for name, lanes in _MAPPINGS.items():
            self._mapping(name, lanes, storage)

    def _mapping(self, name: str, lanes: Sequence[str], storage: Storage) -> None:
        lambda_.EventSourceMapping(
            self,
            name,
            target=self.function,
            event_source_arn=storage.table.table_stream_arn,
            # From the oldest: what was written while the mapping was made is sent, too.
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            filters=[lambda_.FilterCriteria.filter(_something_to_send(lanes))],
            batch_size=10,
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            retry_attempts=_RETRIES,
            on_failure=event_sources.SqsDlq(self.failures.queue),
        )


def _something_to_send(lanes: Sequence[str]) -> dict[str, Any]:
    return {
        "eventName": lambda_.FilterRule.or_("INSERT", "MODIFY"),
        "dynamodb": {"NewImage": {"outbox_due": {"S": lambda_.FilterRule.or_(*lanes)}}},
    }


def _channels(config: Config, topics: Topics) -> dict[str, str]:
    found = {
        "CHAT_TOPIC_ARN": topics.chat.topic_arn if topics.chat else None,
        "EVENT_BUS": config.event_bus,
        "SLACK_SECRET_ARN": config.slack_secret_arn,
    }
    return {name: value for name, value in found.items() if value}


def _reach(config: Config) -> list[iam.PolicyStatement]:
    statements = []
    if config.event_bus:
        bus = f"arn:{cdk.Aws.PARTITION}:events:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}"
        statements.append(
            iam.PolicyStatement(
                actions=["events:PutEvents"],
                resources=[f"{bus}:event-bus/{config.event_bus}"],
                conditions={"StringEquals": {"events:source": SOURCE}},
            )
        )
    if config.slack_secret_arn:
        statements.append(
            iam.PolicyStatement(
                actions=["secretsmanager:GetSecretValue"], resources=[config.slack_secret_arn]
            )
        )
    return statements
