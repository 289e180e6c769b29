"""The subscription filters on the clusters' log groups."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.analyzer import AnalyzerFunction, log_group_arn, short_id
from infra.encryption import Encryption
from infra.functions import Function, FunctionSpec, Platform
from infra.nag import accept
from infra.topics import Topics, publish_to
from netpolwatch.configuration import Config, own_log_prefix

# How cdk-nag writes an ARN that is known only at deployment.
_NAG_ARN = "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group"
_TIMEOUT = cdk.Duration.minutes(5)


class Subscriptions(Construct):
    """A custom resource instead of `AWS::Logs::SubscriptionFilter`.

    A missing log group or a full quota must not roll the stack back. Reports what it did in
    `report`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        config: Config,
        analyzer: AnalyzerFunction,
        topics: Topics,
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        spec = FunctionSpec(
            name="subscriber",
            description="Writes the subscription filters on the clusters' log groups",
            memory_mb=config.memory_mb.subscriber,
            timeout=_TIMEOUT,
            environment={"OPS_TOPIC_ARN": topics.ops.topic_arn},
            allow=[publish_to(topics.ops), encryption.use_through("sns")],
        )
        subscriber = Function(self, "Subscriber", platform=platform, spec=spec)
        self.function = subscriber.function
        resource = self._filters(config, analyzer)
        resource.node.add_dependency(*analyzer.permissions)
        resource.node.add_dependency(*self._may_change(config.log_groups, subscriber.role))
        self.report = resource.get_att_string("Report")

    def _filters(self, config: Config, analyzer: AnalyzerFunction) -> cdk.CustomResource:
        pattern, *audit_pattern = config.patterns()
        return cdk.CustomResource(
            self,
            "Filters",
            resource_type="Custom::SubscriptionFilters",
            service_token=self.function.function_arn,
            # Lambda repeats a crashed invocation twice, a minute and two minutes later.
            service_timeout=cdk.Duration.minutes(20),
            properties={
                "FilterName": f"netpolwatch-{config.stack_name}",
                "Destination": analyzer.function.function_arn,
                # CloudFormation only asks again when a property has changed.
                "Attempt": str(config.attempt),
                "FilterPattern": pattern,
                **({"AuditPattern": audit_pattern[0]} if audit_pattern else {}),
                "LogGroups": list(config.log_groups),
                "OwnLogPrefix": own_log_prefix(config.stack_name),
            },
        )

    def _may_change(self, log_groups: Sequence[str], role: iam.Role) -> list[iam.Policy]:
        """One policy a log group.

        CloudFormation deletes the policy of a group that left the configuration only after the
        custom resource has been updated, so that the filter there can still be removed. Statements
        in the role itself would be gone by then.
        """
        return [self._policy(group, role) for group in log_groups]

    def _policy(self, log_group: str, role: iam.Role) -> iam.Policy:
        statement = iam.PolicyStatement(
            actions=[
                "logs:DeleteSubscriptionFilter",
                "logs:DescribeSubscriptionFilters",
                "logs:PutSubscriptionFilter",
            ],
            resources=[log_group_arn(log_group)],
        )
        policy = iam.Policy(self, f"Change{short_id(log_group)}", statements=[statement])
        policy.attach_to_role(role)
        accept(
            policy,
            f"IAM5[Resource::{_NAG_ARN}:{log_group}:*]",
            "The ARN of one log group, which ends in :* in policies of these actions.",
        )
        return policy
