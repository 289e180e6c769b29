"""What our functions have in common: code, role, log group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.bundle import Profile
from infra.nag import accept
from netpolwatch.configuration import own_log_prefix


@dataclass(frozen=True)
class Platform:
    """What every function of a stack shares."""

    stack_name: str
    profile: Profile
    code: lambda_.Code
    key: kms.Key
    log_retention_days: int


@dataclass(frozen=True)
class FunctionSpec:
    """What one function has of its own.

    Attributes
    ----------
    name
        Its folder in `lambdas/` and the end of its name in AWS.
    allow
        Its role's statements beyond writing its own log.
    environment
        ARNs and names only; all else is in the bundle's `settings.json`.
    """

    name: str
    description: str
    memory_mb: int
    timeout: cdk.Duration
    allow: Sequence[iam.PolicyStatement]
    environment: Mapping[str, str] = field(default_factory=dict)
    reserved_concurrency: int | None = None


class Function(Construct):
    """A function with a role of its own, whose policy is exactly what its spec states."""

    def __init__(
        self, scope: Construct, construct_id: str, *, platform: Platform, spec: FunctionSpec
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = self._log_group(platform, spec)
        self.role = self._role(spec)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=f"{platform.stack_name}-{spec.name}",
            description=spec.description,
            code=platform.code,
            handler=f"lambdas.{spec.name}.handler.handle",
            runtime=platform.profile.runtime,
            architecture=platform.profile.architecture,
            memory_size=spec.memory_mb,
            timeout=spec.timeout,
            reserved_concurrent_executions=spec.reserved_concurrency,
            environment=spec.environment,
            log_group=self.log_group,
            # Otherwise constructs that take the function would add statements nobody asked for.
            role=self.role.without_policy_updates(),
            # Nothing to trace: the hot path makes no call, and X-Ray wants rights on "*".
            tracing=lambda_.Tracing.DISABLED,
        )
        accept(
            self.function,
            "L1",
            "The bundle's wheels and bytecode are built for the profile's Python; a newer runtime "
            "is a change of both, made on purpose.",
        )

    def _log_group(self, platform: Platform, spec: FunctionSpec) -> logs.LogGroup:
        group = logs.LogGroup(
            self,
            "LogGroup",
            log_group_name=f"{own_log_prefix(platform.stack_name)}{spec.name}",
            encryption_key=platform.key,
            # A group with a fixed name that outlives its stack would stop the next deployment.
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        # Days as a number: the construct's own property is an enumeration of names.
        cast(
            "logs.CfnLogGroup", group.node.default_child
        ).retention_in_days = platform.log_retention_days
        return group

    def _role(self, spec: FunctionSpec) -> iam.Role:
        log = iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[self.log_group.log_group_arn],
        )
        # Inline in the role: it is complete before the function exists.
        policy = iam.PolicyDocument(statements=[log, *spec.allow])
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={spec.name: policy},
        )
