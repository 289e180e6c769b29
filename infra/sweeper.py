"""What happens every minute, whether anything was logged or not."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.encryption import Encryption
from infra.functions import Function, FunctionSpec, Platform
from infra.nag import accept
from infra.schedule import invoke_every
from infra.storage import Storage
from netpolwatch.configuration import Config

# The schedule's own time: a tick that is repeated decides the same.
_SCHEDULED = "<aws.scheduler.scheduled-time>"


class SweeperFunction(Construct):
    """Resolves, repeats, tells tables and digests; wakes the notifier for what is overdue."""

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
            name="sweeper",
            description="Ends what fell silent and tells what is due",
            memory_mb=config.memory_mb.sweeper,
            timeout=cdk.Duration.seconds(55),
            environment={"FINDINGS_TABLE": storage.table.table_name},
            allow=[
                storage.allow("BatchGetItem", "PutItem", "DeleteItem"),
                storage.query(),
                encryption.use_through("dynamodb"),
                # Metrics have no ARNs.
                iam.PolicyStatement(actions=["cloudwatch:GetMetricData"], resources=["*"]),
            ],
        )
        sweeper = Function(self, "Sweeper", platform=platform, spec=spec)
        accept(sweeper.role, "IAM5[Resource::*]", "GetMetricData knows no resource; it reads.")
        self.function = sweeper.function
        invoke_every(
            self, "Minute", rate="1 minute", function=self.function, payload={"time": _SCHEDULED}
        )
