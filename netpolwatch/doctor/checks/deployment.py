"""Our own deployment: does what it finds reach anybody."""

from netpolwatch.catalogue.model import Command
from netpolwatch.doctor.check import Answer, Check, passed
from netpolwatch.doctor.facts import Setup, known


class DeploymentReaches(Check):
    """The stack and its addresses."""

    id = "deployment"
    title = "netpolwatch is deployed, and its e-mail addresses are confirmed"
    why = "An address that nobody confirmed gets nothing: findings are recorded and not heard."
    decided_by = "cloudformation:DescribeStacks, sns:ListSubscriptionsByTopic"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the stack and the state of its addresses."""
        deployment = known(setup.deployment)
        if deployment is None:
            deploy = Command("Deploy it.", f"npx cdk deploy -c cluster={setup.name}")
            return Answer("warn", f"no stack of netpolwatch in {setup.region}", (deploy,))
        mails = known(deployment.mails)
        waiting = [mail.address for mail in mails if not mail.confirmed]
        if waiting:
            fix = Command(f"Open the message of AWS Notifications to {waiting[0]} and confirm.")
            return Answer("fail", f"not confirmed: {', '.join(waiting)}", (fix,))
        reached = f"{len(mails)} confirmed addresses" if mails else "no e-mail address"
        return passed(f"stack {deployment.stack}, {reached}")
