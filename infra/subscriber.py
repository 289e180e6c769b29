"""The subscription filters on the clusters' log groups."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.analyzer import AnalyzerFunction, logs_arn, short_id
from infra.encryption import Encryption
from infra.functions import Function, FunctionSpec, Platform
from infra.nag import accept
from infra.schedule import invoke_every
from infra.topics import Topics, publish_to
from netpolwatch.configuration import Config
from netpolwatch.subscription.rights import FILTER_ACTIONS, filter_policies, filter_resource
from netpolwatch.subscription.spec import SubscriptionSpec

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
        spec: SubscriptionSpec,
        analyzer: AnalyzerFunction,
        topics: Topics,
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        function_spec = FunctionSpec(
            name="subscriber",
            description="Writes the subscription filters on the clusters' log groups",
            memory_mb=config.memory_mb.subscriber,
            timeout=_TIMEOUT,
            environment={
                "OPS_TOPIC_ARN": topics.ops.topic_arn,
                "ANALYZER_ARN": analyzer.function.function_arn,
            },
            allow=[publish_to(topics.ops), encryption.use_through("sns")],
        )
        subscriber = Function(self, "Subscriber", platform=platform, spec=function_spec)
        self.function = subscriber.function
        resource = self._filters(spec, config.attempt, analyzer)
        resource.node.add_dependency(*analyzer.permissions)
        resource.node.add_dependency(*self._may_change(config.log_groups, subscriber.role))
        self.report = resource.get_att_string("Report")
        check = invoke_every(
            self, "Hour", rate="1 hour", function=self.function, payload={"check": True}
        )
        # It goes before the filters go, else it could bring them back.
        check.node.add_dependency(resource)

    def _filters(
        self, spec: SubscriptionSpec, attempt: int, analyzer: AnalyzerFunction
    ) -> cdk.CustomResource:
        audit = {} if spec.audit_pattern is None else {"AuditPattern": spec.audit_pattern}
        return cdk.CustomResource(
            self,
            "Filters",
            resource_type="Custom::SubscriptionFilters",
            service_token=self.function.function_arn,
            # Lambda repeats a crashed invocation twice, a minute and two minutes later.
            service_timeout=cdk.Duration.minutes(20),
            properties={
                "FilterName": spec.filter_name,
                "Destination": analyzer.function.function_arn,
                # CloudFormation only asks again when a property has changed.
                "Attempt": str(attempt),
                "FilterPattern": spec.filter_pattern,
                **audit,
                "LogGroups": list(spec.log_groups),
                "OwnLogPrefix": spec.own_log_prefix,
            },
        )

    def _may_change(self, log_groups: Sequence[str], role: iam.Role) -> list[iam.ManagedPolicy]:
        """Return the policies of all log groups; their own names change with the groups in them.

        So an update makes the new ones beside the old ones, and CloudFormation deletes the old ones
        only after the custom resource was updated: the filter on a group that left can still be
        removed. A changed statement in the role would have taken that right away by then.
        """
        return [self._policy(groups, role) for groups in filter_policies(log_groups)]

    def _policy(self, log_groups: Sequence[str], role: iam.Role) -> iam.ManagedPolicy:
        statement = iam.PolicyStatement(
            actions=list(FILTER_ACTIONS),
            resources=[logs_arn(filter_resource(group)) for group in log_groups],
        )
        policy = iam.ManagedPolicy(
            self,
            f"Change{short_id(' '.join(log_groups))}",
            description="The subscription filters of netpolwatch's log groups",
            statements=[statement],
            roles=[role],
        )
        for group in log_groups:
            accept(
                policy,
                f"IAM5[Resource::{_NAG_ARN}:{group}:*]",
                "The ARN of one log group, which ends in :* in policies of these actions.",
            )
        return policy
