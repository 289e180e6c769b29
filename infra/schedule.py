"""What happens by the clock."""

from collections.abc import Mapping

import aws_cdk as cdk
import msgspec
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct


def invoke_every(
    scope: Construct,
    construct_id: str,
    *,
    rate: str,
    function: lambda_.IFunction,
    payload: Mapping[str, object],
    role_id: str = "Tick",
) -> scheduler.CfnSchedule:
    """Invoke a function at a rate such as `1 minute`, with a role that may do nothing else.

    A call that was missed is not repeated: the next one makes it good.
    """
    may_invoke = iam.PolicyStatement(
        actions=["lambda:InvokeFunction"], resources=[function.function_arn]
    )
    only_here = {"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
    role = iam.Role(
        scope,
        role_id,
        assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com", conditions=only_here),
        inline_policies={"invoke": iam.PolicyDocument(statements=[may_invoke])},
    )
    return scheduler.CfnSchedule(
        scope,
        construct_id,
        schedule_expression=f"rate({rate})",
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=function.function_arn,
            role_arn=role.role_arn,
            input=msgspec.json.encode(payload).decode(),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_retry_attempts=0, maximum_event_age_in_seconds=60
            ),
        ),
    )
