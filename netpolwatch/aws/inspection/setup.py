"""Gathers a whole `Setup`: one reading after another, and no refused call stops the others."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from netpolwatch.aws.inspection import nodes
from netpolwatch.aws.inspection.eks import Eks, cluster_of
from netpolwatch.aws.inspection.logs import Logs
from netpolwatch.aws.inspection.ours import deployment
from netpolwatch.aws.inspection.reading import read
from netpolwatch.aws.inspection.roles import examined_role, role_of
from netpolwatch.aws.place import Place
from netpolwatch.doctor.facts import (
    CniRole,
    Deployment,
    InstanceType,
    NodePackage,
    Reading,
    Setup,
    Subnet,
    known,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_eks.type_defs import ClusterTypeDef, NodegroupTypeDef

_UDEV = "systemd-udev"


def inspect_setup(place: Place, cluster: str, *, stack: str, now_ms: int) -> Setup:
    """Read a cluster's set-up; what may not be read is `Unread` in its place.

    Only reads. About 15 calls, and two for each node group and node.
    """
    return _Inspection(place, cluster, stack, now_ms).setup()


@dataclass(frozen=True)
class _Inspection:
    place: Place
    cluster: str
    stack: str
    now_ms: int

    def setup(self) -> Setup:
        eks, logs, now_ms = self._eks, self._logs, self.now_ms
        return Setup(
            name=self.cluster,
            region=self.place.region,
            at_ms=now_ms,
            cluster=read("eks:DescribeCluster", lambda: cluster_of(known(self._described))),
            addon=read("eks:DescribeAddon", eks.addon),
            offered_versions=read("eks:DescribeAddonVersions", self._offered),
            cni_role=read("iam:SimulatePrincipalPolicy", self._role),
            log_group=read("logs:DescribeLogGroups", logs.group),
            filters=read("logs:DescribeSubscriptionFilters", logs.filters),
            agent_streams=read("logs:DescribeLogStreams", logs.agent_streams),
            verdicts=read("logs:FilterLogEvents", partial(logs.recent_verdicts, now_ms)),
            instance_types=read("ec2:DescribeInstanceTypes", self._instance_types),
            subnets=read("ec2:DescribeSubnets", self._subnets),
            udev=read("ssm:ListInventoryEntries", self._udev),
            node_log_groups=read("logs:DescribeLogGroups", logs.node_groups_of_logs),
            deployment=read("cloudformation:DescribeStacks", self._deployment),
        )

    @cached_property
    def _eks(self) -> Eks:
        return Eks(self.place.client("eks"), self.cluster)

    @cached_property
    def _logs(self) -> Logs:
        return Logs(self.place.client("logs"), self.cluster)

    @cached_property
    def _described(self) -> "Reading[ClusterTypeDef]":
        return read("eks:DescribeCluster", self._eks.described)

    @cached_property
    def _groups(self) -> "Reading[tuple[NodegroupTypeDef, ...]]":
        return read("eks:DescribeNodegroup", lambda: tuple(self._eks.node_groups()))

    def _offered(self) -> tuple[str, ...]:
        return self._eks.offered_versions(known(self._described).get("version", ""))

    def _role(self) -> CniRole | None:
        if cluster_of(known(self._described)).auto_mode:
            return None
        associated, annotated = known(
            read("eks:ListPodIdentityAssociations", self._eks.addon_roles)
        )
        node_role = None if associated or annotated else self._node_role()
        arn, how = role_of(associated, annotated, node_role)
        return examined_role(
            self.place.client("iam"), arn, how,
            region=self.place.region, log_group=self._logs.group_name,
        )  # fmt: skip

    def _node_role(self) -> str | None:
        roles = (group.get("nodeRole") for group in known(self._groups))
        return next(filter(None, roles), None)

    def _instance_types(self) -> tuple[InstanceType, ...]:
        return nodes.instance_types(self.place.client("ec2"), known(self._groups))

    def _subnets(self) -> tuple[Subnet, ...]:
        own = known(self._described).get("resourcesVpcConfig", {}).get("subnetIds", [])
        return nodes.subnets(self.place.client("ec2"), [*own, *_subnets_of(known(self._groups))])

    def _udev(self) -> tuple[NodePackage, ...]:
        ec2, ssm = self.place.client("ec2"), self.place.client("ssm")
        return nodes.node_packages(ec2, ssm, self.cluster, _UDEV)

    def _deployment(self) -> Deployment | None:
        _arn, partition, _eks, region, account, _name = known(self._described)["arn"].split(":", 5)
        prefix = f"arn:{partition}:lambda:{region}:{account}:function"
        formation, sns = self.place.client("cloudformation"), self.place.client("sns")
        return deployment(formation, sns, self.stack, prefix)


def _subnets_of(groups: "Iterable[NodegroupTypeDef]") -> list[str]:
    return [subnet for group in groups for subnet in group.get("subnets", [])]
