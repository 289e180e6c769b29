"""The function that examines the clusters' set-up, with a role that only reads."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.encryption import Encryption
from infra.functions import Function, FunctionSpec, Platform
from infra.nag import accept
from infra.schedule import invoke_every
from infra.storage import Storage
from netpolwatch.configuration import Config
from netpolwatch.doctor.rights import READING_ACTIONS

_CHANGES = (
    "CreateAddon", "CreatePodIdentityAssociation", "DeleteAddon",
    "DeletePodIdentityAssociation", "UpdateAddon", "UpdateClusterConfig",
    "UpdatePodIdentityAssociation",
)  # fmt: skip
"""Calls to EKS after which a set-up may be another; EventBridge hears them through CloudTrail."""


_OF_A_RESOURCE = {
    "eks": (
        "DescribeAddon", "DescribeCluster", "DescribeNodegroup", "DescribePodIdentityAssociation",
        "ListNodegroups", "ListPodIdentityAssociations",
    ),
    "logs": ("DescribeLogStreams", "DescribeSubscriptionFilters", "FilterLogEvents"),
    "sns": ("ListSubscriptionsByTopic",),
}  # fmt: skip
"""The reading actions that know a resource: those of this account and region."""


def _readings() -> list[iam.PolicyStatement]:
    scoped = {f"{service}:{name}": service for service in _OF_A_RESOURCE
              for name in _OF_A_RESOURCE[service]}  # fmt: skip
    place = f"{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}"
    return [
        iam.PolicyStatement(
            actions=[action for action in READING_ACTIONS if action not in scoped], resources=["*"]
        ),
        *(
            iam.PolicyStatement(
                actions=[action for action in READING_ACTIONS if scoped.get(action) == service],
                resources=[f"arn:{cdk.Aws.PARTITION}:{service}:{place}:*"],
            )
            for service in _OF_A_RESOURCE
        ),
    ]


class DoctorFunction(Construct):
    """Runs daily, first right after the deployment, and after a change of a cluster's set-up."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        config: Config,
        storage: Storage,
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        spec = FunctionSpec(
            name="doctor",
            description="Examines whether the clusters are set up so that verdicts can be seen",
            memory_mb=config.memory_mb.doctor,
            timeout=cdk.Duration.minutes(10),
            environment={"FINDINGS_TABLE": storage.table.table_name},
            allow=[
                storage.allow("BatchGetItem", "PutItem"),
                encryption.use_through("dynamodb"),
                *_readings(),
            ],
        )
        doctor = Function(self, "Doctor", platform=platform, spec=spec)
        for resource in ("*", *(f"arn:<AWS::Partition>:{service}:<AWS::Region>:<AWS::AccountId>:*"
                                for service in _OF_A_RESOURCE)):  # fmt: skip
            accept(
                doctor.role, f"IAM5[Resource::{resource}]",
                "Reads alone: some of these actions know no resource, and node groups, roles, "
                "subnets and log groups are found only by asking.",
            )  # fmt: skip
        self.function = doctor.function
        invoke_every(self, "Daily", rate="1 day", function=self.function, payload={"why": "daily"})
        self._listen([cluster.name for cluster in config.clusters])

    def _listen(self, clusters: list[str]) -> None:
        names = [{"name": clusters}, {"clusterName": clusters}]
        events.Rule(
            self,
            "Changes",
            description="Changes of the clusters' add-on, logging and roles",
            event_pattern=events.EventPattern(
                source=["aws.eks"],
                detail_type=["AWS API Call via CloudTrail"],
                detail={
                    "eventName": list(_CHANGES),
                    "$or": [{"requestParameters": one} for one in names],
                },
            ),
            targets=[
                targets.LambdaFunction(
                    self.function, retry_attempts=2, max_event_age=cdk.Duration.hours(1)
                )
            ],
        )
