"""From the agent to CloudWatch, and from there to a reader."""

from netpolwatch.catalogue.model import Command
from netpolwatch.doctor.check import Answer, Check, passed
from netpolwatch.doctor.commands import allow_delivery, aws, switch_log_types_on
from netpolwatch.doctor.facts import (
    AgentStreams,
    LogGroup,
    Setup,
    SubscriptionFilter,
    Unread,
    known,
)
from netpolwatch.doctor.plan import group_arn

FILTERS_A_GROUP = 2
_FRESH_MS = 24 * 3_600_000
_MS_AN_HOUR = 3_600_000


class DeliveryAllowed(Check):
    """The role behind the agent's calls."""

    id = "delivery-permissions"
    title = "The agent's role may write to CloudWatch Logs"
    why = "Without the permissions the agent logs errors or crashes, and no verdict is published."
    decided_by = "iam:SimulatePrincipalPolicy of the role (pod identity, IRSA or node role)"

    def examine(self, setup: Setup) -> Answer:
        """Decide by what IAM's simulation denies."""
        role = known(setup.cni_role)
        if role is None:
            return Answer("unknown", "Auto Mode: the agent has no role that EKS's API shows")
        by = f"{role.arn} ({role.how})"
        if not role.denied:
            return passed(f"allowed for {by}")
        fix = allow_delivery(setup, role, group_arn(setup, role))
        return Answer("fail", f"{by} lacks {', '.join(role.denied)}", (fix,))


class LogGroupUsable(Check):
    """The log group: there, and of a class that can be subscribed."""

    id = "log-group"
    title = "The log group exists and can be subscribed"
    why = (
        "Only a group of class STANDARD has subscription filters; without a limit it grows forever."
    )
    decided_by = "logs:DescribeLogGroups"

    def examine(self, setup: Setup) -> Answer:
        """Decide by presence and class."""
        group = known(setup.log_group)
        if group is None:
            types = known(setup.cluster).log_types | {"audit", "scheduler"}
            return Answer(
                "fail",
                f"/aws/eks/{setup.name}/cluster does not exist: the first log type makes it",
                (switch_log_types_on(setup, types),),
            )
        if group.storage_class != "STANDARD":
            text = f"{group.name} is of class {group.storage_class}, which cannot be subscribed"
            remake = Command(
                "The class cannot be changed: delete the group (its events are lost); EKS and the"
                " agents make it anew.",
                aws(setup, "logs", "delete-log-group", "--log-group-name", group.name),
            )
            return Answer("fail", text, (remake,))
        encryption = "a key of yours" if group.kms_key else "AWS's key"
        return passed(f"{group.name}, class STANDARD, encrypted by {encryption}")


class EventsExpire(Check):
    """How long the log group keeps its events."""

    id = "log-retention"
    title = "The log group has a limit of retention"
    why = "EKS makes it without one: audit events are kept, and paid for, forever."
    decided_by = "logs:DescribeLogGroups (retentionInDays)"

    def examine(self, setup: Setup) -> Answer:
        """Decide by whether there is a limit."""
        group = known(setup.log_group)
        if group is None:
            return passed("no log group yet")
        if group.retention_days is None:
            keep = _keep_for_a_month(setup, group)
            return Answer("warn", f"{group.name} keeps events forever", (keep,))
        return passed(f"{group.retention_days} days")


class VerdictsArrive(Check):
    """Whether agents did write lately."""

    id = "verdicts-arrive"
    title = "Agents published verdicts in the last 24 hours"
    why = "Settings can be right and nothing arrive: a role, an endpoint, or no pod under a policy."
    decided_by = "logs:DescribeLogStreams, logs:FilterLogEvents over the agents' streams"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the newest event of the agents' streams."""
        streams = known(setup.agent_streams)
        if streams.newest_ms is not None and streams.newest_ms >= setup.at_ms - _FRESH_MS:
            return passed(_freshness(setup, streams))
        evidence = (
            f"{streams.count} agent streams, none with an event of the last 24 hours"
            if streams.count
            else "no agent ever wrote a stream into the log group"
        )
        look = Command(
            "See what the agents say: a right that is missing stands in their log.",
            "kubectl -n kube-system logs -l k8s-app=aws-node -c aws-eks-nodeagent --tail=50",
        )
        pods = Command(
            "Only pods that a policy selects have verdicts: see that there are any.",
            "kubectl get networkpolicies,policyendpoints -A",
        )
        return Answer("warn", evidence, (look, pods))


class SubscriptionFree(Check):
    """The group's two filters, and who holds them."""

    id = "subscription-filters"
    title = "The log group is subscribed by netpolwatch, or has a filter free"
    why = "A log group takes two filters; where others hold both, nothing is analysed as it comes."
    decided_by = "logs:DescribeSubscriptionFilters"

    def examine(self, setup: Setup) -> Answer:
        """Decide by who holds the filters."""
        filters = known(setup.filters)
        deployment = known(setup.deployment)
        ours = [f for f in filters if deployment and f.destination == deployment.analyzer_arn]
        if ours:
            return passed(f"subscribed by {_names(ours)}")
        if len(filters) >= FILTERS_A_GROUP:
            drop = aws(
                setup, "logs", "delete-subscription-filter", "--log-group-name",
                f"/aws/eks/{setup.name}/cluster", "--filter-name", filters[-1].name,
            )  # fmt: skip
            fix = Command("Free one, if its reader can do without.", drop)
            return Answer("fail", f"both filters are held by others: {_names(filters)}", (fix,))
        deploy = Command("Deploy netpolwatch for it.", f"npx cdk deploy -c cluster={setup.name}")
        held = f"held by others: {_names(filters)}" if filters else "none is held"
        return Answer("warn", f"not subscribed by netpolwatch ({held})", (deploy,))


def _freshness(setup: Setup, streams: AgentStreams) -> str:
    hours = (setup.at_ms - (streams.newest_ms or setup.at_ms)) // _MS_AN_HOUR
    text = f"{streams.count} agent streams, the newest event is {hours} h old"
    if isinstance(setup.verdicts, Unread):
        return text
    verdicts = setup.verdicts.value
    text += f"; of the last hour {verdicts.accepted} ACCEPT, {verdicts.denied} DENY"
    if verdicts.denied and not verdicts.accepted:
        text += " (from agent v1.3.7 ACCEPTs are published at log level debug alone)"
    return text


def _keep_for_a_month(setup: Setup, group: LogGroup) -> Command:
    run = aws(
        setup, "logs", "put-retention-policy", "--log-group-name", group.name,
        "--retention-in-days", "30",
    )  # fmt: skip
    return Command("Keep a month.", run)


def _names(filters: "list[SubscriptionFilter] | tuple[SubscriptionFilter, ...]") -> str:
    return ", ".join(f"{one.name} -> {one.destination}" for one in filters)
