"""Where findings live."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.nag import accept
from netpolwatch.aws.ledger import DUE, TIMER


class Storage(Construct):
    """The findings table: one item a finding, group, digest or batch marker, expiring by itself.

    Its two indexes are sparse: `due` holds the items with something to send, `timers` those that
    time alone will change. `netpolwatch.findings.lanes` names their partitions.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Findings",
            partition_key=_string("pk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires_at",
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            # Findings are derived data that expire anyway; deleting a table with point-in-time
            # recovery leaves a backup for 35 days.
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.table.add_global_secondary_index(
            index_name=DUE,
            partition_key=_string("outbox_due"),
            sort_key=dynamodb.Attribute(name="due_at", type=dynamodb.AttributeType.NUMBER),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.table.add_global_secondary_index(
            index_name=TIMER,
            partition_key=_string("timer"),
            sort_key=dynamodb.Attribute(name="timer_at", type=dynamodb.AttributeType.NUMBER),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["cluster", "severity"],
        )

        self.knowledge = dynamodb.Table(
            self,
            "Knowledge",
            partition_key=_string("pk"),
            sort_key=_string("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            time_to_live_attribute="expires_at",
            # What it holds is learned again from the audit log, or from a snapshot.
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        accept(self.knowledge, "DDB3", "Derived from the audit log: it is learned again.")

    def use_knowledge(self, *actions: str) -> iam.PolicyStatement:
        """Allow actions on the table of what is known of the clusters."""
        return iam.PolicyStatement(
            actions=[f"dynamodb:{action}" for action in actions],
            resources=[self.knowledge.table_arn],
        )

    def allow(self, *actions: str) -> iam.PolicyStatement:
        """Allow item actions on the table itself, not on its index."""
        return iam.PolicyStatement(
            actions=[f"dynamodb:{action}" for action in actions], resources=[self.table.table_arn]
        )

    def query(self) -> iam.PolicyStatement:
        """Allow queries of the two indexes."""
        return iam.PolicyStatement(
            actions=["dynamodb:Query"],
            resources=[f"{self.table.table_arn}/index/{index}" for index in (DUE, TIMER)],
        )

    def read_stream(self) -> list[iam.PolicyStatement]:
        """Allow what Lambda's poller does with a function's role."""
        reading = ("DescribeStream", "GetRecords", "GetShardIterator")
        return [
            iam.PolicyStatement(
                actions=[f"dynamodb:{action}" for action in reading],
                resources=[str(self.table.table_stream_arn)],
            ),
            # Lists names only, and knows no resource.
            iam.PolicyStatement(actions=["dynamodb:ListStreams"], resources=["*"]),
        ]


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
