"""A cluster with everything right, and the one with everything off: tests change one fact of it."""

from netpolwatch.doctor.addon_settings import read_settings
from netpolwatch.doctor.facts import (
    Addon,
    AgentStreams,
    Cluster,
    CniRole,
    Deployment,
    InstanceType,
    LogGroup,
    MailSubscription,
    Read,
    RecentVerdicts,
    Setup,
    Subnet,
    SubscriptionFilter,
    Unread,
)

NOW_MS = 1_796_094_000_000
GROUP = "/aws/eks/prod/cluster"
ANALYZER = "arn:aws:lambda:eu-west-1:111122223333:function:netpolwatch-analyzer"
ROLE = "arn:aws:iam::111122223333:role/eks/cni"
ALL_ON = """{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"2"},
 "nodeAgent":{"enablePolicyEventLogs":"true","enableCloudWatchLogs":"true","logLevel":"info"}}"""
NEWEST = "v1.23.0-eksbuild.1"


def addon(values: str | None = ALL_ON, version: str = NEWEST, status: str = "ACTIVE") -> Addon:
    return Addon(version=version, status=status, settings=Read(read_settings(values)))


def control_plane(*log_types: str, version: str = "1.33", auto_mode: bool = False) -> Cluster:
    return Cluster(
        arn="arn:aws:eks:eu-west-1:111122223333:cluster/prod",
        version=version,
        platform_version="eks.12",
        log_types=frozenset(log_types),
        auto_mode=auto_mode,
    )


def healthy() -> Setup:
    return Setup(
        name="prod",
        region="eu-west-1",
        at_ms=NOW_MS,
        cluster=Read(control_plane("audit", "scheduler")),
        addon=Read(addon()),
        offered_versions=Read((NEWEST, "v1.22.4-eksbuild.1")),
        cni_role=Read(CniRole(ROLE, "pod identity", ())),
        log_group=Read(LogGroup(GROUP, "STANDARD", 30, None)),
        filters=Read((SubscriptionFilter("netpolwatch-netpolwatch", ANALYZER),)),
        agent_streams=Read(AgentStreams(3, NOW_MS - 60_000)),
        verdicts=Read(RecentVerdicts(0, 7, NOW_MS - 60_000, "aws-network-policy-agent-audit-1")),
        instance_types=Read((InstanceType("m6i.large", 2, ("workers",)),)),
        subnets=Read((Subnet("subnet-1", 250), Subnet("subnet-2", 8_000))),
        udev=Read(()),
        node_log_groups=Read(("/aws/eks/prod/nodes",)),
        deployment=Read(
            Deployment("netpolwatch", ANALYZER, Read((MailSubscription("sre@example.com", True),)))
        ),
    )


def all_off() -> Setup:
    return Setup(
        name="prod",
        region="eu-west-1",
        at_ms=NOW_MS,
        cluster=Read(control_plane()),
        addon=Read(addon(None, "v1.19.3-eksbuild.1", "DEGRADED")),
        offered_versions=Read((NEWEST,)),
        cni_role=Read(CniRole(ROLE, "node role", ("logs:CreateLogStream", "logs:PutLogEvents"))),
        log_group=Read(None),
        filters=Read(()),
        agent_streams=Read(AgentStreams(0, None)),
        verdicts=Read(RecentVerdicts(0, 0)),
        instance_types=Read((InstanceType("t2.micro", 1, ("workers",)),)),
        subnets=Read((Subnet("subnet-1", 0),)),
        udev=Read(()),
        node_log_groups=Read(()),
        deployment=Read(None),
    )


def refused(action: str) -> Unread:
    return Unread(action, "not allowed", refused=True)
