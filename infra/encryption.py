"""The stack's one key, and who may use it for what."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from netpolwatch.configuration import own_log_prefix

# What each service needs for data under a customer's key. A table's key is made once,
# so its readers and writers never create grants.
_ACTIONS = {
    "dynamodb": ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
    "logs": (
        *("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
        *("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    ),
    "sns": ("kms:Decrypt", "kms:GenerateDataKey"),
    "sqs": ("kms:Decrypt", "kms:GenerateDataKey"),
}


class Encryption(Construct):
    """A customer-managed key for the table, the topics, the queues and our log groups.

    Roles get the key only by their own policies (`use_through`): the key's policy names no role,
    so the two cannot wait for each other.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stack_name: str) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description=f"Findings, notifications and logs of {stack_name}",
            enable_key_rotation=True,
            # A deleted table's last backup is kept for 35 days, and a key is deleted after 30 at
            # most: so the key stays, and docs/deploy.md says how to delete it.
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        self.key.add_to_resource_policy(_alarms_may_use_it())
        self.key.add_to_resource_policy(_log_writer(stack_name))

    def use_through(self, service: str) -> iam.PolicyStatement:
        """Let a role use the key, but only in calls that `service` makes on its behalf."""
        return iam.PolicyStatement(
            actions=list(_ACTIONS[service]),
            resources=[self.key.key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": [f"{service}.{cdk.Aws.REGION}.{end}" for end in _SUFFIXES]
                }
            },
        )


# Which of the two kms:ViaService holds in China is not documented, and either names the service.
_SUFFIXES = ("amazonaws.com", "amazonaws.com.cn")


def _alarms_may_use_it() -> iam.PolicyStatement:
    """Return what lets alarms of this account, and no others, publish to the encrypted topics."""
    return iam.PolicyStatement(
        sid="PublishCloudwatch",
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        # In a key's policy: this key.
        resources=["*"],
        conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
    )


def _log_writer(stack_name: str) -> iam.PolicyStatement:
    """Return what lets CloudWatch Logs encrypt our functions' log groups, and no others."""
    groups = f"log-group:{own_log_prefix(stack_name)}*"
    arn = f"arn:{cdk.Aws.PARTITION}:logs:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{groups}"
    return iam.PolicyStatement(
        sid="EncryptLogs",
        principals=[iam.ServicePrincipal(f"logs.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}")],
        actions=[*_ACTIONS["logs"]],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}},
    )
